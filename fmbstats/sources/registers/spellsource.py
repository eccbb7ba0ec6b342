"""How a register comes in: blocks of checked rows, then SQL steps that make spells of them.

A reader of a register format (:mod:`fmbstats.sources.registers.spells`, ``midas``,
``certificates``) gives a :class:`SpellSource`. It knows files and columns, not DuckDB; the store
pours its blocks into a temporary table ``incoming`` and runs the steps, or keeps their spells as
they come where nothing in them can repeat (``fmbstats/store/spell_cells.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources.registers.blocks import Block, read_blocks
from fmbstats.sources.registers.contracts import Contract
from fmbstats.sources.registers.encoding import CodeBook, TextValues
from fmbstats.sources.registers.evidence import PersonTable
from fmbstats.sources.registers.files import all_files
from fmbstats.sources.registers.losses import Losses
from fmbstats.sources.registers.mapping import FileMapping
from fmbstats.sources.registers.person_ids import warn_of_identity_numbers
from fmbstats.sources.registers.register import RegisterInfo
from fmbstats.sources.registers.remarks import Remarks


@dataclass(frozen=True)
class Step:
    """One table or view made by a file of ``fmbstats/sql``."""

    name: str  #: Of the table or view.
    file: str  #: Name of the SQL file without suffix; it holds one select.
    kind: str = "table"  #: A view is computed only where it is used; "table" or "view".


@dataclass(frozen=True, eq=False)
class SpellSource:
    """A register that is ready to be read."""

    info: RegisterInfo  #: Without counts; the store adds them when the blocks have been read.
    #: Gives the blocks of all files, in order; told whether rows will be compared or shown: if not,
    #: what only that needs may be left out. Every block's rows have the same columns.
    blocks: Callable[[bool], Iterator[Block]]
    #: Run in order when all blocks are in ``incoming``. They leave ``raw_spells``: the canonical
    #: spell frame and `gap_days`, the days without leave inside the spell and up to the cut-off,
    #: which its length does not count; ``raw_segments``: spell_id, from_day, to_day, degree_pct,
    #: code, in counted days; ``coded_spells``: the same with numbers for texts (see
    #: ``stg_coded_spells.sql``), where the format reads them so; the store makes it of
    #: ``raw_spells`` where not; ``stg_rejects``: file_no, line, column, value, reason, found by
    #: comparing rows; ``stg_counts``: one row: n_duplicates, n_rejected (lines), n_excluded (spells
    #: that the rules leave out), n_withdrawn (certificates).
    steps: tuple[Step, ...]
    #: Columns of the one-row table ``meta_register`` that the steps read: `extraction_date`,
    #: `cutoff_date`, `gap_days` and what the format adds.
    parameters: dict[str, object]
    files: tuple[Path, ...]  #: In order of `file_no`.
    #: The numbers that stand for diagnoses in ``incoming``; complete when all blocks were read.
    #: With it, the steps leave ``coded_spells`` as well.
    codes: CodeBook | None = None
    #: For formats with several rows per spell: makes spells of the rows of some whole spells, the
    #: rows of one together; told how many rows came before. The store sorts the rows by `spell_key`
    #: first where a register is not, and keeps the spells or puts them into ``incoming``, their
    #: degrees into ``stg_own_segments``, and what was wrong into ``stg_rejects``, ``stg_counts``.
    make_spells: Callable[[pl.DataFrame, int], MadeSpells] | None = None
    spell_key: tuple[str, ...] = ()  #: Columns that the rows of a spell have in common.
    losses: Losses | None = None  #: Counts, while blocks are read, what is rejected and kept.
    remarks: Remarks = field(default_factory=Remarks)  #: What is to be said once it was read.
    deaths: PersonTable | None = None  #: Who died, where a table of its own says it.
    #: What tables of their own tell of persons: further diagnoses, occupations, procedures.
    evidence: tuple[PersonTable, ...] = ()
    contract: Contract | None = None  #: The columns that are read, as the files call them.
    #: All columns that the format knows, where `contract` has only those that make spells.
    known_columns: Contract | None = None
    #: Names of the free strata; their columns are stratum_1 and so on.
    strata: tuple[str, ...] = ()

    def read_blocks(self, is_compared: bool) -> Iterator[Block]:
        """Give the blocks, counting anew what is said and lost of them."""
        self.remarks.clear()
        if self.losses is not None:
            self.losses.clear()
        return self.blocks(is_compared)


@dataclass(frozen=True, eq=False)
class MadeSpells:
    """What was made of the rows of some whole spells."""

    spells: pl.DataFrame  #: Rows of the table ``incoming`` of spells.
    #: spell_id, packed (see pack_segment in the SQL): degrees of spells that one does not cover.
    segments: pl.DataFrame
    rejects: pl.DataFrame  #: file_no, line, column, value, reason.
    #: `n_duplicates`, `n_excluded`: rows that repeat another; spells that the rules leave out.
    n_duplicates: int
    n_excluded: int


class At(NamedTuple):
    """Which file a block is of, and whether its rows will be compared or shown."""

    file_no: int
    file: str
    is_compared: bool


def source_of(
    files: tuple[Path, ...],
    settings: RegisterSettings,
    info: RegisterInfo,
    contract: Contract,
    finish: Callable[[Block, At], Block],
    values: Mapping[str, TextValues],
    *,
    steps: tuple[Step, ...],
    person: str,
    days: tuple[str, Sequence[str]],
    remarks: Remarks,
    parameters: Mapping[str, object] = MappingProxyType({}),
    **more: Any,
) -> SpellSource:
    """Make the source of files in one format: their blocks are counted, then finished by it.

    `values`: of `read_blocks`. `person`, `days`: columns of the person, of the first day and of the
    last days. `parameters`: what the format's steps read beside what all do.
    """
    losses = Losses(*days, settings.extraction_date)

    def finished(at: At, block: Block) -> Block:
        losses.see(block.rows, block.lost)
        warn_of_identity_numbers(block.rows[person], remarks)
        return finish(block, at)

    def blocks(is_compared: bool) -> Iterator[Block]:
        for number, path in enumerate(files, start=1):
            at = At(number, path.name, is_compared)
            yield from read_blocks(path, contract, partial(finished, at), values)

    read = {name: getattr(info, name) for name in ("extraction_date", "cutoff_date", "gap_days")}
    return SpellSource(info, blocks, steps, read | dict(parameters), files, losses=losses,
                       remarks=remarks, contract=contract, **more)  # fmt: skip


def as_paths(paths: str | Path | Sequence[str | Path]) -> tuple[Path, ...]:
    """One path or several, each an existing file; of a folder its part files.

    Raises SourceError: no path at all, or one that does not exist; a folder without part files.
    """
    listed = (paths,) if isinstance(paths, str | Path) else paths
    named = tuple(Path(p) for p in listed)
    if not named:
        raise SourceError("No file was named; expected at least one.")
    for path in named:
        if not (path.is_file() or path.is_dir()):
            # A pipe would be waited for, a device never ends.
            kind = "is no regular file; expected a file" if path.exists() else "no such file"
            raise SourceError(f"{path.name}: {kind} (in {path.parent}).")
    return all_files(named)


@dataclass(frozen=True)
class RegisterSettings:
    """What the files do not say of themselves."""

    extraction_date: date  #: The register is known to and including this day.
    name: str = "Eget register"  #: What reports call the register.
    is_synthetic: bool = False
    #: `gap_days`, `lag_days`: see :class:`RegisterInfo`.
    gap_days: int = 5
    lag_days: int = 0
    length_basis: str | None = None  #: What a spell's days are; None: as the format has it.
    mapping: FileMapping = field(default_factory=FileMapping)  #: How the files are written.

    def info(self, length_basis: str) -> RegisterInfo:
        """Start the register's description; hashes and counts come when it is read."""
        return RegisterInfo(
            name=self.name,
            is_synthetic=self.is_synthetic,
            length_basis=self.length_basis or length_basis,
            extraction_date=self.extraction_date,
            gap_days=self.gap_days,
            lag_days=self.lag_days,
        )
