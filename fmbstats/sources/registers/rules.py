"""What each column's contract asks of a value: one rule, used in words and at speed.

:func:`judged` reads texts as a contract's column and gives every fault in words. Columns of few
values are judged by it once per distinct text, whole columns of typed values by the same faults as
far as they concern the value alone (:func:`value_tests`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

import polars as pl

from fmbstats.sources.registers.contracts import Column, Contract
from fmbstats.sources.registers.dates import FORMS, days_of_texts
from fmbstats.words.plain import holds_identity_number

POLARS_TYPES: dict[str, pl.DataType] = {
    "int": pl.Int64(), "number": pl.Float64(), "text": pl.String(), "code": pl.String(),
    "date": pl.Date(), "bool": pl.Boolean(),
}  # fmt: skip
NUMERIC = ("int", "number")
TEXTS = ("text", "code")
#: Stands for a line end inside quotation marks while a block is parsed.
INNER_LINE_END = "\x1e"
MAX_SHOWN_CHARACTERS = 60

_TIME_OF_DAY = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d"
_KIND_WORDS = {
    "int": "a whole number", "number": "a number", "date": "a date ({})", "bool": "true or false",
}  # fmt: skip
_UNNAMED_UNITS = ("none", "date", "id", "code", "year")
# Never with the number.
_OF_A_PERSON = (
    "holds a personal identity number, and groups are called by what stands here; write a code or "
    "a word in its place, or leave it empty"
)
# The last day that text can say; parsers know later ones.
_LAST_DAY = date(9999, 12, 31)
_VALUE = pl.col("value")


def number_type(column: Column) -> pl.DataType:
    """Return the type to parse a column of numbers into: whole ones as small as bounds allow."""
    bounds = column.allowed or (column.min, column.max)
    if column.type == "int" and None not in bounds:
        for n_bits, kind in ((8, pl.Int8()), (16, pl.Int16())):
            if max(bounds) < 2 ** (n_bits - 1) and min(bounds) >= 0:
                return kind
    return POLARS_TYPES[column.type]


class Fault(NamedTuple):
    """A way in which a value can be wrong."""

    is_bad: pl.Expr  #: Over the columns `text` and `value`; null counts as false.
    reason: pl.Expr  #: In words.
    is_of_value: bool = False  #: Whether the value alone decides, however it was written.


def judged(texts: pl.Series, column: Column, contract: Contract) -> pl.DataFrame:
    """Read texts as a column of a contract.

    Returns the columns text (cleaned; null where missing), value (typed), reason (null where
    nothing is wrong).
    """
    # All steps as one query: most columns are of few texts, and starting one is what costs.
    frame = texts.alias("text").to_frame().lazy().select(_cleaned(column).alias("text"))
    frame = frame.with_columns(_typed(column, contract).alias("value"))
    if days := _missing_days(column):
        is_missing = pl.col("value").is_in(days)
        frame = frame.with_columns(
            pl.when(~is_missing.fill_null(False)).then(name).alias(name)
            for name in ("text", "value")
        )
    reason = pl.lit(None, dtype=pl.String)
    for fault in reversed(list(faults(column, contract))):
        reason = pl.when(fault.is_bad).then(fault.reason).otherwise(reason)
    return frame.with_columns(reason.alias("reason")).collect()


def value_tests(column: Column, contract: Contract) -> list[pl.Expr]:
    """Tests of a column of typed values: true where one that is there is wrong."""
    value = pl.col(column.name)
    tests = [f.is_bad for f in faults(column, contract, value) if f.is_of_value]
    if column.type == "number":
        tests.append(~value.is_finite())
    if column.type == "date":
        tests.append(value > _LAST_DAY)
    return tests


def without_missing(series: pl.Series, column: Column) -> pl.Series:
    """Put null for the typed values that a contract calls missing."""
    days = _missing_days(column)
    if not days or series.dtype != pl.Date:
        return series
    return series.to_frame().select(pl.when(~pl.first().is_in(days)).then(pl.first())).to_series()


def faults(column: Column, contract: Contract, value: pl.Expr = _VALUE) -> Iterator[Fault]:
    """All that can be wrong with a value, the most telling first."""
    text = pl.col("text")
    shown = pl.format("'{}'", text.str.slice(0, MAX_SHOWN_CHARACTERS))
    if not column.nullable:
        yield Fault(text.is_null(), pl.lit("is missing"))
    if column.names_groups:
        yield Fault(text.map_batches(hold_numbers, pl.Boolean), pl.lit(_OF_A_PERSON))
    if column.type == "date":
        is_timed = text.str.contains(_TIME_OF_DAY) & value.is_null()
        yield Fault(is_timed, pl.format("{} has a time of day; expected a whole day", shown))
    if column.type in _KIND_WORDS:
        words = _KIND_WORDS[column.type].format(contract.dates_of(column))
        yield Fault(text.is_not_null() & value.is_null(), pl.format(f"{{}} is not {words}", shown))
    if column.allowed is not None:
        yield _not_allowed(column, column.allowed, shown, value)
    yield from _out_of_range(column, shown, value)
    if column.pattern is not None:
        is_other = ~text.str.contains(f"^(?:{column.pattern})$")
        form = pl.lit(column.form or column.pattern)
        yield Fault(is_other, pl.format("{} does not have the form {}", shown, form))


def hold_numbers(texts: pl.Series) -> pl.Series:
    """Whether each text holds a personal identity number; few come near enough to be asked."""
    near = texts.str.contains(r"\d{6}[^\w.,]?\d{4}").fill_null(False)
    held = [holds_identity_number(text) for text in texts.filter(near)]
    return near.scatter(near.arg_true(), held)


def _not_allowed(column: Column, allowed: tuple[Any, ...], shown: pl.Expr, value: pl.Expr) -> Fault:
    is_number = column.type in NUMERIC
    listed = pl.Series(allowed, dtype=POLARS_TYPES[column.type], strict=False).implode()
    compared = value if is_number else pl.col("text")
    known = pl.lit(", ".join(map(repr, [*(column.values or {}), *allowed])))
    is_other = compared.is_not_null() & ~compared.is_in(listed)
    return Fault(is_other, pl.format("{} is not one of {}", shown, known), is_number)


def _out_of_range(column: Column, shown: pl.Expr, value: pl.Expr) -> Iterator[Fault]:
    tests = ((column.min, value.lt, "below"), (column.max, value.gt, "above"))
    for limit, is_outside, word in tests:
        if limit is None:
            continue
        bound = date.fromisoformat(limit) if column.type == "date" else limit
        unit = "" if column.unit in _UNNAMED_UNITS else column.unit
        words = f"{{}} is {word} {limit} {unit}".rstrip()
        yield Fault(is_outside(bound), pl.format(words, shown), True)


def _cleaned(column: Column) -> pl.Expr:
    """Take away blanks, put null for what stands for missing, and our words for theirs."""
    text = pl.col("text").str.strip_chars()
    if column.type in TEXTS:
        text = text.str.replace_all(INNER_LINE_END, "\n", literal=True)
    text = pl.when(~text.is_in(["", *column.null_values])).then(text)
    if column.values:
        text = text.replace(list(column.values), list(column.values.values()))
    if column.n_digits > 1:
        is_short = text.str.contains(rf"^\d{{{column.n_digits - 1}}}$")
        text = pl.when(is_short).then("0" + text).otherwise(text)
    if column.type == "text" and column.allowed is not None:
        as_allowed = {str(a).lower(): str(a) for a in column.allowed}
        text = text.str.to_lowercase().replace_strict(
            as_allowed, default=text, return_dtype=pl.String
        )
    return text


def _typed(column: Column, contract: Contract) -> pl.Expr:
    """Read cleaned texts as what the contract says; null where that is not possible."""
    text = pl.col("text")
    if column.type == "date":
        return days_of_texts(text, FORMS[contract.dates_of(column)], contract.time_zone)
    if column.type == "bool":
        return text.str.to_lowercase().replace_strict(
            {"true": True, "false": False}, default=None, return_dtype=pl.Boolean
        )
    if column.type in NUMERIC and contract.decimal != ".":
        text = text.str.replace(contract.decimal, ".", literal=True)
    if column.type == "number":
        value = text.cast(pl.Float64, strict=False)
        return pl.when(value.is_finite()).then(value)
    if column.type == "int":
        # As spreadsheets and pandas write whole numbers beside gaps.
        return text.str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)
    return text


def _missing_days(column: Column) -> list[date]:
    """Days that stand for a missing one, however they are written."""
    days = []
    for text in column.null_values if column.type == "date" else ():
        with suppress(ValueError):
            days.append(date.fromisoformat(text))
    return days
