"""Cuts a text file into blocks of whole rows, and hashes and counts on the way.

Both are done piece by piece, while the processor has a piece at hand; a register of gigabytes is
not read a second time for its hash. A row may go on over several lines inside quotation marks: a
block then ends where they are closed.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import numpy as np
import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources.registers.files import Hashed, is_packed, unpacking
from fmbstats.sources.registers.rules import INNER_LINE_END

_PIECE_BYTES = 1 << 18
_LINE_END = ord("\n")
# No line of a register is a hundredth as long.
_MOST_LINE_MB = 16
_MOST_LINE_BYTES = _MOST_LINE_MB * 1_000_000
# So much more is read to find where quotation marks are closed.
_MOST_OPEN_BYTES = 1 << 20


class Digest(Protocol):
    """A hash of :mod:`hashlib` that is being worked out."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take more bytes."""


class LineBlock(NamedTuple):
    """Whole lines of a file; its last line need not have an end."""

    lines: bytes
    n_lines: int
    is_last: bool


def line_blocks(
    path: Path, block_bytes: int, digest: Digest, header_line: int = 1
) -> Iterator[LineBlock]:
    """Give all lines after the header, some megabytes at once.

    `path`: text, or text packed by gzip. `block_bytes`: about so much at once. `digest`: takes the
    whole file as it lies on the disk, block by block. `header_line`: lines up to and including this
    one are left out. Raises SourceError: the file gets shorter while it is read, or cannot be
    unpacked.
    """
    if is_packed(path):
        yield from _packed_blocks(path, block_bytes, digest, header_line)
        return
    size = path.stat().st_size
    with path.open("rb") as handle:
        for _ in range(header_line):
            digest.update(handle.readline())
        while (start := handle.tell()) < size:
            # First where the block's last line ends, then all of it at once: no copy.
            handle.seek(start + block_bytes)
            _line(handle, path)
            end = min(handle.tell(), size)
            handle.seek(start)
            lines = handle.read(end - start)
            if len(lines) < end - start:
                raise SourceError(f"{path.name}: got shorter while it was read. Try again.")
            lines += _rest_of_row(lines, handle, path)
            n_lines = _hash_and_count(lines, digest) + (not lines.endswith(b"\n"))
            yield LineBlock(lines, n_lines, handle.tell() >= size)


def _packed_blocks(
    path: Path, block_bytes: int, digest: Digest, header_line: int
) -> Iterator[LineBlock]:
    with path.open("rb") as raw:
        handle = gzip.GzipFile(fileobj=Hashed(raw, digest.update))
        with unpacking(path):
            for _ in range(header_line):
                handle.readline()
            coming = _packed_block(handle, block_bytes, path)
            while coming:
                lines, coming = coming, _packed_block(handle, block_bytes, path)
                n_lines = lines.count(b"\n") + (not lines.endswith(b"\n"))
                yield LineBlock(lines, n_lines, not coming)


def _packed_block(handle: gzip.GzipFile, block_bytes: int, path: Path) -> bytes:
    lines = handle.read(max(block_bytes, 1))
    if lines and not lines.endswith(b"\n"):
        lines += _line(handle, path)
    return lines + _rest_of_row(lines, handle, path)


def _line(handle: BinaryIO | gzip.GzipFile, path: Path) -> bytes:
    """Read on to the end of a line, which is not far: a bomb unpacks to one without end."""
    line = handle.readline(_MOST_LINE_BYTES)
    if len(line) == _MOST_LINE_BYTES and not line.endswith(b"\n"):
        raise SourceError(
            f"{path.name}: the line at byte {handle.tell() - len(line):,} goes on for more than "
            f"{_MOST_LINE_MB} MB; that is no table of lines. Export the file again."
        )
    return line


