"""Shares of completed spells (nobody censored): k of n, with limits, and their difference."""

from __future__ import annotations

import numpy as np

from fmbstats.stats import special
from fmbstats.stats.intervals import z_value


def wilson(k, n, level=0.95):
    """Wilson's score interval of a share.

    Parameters
    ----------
    k, n : array-like of int
        Spells counted, out of how many; n = 0 gives NaN.
    level : float
        Confidence level.

    Returns
    -------
    lo, hi : float or ndarray
        In [0, 1].

    Notes
    -----
    Wilson 1927, J Am Stat Assoc 22:209; Newcombe 1998, Stat Med 17:857, method 3.

    Examples
    --------
    >>> lo, hi = wilson(81, 263)
    >>> round(float(lo), 4), round(float(hi), 4)
    (0.2553, 0.3662)
    """
    k, n = np.asarray(k, float), np.asarray(n, float)
    if ((k < 0) | (k > n)).any():
        raise ValueError("expected 0 <= k <= n")
    z, size = z_value(level), np.where(n > 0, n, np.nan)
    middle, spread = 2 * k + z**2, z * np.sqrt(z**2 + 4 * k * (1 - k / size))
    lo, hi = ((middle + sign * spread) / (2 * (size + z**2)) for sign in (-1, 1))
    # Exactly 0 and 1 are known; rounding must not move them.
    return np.where(k == 0, 0 * size, lo)[()], np.where(k == n, size / size, hi)[()]


def design_effect(n_units, k, n, kk, kn, nn, level=0.95):
    """How much larger the variance of a share is where units are alike within.

    Parameters
    ----------
    n_units : array-like of int
        Units (care units, say) with anything to count.
    k, n, kk, kn, nn : array-like of float
        Sums over units of what is counted, out of how many, their squares and their product.
    level : float
        Confidence level for which Student's quantile is counted in.

    Returns
    -------
    ndarray
        Against k of n independent ones, with the square of Student's quantile for units - 1
        degrees of freedom over the normal one's; NaN for fewer than two units, whose likeness
        cannot be seen.

    Notes
    -----
    The variance of the ratio is that between units (Cochran 1977, Sampling Techniques, 6.4), and
    never less than that of independent ones (Kish 1965). Where all or none are counted, units
    tell, not what is in them. The interval is that of `wilson` with n over this effect (Franco et
    al. 2019, J Surv Stat Methodol 7:334).

    Examples
    --------
    >>> k, n = np.array([3, 9, 1, 7]), np.full(4, 10)
    >>> effect = design_effect(4, k.sum(), n.sum(), k @ k, k @ n, n @ n)
    >>> lo, hi = wilson(k.sum() / effect, n.sum() / effect)
    >>> round(float(lo), 3), round(float(hi), 3)
    (0.121, 0.879)
    """
    n_units, k, n, kk, kn, nn = (np.asarray(x, float) for x in (n_units, k, n, kk, kn, nn))
    units = np.where(n_units > 1, n_units, np.nan)
    share = k / n
    spread = share * (1 - share)
    between = units / (units - 1) * (kk - 2 * share * kn + share**2 * nn) / n**2
    is_mixed = (k > 0) & (k < n)
    ratio = np.where(is_mixed, between * n / np.where(is_mixed, spread, 1), n / units)
    student = special.stdtrit(units - 1, 0.5 + level / 2) / z_value(level)
    return np.maximum(ratio, 1) * student**2


def combine_limits(first, second):
    """Limits of a difference of two independent estimates from the limits of each.

    Parameters
    ----------
    first, second : tuple of (estimate, lo, hi)
        Each with limits at the level wanted.

    Returns
    -------
    difference, lo, hi : float or ndarray
        `first - second`.

    Notes
    -----
    Newcombe 1998, Stat Med 17:873 (his method 10 when the limits are Wilson's); the same device
    for other estimates: Zou & Donner 2008, Stat Med 27:1693.
    """
    (a, a_lo, a_hi), (b, b_lo, b_hi) = (
        tuple(np.asarray(x, float) for x in y) for y in (first, second)
    )
    difference = a - b
    lo = difference - np.sqrt((a - a_lo) ** 2 + (b_hi - b) ** 2)
    hi = difference + np.sqrt((a_hi - a) ** 2 + (b - b_lo) ** 2)
    return difference[()], lo[()], hi[()]
