"""Reads a plain spell table, one row per spell, CSV or Parquet; see ``spell_contract``."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

import polars as pl

from fmbstats.settings import SETTINGS
from fmbstats.sources.registers import encoding
from fmbstats.sources.registers.blocks import Block
from fmbstats.sources.registers.checking import as_rejects
from fmbstats.sources.registers.person_ids import normal_ids
from fmbstats.sources.registers.remarks import Remarks
from fmbstats.sources.registers.spell_contract import dated_contract
from fmbstats.sources.registers.spellsource import (
    At,
    RegisterSettings,
    SpellSource,
    Step,
    as_paths,
    source_of,
)

# Columns whose texts are read as numbers -> the number of a missing one.
_NUMBERED = {
    "code": 0, "code_last": 0, "code_longest": 0, "sex": 0, "county_code": encoding.UNKNOWN_COUNTY,
    "occupation": 0,
}  # fmt: skip
CANONICAL = {
    "spell_id": pl.Int64,
    "person_id": pl.String,
    "start_date": pl.Date,
    "last_date": pl.Date,
    "birth_year": pl.Int16,
    "degree_pct": pl.Int8,
    "entry_day": pl.Int16,
    "end_reason": pl.Int8,
    **dict.fromkeys(_NUMBERED, pl.Int32),
}
STEPS = (
    Step("person_texts", "stg_person_texts", "view"),
    Step("stg_repeats", "stg_plain_repeats"),
    Step("coded_spells", "stg_plain_coded", "view"),
    Step("raw_spells", "stg_plain_spells", "view"),
    Step("raw_segments", "stg_plain_segments", "view"),
    Step("stg_rejects", "stg_plain_rejects"),
    Step("stg_counts", "stg_plain_counts"),
)


def read(paths, settings: RegisterSettings) -> SpellSource:
    """Make a spell source of one or several spell tables.

    `paths`: text or Parquet, or folders of part files, all with the same columns.
    """
    files = as_paths(paths)
    remarks = Remarks()
    codes = encoding.CodeBook(remarks)
    values = {
        **dict.fromkeys(("code", "code_last", "code_longest"), codes.values),
        "sex": encoding.SEX_VALUES,
        "county_code": encoding.COUNTY_VALUES,
        "occupation": encoding.OCCUPATION_VALUES,
    }
    finish = partial(canonical_block, settings=settings, remarks=remarks)
    return source_of(
        files, settings, settings.info("paid_days"), dated_contract(settings), finish, values,
        steps=STEPS, person="person_id", days=("start_date", ("last_date",)), remarks=remarks,
        codes=codes,
    )  # fmt: skip


def canonical_block(block: Block, at: At, settings: RegisterSettings, remarks: Remarks) -> Block:
    """Fill in and pack the columns; reject what the entry day contradicts."""
    rows = _filled_in(block.rows, settings.extraction_date)
    block = _reject_before_entry(replace(block, rows=rows), at.file)
    persons, keys = _persons(block.rows["person_id"], f"{at.file}, column 'person_id'", remarks)
    rows = _packed(block.rows, keys)
    if not at.is_compared:
        return replace(block, rows=rows)
    compared = block.rows.select(
        encoding.traits("birth_year", "occupation", "degree_pct").alias("traits"),
        encoding.place(at.file_no).alias("place"),
    )
    texts = encoding.person_texts(persons, keys)
    return replace(block, rows=rows.hstack(compared), texts=texts)


def _persons(persons: pl.Series, where: str, remarks: Remarks) -> tuple[pl.Series, pl.Series]:
    """Persons in one form, and their keys."""
    keys = encoding.person_keys(persons)
    if not (keys < 0).any():
        return persons, keys
    persons = normal_ids(persons, where, remarks)
    return persons, encoding.person_keys(persons)


def _filled_in(rows: pl.DataFrame, extraction: date) -> pl.DataFrame:
    """Every column, and what follows from them.

    `n_days` is 0 for a spell that is ongoing on the day of extraction.
    """
    absent = {n: kind for n, kind in CANONICAL.items() if n not in rows.columns}
    rows = rows.with_columns(
        *(pl.lit(_NUMBERED.get(name), kind).alias(name) for name, kind in absent.items()),
        # Numbers that a mapping made of words are wider than those parsed as such.
        *(pl.col(n).cast(CANONICAL[n]) for n, k in rows.schema.items() if CANONICAL.get(n, k) != k),
    )
    first, last = (pl.col(n).to_physical() for n in ("start_date", "last_date"))
    is_ended = (pl.col("last_date") <= extraction).fill_null(False)
    end_reason = pl.max_horizontal("end_reason", pl.lit(1, pl.Int8))
    is_employee = pl.col("occupation").is_in([0, encoding.OCCUPATION_NUMBERS["employed"]])
    by_occupation = pl.when(is_employee).then(SETTINGS.entry_day).otherwise(0)
    has_gaps = rows["entry_day"].null_count() > 0
    return rows.with_columns(
        pl.when(is_ended).then(last - first + 1).otherwise(0).alias("n_days"),
        pl.when(is_ended).then(end_reason).otherwise(0).alias("end_reason"),
        *([pl.coalesce("entry_day", by_occupation).cast(pl.Int16)] if has_gaps else []),
        encoding.years_of(rows["start_date"]).alias("start_year"),
    )


def _packed(rows: pl.DataFrame, person_key: pl.Series) -> pl.DataFrame:
    """Return what is known of a spell: few and wide columns are the quickest to pour."""
    cell = encoding.own_cell(
        "start_year", "sex", "birth_year", "county_code", "entry_day", "end_reason"
    )
    codes = (rows[name].to_numpy() for name in ("code", "code_last", "code_longest"))
    return rows.with_columns(pl.Series("other_codes", encoding.other_codes(*codes))).select(
        "spell_id",
        person_key,
        encoding.coded_cell(cell, "code", pl.col("n_days")).alias("coded_cell"),
        encoding.spell_traits("start_date", "degree_pct", "other_codes").alias("spell_traits"),
    )


def _reject_before_entry(block: Block, file: str) -> Block:
    day = pl.col("n_days")
    is_bad = block.rows.select(day.is_between(1, pl.col("entry_day")).alias("bad"))["bad"]
    if not is_bad.any():
        return block
    bad = block.rows.filter(is_bad)
    words = "the spell ends on day {}, but is in the register only after day {}"
    faults = bad.with_columns(
        pl.col("last_date").cast(pl.String).alias("text"),
        pl.format(words, day, "entry_day").alias("reason"),
    )
    return replace(
        block,
        rows=block.rows.filter(~is_bad),
        rejects=pl.concat([block.rejects, as_rejects(faults, file, "last_date")]),
        n_rejected=block.n_rejected + bad.height,
    )
