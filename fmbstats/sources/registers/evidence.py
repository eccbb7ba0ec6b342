"""What is known of persons beside their spells: further diagnoses, occupations, procedures.

It tells which cases of a recommendation are possible (:mod:`fmbstats.recommendations.case_rules`).
Further diagnoses and occupations may stand in the register's own files; anything else comes in a
table of its own, one person, day and fact a row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from fmbstats import codes
from fmbstats.sources.registers.blocks import column_names, read_blocks, refuse_bad
from fmbstats.sources.registers.contracts import Column, Contract, RowRule, not_after
from fmbstats.sources.registers.deaths import PERSON_NAMES, as_separated, only_column
from fmbstats.sources.registers.mapping import FileMapping
from fmbstats.sources.registers.person_ids import normal_ids
from fmbstats.sources.registers.remarks import Remarks

COMORBIDITY, OCCUPATION, PROCEDURE = KINDS = ("comorbidity", "occupation", "procedure")
SCHEMA = {
    "person_id": pl.String, "day": pl.Date, "evidence": pl.String, "value": pl.String,
}  # fmt: skip
_DATE_NAMES = ("date", "day", "datum", "inskrivningsdatum", "atgdatum", "indatum")
#: What a table of one kind calls its column of codes.
_VALUE_NAMES = {
    COMORBIDITY: ("comorbidity", "diagnosis", "diagnos", "icd10", "bidiagnos"),
    OCCUPATION: ("occupation", "ssyk", "ssyk3", "ssyk4", "yrke"),
    PROCEDURE: ("procedure", "kva", "kvå", "atgard", "åtgärd", "op"),
}
_FORMS = {OCCUPATION: r"^\d{1,4}$", PROCEDURE: r"^[A-Z]{1,3}[A-Z0-9]{0,4}$"}


def _is_malformed() -> pl.Expr:
    value, kind = pl.col("value").str.replace_all(r"[.\s]", "").str.to_uppercase(), "evidence"
    is_code = value.map_elements(codes.is_code, return_dtype=pl.Boolean)
    fits = [
        (pl.col(kind) == COMORBIDITY) & is_code,
        *((pl.col(kind) == name) & value.str.contains(form) for name, form in _FORMS.items()),
    ]
    return ~pl.any_horizontal(fits)


CONTRACT = Contract(
    name="evidence",
    title="evidence: what is known of persons, one fact a row",
    columns=(
        Column("person_id", "text", "id", description="pseudonym, as in the register"),
        Column("date", "date", "date", min="1900-01-01"),
        Column("evidence", "text", "none", KINDS),
        Column("value", "text", "code", description="ICD-10-SE, SSYK or KVÅ"),
    ),
    is_ordered=False,
    is_extra_allowed=True,
    rules=(RowRule("value", "is no code of its kind", _is_malformed),),
)
CONTRACTS = (CONTRACT,)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Facts about persons."""

    #: person_id (text in its normal form), day, evidence (one of `KINDS`), value (a code without
    #: dot).
    rows: pl.DataFrame
    name: str  #: Of the file.
    n_read: int
    n_rejected: int


def read_evidence(path: Path, mapping: FileMapping, extraction: date, max_share: float) -> Evidence:
    """Read a table of evidence, text or Parquet.

    Either it has the columns person, date, evidence and value, or person, date and one column
    named for its kind (such as ``procedure`` or ``kva``, ``ssyk``, ``diagnosis``).

    `mapping`: of the register; what its [file] says of dates, encoding and missing values holds
    here too. `extraction`: facts of later days are faults. `max_share`: largest share of rows that
    may be bad, 0 to 1. Raises SourceError: the file is refused whole; RejectedRowsError: too many
    bad rows.
    """
    contract, names = as_separated(path, mapping, CONTRACT)
    contract, kind = _labelled(contract, names, path)
    late = f"lies after the extraction date {extraction.isoformat()}"
    contract = replace(contract, rules=(*contract.rules, not_after("date", extraction, late)))
    blocks = list(read_blocks(path, contract))
    rows = pl.concat([b.rows for b in blocks], how="diagonal_relaxed")
    if kind is not None:
        rows = rows.with_columns(pl.lit(kind).alias("evidence"))
        bad = rows.filter(_is_malformed())
        rows = rows.filter(~_is_malformed())
    n_read = sum(b.n_read for b in blocks)
    n_bad = sum(b.n_rejected for b in blocks) + (bad.height if kind is not None else 0)
    refuse_bad(path, blocks, n_bad, max_share, "rows of evidence cannot be used")
    place = f"{path.name}, column {contract.column('person_id').shown!r}"
    return Evidence(_normal(rows, place), path.name, n_read, n_bad)


