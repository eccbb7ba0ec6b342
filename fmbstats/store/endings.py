"""Endings day by day of every set of limits: what a diagnosis' own endings are held against.

Entries (and codes without one) whose cases have ever had the same limits, in both conventions of a
month, are counted together; a group is left out of the reference on the days around its own
limits, whenever they were in force.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as Ids
from dataclasses import dataclass

import numpy as np

from fmbstats.frames import Columns

LAST_DAY = 560

_EXACT = (
    "(select entry_id, code, match_id, start_year, cell_entry_day(course) as entry_day, "
    "cell_days(course) as duration_day, cell_end_reason(course) as end_reason, n "
    "from mart_lengths join stg_answers using (answer_no))"
)
_RELEASED = "(from release_ledger where margin = '{margin}')"
_SUBJECT = "coalesce(entry_id, 'code:' || code, '')"
_LIMITS = """
with known as (
    select subject, list_sort(list_distinct(flatten(list([limit_days_30, limit_days_31])))) as days
    from (select distinct {subject} as subject, match_id from {ledger})
    join raw_possible_cases using (match_id)
    join mart_in_force using (case_id)
    group by subject
)
select subject, days
from (select distinct {subject} as subject from {ledger}) left join known using (subject)
order by subject
"""
_ROWS = """
select {subject} as subject, entry_day, duration_day, end_reason <> 0 as is_ended,
    sum(n)::bigint as n
from {ledger} {where} group by all
"""


@dataclass(frozen=True, eq=False)
class Endings:
    """Spells of one start year, or of all, by what they are held against."""

    limits: list[tuple[int, ...]]  #: The sets of limits, in days.
    subjects: np.ndarray  #: Entry ids, or "code:" and a code; str, shape (n_subjects,).
    set_of_subject: np.ndarray
    subject: np.ndarray
    entry_day: np.ndarray
    duration_day: np.ndarray
    is_ended: np.ndarray
    n: np.ndarray

    @classmethod
    def of(cls, columns: Callable[[str], Columns], year: int | None, margin: str | None) -> Endings:
        """Read the spells that started in a year, or all.

        `columns`: runs a query for counts. `margin` ("all", "entry_day" or None): of a release
        store; None for an exact one.
        """
        ledger = _EXACT if margin is None else _RELEASED.format(margin=margin)
        found = columns(_LIMITS.format(subject=_SUBJECT, ledger=ledger))
        sets = [
            () if days is None else tuple(int(d) for d in days if d == d) for days in found["days"]
        ]
        limits = sorted(set(sets))
        place = {days: k for k, days in enumerate(limits)}
        where = "" if year is None else f"where start_year = {int(year)}"
        rows = columns(_ROWS.format(subject=_SUBJECT, ledger=ledger, where=where))
        subjects = found["subject"].astype(str)
        return cls(
            limits,
            subjects,
            np.array([place[days] for days in sets], np.int64),
            np.searchsorted(subjects, rows["subject"].astype(str)),
            rows["entry_day"].astype(np.int64),
            rows["duration_day"].astype(np.int64),
            rows["is_ended"].astype(bool),
            rows["n"].astype(np.int64),
        )

    def limits_of(self, own: set[str]) -> set[int]:
        """Every limit that some subjects have ever had."""
        places = self.set_of_subject[np.isin(self.subjects, list(own))]
        return {d for k in set(places.tolist()) for d in self.limits[k]}

    def daily(
        self, entry_day: int, *, without: Ids[str] = frozenset(), is_bound: bool | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Spells on leave and ended per set of limits and day after the entry day.

        `entry_day`: only spells that outlast it. `without`: subjects to leave out: those of the
        diagnosis itself. `is_bound`: only those whom the rehabilitation chain binds (employees, who
        enter late), or only the others. Returns `at_risk`, `ended` (float, shape (n_sets, LAST_DAY
        - entry_day)).
        """
        is_own = np.isin(self.subjects, list(without))
        rows = (self.duration_day > entry_day) & ~is_own[self.subject]
        if is_bound is not None:
            rows &= (self.entry_day > 0) == is_bound
        n_days = LAST_DAY - entry_day + 1  # the last place holds all later days
        day = np.minimum(self.duration_day[rows], LAST_DAY + 1) - entry_day - 1
        place = self.set_of_subject[self.subject[rows]] * n_days + day
        shape = (len(self.limits), n_days)
        size = shape[0] * n_days
        left = np.bincount(place, self.n[rows], size).reshape(shape)
        ended = np.bincount(place, self.n[rows] * self.is_ended[rows], size).reshape(shape)
        at_risk = left[:, ::-1].cumsum(axis=1)[:, ::-1]
        return at_risk[:, :-1], ended[:, :-1]
