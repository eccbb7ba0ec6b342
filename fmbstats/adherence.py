"""Curve + recommendation -> measures with uncertainty, or the reason why there is none.

A spell's recommendation is an interval: which case (severity, workload, procedure) applied is
rarely known, so the share over the limit is given at the **longest** limit of the cases (the
smallest share it can be) and at the **shortest** (the largest). Spells of one diagnosis can have
different limits (a case may cover some of the entry's codes only, a revision changes them); they
are estimated apart and weighed together by their number, never by an average of limits.

Every share is conditional on the spell having outlasted the register's entry day.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from fmbstats.stats.survival import Curve, fit_curve

TAU_DAYS = 365
SMALL_N = 10
# An end of the interval is estimated when at least this share of the spells that have a limit
# have one that can be estimated; the rest is too small to turn the answer.
MIN_ESTIMABLE_SHARE = 0.95

TRUNCATED = "truncated_r"
BEYOND = "beyond_followup"
NOT_REACHED = "not_reached"
SMALL = "small_n"
VARIANT = "variant_unknown"
EDGE = "edge_off_by_one"
NO_LIMIT = "no_limit"
NO_SPELLS = "no_spells"
SEVERAL_LIMITS = "several_limits"
PARTLY = "partly_estimable"

LONGEST, SHORTEST = "longest", "shortest"


@dataclass(frozen=True, eq=False)
class SpellCounts:
    """Ledger rows of the spells under study.

    Attributes
    ----------
    limits_id : ndarray of int, shape (n_rows,)
        Index into `Limits`; -1 where the spell's code has no recommendation at all.
    entry, time, cause, n : ndarray of int, shape (n_rows,)
        Entry day, length in days, end reason (0 = censored), number of spells.
    """

    limits_id: np.ndarray
    entry: np.ndarray
    time: np.ndarray
    cause: np.ndarray
    n: np.ndarray

    def given_outlasting(self, day: int) -> SpellCounts:
        """Only spells longer than `day` days, all entering on it (conditional analysis, M5)."""
        kept = self.time > day
        part = self.only(kept)
        return replace(part, entry=np.maximum(part.entry, day))

    def only(self, mask: np.ndarray) -> SpellCounts:
        """The rows where `mask` holds."""
        return SpellCounts(
            *(getattr(self, name)[mask] for name in ("limits_id", "entry", "time", "cause", "n"))
        )

    @property
    def n_spells(self) -> int:
        """Number of spells."""
        return int(self.n.sum())


@dataclass(frozen=True, eq=False)
class Limits:
    """Shortest and longest recommended maximum per limits_id, in days; NaN where none.

    Attributes
    ----------
    shortest, longest : ndarray of float, shape (n_limits,)
        Over the cases with a number that is a true maximum; 0 = no sick leave recommended.
    """

    shortest: np.ndarray
    longest: np.ndarray


@dataclass(frozen=True)
class Measure:
    """One number of a report, as METHODS' result row has it.

    Attributes
    ----------
    metric : str
        What it is, e.g. "share_over_longest".
    estimate, lo, hi : float
        The estimate with its limits of confidence; NaN where not estimable (see `flags`).
    method : str
        How the limits were found.
    n_at_risk_at_limit : int
        Spells still at risk on the day of the limit (the smallest over the limits combined).
    flags : tuple of str
        Why a number is missing, or how it must be read.
    limit_days : float
        The limit it was measured at; NaN where several were combined or none is meant.
    """

    metric: str
    estimate: float
    lo: float = math.nan
    hi: float = math.nan
    method: str = ""
    n_at_risk_at_limit: int | None = None
    flags: tuple[str, ...] = ()
    limit_days: float = math.nan


@dataclass(frozen=True, eq=False)
class LimitGroup:
    """Spells that share one interval of limits, with their curve."""

    shortest: float
    longest: float
    n_spells: int
    curve: Curve

    def limit(self, end: str) -> float:
        """Return the limit in days at one end of the interval."""
        return self.longest if end == LONGEST else self.shortest


def limit_groups(counts: SpellCounts, limits: Limits) -> list[LimitGroup]:
    """Split spells that have a limit by their interval of limits, and fit a curve to each."""
    has_match = counts.limits_id >= 0
    shortest = np.full(len(counts.limits_id), np.nan)
    longest = shortest.copy()
    shortest[has_match] = limits.shortest[counts.limits_id[has_match]]
    longest[has_match] = limits.longest[counts.limits_id[has_match]]
    scored = ~np.isnan(longest)
    pairs, index = np.unique(
        np.column_stack([shortest[scored], longest[scored]]), axis=0, return_inverse=True
    )
    part = counts.only(scored)
    return [
        LimitGroup(low, high, own.n_spells, fit_counts(own))
        for k, (low, high) in enumerate(pairs)
        for own in [part.only(index == k)]
    ]


def fit_counts(counts: SpellCounts) -> Curve:
    """Fit the Kaplan-Meier curve of some ledger rows."""
    return fit_curve(counts.time, counts.cause, entry=counts.entry, n=counts.n)


def share_over(
    groups: list[LimitGroup], end: str, *, entry_day: int, offset_days: int = 0, level: float = 0.95
) -> Measure:
    """Share of spells longer than the recommended limit, at one end of the interval.

    ``sum_g w_g S_g(r_g)`` over groups with the same limits, w_g the group's share of the spells;
    variance ``sum_g w_g^2 Var[S_g(r_g)]`` (Greenwood), limits of confidence on the log(-log)
    scale. With one group this is Kaplan-Meier's own log-log interval.

    Parameters
    ----------
    groups : list of LimitGroup
        From `limit_groups`.
    end : {"longest", "shortest"}
        Which limit of each spell's interval.
    entry_day : int
        Day up to which the register sees nothing: a limit on or before it is not estimable.
    offset_days : int
        Added to the limit: -1 gives S(r-1).
    level : float
        Confidence level.
    """
    metric = f"share_over_{end}" + ("_day_before" if offset_days == -1 else "")
    total = sum(g.n_spells for g in groups)
    if not total:
        return Measure(metric, math.nan, flags=(NO_LIMIT,))
    reasons = [_unestimable(g, g.limit(end), entry_day) for g in groups]
    usable = [g for g, reason in zip(groups, reasons, strict=True) if reason is None]
    n_usable = sum(g.n_spells for g in usable)
    if n_usable < MIN_ESTIMABLE_SHARE * total:
        return Measure(
            metric,
            math.nan,
            flags=tuple(sorted({r for r in reasons if r})),
            limit_days=_common(g.limit(end) for g in groups),
        )
    days = [g.limit(end) + offset_days for g in usable]
    weights = np.array([g.n_spells for g in usable]) / n_usable
    survival = np.array([g.curve.survival_at(d) for g, d in zip(usable, days, strict=True)])
    variance = np.array([g.curve.variance_at(d) for g, d in zip(usable, days, strict=True)])
    estimate = float(weights @ survival)
    lo, hi = loglog_interval(estimate, math.sqrt(float(weights**2 @ variance)), level)
    at_risk = min(int(g.curve.at_risk_at(g.limit(end))) for g in usable)
    flags = _flags(groups, n_usable < total, at_risk)
    limit = _common(g.limit(end) for g in usable)
    return Measure(metric, estimate, lo, hi, "km_loglog", at_risk, flags, limit)


def _unestimable(group: LimitGroup, limit: float, entry_day: int) -> str | None:
    if limit <= entry_day:
        return TRUNCATED
    if limit > group.curve.max_followup:
        return BEYOND
    return None if math.isfinite(group.curve.survival_at(limit)) else BEYOND


def _flags(groups: list[LimitGroup], is_partial: bool, at_risk: int) -> tuple[str, ...]:
    flags = [PARTLY] if is_partial else []
    if at_risk < SMALL_N:
        flags.append(SMALL)
    if any(g.shortest != g.longest for g in groups):
        flags.append(VARIANT)
    return tuple(flags)


def _common(limits: Iterator[float]) -> float:
    values = set(limits)
    return values.pop() if len(values) == 1 else math.nan


def loglog_interval(estimate: float, se: float, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share on the log(-log) scale; NaN where the share is 0 or 1 (METHODS M4)."""
    if not 0 < estimate < 1 or not math.isfinite(se):
        return math.nan, math.nan
    width = norm.ppf(0.5 + level / 2) * se / (estimate * abs(math.log(estimate)))
    return estimate ** math.exp(width), estimate ** math.exp(-width)


