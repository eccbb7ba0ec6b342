"""Differences between two groups of spells, with limits: lead with these, p-values second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmbstats.stats import special
from fmbstats.stats.intervals import share_interval, z_value
from fmbstats.stats.proportions import combine_limits


@dataclass(frozen=True, eq=False)
class Difference:
    """First minus second; numbers, or arrays with one value per group."""

    estimate: float | np.ndarray
    se: float | np.ndarray
    lo: float | np.ndarray
    hi: float | np.ndarray
    p: float | np.ndarray  #: Two-sided, of no difference.


def _two_sided(z):
    return 2 * special.ndtr(-np.abs(z))


def _normal(estimate, se, level):
    """Difference with normal limits; no p where the error is 0."""
    z = z_value(level)
    ratio = np.where(se > 0, estimate / np.where(se > 0, se, 1.0), np.nan)
    return Difference(estimate, se, estimate - z * se, estimate + z * se, _two_sided(ratio)[()])


def difference_at(first, second, t, *, level=0.95, kind="log-log"):
    """Difference of the shares still on sick leave after day t.

    Parameters
    ----------
    first, second : Curve or Curves
        Independent groups.
    t : int or array-like
        Day; as the curves' `survival_at`.
    level : float
        Confidence level.
    kind : {"log-log", "plain"}
        "plain": S1 - S2 -+ z sqrt(V1 + V2) and its test. "log-log": limits put together from the
        log-log limits of each curve, and the test on the log(-log) scale (Klein et al. 2007, Stat
        Med 26:4505), which stay right where S is near 0 or 1.

    Returns
    -------
    Difference
        NaN where either share is not identified; with "log-log" no limits where one is 0 or 1.
    """
    (s1, v1), (s2, v2) = both = [
        (np.asarray(curve.survival_at(t)), np.asarray(curve.variance_at(t)))
        for curve in (first, second)
    ]
    if kind == "plain":
        return _normal((s1 - s2)[()], np.sqrt(v1 + v2)[()], level)
    if kind != "log-log":
        raise ValueError(f"kind={kind!r}: expected 'log-log' or 'plain'")
    return share_difference(*both, level=level)


def share_difference(first, second, *, level=0.95):
    """Difference of two independent shares, as of `difference_at` by log-log limits.

    Parameters
    ----------
    first, second : tuple of (share, variance)
        Numbers or arrays; NaN where a share is not identified.
    level : float
        Confidence level.

    Returns
    -------
    Difference
    """
    (s1, v1), (s2, v2) = first, second
    limits = ((s, *share_interval(s, v, level=level)) for s, v in (first, second))
    estimate, lo, hi = combine_limits(*limits)
    # The p-value is on the log(-log) scale; NaN where a share is 0 or 1.
    inside = (s1 > 0) & (s1 < 1) & (s2 > 0) & (s2 < 1)
    a, b = np.where(inside, s1, 0.5), np.where(inside, s2, 0.5)
    variance = v1 / (a * np.log(a)) ** 2 + v2 / (b * np.log(b)) ** 2
    gap = np.log(-np.log(a)) - np.log(-np.log(b))
    usable = inside & (variance > 0)
    z = np.where(usable, gap / np.sqrt(np.where(usable, variance, 1.0)), np.nan)
    return Difference(estimate, np.sqrt(v1 + v2)[()], lo, hi, _two_sided(z)[()])


def band_factor(first, second, days, *, level=0.95, n_draws=2000, seed=0):
    """How many standard errors wide limits must be to hold on all of some days at once.

    Parameters
    ----------
    first, second : Curve
        Independent groups.
    days : array-like of int, shape (n_days,)
        Rising days on which both curves are identified.
    level : float
        Chance that the difference lies inside ``S1 - S2 -+ c sqrt(V1 + V2)`` on every one.
    n_draws, seed : int
        Draws of the limiting process.

    Returns
    -------
    float
        c: at least the pointwise normal quantile; NaN without a day on which anything varies.

    Notes
    -----
    An equal-precision band: the error of S(t) is, in large samples, S(t) times a Brownian motion in
    the time of Greenwood's sum (Gill 1983, Ann Stat 11:49; Nair 1984, Technometrics 26:265), here
    of two groups (Parzen, Wei & Ying 1997, Scand J Stat 24:309), drawn.
    """
    rng = np.random.default_rng(seed)
    total, variance = np.zeros((n_draws, len(days))), np.zeros(len(days))
    for curve in (first, second):
        clock = np.nan_to_num(np.asarray(curve.greenwood_at(days), float))
        steps = np.sqrt(np.maximum(np.diff(clock, prepend=0.0), 0.0))
        walk = np.cumsum(rng.standard_normal((n_draws, len(clock))) * steps, axis=1)
        share = np.nan_to_num(np.asarray(curve.survival_at(days), float))
        total, variance = total + share * walk, variance + share**2 * clock
    varies = variance > 0
    if not varies.any():
        return float("nan")
    largest = np.abs(total[:, varies] / np.sqrt(variance[varies])).max(axis=1)
    return float(max(np.quantile(largest, level), z_value(level)))


def restricted_mean_difference(first, second, tau, *, level=0.95):
    """Difference of mean days up to `tau`; the summary of choice for crossing curves."""
    (m1, e1), (m2, e2) = first.restricted_mean(tau), second.restricted_mean(tau)
    return _normal(m1 - m2, np.sqrt(e1**2 + e2**2), level)


def excess_days_difference(first, second, limit, tau, *, level=0.95):
    """Difference of the excess days per spell between `limit` and `tau`."""
    (m1, e1), (m2, e2) = first.excess_days(limit, tau), second.excess_days(limit, tau)
    return _normal(m1 - m2, np.sqrt(e1**2 + e2**2), level)
