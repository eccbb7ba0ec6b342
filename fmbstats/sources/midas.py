"""A MiDAS extract: tab-separated part-spell rows from Försäkringskassan.

One spell is (lopnr, FALL_FROM_DATUM) and has one row per degree period. Exact repetitions are
dropped; rows of one spell that disagree on its last day, the person's sex or birth year are all
rejected. The diagnosis may differ between rows: first, last and longest are kept; ``-00`` is a
missing one. FORSAKRADTYP_KOD decides the occupation and with it the entry day; persons insured in
other ways (0, 1, 9) are left out and counted. There is no end reason: every ended spell gets 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from fmbstats.sources.blocks import Block, normalise_codes, read_blocks
from fmbstats.sources.contracts import Column, Contract, RowRule
from fmbstats.sources.spellsource import (
    RegisterSettings,
    SpellSource,
    Step,
    as_paths,
    common_parameters,
)

OCCUPATION_OF = {
    8: "employed",
    2: "unemployed",
    3: "self_employed",
    5: "self_employed",
    6: "student",
    4: "parental_leave",
}
EXCLUDED_TYPES = (0, 1, 9)
SEX_OF = {"1": "men", "2": "women", "M": "men", "K": "women"}
DEGREES = (0.0, 0.25, 0.5, 0.75, 1.0)
_OPEN = ("9999-12-31",)
_EARLIEST = "1990-01-01"

_COLUMNS = (
    Column("lopnr", "int", "id", min=1, description="pseudonym of the person"),
    Column("DELFORMAN1_KOD", "text", "code", nullable=True, is_required=False),
    Column("DELFORMAN2_KOD", "text", "code", nullable=True, is_required=False),
    Column("OMFATTNING", "number", "share", DEGREES, description="degree of this period"),
    Column("DAGBELOPP", "number", "kronor", nullable=True, is_required=False),
    Column("DEL_FROM_DATUM", "date", "date", min=_EARLIEST),
    Column("DEL_TOM_DATUM", "date", "date", min=_EARLIEST),
    Column("DEL_DAGAR_TOT", "int", "days", nullable=True, is_required=False),
    Column("DEL_DAGAR_BRUTTO", "int", "days", nullable=True, is_required=False),
    Column("DEL_DAGAR_NETTO", "number", "days", nullable=True, is_required=False),
    Column("DEL_BELOPP_BRUTTO", "number", "kronor", nullable=True, is_required=False),
    Column("FALL_FROM_DATUM", "date", "date", min=_EARLIEST, description="day 1 of the spell"),
    Column("FALL_FROM_DATUM2", "date", "date", nullable=True, is_required=False),
    Column(
        "FALL_TOM_DATUM",
        "date",
        "date",
        nullable=True,
        null_values=_OPEN,
        description="empty = ongoing",
    ),
    Column("FALL_DAGAR_TOT", "int", "days", nullable=True, is_required=False),
    Column("FORSAKRADTYP_KOD", "int", "code", (*OCCUPATION_OF, *EXCLUDED_TYPES)),
    Column("DIAGNOS_KOD", "code", "code", nullable=True, null_values=("-00",)),
    Column("KON_KOD", "text", "code", tuple(SEX_OF)),
    Column("fodelsear", "int", "year", None, True, 1900, 2030),
    Column("KOMMUN_KOD", "text", "code", nullable=True, pattern=r"\d{4}"),
    Column("SSYK3", "text", "code", nullable=True, is_required=False),
)
CONTRACT = Contract(
    name="midas",
    title="a MiDAS extract, one row per part of a spell",
    columns=_COLUMNS,
    separator="\t",
    is_ordered=False,
    is_extra_allowed=True,
    rules=(
        RowRule(
            "DEL_TOM_DATUM",
            "the part ends before it starts",
            lambda: pl.col("DEL_TOM_DATUM") < pl.col("DEL_FROM_DATUM"),
        ),
        RowRule(
            "FALL_TOM_DATUM",
            "the spell ends before it starts",
            lambda: pl.col("FALL_TOM_DATUM") < pl.col("FALL_FROM_DATUM"),
        ),
        RowRule(
            "DEL_FROM_DATUM",
            "the part starts before its spell",
            lambda: pl.col("DEL_FROM_DATUM") < pl.col("FALL_FROM_DATUM"),
        ),
        RowRule(
            "DEL_TOM_DATUM",
            "the part ends after its spell",
            lambda: pl.col("DEL_TOM_DATUM") > pl.col("FALL_TOM_DATUM"),
        ),
    ),
)
CONTRACTS = (CONTRACT,)

_USED = (
    "lopnr", "OMFATTNING", "DEL_FROM_DATUM", "DEL_TOM_DATUM", "FALL_FROM_DATUM", "FALL_TOM_DATUM",
    "FORSAKRADTYP_KOD", "DIAGNOS_KOD", "KON_KOD", "fodelsear", "KOMMUN_KOD",
)  # fmt: skip
INCOMING = {
    "person_id": pl.Int64,
    "start_date": pl.Date,
    "last_date": pl.Date,
    "part_start": pl.Date,
    "part_end": pl.Date,
    "degree_pct": pl.Int8,
    "insured_type": pl.Int8,
    "code": pl.String,
    "sex": pl.String,
    "birth_year": pl.Int16,
    "county_code": pl.String,
    "part_order": pl.Int64,
    "file_no": pl.UInt16,
    "line": pl.UInt32,
}
STEPS = (
    Step("stg_spells_of_parts", "stg_midas_spells"),
    Step("stg_longest", "stg_midas_longest"),
    Step("raw_spells", "stg_midas_raw_spells", "view"),
    Step("raw_segments", "stg_midas_segments", "view"),
    Step("stg_rejects", "stg_midas_rejects"),
    Step("stg_counts", "stg_midas_counts"),
)


@dataclass(frozen=True)
class MidasSettings(RegisterSettings):
    """Settings of a MiDAS extract.

    Attributes
    ----------
    excluded_benefits : tuple of str
        Values of DELFORMAN2_KOD whose rows are left out, such as preventive benefit; the codes
        are not in public sources, so none by default.
    """

    excluded_benefits: tuple[str, ...] = ()


def read(paths, settings: MidasSettings) -> SpellSource:
    """Make a spell source of one or several MiDAS extracts (text or Parquet)."""
    files = as_paths(paths)
    info = settings.info("paid_days", files)
    contract = needed_columns(settings)

    def blocks() -> Iterator[Block]:
        for number, path in enumerate(files, start=1):
            for block in read_blocks(path, contract):
                yield canonical_block(block, settings, number)

    return SpellSource(info, blocks, STEPS, common_parameters(info), files)


def needed_columns(settings: MidasSettings) -> Contract:
    """Return the contract with the columns that are used only; rows are judged by these."""
    used = _USED + (("DELFORMAN2_KOD",) if settings.excluded_benefits else ())
    extraction = settings.extraction_date
    late = RowRule(
        "FALL_FROM_DATUM",
        f"starts after the extraction date {extraction.isoformat()}",
        lambda: pl.col("FALL_FROM_DATUM") > extraction,
    )
    return replace(
        CONTRACT,
        columns=tuple(replace(c, is_required=True) for c in CONTRACT.columns if c.name in used),
        rules=(*CONTRACT.rules, late),
    )


def canonical_block(block: Block, settings: MidasSettings, file_no: int) -> Block:
    """Give part rows the project's names, types and values."""
    rows = block.rows
    if settings.excluded_benefits:
        is_excluded = pl.col("DELFORMAN2_KOD").is_in(settings.excluded_benefits)
        rows = rows.filter(~is_excluded.fill_null(False))
    rows = normalise_codes(rows, ["DIAGNOS_KOD"])
    extraction: date = settings.extraction_date
    part_end = pl.min_horizontal("DEL_TOM_DATUM", pl.lit(extraction))
    rows = rows.select(
        pl.col("lopnr").alias("person_id"),
        pl.col("FALL_FROM_DATUM").alias("start_date"),
        pl.when(pl.col("FALL_TOM_DATUM") <= extraction).then("FALL_TOM_DATUM").alias("last_date"),
        pl.col("DEL_FROM_DATUM").alias("part_start"),
        part_end.alias("part_end"),
        (pl.col("OMFATTNING") * 100).round().alias("degree_pct"),
        pl.col("FORSAKRADTYP_KOD").alias("insured_type"),
        pl.col("DIAGNOS_KOD").alias("code"),
        pl.col("KON_KOD").replace_strict(SEX_OF).alias("sex"),
        pl.col("fodelsear").alias("birth_year"),
        pl.col("KOMMUN_KOD").str.slice(0, 2).alias("county_code"),
        part_order("DEL_FROM_DATUM", "DEL_TOM_DATUM", "DIAGNOS_KOD").alias("part_order"),
        pl.lit(file_no).alias("file_no"),
        "line",
    )
    return replace(block, rows=rows.select(pl.col(n).cast(kind) for n, kind in INCOMING.items()))


def part_order(start: str, end: str, code: str) -> pl.Expr:
    """One number that orders parts by first day, length and code, whatever the row order.

    The code's place is a hash: arbitrary, but the same in every file.
    """
    day = pl.col(start).to_physical().cast(pl.Int64)
    length = (pl.col(end) - pl.col(start)).dt.total_days().clip(0, 65_535)
    spread = (pl.col(code).fill_null("").hash(seed=0) % 65_536).cast(pl.Int64)
    return day * 2**32 + length * 2**16 + spread
