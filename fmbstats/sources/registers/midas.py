"""A MiDAS extract: tab-separated part-spell rows from Försäkringskassan.

One spell is (lopnr, FALL_FROM_DATUM) and has one row per degree period. Exact repetitions are
dropped; rows of one spell that disagree on its last day, the person's sex or birth year are all
rejected. The diagnosis may differ between rows: first, last and longest are kept; ``-00`` is a
missing one. FORSAKRADTYP_KOD decides the occupation and with it the entry day; persons insured in
other ways (0, 1, 9) are left out and counted. There is no end reason: every ended spell gets 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import polars as pl

from fmbstats.settings import SETTINGS
from fmbstats.sources.registers.blocks import Block
from fmbstats.sources.registers.contracts import (
    Column,
    Contract,
    not_after,
    not_before,
    not_younger,
    optional,
)
from fmbstats.sources.registers.encoding import (
    OCCUPATION_NUMBERS,
    SEX_NUMBERS,
    UNKNOWN_COUNTY,
    CodeBook,
    TextValues,
    county_number,
    own_cell,
    place,
    traits,
    years_of,
)
from fmbstats.sources.registers.mapping import is_stratum
from fmbstats.sources.registers.midas_spells import EMPLOYED, SPELL, spells_of_parts
from fmbstats.sources.registers.packed import PartOrder, PartTraits
from fmbstats.sources.registers.remarks import Remarks
from fmbstats.sources.registers.spell_contract import EARLIEST_START, ONGOING
from fmbstats.sources.registers.spellsource import (
    At,
    RegisterSettings,
    SpellSource,
    Step,
    as_paths,
    source_of,
)

OCCUPATION_OF = {
    8: "employed", 2: "unemployed", 3: "self_employed", 5: "self_employed", 6: "student",
    4: "parental_leave",
}  # fmt: skip
# By FORSAKRADTYP_KOD, 0 to 9; 0 for the kinds that are left out.
_OCCUPATION_NO = [OCCUPATION_NUMBERS.get(OCCUPATION_OF.get(kind, ""), 0) for kind in range(10)]
EXCLUDED_TYPES = (0, 1, 9)
SEX_OF = {"1": "men", "2": "women", "M": "men", "K": "women"}
DEGREES = (0.0, 0.25, 0.5, 0.75, 1.0)

_COLUMNS = (
    Column("lopnr", "int", "id", min=1, description="pseudonym of the person"),
    optional("DELFORMAN1_KOD", "text", "code"),
    optional("DELFORMAN2_KOD", "text", "code"),
    Column("OMFATTNING", "number", "share", DEGREES, description="degree of this period"),
    optional("DAGBELOPP", "number", "kronor"),
    Column("DEL_FROM_DATUM", "date", "date", min=EARLIEST_START),
    Column("DEL_TOM_DATUM", "date", "date", min=EARLIEST_START),
    optional("DEL_DAGAR_TOT", "int", "days"),
    optional("DEL_DAGAR_BRUTTO", "int", "days"),
    optional("DEL_DAGAR_NETTO", "number", "days"),
    optional("DEL_BELOPP_BRUTTO", "number", "kronor"),
    Column("FALL_FROM_DATUM", "date", "date", min=EARLIEST_START, description="day 1 of the spell"),
    optional("FALL_FROM_DATUM2", "date", "date"),
    Column(
        "FALL_TOM_DATUM", "date", "date", nullable=True, null_values=ONGOING,
        description="empty = ongoing",
    ),
    optional("FALL_DAGAR_TOT", "int", "days"),
    Column("FORSAKRADTYP_KOD", "int", "code", (*OCCUPATION_OF, *EXCLUDED_TYPES)),
    Column("DIAGNOS_KOD", "code", "code", nullable=True, null_values=("-00",)),
    Column("KON_KOD", "text", "code", tuple(SEX_OF)),
    Column("fodelsear", "int", "year", None, True, 1900, 2030),
    Column("KOMMUN_KOD", "text", "code", nullable=True, pattern=r"\d{4}"),
    optional("SSYK3", "text", "code"),
)  # fmt: skip
CONTRACT = Contract(
    name="midas",
    title="a MiDAS extract, one row per part of a spell",
    columns=_COLUMNS,
    separator="\t",
    is_ordered=False,
    is_extra_allowed=True,
    rules=(
        not_before("DEL_TOM_DATUM", "DEL_FROM_DATUM", "the part ends before it starts"),
        not_before("FALL_TOM_DATUM", "FALL_FROM_DATUM", "the spell ends before it starts"),
        not_before("DEL_FROM_DATUM", "FALL_FROM_DATUM", "the part starts before its spell"),
        not_after("DEL_TOM_DATUM", "FALL_TOM_DATUM", "the part ends after its spell"),
        not_younger("fodelsear", "FALL_FROM_DATUM"),
    ),
)
CONTRACTS = (CONTRACT,)

_USED = (
    "lopnr", "OMFATTNING", "DEL_FROM_DATUM", "DEL_TOM_DATUM", "FALL_FROM_DATUM", "FALL_TOM_DATUM",
    "FORSAKRADTYP_KOD", "DIAGNOS_KOD", "KON_KOD", "fodelsear", "KOMMUN_KOD",
)  # fmt: skip
STEPS = (
    Step("person_texts", "stg_person_texts", "view"),
    Step("coded_spells", "stg_incoming_spells", "view"),
    Step("raw_spells", "stg_plain_spells", "view"),
    Step("raw_segments", "stg_midas_segments", "view"),
)


@dataclass(frozen=True)
class MidasSettings(RegisterSettings):
    """Settings of a MiDAS extract."""

    #: Values of DELFORMAN2_KOD whose rows are left out, such as preventive benefit; the codes are
    #: not in public sources, so none by default.
    excluded_benefits: tuple[str, ...] = ()


def read(paths, settings: MidasSettings) -> SpellSource:
    """Make a spell source of one or several MiDAS extracts (text or Parquet)."""
    files = as_paths(paths)
    info = settings.info("paid_days")
    remarks = Remarks()
    codes = CodeBook(remarks)
    values = {
        "DIAGNOS_KOD": codes.values,
        "KON_KOD": TextValues(lambda text: SEX_NUMBERS.get(SEX_OF.get(text, "")), pl.Int32, 0),
        "KOMMUN_KOD": TextValues(lambda text: county_number(text[:2]), pl.Int32, UNKNOWN_COUNTY),
    }
    finish = partial(canonical_block, settings=settings, codes=codes)
    return source_of(
        files, settings, info, needed_columns(settings), finish, values, steps=STEPS,
        person="lopnr", days=("FALL_FROM_DATUM", ("FALL_TOM_DATUM",)), remarks=remarks,
        codes=codes, make_spells=partial(spells_of_parts, cutoff_date=info.cutoff_date),
        spell_key=SPELL, known_columns=settings.mapping.applied(CONTRACT),
    )  # fmt: skip


def needed_columns(settings: MidasSettings) -> Contract:
    """Return the contract with the columns that are used only; rows are judged by these."""
    used = _USED + (("DELFORMAN2_KOD",) if settings.excluded_benefits else ())
    extraction = settings.extraction_date
    late = f"starts after the extraction date {extraction.isoformat()}"
    written = settings.mapping.applied(CONTRACT)
    columns = (
        *(replace(c, is_required=True) for c in written.columns if c.name in used),
        *(c for c in written.columns if is_stratum(c.name)),
    )
    rules = (*CONTRACT.rules, not_after("FALL_FROM_DATUM", extraction, late))
    return replace(written, columns=columns, rules=rules)


def canonical_block(block: Block, at: At, settings: MidasSettings, codes: CodeBook) -> Block:
    """Pack part rows into few and wide columns, the quickest to pour."""
    rows = block.rows
    if settings.excluded_benefits:
        is_excluded = pl.col("DELFORMAN2_KOD").is_in(settings.excluded_benefits)
        rows = rows.filter(~is_excluded.fill_null(False))
    extraction: date = settings.extraction_date
    is_ended = (pl.col("FALL_TOM_DATUM") <= extraction).fill_null(False)
    kind = pl.col("FORSAKRADTYP_KOD")
    occupations = pl.Series(_OCCUPATION_NO, dtype=pl.Int32)
    rows = rows.with_columns(
        codes.check_sums.gather(rows["DIAGNOS_KOD"]).alias("check_sum"),
        years_of(rows["FALL_FROM_DATUM"]).alias("start_year"),
        occupations.gather(rows["FORSAKRADTYP_KOD"]).alias("occupation_no"),
        pl.when(kind == EMPLOYED).then(SETTINGS.entry_day).otherwise(0).alias("entry_day"),
        is_ended.cast(pl.Int64).alias("end_reason"),
        pl.when(pl.col("OMFATTNING") > 0)
        .then((pl.col("OMFATTNING") * 100).round())
        .alias("degree"),
    )
    cell = own_cell("start_year", "KON_KOD", "fodelsear", "KOMMUN_KOD", "entry_day", "end_reason")
    own_traits = traits("fodelsear", "occupation_no", "degree")
    rows = rows.select(
        pl.col("lopnr").alias("person_id"),
        pl.col("FALL_FROM_DATUM").alias("start_date"),
        pl.when(is_ended).then("FALL_TOM_DATUM").alias("last_date"),
        pl.min_horizontal("DEL_TOM_DATUM", pl.lit(extraction)).alias("part_end"),
        part_order("DEL_FROM_DATUM", "DEL_TOM_DATUM", "check_sum").alias("part_order"),
        pl.col("DIAGNOS_KOD").alias("code_no"),
        cell.alias("own_cell"),
        (own_traits + PartTraits.insured.put(kind.cast(pl.Int32))).alias("traits"),
        place(at.file_no).alias("place"),
    )
    return replace(block, rows=rows)


def part_order(start: str, end: str, check_sum: str) -> pl.Expr:
    """One number that orders parts by first day, length and code, whatever the row order.

    The code's place is a check sum: arbitrary, but the same in every file.
    """
    first, last = (pl.col(c).to_physical().cast(pl.Int64) for c in (start, end))
    length = (last - first).clip(0, PartOrder.length.most)
    return PartOrder.first_day.put(first) + PartOrder.length.put(length) + pl.col(check_sum)
