"""The spells of a register, as the store keeps them.

A register whose rows are spells, and whose spell ids grow from row to row, is poured in as it is
read: nothing in it can repeat. Any other is first laid down whole and compared (``staging``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import duckdb
import polars as pl

from fmbstats.errors import RejectedRowsError, SourceError
from fmbstats.sources.registers.encoding import person_keys
from fmbstats.sources.registers.evidence import PersonTable
from fmbstats.sources.registers.losses import DEFAULT_MAX_MALFORMED
from fmbstats.sources.registers.register import RegisterInfo
from fmbstats.sources.registers.spellsource import SpellSource
from fmbstats.store.staging import (
    RowsMayRepeatError,
    Staged,
    refuse_malformed,
    stage_frames,
    stage_register,
)
from fmbstats.store.tables import frame_as, person_key, sql_text

# Persons and cells are as good as random; packing the rest would save a third of the room for a
# fifth more time.
_SPELL_CELLS = """
create or replace table spell_cells (
    spell_id bigint using compression uncompressed,
    person_id bigint using compression uncompressed,
    coded_cell bigint using compression uncompressed,
    traits bigint using compression uncompressed,
    gap_days integer using compression uncompressed
)"""


_GAP_PARTS = """
create or replace table own_gap_parts (
    spell_id bigint, first_day integer, next_day integer, code_no integer
)"""
# What an end reason of this number is.
DEATH = 5
# Every insert costs some milliseconds, and leaves its last group of rows unfilled.
_ROWS_AT_ONCE = 1 << 21


class SpellCells:
    """The table ``spell_cells``, made and filled.

    `cutoff_date`: everybody is censored on it. `has_deaths`: whether ``stg_deaths`` says who died.
    `n_taken`: spells that came; those that the cut-off ends before their entry day are not kept.
    `n_after_death`: spells left out because their person was dead when they began.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, cutoff_date: date, has_deaths: bool = False
    ) -> None:
        self._connection = connection
        self._has_deaths = has_deaths
        self.n_taken = self.n_after_death = 0
        self._waiting: list[pl.DataFrame] = []
        self._n_waiting = 0
        connection.execute(_SPELL_CELLS)
        connection.execute(
            f"set variable cutoff_day = date '{cutoff_date.isoformat()}' - date '1980-01-01'"
        )

    def take(self, spells: pl.DataFrame) -> None:
        """Keep the spells of a frame with the columns of ``incoming``, at the latest by `flush`."""
        self._waiting.append(spells)
        self._n_waiting += spells.height
        if self._n_waiting >= _ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Keep all spells that came."""
        if not self._waiting:
            return
        with frame_as(self._connection, "incoming", pl.concat(self._waiting)):
            self._insert(f"with coded_spells as ({sql_text('stg_incoming_spells')})")
        self.n_taken += self._n_waiting
        self._waiting, self._n_waiting = [], 0

    def take_coded(self) -> None:
        """Keep the spells of ``coded_spells``."""
        self._insert()
        counted = self._connection.execute("select count(*) from coded_spells").fetchall()
        self.n_taken += counted[0][0]

    def _insert(self, context: str = "") -> None:
        spells = sql_text("spell_cells")
        if self._has_deaths:
            later = self._connection.execute(
                f"{context} select count(*) from coded_spells join stg_deaths using (person_key) "
                "where death_day < traits_first_day(spell_traits)"
            )
            self.n_after_death += later.fetchall()[0][0]
            dead = sql_text("stg_with_deaths").format(death=DEATH)
            spells = spells.replace("from coded_spells", f"from ({dead}) as coded_spells")
        self._connection.execute(f"insert into spell_cells {context} select * from ({spells})")


def keep_register(
    connection: duckdb.DuckDBPyConnection,
    source: SpellSource,
    max_share_rejected: float,
    max_share_malformed: float = DEFAULT_MAX_MALFORMED,
) -> Staged:
    """Read a register; keep its spells at risk, their degrees and the list of codes.

    Raises SourceError, RejectedRowsError: see `stage_register`; more than `max_share_malformed` of
    the first diagnoses are no codes.
    """
    if source.deaths is not None:
        _add_deaths(connection, source.deaths, source.codes is not None)
    staged = _keep(connection, source, max_share_rejected)
    refusal = refuse_malformed(connection, "spell_cells", max_share_malformed)
    if refusal is not None:
        raise RejectedRowsError(refusal)
    if source.deaths is None:
        return staged
    return replace(staged, remarks=staged.remarks + _remark_on_deaths(connection, source.deaths))


def _keep(
    connection: duckdb.DuckDBPyConnection, source: SpellSource, max_share_rejected: float
) -> Staged:
    if source.codes is None:
        staged = stage_register(connection, source, max_share_rejected)
        return _keep_staged(connection, staged, source.deaths is not None)
    cells = SpellCells(connection, source.info.cutoff_date, source.deaths is not None)
    try:
        # In no transaction: it would hold every frame in memory until its end.
        staged = stage_register(connection, source, max_share_rejected, cells.take)
    except RowsMayRepeatError:
        # What was poured until now goes again, with the table.
        staged = stage_register(connection, source, max_share_rejected)
        return _keep_staged(connection, staged, source.deaths is not None)
    cells.flush()
    return _kept(connection, staged, cells)


def keep_frames(
    connection: duckdb.DuckDBPyConnection,
    spells: pl.DataFrame,
    segments: pl.DataFrame,
    info: RegisterInfo,
) -> Staged:
    """Keep spells and degrees that were drawn in memory, as `keep_register` does."""
    return _keep_staged(connection, stage_frames(connection, spells, segments, info))


def _add_deaths(connection: duckdb.DuckDBPyConnection, deaths: PersonTable, has_keys: bool) -> None:
    """Make ``stg_deaths``: persons under the keys their spells have, and the day they died."""
    rows = deaths.rows
    keyed = rows.with_columns(person_keys(rows["person_id"]))
    key = person_key(has_keys)
    with frame_as(connection, "deaths", keyed):
        connection.execute(
            f"create or replace temp table stg_deaths as select {key} as person_key, "
            "(death_date - date '1980-01-01')::integer as death_day from deaths"
        )


def _remark_on_deaths(connection: duckdb.DuckDBPyConnection, deaths: PersonTable) -> tuple[str]:
    """Say how many spells ended by death.

    Raises SourceError: none did: the persons of the two files are not the same.
    """
    n_died = connection.execute(
        f"select count(*) from spell_cells where cell_end_reason(coded_cell) = {DEATH}"
    ).fetchall()[0][0]
    if deaths.rows.height and not n_died:
        raise SourceError(
            f"{deaths.name}: none of its {deaths.rows.height:,} persons died during a spell of the "
            "register. Are the ids the register's?"
        )
    return (f"{n_died:,} spells ended by death ({deaths.n_read:,} deaths in {deaths.name}).",)


def _keep_staged(
    connection: duckdb.DuckDBPyConnection, staged: Staged, has_deaths: bool = False
) -> Staged:
    cells = SpellCells(connection, staged.info.cutoff_date, has_deaths)
    cells.take_coded()
    return _kept(connection, staged, cells)


def _kept(connection: duckdb.DuckDBPyConnection, staged: Staged, cells: SpellCells) -> Staged:
    """Keep what belongs to the spells, drop all else, and count who was not at risk."""
    connection.execute("create table main.code_list as from temp.code_list")
    has_gap_parts = connection.execute(
        "select count(*) from duckdb_tables() where table_name = 'stg_gap_parts'"
    ).fetchall()[0][0]
    if not staged.has_single_segments:
        # Those of certificates part after part: all at once take more memory than there is.
        n_parts = 1 + staged.info.n_rows_read // _ROWS_AT_ONCE if has_gap_parts else 1
        connection.execute(f"set variable n_parts = {n_parts}")
        for part in range(n_parts):
            connection.execute(f"set variable part = {part}")
            verb = "insert into own_segments" if part else "create table own_segments as"
            connection.execute(f"{verb} select * from stg_own_segments")
    connection.execute(_GAP_PARTS)
    if has_gap_parts:
        # For the reading that bridges none (`count_spells`). A part with its spell's own diagnosis
        # has no code: what is known beside that holds for it too.
        connection.execute(
            "insert into own_gap_parts select spell_id, first_day, next_day, "
            "nullif(code_no, coded_code(coded_cell)) from stg_gap_parts "
            "join spell_cells using (spell_id) "
            "left join code_list on coalesce(stg_gap_parts.code, '') = code_list.code"
        )
    temporary = connection.execute(
        "select view_name, 'view' from duckdb_views() where temporary and not internal union all "
        "select table_name, 'table' from duckdb_tables() where temporary"
    ).fetchall()
    for name, kind in temporary:
        connection.execute(f"drop {kind} temp.{name}")
    n_kept = connection.execute("select count(*) from spell_cells").fetchall()[0][0]
    after = cells.n_after_death
    told = (f"{after:,} spells began after their person's death and were left out.",)
    return replace(
        staged,
        n_not_at_risk=cells.n_taken - after - n_kept,
        n_excluded=staged.n_excluded + after,
        remarks=staged.remarks + (told if after else ()),
    )
