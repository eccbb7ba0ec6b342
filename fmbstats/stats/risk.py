"""Risk sets of a ledger: who is on sick leave and under observation on each day.

A ledger is four parallel arrays: `time` (length of the spell in days, first and last day
included), `cause` (0 = still ongoing at the cut-off, anything larger = ended), `entry` (the spell
is seen from the day after; 14 for employees in the sickness-benefit register) and `n` (spells).
On day j the n_j = #{entry < j <= time} spells are at risk; on one day ends come before censorings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from fmbstats.stats.segments import Places, first_true, reduce_segments

_LARGEST_TABLE = 20_000_000


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Counts of many groups, rows of one group after the other.

    Rows are the distinct days on which a spell of the group ended or was censored.
    """

    #: Rows `offsets[g]:offsets[g + 1]` belong to group g; shape (n_groups + 1,).
    offsets: np.ndarray
    #: `group`, `day`: group and day of each row; shape (n_rows,).
    group: np.ndarray = field(repr=False)
    day: np.ndarray
    #: `at_risk`, `ended`, `censored`: spells at risk on the day, and how many of them ended or were
    #: censored on it; shape (n_rows,).
    at_risk: np.ndarray
    ended: np.ndarray
    censored: np.ndarray
    #: `n_spells`, `n_events`, `n_censored`: spells under observation after `entry_day`, and how
    #: they left it; shape (n_groups,).
    n_spells: np.ndarray
    n_events: np.ndarray
    n_censored: np.ndarray
    entry_day: np.ndarray  #: Everything is given T > entry_day; shape (n_groups,).
    #: Last day with a spell at risk; -1 for an empty group; shape (n_groups,).
    max_followup: np.ndarray
    #: `n_rejected`, `n_before_start`: spells with entry >= time (errors), and spells that were over
    #: by `entry_day`; shape (n_groups,).
    n_rejected: np.ndarray
    n_before_start: np.ndarray
    #: `entered_offsets`, `entered_group`, `entered_day`, `entered_n`: spells by entry day, laid out
    #: like the rows above.
    entered_offsets: np.ndarray = field(repr=False)
    entered_group: np.ndarray = field(repr=False)
    entered_day: np.ndarray = field(repr=False)
    entered_n: np.ndarray = field(repr=False)

    def __post_init__(self):
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __len__(self):
        return len(self.offsets) - 1

    def at_risk_at(self, t, group=None):
        """Spells with entry < t <= time; t a scalar or one day per entry of `group`."""
        g = np.arange(len(self)) if group is None else np.asarray(group)
        t = np.broadcast_to(np.ceil(t).astype(np.int64), g.shape)
        entered = Places.of(self.entered_day, self.entered_group, self.entered_offsets)
        gone = count_before(self.ended + self.censored, self.places, g, t)
        return count_before(self.entered_n, entered, g, t) - gone

    @cached_property
    def places(self):
        """The rows, to be looked up by group and day."""
        return Places.of(self.day, self.group, self.offsets)


def count_before(counts, places, g, t):
    """Sum of `counts` in rows of group g that lie before day t."""
    total = np.concatenate([[0.0], np.cumsum(counts)])
    row = places.before(g, t, inclusive=False)
    return total[row + 1] - total[places.offsets[g]]


def checked_ledger(group, time, cause, entry, n):
    """Ledger columns as equal-length arrays (group, time, cause, entry, n).

    Raises
    ------
    ValueError
        When a time, entry or count is missing, negative or not a whole number of days.
    """
    group, time, cause, entry, n = np.broadcast_arrays(np.atleast_1d(group), time, cause, entry, n)
    for name, x in (("time", time), ("entry", entry), ("n", n)):
        if x.size and not (x.min() >= 0 and np.isfinite(x.max())):
            raise ValueError(f"{name}: every value must be finite and not negative")
        if name != "n" and x.dtype.kind == "f" and (x != np.floor(x)).any():
            raise ValueError(f"{name}: expected whole days, got fractions")
    days = (x.astype(np.int64, copy=False) for x in (group, time, cause, entry))
    return (*days, n.astype(float, copy=False))


def grouped_counts(group, day, weights, n_groups):
    """Sum positive weights by distinct (group, day): group, day, sums per weight, places.

    Rows with a zero first weight are left out.
    """
    span = int(day.max(initial=0)) + 1
    key = group * span + day
    if n_groups * span <= _LARGEST_TABLE:
        sums = [np.bincount(key, weights=w, minlength=1) for w in weights]
        used = np.flatnonzero(sums[0])
        sums = [s[used] for s in sums]
    else:
        used, slot = np.unique(key, return_inverse=True)
        sums = [np.bincount(slot, weights=w) for w in weights]
    owner = used // span
    day, offsets = used - owner * span, np.searchsorted(owner, np.arange(n_groups + 1))
    return owner, day, sums, Places.of(day, owner, offsets)


