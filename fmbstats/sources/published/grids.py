"""Tables of publishers as grids of cells, whether they come as text or as a workbook.

A publisher's table has its title and filters above it, one or more lines of headings, and numbers.
Text comes in UTF-8 or cp1252, with any of four separators, and with or without one behind the
last field; all of it becomes one :class:`Grid` per table, which knows the place of every cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fmbstats.errors import SourceError
from fmbstats.sources.registers.cell_faults import CellFault
from fmbstats.sources.textfiles import is_utf8, read_start, read_text
from fmbstats.sources.workbooks import cell_name, cell_text, merged_ranges, read_grids

_WORKBOOK_ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods")
_SEPARATORS = ";\t|,"
# More than fits any published count, and few enough to be shown in a message.
_MAX_DIGITS = 12
SHOWN = 40
_PEEK_BYTES = 1 << 14


@dataclass(frozen=True, eq=False)
class Grid:
    """The cells of one sheet or text file."""

    path: Path
    sheet: str  #: Name of the sheet; empty for text.
    rows: list[list[str]]  #: Cells without surrounding spaces.
    lines: list[int]  #: 1-based line of the file (or row of the sheet) in which each row begins.
    separator: str = ""  #: Empty for a sheet.

    @property
    def name(self) -> str:
        """File, and sheet when it is one."""
        return f"{self.path.name}, sheet {self.sheet!r}" if self.sheet else self.path.name

    def cell(self, row: int, column: int) -> str:
        """Return a cell's text; empty outside of the grid."""
        cells = self.rows[row] if row < len(self.rows) else []
        return cells[column] if column < len(cells) else ""

    def fault(self, row: int, column: int, what: str) -> SourceError:
        """Return the refusal that names a cell: "line 4, field 5" or "cell B8"."""
        place = f"line {self.lines[row]}, field {column + 1}"
        if self.sheet:
            place = f"cell {cell_name(self.lines[row] - 1, column)}"
        return SourceError(f"{self.name}, {place}: {what}")

    def cell_fault(self, row: int, column: int, what: str) -> CellFault:
        """Return the fault of a cell, for a reader that goes on after it."""
        name = f"field {column + 1}"
        if self.sheet:
            name = f"{self.sheet}!{cell_name(self.lines[row] - 1, column)}"
        value, message = self.cell(row, column)[:SHOWN], str(self.fault(row, column, what))
        return CellFault(self.path.name, self.lines[row], name, value, message)

    def columns(self, known: Sequence[str], required: Sequence[str], what: str) -> dict[str, int]:
        """Return the place of every column of a sheet with headings of its own, in any order.

        Raises SourceError: an unknown heading, one that stands twice or is missing.
        """
        names = {_plain(name): name for name in known}
        found: dict[str, int] = {}
        for n, heading in enumerate(self.rows[0]):
            name = names.get(_plain(heading))
            if heading and name is None:
                raise SourceError(
                    f"{self.name}, line 1: the column {heading[:SHOWN]!r} is unknown; expected "
                    f"{', '.join(known)}."
                )
            if name in found:
                raise SourceError(f"{self.name}, line 1: the column {name!r} stands twice.")
            if name is not None:
                found[name] = n
        if missing := [name for name in required if name not in found]:
            raise SourceError(
                f"{self.name}, line 1: the column {missing[0]!r} is missing; {what} has "
                f"{', '.join(required)}."
            )
        return found

    def refuse_merged(self, rows: range, expected: str) -> None:
        """Refuse merged cells among rows: which column a heading names is then a guess.

        Raises SourceError.
        """
        if not self.sheet or self.path.suffix.lower() not in (".xlsx", ".xlsm"):
            return
        for top, left, bottom, right in merged_ranges(self.path, self.sheet):
            if top < rows.stop and bottom >= rows.start and right > left:
                area = f"{cell_name(top, left)}:{cell_name(bottom, right)}"
                raise SourceError(
                    f"{self.name}: the header cells {area} are merged; expected one heading per "
                    f"column ({expected}). Unmerge them or fetch the original."
                )


