"""Makes spells of a register that has several rows per spell, some whole spells at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import duckdb
import polars as pl

from fmbstats.sources.registers.blocks import ahead
from fmbstats.sources.registers.checking import REJECTS_SCHEMA
from fmbstats.sources.registers.spellsource import MadeSpells
from fmbstats.store.tables import Filling, in_order, insert, pour

PARTS = "incoming_parts"
# About so many rows are looked at together.
_ROWS_AT_ONCE = 1 << 20
_SEGMENTS = {"spell_id": pl.Int64, "packed": pl.Int64}
Make = Callable[[pl.DataFrame, int], MadeSpells]

_REJECTS = {"file_no": pl.Int64, **{n: k for n, k in REJECTS_SCHEMA.items() if n != "file"}}


def make_spells(
    connection: duckdb.DuckDBPyConnection,
    make: Make,
    spell_key: tuple[str, ...],
    is_sorted: bool,
    take: Callable[[pl.DataFrame], None] | None = None,
) -> None:
    """Make spells, ``stg_own_segments``, ``stg_rejects`` and ``stg_counts`` of part rows.

    `connection`: with the table ``incoming_parts``; it is dropped. `make`: makes spells of the rows
    of some whole spells; see `SpellSource.make_spells`. `is_sorted`: whether the rows came sorted
    by the spell's key; else they are sorted here. `take`: takes the spells; by default they make
    the table ``incoming``.
    """
    take = take or Filling(connection, "incoming").take
    insert(connection, "stg_own_segments", pl.DataFrame(schema=_SEGMENTS), "temp table")
    rejects, counts = [pl.DataFrame(schema=_REJECTS)], [0, 0]
    with in_order(connection):
        if not is_sorted:
            key = ", ".join(spell_key)
            connection.execute(
                f"create temp table sorted_parts as from {PARTS} order by {key}; "
                f"drop table {PARTS}; alter table sorted_parts rename to {PARTS}"
            )
        for made in ahead(_jobs(connection, make, spell_key)):
            take(made.spells)
            pour(connection, "insert into stg_own_segments", made.segments)
            rejects.append(made.rejects.select(pl.col(c).cast(t) for c, t in _REJECTS.items()))
            counts = [counts[0] + made.n_duplicates, counts[1] + made.n_excluded]
    connection.execute(f"drop table {PARTS}")
    note_faults(connection, pl.concat(rejects), *counts)


def note_faults(
    connection: duckdb.DuckDBPyConnection,
    rejects: pl.DataFrame | None = None,
    n_duplicates: int = 0,
    n_excluded: int = 0,
) -> None:
    """Make ``stg_rejects`` and ``stg_counts``; by default nothing was wrong."""
    rejects = pl.DataFrame(schema=_REJECTS) if rejects is None else rejects
    insert(connection, "stg_rejects", rejects, "temp table")
    counted = {
        "n_duplicates": n_duplicates,
        "n_rejected": rejects.height,
        "n_excluded": n_excluded,
        "n_withdrawn": 0,
    }
    insert(connection, "stg_counts", pl.DataFrame([counted]), "temp table")


def _jobs(
    connection: duckdb.DuckDBPyConnection, make: Make, spell_key: tuple[str, ...]
) -> Iterator[Callable[[], MadeSpells]]:
    """Give jobs that make spells of some whole spells' rows each."""
    n_rows = connection.execute(f"select count(*) from {PARTS}").fetchall()[0][0]
    rest = None
    n_before = 0
    for first in range(0, max(n_rows, 1), _ROWS_AT_ONCE):
        rows = connection.sql(
            f"select * from {PARTS} where rowid >= {first} and rowid < {first + _ROWS_AT_ONCE}"
        ).pl()
        rows = rows if rest is None else pl.concat([rest, rows])
        is_end = first + _ROWS_AT_ONCE >= n_rows
        whole = rows.height if is_end else _start_of_last(rows, spell_key)
        rest = rows[whole:]
        if whole or is_end:
            yield partial(make, rows[:whole].rechunk(), n_before)
        n_before += whole


def _start_of_last(rows: pl.DataFrame, key: tuple[str, ...]) -> int:
    """Return the place of the last spell's first row; the next rows may go on with it."""
    last = rows.select(pl.all_horizontal(pl.col(n) == pl.col(n).last() for n in key)).to_series()
    others = (~last).arg_true()
    return int(others[-1]) + 1 if len(others) else 0
