"""Curve + yardstick -> measures with uncertainty, or the reason why there is none.

Which case (severity, workload, procedure) applies to a spell is rarely known, so the share over
the limit is bounded: the least it can be is the share over the **longest** limit of the possible
cases, and 0 where one of them has no limit; the most it can be is the share over the **shortest**
limit, and 0 where none has one. Spells of one diagnosis can have different possible cases (a case
may cover some of the entry's codes only, a revision changes them); they are estimated apart and
weighed together by their number, never by an average of limits.

Whether a limit can be seen at all in a register that begins at some day is decided once, before any
measure.

Every share is conditional on the spell having outlasted the register's entry day. All strata of
all diagnoses can be measured in one pass (`measure_strata`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from fmbstats.recommendations.yardstick import Limits
from fmbstats.settings import SETTINGS
from fmbstats.stats.exceedance import SMALL_AT_RISK, hangs_on_edge
from fmbstats.stats.identified import share_region_interval, share_with_possible
from fmbstats.stats.intervals import positive_interval, share_interval, z_value
from fmbstats.stats.survival import Curve, Curves, fit_curve, fit_curves

NEAR_DAYS = 3
# An end of the interval is told when anything is known at this end of spells that need not exceed;
# the rest counts at its worst: 0 in the lower bound, 1 in the upper. So a bound becomes trivial as
# less is known, and no share of unseen limits turns it on or off. Such spells must be more than a
# remainder beside spells that exceed by construction.
MIN_UNCERTAIN_SHARE = 0.05

TRUNCATED = "truncated_r"
BEYOND = "beyond_followup"
BEYOND_TAU = "beyond_horizon"
NOT_REACHED = "not_reached"
SMALL = "small_n"
VARIANT = "variant_unknown"
EDGE = "edge_off_by_one"
NO_LIMIT = "no_limit"
NO_SPELLS = "no_spells"
PROTECTED = "protected"  # no spells, or too few to be told of: a release store does not say which
SEVERAL_LIMITS = "several_limits"
PARTLY = "partly_estimable"
CERTAIN = "limit_before_entry"
UNLIMITED = "case_without_limit"

LONGEST, SHORTEST = "longest", "shortest"

# Field of `SpellCounts` -> column of a ledger.
_COLUMNS = {
    "limits_id": "match_id",
    "entry": "entry_day",
    "time": "duration_day",
    "cause": "end_reason",
    "n": "n",
}


class Columns(Protocol):
    """Columns by name: a frame, of whichever library."""

    def __getitem__(self, name: str, /) -> Any: ...


@dataclass(frozen=True, eq=False)
class SpellCounts:
    """Ledger rows of the spells under study."""

    #: Index into `Limits`; -1 where the spell's code has no recommendation at all; int, shape
    #: (n_rows,).
    limits_id: np.ndarray
    #: `entry`, `time`, `cause`, `n`: entry day, length in days, end reason (0 = ongoing at the
    #: cut-off; below 0 = gone on that day or later, in a way that is not told), number of spells;
    #: int, shape (n_rows,).
    entry: np.ndarray
    time: np.ndarray
    cause: np.ndarray
    n: np.ndarray
    noise: float = 0.0  #: Variance of a count around the exact one where counts are protected.

    def only(self, rows: np.ndarray) -> SpellCounts:
        """Return the rows named by a mask or an index."""
        return replace(self, **{name: getattr(self, name)[rows] for name in _COLUMNS})

    @classmethod
    def of_ledger(cls, frame: Columns, noise: float = 0.0) -> SpellCounts:
        """Take a ledger's rows as arrays; `noise` as of `Store.noise`."""
        columns = {k: np.asarray(frame[column], np.int64) for k, column in _COLUMNS.items()}
        return cls(**columns, noise=noise)

    @classmethod
    def joined(cls, parts: Sequence[SpellCounts]) -> SpellCounts:
        """Put rows after one another."""
        columns = {n: np.concatenate([getattr(part, n) for part in parts]) for n in _COLUMNS}
        return cls(**columns, noise=max((part.noise for part in parts), default=0.0))

    def given_outlasting(self, day: int) -> SpellCounts:
        """Only spells longer than `day` days, all entering on it (conditional analysis, M5)."""
        part = self.only(self.time > day)
        return replace(part, entry=np.maximum(part.entry, day))

    def curve(self) -> Curve:
        """Fit the Kaplan-Meier curve of these rows."""
        return fit_curve(self.time, self.cause, entry=self.entry, n=self.n, noise=self.noise)

    @property
    def n_spells(self) -> int:
        """Number of spells."""
        return int(self.n.sum())


