"""A plain spell table, one row per spell, CSV or Parquet, with a column mapping in TOML.

Without a mapping the columns are called as in the canonical spell frame. A mapping::

    [register]
    name = "Region Exempel 2014-2018"
    extraction_date = 2019-06-30
    length_basis = "paid_days"      # or certificate_days, episode_days
    gap_days = 5
    lag_days = 30

    [file]
    separator = ";"

    [columns]                       # ours = theirs
    person_id = "lopnr"
    start_date = "from"
    last_date = "tom"
    code = "diagnos"
    sex = "kon"

    [values.sex]                    # theirs = ours
    1 = "men"
    2 = "women"

Required: person_id, start_date, last_date (empty = ongoing), code. Everything else may be
absent: the entry day then follows from the occupation (14 employees, 0 others, 14 when unknown).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from fmbstats.errors import SourceError, UnknownNameError
from fmbstats.sources.blocks import Block, read_blocks
from fmbstats.sources.checking import REJECTS_SCHEMA
from fmbstats.sources.contracts import Column, Contract, RowRule
from fmbstats.sources.encoding import (
    COUNTY_VALUES,
    OCCUPATION_NUMBERS,
    OCCUPATION_VALUES,
    SEX_VALUES,
    UNKNOWN_COUNTY,
    CodeBook,
    TextValues,
    coded_cell,
    own_cell,
    person_keys,
    person_texts,
    place,
    spell_traits,
    traits,
    years_of,
)
from fmbstats.sources.spellsource import (
    RegisterSettings,
    SpellSource,
    Step,
    as_paths,
    common_parameters,
)
from fmbstats.sources.textfiles import check_form

LENGTH_BASES = ("paid_days", "certificate_days", "episode_days")
OCCUPATIONS = ("employed", "unemployed", "self_employed", "student", "parental_leave")
COUNTIES = tuple(f"{n:02}" for n in (1, *range(3, 11), 12, 13, 14, *range(17, 26)))
EMPLOYEE_ENTRY_DAY = 14
EARLIEST_START = "1990-01-01"

_OPEN = ("9999-12-31",)
_COLUMNS = (
    Column("spell_id", "int", "id", min=1, is_required=False),
    Column("person_id", "text", "id", description="pseudonym; equal for a person's spells"),
    Column("start_date", "date", "date", min=EARLIEST_START, description="first day, day 1"),
    Column(
        "last_date", "date", "date", nullable=True, null_values=_OPEN, description="empty = ongoing"
    ),
    Column("code", "code", "code", description="first diagnosis"),
    Column("code_last", "code", "code", nullable=True, is_required=False),
    Column("code_longest", "code", "code", nullable=True, is_required=False),
    Column("sex", "text", "none", ("women", "men"), nullable=True, is_required=False),
    Column("birth_year", "int", "year", None, True, 1900, 2030, is_required=False),
    Column("county_code", "text", "code", COUNTIES, nullable=True, is_required=False),
    Column("occupation", "text", "none", OCCUPATIONS, nullable=True, is_required=False),
    Column("degree_pct", "int", "percent", (25, 50, 75, 100), nullable=True, is_required=False),
    Column("entry_day", "int", "days", None, True, 0, 364, is_required=False),
    Column("end_reason", "int", "none", (0, 1, 2, 3, 4, 5), nullable=True, is_required=False),
)
CONTRACT = Contract(
    name="spells",
    title="a plain spell table, one row per spell",
    columns=_COLUMNS,
    key=(),
    is_ordered=False,
    rules=(
        RowRule(
            "last_date",
            "the spell ends before it starts",
            lambda: pl.col("last_date") < pl.col("start_date"),
        ),
    ),
)
CONTRACTS = (CONTRACT,)

# Columns whose texts are read as numbers -> the number of a missing one.
_NUMBERED = {
    "code": 0, "code_last": 0, "code_longest": 0, "sex": 0, "county_code": UNKNOWN_COUNTY,
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


@dataclass(frozen=True)
class SpellMapping:
    """How a user's spell table is to be read.

    Attributes
    ----------
    settings : RegisterSettings
    length_basis : str
    separator, encoding : str
    columns : dict of str to str
        Our column name → the file's.
    values : dict of str to dict
        Per column: the file's value → ours.
    """

    settings: RegisterSettings
    length_basis: str = "paid_days"
    separator: str = ","
    encoding: str = "utf-8"
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)


def read_mapping(path: str | Path) -> SpellMapping:
    """Read a column mapping.

    Raises
    ------
    SourceError
        No TOML; an unknown section, key or column; no extraction date.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SourceError(f"{path.name}: no such file in {path.parent}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{path.name}: is not TOML ({error}).") from None
    _refuse_unknown(path, "section", content, ("register", "file", "columns", "values"))
    register, file = content.get("register", {}), content.get("file", {})
    known = ("name", "extraction_date", "is_synthetic", "gap_days", "lag_days", "length_basis")
    _refuse_unknown(path, "key in [register]", register, known)
    _refuse_unknown(path, "key in [file]", file, ("separator", "encoding"))
    check_form(path, "file", file)
    for section in ("columns", "values"):
        _refuse_unknown(path, f"column in [{section}]", content.get(section, {}), CONTRACT.names)
    basis = register.pop("length_basis", "paid_days")
    if basis not in LENGTH_BASES:
        raise SourceError(
            f"{path.name}, [register] length_basis: {basis!r} is not one of "
            f"{', '.join(map(repr, LENGTH_BASES))}."
        )
    if not isinstance(register.get("extraction_date"), date):
        raise SourceError(
            f"{path.name}, [register] extraction_date: expected a date such as 2019-06-30; without "
            "it nobody knows which spells are still ongoing."
        )
    return SpellMapping(
        settings=RegisterSettings(**register),
        length_basis=basis,
        columns=content.get("columns", {}),
        values={c: {str(k): v for k, v in m.items()} for c, m in content.get("values", {}).items()},
        **file,
    )


