"""Kaplan-Meier curves from a ledger of counts, with delayed entry, for one or many groups.

A ledger is four parallel arrays: `time` (length of the spell in days, first and last day
included), `cause` (0 = still ongoing at the cut-off, anything larger = ended), `entry` (the spell
is seen from the day after; 14 for employees in the sickness-benefit register) and `n` (spells).

S(t) = P(T > t) = prod over days j <= t of (1 - d_j / n_j), with n_j the spells that have
entry < j <= time (Kaplan & Meier 1958; delayed entry: Tsai, Jewell & Wang 1987). On one day ends
come before censorings. Variance: Greenwood 1926.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fmbstats.stats import lengths
from fmbstats.stats.intervals import share_interval
from fmbstats.stats.segments import accumulate, first_true, reduce_segments, rows_before


@dataclass(frozen=True, eq=False)
class Curves:
    """Survival curves of many groups, rows of one group after the other.

    Rows are the distinct days on which a spell of the group ended or was censored.

    Attributes
    ----------
    offsets : ndarray of int, shape (n_groups + 1,)
        Rows `offsets[g]:offsets[g + 1]` belong to group g.
    day, at_risk, ended, censored, survival, greenwood : ndarray, shape (n_rows,)
        Day; spells at risk on it; ends and censorings on it; S(day); Greenwood's sum of
        d/(n(n-d)), NaN once the curve has reached 0.
    n_spells, n_events, n_censored : ndarray of float, shape (n_groups,)
        Spells under observation after `entry_day`, and how they left it.
    entry_day : ndarray of int, shape (n_groups,)
        The curve is that of T given T > entry_day.
    max_followup : ndarray of int, shape (n_groups,)
        Last day with a spell at risk; -1 for an empty group.
    n_rejected, n_before_start : ndarray of float, shape (n_groups,)
        Spells with entry >= time (errors), and spells that were over by `entry_day`.
    """

    offsets: np.ndarray
    day: np.ndarray
    at_risk: np.ndarray
    ended: np.ndarray
    censored: np.ndarray
    survival: np.ndarray
    greenwood: np.ndarray
    n_spells: np.ndarray
    n_events: np.ndarray
    n_censored: np.ndarray
    entry_day: np.ndarray
    max_followup: np.ndarray
    n_rejected: np.ndarray
    n_before_start: np.ndarray
    group: np.ndarray = field(repr=False)
    entered_offsets: np.ndarray = field(repr=False)
    entered_group: np.ndarray = field(repr=False)
    entered_day: np.ndarray = field(repr=False)
    entered_n: np.ndarray = field(repr=False)

    def __len__(self):
        return len(self.offsets) - 1

    def __getitem__(self, g):
        """Group g as a `Curve`."""
        g = range(len(self))[g]
        rows = slice(self.offsets[g], self.offsets[g + 1])
        came = slice(self.entered_offsets[g], self.entered_offsets[g + 1])
        return Curve(
            *(getattr(self, name)[rows] for name in _ROW_FIELDS),
            *(_plain_number(getattr(self, name)[g]) for name in _GROUP_FIELDS),
            entered_day=self.entered_day[came],
            entered_n=self.entered_n[came],
        )

    def _at(self, t):
        """For each group: row holding day t, and whether t is identified."""
        g = np.arange(len(self))
        t = np.broadcast_to(np.floor(t).astype(np.int64), g.shape)
        row = rows_before(self.day, self.group, self.offsets, g, t, inclusive=True)
        return row, row >= self.offsets[:-1], _is_identified(self, t)

    def survival_at(self, t):
        """S(t) of each group; t a scalar or one day per group. NaN where not identified."""
        row, found, known = self._at(t)
        value = np.where(found, _take(self.survival, row), 1.0)
        return np.where(known, value, np.nan)

    def variance_at(self, t):
        """Greenwood variance of S(t) of each group; 0 before the first end, NaN once S = 0."""
        row, found, known = self._at(t)
        value = _take(self.survival, row) ** 2 * _take(self.greenwood, row)
        return np.where(known, np.where(found, value, 0.0), np.nan)

    def interval_at(self, t, level=0.95, kind="log-log"):
        """Limits (lo, hi) of S(t) of each group; see `intervals.share_interval`."""
        return share_interval(self.survival_at(t), self.variance_at(t), level=level, kind=kind)

    def at_risk_at(self, t):
        """Spells with entry < t <= time, per group."""
        g = np.arange(len(self))
        t = np.broadcast_to(np.ceil(t).astype(np.int64), g.shape)
        entered = _count_before(
            self.entered_n, self.entered_day, self.entered_group, self.entered_offsets, g, t
        )
        gone = self.ended + self.censored
        return entered - _count_before(gone, self.day, self.group, self.offsets, g, t)

    def quantile(self, p, level=0.95, kind="log-log"):
        """Arrays (estimate, lo, hi) of the p-quantile per group; see `Curve.quantile`."""
        return lengths.quantile(self, p, level=level, kind=kind)

    def restricted_mean(self, tau):
        """Arrays (estimate, se) per group; see `Curve.restricted_mean`."""
        return lengths.area(self, 0, tau)

    def excess_days(self, limit, tau):
        """Arrays (estimate, se) per group; see `Curve.excess_days`."""
        return lengths.area(self, limit, tau)


_ROW_FIELDS = ("day", "at_risk", "ended", "censored", "survival", "greenwood")
_GROUP_FIELDS = (
    "n_spells",
    "n_events",
    "n_censored",
    "entry_day",
    "max_followup",
    "n_rejected",
    "n_before_start",
)


@dataclass(frozen=True, eq=False)
class Curve:
    """Survival curve of one group; attributes as in `Curves`, counts as plain numbers.

    `survival_at`, `variance_at`, `interval_at` and `at_risk_at` take a day or an array of days.
    A day at or before `entry_day` is not identified (NaN) unless `entry_day` is 0, where S(0) = 1
    because every spell lasts at least a day. A day beyond `max_followup` is NaN unless the curve
    has reached 0.
    """

    day: np.ndarray
    at_risk: np.ndarray
    ended: np.ndarray
    censored: np.ndarray
    survival: np.ndarray
    greenwood: np.ndarray
    n_spells: int | float
    n_events: int | float
    n_censored: int | float
    entry_day: int
    max_followup: int
    n_rejected: int | float
    n_before_start: int | float
    entered_day: np.ndarray = field(repr=False)
    entered_n: np.ndarray = field(repr=False)

    @property
    def offsets(self):
        """Rows of this curve seen as a single group."""
        return np.array([0, len(self.day)])

    def _at(self, t):
        t = np.floor(t)
        row = np.searchsorted(self.day, t, "right") - 1
        return row, row >= 0, _is_identified(self, t)

    def survival_at(self, t):
        """S(t) = P(T > t | T > entry_day), in [0, 1]; NaN where not identified."""
        row, found, known = self._at(t)
        return np.where(known, np.where(found, _take(self.survival, row), 1.0), np.nan)[()]

    def variance_at(self, t):
        """Greenwood variance of S(t); 0 before the first end, NaN once S = 0."""
        row, found, known = self._at(t)
        value = _take(self.survival, row) ** 2 * _take(self.greenwood, row)
        return np.where(known, np.where(found, value, 0.0), np.nan)[()]

    def greenwood_at(self, t):
        """Greenwood's sum up to day t: relative variance of S(t)."""
        row, found, known = self._at(t)
        return np.where(known, np.where(found, _take(self.greenwood, row), 0.0), np.nan)[()]

    def interval_at(self, t, level=0.95, kind="log-log"):
        """Limits (lo, hi) of S(t); NaN where S is 0, 1 or not identified."""
        return share_interval(self.survival_at(t), self.variance_at(t), level=level, kind=kind)

    def at_risk_at(self, t):
        """Spells with entry < t <= time: on sick leave on day t and under observation."""
        t = np.ceil(t)
        came = np.concatenate([[0.0], np.cumsum(self.entered_n)])
        left = np.concatenate([[0.0], np.cumsum(self.ended + self.censored)])
        entered = came[np.searchsorted(self.entered_day, t, "left")]
        return (entered - left[np.searchsorted(self.day, t, "left")])[()]

    def quantile(self, p, level=0.95, kind="log-log"):
        """Day by which the share p has ended, with Brookmeyer-Crowley limits.

        Parameters
        ----------
        p : float
            Share in (0, 1); 0.5 is the median.
        level : float
            Confidence level.
        kind : str
            Scale of the pointwise limits that are inverted.

        Returns
        -------
        (estimate, lo, hi) : tuple of float
            Days; `min{t: S(t) <= 1 - p}`, the middle where S equals 1 - p on a stretch (R's
            rule); NaN where not reached within follow-up.

        Notes
        -----
        Brookmeyer & Crowley 1982, Biometrics 38:29.
        """
        return tuple(float(x[0]) for x in lengths.quantile(self, p, level=level, kind=kind))

    def restricted_mean(self, tau):
        """Mean of min(T, tau) given T > entry_day, and its standard error, in days.

        Sum of S(t) over t = 0..tau-1; NaN where S(tau - 1) is not identified (Royston & Parmar
        2013, BMC Med Res Methodol 13:152).
        """
        return tuple(float(x[0]) for x in lengths.area(self, 0, tau))

    def excess_days(self, limit, tau):
        """Mean of (min(T, tau) - limit)+ per spell, and its standard error, in days.

        Sum of S(t) over t = limit..tau-1; NaN where `limit` is at or before a positive
        `entry_day`, or S(tau - 1) is not identified.
        """
        return tuple(float(x[0]) for x in lengths.area(self, limit, tau))