@dataclass(frozen=True)
class Measure:
    """One number of a report, as METHODS' result row has it."""

    metric: str  #: What it is, e.g. "share_over_longest".
    #: `estimate`, `lo`, `hi`: the estimate with its limits of confidence; NaN where not estimable
    #: (see `flags`).
    estimate: float
    lo: float
    hi: float
    method: str  #: How the limits were found.
    #: Spells still at risk on the day of their limit, over all limits combined.
    n_at_risk_at_limit: float
    #: The limit it was measured at; NaN where several were combined or none is meant.
    limit_days: float
    flags: tuple[str, ...]  #: Why a number is missing, or how it must be read.


@dataclass(frozen=True, eq=False)
class MeasureColumn:
    """One measure of every stratum; attributes as in `Measure`, one value per stratum.

    `variance` is that of the estimate before its limits were put on another scale.
    """

    metric: str
    method: str
    estimate: np.ndarray
    lo: np.ndarray
    hi: np.ndarray
    at_risk: np.ndarray
    limit_days: np.ndarray
    flags: list[tuple[str, ...]]
    variance: np.ndarray | None = None

    @property
    def se(self) -> np.ndarray:
        """Standard errors; NaN where there is no estimate, or none is made."""
        variance = np.full(len(self.estimate), np.nan) if self.variance is None else self.variance
        return np.sqrt(variance)

    def of(self, stratum: int) -> Measure:
        """Return one stratum's measure."""
        numbers = (self.estimate, self.lo, self.hi, self.at_risk, self.limit_days)
        estimate, lo, hi, at_risk, limit_days = (float(values[stratum]) for values in numbers)
        flags = self.flags[stratum]
        return Measure(self.metric, estimate, lo, hi, self.method, at_risk, limit_days, flags)


@dataclass(frozen=True, eq=False)
class LimitGroups:
    """Judged spells of a stratum with the same limits, each group with its curve."""

    stratum: np.ndarray
    #: `shortest`, `longest`: limits in days; inf: none among the possible cases, or not for all of
    #: them; float, shape (n_groups,).
    shortest: np.ndarray
    longest: np.ndarray
    n_spells: np.ndarray
    curves: Curves  #: One per group.
    n_strata: int
    entry_day: int  #: Of the register.

    def is_seen(self, end: str) -> np.ndarray:
        """Whether each group's limit at one end lies past the entry day: decided only here."""
        return self.limit(end) > self.entry_day

    @property
    def is_certain(self) -> np.ndarray:
        """Whether every possible limit of a group lies before the entry day: all seen exceed it."""
        return ~self.is_seen(LONGEST)

    def limit(self, end: str) -> np.ndarray:
        """Limit in days at one end of each group's interval."""
        return self.longest if end == LONGEST else self.shortest

    def total(self, values: np.ndarray) -> np.ndarray:
        """Sum over the groups of each stratum."""
        return np.bincount(self.stratum, values, minlength=self.n_strata)

    def least(self, values: np.ndarray) -> np.ndarray:
        """Smallest value over the groups of each stratum; inf without any."""
        out = np.full(self.n_strata, np.inf)
        np.minimum.at(out, self.stratum, values)
        return out

    def common(self, values: np.ndarray) -> np.ndarray:
        """The value all groups of a stratum share, else NaN."""
        low, high = self.least(values), -self.least(-values)
        return np.where((low == high) & np.isfinite(low), low, np.nan)


