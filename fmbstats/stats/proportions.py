"""Shares of completed spells (nobody censored): k of n, with limits, and their difference."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

from fmbstats.stats.intervals import z_value


def _share(k, n):
    k, n = np.asarray(k, float), np.asarray(n, float)
    if ((k < 0) | (k > n)).any():
        raise ValueError("expected 0 <= k <= n")
    with np.errstate(invalid="ignore"):
        return k, n, np.where(n > 0, k / n, np.nan)


def wilson(k, n, level=0.95, *, is_continuity_corrected=False):
    """Wilson's score interval of a share.

    Parameters
    ----------
    k, n : array-like of int
        Spells counted, out of how many; n = 0 gives NaN.
    level : float
        Confidence level.
    is_continuity_corrected : bool
        Newcombe's method 4 instead of method 3: conservative.

    Returns
    -------
    lo, hi : float or ndarray
        In [0, 1].

    Notes
    -----
    Wilson 1927, J Am Stat Assoc 22:209; Newcombe 1998, Stat Med 17:857.

    Examples
    --------
    >>> lo, hi = wilson(81, 263)
    >>> round(float(lo), 4), round(float(hi), 4)
    (0.2553, 0.3662)
    """
    k, n, p = _share(k, n)
    z = z_value(level)
    size = np.where(n > 0, n, np.nan)
    if not is_continuity_corrected:
        middle, spread = 2 * k + z**2, z * np.sqrt(z**2 + 4 * k * (1 - p))
        lo, hi = (middle + sign * spread for sign in (-1, 1))
    else:
        lo, hi = (
            2 * k
            + z**2
            + sign * (1 + z * np.sqrt(z**2 + sign * 2 - 1 / size + 4 * p * (n - k - sign)))
            for sign in (-1, 1)
        )
    lo, hi = (x / (2 * (size + z**2)) for x in (lo, hi))
    # Exactly 0 and 1 are known; rounding must not move them.
    return np.where(k == 0, 0 * size, lo)[()], np.where(k == n, size / size, hi)[()]


def clustered_wilson(k, n, *, level=0.95):
    """Wilson's interval of a share whose units (care units, say) are alike within.

    Parameters
    ----------
    k, n : array-like of float, shape (n_units,)
        Counted, and out of how many, in each unit; every n > 0.
    level : float
        Confidence level.

    Returns
    -------
    lo, hi : float
        Of the share sum(k) / sum(n); NaN with a single unit, whose likeness cannot be seen.

    Notes
    -----
    The variance of the ratio is that between units (Cochran 1977, Sampling Techniques, 6.4); the
    number that Wilson's interval takes is the one with this variance, never more than sum(n)
    (Kish 1965; Franco et al. 2019, J Surv Stat Methodol 7:334), with Student's quantile for units
    - 1 degrees of freedom.

    Examples
    --------
    >>> lo, hi = clustered_wilson([3, 9, 1, 7], [10, 10, 10, 10])
    >>> round(lo, 3), round(hi, 3)
    (0.121, 0.879)
    """
    k, n = np.asarray(k, float), np.asarray(n, float)
    if len(n) < 2:
        return np.nan, np.nan
    total, share = n.sum(), k.sum() / n.sum()
    quantile = stdtrit(len(n) - 1, 0.5 + level / 2)
    if not 0 < share < 1:
        size = float(len(n))  # all alike everywhere: units tell, not what is in them
    else:
        residual = k - share * n
        between = len(n) / (len(n) - 1) * (residual**2).sum() / total**2
        size = min(share * (1 - share) / between, total) if between > 0 else total
    middle = share + quantile**2 / (2 * size)
    spread = quantile * np.sqrt(share * (1 - share) / size + quantile**2 / (4 * size**2))
    lo, hi = ((middle + sign * spread) / (1 + quantile**2 / size) for sign in (-1, 1))
    return (0.0 if share == 0 else float(lo)), (1.0 if share == 1 else float(hi))


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
