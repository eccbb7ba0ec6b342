"""What FMB recommends for one code on one day: the answer of `Recommendations.on`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from fmbstats import codes


@dataclass(frozen=True, eq=False)
class Recommendation:
    """What FMB recommends for a code on a day."""

    code: str  #: Normalised, as asked for.
    day: date
    #: The code that was found; the code itself at level "category"; None at level "none".
    matched_code: str | None
    match_level: str  #: "exact", "shorter", "category" or "none".
    lookup: str
    month_days: int
    entries: pl.DataFrame  #: entry_id, name, slug, codes of the entries that hold the cases.
    #: One row per case in force, with limit_days in the month convention asked for.
    cases: pl.DataFrame
    #: `min_limit_days`, `max_limit_days`: smallest limit over the cases that have one, and the
    #: largest over all; None where no case, or not every case, has one. Under the look-up
    #: ``webcert`` both are the one limit of that tool.
    min_limit_days: int | None
    max_limit_days: int | None
    notes: tuple[str, ...] = field(default=())

    def text(self) -> str:
        """Write the recommendation for a terminal: match, interval, cases, notes."""
        name = codes.dotted(self.code)
        if self.matched_code is None:
            return f"{name} on {self.day}: no recommendation\n" + _bullets(self.notes)
        how = f" ({self.match_level}: {codes.dotted(self.matched_code)})"
        lines = [f"{name} on {self.day}{'' if self.match_level == 'exact' else how}"]
        lines += [f"limit: {self._limit_words()}", ""]
        lines += [f"  entry {e}  {n}" for e, n in self.entries.select("entry_id", "name").rows()]
        for case in self.cases.iter_rows(named=True):
            days = f"{case['limit_days']} days"
            if case["limit_days"] is None:
                days = f"no limit, {case['limit_reason']}"
            lines.append(
                f"  case {case['case_id']:<8}{codes.dotted(case['code']):<8}{days:<22}"
                f"{case['length_text'] or ''}  [{case['edition']}, from {case['valid_from']}]"
            )
        return "\n".join([*lines, "", _bullets(self.notes)]).rstrip()

    def _limit_words(self) -> str:
        """Say the limits in days, or that there is none."""
        if self.min_limit_days is None:
            return "none"
        months = f"months of {self.month_days} days, look-up {self.lookup}"
        return f"{days_between(self.min_limit_days, self.max_limit_days)} ({months})"

    @property
    def editions(self) -> tuple[str, ...]:
        """The editions whose content rules the cases, oldest first."""
        return tuple(self.cases["edition"].unique().sort())

    def __repr__(self) -> str:
        limits = "no limit"
        if self.min_limit_days is not None:
            limits = f"{self.min_limit_days}-{self.max_limit_days or ''} days"
        return (
            f"<Recommendation {codes.dotted(self.code)} on {self.day}: {self.match_level}, "
            f"{self.cases.height} cases, {limits}>"
        )


def _bullets(notes: Iterable[str]) -> str:
    return "\n".join(f"  - {note}" for note in notes)


def days_between(low: int, high: int | None) -> str:
    """Say a shortest and a longest limit in days; a longest of None is no upper limit."""
    if high is None:
        return f"from {low} days, no upper limit"
    return f"{high if low == high else f'{low} to {high}'} days"


def counted(number: int, one: str, many: str) -> str:
    """Write a number with its noun.

    >>> counted(1, "case", "cases"), counted(0, "case", "cases")
    ('1 case', '0 cases')
    """
    return f"{number} {one if number == 1 else many}"