def _take(values, row):
    """Values at rows, harmless for rows before the first."""
    return values[np.maximum(row, 0)] if len(values) else np.full(np.shape(row), np.nan)


def _plain_number(x):
    return int(x) if float(x).is_integer() else float(x)


def _is_identified(curves, t):
    """Whether S(t) can be known: after the entry day, within follow-up (or the curve is at 0)."""
    entry = np.asarray(curves.entry_day)
    reached_zero = lengths.last_survival(curves) == 0
    after_entry = (t > entry) | ((entry == 0) & (t == 0))
    return after_entry & ((t <= curves.max_followup) | reached_zero)


def _count_before(counts, day, group, offsets, g, t):
    """Sum of `counts` in rows of group g that lie before day t."""
    total = np.concatenate([[0.0], np.cumsum(counts)])
    row = rows_before(day, group, offsets, g, t, inclusive=False)
    return total[row + 1] - total[offsets[g]]


def fit_curve(time, cause, *, entry=0, n=1, min_at_risk=10):
    """Kaplan-Meier curve of a ledger.

    Parameters
    ----------
    time : array-like of int, shape (n_rows,)
        Length in whole days, first and last day included; >= 1.
    cause : array-like of int or bool
        0 (False) = censored, otherwise ended.
    entry : array-like of int
        Under observation from the day after; broadcast.
    n : array-like
        Number of spells of each row; broadcast.
    min_at_risk : int or None
        The curve starts just before the first day with so many at risk (Pan & Chappell 1998);
        where that many are never at risk, before the first day with the most at risk. None: at
        the smallest entry day.

    Returns
    -------
    Curve

    Raises
    ------
    ValueError
        When a time, entry or count is missing, negative or not a whole number of days.

    Examples
    --------
    >>> curve = fit_curve([10, 40, 200], [1, 1, 0])
    >>> float(curve.survival_at(90))
    0.3333333333333333
    >>> float(curve.survival_at(201))
    nan
    """
    time = np.atleast_1d(time)
    return fit_curves(
        np.zeros(len(time), np.int64),
        time,
        cause,
        entry=entry,
        n=n,
        n_groups=1,
        min_at_risk=min_at_risk,
    )[0]


