"""Lengths against recommended limits: shares over, within and under, and when not estimable.

Adherent is T <= limit, exceeding T > limit; the share exceeding is S(limit). Every function takes
a `survival.Curve` (and answers with numbers) or `survival.Curves` (and answers with one value per
group). The words describe a group of spells; they do not judge a patient or a physician.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmbstats.stats.intervals import share_interval, z_value

_EDGE_POINTS = 0.02
_ROUNDING = 1e-12  # 1 less 0.98 is a little more than 0.02 to a computer

SMALL_AT_RISK = 10
"""Fewer at risk on the day of the limit are flagged."""


@dataclass(frozen=True, eq=False)
class Share:
    """A share with its standard error and limits; numbers, or arrays with one value per group."""

    estimate: float | np.ndarray
    se: float | np.ndarray
    lo: float | np.ndarray
    hi: float | np.ndarray

    def complement(self):
        """One minus the share."""
        return Share(1 - self.estimate, self.se, 1 - self.hi, 1 - self.lo)


@dataclass(frozen=True, eq=False)
class LimitShares:
    """Shares of spells against a recommendation, given T > entry_day."""

    over: Share  #: T > max_days.
    at_most: Share  #: T <= max_days: `over` turned round.
    inside: Share  #: min_days <= T <= max_days.
    under: Share  #: T < min_days; 0 without a minimum. `over + inside + under` = 1.
    over_or_on: Share  #: T >= max_days, that is S(max_days - 1).
    #: `limit_flags` of max_days, and `truncated_min`: the minimum lies within the unseen days, so
    #: that `inside` and `under` are not estimable.
    flags: dict


def _read_share(curve, day, level):
    """S(day) as a `Share`; NaN for negative days."""
    variance = curve.variance_at(day)
    estimate = curve.survival_at(day)
    return Share(estimate, np.sqrt(variance), *share_interval(estimate, variance, level=level))


def hangs_on_edge(day_before, on_day):
    """Whether so many end exactly on a limit that the result hangs on <= against <.

    `day_before`, `on_day`: S(limit - 1) and S(limit); more than 2 percentage points apart.

    >>> bool(hangs_on_edge(1, 0.98)), bool(hangs_on_edge(1, 0.979))
    (False, True)
    """
    return np.asarray(day_before) - on_day > _EDGE_POINTS + _ROUNDING


def limit_flags(curve, limit_days):
    """Why a result at a limit is not estimable, or to be read with care.

    Parameters
    ----------
    curve : Curve or Curves
    limit_days : int or array-like of int
        The limit; for `Curves` a scalar or one per group.

    Returns
    -------
    dict of str to bool or ndarray of bool
        `no_spells`; `truncated_r`: the limit is at or before the day from which spells are seen,
        so that all exceed it by construction; `beyond_followup`: nobody is followed up to the
        limit; `small_n`: fewer than 10 at risk on the day of the limit; `hangs_on_edge`: more
        than 2 percentage points end exactly on the limit. The first three make S(limit) NaN.
    """
    entry, followup = np.asarray(curve.entry_day), np.asarray(curve.max_followup)
    limit = np.asarray(limit_days)
    no_spells = np.asarray(curve.n_spells) == 0
    truncated = (entry > 0) & (limit <= entry) & ~no_spells
    here, before = curve.survival_at(limit), curve.survival_at(np.maximum(limit - 1, 0))
    flags = {
        "no_spells": no_spells,
        "truncated_r": truncated,
        "beyond_followup": (limit > followup) & np.isnan(here) & ~no_spells & ~truncated,
        "small_n": ~np.isnan(here) & (curve.at_risk_at(limit) < SMALL_AT_RISK) & (limit > 0),
        "hangs_on_edge": hangs_on_edge(before, here) & (limit > 0),
    }
    return {name: np.asarray(value)[()] for name, value in flags.items()}


def limit_shares(curve, max_days, min_days=None, *, level=0.95):
    """Shares of spells over, within and under a recommendation.

    Parameters
    ----------
    curve : Curve or Curves
    max_days : int or array-like of int
        Recommended maximum; for `Curves` a scalar or one per group.
    min_days : int or array-like of int, optional
        Recommended minimum (the first recommended length), >= 1.
    level : float
        Confidence level of all limits.

    Returns
    -------
    LimitShares

    Notes
    -----
    over = S(r2), inside = S(r1 - 1) - S(r2), under = 1 - S(r1 - 1). For a < b and Greenwood's
    sums G, Var[S(a) - S(b)] = S(a)^2 G(a) + S(b)^2 G(b) - 2 S(a) S(b) G(a); all limits log-log.

    Examples
    --------
    >>> from fmbstats.stats.survival import fit_curve
    >>> shares = limit_shares(fit_curve([5, 20, 25, 60], [1, 1, 1, 1]), 28, 14)
    >>> [float(s.estimate) for s in (shares.over, shares.inside, shares.under)]
    [0.25, 0.5, 0.25]
    """
    max_days = np.asarray(max_days)
    over = _read_share(curve, max_days, level)
    flags = limit_flags(curve, max_days)
    on_or_over = _read_share(curve, np.maximum(max_days - 1, 0), level)
    if min_days is None:
        zero = over.estimate * 0
        under, inside = Share(zero, zero, zero, zero), over.complement()
    else:
        min_days = np.asarray(min_days)
        if (min_days < 1).any() or (min_days > max_days).any():
            raise ValueError("expected 1 <= min_days <= max_days")
        under, inside = _under_and_inside(curve, max_days, min_days, level)
        entry = np.asarray(curve.entry_day)
        flags["truncated_min"] = ((entry > 0) & (min_days - 1 <= entry))[()]
    return LimitShares(over, over.complement(), inside, under, on_or_over, flags)


def _under_and_inside(curve, max_days, min_days, level):
    """Shares below the minimum and between the two limits."""
    reaches_min = _read_share(curve, min_days - 1, level)
    s_a, g_a = reaches_min.estimate, curve.greenwood_at(min_days - 1)
    s_b = curve.survival_at(max_days)
    # Where nobody remains at b, S(b) contributes no variance and no covariance.
    g_b = np.where(s_b == 0, 0.0, curve.greenwood_at(max_days))
    variance = s_a**2 * g_a + s_b**2 * g_b - 2 * s_a * s_b * g_a
    inside = s_a - s_b
    variance = np.where(np.isnan(inside), np.nan, np.maximum(variance, 0.0))
    limits = share_interval(inside, variance, level=level)
    return reaches_min.complement(), Share(inside[()], np.sqrt(variance)[()], *limits)


@dataclass(frozen=True, eq=False)
class AdherenceInterval:
    """Adherence when it is unknown which of several limits applies to a spell."""

    #: `lowest`, `highest`: P(T <= shortest limit) and P(T <= longest limit): the adherence lies
    #: between.
    lowest: Share
    highest: Share
    #: `outer_lo`, `outer_hi`: lower confidence limit of `lowest`, upper one of `highest`.
    outer_lo: float | np.ndarray
    outer_hi: float | np.ndarray
    is_variant_unknown: bool  #: Several limits differ.
    shortest_days: int
    longest_days: int


def adherence_over_limits(curve, limits_days, *, level=0.95):
    """Adherence interval over the limits of several cases; never a mean of the limits.

    Parameters
    ----------
    curve : Curve or Curves
    limits_days : array-like of int
        The recommended maxima that may apply.
    level : float
        Confidence level.

    Returns
    -------
    AdherenceInterval

    Examples
    --------
    >>> from fmbstats.stats.survival import fit_curve
    >>> both = adherence_over_limits(fit_curve([5, 20, 25, 60], [1, 1, 1, 1]), [14, 28])
    >>> float(both.lowest.estimate), float(both.highest.estimate)
    (0.25, 0.75)
    """
    limits = np.unique(np.asarray(limits_days))
    if not len(limits):
        raise ValueError("limits_days: expected at least one limit")
    low, high = (_read_share(curve, day, level).complement() for day in (limits[0], limits[-1]))
    return AdherenceInterval(
        low, high, low.lo, high.hi, len(limits) > 1, int(limits[0]), int(limits[-1])
    )  # fmt: skip


def median_to_limit(curve, limit_days, *, level=0.95):
    """Median length divided by the limit, (estimate, lo, hi); NaN where not reached.

    The limit is a constant, so the limits of the median are divided by it.
    """
    return tuple(x / np.asarray(limit_days) for x in curve.quantile(0.5, level=level))


def length_index(n_spells, mean_days, se_days, limit_days, *, level=0.95):
    """Case-mix weighted length over many diagnoses, as a ratio to their limits.

    Parameters
    ----------
    n_spells, mean_days, se_days, limit_days : array-like, shape (n_diagnoses,)
        Spells, restricted mean with standard error, and limit of each diagnosis.
    level : float
        Confidence level.

    Returns
    -------
    (index, se, lo, hi) : tuple of float
        sum n * mean / sum n * limit, normal limits; NaN when a diagnosis with spells has no mean.
    """
    n, mean, se, limit = (np.asarray(x, float) for x in (n_spells, mean_days, se_days, limit_days))
    in_use = n > 0
    n, mean, se, limit = (x[in_use] for x in (n, mean, se, limit))
    if not len(n):
        return (np.nan,) * 4
    expected = (n * limit).sum()
    index, spread = (n * mean).sum() / expected, np.sqrt((n**2 * se**2).sum()) / expected
    z = z_value(level)
    return tuple(float(x) for x in (index, spread, index - z * spread, index + z * spread))