def _refuse_unknown(path: Path, kind: str, found, known) -> None:
    for name in found:
        if name not in known:
            raise UnknownNameError.among(f"{path.name}: {kind}", name, known)


def mapped_contract(mapping: SpellMapping) -> Contract:
    """Return the contract in the words of the user's file."""
    columns = []
    for column in CONTRACT.columns:
        name = mapping.columns.get(column.name, column.name)
        allowed = column.allowed
        if column.name in mapping.values:
            allowed = tuple(mapping.values[column.name])
            column = replace(column, type="text", min=None, max=None)
        columns.append(replace(column, name=name, allowed=allowed))
    last = mapping.columns.get("last_date", "last_date")
    start = mapping.columns.get("start_date", "start_date")
    extraction = mapping.settings.extraction_date
    rules = (
        RowRule(
            last,
            "the spell ends before it starts",
            lambda: pl.col(last) < pl.col(start),
        ),
        RowRule(
            start,
            f"starts after the extraction date {extraction.isoformat()}",
            lambda: pl.col(start) > extraction,
        ),
    )
    return replace(
        CONTRACT,
        columns=tuple(columns),
        separator=mapping.separator,
        encoding=mapping.encoding,
        is_extra_allowed=bool(mapping.columns),
        rules=rules,
    )


def read(paths, mapping: SpellMapping) -> SpellSource:
    """Make a spell source of one or several spell tables.

    Parameters
    ----------
    paths : path or sequence of paths
        CSV or Parquet (by suffix), all with the same columns.
    mapping : SpellMapping
        From :func:`read_mapping`, or made with a RegisterSettings alone.
    """
    files = as_paths(paths)
    contract = mapped_contract(mapping)
    info = mapping.settings.info(mapping.length_basis)

    codes = CodeBook()
    numbers = text_numbers(mapping, codes)

    def blocks(is_compared: bool) -> Iterator[Block]:
        for number, path in enumerate(files, start=1):
            finish = partial(
                canonical_block,
                mapping=mapping,
                file_no=number,
                file=path.name,
                is_compared=is_compared,
            )
            yield from read_blocks(path, contract, finish, numbers)

    return SpellSource(info, blocks, STEPS, common_parameters(info), files, codes)


def text_numbers(mapping: SpellMapping, codes: CodeBook) -> dict[str, TextValues]:
    """Return the numbers that stand for the texts of the user's columns."""
    numbers = {
        "code": codes.values,
        "code_last": codes.values,
        "code_longest": codes.values,
        "sex": SEX_VALUES,
        "county_code": COUNTY_VALUES,
        "occupation": OCCUPATION_VALUES,
    }
    return {
        mapping.columns.get(name, name): number.after(mapping.values.get(name))
        for name, number in numbers.items()
    }


