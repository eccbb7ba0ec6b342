"""Judges whole columns by a contract, quickly: which rows look suspicious.

Where values repeat, each distinct text is judged once and the rows follow by its number.
The suspicious rows are judged once more as text by :mod:`fmbstats.sources.checking`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from fmbstats.sources.checking import POLARS_TYPES, split_rows
from fmbstats.sources.contracts import Column, Contract
from fmbstats.sources.encoding import categorical, texts_of


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows of a file after judging.

    Attributes
    ----------
    rows : polars.DataFrame
        Accepted rows, typed as the contract says (texts that repeat as categories), plus `line`
        (1-based line or row of the file).
    rejects : polars.DataFrame
        file, line, column, value, reason; one row per fault.
    n_read, n_rejected, n_duplicates : int
        Data lines; lines with at least one fault; exact repetitions already dropped.
    texts : polars.DataFrame or None
        person_key, person_text; see :func:`fmbstats.sources.encoding.person_keys`.
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame
    n_read: int
    n_rejected: int
    n_duplicates: int
    texts: pl.DataFrame | None = None


NUMERIC = ("int", "number")
TEXTS = ("text", "code")
_ODD_DATE = pl.lit(date(9999, 12, 30))
_ODD_NUMBER = -(2**53)


def has_few_values(column: Column) -> bool:
    """Whether a column's texts repeat so much that each is judged once, as a category.

    Whole numbers are parsed sooner than found among categories.
    """
    is_counted = column.type == "int" or (column.type == "number" and column.allowed is None)
    return column.unit != "id" and not is_counted


def number_type(column: Column) -> pl.DataType:
    """Return the type to parse a column of numbers into: whole ones as small as bounds allow."""
    bounds = column.allowed or (column.min, column.max)
    if column.type == "int" and None not in bounds:
        for n_bits, kind in ((8, pl.Int8()), (16, pl.Int16())):
            if max(bounds) < 2 ** (n_bits - 1) and min(bounds) >= 0:
                return kind
    return POLARS_TYPES[column.type]


def as_read(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Make categories of text columns of few values, as reading a whole block does."""
    few = [c.name for c in contract.columns if c.name in rows.columns and has_few_values(c)]
    return rows.with_columns(
        rows[n].cast(pl.String).cast(categorical())
        for n in few
        if rows.schema[n] == pl.String or isinstance(rows.schema[n], pl.Enum)
    )


def judge_columns(frame: pl.DataFrame, contract: Contract) -> tuple[pl.DataFrame, np.ndarray]:
    """Give columns their types, and say which rows may break the contract.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns of few values as categories of their text; others typed, or as text.

    Returns
    -------
    typed : polars.DataFrame
        Typed as the contract says; texts of few values stay categories.
    is_suspect : numpy.ndarray of bool
        One per row.
    """
    columns = [c for c in contract.columns if c.name in frame.columns]
    is_bad = np.zeros(frame.height, bool)
    typed, tests = [], [rule.is_bad() for rule in contract.rules]
    for column in columns:
        series = frame[column.name]
        if isinstance(series.dtype, pl.Categorical):
            series, is_odd = _judge_categories(series, column)
            if is_odd is not None:
                is_bad |= is_odd
        else:
            if series.dtype == pl.String or column.null_values:
                series = frame.select(_fast_value(column, series.dtype)).to_series()
            if not _is_in_range(series, column):
                tests += _value_tests(column)
        if series.null_count() and (not column.nullable or column.type == "bool"):
            is_bad |= series.is_null().to_numpy()
        typed.append(series)
    others = frame.select(n for n in frame.columns if n not in contract.names)
    typed = pl.DataFrame(typed).with_columns(others)
    if tests:
        found = typed.select(pl.any_horizontal(t.fill_null(False) for t in tests).alias("bad"))
        is_bad |= found["bad"].to_numpy()
    return typed, is_bad


def _is_in_range(series: pl.Series, column: Column) -> bool:
    """Whether all values of a column of whole numbers pass, by the least and the largest."""
    if column.type != "int" or column.allowed is not None or column.pattern is not None:
        return False
    least, largest = series.min(), series.max()
    if least is None:
        return True
    is_above = least > _ODD_NUMBER if column.min is None else least >= column.min
    return is_above and (column.max is None or largest <= column.max)


def _judge_categories(series: pl.Series, column: Column) -> tuple[pl.Series, np.ndarray | None]:
    """Judge each distinct text once; the second is None when no row is suspicious."""
    texts = pl.DataFrame({column.name: texts_of(series)})
    values = texts.select(_fast_value(column, pl.String()).alias(column.name))
    is_odd = values.select(
        pl.any_horizontal(t.fill_null(False) for t in [pl.lit(False), *_value_tests(column)])
        .alias("odd")
    ).to_series()  # fmt: skip
    place = series.to_physical()
    value = values.to_series()
    if column.type not in TEXTS:
        typed = value.gather(place)
    elif value.null_count():
        is_kept = value.is_not_null().gather(place)
        typed = pl.select(pl.when(is_kept).then(series).alias(column.name)).to_series()
    else:
        typed = series
    if not is_odd.any():
        return typed, None
    return typed, is_odd.gather(place).fill_null(False).to_numpy()


def _fast_value(column: Column, kind: pl.DataType) -> pl.Expr:
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
        return value.replace_strict(
            {"true": True, "false": False}, default=None, return_dtype=pl.Boolean
        )
    return value


def _fast_date(value: pl.Expr, column: Column, kind: pl.DataType) -> pl.Expr:
    if kind == pl.String:
        day = value.str.to_date("%Y-%m-%d", strict=False)
        is_odd = (value.str.len_bytes() != 10) | (day.is_null() & value.is_not_null())
        value = pl.when(is_odd).then(_ODD_DATE).otherwise(day)
    if missing := [date.fromisoformat(v) for v in column.null_values]:
        value = pl.when(~value.is_in(missing)).then(value)
    return value.alias(column.name)


def _value_tests(column: Column) -> list[pl.Expr]:
    """Tests of one typed value that is there."""
    value = pl.col(column.name)
    tests = []
    if column.type == "date":
        tests.append(value == _ODD_DATE)
    if column.type in NUMERIC:
        tests.append(value == _ODD_NUMBER)
    if column.type == "number":
        tests.append(~value.is_finite())
    if column.allowed is not None:
        tests.append(~value.is_in(column.allowed))
    elif column.type in TEXTS:
        # Before "!" come the empty text and what starts with a blank.
        tests.append((value < "!") | value.str.ends_with(" "))
    if column.pattern is not None:
        tests.append(~value.str.contains(f"^(?:{column.pattern})$"))
    for limit, is_outside in ((column.min, value.lt), (column.max, value.gt)):
        if limit is not None:
            bound = pl.lit(limit).str.to_date() if column.type == "date" else pl.lit(limit)
            tests.append(is_outside(bound))
    return tests


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


def with_good(judged: Block, good: pl.DataFrame) -> Block:
    """Add rows that needed no second look to those judged as text."""
    again = judged.rows.select(good.columns).cast(dict(good.schema))
    return replace(judged, rows=pl.concat([good, again]), n_read=judged.n_read + good.height)