def fit_curves(group, time, cause, *, entry=0, n=1, n_groups=None, min_at_risk=10):
    """Kaplan-Meier curves of many groups in one pass over the ledger.

    Parameters
    ----------
    group : array-like of int, shape (n_rows,)
        Group of each ledger row, 0..n_groups-1; negative rows are left out.
    n_groups : int, optional
        Number of groups; default the largest + 1. Groups without spells give empty curves.
    time, cause, entry, n, min_at_risk
        As in `fit_curve`; the start of the curve is found for each group.

    Returns
    -------
    Curves
    """
    group, time, is_event, entry, n = _checked_ledger(group, time, cause, entry, n)
    n_groups = int(group.max(initial=-1)) + 1 if n_groups is None else n_groups

    def count(mask):
        return np.bincount(group[mask], weights=n[mask], minlength=n_groups)

    in_use = (group >= 0) & (n > 0)
    is_wrong = in_use & (entry >= time)
    n_rejected = count(is_wrong)
    in_use &= ~is_wrong
    start = _start_days(group, time, entry, n, in_use, n_groups, min_at_risk)
    is_over = in_use & (time <= start[np.maximum(group, 0)])
    n_before_start = count(is_over)
    in_use &= ~is_over
    g, t, is_event, n = group[in_use], time[in_use], is_event[in_use], n[in_use]
    entry = np.maximum(entry[in_use], start[g])
    return _estimate(g, t, is_event, entry, n, start, n_rejected, n_before_start)


