"""Reads Parquet tables block by block and judges their rows like those of text files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources.registers import judging
from fmbstats.sources.registers.checking import REJECTS_SCHEMA
from fmbstats.sources.registers.contracts import Contract, matched_names
from fmbstats.sources.registers.dates import ISO
from fmbstats.sources.registers.encoding import TextValues
from fmbstats.sources.registers.look import look_at_columns
from fmbstats.sources.registers.parquet_pages import Bounds, checked_pages, damaged
from fmbstats.sources.registers.parquet_types import contract_column, is_between

# As many as writers mostly put into a group of rows, or a part of it.
PARQUET_ROWS = 1 << 18


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
) -> Iterator[Callable[[], judging.Block]]:
    """Give jobs that read and judge some rows each; the line is the row's number."""
    kinds = parquet_schema(path)
    ours = matched_names(list(kinds), contract, path)
    names = {t: o for t, o in zip(kinds, ours, strict=True) if o in contract.names}
    n_rows, bounds = checked_pages(path, names)
    bounds = {names[theirs]: noted for theirs, noted in bounds.items()}
    if not n_rows:
        raise SourceError(f"{path.name}: has no rows. Export the file again.")
    few = judging.few_texts(contract, values)
    scan = pl.scan_parquet(path).select(pl.col(t).alias(o) for t, o in names.items())
    for first in range(0, n_rows, PARQUET_ROWS):
        read = partial(_collected, scan.slice(first, PARQUET_ROWS), path, bounds)
        yield partial(_judge_parquet, read, first + 1, contract, path, few, values)


def _judge_parquet(
    read: Callable[[], pl.DataFrame],
    first_row: int,
    contract: Contract,
    path: Path,
    few: dict[str, judging.FewTexts],
    values: Mapping[str, TextValues],
) -> judging.Block:
    raw = read()
    n_rows = raw.height
    line = pl.int_range(first_row, first_row + n_rows, dtype=pl.UInt32, eager=True).alias("line")
    columns = [c for c in contract.columns if c.name in raw.columns]
    frame = pl.DataFrame([contract_column(raw[c.name], c, contract, path) for c in columns])
    frame = judging.with_shared(frame, contract)
    contract = contract.with_dates(ISO)
    typed, is_bad = judging.judge_columns(frame, contract, few)
    typed = typed.with_columns(line)
    if not is_bad.any():
        return judging.Block(typed, pl.DataFrame(schema=REJECTS_SCHEMA), n_rows, 0, 0)
    texts = frame.select(pl.all().cast(pl.String), line.cast(pl.Int64)).filter(is_bad)
    judged = judging.judge_frame(texts, contract, path.name)
    look_at_columns(judged.rejects, n_rows, contract, path)
    return judging.with_good(judging.with_values(judged, values), typed.filter(~is_bad))


def _collected(scan: pl.LazyFrame, path: Path, bounds: Mapping[str, Bounds]) -> pl.DataFrame:
    """Read some rows.

    Raises SourceError: the pages cannot be unpacked, or hold what the writer never wrote.
    """
    try:
        raw = scan.collect().rechunk()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        told = str(error).splitlines()[0][:80]
        raise damaged(path, f"cannot be read ({told})") from None
    for name, noted in bounds.items():
        if not _is_within(raw[name], noted):
            raise damaged(path, f"column {name!r} holds values outside its noted bounds")
    return raw


def _is_within(series: pl.Series, noted: Bounds) -> bool:
    """Whether whole numbers or days lie within bounds; anything else does."""
    if not (series.dtype.is_integer() or series.dtype == pl.Date):
        return True
    least, largest = pl.Series(noted, dtype=series.dtype).to_physical()
    return is_between(series.to_physical(), least, largest)
