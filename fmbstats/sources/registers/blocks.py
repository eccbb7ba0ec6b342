"""Reads tables of gigabytes block by block: fast where rows are good, row by row where not.

A block is some tens of megabytes of whole lines. Its typed columns are parsed at once and judged
by the contract; only rows that look suspicious are cut up again as text and judged by
:mod:`fmbstats.sources.registers.checking`, which words the faults. So a clean file costs about
what parsing costs, line numbers are exact, and no unclosed quotation mark can swallow the rest of
a file.
"""

from __future__ import annotations

import csv
import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import numpy as np
import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources.registers.blocks_parquet import is_parquet, parquet_jobs, parquet_schema
from fmbstats.sources.registers.checking import REJECTS_SCHEMA
from fmbstats.sources.registers.contracts import (
    Column,
    Contract,
    check_bytes,
    check_header,
    split_header,
)
from fmbstats.sources.registers.encoding import TextValues
from fmbstats.sources.registers.judging import (
    NUMERIC,
    Block,
    FewTexts,
    few_texts,
    has_few_values,
    judge_columns,
    judge_frame,
    number_type,
    with_good,
    with_values,
)
from fmbstats.sources.registers.line_blocks import Digest, hash_on, line_blocks
from fmbstats.sources.registers.line_shape import is_even, odd_lines, without

__all__ = ["Block", "ahead", "read_blocks", "read_header"]

Done = TypeVar("Done")

BLOCK_BYTES = 24 << 20
_BOM = b"\xef\xbb\xbf"
_SHOWN = 60
# Parsing is parallel already; what comes after it is not, and so goes on beside the next block.
_N_AT_ONCE = 3


