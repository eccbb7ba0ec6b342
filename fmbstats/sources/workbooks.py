"""Reading Excel workbooks as grids of cells, whatever program wrote them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmbstats.errors import SourceError
from fmbstats.sources.textfiles import read_start

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

Grid = list[list[Any]]


def read_grids(path: Path) -> dict[str, Grid]:
    """Read every sheet of a workbook.

    calamine, not openpyxl: some agencies' exports make openpyxl stop or see a single cell.

    Returns a mapping of sheet name → rows of cells; empty cells are "". Raises SourceError:
    missing, empty, damaged or not a workbook.
    """
    from python_calamine import CalamineError

    workbook = _open(path)
    grids = {}
    for name in workbook.sheet_names:
        try:
            sheet = workbook.get_sheet_by_name(name)
            grids[name] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
        except CalamineError as error:
            raise _damaged(path, f"sheet {name!r}: {error}") from None
    if not any(cell != "" for grid in grids.values() for row in grid for cell in row):
        raise SourceError(f"{path.name}: the workbook is empty. Fetch or export it again.")
    return grids


def merged_ranges(path: Path, sheet: str) -> list[tuple[int, int, int, int]]:
    """Return merged areas: (first row, first column, last row, last column), from 0."""
    ranges = _open(path).get_sheet_by_name(sheet).merged_cell_ranges or []
    return [(*start, *end) for start, end in ranges]


def cell_name(row: int, column: int) -> str:
    """Name a cell as Excel does, from 0-based row and column.

    >>> cell_name(3, 1), cell_name(0, 27)
    ('B4', 'AB1')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def cell_text(cell: Any) -> str:
    """Write a cell as text: whole numbers without decimals, the rest as it stands.

    >>> cell_text(2015.0), cell_text(" 04 "), cell_text(13.5)
    ('2015', '04', '13.5')
    """
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _open(path: Path) -> CalamineWorkbook:
    from python_calamine import CalamineError, CalamineWorkbook

    from fmbstats.sources.workbook_bounds import check_bounds

    if not read_start(path, 1):
        raise SourceError(f"{path.name}: the file is empty. Fetch or export it again.")
    check_bounds(path)
    try:
        return CalamineWorkbook.from_path(str(path))
    except CalamineError as error:
        raise _damaged(path, str(error)) from None


def _damaged(path: Path, detail: str) -> SourceError:
    reason = " ".join(detail.split())[:120]
    return SourceError(
        f"{path.name}: cannot be read as an Excel workbook ({reason}); it is cut off, damaged or "
        "of another kind. Fetch it again."
    )
