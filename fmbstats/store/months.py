"""The ledger by start month, for designs over time and place; never a person in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from fmbstats.frames import Columns
from fmbstats.words.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from fmbstats.store.cells import Answers

EPOCH_YEAR = 1990


def month_number(day: date) -> int:
    """Months since January 1990.

    Examples
    --------
    >>> month_number(date(2017, 1, 30))
    324
    """
    return (day.year - EPOCH_YEAR) * 12 + day.month - 1


def month_start(month_no: int) -> date:
    """First day of a month."""
    return date(EPOCH_YEAR + int(month_no) // 12, int(month_no) % 12 + 1, 1)


@dataclass(frozen=True, eq=False)
class MonthCounts:
    """Counts of spells by the month they started in."""

    #: `answer_no`, `match_id`: which answer of the store the spells' code and first day got; the
    #: recommendation, -1 for none; int, shape (n_rows,).
    answer_no: np.ndarray
    match_id: np.ndarray
    month_no: np.ndarray  #: Months since January 1990.
    county_code: np.ndarray  #: Empty where counties are added up.
    #: `entry_day`, `duration_day`, `end_reason`, `n`: as in the ledger; end reason 0 is censored.
    entry_day: np.ndarray
    duration_day: np.ndarray
    end_reason: np.ndarray
    n: np.ndarray

    def only(self, rows: np.ndarray) -> MonthCounts:
        """Return the rows named by a mask or an index."""
        given = {name: values for name, values in vars(self).items() if len(values)}
        return replace(self, **{name: values[rows] for name, values in given.items()})

    def __len__(self) -> int:
        return len(self.n)

    @classmethod
    def of_groups(cls, stratum: np.ndarray, **rows: np.ndarray) -> MonthCounts:
        """Take rows of the release ledger, whose groups are called "2016-07", or "01 2016-3".

        Examples
        --------
        >>> found = MonthCounts.of_groups(np.array(["01 2016-3"]), n=np.array([6]))
        >>> found.county_code.tolist(), found.month_no.tolist()
        (['01'], [318])
        """
        names, place = np.unique(stratum, return_inverse=True)
        county = np.array([name.rpartition(" ")[0] for name in names], str)
        month = [
            (int(year) - EPOCH_YEAR) * 12 + (3 if by_quarter else 1) * (int(part) - 1)
            for by_quarter, _, name in (name.rpartition(" ") for name in names.tolist())
            for year, part in [name.split("-")]
        ]
        none = np.array([], np.int64)
        given = {"answer_no": none, "match_id": none, "entry_day": none, "duration_day": none,
                 "end_reason": none} | rows  # fmt: skip
        by_county = county[place] if county.any() else np.array([], str)
        return cls(month_no=np.array(month, np.int64)[place], county_code=by_county, **given)


@dataclass(frozen=True, eq=False)
class MonthReader:
    """Reads the ledger by month of a finished store."""

    connection: duckdb.DuckDBPyConnection
    answers: Answers  #: What answer numbers mean.

    @cached_property
    def span(self) -> tuple[int, int]:
        """First and last start month. Raises Refused: the store does not know the month."""
        first, last = self.connection.execute(
            "select min(month_no), max(month_no) from mart_month_counties"
        ).fetchall()[0]
        if first is None:
            raise Refused("no_months")
        return int(first), int(last)

    @property
    def counties(self) -> list[str]:
        """Counties of the spells."""
        rows = self.connection.execute(
            "select distinct county_code from mart_groups where county_code <> 'unknown' order by 1"
        )
        return [county for (county,) in rows.fetchall()]

    def of_entries(
        self, entries: Sequence[str], *, by_county: bool = False
    ) -> tuple[MonthCounts, np.ndarray]:
        """Counts of some entries, and which of them each row belongs to (its place).

        Raises Refused: the store does not know the month.
        """
        answers = [self.answers.of("entry", entry) for entry in entries]
        counts = self.counts(np.sort(np.concatenate(answers)), by_county=by_county)
        unit = np.full(len(self.answers.match_id), -1)
        for k, own in enumerate(answers):
            unit[own] = k
        return counts, unit[counts.answer_no]

    def counts(self, answers: np.ndarray | None = None, *, by_county: bool = False) -> MonthCounts:
        """Counts of some answers, or of all.

        `answers`: answer numbers, ascending. `by_county`: whether counties are told apart. Raises
        Refused: the store does not know the month.
        """
        _ = self.span  # says why where there are no months
        county = "county_name(county_no) as county_code, " if by_county else ""
        table = "mart_month_counties" if by_county else "mart_months"
        where = "" if answers is None else f"where answer_no in ({_listed(answers)})"
        found = Columns.fetched(
            self.connection,
            f"select answer_no, month_no, {county}cell_entry_day(course) as entry_day, "
            "cell_days(course) as duration_day, cell_end_reason(course) as end_reason, n "
            f"from {table} {where}",
        )
        answer = found.pop("answer_no").astype(np.int64)
        rows = {k: v if k == "county_code" else v.astype(np.int64) for k, v in found.items()}
        rows.setdefault("county_code", np.array([], str))
        return MonthCounts(
            answer_no=answer, match_id=self.answers.match_id[answer].astype(np.int64), **rows
        )


def _listed(numbers: np.ndarray) -> str:
    return ", ".join(map(str, numbers)) if len(numbers) else "-1"


@dataclass(frozen=True, eq=False)
class ReleasedMonths:
    """Reads the months of a release store: the same questions, answered from protected counts."""

    connection: duckdb.DuckDBPyConnection

    @cached_property
    def span(self) -> tuple[int, int]:
        """First and last start month; see `MonthReader.span`."""
        first, last = self.connection.execute(
            "select min(name), max(name) from release_places where kind = 'month'"
        ).fetchall()[0]
        if first is None:
            raise Refused("no_months")
        ends = (month_number(date.fromisoformat(f"{month}-01")) for month in (first, last))
        return next(ends), next(ends)

    @property
    def counties(self) -> list[str]:
        """Counties of the spells."""
        rows = self.connection.execute(
            "select name from release_places where kind = 'county' and name <> 'unknown' order by 1"
        )
        return [county for (county,) in rows.fetchall()]

    def of_entries(
        self, entries: Sequence[str], *, by_county: bool = False
    ) -> tuple[MonthCounts, np.ndarray]:
        """Counts of some entries, and which of them each row belongs to.

        By county months are told by the quarter only, as its first month.
        """
        _ = self.span  # says why where there are no months
        found = Columns.fetched(
            self.connection,
            "select list_position($entries, entry_id) - 1 as unit, match_id, stratum, "
            "entry_day, duration_day, end_reason, n from release_ledger "
            "where margin = $margin and list_contains($entries, entry_id)",
            {"entries": list(entries), "margin": _MARGINS[by_county]},
        )
        stratum = found.pop("stratum").astype(str)
        rows = {name: cells.astype(np.int64) for name, cells in found.items()}
        unit = rows.pop("unit")
        return MonthCounts.of_groups(stratum, **rows), unit


#: Margins of the release ledger that are by start month, and by county and quarter.
_MARGINS = ("month", "county_quarter")
