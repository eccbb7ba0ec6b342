"""One diagnosis' part of the ledger: read as whole numbers, put into words here.

The store keeps the ledger as numbers in the order of the diagnoses (`mart_cells.sql`). A diagnosis
is a run of answers, so it lies in one place; reading it through Arrow and naming its groups in
numpy costs a tenth of asking for words in SQL.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from fmbstats.frames import Columns, Named
from fmbstats.settings import READINGS
from fmbstats.sources.registers.packed import Course

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import duckdb
    import pandas as pd

GROUP_COLUMNS = ("sex", "age_group", "county_code")


@dataclass(frozen=True, eq=False)
class Answers:
    """What a cell's answer number means; arrays are indexed by it."""

    entry_id: Named  #: FMB entry; missing where the code has none.
    code: Named  #: The code as recorded; missing where it is missing.
    match_id: np.ndarray  #: The recommendation, -1 for none.

    def of(self, kind: str, key: str) -> np.ndarray:
        """Answer numbers of an entry, or of a code with everything under it, ascending."""
        column = self.entry_id if kind == "entry" else self.code
        is_of = [w == key if kind == "entry" else w.startswith(key) for w in column.words]
        return np.flatnonzero(np.append(is_of, False)[column.number])


@dataclass(frozen=True, eq=False)
class LedgerReader:
    """Reads slices of the ledger of a finished store."""

    connection: duckdb.DuckDBPyConnection

    def ledger(self, kind: str, key: str, year: int | None = None) -> pd.DataFrame:
        """Ledger rows of one diagnosis.

        `kind`: "entry" or "code". `key`: entry id, or code without a dot: everything under it.
        `year`: only spells started in it. Returns the columns code, match_id (-1 = none),
        start_year, sex, age_group, county_code, entry_day, duration_day, end_reason, n. Words are
        categories in their order.
        """
        return self._ledger(kind, key, year).frame

    def _ledger(self, kind: str, key: str, year: int | None) -> Columns:
        found = self._read("mart_cells", "group_no", self.answers.of(kind, key), self._groups(year))
        group = found["group_no"]
        named = {
            name: Named(numbers[group], words)
            for name, (numbers, words) in self.group_names.items()
        }
        return self._columns(found, self.start_years[group], named)

    def margin(self, kind: str, key: str, by: str = "all", year: int | None = None) -> Columns:
        """Ledger rows of one diagnosis by one thing.

        `kind`: "entry" or "code". `by`: a column of the ledger; "all"; "county_persons" for
        counties by sex and age; one of `READINGS`; or "entry_day" for all spells with the day from
        which the register sees them. `year`: only spells started in it. Returns the columns
        match_id (-1 = none), the column, start_year, entry_day, duration_day, end_reason (0 =
        ongoing at the cut-off), n. An exact store may give further columns. No rows of a reading
        that nobody made.
        """
        if by in READINGS:
            lengths = self._lengths(kind, key, year)
            if by not in self.readings:
                return lengths.only(np.zeros(0, np.int64))
            return self._reading(by, lengths, self.changes(kind, key, year))
        is_of_persons = by in GROUP_COLUMNS or by == "county_persons"
        return (self._ledger if is_of_persons else self._lengths)(kind, key, year)

    @cached_property
    def readings(self) -> frozenset[str]:
        """The other readings of the register that were made; counts made elsewhere lack some."""
        found = self.connection.execute(
            "select distinct basis_name(basis_no) from mart_change_cells"
        ).fetchall()
        is_merged = self.connection.execute("select is_merged from meta_settings").fetchall()[0][0]
        return frozenset(name for (name,) in found) if is_merged else frozenset(READINGS)

    @cached_property
    def own_strata(self) -> tuple[str, ...]:
        """Names of the strata that the register itself brought."""
        found = self.connection.execute("select distinct stratum from mart_strata order by stratum")
        return tuple(name for (name,) in found.fetchall())

    def by_own(self, kind: str, key: str, stratum: str, years: Sequence[int]) -> Columns:
        """Ledger rows of one diagnosis by a stratum of the register's own.

        `kind`, `key`: as in `ledger`. `stratum`: one of `own_strata`; spells without a value are
        left out. `years`: start years; empty for all. Returns the stratum's column, match_id (-1 =
        none), start_year, sex, age_group, county_code, entry_day, duration_day, end_reason, n; a
        release store gives no sex, age or county.
        """
        whose = "entry_id = $key" if kind == "entry" else "starts_with(code, $key)"
        found = self._fetch(
            "select value, coalesce(match_id, -1) as match_id, start_year, sex, age_group, "
            "county_code, entry_day, duration_day, end_reason, n from mart_strata_ledger "
            f"where stratum = $stratum and {whose} "
            "and (len($years) = 0 or list_contains($years, start_year)) order by all",
            {"key": key, "stratum": stratum, "years": list(years)},
        )
        return Columns({str(stratum): found.pop("value")} | found)

    def diagnosis_changes(self) -> tuple[pd.DataFrame, float]:
        """Spells that end under another entry than they began: first, last, n; and all known.

        NaN where nothing is known of single spells, as in a store merged of ledgers.
        """
        frame = self._fetch(
            "select spells.entry_id as first, ends.entry_id as last, count(*) as n "
            "from mart_spells as spells join raw_code_entries as ends on code_last = ends.code "
            "where spells.entry_id is not null and ends.entry_id is not null and duration_day > "
            "entry_day group by all order by all"
        ).frame
        has_changed = frame["first"] != frame["last"]
        n_known = float(frame["n"].sum()) if len(frame) else math.nan
        return frame[has_changed].reset_index(drop=True), n_known

    def n_started(self, kind: str, key: str, year: int | None = None) -> int:
        """Spells started, also those that are over before the register sees all."""
        return int(self._lengths(kind, key, year)["n"].sum())

    def lengths(self, kind: str, key: str, year: int | None = None) -> pd.DataFrame:
        """Like `ledger`, without sex, age group and county: far fewer rows."""
        return self._lengths(kind, key, year).frame

    def _lengths(self, kind: str, key: str, year: int | None) -> Columns:
        numbers = self.answers.of(kind, key)
        found = self._read("mart_lengths", "start_year", numbers, None if year is None else (year,))
        return self._columns(found, found["start_year"], {})

    def by_entry(self, query: str) -> Columns:
        """Read rows of all entries: `query` returns answer_no, stratum, course and n."""
        found = self._fetch(query)
        entry = self.answers.entry_id[found["answer_no"]]
        entry, found = entry[entry.number >= 0], found.only(entry.number >= 0)
        entry_day, duration_day, end_reason = _parts(found["course"])
        return Columns(
            entry_id=entry,
            stratum=found["stratum"],
            match_id=self.answers.match_id[found["answer_no"]],
            entry_day=entry_day,
            duration_day=duration_day,
            end_reason=end_reason,
            n=found["n"],
        )

    def above_entries(self, codes: Collection[str], year: int | None = None) -> Columns:
        """Rows as of `lengths` of exactly these codes, those alone that belong to no one entry."""
        answers = self.answers
        is_asked = np.append([code in codes for code in answers.code.words], False)
        numbers = np.flatnonzero(is_asked[answers.code.number] & (answers.entry_id.number < 0))
        years = None if year is None else (year,)
        found = self._read("mart_lengths", "start_year", numbers, years)
        return self._columns(found, found["start_year"], {})

    def changes(self, kind: str, key: str, year: int | None = None) -> dict[str, np.ndarray]:
        """What other readings of the register change: basis, match_id, course, n (signed)."""
        of_year = "" if year is None else f"and start_year = {int(year)}"
        where = "entry_id = ?" if kind == "entry" else "starts_with(code, ?)"
        return self._fetch(
            "select basis, coalesce(match_id, -1) as match_id, entry_day, duration_day, "
            f"end_reason, n from mart_basis_changes where {where} {of_year}",
            [key],
        )

    def reading(
        self, basis: str, lengths: pd.DataFrame, changes: dict[str, np.ndarray]
    ) -> pd.DataFrame:
        """Add the changes of one reading to the ledger without persons."""
        return self._reading(basis, lengths, changes).frame

    def _reading(
        self, basis: str, lengths: pd.DataFrame | Columns, changes: dict[str, np.ndarray]
    ) -> Columns:
        own = changes["basis"] == basis
        names = ("match_id", "entry_day", "duration_day", "end_reason", "n")
        match, entry, days, reason, n = (
            np.concatenate(
                [np.asarray(lengths[name], np.int64), changes[name][own].astype(np.int64)]
            )
            for name in names
        )
        course = Course.entry_day.put(entry) + Course.days.put(days) + reason
        cells, place = np.unique(Course.match.put(match + 1) + course, return_inverse=True)
        n = np.bincount(place, n, minlength=len(cells)).astype(np.int64)
        cells, n = cells[n != 0], n[n != 0]
        columns = (Course.match.of(cells) - 1, *_parts(Course.whole.of(cells)), n)
        return Columns(zip(names, columns, strict=True))

    @cached_property
    def answers(self) -> Answers:
        """What answer numbers mean."""
        rows = self.connection.execute(
            "select entry_id, code, coalesce(match_id, -1) from stg_answers order by answer_no"
        ).fetchall()
        entry_id, code, match_id = zip(*rows, strict=True) if rows else ((), (), ())
        return Answers(Named.of(entry_id), Named.of(code), np.array(match_id, np.int32))

    @cached_property
    def group_names(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Column of the ledger -> the word's number by group number, and the words."""
        names = {}
        for name in GROUP_COLUMNS:
            values = Named.of(self._group_table[name])
            numbers = np.full(self._n_groups, -1, np.int8)
            numbers[self._group_table["group_no"]] = values.number
            names[name] = (numbers, values.words)
        return names

    @cached_property
    def start_years(self) -> np.ndarray:
        """Start year by group number."""
        years = np.zeros(self._n_groups, np.int16)
        years[self._group_table["group_no"]] = self._group_table["start_year"]
        return years

    @cached_property
    def _group_table(self) -> dict[str, np.ndarray]:
        return self._fetch("select * from mart_groups")

    @property
    def _n_groups(self) -> int:
        return int(self._group_table["group_no"].max(initial=-1)) + 1

    def _groups(self, year: int | None) -> tuple[int, ...] | None:
        """Smallest and largest group number of a year; they hold no other year's."""
        if year is None:
            return None
        own = self._group_table["group_no"][self._group_table["start_year"] == year]
        return (int(own.min()), int(own.max())) if len(own) else (-1, -1)

    def _read(self, table: str, column: str, numbers: np.ndarray, ends: tuple[int, ...] | None):
        """Columns of the rows with these answers, and with `column` from ends[0] to ends[-1]."""
        part = "" if ends is None else f"and {column} between {ends[0]} and {ends[-1]}"
        return self._fetch(
            f"select answer_no, {column}, course, n from {table} where {_among(numbers)} {part}"
        )

    def _columns(
        self, found: dict[str, np.ndarray], start_year: np.ndarray, named: dict[str, Named]
    ) -> Columns:
        answer = found["answer_no"]
        entry_day, duration_day, end_reason = _parts(found["course"])
        return Columns(
            code=self.answers.code[answer],
            match_id=self.answers.match_id[answer],
            start_year=start_year,
            **named,
            entry_day=entry_day,
            duration_day=duration_day,
            end_reason=end_reason,
            n=found["n"],
        )

    def _fetch(self, query: str, parameters: list | dict | None = None) -> Columns:
        return Columns.fetched(self.connection, query, parameters)


def _among(numbers: np.ndarray) -> str:
    """Say in SQL which answers are meant; a run of them is found without looking at others."""
    if not len(numbers):
        return "false"
    first, last = int(numbers[0]), int(numbers[-1])
    if last - first + 1 == len(numbers):
        return f"answer_no between {first} and {last}"
    return f"answer_no in ({', '.join(map(str, numbers))})"


def _parts(course: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Entry day, days and end reason of courses."""
    return (
        Course.entry_day.of(course).astype(np.int16),
        Course.days.of(course).astype(np.int32),
        Course.end_reason.of(course).astype(np.int8),
    )
