"""A share known only to lie between two bounds: an interval for the share itself, and what-ifs.

Where spells may belong to any of several cases, the share over the limit is not a number but a
region [lower, upper], whose ends are estimated. An interval for *the share* is narrower than one
that covers both ends: the share lies at one end only, and mostly at neither.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from fmbstats.stats.intervals import z_value

_STEPS = 6
_erfc = np.vectorize(math.erfc, otypes=[float])


def share_region_interval(lower, upper, lower_se, upper_se, *, level=0.95):
    """Confidence interval for a share that lies between two estimated bounds.

    Parameters
    ----------
    lower, upper : array-like of float
        Estimated bounds, 0 <= lower <= upper <= 1.
    lower_se, upper_se : array-like of float
        Their standard errors; 0 where a bound is known.
    level : float
        Chance to cover the true share, wherever in the region it lies.

    Returns
    -------
    lo, hi : float or ndarray
        ``lower - c se_l`` and ``upper + c se_u`` inside [0, 1], with c solving
        ``Phi(c + (upper - lower) / max(se)) - Phi(-c) = level``: c is the two-sided normal
        quantile when the bounds meet and the one-sided when they are far apart.

    Notes
    -----
    Imbens & Manski 2004 (Econometrica 72:1845), equations 6 and 7. Both bounds come from the same
    curves and are ordered in every sample, so the width needs no shrinkage (Stoye 2009,
    Econometrica 77:1299, Lemma 3).

    Examples
    --------
    >>> lo, hi = share_region_interval(0.2, 0.4, 0.01, 0.02)
    >>> round(float(lo), 4), round(float(hi), 4)
    (0.1836, 0.4329)
    """
    lower, upper, lower_se, upper_se = np.broadcast_arrays(
        *(np.asarray(v, float) for v in (lower, upper, lower_se, upper_se))
    )
    largest = np.maximum(lower_se, upper_se)
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.where(largest > 0, (upper - lower) / largest, np.inf)
    quantile = _quantile(width, level)
    lo = np.clip(lower - quantile * lower_se, 0.0, 1.0)
    hi = np.clip(upper + quantile * upper_se, 0.0, 1.0)
    return lo[()], hi[()]


def _quantile(width: np.ndarray, level: float) -> np.ndarray:
    """Solve for c by Newton's steps from the one-sided quantile.

    The chance to cover rises with c, less and less: no step goes past the solution.
    """
    c = np.full(np.shape(width), NormalDist().inv_cdf(level))
    for _ in range(_STEPS):
        missing = level - (_erfc(-(c + width) / math.sqrt(2)) - _erfc(c / math.sqrt(2))) / 2
        slope = (np.exp(-((c + width) ** 2) / 2) + np.exp(-(c**2) / 2)) / math.sqrt(2 * math.pi)
        c = c + np.maximum(missing, 0.0) / slope
    # Of one known end alone the usual limit is what is known.
    return np.where(np.isnan(width), z_value(level), c)


def least_share(share, unlimited_share):
    """Least share of all spells that exceeds a limit when some are under a case without one.

    Parameters
    ----------
    share : array-like of float
        S(r): longer than the longest stated limit, 0-1.
    unlimited_share : array-like of float
        Share of the spells under a case without an upper limit, 0-1.

    Returns
    -------
    float or ndarray
        ``max(0, S(r) - share without limit)``: at worst all of these are among the long ones.

    Examples
    --------
    >>> round(float(least_share(0.3, 0.1)), 3), float(least_share(0.3, 0.4))
    (0.2, 0.0)
    """
    rest = np.asarray(share, float) - np.asarray(unlimited_share, float)
    # 0.3 less 0.3 is nothing, whatever a computer makes of decimal fractions.
    return np.where(rest > 1e-12, rest, 0.0)[()]


def share_with_possible(lower, upper, n, possible_lower, possible_upper, n_possible):
    """Bounds of a share among spells of which some may belong or not.

    Parameters
    ----------
    lower, upper : array-like of float
        Bounds of the share among the spells that belong, 0-1.
    n : array-like of float
        Number of these spells.
    possible_lower, possible_upper : array-like of float
        Bounds of the share among the spells that may belong, 0-1.
    n_possible : array-like of float
        Number of these spells.

    Returns
    -------
    lo, hi : float or ndarray
        The least and the most that the share can be, whichever of them belong: at worst all that
        need not exceed, and at most all that may.

    Notes
    -----
    Horowitz & Manski 1995 (Econometrica 63:281), contaminated data with a known number of doubtful
    observations.

    Examples
    --------
    >>> [round(float(end), 3) for end in share_with_possible(0.5, 0.5, 10, 0.0, 0.4, 10)]
    [0.25, 0.643]
    """
    least = np.asarray(n) * lower / (n + n_possible * (1 - np.asarray(possible_lower, float)))
    may = n_possible * np.asarray(possible_upper, float)
    return least[()], ((np.asarray(n) * upper + may) / (n + may))[()]


def break_even_share(share):
    """Share of spells under a case without limit from which on nothing need exceed: S(r) itself."""
    return np.asarray(share, float)[()]