def read_blocks(
    path: Path,
    contract: Contract,
    finish: Callable[[Block], Block] = lambda block: block,
    values: Mapping[str, TextValues] = MappingProxyType({}),
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[Block]:
    """Read a delimited text file or a Parquet file (by its suffix) block by block.

    Blocks are judged and finished on threads of their own, ahead of whoever asks for them.

    Parameters
    ----------
    path : Path
    contract : Contract
    finish : callable
        What is done with every block before it is given; called on several threads at once.
    values : mapping of str to TextValues
        What shall stand for the texts of a column, by its name; else they stay texts.
    block_bytes : int
        About so much of a text file at once.

    Yields
    ------
    Block
        In the order of the file.

    Raises
    ------
    SourceError
        The file is refused whole: missing, empty, NUL byte, wrong encoding, header, cut off.
    """
    # Keys are compared over all files at once, later; here only single rows are judged.
    contract = replace(contract, key=())
    digest = hashlib.sha256()
    if is_parquet(path):
        jobs = _hashing(parquet_jobs(path, contract, values), path, digest)
    else:
        jobs = _text_jobs(path, contract, values, block_bytes, digest)
    n_rows, last = 0, None
    for block in ahead(partial(_finished, job, finish) for job in jobs):
        if last is not None:
            yield last
        n_rows, last = n_rows + block.n_read, block
    if last is None or not n_rows:
        raise SourceError(f"{path.name}: a header but no rows. Fetch or export the file again.")
    yield replace(last, hashes={path.name: digest.hexdigest()})


def _finished(job: Callable[[], Block], finish: Callable[[Block], Block]) -> Block:
    return finish(job())


def ahead(jobs: Iterator[Callable[[], Done]]) -> Iterator[Done]:
    """Run jobs ahead, a few at once, and give their results in order."""
    with ThreadPoolExecutor(_N_AT_ONCE) as workers:
        coming = deque(workers.submit(job) for job in islice(jobs, _N_AT_ONCE))
        try:
            while coming:
                block = coming.popleft().result()
                coming.extend(workers.submit(job) for job in islice(jobs, 1))
                yield block
        finally:
            for job in coming:
                job.cancel()


def read_header(path: Path, contract: Contract) -> list[str]:
    """Read and check the column names of a delimited text file or a Parquet file."""
    if is_parquet(path):
        names = list(parquet_schema(path))
    else:
        start = _first_line(path, contract)
        names = split_header(start, contract.separator)
    check_header(names, contract, path)
    return names


def _first_line(path: Path, contract: Contract) -> str:
    try:
        with path.open("rb") as handle:
            line = handle.readline().removeprefix(_BOM)
    except OSError:
        line = b""
    if not line.strip() or b"\0" in line or line.startswith((b"PK\x03\x04", b"\xff\xfe")):
        check_bytes(path, contract.encoding)
    try:
        return line.decode(contract.encoding).rstrip("\r\n")
    except UnicodeDecodeError:
        check_bytes(path, contract.encoding)
        raise


def _text_jobs(
    path: Path,
    contract: Contract,
    values: Mapping[str, TextValues],
    block_bytes: int,
    digest: Digest,
) -> Iterator[Callable[[], Block]]:
    header = read_header(path, contract)
    few = few_texts(contract, values)
    first_line = 2
    for lines, n_lines, is_last in line_blocks(path, block_bytes, digest):
        job = partial(_judge_text, lines, n_lines, first_line, header, contract, path, few)
        yield partial(job, values, is_last)
        first_line += n_lines


def _hashing(
    jobs: Iterator[Callable[[], Block]], path: Path, digest: Digest
) -> Iterator[Callable[[], Block]]:
    """Hash a share of the file with every job, so that nothing goes on when reading stops."""
    jobs = list(jobs)
    share = path.stat().st_size // len(jobs) + 1
    with path.open("rb", buffering=0) as handle:
        for job in jobs:
            hash_on(handle, share, digest)
            yield job


def _judge_text(
    lines: bytes,
    n_lines: int,
    first_line: int,
    header: list[str],
    contract: Contract,
    path: Path,
    few: dict[str, FewTexts],
    values: Mapping[str, TextValues],
    is_last: bool,
) -> Block:
    if b"\0" in lines:
        check_bytes(path, contract.encoding)
    is_odd, frame = _parse_even(lines, n_lines, header, contract, few)
    if frame is None:
        good, suspects = None, np.arange(n_lines)
    else:
        typed, is_bad = judge_columns(frame, contract, few)
        line = pl.int_range(first_line, first_line + n_lines, dtype=pl.UInt32, eager=True)
        if is_odd is None and not is_bad.any():
            typed = typed.with_columns(line.alias("line"))
            return Block(typed, pl.DataFrame(schema=REJECTS_SCHEMA), n_lines, 0, 0)
        numbers = np.arange(n_lines) if is_odd is None else np.flatnonzero(~is_odd)
        typed = typed.with_columns(line.gather(numbers).alias("line"))
        good = typed.filter(~is_bad)
        odd = np.array([], np.int64) if is_odd is None else np.flatnonzero(is_odd)
        suspects = np.sort(np.concatenate([numbers[is_bad], odd]))
    cut = lines.split(b"\n")
    picked = [(first_line + int(i), cut[i]) for i in suspects]
    is_end = is_last and bool(len(suspects)) and suspects[-1] == n_lines - 1
    judged = with_values(judge_lines(picked, header, contract, path, is_end), values)
    return judged if good is None else with_good(judged, good)


def _parse_even(
    lines: bytes, n_lines: int, header: list[str], contract: Contract, few: dict[str, FewTexts]
) -> tuple[np.ndarray | None, pl.DataFrame | None]:
    """Tell odd lines (None when there are none) and parse the others (None when that fails)."""
    if b'"' not in lines:
        frame = _parse(lines, None, n_lines, header, contract, few)
        if frame is not None and (
            _is_surely_even(frame, header)
            or is_even(lines, n_lines, len(header), contract.separator)
        ):
            return None, frame
    is_odd = odd_lines(lines, n_lines, header, contract)
    return is_odd, _parse(lines, is_odd, n_lines, header, contract, few)


def _is_surely_even(frame: pl.DataFrame, header: list[str]) -> bool:
    # Polars refuses a line with too many fields, but only when it reads all columns; one with too
    # few has none in the last.
    return set(header) <= set(frame.columns) and not frame[header[-1]].null_count()


def _parse(
    lines: bytes,
    is_odd: np.ndarray | None,
    n_lines: int,
    header: list[str],
    contract: Contract,
    few: dict[str, FewTexts],
) -> pl.DataFrame | None:
    """Parse the even lines of a block in one go; None when that cannot be done."""
    if not (contract.encoding.startswith("utf") or lines.isascii()):
        return None
    if is_odd is not None:
        n_lines -= int(is_odd.sum())
        lines = without(lines, is_odd)
    if not n_lines:
        return None
    declared = [c for c in contract.columns if c.name in header]
    numbers = {
        c.name: number_type(c) for c in declared if c.type in NUMERIC and not has_few_values(c)
    }
    kinds = {name: texts.kind for name, texts in few.items()}
    frame = _scan(lines, header, numbers | kinds, declared, contract.separator)
    if frame is None:
        # Some value is not of its type: read all as text and let it become a suspect.
        frame = _scan(lines, header, kinds, declared, contract.separator)
    return None if frame is None or frame.height != n_lines else frame


def _scan(
    lines: bytes, header: list[str], types: dict, declared: list[Column], separator: str
) -> pl.DataFrame | None:
    schema = {name: types.get(name, pl.String()) for name in header}
    quote = '"' if b'"' in lines else None
    try:
        scan = pl.scan_csv(
            lines, has_header=False, schema=schema, separator=separator, quote_char=quote
        )
        return scan.select(c.name for c in declared).collect()
    except pl.exceptions.PolarsError:
        return None


def judge_lines(
    lines: list[tuple[int, bytes]], header: list[str], contract: Contract, path: Path, is_last: bool
) -> Block:
    """Cut single lines up as text and judge them.

    Raises
    ------
    SourceError
        Wrong encoding; the file's last line is cut off.
    """
    kept, numbers, ragged = [], [], []
    for number, raw in lines:
        if not raw.strip():
            continue
        fields = _fields(raw, contract, path)
        if fields is not None and len(fields) == len(header):
            kept.append(fields)
            numbers.append(number)
        else:
            ragged.append((number, fields, raw))
    _refuse_cut_off(ragged, is_last and lines[-1], header, path)
    frame = pl.DataFrame(kept, schema=dict.fromkeys(header, pl.String), orient="row")
    frame = frame.select([n for n in contract.names if n in header])
    return judge_frame(
        frame.with_columns(pl.Series("line", numbers, dtype=pl.Int64)),
        contract,
        path.name,
        _ragged_rejects(ragged, len(header), path, contract),
    )


def _fields(raw: bytes, contract: Contract, path: Path) -> list[str] | None:
    try:
        text = raw.decode(contract.encoding).rstrip("\r")
    except UnicodeDecodeError:
        check_bytes(path, contract.encoding)
        raise
    if '"' not in text:
        return text.split(contract.separator)
    try:
        return next(csv.reader([text], delimiter=contract.separator, strict=True))
    except csv.Error:
        return None


def _ragged_rejects(ragged: list, n_fields: int, path: Path, contract: Contract) -> pl.DataFrame:
    faults = []
    for number, fields, raw in ragged:
        reason = (
            "a quotation mark is not closed"
            if fields is None
            else f"{len(fields)} fields, expected {n_fields}"
        )
        shown = raw.decode(contract.encoding)[:_SHOWN]
        faults.append((path.name, number, "", shown, reason))
    return pl.DataFrame(faults, schema=REJECTS_SCHEMA, orient="row")


def _refuse_cut_off(ragged: list, last, header: list[str], path: Path) -> None:
    if not ragged or not last or ragged[-1][0] < last[0]:
        return
    number, fields, _ = ragged[-1]
    if fields is not None and len(fields) < len(header):
        raise SourceError(
            f"{path.name}, line {number}: the last line has {len(fields)} of {len(header)} "
            "fields; the file is cut off. Fetch it again."
        )
