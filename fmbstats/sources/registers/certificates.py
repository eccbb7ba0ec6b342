"""Sickness certificates (LISJP / FK 7804, older FK 7263): one row each, joined into spells.

Certificates of a person (one to four degree periods each) belong to one spell when at most
`gap_days` whole days lie between a first day and the *latest* end so far. The length is the union
of the days, without gaps; a day covered twice belongs to the period that started first; withdrawn
certificates are left out. A spell's diagnosis is that of its first certificate (Försäkringskassan's
way); the last (Inera's) and the one with most days are kept too. Every ended spell gets reason 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import polars as pl

from fmbstats.settings import COUNTIES, SETTINGS
from fmbstats.sources.registers.blocks import Block, read_blocks
from fmbstats.sources.registers.contracts import (
    Column,
    Contract,
    RowRule,
    not_after,
    not_before,
    not_younger,
    optional,
)
from fmbstats.sources.registers.encoding import TextValues, normalised
from fmbstats.sources.registers.packed import CertificateOrder
from fmbstats.sources.registers.person_ids import normal_ids
from fmbstats.sources.registers.remarks import Remarks
from fmbstats.sources.registers.spell_contract import EARLIEST_START
from fmbstats.sources.registers.spellsource import (
    At,
    RegisterSettings,
    SpellSource,
    Step,
    as_paths,
    source_of,
)

DEGREE_OF = {"HELT_NEDSATT": 100, "TRE_FJARDEDEL": 75, "HALFTEN": 50, "EN_FJARDEDEL": 25}
OCCUPATION_OF = {
    "NUVARANDE_ARBETE": "employed",
    "ARBETSSOKANDE": "unemployed",
    "EGET_FORETAG": "self_employed",
    "STUDIER": "student",
    "FORALDRALEDIG": "parental_leave",
}
PROGNOSIS_DAYS = (30, 60, 90, 180, 365)
N_PERIODS = 4
_ICF = r"[bdseBDSE]\d{1,5}(?:\.\d+)?"
ICF_LIST = rf"{_ICF}(?:[\s,;]+{_ICF})*"


def _period_columns(number: int) -> tuple[Column, ...]:
    is_later = number > 1
    return (
        Column(f"degree_{number}", "text", "none", tuple(DEGREE_OF), nullable=is_later),
        Column(f"from_{number}", "date", "date", nullable=is_later, min=EARLIEST_START),
        Column(f"to_{number}", "date", "date", nullable=is_later, min=EARLIEST_START),
    )


_COLUMNS = (
    Column("certificate_id", "text", "id"),
    Column("person_id", "text", "id", description="pseudonym of the patient"),
    optional("unit_id", "text", "code", description="the care unit that issued it"),
    optional("care_giver_id", "text", "code", is_used=False),
    optional(
        "profession", "text", "none",
        description="of who signed it, in the extract's own words: physician, dentist …",
    ),
    optional(
        "speciality", "text", "none", description="of who signed it, in the extract's own words",
    ),
    Column("signed_date", "date", "date", min=EARLIEST_START),
    Column("code", "code", "code", description="main diagnosis"),
    optional("code_2", "code", "code"),
    optional("code_3", "code", "code"),
    *(column for number in range(1, N_PERIODS + 1) for column in _period_columns(number)),
    Column(
        "occupation", "text", "none", tuple(OCCUPATION_OF), nullable=True,
        description="LISJP's kinds; EGET_FORETAG where the extract tells it apart",
    ),
    optional("prognosis_days", "int", "days", PROGNOSIS_DAYS),
    optional(
        "reason_longer", "text", "none", is_prose=True,
        description="37.1: why longer than FMB; its presence is what counts",
    ),
    optional(
        "icf_codes", "text", "none", pattern=ICF_LIST,
        description="ICF codes of functions and activities, such as 'b130 d240', parted by "
        "blanks, commas or semicolons",
    ),
    optional(
        "is_fmb_shown", "bool", "none",
        description="whether the journal system showed FMB while the certificate was written",
    ),
    optional("is_fmb_opened", "bool", "none", description="whether it was opened"),
    Column("is_withdrawn", "bool", "none", description="true or false"),
    Column("sex", "text", "none", ("women", "men"), nullable=True),
    Column("birth_year", "int", "year", None, True, 1900, 2030),
    Column("county_code", "text", "code", COUNTIES, nullable=True),
)  # fmt: skip


def _period_rules(number: int) -> tuple[RowRule, ...]:
    parts = degree, start, end = f"degree_{number}", f"from_{number}", f"to_{number}"
    lacking = f"period {number} lacks its degree, first or last day"
    return (
        not_before(end, start, f"period {number} ends before it starts"),
        RowRule(degree, lacking, lambda: pl.sum_horizontal(pl.col(parts).is_null()).is_in([1, 2])),
    )


CONTRACT = Contract(
    name="certificates",
    title="sickness certificates, one row each",
    columns=_COLUMNS,
    is_ordered=False,
    is_extra_allowed=True,
    rules=(
        *(rule for number in range(1, N_PERIODS + 1) for rule in _period_rules(number)),
        not_younger("birth_year", "from_1"),
    ),
)
CONTRACTS = (CONTRACT,)

INCOMING = {
    "certificate_id": pl.String, "period": pl.Int8, "person_id": pl.String,
    "part_start": pl.Date, "part_end": pl.Date, "degree_pct": pl.Int8,
    "code": pl.String, "code_key": pl.UInt32, "occupation": pl.String,
    "is_withdrawn": pl.Boolean, "sex": pl.String, "birth_year": pl.Int16,
    "county_code": pl.String, "part_order": pl.Int64, "content": pl.UInt64,
    "file_no": pl.UInt16, "line": pl.UInt32,
}  # fmt: skip
STEPS = (
    Step("stg_certificate_repeats", "stg_certificate_repeats"),
    Step("stg_certificate_parts", "stg_certificate_parts", "view"),
    Step("stg_certificate_spells", "stg_certificate_spells"),
    Step("stg_gap_parts", "stg_certificate_gap_parts"),
    Step("stg_several", "stg_certificate_several"),
    Step("raw_spells", "stg_certificate_raw_spells", "view"),
    Step("raw_segments", "stg_certificate_segments", "view"),
    Step("stg_rejects", "stg_certificate_rejects"),
    Step("stg_counts", "stg_certificate_counts"),
)


@dataclass(frozen=True)
class CertificateSettings(RegisterSettings):
    """Settings of a table of certificates."""

    #: Employees' spells enter after this day. 14 when the table holds what reaches
    #: Försäkringskassan; 0 when it holds every certificate written.
    employee_entry_day: int = SETTINGS.entry_day


@dataclass(frozen=True, eq=False)
class Certificates:
    """Checked certificates, one row each."""

    #: The contract's columns as far as the files have them, typed, but `is_withdrawn`: none that
    #: was withdrawn is in it. Degrees are percent (25, 50, 75, 100), occupations the project's,
    #: diagnoses in their normal form, days dates; `reason_longer` is the text of field 37.1, null
    #: where the recommendation was not exceeded with a reason.
    rows: pl.DataFrame
    rejects: pl.DataFrame  #: file, line, column, value, reason; one row per faulty value.
    #: `n_read`, `n_duplicates`, `n_rejected`, `n_withdrawn`: certificates read; exact repetitions
    #: dropped; those with a fault, or with an id that occurs again with other content; withdrawn
    #: ones: the rest are the rows.
    n_read: int
    n_duplicates: int
    n_rejected: int
    n_withdrawn: int


def read(paths, settings: CertificateSettings) -> SpellSource:
    """Make a spell source of one or several tables of certificates (text or Parquet)."""
    files = as_paths(paths)
    contract, remarks = dated_contract(settings), Remarks()
    finish = partial(canonical_block, person=contract.column("person_id").shown, remarks=remarks)
    return source_of(
        files, settings, settings.info("certificate_days"), contract, finish, _values(remarks),
        steps=STEPS, person="person_id", remarks=remarks,
        days=("from_1", [f"to_{number}" for number in range(1, N_PERIODS + 1)]),
        parameters={"employee_entry_day": settings.employee_entry_day},
    )  # fmt: skip


def _values(remarks: Remarks) -> dict[str, TextValues]:
    """Return what stands for the texts of columns."""
    code = TextValues(partial(normalised, remarks=remarks), pl.String)
    return {
        **dict.fromkeys(("code", "code_2", "code_3"), code),
        "occupation": TextValues(OCCUPATION_OF.get, pl.String),
        **{f"degree_{n}": TextValues(DEGREE_OF.get, pl.Int8) for n in range(1, N_PERIODS + 1)},
    }


def dated_contract(settings: CertificateSettings) -> Contract:
    """Return the contract with the rules of the extraction date."""
    extraction = settings.extraction_date
    late = (
        not_after(name, extraction, f"{word} after the extraction date {extraction.isoformat()}")
        for name, word in (("from_1", "starts"), ("signed_date", "is signed"))
    )
    return settings.mapping.applied(replace(CONTRACT, rules=(*CONTRACT.rules, *late)))


def canonical_block(block: Block, at: At, person: str, remarks: Remarks) -> Block:
    """One row per period, with the project's names, types and values."""
    persons = normal_ids(block.rows["person_id"], f"{at.file}, column {person!r}", remarks)
    rows = block.rows.with_columns(persons)
    content = [name for name in rows.columns if name != "line"]
    rows = rows.with_columns(
        pl.struct(content).hash(seed=0).alias("content"),
        pl.lit(at.file_no).alias("file_no"),
        # Four bytes stand for the code where only "the same or another" is asked.
        (pl.col("code").hash(seed=0) % 2**32).alias("code_key"),
    )
    periods = pl.concat(_periods(rows, number) for number in range(1, N_PERIODS + 1))
    return replace(block, rows=periods)


