"""Reads Parquet tables block by block and judges their rows like those of text files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources.registers.checking import POLARS_TYPES, REJECTS_SCHEMA
from fmbstats.sources.registers.contracts import Contract, check_header
from fmbstats.sources.registers.encoding import TextValues
from fmbstats.sources.registers.judging import (
    TEXTS,
    Block,
    FewTexts,
    few_texts,
    judge_columns,
    judge_frame,
    with_good,
    with_values,
)

PARQUET_ROWS = 500_000


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet, by its suffix."""
    return path.suffix.lower() in (".parquet", ".pq")


def parquet_schema(path: Path) -> dict[str, pl.DataType]:
    """Column names and types; SourceError when the file is missing or cut off."""
    try:
        return dict(pl.read_parquet_schema(path))
    except FileNotFoundError:
        raise SourceError(f"{path.name}: no such file in {path.parent}.") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceError(
            f"{path.name}: is not a whole Parquet file ({str(error).splitlines()[0][:80]}). "
            "Export it again."
        ) from None


def parquet_jobs(
    path: Path, contract: Contract, values: Mapping[str, TextValues]
) -> Iterator[Callable[[], Block]]:
    """Give jobs that read and judge half a million rows each; the line is the row's number."""
    header = list(parquet_schema(path))
    check_header(header, contract, path)
    names = [n for n in contract.names if n in header]
    scan = pl.scan_parquet(path).select(names)
    n_rows = scan.select(pl.len()).collect().item()
    if not n_rows:
        raise SourceError(f"{path.name}: has no rows. Export the file again.")
    few = few_texts(contract, values)
    for first in range(0, n_rows, PARQUET_ROWS):
        part = scan.slice(first, PARQUET_ROWS)
        yield partial(_judge_parquet, part, first + 1, contract, path, few, values)


def _judge_parquet(
    scan: pl.LazyFrame,
    first_row: int,
    contract: Contract,
    path: Path,
    few: dict[str, FewTexts],
    values: Mapping[str, TextValues],
) -> Block:
    raw = scan.collect().rechunk()
    line = pl.int_range(first_row, first_row + raw.height, dtype=pl.UInt32, eager=True).alias(
        "line"
    )
    columns = [c for c in contract.columns if c.name in raw.columns]
    frame = raw.with_columns(
        pl.col(c.name).cast(POLARS_TYPES[c.type], strict=False)
        for c in columns
        if raw.schema[c.name] not in (pl.String, POLARS_TYPES[c.type])
    )
    frame = frame.with_columns(
        pl.col(name).cast(few[name].kind)
        for name, kind in frame.schema.items()
        if kind == pl.String and name in few
    )
    typed, is_bad = judge_columns(frame, contract, few)
    typed = typed.with_columns(line)
    for column in columns:
        # A value that the declared type cannot hold is null now but was not before.
        if column.type not in TEXTS and typed[column.name].null_count():
            is_lost = typed[column.name].is_null() & raw[column.name].is_not_null()
            is_bad |= is_lost.to_numpy()
    if not is_bad.any():
        return Block(typed, pl.DataFrame(schema=REJECTS_SCHEMA), raw.height, 0, 0)
    texts = raw.select(pl.all().cast(pl.String), line.cast(pl.Int64)).filter(is_bad)
    judged = judge_frame(texts, contract, path.name)
    return with_good(with_values(judged, values), typed.filter(~is_bad))
