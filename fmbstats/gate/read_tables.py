"""Reads tables and plain text: CSV cells, formulas in them, columns of Parquet, and lines.

A table says what its cells say and nothing else: written again, it has the same bytes.
"""

from __future__ import annotations

import csv
import io
import re

import polars as pl

from fmbstats.gate.findings import Contents, Piece

_AGAIN = "Make the table again with fmbstats."
# A cell that begins like a formula but is a number, a range below zero, or a lone mark.
_NUMBER = re.compile(
    r"[-+\u2212]?[\d\u00a0\u202f ]*\d(?:[.,]\d+)?(?:[eE][-+]?\d+)?[\u00a0\u202f ]?%?"
    r"(?:[\u00a0\u202f ]\([-+\u2212]?\d.*\))?|[-+\u2212]"
)
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def read_csv(data: bytes) -> Contents:
    """Read a CSV file; with a fault when it cannot be read.

    Cells are read as a spreadsheet would: a formula is one wherever it stands.
    """
    contents = Contents()
    try:
        text = data.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        contents.fault("", f"not a readable CSV file ({type(error).__name__}).", _AGAIN)
        return contents
    if not lines:
        contents.fault("", "an empty table.", _AGAIN)
        return contents
    _check_written(lines, text, contents)
    heads, *rows = lines
    first: dict[str, tuple[int, int]] = {}
    for number, row in enumerate(rows, start=2):
        if len(row) != len(heads):
            contents.fault(f"row {number}", "more or fewer cells than the head has.", _AGAIN)
        for column, cell in enumerate(row):
            if cell not in first:
                first[cell] = (number, column)
    contents.names = [Piece(f"column {head!r}", head) for head in heads]
    for head in heads:
        _read_cell(head, "row 1", contents)
    for cell, (number, column) in first.items():
        name = heads[column] if column < len(heads) else str(column + 1)
        _read_cell(cell, f"row {number}, column {name!r}", contents)
    return contents


def _check_written(lines: list[list[str]], text: str, contents: Contents) -> None:
    again = io.StringIO(newline="")
    csv.writer(again, lineterminator="\n").writerows(lines)
    if again.getvalue() != text:
        contents.fault("", "quotes or line ends that no table of ours has.", _AGAIN)
    if "\0" in text:
        contents.fault("", "a sign without text (NUL).", _AGAIN)


def _read_cell(cell: str, where: str, contents: Contents) -> None:
    if cell.startswith(FORMULA_SIGNS) and not _NUMBER.fullmatch(cell):
        contents.fault(where, "a cell that a spreadsheet may take for a formula.", _AGAIN)
    contents.say(where, cell)


def read_parquet(data: bytes) -> Contents:
    """Read every text of a Parquet file once; columns and numbers are checked by others.

    Metadata, words that no cell has, bytes that no reader comes to: a name can lie in each. Ours
    are written by one function and one writer, whose version the lock file holds.
    """
    contents = Contents()
    try:
        frame = pl.read_parquet(data)
        again = io.BytesIO()
        frame.write_parquet(again, compression="zstd")
    except Exception as error:  # whatever a file that is not ours makes a reader raise
        contents.fault("", f"not a readable table ({type(error).__name__}).", _AGAIN)
        return contents
    if again.getvalue() != data:
        what = "its bytes are not those that its cells are written with, by this version of polars."
        contents.fault("", what, _AGAIN)
    for column in frame.select(pl.col(pl.String)):
        for text in column.drop_nulls().unique().sort():
            contents.say(f"column {column.name!r}", text)
    return contents


def read_text(data: bytes) -> Contents:
    """Read a plain text, line by line."""
    contents = Contents()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        contents.fault("", "not a text in UTF-8.", "Make it again with fmbstats.")
        return contents
    if re.search(r"[^\n -~\x80-\U0010ffff]|[\x80-\x9f]| $", text, re.MULTILINE):
        contents.fault("", "signs or spaces that nobody sees.", "Make it again with fmbstats.")
    for number, line in enumerate(text.splitlines(), start=1):
        contents.say(f"line {number}", line)
    return contents