def _periods(rows: pl.DataFrame, number: int) -> pl.DataFrame:
    start, end, degree = f"from_{number}", f"to_{number}", f"degree_{number}"
    if number > 1:
        rows = rows.filter(pl.col(degree).is_not_null())
    day = pl.col(start).to_physical().cast(pl.Int64)
    signed = pl.col("signed_date").to_physical().cast(pl.Int64)
    # First day, then signing day, then a number that depends on the content alone.
    content = (pl.col("content") % (CertificateOrder.content.most + 1)).cast(pl.Int64)
    order = CertificateOrder.day.put(day) + CertificateOrder.signed.put(signed) + content
    return rows.with_columns(
        pl.lit(number).alias("period"),
        pl.col(start).alias("part_start"),
        pl.col(end).alias("part_end"),
        pl.col(degree).alias("degree_pct"),
        order.alias("part_order"),
    ).select(pl.col(name).cast(kind) for name, kind in INCOMING.items())


def read_certificates(paths, settings: CertificateSettings) -> Certificates:
    """Read certificates as they were issued, one row each, for questions about their writing.

    Raises SourceError: a file is refused whole.
    """
    contract = dated_contract(settings)
    values = _values(Remarks())
    blocks = [b for path in as_paths(paths) for b in read_blocks(path, contract, values=values)]
    rows = pl.concat([b.rows for b in blocks], how="diagonal_relaxed")
    content = [name for name in rows.columns if name != "line"]
    unique = rows.unique(content, keep="first", maintain_order=True)
    is_clear = ~pl.col("certificate_id").is_duplicated()
    kept = unique.filter(is_clear)
    return Certificates(
        rows=kept.filter(~pl.col("is_withdrawn")).drop("line", "is_withdrawn"),
        rejects=pl.concat([b.rejects for b in blocks]),
        n_read=sum(b.n_read for b in blocks),
        n_duplicates=sum(b.n_duplicates for b in blocks) + rows.height - unique.height,
        n_rejected=sum(b.n_rejected for b in blocks) + unique.height - kept.height,
        n_withdrawn=int(kept["is_withdrawn"].sum()),
    )