def risk_sets(group, time, cause, *, entry=0, n=1, n_groups=None, min_at_risk=10):
    """Count who is at risk, ends and is censored, by group and day.

    Parameters
    ----------
    group : array-like of int, shape (n_rows,)
        Group of each ledger row, 0..n_groups-1; negative rows are left out.
    time : array-like of int
        Length in whole days, first and last day included; >= 1.
    cause : array-like of int or bool
        0 (False) = censored, otherwise ended.
    entry : array-like of int
        Under observation from the day after; broadcast.
    n : array-like
        Number of spells of each row; broadcast.
    n_groups : int, optional
        Number of groups; default the largest + 1. Groups without spells stay empty.
    min_at_risk : int or None
        Observation of a group starts just before the first day with so many at risk (Pan &
        Chappell 1998); where that many are never at risk, before the first day with the most at
        risk. None: at the smallest entry day.

    Returns
    -------
    RiskSets
    """
    group, time, cause, entry, n = checked_ledger(group, time, cause, entry, n)
    n_groups = int(group.max(initial=-1)) + 1 if n_groups is None else n_groups
    if group.max(initial=-1) >= n_groups:
        raise ValueError(f"group {group.max()}: expected a number below n_groups={n_groups}")
    is_right = entry < time
    in_use = (group >= 0) & (n > 0)
    is_wrong = in_use & ~is_right
    n_rejected = np.bincount(group[is_wrong], weights=n[is_wrong], minlength=n_groups)
    in_use &= is_right
    if not in_use.all():
        group, time, cause, entry, n = (x[in_use] for x in (group, time, cause, entry, n))
    left = grouped_counts(group, time, [n, n * (cause > 0)], n_groups)
    came = grouped_counts(group, entry, [n], n_groups)
    return _assemble(left, came, n_rejected, n_groups, min_at_risk)


def _assemble(left, came, n_rejected, n_groups, min_at_risk):
    """Risk sets from counts by day of leaving and by day of entry, cut at the start day."""
    group, day, (left_n, ended), places = left
    came_group, came_day, (came_n,), came_places = came
    groups = np.arange(n_groups)
    start = _start_days(left, came, min_at_risk)
    over = count_before(left_n, places, groups, start + 1)
    keep = day > start[group]
    group, day, left_n, ended = (x[keep] for x in (group, day, left_n, ended))
    offsets = np.concatenate([[0], np.cumsum(keep)])[places.offsets]

    by_start = count_before(came_n, came_places, groups, start + 1) - over
    came_keep = came_day >= start[came_group]
    came_group, came_day, came_n = (x[came_keep] for x in (came_group, came_day, came_n))
    came_offsets = np.concatenate([[0], np.cumsum(came_keep)])[came_places.offsets]
    came_n = np.where(came_day == start[came_group], by_start[came_group], came_n)

    gone = count_before(left_n, Places.of(day, group, offsets), group, day)
    came_places = Places.of(came_day, came_group, came_offsets)
    at_risk = count_before(came_n, came_places, group, day) - gone
    censored = left_n - ended
    n_spells, n_events, n_censored = (
        np.bincount(group, weights=w, minlength=n_groups) for w in (left_n, ended, censored)
    )
    last_day = reduce_segments(np.maximum, day, offsets, empty=-1)
    return RiskSets(
        offsets, group, day, at_risk, ended, censored, n_spells, n_events, n_censored,
        start, last_day,
        n_rejected, over, came_offsets, came_group, came_day, came_n,
    )  # fmt: skip


def _start_days(left, came, min_at_risk):
    """Entry day from which each group is observed: the first with enough at risk the day after."""
    _, _, (left_n, _), left_places = left
    group, day, (came_n,), places = came
    offsets = places.offsets
    first = reduce_segments(np.minimum, day, offsets, empty=0)
    if min_at_risk is None or (np.diff(offsets) <= 1).all():
        return first
    gone = count_before(left_n, left_places, group, day + 1)
    at_risk = count_before(came_n, places, group, day + 1) - gone
    most = reduce_segments(np.maximum, at_risk, offsets, empty=0.0)
    row = first_true(at_risk >= np.minimum(most, min_at_risk)[group], offsets)
    return np.where(row >= 0, day[np.maximum(row, 0)] if len(day) else 0, first)
