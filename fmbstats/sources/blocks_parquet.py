"""Reads Parquet tables block by block and judges their rows like those of text files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources.checking import POLARS_TYPES, REJECTS_SCHEMA
from fmbstats.sources.contracts import Contract, check_header
from fmbstats.sources.judging import TEXTS, Block, fast_value, is_suspect, judge_frame

PARQUET_ROWS = 500_000


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


def parquet_blocks(path: Path, contract: Contract) -> Iterator[Block]:
    """Read and judge half a million rows at a time; the line is the row's number."""
    header = list(parquet_schema(path))
    check_header(header, contract, path)
    names = [n for n in contract.names if n in header]
    scan = pl.scan_parquet(path).select(names)
    n_rows = scan.select(pl.len()).collect().item()
    if not n_rows:
        raise SourceError(f"{path.name}: has no rows. Export the file again.")
    for first in range(0, n_rows, PARQUET_ROWS):
        yield _judge_parquet(scan.slice(first, PARQUET_ROWS).collect(), first + 1, contract, path)


def _judge_parquet(raw: pl.DataFrame, first_row: int, contract: Contract, path: Path) -> Block:
    raw = raw.with_columns(
        pl.int_range(first_row, first_row + raw.height, dtype=pl.UInt32).alias("line")
    )
    typed = raw.with_columns(
        pl.col(c.name).cast(POLARS_TYPES[c.type], strict=False)
        for c in contract.columns
        if c.name in raw.columns and raw.schema[c.name] != pl.String
    )
    typed = typed.with_columns(
        fast_value(c, typed.schema[c.name]) for c in contract.columns if c.name in raw.columns
    )
    # A value that the declared type cannot hold is null now but was not before.
    judged = [c.name for c in contract.columns if c.name in raw.columns and c.type not in TEXTS]
    lost = [typed[n].is_null() & raw[n].is_not_null() for n in judged]
    is_bad = typed.select(is_suspect(contract, raw.columns).alias("bad"))["bad"]
    for is_lost in lost:
        is_bad = is_bad | is_lost
    if not is_bad.any():
        return Block(typed, pl.DataFrame(schema=REJECTS_SCHEMA), raw.height, 0, 0)
    texts = raw.filter(is_bad).with_columns(
        pl.col(n).cast(pl.String) for n in raw.columns if n != "line"
    )
    judged = judge_frame(texts.with_columns(pl.col("line").cast(pl.Int64)), contract, path.name)
    good = typed.filter(~is_bad)
    return replace(
        judged,
        rows=pl.concat([good, judged.rows.select(good.columns)]),
        n_read=judged.n_read + good.height,
    )