def canonical_block(
    block: Block, mapping: SpellMapping, file_no: int, file: str, is_compared: bool
) -> Block:
    """Rename, fill in and pack the columns; reject what the entry day contradicts."""
    theirs = {mapping.columns.get(n, n): n for n in CONTRACT.names}
    rows = block.rows.rename({t: o for t, o in theirs.items() if t in block.rows.columns})
    for name, values in mapping.values.items():
        if name in rows.columns and name not in _NUMBERED:
            ours = pl.col(name).replace_strict(values, default=None)
            rows = rows.with_columns(ours.cast(CANONICAL[name]))
    rows = _filled_in(rows, mapping.settings.extraction_date)
    block = _reject_before_entry(replace(block, rows=rows), file)
    persons = block.rows["person_id"]
    keys = person_keys(persons)
    rows = _packed(block.rows, keys)
    if not is_compared:
        return replace(block, rows=rows)
    compared = block.rows.select(
        traits("birth_year", "occupation", "degree_pct").alias("traits"),
        place(file_no).alias("place"),
    )
    return replace(block, rows=rows.hstack(compared), texts=person_texts(persons, keys))


def _filled_in(rows: pl.DataFrame, extraction: date) -> pl.DataFrame:
    """Every column, and what follows from them; the other codes only where not the first.

    `n_days` is 0 for a spell that is ongoing on the day of extraction.
    """
    absent = {n: kind for n, kind in CANONICAL.items() if n not in rows.columns}
    rows = rows.with_columns(
        pl.lit(_NUMBERED.get(name), kind).alias(name) for name, kind in absent.items()
    )
    first, last = (pl.col(n).to_physical() for n in ("start_date", "last_date"))
    is_ended = (pl.col("last_date") <= extraction).fill_null(False)
    end_reason = pl.max_horizontal("end_reason", pl.lit(1, pl.Int8))
    return rows.with_columns(
        pl.when(is_ended).then(last - first + 1).otherwise(0).alias("n_days"),
        pl.when(is_ended).then(end_reason).otherwise(0).alias("end_reason"),
        _place_of_other("code_last").alias("code_last_place"),
        _place_of_other("code_longest").alias("code_longest_place"),
        *([_entry_day()] if rows["entry_day"].null_count() else []),
        years_of(rows["start_date"]).alias("start_year"),
    )


def _place_of_other(name: str) -> pl.Expr:
    """Return a code's number + 1; 0 where it is missing or the first one."""
    number = pl.col(name)
    return (number + 1) * ((number != pl.col("code")) & (number > 0)).cast(pl.Int32)


def _packed(rows: pl.DataFrame, person_key: pl.Series) -> pl.DataFrame:
    """Return what is known of a spell: few and wide columns are the quickest to pour."""
    cell = own_cell("start_year", "sex", "birth_year", "county_code", "entry_day", "end_reason")
    return rows.select(
        "spell_id",
        person_key,
        coded_cell(cell, "code", pl.col("n_days")).alias("coded_cell"),
        spell_traits("start_date", "degree_pct", "code_last_place", "code_longest_place").alias(
            "spell_traits"
        ),
    )


def _entry_day() -> pl.Expr:
    is_employee = pl.col("occupation").is_in([0, OCCUPATION_NUMBERS["employed"]])
    by_occupation = pl.when(is_employee).then(EMPLOYEE_ENTRY_DAY).otherwise(0)
    return pl.coalesce("entry_day", by_occupation).cast(pl.Int16).alias("entry_day")


def _reject_before_entry(block: Block, file: str) -> Block:
    day = pl.col("n_days")
    is_bad = block.rows.select(day.is_between(1, pl.col("entry_day")).alias("bad"))["bad"]
    if not is_bad.any():
        return block
    bad = block.rows.filter(is_bad)
    rejects = bad.select(
        pl.lit(file).alias("file"),
        pl.col("line").cast(pl.Int64),
        pl.lit("last_date").alias("column"),
        pl.col("last_date").cast(pl.String).alias("value"),
        pl.format(
            "the spell ends on day {}, but is in the register only after day {}", day, "entry_day"
        ).alias("reason"),
    ).cast(REJECTS_SCHEMA)
    return replace(
        block,
        rows=block.rows.filter(~is_bad),
        rejects=pl.concat([block.rejects, rejects]),
        n_rejected=block.n_rejected + bad.height,
    )