def _plain(heading: str) -> str:
    return "_".join(heading.lower().split())


def read_sheet_of(
    path: Path, known: Sequence[str], required: Sequence[str], what: str
) -> tuple[Grid, dict[str, int]]:
    """Read the first table of a file that holds any cell, with the place of its columns.

    See `Grid.columns`. Raises SourceError: there is none, or it has other columns.
    """
    grid = next((g for g in read_tables(path) if g.rows), None)
    if grid is None:
        raise SourceError(f"{path.name}: the sheet is empty.")
    return grid, grid.columns(known, required, what)


def is_workbook(path: Path) -> bool:
    """Tell whether a file is to be read as a workbook, by its name."""
    return path.suffix.lower() in _WORKBOOK_ENDINGS


def read_tables(path: Path) -> list[Grid]:
    """Read every sheet of a workbook, or a text file as one grid.

    Text is UTF-8, else cp1252, and parted by the separator that cuts the most lines into the same
    number of fields. Raises SourceError: missing, empty, damaged, neither UTF-8 nor cp1252.
    """
    if is_workbook(path):
        grids = []
        for name, cells in read_grids(path).items():
            rows = [[" ".join(cell_text(c).split()) for c in row] for row in cells]
            kept = [n for n, row in enumerate(rows) if any(row)]
            grids.append(Grid(path, name, [rows[n] for n in kept], [n + 1 for n in kept]))
        return grids
    is_other = path.is_file() and not is_utf8(path.read_bytes())
    text = read_text(path, "cp1252" if is_other else "utf-8")
    return [text_grid(path, text, _separator(text))]


def text_grid(path: Path, text: str, separator: str) -> Grid:
    """Cut a text into cells; blank lines are left out, quoted cells may hold line ends.

    Raises SourceError: a field longer than any table's.
    """
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    rows, lines, last = [], [], 0
    try:
        for row in reader:
            cells = [" ".join(cell.split()) for cell in row]
            if any(cells):
                rows.append(cells)
                lines.append(last + 1)
            last = reader.line_num
    except csv.Error as error:
        raise SourceError(f"{path.name}, line {reader.line_num}: {error}.") from None
    return Grid(path, "", rows, lines, separator)


def count_of(text: str) -> int | None:
    """Read a whole number with spaces, or commas between thousands; None when it is none.

    >>> count_of("1 050"), count_of("1,050"), count_of("2,5"), count_of("9" * 40)
    (1050, 1050, None, None)
    """
    digits = "".join(text.split())
    head, *groups = digits.split(",")
    if groups and all(len(g) == 3 for g in groups) and head:
        digits = head + "".join(groups)
    is_count = digits.isascii() and digits.isdecimal() and len(digits) <= _MAX_DIGITS
    return int(digits) if is_count else None


def peek(path: Path) -> list[Grid]:
    """Return the beginning of a file's tables, to tell what kind it is; none for other files.

    A register of gigabytes is read no further than its first lines.
    """
    if is_workbook(path):
        return read_tables(path)
    if path.suffix.lower() not in (".csv", ".txt", ".tsv"):
        return []
    start = read_start(path, _PEEK_BYTES)
    if b"\0" in start:
        return []
    whole_lines = start.rpartition(b"\n")[0] if len(start) == _PEEK_BYTES else start
    encoding = "utf-8-sig" if is_utf8(whole_lines) else "cp1252"
    text = whole_lines.decode(encoding, errors="replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        return [text_grid(path, text, _separator(text))]
    except SourceError:
        return []


def _separator(text: str) -> str:
    """Return the separator by which most of the first lines have as many fields as each other."""
    lines = [line for line in text.split("\n")[:50] if line.strip()]

    def n_alike(separator: str) -> tuple[int, int]:
        counts = [line.count(separator) for line in lines if separator in line]
        alike = max((counts.count(n) for n in counts), default=0)
        return alike, max(counts, default=0)

    return max(_SEPARATORS, key=n_alike)
