"""Judges whole typed columns by a contract, quickly: which rows look suspicious.

The suspicious rows are judged once more as text by :mod:`fmbstats.sources.checking`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from fmbstats.codes import CodeError, normalise
from fmbstats.sources.checking import POLARS_TYPES, split_rows
from fmbstats.sources.contracts import Column, Contract


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows of a file after judging.

    Attributes
    ----------
    rows : polars.DataFrame
        Accepted rows, typed as the contract says, plus `line` (1-based line or row of the file).
    rejects : polars.DataFrame
        file, line, column, value, reason; one row per fault.
    n_read, n_rejected, n_duplicates : int
        Data lines; lines with at least one fault; exact repetitions already dropped.
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame
    n_read: int
    n_rejected: int
    n_duplicates: int


NUMERIC = ("int", "number")
TEXTS = ("text", "code")
_ODD_DATE = pl.lit(date(9999, 12, 30))
_ODD_NUMBER = -(2**53)
_CODE_FORM = r"^[A-Z]\d\d[0-9A-Z]{0,3}$"


def fast_value(column: Column, kind: pl.DataType) -> pl.Expr:
    """Finish a column; a text that is no date or number becomes an impossible one."""
    value = pl.col(column.name)
    if column.type == "date":
        return _fast_date(value, column, kind)
    if column.type in NUMERIC and kind == pl.String:
        number = value.cast(POLARS_TYPES[column.type], strict=False)
        is_odd = number.is_null() & value.is_not_null()
        return pl.when(is_odd).then(_ODD_NUMBER).otherwise(number).alias(column.name)
    if column.null_values and column.type in TEXTS:
        return pl.when(~value.is_in(column.null_values)).then(value).alias(column.name)
    if column.type == "bool" and kind == pl.String:
        # Written in another way than true/false: judged as text.
        return value.replace_strict({"true": True, "false": False}, default=None)
    return value


def _fast_date(value: pl.Expr, column: Column, kind: pl.DataType) -> pl.Expr:
    if kind == pl.String:
        day = value.str.to_date("%Y-%m-%d", strict=False)
        is_odd = (value.str.len_bytes() != 10) | (day.is_null() & value.is_not_null())
        value = pl.when(is_odd).then(_ODD_DATE).otherwise(day)
    if missing := [date.fromisoformat(v) for v in column.null_values]:
        value = pl.when(~value.is_in(missing)).then(value)
    return value.alias(column.name)


def is_suspect(contract: Contract, present: list[str]) -> pl.Expr:
    """Whether a row of typed columns may break the contract."""
    tests = [rule.is_bad().fill_null(False) for rule in contract.rules]
    for column in contract.columns:
        if column.name in present:
            tests += _column_tests(column)
    return pl.any_horizontal(tests)


def _column_tests(column: Column) -> list[pl.Expr]:
    value = pl.col(column.name)
    tests = []
    if not column.nullable or column.type == "bool":
        tests.append(value.is_null())
    if column.type == "date":
        tests.append(value == _ODD_DATE)
    if column.type in NUMERIC:
        tests.append(value == _ODD_NUMBER)
    if column.allowed is not None:
        tests.append(~value.is_in(column.allowed))
    elif column.type in TEXTS:
        tests.append(value.str.starts_with(" ") | value.str.ends_with(" ") | (value == ""))
    if column.pattern is not None:
        tests.append(~value.str.contains(f"^(?:{column.pattern})$"))
    for limit, is_outside in ((column.min, value.lt), (column.max, value.gt)):
        if limit is not None:
            bound = pl.lit(limit).str.to_date() if column.type == "date" else pl.lit(limit)
            tests.append(is_outside(bound))
    return [test.fill_null(False) for test in tests]


def judge_frame(
    frame: pl.DataFrame, contract: Contract, file: str, ragged: pl.DataFrame | None = None
) -> Block:
    """Judge rows given as strings (plus `line`) by their contract."""
    rows = split_rows(frame, contract, file, ragged)
    return Block(
        rows.good.with_columns(pl.col("line").cast(pl.UInt32)),
        rows.rejects,
        rows.n_read,
        rows.n_rejected,
        rows.n_duplicates,
    )


def normalise_codes(rows: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Bring ICD-10-SE codes to their normal form; malformed ones are kept as they are."""
    for name in names:
        distinct = rows[name].unique().drop_nulls()
        if distinct.str.contains(_CODE_FORM).all():
            continue
        normal = pl.Series([_normalised(code) for code in distinct], dtype=pl.String)
        rows = rows.with_columns(pl.col(name).replace(distinct, normal))
    return rows


def _normalised(code: str) -> str:
    try:
        return normalise(code)
    except CodeError:
        return code
