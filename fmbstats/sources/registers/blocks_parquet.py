"""Reads Parquet tables block by block and judges their rows like those of text files.

Texts that repeat stand in a file as numbers of a dictionary. Arrow gives these as they are, which
costs a third of making texts of them and numbering the texts anew; all else is read by polars.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as parquet

from fmbstats.errors import SourceError
from fmbstats.sources.registers import judging
from fmbstats.sources.registers.checking import REJECTS_SCHEMA
from fmbstats.sources.registers.contracts import Contract, matched_names
from fmbstats.sources.registers.dates import ISO
from fmbstats.sources.registers.encoding import TextValues
from fmbstats.sources.registers.look import look_at_columns
from fmbstats.sources.registers.parquet_pages import Bounds, checked_pages, damaged
from fmbstats.sources.registers.parquet_types import contract_column, is_between

PARQUET_ROWS = 500_000
# What pyarrow raises of bytes that are not what was written.
_OF_ARROW = (pa.ArrowException, OSError, ValueError)


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
    """Give jobs that read and judge half a million rows each; the line is the row's number."""
    kinds = parquet_schema(path)
    ours = matched_names(list(kinds), contract, path)
    names = {t: o for t, o in zip(kinds, ours, strict=True) if o in contract.names}
    n_rows, bounds = checked_pages(path, names)
    bounds = {names[theirs]: noted for theirs, noted in bounds.items()}
    if not n_rows:
        raise SourceError(f"{path.name}: has no rows. Export the file again.")
    few = judging.few_texts(contract, values)
    numbered = [
        t
        for t, o in names.items()
        if kinds[t] == pl.String and o in few and contract.column(o).type != "date"
    ]
    others = [pl.col(t).alias(o) for t, o in names.items() if t not in numbered]
    scan = pl.scan_parquet(path).select(others)
    first = 0
    for n_part, batches in _parts(path, n_rows, numbered):
        part = scan.slice(first, n_part) if others else pl.LazyFrame()
        read = partial(_collected, part, batches, names, few, path, bounds)
        as_they_are = [names[t] for t in numbered]
        yield partial(_judge_parquet, read, as_they_are, first + 1, contract, path, few, values)
        first += n_part


def _parts(
    path: Path, n_rows: int, numbered: list[str]
) -> Iterator[tuple[int, list[pa.RecordBatch]]]:
    """Give how many rows are next, and Arrow's reading of the columns that are numbers of texts."""
    if not numbered:
        for first in range(0, n_rows, PARQUET_ROWS):
            yield min(PARQUET_ROWS, n_rows - first), []
        return
    batches, n_part = [], 0
    try:
        file = parquet.ParquetFile(path, read_dictionary=numbered)
        for batch in file.iter_batches(PARQUET_ROWS, columns=numbered, use_threads=False):
            # It ends where a group of rows does, which may have few.
            batches.append(batch)
            n_part += batch.num_rows
            if n_part >= PARQUET_ROWS:
                yield n_part, batches
                batches, n_part = [], 0
    except _OF_ARROW as error:
        raise _unreadable(path, error) from None
    if n_part:
        yield n_part, batches


def _judge_parquet(
    read: Callable[[], pl.DataFrame],
    numbered: Collection[str],
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
    frame = pl.DataFrame([
        raw[c.name] if c.name in numbered else contract_column(raw[c.name], c, contract, path)
        for c in columns
    ])  # fmt: skip
    frame = judging.with_shared(frame, contract)
    contract = contract.with_dates(ISO)
    typed, is_bad = judging.judge_columns(
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
        return judging.Block(typed, pl.DataFrame(schema=REJECTS_SCHEMA), n_rows, 0, 0)
    texts = frame.select(pl.all().cast(pl.String), line.cast(pl.Int64)).filter(is_bad)
    judged = judging.judge_frame(texts, contract, path.name)
    look_at_columns(judged.rejects, n_rows, contract, path)
    return judging.with_good(judging.with_values(judged, values), typed.filter(~is_bad))


def _collected(
    scan: pl.LazyFrame,
    batches: list[pa.RecordBatch],
    names: Mapping[str, str],
    few: dict[str, judging.FewTexts],
    path: Path,
    bounds: Mapping[str, Bounds],
) -> pl.DataFrame:
    """Read some rows.

    Raises SourceError: the pages cannot be unpacked, or hold what the writer never wrote.
    """
    try:
        raw = scan.collect().rechunk()
        for theirs in batches[0].schema.names if batches else ():
            name = names[theirs]
            arrays = [batch.column(theirs) for batch in batches]
            raw = raw.with_columns(_texts_of(arrays, few[name].kind).alias(name))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, *_OF_ARROW) as error:
        raise _unreadable(path, error) from None
    for name, noted in bounds.items():
        if not _is_within(raw[name], noted):
            raise damaged(path, f"column {name!r} holds values outside its noted bounds")
    return raw


def _texts_of(arrays: list[pa.DictionaryArray], kind: pl.DataType) -> pl.Series:
    """Texts as a column of some kind: each is looked at once per dictionary."""
    parts = []
    for array in arrays:
        array.dictionary.validate(full=True)  # polars takes it for granted that texts are UTF-8
        parts.append(pl.Series(array.dictionary).cast(kind).gather(pl.Series(array.indices)))
    return pl.concat(parts).rechunk()


def _unreadable(path: Path, error: BaseException) -> SourceError:
    return damaged(path, f"cannot be read ({str(error).splitlines()[0][:80]})")


def _is_within(series: pl.Series, noted: Bounds) -> bool:
    """Whether whole numbers or days lie within bounds; anything else does."""
    if not (series.dtype.is_integer() or series.dtype == pl.Date):
        return True
    least, largest = pl.Series(noted, dtype=series.dtype).to_physical()
    return is_between(series.to_physical(), least, largest)
