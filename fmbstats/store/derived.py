"""Counts what a store holds beside its spells: the ledger, other readings of it, the degrees.

Ledger and readings rest on the spells alone, so they are made at once, each on a connection of its
own: much of a sort's or a window's work keeps one processor busy only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import duckdb
import polars as pl

from fmbstats.store.packed_sort import MAX_NUMBERS, counted, near_persons, numbers_in_parts
from fmbstats.store.tables import create, frame_as, in_order, insert, sql_text

# In the order of stg_ledger answers and groups come in runs, and courses are as good as random:
# told so, DuckDB need not try every compression on millions of rows.
_CELLS = """
create table mart_cells (
    answer_no integer using compression rle,
    group_no integer using compression rle,
    course integer using compression uncompressed,
    n integer using compression bitpacking
)"""


WORDS = (
    "mart_ledger",
    "mart_degrees",
    "mart_basis_changes",
    "mart_ledger_basis",
    "mart_month_ledger",
    "mart_strata_ledger",
)
_NO_STRATA = """
create table spell_strata (
    spell_id bigint, value_1 smallint, value_2 smallint, value_3 smallint
);
create table mart_strata (value_no smallint, stratum varchar, value varchar);
create table mart_strata_cells (
    value_no smallint, answer_no integer, group_no integer, course integer, n integer
)"""


def add_spell_views(connection: duckdb.DuckDBPyConnection, has_single_segments: bool) -> None:
    """Make the views that match spells and tell in words what is kept of them."""
    create(connection, "stg_day_periods", "view")
    create(connection, "stg_matched_spells", "view")
    create(connection, "stg_spells", "view")
    create(connection, "mart_spells", "view")
    create(
        connection,
        "raw_segments",
        "view",
        "raw_single_segments" if has_single_segments else "raw_some_segments",
    )


def count_spells(
    connection: duckdb.DuckDBPyConnection,
    has_single_segments: bool,
    match: Callable[[], None],
    is_merging: bool = True,
) -> int:
    """Make ledger, readings and degrees of ``spell_cells``.

    `has_single_segments`: whether the register knows but one degree per spell. `match`: makes
    ``stg_code_periods`` and ``stg_answers``; what needs no answers goes on beside it. `is_merging`:
    whether spells of one person that share days are made one. Returns the number of spells that
    became part of another.
    """
    with in_order(connection), connection.cursor() as other, ThreadPoolExecutor(2) as beside:
        running = [beside.submit(_find_near, other)]
        try:
            match()
            running[0].result()
            n_merged = _merge_overlapping(other, has_single_segments) if is_merging else 0
            running.append(beside.submit(_add_degrees_and_readings, other, has_single_segments))
            add_cells(connection, _ledger_parts(connection))
            for half in running:
                half.result()
        except BaseException:
            # Whoever stops a build is not to wait for the other half.
            for half in running:
                half.cancel()
            other.interrupt()
            raise
    connection.execute("drop table own_gap_parts")
    add_months(connection)
    add_strata(connection)
    add_words(connection)
    return n_merged


def add_words(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views that tell in words what is kept as numbers."""
    for name in WORDS:
        create(connection, name, "view")


def add_cells(connection: duckdb.DuckDBPyConnection, parts: Iterable[None] = (None,)) -> None:
    """Make the ledger of ``stg_ledger``, in the order of its cells.

    `parts`: lets part after part of ``stg_ledger`` be read; by default all of it can be.
    """
    connection.execute(_CELLS)
    for _ in parts:
        connection.execute(f"insert into mart_cells {sql_text('mart_cells')}")
    create(connection, "mart_groups")
    create(connection, "mart_lengths")


def add_months(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the ledger by start month and county readable, where the spells are known."""
    create(connection, "mart_month_counties", "view")
    create(connection, "mart_months", "view")


def add_strata(connection: duckdb.DuckDBPyConnection, source: str = "mart_strata_cells") -> None:
    """Make the ledger by each free stratum of the register; empty where it names none.

    A reader that knows strata has left ``spell_strata`` (spell_id, value_1 to value_3) and
    ``mart_strata`` (value_no, stratum, value); a missing value is null.

    `source`: query of the cells: of spells, or of ledgers of counts.
    """
    known = connection.execute(
        "select count(*) from duckdb_tables() where table_name = 'spell_strata'"
    ).fetchall()[0][0]
    if known:
        create(connection, "mart_strata_cells", "table", source)
    else:
        connection.execute(_NO_STRATA)


def _ledger_parts(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let ``stg_ledger`` be read, part after part where it is large: memory stays bounded."""
    every = "select cell from stg_matched_spells"
    n_spells = connection.execute("select count(*) from spell_cells").fetchall()[0][0]
    parts = [every]
    if n_spells > MAX_NUMBERS:
        connection.execute(f"set variable max_numbers = {MAX_NUMBERS}")
        limits = connection.execute(sql_text("stg_cell_parts")).fetchall()
        parts = [f"{every} where cell_answer(cell) between {a} and {b}" for a, b in limits]
    for part in parts:
        cells = connection.sql(part).pl()
        for source, name in (("stg_cells", "stg_sorted_cells"), ("stg_sorted_cells", "stg_ledger")):
            cells = pl.SQLContext({source: cells}).execute(sql_text(name), eager=True)
        with frame_as(connection, "stg_ledger", cells):
            yield


def _find_near(connection: duckdb.DuckDBPyConnection) -> None:
    """Find who has spells that follow each other closely, and who has some that share days."""
    create(connection, "stg_spans", "temp view")
    found = [near_persons(part, (14, -1)) for part in numbers_in_parts(connection, "stg_spans")]
    for name, parts in zip(
        ("stg_near_persons", "stg_overlapping_persons"), zip(*found, strict=True), strict=True
    ):
        insert(connection, name, pl.concat(parts).to_frame(), "temp table")
    create(connection, "stg_near_spells", "temp table")


def _merge_overlapping(connection: duckdb.DuckDBPyConnection, has_single_segments: bool) -> int:
    """Make one of spells of a person that share days; return how many became part of another."""
    create(connection, "stg_overlapping_spells", "temp table")
    ids = "select unnest(merged_ids) from stg_overlapping_spells"
    n_parts, n_made = connection.execute(
        f"select (select count(*) from ({ids})), count(*) from stg_overlapping_spells"
    ).fetchall()[0]
    if not n_made:
        return 0
    if not has_single_segments:  # those of the first stay
        connection.execute(
            f"delete from own_segments where spell_id in ({ids}) "
            "and spell_id not in (select spell_id from stg_overlapping_spells)"
        )
    for table in ("spell_cells", "stg_near_spells"):
        connection.execute(f"delete from {table} where spell_id in ({ids})")
        connection.execute(
            f"insert into {table} select * exclude (merged_ids) from stg_overlapping_spells"
        )
    return n_parts - n_made


def _add_degrees_and_readings(
    connection: duckdb.DuckDBPyConnection, has_single_segments: bool
) -> None:
    create(connection, "stg_single_steps", "temp view")
    steps = [counted(part) for part in numbers_in_parts(connection, "stg_single_steps")]
    insert(connection, "stg_counted_steps", pl.concat(steps), "temp table")
    create(connection, "stg_seen_single_segments", "temp view")
    if has_single_segments:
        connection.execute("create temp view stg_seen_segments as from stg_seen_single_segments")
    else:
        create(connection, "stg_seen_segments", "temp table")
    create(connection, "mart_degree_cells")
    create(connection, "stg_basis_changes", "temp table")
    create(connection, "mart_change_cells")