def _rest_of_row(lines: bytes, handle: BinaryIO | gzip.GzipFile, path: Path) -> bytes:
    """Read on, in whole lines, where a block ends inside quotation marks."""
    more: list[bytes] = []
    if b'"' in lines and lines.count(b'"') % 2:
        n_more = 0
        while n_more < _MOST_OPEN_BYTES and (line := _line(handle, path)):
            more.append(line)
            n_more += len(line)
            if line.count(b'"') % 2:
                break
    return b"".join(more)


def _hash_and_count(lines: bytes, digest: Digest) -> int:
    """Hash a block; return how many lines end in it."""
    n_lines = 0
    for start in range(0, len(lines), _PIECE_BYTES):
        piece = memoryview(lines)[start : start + _PIECE_BYTES]
        digest.update(piece)
        # Five times as fast as bytes.count.
        n_lines += int(np.count_nonzero(np.frombuffer(piece, np.uint8) == _LINE_END))
    return n_lines


def hash_on(handle: BinaryIO, n_bytes: int, digest: Digest) -> None:
    """Hash the next bytes of a file, or what is left of it."""
    while n_bytes > 0 and (piece := handle.read(min(n_bytes, _PIECE_BYTES))):
        digest.update(piece)
        n_bytes -= len(piece)


# A text in a table has no more lines; quotation marks further apart do not belong together.
_MOST_LINES = 500
_QUOTE, _END, _RETURN = ord('"'), ord("\n"), ord("\r")


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of a block."""

    lines: bytes  #: As they came, or with inner line ends replaced, so that every row is one line.
    #: On which line of the block a row begins, from 0; None where every line is a row; int, shape
    #: (n_rows,).
    line_of: np.ndarray | None
    n_rows: int
    #: Which rows have a wrong number of fields or open quotation marks; None when none has; bool,
    #: shape (n_rows,).
    is_odd: np.ndarray | None

    def at(self, places: np.ndarray) -> list[bytes]:
        """Return some rows as bytes."""
        cut = self.lines.split(b"\n")
        return [cut[i] for i in places]

    def even(self) -> bytes:
        """Return the rows that are not odd."""
        if self.is_odd is None:
            return self.lines
        cut = self.lines.split(b"\n")
        return b"".join(cut[i] + b"\n" for i in np.flatnonzero(~self.is_odd))

    def lines_of(self, places: np.ndarray) -> np.ndarray:
        """Return on which lines of the block some rows begin, from 0."""
        return places if self.line_of is None else self.line_of[places]


def rows_of(lines: bytes, n_lines: int, n_fields: int, separator: str) -> Rows:
    """Find the rows of a block of whole lines."""
    if b'"' not in lines:
        return Rows(lines, None, n_lines, _odd_plain(lines, n_lines, n_fields, separator))
    data = np.frombuffer(lines, np.uint8)
    ends = np.flatnonzero(data == _END)
    quotes = np.flatnonzero(data == _QUOTE)
    is_inner = np.searchsorted(quotes, ends) % 2 == 1
    if not is_inner.any():
        return Rows(lines, None, n_lines, _odd_quoted(data, quotes, n_lines, n_fields, separator))
    if INNER_LINE_END.encode() not in lines and _is_strict(data, quotes, separator):
        joined = data.copy()
        joined[ends[is_inner]] = ord(INNER_LINE_END)
        line_of = np.concatenate([[0], np.flatnonzero(~is_inner) + 1])
        n_rows = n_lines - int(is_inner.sum())
        line_of = line_of[:n_rows]
        if np.diff(line_of).max(initial=1) <= _MOST_LINES:
            is_odd = _odd_quoted(joined, quotes, n_rows, n_fields, separator)
            return Rows(joined.tobytes(), line_of, n_rows, is_odd)
    return _one_by_one(lines, n_fields, separator)


def is_even(lines: bytes, n_lines: int, n_fields: int, separator: str) -> bool:
    """Whether every line has `n_fields` fields, quotation marks aside."""
    data = pl.Series(np.frombuffer(lines if lines.endswith(b"\n") else lines + b"\n", np.uint8))
    ends = data.filter((data == ord(separator)) | (data == ord("\n"))).to_numpy()
    return len(ends) == n_lines * n_fields and bool((ends[n_fields - 1 :: n_fields] == 10).all())


def _odd_plain(lines: bytes, n_lines: int, n_fields: int, separator: str) -> np.ndarray | None:
    data = np.frombuffer(lines, np.uint8)
    places = np.flatnonzero(data == ord(separator))
    is_odd = _per_row(places, _ends(data, n_lines)) != n_fields - 1
    return is_odd if is_odd.any() else None


def _odd_quoted(
    data: np.ndarray, quotes: np.ndarray, n_rows: int, n_fields: int, separator: str
) -> np.ndarray | None:
    """Which rows have a wrong number of separators outside quotation marks, or open ones."""
    ends = _ends(data, n_rows)
    places = np.flatnonzero(data == ord(separator))
    is_outer = np.searchsorted(quotes, places) % 2 == 0
    is_odd = _per_row(places[is_outer], ends) != n_fields - 1
    is_odd |= _per_row(quotes, ends) % 2 == 1
    return is_odd if is_odd.any() else None


def _ends(data: np.ndarray, n_rows: int) -> np.ndarray:
    ends = np.flatnonzero(data == _END)
    return np.append(ends, len(data)) if len(ends) < n_rows else ends


def _per_row(places: np.ndarray, ends: np.ndarray) -> np.ndarray:
    return np.diff(np.searchsorted(places, ends), prepend=0)


def _is_strict(data: np.ndarray, quotes: np.ndarray, separator: str) -> bool:
    """Whether quotation marks open only where a field begins, and close only where it ends."""
    if len(quotes) % 2:
        return False
    padded = np.concatenate([[_END], data, [_END]])
    before, after = padded[quotes[::2]], padded[quotes[1::2] + 2]
    begins = np.isin(before, (ord(separator), _END, _QUOTE))
    stops = np.isin(after, (ord(separator), _END, _RETURN, _QUOTE))
    return bool(begins.all() and stops.all())


def _one_by_one(lines: bytes, n_fields: int, separator: str) -> Rows:
    """Join lines where that makes a row of the right number of fields; slow and careful."""
    cut = lines.removesuffix(b"\n").split(b"\n")
    rows, line_of, is_odd = [], [], []
    place = 0
    while place < len(cut):
        n_joined = _n_joined(cut, place, n_fields, separator)
        row = INNER_LINE_END.encode().join(cut[place : place + max(n_joined, 1)])
        rows.append(row)
        line_of.append(place)
        is_odd.append(n_joined == 0 or _n_fields(row, separator) != n_fields)
        place += max(n_joined, 1)
    odd = np.array(is_odd, bool)
    return Rows(b"\n".join(rows) + b"\n", np.array(line_of), len(rows), odd if odd.any() else None)


def _n_joined(cut: list[bytes], place: int, n_fields: int, separator: str) -> int:
    """Return how many lines make the row that begins on one; 0 where its mark is never closed."""
    if cut[place].count(b'"') % 2 == 0:
        return 1
    for end in range(place + 1, min(place + _MOST_LINES, len(cut))):
        if cut[end].count(b'"') % 2:
            row = INNER_LINE_END.encode().join(cut[place : end + 1])
            return end + 1 - place if _n_fields(row, separator) == n_fields else 0
    return 0


def _n_fields(row: bytes, separator: str) -> int:
    """Return the fields of a row that is written strictly; 0 for any other."""
    return len(fields_of(row.decode("utf-8", errors="replace"), separator) or ())


def fields_of(row: str, separator: str) -> list[str] | None:
    """Cut a row into its fields; None where it is not written strictly."""
    row = row.rstrip("\r")
    if '"' not in row:
        return row.split(separator)
    try:
        return next(csv.reader([row], delimiter=separator, strict=True))
    except csv.Error:
        return None
