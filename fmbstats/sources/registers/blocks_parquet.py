"""Reads Parquet tables block by block and judges their rows like those of text files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources.registers.checking import REJECTS_SCHEMA
from fmbstats.sources.registers.contracts import Contract
from fmbstats.sources.registers.dates import ISO
from fmbstats.sources.registers.encoding import TextValues
from fmbstats.sources.registers.headers import matched_names
from fmbstats.sources.registers.judging import (
    Block,
    FewTexts,
    few_texts,
    judge_columns,
    judge_frame,
    with_good,
    with_shared,
    with_values,
)
from fmbstats.sources.registers.look import look_at_columns
from fmbstats.sources.registers.parquet_pages import Bounds, checked_pages, damaged
from fmbstats.sources.registers.parquet_types import contract_column

PARQUET_ROWS = 500_000


def parquet_schema(path: Path) -> dict[str, pl.DataType]:
    """Column names and types; SourceError when the file is missing or cut off."""
    try:
        return dict(pl.read_parquet_schema(path))
    except FileNotFoundError:
        raise SourceError(f"{path.name}: no such file in {path.parent}.") from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise SourceError(
            f"{path.name}: is not a whole Parquet file ({str(error).splitlines()[0][:80]}). "
            "Export it again."
        ) from None


def parquet_jobs(
    path: Path, contract: Contract, values: Mapping[str, TextValues]
) -> Iterator[Callable[[], Block]]:
    """Give jobs that read and judge half a million rows each; the line is the row's number."""
    theirs = list(parquet_schema(path))
    ours = matched_names(theirs, contract, path)
    names = {t: o for t, o in zip(theirs, ours, strict=True) if o in contract.names}
    n_rows, bounds = checked_pages(path, names)
    bounds = {names[theirs]: noted for theirs, noted in bounds.items()}
    scan = pl.scan_parquet(path).select(pl.col(t).alias(o) for t, o in names.items())
    if not n_rows:
        raise SourceError(f"{path.name}: has no rows. Export the file again.")
    few = few_texts(contract, values)
    for first in range(0, n_rows, PARQUET_ROWS):
        part = scan.slice(first, PARQUET_ROWS)
        yield partial(_judge_parquet, part, first + 1, contract, path, bounds, few, values)


def _judge_parquet(
    scan: pl.LazyFrame,
    first_row: int,
    contract: Contract,
    path: Path,
    bounds: Mapping[str, Bounds],
    few: dict[str, FewTexts],
    values: Mapping[str, TextValues],
) -> Block:
    raw = _collected(scan, path, bounds)
    n_rows = raw.height
    line = pl.int_range(first_row, first_row + n_rows, dtype=pl.UInt32, eager=True).alias("line")
    columns = [c for c in contract.columns if c.name in raw.columns]
    frame = pl.DataFrame([contract_column(raw[c.name], c, contract, path) for c in columns])
    frame = with_shared(frame, contract)
    contract = replace(contract, dates=ISO)
    typed, is_bad = judge_columns(
        frame.with_columns(
            pl.col(name).cast(few[name].kind)
            for name, kind in frame.schema.items()
            if kind == pl.String and name in few
        ),
        contract,
        few,
    )
    typed = typed.with_columns(line)
    if not is_bad.any():
        return Block(typed, pl.DataFrame(schema=REJECTS_SCHEMA), n_rows, 0, 0)
    texts = frame.select(pl.all().cast(pl.String), line.cast(pl.Int64)).filter(is_bad)
    judged = judge_frame(texts, contract, path.name)
    look_at_columns(judged.rejects, n_rows, contract, path)
    return with_good(with_values(judged, values), typed.filter(~is_bad))


def _collected(scan: pl.LazyFrame, path: Path, bounds: Mapping[str, Bounds]) -> pl.DataFrame:
    """Read some rows.

    Raises
    ------
    SourceError
        The pages cannot be unpacked, or hold what the writer never wrote.
    """
    try:
        raw = scan.collect().rechunk()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise damaged(path, f"cannot be read ({str(error).splitlines()[0][:80]})") from None
    for name, noted in bounds.items():
        if not _is_within(raw[name], noted):
            raise damaged(path, f"column {name!r} holds values outside its noted bounds")
    return raw


def _is_within(series: pl.Series, noted: Bounds) -> bool:
    """Whether whole numbers or days lie within bounds; anything else does."""
    if not (series.dtype.is_integer() or series.dtype == pl.Date):
        return True
    least, largest = pl.Series(noted, dtype=series.dtype).to_physical()
    numbers = series.to_physical()
    return bool(numbers.is_between(least, largest).all())
