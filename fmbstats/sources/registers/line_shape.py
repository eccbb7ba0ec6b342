"""Which lines of a block make a row, and whether each row has as many fields as the header.

Looked at as bytes. A row may go on over several lines inside quotation marks (RFC 4180); an open
quotation mark that nothing closes is a fault of its own line only, and swallows no other.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass

import numpy as np
import polars as pl

from fmbstats.sources.registers.rules import INNER_LINE_END

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
    if b'"' not in row:
        return row.count(separator.encode()) + 1
    try:
        text = row.decode("utf-8", errors="replace").rstrip("\r")
        return len(next(csv.reader([text], delimiter=separator, strict=True)))
    except csv.Error:
        return 0
