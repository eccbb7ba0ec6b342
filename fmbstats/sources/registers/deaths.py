"""A table of deaths, for registers that do not know why a spell ended: one person and day a row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources.registers.blocks import column_names, read_blocks, refuse_bad
from fmbstats.sources.registers.contracts import Column, Contract, not_after, say_names
from fmbstats.sources.registers.mapping import FileMapping
from fmbstats.sources.registers.person_ids import normal_ids
from fmbstats.sources.registers.remarks import Remarks

#: What tables of persons call them.
PERSON_NAMES = ("person_id", "person", "lopnr", "id")
_DATE = ("death_date", "date", "dodsdatum", "dödsdatum", "doddatum", "dödsdag")
CONTRACT = Contract(
    name="deaths",
    title="deaths, one person a row",
    columns=(
        Column("person_id", "text", "id", description="pseudonym, as in the register"),
        Column("death_date", "date", "date", min="1900-01-01"),
    ),
    is_ordered=False,
    is_extra_allowed=True,
)


@dataclass(frozen=True, eq=False)
class Deaths:
    """Who died, and when."""

    rows: pl.DataFrame  #: person_id (text in its normal form, once each), death_date.
    name: str  #: Of the file.
    #: `n_read`, `n_rejected`: rows of the file; those with a fault, or of persons who died on
    #: several days.
    n_read: int
    n_rejected: int


def read_deaths(path: Path, mapping: FileMapping, extraction: date, max_share: float) -> Deaths:
    """Read a table of deaths, text or Parquet.

    `mapping`: of the register; what its [file] says of dates, encoding and missing values holds
    here too, where [deaths_file] does not say otherwise. `extraction`: deaths after it are faults.
    `max_share`: largest share of rows that may be bad, 0 to 1. Raises SourceError: the file is
    refused whole; RejectedRowsError: too many bad rows.
    """
    contract = _contract(path, mapping, extraction)
    blocks = list(read_blocks(path, contract))
    rows = pl.concat([b.rows for b in blocks]).drop("line")
    place = f"{path.name}, column {contract.column('person_id').shown!r}"
    rows = rows.with_columns(normal_ids(rows["person_id"], place, Remarks())).unique()
    kept = rows.filter(~pl.col("person_id").is_duplicated())
    n_read = sum(b.n_read for b in blocks)
    n_rejected = sum(b.n_rejected for b in blocks) + rows.height - kept.height
    what = "deaths cannot be used, or are of persons who died on several days"
    refuse_bad(path, blocks, n_rejected, max_share, what)
    return Deaths(kept, path.name, n_read, n_rejected)


def _contract(path: Path, mapping: FileMapping, extraction: date) -> Contract:
    contract, names = as_separated(path, mapping, CONTRACT)
    labels = {
        "person_id": only_column(names, PERSON_NAMES, path, "the person"),
        "death_date": only_column(names, _DATE, path, "the day of death"),
    }
    late = f"lies after the extraction date {extraction.isoformat()}"
    return replace(
        contract,
        columns=tuple(replace(c, label=labels[c.name]) for c in contract.columns),
        rules=(not_after("death_date", extraction, late),),
    )


def as_separated(
    path: Path, mapping: FileMapping, contract: Contract
) -> tuple[Contract, list[str]]:
    """Return a contract as a register's mapping has it, told the file's separator; the names."""
    written = mapping.beside(contract).applied(contract)
    separated = [replace(written, separator=s) for s in (",", ";", "\t", "|")]
    names = max((column_names(path, c) for c in separated), key=len)
    return next(c for c in separated if len(column_names(path, c)) == len(names)), names


def only_column(names: list[str], known: tuple[str, ...], path: Path, what: str) -> str:
    """Return the one name of a file that is among the known ones."""
    found = [name for name in names if name.casefold() in known]
    if len(found) != 1:
        raise SourceError(
            f"{path.name}, line 1: {len(found)} columns hold {what}; expected one of "
            f"{', '.join(map(repr, known))}. Came: {say_names(names)}."
        )
    return found[0]
