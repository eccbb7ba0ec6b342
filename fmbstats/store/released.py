"""Reads a release store: the same questions as of an exact one, answered from protected margins."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fmbstats.frames import Columns
from fmbstats.words.strata import OF_OWN, OWN

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import duckdb
    import pandas as pd

# Column of the exact ledger -> margin of the release ledger; other names are their own.
MARGINS = {"start_year": "all", "age_group": "age", "county_code": "county"}
_COUNTS = "match_id, start_year, entry_day, duration_day, end_reason, n"


@dataclass(eq=False)
class ReleaseReader:
    """Answers from `release_ledger` what `LedgerReader` answers from the exact ledger."""

    connection: duckdb.DuckDBPyConnection
    is_holding: bool = False  #: Whether to ask of all entries at once, and keep the answers.
    #: Question -> its answers by entry, and an empty one.
    _held: dict[str, tuple[dict[str, Columns], Columns]] = field(default_factory=dict, repr=False)

    def margin(self, kind: str, key: str, by: str = "all", year: int | None = None) -> Columns:
        """Ledger rows of one diagnosis by one thing; see `LedgerReader.margin`."""
        extra = ", sex, age_group" if by == "county_persons" else ""
        name = "county_code" if by == "county_persons" else by
        if name in ("sex", "age_group", "county_code", "code"):
            extra = f", stratum as {name}{extra}"
        which = f"margin = '{_margin(by)}'" if kind == "entry" else _of_code(by)
        return self._of(kind, key, _COUNTS + extra, "release_ledger", year, which)

    def _of(
        self, kind: str, key: str, columns: str, table: str, year: int | None, which: str = "true"
    ) -> Columns:
        """Ask of a diagnosis, or give the answer that is held."""
        query = f"select {columns}{{}} from {table} where ({which}) and {{}}"
        query += "" if year is None else f" and start_year = {int(year)}"
        if kind != "entry":
            return self._fetch(query.format("", "starts_with(code, $key)"), {"key": key})
        if self.is_holding and query not in self._held:
            every = self._fetch(query.format(", entry_id", "entry_id is not null"))
            found = every.parted("entry_id")
            del every["entry_id"]
            self._held[query] = found, every.only(slice(0))
        if query not in self._held:
            return self._fetch(query.format("", "entry_id = $key"), {"key": key})
        found, nothing = self._held[query]
        return found.get(key, nothing)

    @property
    def own_strata(self) -> tuple[str, ...]:
        """Names of the strata that the register itself brought."""
        found = self.connection.execute(
            "select distinct split_part(stratum, $between, 1) as name from release_ledger "
            "where margin = $own order by name",
            {"own": OWN, "between": OF_OWN},
        )
        return tuple(name for (name,) in found.fetchall())

    def by_own(self, kind: str, key: str, stratum: str, years: Sequence[int]) -> Columns:
        """Ledger rows of one diagnosis by a stratum of the register's own, as `margin`.

        Margins of codes under an entry are told by code alone, those of an entry as a whole.
        """
        whose = "entry_id = $key" if kind == "entry" else (
            "entry_id is null and starts_with(code, $key)"
        )  # fmt: skip
        found = self._fetch(
            f"select {_COUNTS}, substr(stratum, length($begin) + 1) as value from release_ledger "
            f"where margin = $own and starts_with(stratum, $begin) and {whose} "
            "and (len($years) = 0 or list_contains($years, start_year))",
            {"key": key, "own": OWN, "begin": stratum + OF_OWN, "years": list(years)},
        )
        return Columns({str(stratum): found.pop("value")} | found)

    def above_entries(self, codes: Collection[str], year: int | None = None) -> Columns:
        """Rows of exactly these codes without an entry; see `LedgerReader.above_entries`."""
        started = "" if year is None else f"and start_year = {int(year)}"
        return self._fetch(
            f"select code, {_COUNTS} from release_ledger where margin = 'all' and entry_id is null "
            f"and list_contains($codes, code) {started}",
            {"codes": sorted(codes)},
        )

    def diagnosis_changes(self) -> tuple[pd.DataFrame, float]:
        """Spells that end under another entry; see `LedgerReader.diagnosis_changes`."""
        frame = self._fetch("select first, last, n from release_changes order by all").frame
        has_changed = frame["first"] != frame["last"]
        n_known = float(frame["n"].sum()) if len(frame) else math.nan
        return frame[has_changed].reset_index(drop=True), n_known

    def n_started(self, kind: str, key: str, year: int | None = None) -> int:
        """Spells started, also those that are over before the register sees all."""
        return int(self._of(kind, key, "n", "release_counts", year)["n"].sum())

    def n_spells(self, year: int) -> dict[str, int]:
        """Spells per entry started in `year` and longer than the entry day."""
        found = self.connection.execute(
            "select entry_id, sum(n)::bigint from release_ledger where margin = 'all' "
            "and start_year = ? and entry_id is not null group by entry_id",
            [year],
        )
        return dict(found.fetchall())

    def counted(self, column: str, year: int | None) -> Columns:
        """All entries' spells by one stratum; see `Store.counted`."""
        is_year = column == "start_year"
        stratum = "start_year::varchar" if is_year else "stratum"
        started = "" if is_year or year is None else f"and start_year = {int(year)}"
        return self._fetch(
            f"select entry_id, {stratum} as stratum, {_COUNTS} from release_ledger "
            f"where margin = '{_margin(column)}' and entry_id is not null {started}",
        )

    def match_levels(self, kind: str, key: str, year: int | None) -> dict[str, int]:
        """Spells of a diagnosis by how their code was matched; see `Store.match_levels`."""
        found = self._of(kind, key, "match_level, n", "release_levels", year)
        levels = dict.fromkeys(sorted(found["match_level"].tolist()), 0)
        for level, n in zip(found["match_level"].tolist(), found["n"].tolist(), strict=True):
            levels[level] += n
        return levels

    @property
    def years(self) -> tuple[int, ...]:
        """Start years of the spells."""
        found = self.connection.execute("select start_year from release_years order by start_year")
        return tuple(year for (year,) in found.fetchall())

    def _fetch(self, query: str, values: dict | None = None) -> Columns:
        return Columns.fetched(self.connection, query, values)


def _of_code(by: str) -> str:
    """SQL: the rows of a code, which under an entry is one of its groups, else its own subject."""
    if by == "code":
        return "margin = 'code'"
    if _margin(by) == "all":
        return "if(entry_id is null, margin = 'all', margin = 'code')"
    # Groups within a code are told where it is under no entry, and then of all that it holds.
    return (
        f"margin = '{_margin(by)}' and entry_id is null and not exists (from release_ledger where "
        "margin = 'code' and entry_id is not null and starts_with(code, $key))"
    )


def _margin(by: str) -> str:
    return MARGINS.get(by, by)