def _labelled(contract: Contract, names: list[str], path: Path) -> tuple[Contract, str | None]:
    """Say what the file calls the columns, and of which kind all its rows are, if of one."""
    labels = {
        "person_id": only_column(names, PERSON_NAMES, path, "the person"),
        "date": only_column(names, _DATE_NAMES, path, "the day"),
    }
    kept = [c for c in contract.columns if c.name in ("evidence", "value")]
    kind = None
    if not {"evidence", "value"} <= {name.casefold() for name in names}:
        every = {n: k for k, known in _VALUE_NAMES.items() for n in known}
        labels["value"] = only_column(names, tuple(every), path, "the codes")
        kind = every[labels["value"].casefold()]
        kept = [c for c in kept if c.name == "value"]
        contract = replace(contract, rules=())
    own = [c for c in contract.columns if c.name in ("person_id", "date")] + kept
    columns = tuple(replace(c, label=labels.get(c.name, c.label)) for c in own)
    return replace(contract, columns=columns), kind


def _normal(rows: pl.DataFrame, place: str) -> pl.DataFrame:
    """Person's ids in their normal form, codes without dot, every fact once."""
    persons = normal_ids(rows["person_id"].cast(pl.String), place, Remarks())
    value = pl.col("value").cast(pl.String).str.replace_all(r"[.\s]", "").str.to_uppercase()
    return (
        rows.with_columns(persons.alias("person_id"), value, pl.col("date").alias("day"))
        .select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
        .drop_nulls()
        .unique()
    )


@dataclass(frozen=True)
class OwnColumns:
    """Where a register's own files hold evidence."""

    #: `person`, `day`: our names of the person and of the day that the fact is known from.
    person: str
    day: str
    values: Mapping[str, str]  #: Column → kind of evidence.
    withdrawn: str = ""  #: Column that is true where a row does not count; "" without one.


_FURTHER = dict.fromkeys(("code_2", "code_3"), COMORBIDITY)
OWN_COLUMNS = {
    "certificates": OwnColumns("person_id", "from_1", _FURTHER, "is_withdrawn"),
    "spells": OwnColumns("person_id", "start_date", _FURTHER | {"ssyk": OCCUPATION}),
    "midas": OwnColumns("lopnr", "FALL_FROM_DATUM", {"SSYK3": OCCUPATION}),
}


def own_evidence(files: Sequence[Path], contract: Contract, kinds: Collection[str]) -> pl.DataFrame:
    """Read what a register's own files tell beside its spells; mostly nothing.

    They are read once more, and only for these columns: a build without rules that ask for them
    pays nothing.

    `contract`: the register's, as its files call the columns. `kinds`: what rules ask for. Returns
    a frame with the columns of `SCHEMA`.
    """
    own = OWN_COLUMNS.get(contract.name)
    found = [pl.DataFrame(schema=SCHEMA)]
    if own is None:
        return found[0]
    for path in files:
        there = {name.casefold() for name in column_names(path, contract)}
        wanted = {
            name: kind
            for name, kind in own.values.items()
            if kind in kinds and contract.column(name).shown.casefold() in there
        }
        if wanted:
            found += _own_rows(path, contract, own, wanted)
    return pl.concat(found).unique()


def read_few(
    path: Path, contract: Contract, own: OwnColumns, names: Collection[str]
) -> pl.DataFrame:
    """Read a register's file once more, for a few columns beside the person and the day."""
    names = {own.person, own.day, own.withdrawn, *names}
    few = replace(
        contract,
        columns=tuple(replace(c, is_required=False) for c in contract.columns if c.name in names),
        rules=(),
        is_extra_allowed=True,
    )
    rows = pl.concat([b.rows for b in read_blocks(path, few)], how="diagonal_relaxed")
    if own.withdrawn in rows.columns:
        rows = rows.filter(~pl.col(own.withdrawn).fill_null(False))
    return rows


def _own_rows(
    path: Path, contract: Contract, own: OwnColumns, wanted: Mapping[str, str]
) -> list[pl.DataFrame]:
    rows = read_few(path, contract, own, wanted)
    place = f"{path.name}, column {contract.column(own.person).shown!r}"
    return [
        _normal(
            rows.select(
                pl.col(own.person).alias("person_id"),
                pl.col(own.day).alias("date"),
                pl.lit(kind).alias("evidence"),
                pl.col(name).alias("value"),
            ).filter(pl.col("value").is_not_null()),
            place,
        )
        for name, kind in wanted.items()
    ]
