"""Pours a register's blocks into DuckDB and makes spells of them by SQL."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace

import duckdb
import polars as pl

from fmbstats.errors import RejectedRowsError, SourceError
from fmbstats.sources.registers.checking import REJECTS_SCHEMA
from fmbstats.sources.registers.encoding import PERSON_TEXTS
from fmbstats.sources.registers.losses import DEFAULT_MAX_REJECTED, Losses, malformed_refusal
from fmbstats.sources.registers.register import RegisterInfo
from fmbstats.sources.registers.spellsource import SpellSource, Step
from fmbstats.store.part_rows import PARTS, make_spells, note_faults
from fmbstats.store.tables import Filling, create, in_order, insert, pour, sql_text

N_SHOWN = 5
MAX_CODES = 1 << 18
# The step of formats that know but one degree per spell.
_SINGLE_SEGMENTS = "stg_plain_segments"


@dataclass(frozen=True, eq=False)
class Staged:
    """What staging a register leaves beside ``raw_spells`` and ``raw_segments``."""

    info: RegisterInfo  #: With counts: lines read = accepted + duplicates + rejected.
    rejects: pl.DataFrame  #: file, line, column, value, reason; one row per fault.
    #: Spells that the format's rules leave out (for instance insured in a way that FMB does not
    #: concern).
    n_excluded: int
    n_withdrawn: int  #: Certificates withdrawn.
    #: Spells that the cut-off ends before their entry day; counted when spells are kept.
    n_not_at_risk: int = 0
    #: Whether the format knows but one degree per spell (a plain spell table).
    has_single_segments: bool = False
    #: What is rejected beside what is kept, for registers read from files.
    losses: Losses | None = None
    remarks: tuple[str, ...] = ()  #: What is to be said of how the register was read.

    def refusals(self, max_share: float) -> list[str]:
        """Say why a build must not go on with what is left of the register; mostly nothing.

        `max_share`: largest share of lines that may be rejected, of all and of each kind.
        """
        info = self.info
        if info.n_rejected > max_share * info.n_rows_read:
            return [
                f"{info.n_rejected} of {info.n_rows_read} lines were rejected; at most "
                f"{max_share:.1%} may be."
            ]
        return [] if self.losses is None else self.losses.refusals(max_share)


def stage_register(
    connection: duckdb.DuckDBPyConnection,
    source: SpellSource,
    max_share_rejected: float = DEFAULT_MAX_REJECTED,
    take: Callable[[pl.DataFrame], None] | None = None,
) -> Staged:
    """Read a register; then ``raw_spells``, ``coded_spells`` and ``raw_segments`` can be queried.

    They, and all else made here, are temporary: they vanish with the connection.

    `max_share_rejected`: 0 to 1. `take`: takes the spells of a source with `codes` as they come, in
    place of the table ``incoming``; then nothing above can be queried. Raises SourceError: a file
    is refused whole; RejectedRowsError: more than `max_share_rejected` of the lines are bad;
    RowsMayRepeatError: the spells were to be taken as they come, but only comparing them tells
    which to take.
    """
    order = RowOrder(source.spell_key)
    # Part rows are read again as they came; nothing else depends on it.
    with in_order(connection) if source.spell_key else nullcontext():
        info, rejects = _pour(connection, source, order, take)
    parameters = source.parameters | {"has_increasing_ids": order.has_increasing_ids}
    insert(connection, "meta_register", pl.DataFrame([parameters]), "temp table")
    connection.execute(sql_text("stg_cell_macros"))
    if source.make_spells is not None:
        make_spells(connection, source.make_spells, source.spell_key, order.has_sorted_rows, take)
    if source.codes is not None:
        insert(connection, "code_list", source.codes.frame(), "temp table")
        _refuse_too_many_codes(connection)
    if take is None:
        for step in source.steps:
            _run(connection, step)
    elif source.make_spells is None:
        note_faults(connection)
    if source.codes is None:
        _number(connection)
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
            info,
            n_duplicates=info.n_duplicates + n_repeated,
            n_rejected=info.n_rejected + n_clashing,
        ),
        rejects=pl.concat([rejects, found]),
        n_excluded=n_excluded,
        n_withdrawn=n_withdrawn,
        has_single_segments=any(step.file == _SINGLE_SEGMENTS for step in source.steps),
        losses=source.losses,
        remarks=(*source.remarks.sentences(), *_remarks_on_losses(source)),
    )
    _refuse_too_many(staged, max_share_rejected)
    return staged


def _run(connection, step: Step) -> None:
    create(connection, step.name, f"temp {step.kind}", step.file)


def _number(connection) -> None:
    """Make ``coded_spells`` of ``raw_spells``."""
    _run(connection, Step("code_list", "stg_code_list"))
    _refuse_too_many_codes(connection)
    _run(connection, Step("coded_spells", "stg_coded_spells", "view"))
    _run(connection, Step("stg_own_segments", "stg_own_segments", "view"))


class RowOrder:
    """Watches the order of the rows, which spares a build from looking for what cannot be.

    Spell ids that grow from row to row do not occur twice; and in rows sorted by the key of their
    spells, a spell's rows stand together. Extracts are mostly so.

    `spell_key`: two columns of whole numbers or days; empty where a row is a spell.
    """

    def __init__(self, spell_key: tuple[str, ...]) -> None:
        self._key = spell_key
        self.has_increasing_ids = not spell_key
        self.has_sorted_rows = bool(spell_key)
        self._last_id: int | None = None
        self._last_row: tuple | None = None

    def see(self, rows: pl.DataFrame) -> None:
        """Look at the next block."""
        if rows.is_empty():
            return
        if self.has_increasing_ids:
            self.has_increasing_ids = "spell_id" in rows.columns and self._see_ids(rows["spell_id"])
        if self.has_sorted_rows:
            self.has_sorted_rows = self._see_keys(rows.select(self._key))

    def _see_ids(self, ids: pl.Series) -> bool:
        if ids.null_count():
            return False
        is_after = self._last_id is None or ids[0] > self._last_id
        self._last_id = ids[-1]
        values = ids.to_numpy()
        return is_after and bool((values[1:] > values[:-1]).all())

    def _see_keys(self, keys: pl.DataFrame) -> bool:
        is_after = self._last_row is None or keys.row(0) >= self._last_row
        self._last_row = keys.row(-1)
        major, minor = (keys[name].to_physical().to_numpy() for name in self._key)
        is_later = (major[1:] > major[:-1]) | (
            (major[1:] == major[:-1]) & (minor[1:] >= minor[:-1])
        )
        return is_after and bool(is_later.all())


class RowsMayRepeatError(Exception):
    """Spell ids do not grow from row to row; nobody outside the store sees this."""


def _pour(
    connection, source: SpellSource, order: RowOrder, take: Callable[[pl.DataFrame], None] | None
) -> tuple[RegisterInfo, pl.DataFrame]:
    """Read all blocks; return what is known of the register now, and its rejects."""
    info = source.info
    rejects = []
    # An earlier reading of the same register may have left it.
    insert(connection, "incoming_texts", pl.DataFrame(schema=PERSON_TEXTS), "or replace temp table")
    has_parts = source.make_spells is not None
    is_direct = take is not None and not has_parts
    if take is None or has_parts:
        take = Filling(connection, PARTS if has_parts else "incoming").take
    for block in source.read_blocks(not is_direct):
        order.see(block.rows)
        if is_direct and not order.has_increasing_ids:
            raise RowsMayRepeatError
        take(block.rows)
        if block.texts is not None and not block.texts.is_empty():
            pour(connection, "insert into incoming_texts", block.texts)
        info = replace(
            info,
            files=info.files | block.hashes,
            n_rows_read=info.n_rows_read + block.n_read,
            n_duplicates=info.n_duplicates + block.n_duplicates,
            n_rejected=info.n_rejected + block.n_rejected,
        )
        rejects.append(block.rejects)
    if not rejects:
        raise SourceError("The register has no rows.")
    return info, pl.concat(rejects)


def stage_frames(
    connection: duckdb.DuckDBPyConnection,
    spells: pl.DataFrame,
    segments: pl.DataFrame,
    info: RegisterInfo,
) -> Staged:
    """Make ``raw_spells``, ``coded_spells`` and ``raw_segments`` of frames drawn in memory."""
    no_gaps = pl.lit(0, pl.Int32).alias("gap_days")
    insert(connection, "raw_spells", spells.with_columns(no_gaps), "temp table")
    insert(connection, "raw_segments", segments, "temp table")
    _number(connection)
    return Staged(info, pl.DataFrame(schema=REJECTS_SCHEMA), 0, 0)


def _refuse_too_many_codes(connection) -> None:
    # A cell has room for so many numbers of codes, and of answers to them.
    n_codes = connection.execute("select count(*) from code_list").fetchall()[0][0]
    if n_codes >= MAX_CODES:
        raise too_many_codes(n_codes)


def too_many_codes(n_codes: int) -> SourceError:
    """Say that a column cannot be the diagnosis."""
    return SourceError(
        f"The register has {n_codes} different codes. That is no column of diagnoses; mend the "
        "file or its mapping."
    )


def _remarks_on_losses(source: SpellSource) -> list[str]:
    if source.losses is None:
        return []
    told = source.losses.doubts()
    if n_ongoing := source.losses.n_ongoing:
        told.append(
            f"{n_ongoing:,} of the rejected rows are ongoing, or their last day cannot be read."
        )
    return told


def _refuse_too_many(staged: Staged, max_share: float) -> None:
    refusals = staged.refusals(max_share)
    if not refusals:
        return
    shown = "\n".join(
        f"  {r['file']}, line {r['line']}, column {r['column']!r}: {r['reason']}"
        for r in staged.rejects.head(N_SHOWN).iter_rows(named=True)
    )
    told = "\n".join(refusals[:N_SHOWN])
    raise RejectedRowsError(f"{told} The first:\n{shown}\nMend the file, or allow a larger share.")


def refuse_malformed(
    connection: duckdb.DuckDBPyConnection, spells: str, max_share: float
) -> str | None:
    """Say that too many first diagnoses are no ICD-10-SE codes; None when they are not too many.

    `connection`: with ``code_list``. `spells`: table or view with `coded_cell`. `max_share`: 0 to
    1.
    """
    codes = [code for (code,) in connection.execute("select code from code_list").fetchall()]
    if malformed_refusal(dict.fromkeys(codes, 1000), 0.0) is None:
        return None  # the mostly empty question is asked of some thousand codes, not of all spells
    return malformed_refusal(first_codes(connection, spells), max_share)


def first_codes(connection: duckdb.DuckDBPyConnection, spells: str) -> dict[str, int]:
    """Count the spells by their first diagnosis; arguments as of `refuse_malformed`."""
    counts = connection.execute(
        f"select code, count(*) from {spells} join code_list "
        "on coded_code(coded_cell) = code_no group by code"
    )
    return dict(counts.fetchall())