def _checked_ledger(group, time, cause, entry, n):
    """Ledger columns as equal-length arrays, refused when a value cannot be a day or a count."""
    group, time, cause, entry, n = (np.asarray(x) for x in (group, time, cause, entry, n))
    group, time, cause, entry, n = np.broadcast_arrays(np.atleast_1d(group), time, cause, entry, n)
    for name, x in (("time", time), ("entry", entry), ("n", n)):
        if x.size and not (np.isfinite(x).all() and x.min() >= 0):
            raise ValueError(f"{name}: every value must be finite and not negative")
    for name, x in (("time", time), ("entry", entry)):
        if x.dtype.kind == "f" and (x != np.floor(x)).any():
            raise ValueError(f"{name}: expected whole days, got fractions")
    return (
        group.astype(np.int64), time.astype(np.int64), cause.astype(np.int64) > 0,
        entry.astype(np.int64), n.astype(float),
    )  # fmt: skip


def _grouped_counts(group, day, weights, n_groups):
    """Sum of weights per distinct (group, day): group, day, sums (one per weight), offsets."""
    span = int(day.max(initial=0)) + 1
    key = group * span + day
    if n_groups * span <= 20_000_000:
        used = np.flatnonzero(np.bincount(key, minlength=1))
        slot = key
    else:
        used, slot = np.unique(key, return_inverse=True)
    sums = [np.bincount(slot, weights=w) for w in weights]
    if slot is key:
        sums = [s[used] if len(s) else s for s in sums]
    owner = used // span
    offsets = np.searchsorted(owner, np.arange(n_groups + 1))
    return owner, used - owner * span, sums, offsets


def _start_days(group, time, entry, n, in_use, n_groups, min_at_risk):
    """Entry day from which each group's curve is estimated."""
    g, t, e, w = group[in_use], time[in_use], entry[in_use], n[in_use]
    owner, day, (came,), offsets = _grouped_counts(g, e, [w], n_groups)
    first = (
        np.where(np.diff(offsets) > 0, day[np.minimum(offsets[:-1], len(day) - 1)], 0)
        if len(day)
        else np.zeros(n_groups, np.int64)
    )
    if min_at_risk is None or len(day) == np.count_nonzero(np.diff(offsets)):
        return first
    left_g, left_day, (left,), left_offsets = _grouped_counts(g, t, [w], n_groups)
    entered = _count_before(came, day, owner, offsets, owner, day + 1)
    gone = _count_before(left, left_day, left_g, left_offsets, owner, day + 1)
    at_risk = entered - gone
    most = reduce_segments(np.maximum, at_risk, offsets, empty=0.0)
    is_enough = at_risk >= np.minimum(most, min_at_risk)[owner]
    row = first_true(is_enough, offsets)
    return np.where(row >= 0, day[row], first)


def _estimate(g, t, is_event, entry, n, start, n_rejected, n_before_start):
    """Risk sets, survival and Greenwood's sum of rows that are all under observation."""
    n_groups = len(start)
    owner, day, (left, ended), offsets = _grouped_counts(g, t, [n, n * is_event], n_groups)
    came_g, came_day, (came,), came_offsets = _grouped_counts(g, entry, [n], n_groups)
    gone = np.cumsum(left) - left
    gone -= gone[np.minimum(offsets[owner], len(gone))] if len(gone) else gone
    at_risk = _count_before(came, came_day, came_g, came_offsets, owner, day) - gone
    remaining = at_risk - ended
    survival = accumulate(np.multiply, remaining / at_risk, offsets)
    is_last = remaining <= 0
    terms = np.where(is_last, np.nan, ended / (at_risk * np.where(is_last, 1.0, remaining)))
    last = np.maximum(offsets[1:] - 1, 0)
    followup = np.where(np.diff(offsets) > 0, day[last], -1) if len(day) else np.full(n_groups, -1)
    censored = left - ended
    totals = [np.bincount(owner, weights=w, minlength=n_groups) for w in (left, ended, censored)]
    arrays = (
        offsets, day, at_risk, ended, censored, survival,
        accumulate(np.add, terms, offsets), *totals, start, followup, n_rejected, n_before_start,
        owner, came_offsets, came_g, came_day, came,
    )  # fmt: skip
    for array in arrays:
        array.flags.writeable = False
    return Curves(*arrays)
