"""Which types a Parquet column may have, and how its values become those of the contract.

Nothing is cast on trust. A column comes out typed as its contract says, or as the text that its
values would be in a text file, which is then judged as such; one whose type says something else
than the contract is refused once, by name.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources.registers import dates
from fmbstats.sources.registers.contracts import Column, Contract
from fmbstats.sources.registers.look import file_section
from fmbstats.sources.registers.rules import number_type

# Floating-point numbers tell whole ones apart only up to here.
_LARGEST_WHOLE = 2**53
# Days since 1970 of the first and the last day that can be written.
_YEARS = (-719_162, 2_932_896)
Reader = Callable[[pl.Series, Column, Contract, Path], pl.Series]
_EXPECTED = {
    "int": "whole numbers",
    "number": "numbers",
    "text": "texts",
    "code": "texts",
    "date": "dates",
    "bool": "truth values",
}


def contract_column(series: pl.Series, column: Column, contract: Contract, path: Path) -> pl.Series:
    """Return a column typed as the contract says, or as text that is yet to be judged.

    Days come out as days, or as texts in the form YYYY-MM-DD whatever the file's own form is.

    Raises SourceError: the column's type can't hold what the contract asks for; numbers in place of
    dates; whole numbers that floating point has run together; instants without a time zone to read
    them in.
    """
    kind = _kind(series.dtype)
    if kind == "missing" or (kind == "text" and column.type != "date"):
        return series.cast(pl.String)
    if column.type in ("text", "code"):
        reader = _TEXT_OF.get(kind)
    else:
        reader = _READERS.get((column.type, kind))
    if reader is None:
        raise SourceError(
            f"{_place(path, column)}: holds {_words(series.dtype)}; expected "
            f"{_EXPECTED[column.type]}. Export the column again in that type."
        )
    return reader(series, column, contract, path)


def _kind(dtype: pl.DataType) -> str:
    if dtype.is_integer():
        return "int"
    for kind, types in _KINDS.items():
        if isinstance(dtype, types):
            return kind
    return "other"


_KINDS: dict[str, tuple] = {
    "text": (pl.String, pl.Categorical, pl.Enum),
    "missing": (pl.Null,),
    "float": (pl.Float32, pl.Float64),
    "decimal": (pl.Decimal,),
    "bool": (pl.Boolean,),
    "date": (pl.Date,),
    "datetime": (pl.Datetime,),
}


def _words(dtype: pl.DataType) -> str:
    if dtype.is_nested():
        return f"nested values ({str(dtype)[:40]})"
    names = {"bool": "truth values", "date": "dates", "datetime": "points in time"}
    return names.get(_kind(dtype), f"values of type {str(dtype)[:40]}")


def _place(path: Path, column: Column) -> str:
    return f"{path.name}, column {column.shown!r}"


def is_between(numbers: pl.Series, least: int, largest: int) -> bool:
    """Whether all numbers lie between two; told by the outermost, for a third of comparing all."""
    first: Any = numbers.min()
    last: Any = numbers.max()
    return first is None or bool(first >= least and last <= largest)


def _as_days(series: pl.Series, column: Column, contract: Contract, path: Path) -> pl.Series:
    """Days; those before year 1 or after 9999, for which there are no dates, as text."""
    number = series.to_physical()
    if is_between(number, *_YEARS):
        return series
    is_known = number.is_between(*_YEARS)
    known = number.clip(*_YEARS).cast(pl.Date).cast(pl.String)
    return known.zip_with(is_known, number.cast(pl.String) + " days after 1970-01-01")


def _as_integers(series: pl.Series, column: Column, contract: Contract, path: Path) -> pl.Series:
    if series.dtype == number_type(column):
        return series
    if series.dtype == pl.UInt64 and (series >= 2**63).any():
        return series.cast(pl.String)
    return series.cast(pl.Int64)


def _cast(kind: pl.DataType) -> Reader:
    return lambda series, column, contract, path: series.cast(kind)


def _whole_floats(series: pl.Series, column: Column, contract: Contract, path: Path) -> pl.Series:
    """Whole numbers that were written as floating-point ones, as pandas does beside gaps."""
    series = series.fill_nan(None)
    bits = 24 if series.dtype == pl.Float32 else 53
    if column.unit == "id" and (series.abs() >= 2**bits).any():
        raise SourceError(
            f"{_place(path, column)}: holds floating-point numbers from 2^{bits} on, where "
            "different ids become one. Export the ids as whole numbers or as text."
        )
    if ((series == series.round()) & (series.abs() < _LARGEST_WHOLE)).all():
        return series.cast(pl.Int64)
    return series.cast(pl.Float64).cast(pl.String)


def _whole_decimals(series: pl.Series, column: Column, contract: Contract, path: Path) -> pl.Series:
    """Decimals as text, without the zeros after the point."""
    text = series.cast(pl.String)
    kind = series.dtype
    return text.str.replace(r"\.0+$", "") if isinstance(kind, pl.Decimal) and kind.scale else text


def _days_of_numbers(
    series: pl.Series, column: Column, contract: Contract, path: Path
) -> pl.Series:
    form = dates.FORMS[contract.dates_of(column)]
    if not (form.is_number or form.name == "YYYYMMDD"):
        shown = series.drop_nulls().head(1).to_list()
        raise SourceError(
            f"{_place(path, column)}: holds numbers{f' such as {shown[0]}' if shown else ''}, not "
            f"dates. Say in a mapping what they are, with {file_section(contract)} dates = "
            f"{dates.ORIGINS}; or export the column as dates."
        )
    series = series.cast(pl.Float64).fill_nan(None)
    days = series.to_frame().select(dates.days_of_numbers(pl.first(), form)).to_series()
    return _or_text(days, series, series.cast(pl.String))


def _days_of_texts(series: pl.Series, column: Column, contract: Contract, path: Path) -> pl.Series:
    text = series.cast(pl.String)
    if contract.dates_of(column) == dates.ISO:
        return text
    missing = ["", *column.null_values]
    known = text.to_frame().select(pl.when(~pl.first().is_in(missing)).then(pl.first()))
    days = dates.days_of_texts(
        pl.first(), dates.FORMS[contract.dates_of(column)], contract.time_zone
    )
    return _or_text(known.select(days).to_series(), known.to_series(), known.to_series())


def _days_of_moments(
    series: pl.Series, column: Column, contract: Contract, path: Path
) -> pl.Series:
    """The local days of points in time; those that are no midnight stay text."""
    kind = series.dtype
    own_zone = kind.time_zone if isinstance(kind, pl.Datetime) else None
    if own_zone is None or own_zone == contract.time_zone:
        return _local(series)
    if not contract.time_zone:
        own = _local(series)
        has_midnight = own.dtype == pl.Date or (series.dt.time() == time(0)).any()
        if has_midnight and dates.names_a_place(own_zone):
            return own
        why = (
            "where no day begins at any of them"
            if dates.names_a_place(own_zone)
            else "which is no place's time"
        )
        raise SourceError(
            f"{_place(path, column)}: holds points in time in {own_zone}, {why}: read so, days "
            f"would shift. Say in a mapping where the days are meant, such as "
            f'{file_section(contract)} time_zone = "Europe/Stockholm"; or export the column as '
            "dates."
        )
    local = _local(series.dt.convert_time_zone(contract.time_zone))
    if local.dtype == pl.Date:
        return local
    # Midnights in the column's own zone, as of a clock without summer time: the days are these,
    # where the named place was on the same day then.
    own = _local(series)
    is_same_day = own.dtype == pl.Date and (own.cast(pl.String) == local.str.slice(0, 10)).all()
    return own if is_same_day else local


def _local(series: pl.Series) -> pl.Series:
    naive = series.dt.replace_time_zone(None)
    days = naive.to_frame().select(dates.local_days(pl.first().dt.replace_time_zone("UTC"), "UTC"))
    return _or_text(days.to_series(), naive, naive.dt.strftime("%Y-%m-%d %H:%M:%S"))


def _or_text(days: pl.Series, values: pl.Series, text: pl.Series) -> pl.Series:
    """Days; all as text where a value is none, so that it can be named."""
    if days.null_count() == values.null_count():
        return days.alias(values.name)
    written = days.cast(pl.String)
    return written.zip_with(days.is_not_null(), text).alias(values.name)


_READERS: dict[tuple[str, str], Reader] = {
    ("int", "int"): _as_integers,
    ("int", "float"): _whole_floats,
    ("int", "decimal"): _whole_decimals,
    **{("number", kind): _cast(pl.Float64()) for kind in ("int", "float", "decimal")},
    ("date", "date"): _as_days,
    ("date", "text"): _days_of_texts,
    ("date", "datetime"): _days_of_moments,
    **{("date", kind): _days_of_numbers for kind in ("int", "float", "decimal")},
    ("bool", "bool"): _cast(pl.Boolean()),
    ("bool", "int"): _cast(pl.String()),
}
# Texts may have been written as numbers: ids, sexes 1 and 2, counties.
_TEXT_OF: dict[str, Reader] = {
    "int": _cast(pl.String()),
    "float": lambda *given: _whole_floats(*given).cast(pl.String),
    "decimal": _whole_decimals,
    "bool": _cast(pl.String()),
}
