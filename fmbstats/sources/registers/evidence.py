"""What is known of persons beside their spells: deaths, further diagnoses, occupations, strata.

Deaths are for registers that do not know why a spell ended. Evidence tells which cases of a
recommendation are possible (:mod:`fmbstats.recommendations.case_rules`): further diagnoses and
occupations may stand in the register's own files; anything else comes in a table of its own, one
person, day and fact a row. Free strata (unit, profession, municipality …) a mapping names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from fmbstats import codes
from fmbstats.errors import SourceError
from fmbstats.sources.registers.blocks import column_names, read_blocks, refuse_bad
from fmbstats.sources.registers.contracts import (
    SEPARATORS,
    Column,
    Contract,
    RowRule,
    not_after,
    say_names,
)
from fmbstats.sources.registers.mapping import FileMapping, is_stratum
from fmbstats.sources.registers.person_ids import normal_ids
from fmbstats.sources.registers.remarks import Remarks

#: What tables of persons call them.
PERSON_NAMES = ("person_id", "person", "lopnr", "id")
_DEATH_NAMES = ("death_date", "date", "dodsdatum", "dödsdatum", "doddatum", "dödsdag")
_PERSON = Column("person_id", "text", "id", description="pseudonym, as in the register")
DEATHS = Contract(
    name="deaths",
    title="deaths, one person a row",
    columns=(_PERSON, Column("death_date", "date", "date", min="1900-01-01")),
    is_ordered=False,
    is_extra_allowed=True,
)


@dataclass(frozen=True, eq=False)
class PersonTable:
    """What a table beside a register tells of persons.

    Read with the register's mapping: what its [file] says of dates, encoding and missing values
    holds here too, where [deaths_file] or [evidence_file] does not say otherwise. Days after the
    extraction are faults. Raises SourceError: the file is refused whole; RejectedRowsError: a
    larger share of rows is bad than may be.
    """

    #: person_id in its normal form, and death_date (once each), or the columns of `SCHEMA`.
    rows: pl.DataFrame
    name: str  #: Of the file.
    #: `n_read`, `n_rejected`: rows of the file; those with a fault, or of persons who died on
    #: several days.
    n_read: int
    n_rejected: int


def read_deaths(
    path: Path, mapping: FileMapping, extraction: date, max_share: float
) -> PersonTable:
    """Read a table of deaths, text or Parquet; see `PersonTable`."""
    contract, names = as_separated(path, mapping, DEATHS)
    labels = {
        "person_id": only_column(names, PERSON_NAMES, path, "the person"),
        "death_date": only_column(names, _DEATH_NAMES, path, "the day of death"),
    }
    contract = _dated(contract, labels, "death_date", extraction)
    blocks = list(read_blocks(path, contract))
    rows = pl.concat([b.rows for b in blocks]).drop("line")
    persons = normal_ids(rows["person_id"], _place(path, contract, "person_id"), Remarks())
    rows = rows.with_columns(persons).unique()
    kept = rows.filter(~pl.col("person_id").is_duplicated())
    what = "deaths cannot be used, or are of persons who died on several days"
    n_bad = sum(b.n_rejected for b in blocks) + rows.height - kept.height
    return PersonTable(kept, path.name, refuse_bad(path, blocks, n_bad, max_share, what), n_bad)


def _dated(contract: Contract, labels: Mapping[str, str], day: str, extraction: date) -> Contract:
    """Say what the file calls the columns, and that no day is after the extraction."""
    late = not_after(day, extraction, f"lies after the extraction date {extraction.isoformat()}")
    columns = tuple(replace(c, label=labels.get(c.name, c.label)) for c in contract.columns)
    return replace(contract, columns=columns, rules=(*contract.rules, late))


def _place(path: Path, contract: Contract, person: str) -> str:
    return f"{path.name}, column {contract.column(person).shown!r}"


def as_separated(
    path: Path, mapping: FileMapping, contract: Contract
) -> tuple[Contract, list[str]]:
    """Return a contract as a register's mapping has it, told the file's separator; the names."""
    written = mapping.beside(contract).applied(contract)
    separated = [replace(written, separator=s) for s in SEPARATORS]
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
    tests = {COMORBIDITY: is_code} | {k: value.str.contains(form) for k, form in _FORMS.items()}
    return ~pl.any_horizontal((pl.col(kind) == name) & test for name, test in tests.items())


CONTRACT = Contract(
    name="evidence",
    title="evidence: what is known of persons, one fact a row",
    columns=(
        _PERSON,
        Column("date", "date", "date", min="1900-01-01"),
        Column("evidence", "text", "none", KINDS),
        Column("value", "text", "code", description="ICD-10-SE, SSYK or KVÅ"),
    ),
    is_ordered=False,
    is_extra_allowed=True,
    rules=(RowRule("value", "is no code of its kind", _is_malformed),),
)
CONTRACTS = (CONTRACT,)


def read_evidence(
    path: Path, mapping: FileMapping, extraction: date, max_share: float
) -> PersonTable:
    """Read a table of evidence, text or Parquet; see `PersonTable`.

    Either it has the columns person, date, evidence and value, or person, date and one column
    named for its kind (such as ``procedure`` or ``kva``, ``ssyk``, ``diagnosis``).
    """
    contract, names = as_separated(path, mapping, CONTRACT)
    labels = {
        "person_id": only_column(names, PERSON_NAMES, path, "the person"),
        "date": only_column(names, _DATE_NAMES, path, "the day"),
    }
    kind = None
    if not {"evidence", "value"} <= {name.casefold() for name in names}:
        every = {n: k for k, known in _VALUE_NAMES.items() for n in known}
        labels["value"] = only_column(names, tuple(every), path, "the codes")
        kind = every[labels["value"].casefold()]
        own = tuple(c for c in contract.columns if c.name != "evidence")
        contract = replace(contract, columns=own, rules=())
    contract = _dated(contract, labels, "date", extraction)
    blocks = list(read_blocks(path, contract))
    rows = pl.concat([b.rows for b in blocks], how="diagonal_relaxed")
    n_bad = sum(b.n_rejected for b in blocks)
    if kind is not None:
        rows = rows.with_columns(pl.lit(kind).alias("evidence"))
        n_read, rows = rows.height, rows.filter(~_is_malformed())
        n_bad += n_read - rows.height
    n_read = refuse_bad(path, blocks, n_bad, max_share, "rows of evidence cannot be used")
    place = _place(path, contract, "person_id")
    return PersonTable(_normal(rows, place), path.name, n_read, n_bad)


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
        if not wanted:
            continue
        rows = read_few(path, contract, own, wanted)
        for name, kind in wanted.items():
            facts = rows.select(
                pl.col(own.person).alias("person_id"),
                pl.col(own.day).alias("date"),
                pl.lit(kind).alias("evidence"),
                pl.col(name).alias("value"),
            ).filter(pl.col("value").is_not_null())
            found.append(_normal(facts, _place(path, contract, own.person)))
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


#: More different values are no groups to compare.
MOST_VALUES = 1000


def own_strata(files: Sequence[Path], contract: Contract) -> pl.DataFrame:
    """Read the free strata of a register's own files, and nothing else of them.

    The files are read once more, so that a register without strata pays nothing.

    `contract`: the register's, with its columns of strata. Returns the columns person_id (text in
    its normal form), day (a first day) and stratum_1 to stratum_3; one row per person and day, the
    first of the files where they have several. Raises SourceError: a column has so many values that
    it is no stratum.
    """
    own = OWN_COLUMNS[contract.name]
    strata = [c.name for c in contract.columns if is_stratum(c.name)]
    read = (read_few(path, contract, own, strata) for path in files)
    rows = pl.concat(read, how="diagonal_relaxed")
    for name in strata:
        n_values = rows[name].n_unique()
        if n_values > MOST_VALUES:
            raise SourceError(
                f"Column {contract.column(name).shown!r} has {n_values:,} different values; a "
                f"stratum has at most {MOST_VALUES:,}. Group them before, or leave it out of "
                "[strata]."
            )
    place = f"column {contract.column(own.person).shown!r}"
    persons = normal_ids(rows[own.person].cast(pl.String), place, Remarks())
    rows = rows.select(persons.alias("person_id"), pl.col(own.day).alias("day"), *strata)
    return rows.unique(["person_id", "day"], keep="first", maintain_order=True)
