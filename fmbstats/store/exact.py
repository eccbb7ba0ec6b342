"""A finished store, opened read-only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

import duckdb

from fmbstats.errors import StoreError
from fmbstats.frames import Columns, Row, np, rows_named
from fmbstats.store.opening import REBUILD, connect, no_store
from fmbstats.store.paths import LAYOUT_VERSION
from fmbstats.store.secret import keyed, secret_of
from fmbstats.words import dated, visible

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from fmbstats.recommendations.yardstick import Limits
    from fmbstats.store.cells import LedgerReader
    from fmbstats.store.endings import Endings
    from fmbstats.store.months import MonthReader, ReleasedMonths
    from fmbstats.store.released import ReleaseReader

# Values of `?`, `$1` and so on, or of `$name`.
Parameters = Sequence[Any] | Mapping[str, Any]

_ENTRIES = (
    "select entry_id, slug, name, disease_group_name, list(code order by code) as codes "
    "from mart_entries join mart_entry_codes using (entry_id) group by all "
    "order by disease_group_name, name"
)
_MOST_HELD = 5_000_000
QueryError = duckdb.Error  # what a faulty query raises


class Store:
    """A finished store, read-only.

    Parameters
    ----------
    path : Path
        A DuckDB file made by ``fmbstats build``.

    Raises
    ------
    StoreError
        The file is missing, corrupt, or of another layout.
    LockedError
        A process is writing to it.
    """

    def __init__(self, path: Path):
        self.path = Path(path)
        # Kept here and not beside the class, where it would hold the store, and with it the file,
        # for as long as the process lives: DuckDB gives an open file again, also a replaced one.
        self._n_spells: dict[int, dict[str, int]] = {}
        self.is_holding = False
        self._endings: dict[tuple[int | None, str], Endings] = {}
        self._connection = connect(self.path)
        try:
            layout = self._connection.execute(
                "select layout_version from meta_settings"
            ).fetchall()[0][0]
        except (duckdb.Error, IndexError) as error:
            raise no_store(self.path, error) from None
        if layout != LAYOUT_VERSION:
            raise StoreError(
                f"{self.path} has layout {layout}, this version needs {LAYOUT_VERSION}. {REBUILD}"
            )

    def __repr__(self) -> str:
        """One line: where, and what register."""
        return f"<Store {self.path}: {self.settings.register_name}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a later query raises."""
        self._connection.close()

    def check_whole(self) -> None:
        """Read every block once.

        Raises
        ------
        StoreError
            The store is damaged.
        """
        from fmbstats.store.hashing import table_hashes

        table_hashes(self.rows)

    def sql(self, query: str, parameters: Parameters | None = None) -> pd.DataFrame:
        """Run a read-only query and return a pandas frame.

        Examples
        --------
        >>> store.sql("select count(*) as n from mart_spells")  # doctest: +SKIP
        """
        return self._connection.execute(query, parameters or []).df()

    def rows(self, query: str, parameters: Parameters | None = None) -> tuple[Row, ...]:
        """Run a read-only query and return plain rows: a few cost a frame's making alone."""
        found = self._connection.execute(query, parameters or [])
        return rows_named([column[0] for column in found.description], found.fetchall())

    def columns(self, query: str, parameters: Parameters | None = None) -> Columns:
        """Run a query for numbers and text only, some four times as fast as `sql`."""
        return Columns.fetched(self._connection, query, parameters)

    def polars(self, query: str, parameters: Parameters | None = None) -> pl.DataFrame:
        """Run a read-only query and return a polars frame (for the rooms below)."""
        return self._connection.sql(query, params=parameters or []).pl()

    @cached_property
    def settings(self) -> SimpleNamespace:
        """How the store was made: cut-off, gap, lag, register, hash of the sources."""
        said = self.rows("select * from meta_settings")[0]._asdict()
        # Whatever a register is called, nothing that is told of it acts, turns text round or, where
        # it may leave, counts.
        name = (dated if self.is_release else visible)(said["register_name"])
        return SimpleNamespace(**said | {"register_name": name})

    @property
    def about(self) -> dict[str, object]:
        """What every result row says of the data it rests on."""
        return {
            "length_basis": self.settings.length_basis,
            "cutoff": self.settings.cutoff_date,
            "data_vintage": self.settings.register_name,
        }

    @cached_property
    def data_folder(self) -> Path:
        """What is read beside the store: the data_raw it was built from, or one named instead."""
        return Path(self.settings.data_folder)

    @cached_property
    def entry_keys(self) -> dict[str, str]:
        """What the report on each entry rests on, hashed: ledger, recommendation, degrees.

        With the store's secret: a plain hash over exact cells gives them to whoever tries.
        """
        rows = self._connection.execute("select entry_id, key from mart_entry_keys").fetchall()
        if self.is_release:
            return dict(rows)
        return {entry_id: keyed(self._secret, "entry", key) for entry_id, key in rows}

    @cached_property
    def _secret(self) -> bytes:
        return secret_of(self.path)

    def data_hash(self, entry_id: str = "") -> str:
        """Hash of the source data of one report: all but what is published of other entries.

        Where the store has none (no entry, an older store): of all source data. It may be
        published: with the store's secret, it tells who holds the data which they were, and
        nobody else anything.
        """
        found = self._data_hashes.get(entry_id, self.settings.source_hash)
        if self.is_release:
            return found
        return keyed(self._secret, "data", found)

    @cached_property
    def _data_hashes(self) -> dict[str, str]:
        with suppress(duckdb.CatalogException):
            return dict(
                self._connection.execute("select entry_id, data_hash from meta_data_hashes")
                .fetchall()
            )  # fmt: skip
        return {}

    @cached_property
    def _released(self) -> SimpleNamespace | None:
        """The rule that the counts of a release store went through; None in an exact one."""
        with suppress(duckdb.CatalogException):
            return SimpleNamespace(**self.rows("select * from meta_release")[0]._asdict())
        return None

    @property
    def is_release(self) -> bool:
        """Whether every count in it is protected, so that what is made from it may leave."""
        return self._released is not None

    @property
    def release_facts(self) -> dict[str, Any]:
        """Threshold, base, entry day of a release store; empty in an exact one."""
        said = vars(self._released) if self._released else {}
        return {name: said[name] for name in ("threshold", "base", "entry_day") if name in said}

    @property
    def threshold(self) -> int | None:
        """Smallest number of spells that decides what a release store tells; None when exact."""
        return self._released.threshold if self._released else None

    @property
    def noise(self) -> float:
        """Variance of a count around the exact one, in spells squared."""
        return self._released.variance if self._released else 0.0

    @cached_property
    def entry_day(self) -> int:
        """Largest entry day in the register: up to it, some spells are not seen."""
        if self._released:
            return int(self._released.entry_day)
        found = self._connection.execute(
            "select coalesce(cell_entry_day(max(course)), 0) from mart_lengths"
        )
        return int(found.fetchall()[0][0])

    def n_spells(self, year: int) -> dict[str, int]:
        """Spells per entry started in `year` and longer than the entry day."""
        if year not in self._n_spells:
            self._n_spells[year] = self._count_spells(year)
        return self._n_spells[year]

    def _count_spells(self, year: int) -> dict[str, int]:
        if self.is_release:
            return self._release.n_spells(year)
        rows = self._connection.execute(
            "select entry_id, sum(n)::bigint from mart_lengths join stg_answers using (answer_no) "
            "where start_year = ? and cell_days(course) > ? and entry_id is not null "
            "group by entry_id",
            [year, self.entry_day],
        )
        return dict(rows.fetchall())

    def ledger_by(self, column: str, year: int | None) -> pd.DataFrame:
        """Count all entries' spells by one stratum (a ledger column, or "all").

        All years when the stratum is the year. entry_id, stratum, match_id (-1 = none),
        entry_day, duration_day, end_reason, n.
        """
        rows = self.counted(column, year)
        return Columns((name, np.asarray(cells)) for name, cells in rows.items()).frame

    def counted(self, column: str, year: int | None) -> Columns:
        """Return the rows of `ledger_by` column by column."""
        if self.is_release:
            return self._release.counted(column, year)
        is_of_persons = column not in ("all", "start_year")
        table = "mart_cells join mart_groups using (group_no)" if is_of_persons else "mart_lengths"
        stratum = "'all'" if column == "all" else f"{column}::varchar"
        started = (
            "" if column == "start_year" or year is None else f"where start_year = {int(year)}"
        )
        return self.exact.by_entry(
            f"select answer_no, {stratum} as stratum, course, sum(n)::bigint as n from {table} "
            f"{started} group by all"
        )

    @property
    def reader(self) -> LedgerReader | ReleaseReader:
        """Reads the ledger of single diagnoses."""
        return self._release if self.is_release else self.exact

    @cached_property
    def exact(self) -> LedgerReader:
        """Reads what only an exact store holds.

        Raises
        ------
        StoreError
            This is a release store.
        """
        if self.is_release:
            raise StoreError(f"{self.path} is a release store: it holds no single cells.")
        # Finding that nothing is stale must not wait for pandas.
        from fmbstats.store.cells import LedgerReader

        return LedgerReader(self._connection)

    @cached_property
    def _release(self) -> ReleaseReader:
        from fmbstats.store.released import ReleaseReader

        return ReleaseReader(self._connection)

    @contextmanager
    def holding_answers(self) -> Iterator[None]:
        """Ask of all entries at once, and keep what is answered for the forks of this process."""
        (found,) = self.rows("select sum(estimated_size)::bigint as n from duckdb_tables()")
        # Of a register as large as a country's they would fill the memory.
        self._hold((found.n or 0) < _MOST_HELD)
        try:
            yield
        finally:
            self._hold(False)

    def _hold(self, is_holding: bool) -> None:
        self.is_holding = is_holding
        if self.is_release:
            self._release.is_holding = is_holding

    @cached_property
    def months(self) -> MonthReader | ReleasedMonths:
        """Reads the ledger by start month."""
        from fmbstats.store.months import MonthReader, ReleasedMonths

        if self.is_release:
            return ReleasedMonths(self._connection)
        return MonthReader(self._connection, self.exact.answers)

    @property
    def has_months(self) -> bool:
        """Whether an exact store knows the months in which spells started."""
        found = self._connection.execute("select exists (from mart_month_counties)")
        return bool(found.fetchall()[0][0])

    def endings(self, year: int | None, margin: str = "all") -> Endings:
        """Endings day by day of all diagnoses that started in a year, or in all.

        `margin` is "all", or "entry_day" for spells with the day from which they are seen.
        """
        from fmbstats.store.endings import Endings

        if (year, margin) not in self._endings:
            found = Endings.of(self.columns, year, margin if self.is_release else None)
            self._endings[year, margin] = found
        return self._endings[year, margin]

    def editions_by_entry(self, year: int) -> dict[str, str]:
        """Entry id -> the editions its cases of `year` come from, joined by commas."""
        rows = self._connection.execute(
            "select entry_id, string_agg(distinct edition, ',' order by edition) from ("
            "select owned.entry_id, edition from mart_in_force join mart_entry_codes as owned "
            "using (code) where case_id is not null and valid_from <= $last and valid_to > $first) "
            "group by entry_id",
            {"first": f"{year}-01-01", "last": f"{year}-12-31"},
        )
        return dict(rows.fetchall())

    @cached_property
    def entry_table(self) -> pd.DataFrame:
        """The newest edition's entries: entry_id, slug, name, disease_group_name, codes."""
        return self.sql(_ENTRIES)

    @cached_property
    def entry_rows(self) -> tuple[Row, ...]:
        """The rows of `entry_table`."""
        return self.rows(_ENTRIES)

    def limits(self, month_days: int) -> Limits:
        """Limits of the sets of possible cases, by match_id (ids count from 0)."""
        from fmbstats.recommendations.yardstick import Limits

        return Limits.of_arrays(self._sets, month_days)

    def corrected_limits(self, month_days: int) -> Limits:
        """Limits by what the newest edition says of the same cases: silent corrections."""
        from fmbstats.recommendations.yardstick import Limits

        shortest, longest = (
            self._judged(self._sets[f"newest_{end}_days_{month_days}"])
            for end in ("shortest", "longest")
        )
        return Limits.plain(shortest, longest)

    @cached_property
    def webcert_limits(self) -> Limits:
        """The one limit Webcert warns at, by match_id: the largest number, months of 31 days."""
        from fmbstats.recommendations.yardstick import Limits

        days = self._sets["webcert_days"]
        return Limits.plain(days, days)

    @cached_property
    def evidence(self) -> list[str]:
        """What narrowed each set of possible cases, by match_id; "" where nothing did."""
        found = self._connection.execute(
            "select coalesce(evidence, '') from raw_possible_sets order by match_id"
        ).fetchall()
        return [kind for (kind,) in found]

    def _judged(self, days: np.ndarray) -> np.ndarray:
        return np.where(self._sets["is_judged"].astype(bool), days, np.nan)

    @cached_property
    def _sets(self) -> Columns:
        """The table of sets, read once; NaN where a number is missing."""
        return self.columns(
            "select base_id, is_judged, coalesce(columns('_days')::double, 'nan') "
            "from raw_possible_sets order by match_id"
        )

    def match_levels(self, kind: str, key: str, year: int | None) -> dict[str, int]:
        """Spells of a diagnosis longer than the entry day, by how their code was matched."""
        if self.is_release:
            return self._release.match_levels(kind, key, year)
        numbers = self.exact.answers.of(kind, key).tolist()
        started = "" if year is None else f"and start_year = {int(year)}"
        rows = self._connection.execute(
            "select coalesce(match_level, 'none'), sum(n)::bigint from mart_lengths "
            "join stg_answers using (answer_no) where answer_no in (select unnest($1)) and "
            f"cell_days(course) > $2 {started} group by 1 order by 1",
            [numbers, self.entry_day],
        )
        return dict(rows.fetchall())

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Start years of the spells."""
        if self.is_release:
            return self._release.years
        found = self._connection.execute("select distinct start_year from mart_groups order by 1")
        return tuple(year for (year,) in found.fetchall())
