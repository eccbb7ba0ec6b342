"""Reads tables of gigabytes block by block: fast where rows are good, row by row where not.

A block is some megabytes of whole lines. Its typed columns are parsed at once and judged
by the contract; only rows that look suspicious are cut up again as text and judged by
:mod:`fmbstats.sources.registers.checking`, which words the faults. So a clean file costs about
what parsing costs, line numbers are exact, and no unclosed quotation mark can swallow the rest of
a file.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import numpy as np
import polars as pl

from fmbstats.errors import RejectedRowsError, SourceError
from fmbstats.sources.registers import line_blocks
from fmbstats.sources.registers.blocks_parquet import parquet_jobs, parquet_schema
from fmbstats.sources.registers.checking import REJECTS_SCHEMA
from fmbstats.sources.registers.contracts import Column, Contract, matched_names, split_names
from fmbstats.sources.registers.encoding import TextValues
from fmbstats.sources.registers.files import header_lines, is_packed, is_parquet
from fmbstats.sources.registers.judging import (
    Block,
    FewTexts,
    few_texts,
    has_few_values,
    judge_columns,
    judge_frame,
    with_good,
    with_shared,
    with_values,
)
from fmbstats.sources.registers.look import look_at_columns
from fmbstats.sources.registers.rules import NUMERIC, judged, number_type
from fmbstats.sources.textfiles import check_bytes, ends_whole, is_likely, is_utf8, likely_encoding

Done = TypeVar("Done")

BLOCK_BYTES = 8 << 20
_SHOWN = 60
_LOOKS_LIKE = re.compile(r"looks like ([\w-]+)")
# Old programs of DOS end a file with Ctrl-Z.
_BLANK = b" \t\r\n\v\f\x1a"
# So many suspects of a block are many; so many of them are looked at first.
_MANY, _SOME = 20_000, 2_000
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

    `finish`: what is done with every block before it is given; called on several threads at once.
    `values`: what shall stand for the texts of a column, by its name; else they stay texts.
    `block_bytes`: about so much of a text file at once. Yields in the order of the file. Raises
    SourceError: the file is refused whole: missing, empty, NUL byte, wrong encoding, header, cut
    off.
    """
    # Keys are compared over all files at once, later; here only single rows are judged.
    contract = replace(contract, key=())
    digest = hashlib.sha256()
    if is_parquet(path):
        jobs = _hashing(parquet_jobs(path, contract, values), path, digest)
    else:
        header, few = read_header(path, contract), few_texts(contract, values)
        jobs = _Text(path, contract, header, few, values).jobs(block_bytes, digest)
    n_rows, last = 0, None
    for block in ahead(partial(lambda job: finish(job()), job) for job in jobs):
        if last is not None:
            yield last
        n_rows, last = n_rows + block.n_read, block
    if last is None or not n_rows:
        raise SourceError(f"{path.name}: a header but no rows. Fetch or export the file again.")
    yield replace(last, hashes={path.name: digest.hexdigest()})


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


def refuse_bad(path: Path, blocks: Sequence[Block], n_bad: int, max_share: float, what: str) -> int:
    """Refuse a table of which too many rows are bad; the first fault is told.

    `blocks`: all of the table. `max_share`: 0 to 1. `what`: "deaths cannot be used", say: stands
    after the numbers. Returns how many rows were read. Raises RejectedRowsError.
    """
    n_read = sum(block.n_read for block in blocks)
    if n_bad <= max_share * n_read:
        return n_read
    faults = [r for b in blocks for r in b.rejects.head(1).iter_rows(named=True)]
    first = f" The first: line {faults[0]['line']}, {faults[0]['reason']}." if faults else ""
    raise RejectedRowsError(
        f"{path.name}: {n_bad} of {n_read} {what}; at most {max_share:.1%} may be.{first}"
    )


def read_header(path: Path, contract: Contract) -> list[str]:
    """Return our name of every column of a delimited text file or a Parquet file, by place.

    Raises SourceError: the file is empty, no text, or does not have the contract's columns.
    """
    return matched_names(column_names(path, contract), contract, path)


def column_names(path: Path, contract: Contract) -> list[str]:
    """Return what a file calls its columns."""
    if is_parquet(path):
        return list(parquet_schema(path))
    if not path.is_file():
        check_bytes(path)  # words the refusal
    line = header_lines(path, contract.header_line)[-1]
    is_packed_text = is_packed(path)
    if not is_packed_text and (
        not line.strip() or b"\0" in line or line.startswith((b"PK\x03\x04", b"\xff\xfe"))
    ):
        check_bytes(path, contract.encoding)
    if not line.strip():
        raise SourceError(
            f"{path.name}, line {contract.header_line}: expected the names of the columns, and "
            "nothing came. Say in a mapping on which line they stand, with [file] header_line."
        )
    try:
        text = line.decode(contract.encoding)
    except UnicodeDecodeError:
        raise _wrong_encoding(path, contract) from None
    return split_names(text.rstrip("\r\n"), contract.separator)


