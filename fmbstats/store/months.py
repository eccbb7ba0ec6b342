"""The ledger by start month, for designs over time and place; never a person in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from fmbstats.errors import NotEstimableError

if TYPE_CHECKING:
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
    """Counts of spells by the month they started in.

    Attributes
    ----------
    answer_no, match_id : ndarray of int, shape (n_rows,)
        Which answer of the store the spells' code and first day got; the recommendation, -1 for
        none.
    month_no : ndarray of int
        Months since January 1990.
    county_code : ndarray of str
        Empty where counties are added up.
    entry_day, duration_day, end_reason, n : ndarray of int
        As in the ledger; end reason 0 is censored.
    """

    answer_no: np.ndarray
    match_id: np.ndarray
    month_no: np.ndarray
    county_code: np.ndarray
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


@dataclass(frozen=True, eq=False)
class MonthReader:
    """Reads the ledger by month of a finished store.

    Attributes
    ----------
    connection : duckdb.DuckDBPyConnection
    answers : Answers
        What answer numbers mean.
    """

    connection: duckdb.DuckDBPyConnection
    answers: Answers

    @cached_property
    def span(self) -> tuple[int, int]:
        """First and last start month.

        Raises
        ------
        NotEstimableError
            The store does not know the month.
        """
        first, last = self.connection.execute(
            "select min(month_no), max(month_no) from mart_month_counties"
        ).fetchall()[0]
        if first is None:
            raise NotEstimableError(
                "This store does not know in which month a spell started: it was merged from "
                "ledgers exported before months were kept. Build it from a register, or export "
                "the ledgers again with this version."
            )
        return int(first), int(last)

    def counts(self, answers: np.ndarray | None = None, *, by_county: bool = False) -> MonthCounts:
        """Counts of some answers, or of all.

        Parameters
        ----------
        answers : ndarray of int, optional
            Answer numbers, ascending.
        by_county : bool
            Whether counties are told apart.

        Raises
        ------
        NotEstimableError
            The store does not know the month.
        """
        _ = self.span  # says why where there are no months
        county = "county_name(county_no) as county_code, " if by_county else ""
        table = "mart_month_counties" if by_county else "mart_months"
        where = "" if answers is None else f"where answer_no in ({_listed(answers)})"
        with self.connection.cursor() as cursor:
            found = cursor.sql(
                f"select answer_no, month_no, {county}cell_entry_day(course) as entry_day, "
                "cell_days(course) as duration_day, cell_end_reason(course) as end_reason, n "
                f"from {table} {where}"
            ).to_arrow_table()
        rows = {name: found.column(name).to_numpy() for name in found.column_names}
        answer = rows.pop("answer_no").astype(np.int64)
        rows = {k: v if k == "county_code" else v.astype(np.int64) for k, v in rows.items()}
        rows.setdefault("county_code", np.array([], str))
        return MonthCounts(
            answer_no=answer,
            match_id=self.answers.match_id[answer].astype(np.int64),
            **rows,
        )


def _listed(numbers: np.ndarray) -> str:
    return ", ".join(map(str, numbers)) if len(numbers) else "-1"