def complement(measure: Measure, metric: str) -> Measure:
    """Share within the limit from the share over it: 1 - S, limits of confidence swapped."""
    return replace(
        measure, metric=metric, estimate=1 - measure.estimate, lo=1 - measure.hi, hi=1 - measure.lo
    )


def quantile_measures(curve: Curve, level: float = 0.95) -> list[Measure]:
    """Quartiles of the length with Brookmeyer-Crowley limits."""
    return [_quantile_measure(curve, pct, level) for pct in (25, 50, 75)]


def _quantile_measure(curve: Curve, pct: int, level: float) -> Measure:
    estimate, lo, hi = curve.quantile(pct / 100, level=level)
    flags = (NOT_REACHED,) if math.isnan(estimate) else ()
    return Measure(f"quantile_{pct}_days", estimate, lo, hi, "brookmeyer_crowley", None, flags)


def median_ratio(groups: list[LimitGroup], curve: Curve, end: str) -> Measure:
    """Median length divided by the limit; only where all spells have the same one (M9)."""
    metric = f"median_ratio_{end}"
    limit = _common(g.limit(end) for g in groups)
    if not groups:
        return Measure(metric, math.nan, flags=(NO_LIMIT,))
    if math.isnan(limit) or limit == 0:
        return Measure(metric, math.nan, flags=(SEVERAL_LIMITS if limit != 0 else TRUNCATED,))
    median = _quantile_measure(curve, 50, 0.95)
    return replace(
        median,
        metric=metric,
        estimate=median.estimate / limit,
        lo=median.lo / limit,
        hi=median.hi / limit,
        limit_days=limit,
    )


