"""Pours a register's blocks into DuckDB and makes spells of them by SQL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import resources

import duckdb
import polars as pl

from fmbstats.errors import RejectedRowsError, SourceError
from fmbstats.sources.checking import REJECTS_SCHEMA
from fmbstats.sources.register import RegisterInfo
from fmbstats.sources.spellsource import SpellSource

DEFAULT_MAX_REJECTED = 0.01
_N_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Staged:
    """What staging a register leaves beside ``raw_spells`` and ``raw_segments``.

    Attributes
    ----------
    info : RegisterInfo
        With counts: lines read = accepted + duplicates + rejected.
    rejects : polars.DataFrame
        file, line, column, value, reason; one row per fault.
    n_excluded : int
        Spells that the format's rules leave out (for instance insured in a way that FMB does
        not concern).
    n_withdrawn : int
        Certificates withdrawn.
    """

    info: RegisterInfo
    rejects: pl.DataFrame
    n_excluded: int
    n_withdrawn: int


def stage_register(
    connection: duckdb.DuckDBPyConnection,
    source: SpellSource,
    max_share_rejected: float = DEFAULT_MAX_REJECTED,
) -> Staged:
    """Read a register; afterwards ``raw_spells`` and ``raw_segments`` can be queried.

    Both, and all else made here, are temporary: they vanish with the connection.

    Raises
    ------
    SourceError
        A file is refused whole.
    RejectedRowsError
        More than `max_share_rejected` of the lines are bad.
    """
    n_read, n_rejected, n_duplicates, rejects = _pour(connection, source)
    connection.register("register_row", pl.DataFrame([source.parameters]).to_arrow())
    connection.execute("create temp table meta_register as select * from register_row")
    connection.unregister("register_row")
    for step in source.steps:
        sql = resources.files("fmbstats.sql").joinpath(f"{step.file}.sql").read_text("utf-8")
        connection.execute(f"create temp {step.kind} {step.name} as {sql}")
    names = {number: path.name for number, path in enumerate(source.files, start=1)}
    found = connection.sql("select * from stg_rejects order by file_no, line").pl()
    found = found.select(
        pl.col("file_no").replace_strict(names, return_dtype=pl.String).alias("file"),
        *(c for c in REJECTS_SCHEMA if c != "file"),
    ).cast(REJECTS_SCHEMA)
    n_repeated, n_clashing, n_excluded, n_withdrawn = connection.execute(
        "select n_duplicates, n_rejected, n_excluded, n_withdrawn from stg_counts"
    ).fetchall()[0]
    staged = Staged(
        info=replace(
            source.info,
            n_rows_read=n_read,
            n_duplicates=n_duplicates + n_repeated,
            n_rejected=n_rejected + n_clashing,
        ),
        rejects=pl.concat([rejects, found]),
        n_excluded=n_excluded,
        n_withdrawn=n_withdrawn,
    )
    _refuse_too_many(staged, max_share_rejected)
    return staged


def _pour(connection, source: SpellSource) -> tuple[int, int, int, pl.DataFrame]:
    totals = [0, 0, 0]
    rejects = [pl.DataFrame(schema=REJECTS_SCHEMA)]
    is_first = True
    for block in source.blocks():
        connection.register("block", block.rows.to_arrow(compat_level=pl.CompatLevel.newest()))
        verb = "create temp table incoming as" if is_first else "insert into incoming"
        connection.execute(f"{verb} select * from block")
        connection.unregister("block")
        is_first = False
        for place, n in enumerate((block.n_read, block.n_rejected, block.n_duplicates)):
            totals[place] += n
        rejects.append(block.rejects)
    if is_first:
        raise SourceError("The register has no rows.")
    return *totals, pl.concat(rejects)


def _refuse_too_many(staged: Staged, max_share: float) -> None:
    info = staged.info
    if info.n_rejected <= max_share * info.n_rows_read:
        return
    shown = "\n".join(
        f"  {r['file']}, line {r['line']}, column {r['column']!r}: {r['reason']}"
        for r in staged.rejects.head(_N_SHOWN).iter_rows(named=True)
    )
    raise RejectedRowsError(
        f"{info.n_rejected} of {info.n_rows_read} lines were rejected; at most "
        f"{max_share:.1%} may be. The first:\n{shown}\n"
        "Mend the file, or allow a larger share."
    )