def _wrong_encoding(path: Path, contract: Contract) -> SourceError:
    """Say which byte is none of the encoding, and what to set."""
    try:
        check_bytes(path, contract.encoding)
    except SourceError as error:
        told = _LOOKS_LIKE.search(str(error))
        hint = f' Or set [file] encoding = "{told[1]}" in a mapping.' if told else ""
        return SourceError(f"{error}{hint}")
    return SourceError(f"{path.name}: holds bytes that are not {contract.encoding}.")


def _hashing(
    jobs: Iterator[Callable[[], Block]], path: Path, digest: line_blocks.Digest
) -> Iterator[Callable[[], Block]]:
    """Hash some of the file with every job, so that nothing goes on when reading stops."""
    with path.open("rb", buffering=0) as handle:
        for job in jobs:
            line_blocks.hash_on(handle, BLOCK_BYTES, digest)
            yield job
        line_blocks.hash_on(handle, path.stat().st_size, digest)


@dataclass(frozen=True, eq=False)
class _Text:
    """A text file that is being read: its header, and how its columns are judged."""

    path: Path
    contract: Contract
    header: list[str]
    few: dict[str, FewTexts]
    values: Mapping[str, TextValues]

    def jobs(self, block_bytes: int, digest: line_blocks.Digest) -> Iterator[Callable[[], Block]]:
        """Give jobs that judge the rows of a block each."""
        first_line = self.contract.header_line + 1
        blocks = line_blocks.line_blocks(self.path, block_bytes, digest, first_line - 1)
        for block in blocks:
            yield partial(self._judge, block, first_line)
            first_line += block.n_lines

    def _judge(self, block: line_blocks.LineBlock, first_line: int) -> Block:
        rows, frame = self._parsed(self._as_utf8(block.lines), block.n_lines)
        suspects, good = np.arange(rows.n_rows), None
        if frame is not None:
            typed, is_bad = judge_columns(frame, self.contract, self.few)
            even = suspects if rows.is_odd is None else np.flatnonzero(~rows.is_odd)
            numbers = pl.Series("line", first_line + rows.lines_of(even), dtype=pl.UInt32)
            typed = typed.with_columns(numbers)
            if rows.is_odd is None and not is_bad.any():
                return Block(typed, pl.DataFrame(schema=REJECTS_SCHEMA), rows.n_rows, 0, 0)
            good = typed.filter(~is_bad)
            odd = np.array([], np.int64) if rows.is_odd is None else np.flatnonzero(rows.is_odd)
            suspects = np.sort(np.concatenate([even[is_bad], odd]))
        if len(suspects) > _MANY:  # so that a fault of the column is told at once
            self._as_text(rows, suspects[:_SOME], first_line, _SOME)
        is_end = block.is_last and bool(len(suspects)) and suspects[-1] == rows.n_rows - 1
        again = self._as_text(rows, suspects, first_line, rows.n_rows, is_end)
        again = with_values(again, self.values)
        return again if good is None else with_good(again, good)

    def _as_text(
        self,
        rows: line_blocks.Rows,
        places: np.ndarray,
        first_line: int,
        n_rows: int,
        is_end: bool = False,
    ) -> Block:
        """Judge some of the rows as text; `is_end`: the last of them is the file's.

        Raises SourceError: wrong encoding; the file's last line is cut off; a column is at fault.
        """
        kept, numbers, ragged = [], [], []
        for number, raw in zip(first_line + rows.lines_of(places), rows.at(places), strict=True):
            if not raw.strip(_BLANK):
                continue
            fields = line_blocks.fields_of(raw.decode("utf-8"), self.contract.separator)
            if fields is not None and len(fields) == len(self.header):
                kept.append(fields)
                numbers.append(int(number))
            else:
                ragged.append((int(number), fields, raw))
        if is_end and ragged and ragged[-1][0] >= first_line + rows.lines_of(places)[-1]:
            self._refuse_cut_off(*ragged[-1][:2])
        found = self._judged(kept, numbers, ragged)
        look_at_columns(found.rejects, n_rows, self.contract, self.path)
        return found

    def _judged(self, kept: list[list[str]], numbers: list[int], ragged: list) -> Block:
        faults = [
            (self.path.name, number, "", _shown(raw), _ragged_reason(fields, raw, len(self.header)))
            for number, fields, raw in ragged
        ]
        rejects = pl.DataFrame(faults, schema=REJECTS_SCHEMA, orient="row")
        frame = self._text_frame(kept, numbers)
        found = judge_frame(frame, self.contract, self.path.name, rejects)
        lost = [self._salvaged(ragged)]
        if found.lost is not None:
            lost.insert(0, found.lost)
        return replace(found, lost=pl.concat(lost))

    def _text_frame(self, rows: list[list[str]], numbers: list[int]) -> pl.DataFrame:
        frame = pl.DataFrame(rows, schema=dict.fromkeys(self.header, pl.String), orient="row")
        frame = frame.select([n for n in self.contract.names if n in self.header])
        frame = with_shared(frame, self.contract)
        return frame.with_columns(pl.Series("line", numbers, dtype=pl.Int64))

    def _salvaged(self, ragged: list) -> pl.DataFrame:
        """Read what can be read of lines that are no rows, to tell whether their loss matters."""
        rows, n = [], len(self.header)
        for _, _, raw in ragged:
            fields = raw.decode("utf-8", errors="replace").split(self.contract.separator)
            rows.append((fields + [""] * n)[:n])
        texts = self._text_frame(rows, [number for number, _, _ in ragged])
        columns = [c for c in self.contract.columns if c.name in texts.columns]
        return texts.with_columns(
            judged(texts[c.name], c, self.contract)["value"].alias(c.name) for c in columns
        )

    def _refuse_cut_off(self, number: int, fields: list[str] | None) -> None:
        if fields is None or len(fields) >= len(self.header):
            return
        told = "fields; the file is cut off. Fetch it again."
        if not is_packed(self.path) and ends_whole(self.path):
            told = (
                "fields, but ends as a line does. If it tells of the table (a total, how many rows "
                "were written), take it out; if the file is cut off, fetch it again."
            )
        raise SourceError(
            f"{self.path.name}, line {number}: the last line has {len(fields)} of "
            f"{len(self.header)} {told}"
        )

    def _as_utf8(self, lines: bytes) -> bytes:
        """Return a block's lines in UTF-8.

        Raises SourceError: a NUL byte, or bytes of another encoding: one byte per character decodes
        almost anything, UTF-8 too ("Gävleborg" as "GÃ¤vleborg"), and other letters are read.
        """
        name, encoding = self.path.name, self.contract.encoding
        if b"\0" in lines:
            check_bytes(self.path, encoding)
        if lines.isascii():
            return lines
        try:
            text = lines.decode(encoding)
        except UnicodeDecodeError:
            raise _wrong_encoding(self.path, self.contract) from None
        if encoding == "utf-8":
            return lines
        if is_utf8(lines):
            raise SourceError(
                f"{name}: is written in UTF-8, not {encoding}. Set [file] encoding = "
                '"utf-8" in the mapping.'
            )
        likely = likely_encoding(lines)
        if likely is not None and not is_likely(lines, encoding):
            raise SourceError(
                f"{name}: looks like {likely}, not {encoding}: its letters would be read "
                f'as others. Set [file] encoding = "{likely}" in the mapping.'
            )
        return text.encode()

    def _parsed(self, lines: bytes, n_lines: int) -> tuple[line_blocks.Rows, pl.DataFrame | None]:
        """Find the rows of a block, and parse those that are even (None when that fails)."""
        n, separator = len(self.header), self.contract.separator
        if b'"' not in lines:
            rows = line_blocks.Rows(lines, None, n_lines, None)
            frame = self._parse(rows)
            # Polars refuses a line with too many fields, but only when it reads all columns; one
            # with too few has none in the last.
            if frame is not None and (
                (set(self.header) <= set(frame.columns) and not frame[self.header[-1]].null_count())
                or line_blocks.is_even(lines, n_lines, n, separator)
            ):
                return rows, frame
        rows = line_blocks.rows_of(lines, n_lines, n, separator)
        return rows, self._parse(rows)

    def _parse(self, rows: line_blocks.Rows) -> pl.DataFrame | None:
        """Parse the even rows of a block in one go; None when that cannot be done."""
        n_rows = rows.n_rows - (0 if rows.is_odd is None else int(rows.is_odd.sum()))
        if not n_rows:
            return None
        lines = rows.even()
        declared = [c for c in self.contract.columns if c.name in self.header]
        numbers = {
            c.name: number_type(c) for c in declared if c.type in NUMERIC and not has_few_values(c)
        }
        frame = self._scan(lines, numbers, declared)
        if frame is None:
            # Some value is not of its type: read all as text and let it become a suspect.
            frame = self._scan(lines, {}, declared)
        if frame is None or frame.height != n_rows:
            return None
        return with_shared(frame, self.contract)

    def _scan(self, lines: bytes, types: dict, declared: list[Column]) -> pl.DataFrame | None:
        schema = {name: types.get(name, pl.String()) for name in self.header}
        separator, quote = self.contract.separator, '"' if b'"' in lines else None
        try:
            scan = pl.scan_csv(
                lines, has_header=False, schema=schema, separator=separator, quote_char=quote
            )
            return scan.select(c.name for c in declared).collect()
        except pl.exceptions.PolarsError:
            return None


def _ragged_reason(fields: list[str] | None, raw: bytes, n_fields: int) -> str:
    if fields is None:
        return "a quotation mark is not closed"
    ends = "; a line end is CR only" if b"\r" in raw.rstrip(b"\r") else ""
    return f"{len(fields)} fields, expected {n_fields}{ends}"


def _shown(raw: bytes) -> str:
    """Return the first field of a line, cut: no message holds more of a person than that."""
    return raw[:_SHOWN].decode("utf-8", errors="ignore")