def excess_days(groups: list[LimitGroup], end: str, *, entry_day: int, tau_days: int) -> Measure:
    """Mean days over the limit per started spell, up to day tau (METHODS M10).

    ``sum_g w_g E_g(r_g, tau)`` with ``E(r, tau) = sum_{t=r}^{tau-1} S(t)``; a spell whose limit
    is tau or later adds nothing. Normal limits of confidence, cut at 0.
    """
    metric = f"excess_days_{end}"
    total = sum(g.n_spells for g in groups)
    if not total:
        return Measure(metric, math.nan, flags=(NO_LIMIT,))
    if any(g.limit(end) < entry_day for g in groups):
        return Measure(metric, math.nan, flags=(TRUNCATED,))
    if any(g.curve.max_followup < tau_days for g in groups):
        return Measure(metric, math.nan, flags=(BEYOND,))
    estimate = variance = 0.0
    for g in groups:
        if g.limit(end) < tau_days:
            weight = g.n_spells / total
            mean, se = g.curve.excess_days(int(g.limit(end)), tau_days)
            estimate += weight * mean
            variance += (weight * se) ** 2
    half = norm.ppf(0.975) * math.sqrt(variance)
    limit = _common(g.limit(end) for g in groups)
    return Measure(
        metric,
        estimate,
        max(estimate - half, 0.0),
        estimate + half,
        f"tau_{tau_days}",
        None,
        (),
        limit,
    )


def measure_adherence(
    counts: SpellCounts, limits: Limits, *, entry_day: int, tau_days: int = TAU_DAYS
) -> tuple[Measure, ...]:
    """All measures of one group of spells.

    Parameters
    ----------
    counts : SpellCounts
        Ledger rows of the group.
    limits : Limits
        What `counts.limits_id` points to.
    entry_day : int
        The analysis is conditional on outlasting this day.
    tau_days : int
        Horizon of the restricted means; the same for all groups compared.

    Returns
    -------
    tuple of Measure
        In the order of the reports.
    """
    seen = counts.given_outlasting(entry_day)
    n_ended = int(seen.n[seen.cause > 0].sum())
    head = [
        Measure("n_spells", float(seen.n_spells), method="count"),
        Measure("n_events", float(n_ended), method="count"),
    ]
    if not seen.n_spells:
        return (*head, Measure("share_over_longest", math.nan, flags=(NO_SPELLS,)))
    curve = fit_counts(seen)
    groups = limit_groups(seen, limits)
    scored = sum(g.n_spells for g in groups)
    head.append(Measure("coverage_share", scored / seen.n_spells, method="count"))
    body = []
    for end in (LONGEST, SHORTEST):
        body += _limit_measures(groups, curve, end, entry_day, tau_days)
    return (*head, *quantile_measures(curve), *body)


def _limit_measures(groups, curve, end, entry_day, tau_days) -> list[Measure]:
    over = share_over(groups, end, entry_day=entry_day)
    before = share_over(groups, end, entry_day=entry_day, offset_days=-1)
    if before.estimate - over.estimate > 0.02:
        # Many spells end exactly on the limit: the answer hangs on whether <= or < is meant.
        over = replace(over, flags=(*over.flags, EDGE))
    return [
        over,
        before,
        complement(over, f"share_within_{end}"),
        median_ratio(groups, curve, end),
        excess_days(groups, end, entry_day=entry_day, tau_days=tau_days),
    ]