def added_up(counts: SpellCounts, stratum: np.ndarray) -> tuple[SpellCounts, np.ndarray]:
    """Add up rows of one stratum, limit and length that ended alike, for whatever reason.

    Measures ask only whether a spell ended. A national ledger has many rows of each kind; a small
    one, or one with several entry days, comes back as it is.
    """
    if not len(stratum) or counts.entry.min() < counts.entry.max():
        return counts, stratum
    n_ids, span = int(counts.limits_id.max()) + 2, int(counts.time.max()) + 1
    place = stratum * n_ids + (counts.limits_id + 1)
    used = np.flatnonzero(np.bincount(place))
    if len(used) * span > 2 * len(place):
        return counts, stratum
    number = np.zeros(int(used[-1]) + 1, np.int64)
    number[used] = np.arange(len(used))
    # Ended, ongoing, not told: 2, 1, 0.
    way = np.sign(counts.cause) + 1
    n = np.bincount((number[place] * span + counts.time) * 3 + way, counts.n)
    rows = np.flatnonzero(n)
    owner, time = used[rows // (3 * span)], (rows // 3) % span
    entry, way = np.full(len(rows), counts.entry[0]), rows % 3 - 1
    count = n[rows].astype(np.int64)
    cells = SpellCounts(owner % n_ids - 1, entry, time, way, count, counts.noise)
    return cells, owner // n_ids


def limit_groups(
    counts: SpellCounts, stratum: np.ndarray, n_strata: int, limits: Limits, *, entry_day: int
) -> LimitGroups:
    """Split the judged spells of each stratum by their limits, and fit all curves at once."""
    # The few distinct intervals are numbered first; the many rows are then only looked up.
    table = np.column_stack([limits.shortest, limits.longest])
    pairs, pair_of = np.unique(table, axis=0, return_inverse=True)
    pair = pair_of.reshape(-1)[counts.limits_id]
    scored = ~np.isnan(pairs[pair, 1])
    part, place = counts.only(scored), stratum[scored] * len(pairs) + pair[scored]
    used = np.flatnonzero(np.bincount(place, minlength=n_strata * len(pairs)))
    number = np.zeros(n_strata * len(pairs), np.int64)
    number[used] = np.arange(len(used))
    group = number[place]
    keys = np.column_stack([used // len(pairs), pairs[used % len(pairs)]])
    curves = fit_curves(
        group, part.time, part.cause, entry=part.entry, n=part.n, n_groups=len(keys),
        noise=part.noise,
    )  # fmt: skip
    sizes = np.bincount(group, part.n, minlength=len(keys))
    own, shortest, longest = keys[:, 0].astype(np.int64), keys[:, 1], keys[:, 2]
    return LimitGroups(own, shortest, longest, sizes, curves, n_strata, entry_day)


def share_over(groups: LimitGroups, end: str, *, offset_days: int = 0) -> MeasureColumn:
    """Bound of the share of spells longer than recommended, at one end of their limits.

    ``sum_g w_g S_g(r_g)`` over a stratum's groups with the same limits, w_g the group's share of
    the spells; variance ``sum_g w_g^2 Var[S_g(r_g)]`` (Greenwood), limits of confidence on the
    log(-log) scale. With one group this is Kaplan-Meier's own log-log interval. Without a limit
    nothing need exceed (or nothing can): such a group counts as 0. Spells all of whose possible
    limits lie before the entry day exceed them, every one that is seen: they count as 1 beside
    others; where (nearly) all spells are such, the share would be 1 by construction, and is not
    told (METHODS M3). What is not known counts as 0 in the lower bound and as 1 in the upper.

    Parameters
    ----------
    groups : LimitGroups
    end : {"longest", "shortest"}
        The lower bound, or the upper.
    offset_days : int
        Added to the limit: -1 gives S(r-1).
    """
    survival, variance, is_usable = _survival(groups, end, offset_days)
    n_scored = groups.total(groups.n_spells)
    n_known = groups.total(groups.n_spells * (is_usable & ~groups.is_certain))
    n_uncertain = groups.total(groups.n_spells * ~groups.is_certain)
    weight = groups.n_spells / np.maximum(n_scored, 1)[groups.stratum]
    unseen = 0.0 if end == LONGEST else 1.0
    is_answer = (n_scored > 0) & (n_known > 0) & (n_uncertain >= MIN_UNCERTAIN_SHARE * n_scored)
    estimate = groups.total(weight * np.where(is_usable, survival, unseen))
    estimate = np.where(is_answer, np.minimum(estimate, 1.0), np.nan)
    spread = groups.total(weight**2 * np.where(is_usable, variance, 0.0))
    lo, hi = share_interval(estimate, spread)
    is_finite = np.isfinite(groups.limit(end))
    at_risk = groups.curves.at_risk_at(np.where(is_finite, groups.limit(end), 0.0))
    is_read = is_usable & is_finite & ~groups.is_certain
    n_at_risk = groups.total(np.where(is_read, np.nan_to_num(at_risk), 0.0))
    n_at_risk = np.where(is_answer & (groups.total(is_read) > 0), n_at_risk, np.nan)
    return MeasureColumn(
        f"share_over_{end}" + ("_day_before" if offset_days == -1 else ""),
        "km_loglog",
        estimate,
        lo,
        hi,
        n_at_risk,
        groups.common(groups.limit(end)),
        _share_flags(groups, end, is_usable, is_answer, n_at_risk),
        spread,
    )


def _survival(groups, end, offset_days) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """S and its variance at each group's limit, and whether it is known; 0 without a limit."""
    limit, curves = groups.limit(end), groups.curves
    is_finite = np.isfinite(limit)
    day = np.where(is_finite, limit, 0.0)
    survival = curves.survival_at(day)
    is_usable = groups.is_seen(end) & np.isfinite(survival)
    if offset_days:
        # S is 1 on the entry day itself: a limit one day later has a well-defined S(r-1).
        before = curves.survival_at(day + offset_days)
        survival = np.where(is_usable & np.isnan(before), 1.0, before)
    variance = survival**2 * curves.greenwood_at(day + offset_days)
    certain = groups.is_certain
    survival = np.where(certain, 1.0, np.where(is_finite, survival, 0.0))
    variance = np.where(is_finite & ~certain & (variance > 0), variance, 0.0)
    return survival, variance, is_usable | ~is_finite | certain


def _share_flags(groups, end, is_usable, is_answer, at_risk) -> list[tuple[str, ...]]:
    is_seen = groups.is_seen(end)
    conditions = (
        (groups.total(groups.n_spells) == 0, NO_LIMIT),
        (~is_answer & (groups.total(~is_seen) > 0), TRUNCATED),
        (~is_answer & (groups.total(is_seen & ~is_usable) > 0), BEYOND),
        (is_answer & (groups.total(~is_usable) > 0), PARTLY),
        (is_answer & (groups.total(groups.is_certain) > 0), CERTAIN),
        (is_answer & (at_risk < SMALL_AT_RISK), SMALL),
        (is_answer & (groups.total(groups.shortest != groups.longest) > 0), VARIANT),
        (is_answer & (groups.total(np.isinf(groups.limit(end))) > 0), UNLIMITED),
    )
    return _flags(groups.n_strata, *conditions)


def _flags(n_strata: int, *conditions) -> list[tuple[str, ...]]:
    """Per stratum the names whose mask holds there."""
    return [tuple(name for mask, name in conditions if mask[s]) for s in range(n_strata)]


def share_ending_near(groups: LimitGroups, end: str) -> MeasureColumn:
    """Share of judged spells that end at most `NEAR_DAYS` days before or after the limit.

    ``sum_g w_g (S_g(r_g - d - 1) - S_g(r_g + d))``; spells without a limit end near none. Variance
    of a difference by Greenwood's sums (METHODS M1).
    """
    limit, curves = groups.limit(end), groups.curves
    is_finite = np.isfinite(limit)
    day = np.where(is_finite, limit, 0.0)
    first, last = day - NEAR_DAYS - 1, day + NEAR_DAYS
    before = np.where(first <= curves.entry_day, 1.0, curves.survival_at(first))
    spread = np.where(first <= curves.entry_day, 0.0, curves.greenwood_at(first))
    after = curves.survival_at(last)
    variance = before**2 * spread + after**2 * curves.greenwood_at(last)
    variance = np.nan_to_num(variance - 2 * before * after * spread)
    is_usable = ~is_finite | (groups.is_seen(end) & np.isfinite(before) & np.isfinite(after))
    share = np.where(is_finite & is_usable, before - after, 0.0)
    weight = groups.n_spells / np.maximum(groups.total(groups.n_spells), 1)[groups.stratum]
    n_unknown = groups.total(groups.n_spells * ~is_usable)
    is_answer = (groups.total(groups.n_spells) > 0) & (n_unknown == 0)
    estimate = np.where(is_answer, groups.total(weight * share), np.nan)
    lo, hi = share_interval(estimate, groups.total(weight**2 * variance * is_finite))
    nothing = np.full(groups.n_strata, np.nan)
    flags = _share_flags(groups, end, is_usable, is_answer, nothing)
    days = groups.common(limit)
    return MeasureColumn(
        f"share_ending_near_{end}", "km_loglog", estimate, lo, hi, nothing, days, flags
    )


def complement(column: MeasureColumn, metric: str) -> MeasureColumn:
    """Share within the limit from the share over it: 1 - S, limits of confidence swapped."""
    return replace(
        column, metric=metric, estimate=1 - column.estimate, lo=1 - column.hi, hi=1 - column.lo
    )


def quantile_column(curves: Curves, pct: int) -> MeasureColumn:
    """A quantile of the length of each stratum with Brookmeyer-Crowley limits."""
    estimate, lo, hi = curves.quantile(pct / 100)
    nothing = np.full(len(curves), np.nan)
    flags = _flags(len(curves), (np.isnan(estimate), NOT_REACHED))
    return MeasureColumn(
        f"quantile_{pct}_days", "brookmeyer_crowley", estimate, lo, hi, nothing, nothing, flags
    )


def median_ratio(groups: LimitGroups, median: MeasureColumn, end: str) -> MeasureColumn:
    """Median length divided by the limit; only where all spells have the same one that is seen."""
    limit = groups.common(groups.limit(end))
    n_scored = groups.total(groups.n_spells)
    is_unseen = groups.total(~groups.is_seen(end)) > 0
    is_open = groups.total(np.isinf(groups.limit(end))) > 0
    usable = np.where(is_unseen | is_open, np.nan, limit)
    flags = _flags(
        groups.n_strata,
        (n_scored == 0, NO_LIMIT),
        (is_unseen, TRUNCATED),
        (is_open & ~is_unseen, UNLIMITED),
        ((n_scored > 0) & np.isnan(limit) & ~is_open & ~is_unseen, SEVERAL_LIMITS),
        ((usable > 0) & np.isnan(median.estimate), NOT_REACHED),
    )
    return replace(
        median,
        metric=f"median_ratio_{end}",
        estimate=median.estimate / usable,
        lo=median.lo / usable,
        hi=median.hi / usable,
        limit_days=usable,
        flags=flags,
    )


def is_enough_for_days(n_spells, at_risk):
    """Whether days over a limit may be told: spells enough, and of these on the last day (M10).

    Of 20 spells those that have 10 left are the long ones: the second rule alone would tell
    numbers that are too high, and its limits hold the truth in 84 % (tests/bench/coverage.csv).

    Parameters
    ----------
    n_spells, at_risk : ndarray of float
        Spells of a group, and those of them at risk on the last day.

    Examples
    --------
    >>> is_enough_for_days(np.array([20, 30, 30]), np.array([12, 9, 10])).tolist()
    [False, False, True]
    """
    return (n_spells >= SETTINGS.min_spells) & (at_risk >= SMALL_AT_RISK)


def excess_days(groups: LimitGroups, end: str, *, tau_days: int) -> MeasureColumn:
    """Mean days over the limit per spell, up to day tau.

    ``sum_g w_g E_g(r_g, tau)`` with ``E(r, tau) = sum_{t=r}^{tau-1} S(t)``; a spell whose limit
    is tau or later, or that need have none, adds nothing; where all are such, there is no answer.
    Told of enough spells alone (`is_enough_for_days`). Limits of confidence on the log scale, which
    hold their level better than normal ones (tests/bench).
    """
    limit, is_seen = groups.limit(end), groups.is_seen(end)
    is_short = limit < tau_days
    mean, se = groups.curves.excess_days(
        np.where(is_short & is_seen, limit, tau_days - 1), tau_days
    )
    mean, se = np.where(is_short, mean, 0.0), np.where(is_short, se, 0.0)
    total = groups.total(groups.n_spells)
    weight = groups.n_spells / np.maximum(total, 1)[groups.stratum]
    is_unseen = groups.total(~is_seen) > 0
    is_beyond = ~is_unseen & (groups.total(is_seen & ~np.isfinite(mean)) > 0)
    is_open = (total > 0) & ~is_unseen & (groups.total(np.isfinite(limit)) == 0)
    # Where every limit lies at or past tau, 0 days would only tell of the horizon.
    is_late = (total > 0) & ~is_unseen & ~is_open & (groups.least(limit) >= tau_days)
    at_risk = groups.total(np.nan_to_num(groups.curves.at_risk_at(tau_days)))
    is_few = ~is_enough_for_days(total, at_risk)
    is_told = (total > 0) & ~is_unseen & ~is_beyond & ~is_late & ~is_open
    is_answer = is_told & ~is_few
    estimate = np.where(is_answer, groups.total(weight * np.nan_to_num(mean)), np.nan)
    spread = np.sqrt(groups.total((weight * np.nan_to_num(se)) ** 2))
    lo, hi = positive_interval(estimate, np.where(is_answer, spread, np.nan))
    flags = _flags(
        groups.n_strata,
        (total == 0, NO_LIMIT),
        (is_unseen, TRUNCATED),
        (is_open, UNLIMITED),
        (is_beyond, BEYOND),
        (is_late, BEYOND_TAU),
        (is_told & is_few, SMALL),
    )
    nothing = np.full(groups.n_strata, np.nan)
    common = groups.common(limit)
    return MeasureColumn(
        f"excess_days_{end}", f"tau_{tau_days}", estimate, lo, hi, nothing, common, flags
    )


def share_between(low: MeasureColumn, high: MeasureColumn) -> MeasureColumn:
    """The region in which the share lies, with an interval for the share itself.

    The estimate is NaN: only the ends are known. `lo` and `hi` are Imbens & Manski's limits; where
    an end is not estimable, neither is the region.
    """
    lo, hi = share_region_interval(low.estimate, high.estimate, low.se, high.se)
    is_known = np.isfinite(low.estimate) & np.isfinite(high.estimate)
    flags = [
        () if known else tuple(dict.fromkeys((*a, *b)))
        for known, a, b in zip(is_known, low.flags, high.flags, strict=True)
    ]
    nothing = np.full(len(lo), np.nan)
    return MeasureColumn(
        "share_over_region",
        "imbens_manski",
        np.where(is_known & (low.estimate == high.estimate), low.estimate, np.nan),
        np.where(is_known, lo, np.nan),
        np.where(is_known, hi, np.nan),
        low.at_risk,
        nothing,
        flags,
    )


def share_over_stated(counts: SpellCounts, limits: Limits, *, entry_day: int) -> MeasureColumn:
    """Share over the longest stated limit: the lower bound if no case without limit applied.

    One stratum of all rows; see `share_over`.
    """
    seen = counts.given_outlasting(entry_day)
    stratum = np.zeros(len(seen.time), np.int64)
    groups = limit_groups(seen, stratum, 1, limits.as_stated(), entry_day=entry_day)
    return replace(share_over(groups, LONGEST), metric="share_over_stated")


def share_under_minimum(
    counts: SpellCounts, limits: Limits, *, entry_day: int
) -> tuple[float, float, int]:
    """Bounds of P(T < m | T > entry day) over the possible cases, where a minimum m is stated.

    Returns
    -------
    low, high : float
        ``sum_g w_g (1 - S_g(m - 1))`` at the smallest and the largest minimum of each set of
        cases, a case without one counting as 0; NaN without any, or beyond follow-up.
    n_spells : int
        Spells that a case with a minimum is possible for.
    """
    seen = counts.given_outlasting(entry_day)
    part = seen.only(limits.most_min[seen.limits_id] > 0)
    n_spells = part.n_spells
    if not n_spells:
        return np.nan, np.nan, 0
    ends = []
    for minimum in (limits.least_min, limits.most_min):
        days = minimum[part.limits_id]
        total = 0.0
        for day in np.unique(days):
            group = part.only(days == day)
            share = float(group.curve().survival_at(day - 1)) if day - 1 > entry_day else 1.0
            total += group.n_spells * (1 - share)
        ends.append(total / n_spells)
    return ends[0], ends[1], n_spells


def measure_strata(
    counts: SpellCounts,
    stratum: np.ndarray,
    n_strata: int,
    limits: Limits,
    *,
    entry_day: int,
    tau_days: int = SETTINGS.horizon_days,
) -> list[MeasureColumn]:
    """All measures of many groups of spells in one pass.

    Parameters
    ----------
    counts : SpellCounts
        Ledger rows.
    stratum : ndarray of int, shape (n_rows,)
        Which group each row belongs to, 0 to n_strata - 1.
    n_strata : int
    limits : Limits
        What `counts.limits_id` points to.
    entry_day : int
        The analysis is conditional on outlasting this day.
    tau_days : int
        Horizon of the restricted means; the same for all groups compared.

    Returns
    -------
    list of MeasureColumn
        In the order of the reports.
    """
    seen, stratum = _seen(counts, stratum, entry_day)
    curves = fit_curves(
        stratum, seen.time, seen.cause, entry=seen.entry, n=seen.n, n_groups=n_strata,
        noise=seen.noise,
    )  # fmt: skip
    groups = limit_groups(seen, stratum, n_strata, limits, entry_day=entry_day)
    n_spells = np.bincount(stratum, seen.n, minlength=n_strata)
    n_events = np.bincount(stratum, seen.n * (seen.cause != 0), minlength=n_strata)
    coverage = np.divide(
        groups.total(groups.n_spells), n_spells, out=np.full(n_strata, np.nan), where=n_spells > 0
    )
    quartiles = [quantile_column(curves, pct) for pct in (25, 50, 75)]
    counted = {"n_spells": n_spells, "n_events": n_events, "coverage_share": coverage}
    columns = [_count_column(metric, values) for metric, values in counted.items()]
    columns += [*quartiles, _restricted_mean(curves, tau_days)]
    n_plain = len(columns)
    ends = [_limit_columns(groups, quartiles[1], end, tau_days) for end in (LONGEST, SHORTEST)]
    columns += [*ends[0], *ends[1], share_between(ends[0][0], ends[1][0])]
    return _told(columns, seen, stratum, groups, n_plain)


def measure_shares(
    counts: SpellCounts, stratum: np.ndarray, n_strata: int, limits: Limits, *, entry_day: int
) -> list[MeasureColumn]:
    """Number of spells and shares over the limit, those columns alone of `measure_strata`."""
    seen, stratum = _seen(counts, stratum, entry_day)
    groups = limit_groups(seen, stratum, n_strata, limits, entry_day=entry_day)
    columns = [_count_column("n_spells", np.bincount(stratum, seen.n, minlength=n_strata))]
    columns += [share for end in (LONGEST, SHORTEST) for share in _shares_over(groups, end)]
    return _told(columns, seen, stratum, groups, 1)


def under_each(
    parts: Sequence[tuple[SpellCounts, Limits]],
) -> tuple[SpellCounts, np.ndarray, Limits]:
    """Put spells, each held against limits of its own, after one another as strata.

    Returns counts, the part that each row belongs to, and the limits of all, for `measure_shares`.
    """
    limits, ids = Limits.joined(
        [own for _, own in parts], [counts.limits_id for counts, _ in parts]
    )
    stratum = np.repeat(np.arange(len(parts)), [len(own) for own in ids])
    counts = SpellCounts.joined([counts for counts, _ in parts])
    return replace(counts, limits_id=np.concatenate(ids)), stratum, limits


def _seen(
    counts: SpellCounts, stratum: np.ndarray, entry_day: int
) -> tuple[SpellCounts, np.ndarray]:
    kept = counts.time > entry_day
    return added_up(counts.given_outlasting(entry_day), stratum[kept])


def _told(
    columns: list[MeasureColumn],
    seen: SpellCounts,
    stratum: np.ndarray,
    groups: LimitGroups,
    n_plain: int,
) -> list[MeasureColumn]:
    """Say why strata have no number; `columns` begin with the number of spells.

    `n_plain`: how many columns come before those that hold spells against limits.
    """
    n_spells = columns[0].estimate
    n_followed = np.bincount(stratum, seen.n * (seen.cause >= 0), minlength=len(n_spells))
    columns = [_without_spells(column, n_spells == 0, seen.noise > 0) for column in columns]
    # Of a small group a release store tells the number alone, and of a larger one nothing against
    # limits where few have one: what protects each count would decide.
    is_small = (n_spells > 0) & (n_followed == 0)
    is_judged_small = is_small | _are_few(groups.total(groups.n_spells), seen)
    return [
        columns[0],
        *(_number_only(column, is_small) for column in columns[1:n_plain]),
        *(_number_only(column, is_judged_small) for column in columns[n_plain:]),
    ]


def _are_few(n_judged: Any, seen: SpellCounts) -> Any:
    """Whether so few spells of a release store have a limit that their share is not told."""
    return (seen.noise > 0) & (n_judged > 0) & (n_judged < SETTINGS.min_spells)


def _count_column(metric: str, values: np.ndarray) -> MeasureColumn:
    nothing = np.full(len(values), np.nan)
    flags: list[tuple[str, ...]] = [()] * len(values)
    return MeasureColumn(
        metric, "count", values.astype(float), nothing, nothing, nothing, nothing, flags
    )


def _restricted_mean(curves: Curves, tau_days: int) -> MeasureColumn:
    mean, se = curves.restricted_mean(tau_days)
    half = z_value(0.95) * se
    nothing = np.full(len(mean), np.nan)
    flags = _flags(len(mean), (np.isnan(mean), BEYOND))
    return MeasureColumn(
        "restricted_mean_days", f"tau_{tau_days}", mean, mean - half, mean + half,
        nothing, nothing, flags,
    )  # fmt: skip


def _shares_over(groups: LimitGroups, end: str) -> tuple[MeasureColumn, MeasureColumn]:
    """Share over the limit, and on or over it."""
    over = share_over(groups, end)
    before = share_over(groups, end, offset_days=-1)
    # Many spells end exactly on the limit: the answer hangs on whether <= or < is meant.
    with np.errstate(invalid="ignore"):
        hangs = hangs_on_edge(before.estimate, over.estimate)
    flags = [(*own, EDGE) if at else own for own, at in zip(over.flags, hangs, strict=True)]
    return replace(over, flags=flags), before


def _limit_columns(groups, median, end, tau_days) -> list[MeasureColumn]:
    over, before = _shares_over(groups, end)
    return [
        over,
        before,
        complement(over, f"share_within_{end}"),
        share_ending_near(groups, end),
        median_ratio(groups, median, end),
        excess_days(groups, end, tau_days=tau_days),
    ]


def _without_spells(
    column: MeasureColumn, is_empty: np.ndarray, is_protected: bool
) -> MeasureColumn:
    """Say why groups without spells have no number; a protected count of 0 is not 0."""
    is_count = column.method == "count" and column.metric != "coverage_share"
    if is_count and not is_protected:
        return column
    reason = PROTECTED if is_protected else NO_SPELLS
    flags = [(reason,) if empty else own for own, empty in zip(column.flags, is_empty, strict=True)]
    estimate = np.where(is_empty, np.nan, column.estimate)
    return replace(column, flags=flags, estimate=estimate)


def _number_only(column: MeasureColumn, is_few: np.ndarray) -> MeasureColumn:
    """Hide every measure of groups of which only the number of spells is told."""
    if not is_few.any():
        return column
    flags = [(SMALL,) if few else own for own, few in zip(column.flags, is_few, strict=True)]
    numbers = ("estimate", "lo", "hi", "at_risk")
    hidden: dict[str, Any] = {n: np.where(is_few, np.nan, getattr(column, n)) for n in numbers}
    return replace(column, flags=flags, **hidden)


def measure_adherence(
    counts: SpellCounts, limits: Limits, *, entry_day: int, tau_days: int = SETTINGS.horizon_days
) -> list[MeasureColumn]:
    """All measures of spells as one group, a column of one each; see `measure_strata`."""
    one = np.zeros(len(counts.time), np.int64)
    return measure_strata(counts, one, 1, limits, entry_day=entry_day, tau_days=tau_days)


@dataclass(frozen=True)
class Bounds:
    """Bounds of a share among judged spells."""

    #: `lower`, `upper`: 0-1; NaN where not told.
    lower: float
    upper: float
    n: float  #: Judged spells.
    has_unlimited: bool  #: Whether a case without limit is possible for some of them.


def bounds_with(
    own: SpellCounts, ambiguous: SpellCounts, limits: Limits, *, entry_day: int
) -> Bounds:
    """Bound the share over the limit, whichever ambiguous spells belong.

    A register may write a code of three characters above several entries (F43). Such a spell is
    held against the cases of all of them, and it belongs to one, nobody knows which.

    `own`: spells whose code tells that they belong. `ambiguous`: spells that may belong, under the
    cases of all entries that they may belong to. `entry_day`: the analysis is conditional on
    outlasting this day. A bound of the own spells that is not told stays so; of the
    ambiguous ones, it counts at its worst.
    """
    sure, maybe = (_bounds(counts, limits, entry_day) for counts in (own, ambiguous))
    if not sure.n or not maybe.n:
        return Bounds(np.nan, np.nan, sure.n + maybe.n, False)
    low = 0.0 if np.isnan(maybe.lower) else maybe.lower
    high = 1.0 if np.isnan(maybe.upper) else maybe.upper
    lower, upper = share_with_possible(sure.lower, sure.upper, sure.n, low, high, maybe.n)
    is_open = sure.has_unlimited or maybe.has_unlimited
    return Bounds(float(lower), float(upper), sure.n + maybe.n, is_open)


def _bounds(counts: SpellCounts, limits: Limits, entry_day: int) -> Bounds:
    seen = counts.given_outlasting(entry_day)
    stratum = np.zeros(len(seen.time), np.int64)
    groups = limit_groups(seen, stratum, 1, limits, entry_day=entry_day)
    lower, upper = (share_over(groups, end).of(0).estimate for end in (LONGEST, SHORTEST))
    has_unlimited = bool(np.isinf(groups.longest).any())
    n_judged = float(groups.n_spells.sum())
    if _are_few(n_judged, seen):
        lower = upper = np.nan
    return Bounds(lower, upper, n_judged, has_unlimited)
