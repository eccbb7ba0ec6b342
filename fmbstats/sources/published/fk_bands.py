"""Försäkringskassan's workbook of started spells by code and length band.

A sheet has its title in A1 (with the start year), a header row of three-character codes from
column B, one row per length band in alphabetical order, and totals in the last row and column.
The years hold different codes and name their open band differently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources.published.published_forms import BandRow, FigureRow
from fmbstats.sources.registers.cell_faults import CellFault, OnFault, judge, refuse
from fmbstats.sources.registers.contracts import Column, Contract, RowRule
from fmbstats.sources.workbooks import (
    Grid,
    cell_name,
    cell_text,
    read_grids,
    refuse_merged,
)

_CODE = Column("code", "code", "code", pattern=r"[A-Z]\d\d[0-9A-Z]{0,3}", description="first dx")
_YEAR = Column("start_year", "int", "year", min=1990, max=2100)

BAND_COUNTS = Contract(
    name="fk_band_counts",
    title="started spells per code and length band",
    columns=(
        _YEAR,
        _CODE,
        Column("band_from_day", "int", "days", min=1, description="first day of the band"),
        Column("band_to_day", "int", "days", nullable=True, description="last; empty: open"),
        Column("n_spells", "int", "spells", nullable=True, min=0, description="empty: suppressed"),
    ),
    key=("start_year", "code", "band_from_day"),
    rules=(
        RowRule(
            "band_to_day",
            "the band ends before it begins",
            lambda: pl.col("band_to_day") < pl.col("band_from_day"),
        ),
    ),
)
PERSONS = Contract(
    name="fk_persons",
    title="persons with a started spell per code and sex",
    columns=(
        _YEAR,
        _CODE,
        Column("sex", "text", "none", allowed=("women", "men")),
        Column(
            "n_persons", "int", "persons", nullable=True, min=0, description="empty: suppressed"
        ),
    ),
    key=("start_year", "code", "sex"),
)

_CODE_HEADING = re.compile(r"[A-Z]\d\d")
_CLOSED = re.compile(r"(\d+)\s*[-–]\s*(\d+)\s*dagar", re.IGNORECASE)
_OPEN = re.compile(r"(?:>=|≥)\s*(\d+)\s*dagar|(\d+)\s*dagar\s+eller\s+mer", re.IGNORECASE)
_TOTALS = ("Totalsumma", "Totalt")
_SEXES = {"Kvinnor": "women", "Män": "men"}
_SUPPRESSED = ("..", "-", "*", "<5")
#: The most spells that a suppressed cell can hold.
SUPPRESSED_MAX = 4
PERSONS_MEASURE = "Antal unika personer med startade sjukfall (>14 dagar)"
_HEADER_ROWS = range(10)


@dataclass(frozen=True, eq=False)
class FkWorkbook:
    """The tables of one workbook.

    Attributes
    ----------
    bands : polars.DataFrame
        As the contract "fk_band_counts": both days of a band included, null = open or suppressed.
    persons : polars.DataFrame
        As the contract "fk_persons".
    """

    bands: pl.DataFrame
    persons: pl.DataFrame

    @property
    def n_rows(self) -> int:
        """Counts read."""
        return self.bands.height + self.persons.height


class _Sheet(NamedTuple):
    file: str
    name: str
    year: int
    grid: Grid
    header_row: int
    on_fault: OnFault

    def cell_fault(self, row: int, column: int, value: str, what: str) -> None:
        """Tell of one faulty cell; when that does not raise, the cell counts as missing."""
        cell = cell_name(row, column)
        message = str(self.fault(row, column, what))
        self.on_fault(CellFault(self.file, row + 1, f"{self.name}!{cell}", value, message))

    def fault(self, row: int, column: int, what: str) -> SourceError:
        return SourceError(
            f"{self.file}, sheet {self.name!r}, cell {cell_name(row, column)}: {what}"
        )


def read_workbook(path: str | Path, *, on_fault: OnFault = refuse) -> FkWorkbook:
    """Read every table of Försäkringskassan's banded workbook.

    Parameters
    ----------
    path : str or Path
    on_fault : callable
        Told of each cell that is no count and of each total that does not add up.

    Returns
    -------
    FkWorkbook

    Raises
    ------
    SourceError
        No such table, unknown band or heading, merged header cells, a cell that is no count,
        bands that overlap or leave a gap, totals that do not add up; the cell is named.
    """
    path = Path(path)
    bands: list[tuple] = []
    persons: list[tuple] = []
    for name, grid in read_grids(path).items():
        sheet = _sheet(path, name, grid, on_fault)
        if sheet is None:
            continue
        refuse_merged(path, name, range(sheet.header_row, sheet.header_row + 1), BAND_COUNTS)
        if _is_persons(sheet):
            persons += _persons(sheet)
        else:
            bands += _bands(sheet)
    if not bands:
        raise SourceError(
            f"{path.name}: no sheet holds started spells by code and length band; expected a "
            "title with a year in A1, codes from column B and rows such as '15-29 dagar'."
        )
    return FkWorkbook(_frame(bands, BAND_COUNTS), _frame(persons, PERSONS))


def is_workbook(path: Path) -> bool:
    """Tell whether a file looks like this workbook, by the title of some sheet."""
    if path.suffix.lower() not in (".xlsx", ".xls", ".xlsm"):
        return False
    grids = read_grids(path)
    titles = (cell_text(g[0][0]) for g in grids.values() if g and g[0])
    return any("startade sjukfall" in t for t in titles)


WORKBOOK = Contract(
    name="fk_workbook",
    title="Försäkringskassan's started spells by code and length band",
    columns=BAND_COUNTS.columns,
    format="workbook",
    reader=judge(read_workbook, lambda found: found.n_rows),
    matches=is_workbook,
)
CONTRACTS = (WORKBOOK,)


def parse_band(label: str) -> tuple[int, int | None] | None:
    """Read the first and last day of a band from its label; None when it is no band.

    Examples
    --------
    >>> parse_band("15-29 dagar"), parse_band(">=365 dagar"), parse_band("366 dagar eller mer")
    ((15, 29), (365, None), (366, None))
    >>> parse_band("Totalsumma")
    """
    if found := _CLOSED.fullmatch(label):
        return int(found[1]), int(found[2])
    if found := _OPEN.fullmatch(label):
        return int(found[1] or found[2]), None
    return None


def band_rows(found: FkWorkbook, suppressed_max: int = SUPPRESSED_MAX) -> list[BandRow]:
    """Bring the counts to the common form: started spells, a suppressed count an interval.

    Parameters
    ----------
    found : FkWorkbook
    suppressed_max : int
        The most spells that a suppressed cell can hold.
    """
    rows = []
    for year, code, first, last, n in found.bands.iter_rows():
        counts = (0, suppressed_max) if n is None else (n, n)
        about = (code, "all", "", str(year), year, "started", "paid_days")
        rows.append(BandRow(*about, first, last, *counts))
    return rows


def figure_rows(found: FkWorkbook) -> list[FigureRow]:
    """Bring the numbers of persons to the common form."""
    return [
        FigureRow(code, sex, "", "", str(year), year, PERSONS_MEASURE, n, n is None)
        for year, code, sex, n in found.persons.iter_rows()
    ]


def _sheet(path: Path, name: str, grid: Grid, on_fault: OnFault) -> _Sheet | None:
    """Find year and header row; None for a sheet of another kind."""
    title = cell_text(grid[0][0]) if grid and grid[0] else ""
    year = re.search(r"\b(19|20)\d\d\b", title)
    if "sjukfall" not in title.lower() or year is None:
        return None
    for row in _HEADER_ROWS:
        headings = [cell_text(c) for c in grid[row][1:]] if row < len(grid) else []
        if any(_CODE_HEADING.fullmatch(h) or h in _SEXES for h in headings):
            return _Sheet(path.name, name, int(year[0]), grid, row, on_fault)
    raise SourceError(
        f"{path.name}, sheet {name!r}: no header row with codes from column B among the first "
        f"{len(_HEADER_ROWS)} rows; expected e.g. F32, F43 … {_TOTALS[0]}."
    )


def _is_persons(sheet: _Sheet) -> bool:
    return any(cell_text(c) in _SEXES for c in sheet.grid[sheet.header_row])


def _bands(sheet: _Sheet) -> list[tuple]:
    headings = _headings(sheet, _CODE_HEADING.fullmatch, "an ICD-10 code of three characters")
    rows = {}
    for row, label in _labels(sheet):
        band = parse_band(label)
        if band is None and label not in _TOTALS:
            raise sheet.fault(row, 0, f"{label!r} is not a length band such as '15-29 dagar'.")
        key = band or label
        if key in rows:
            raise sheet.fault(row, 0, f"the band {label!r} stands twice.")
        rows[key] = row
    bands = sorted((b for b in rows if isinstance(b, tuple)), key=lambda b: b[0])
    _refuse_gaps(sheet, bands, rows)
    table = {(b, code): _count(sheet, rows[b], c) for b in bands for code, c in headings.items()}
    _check_totals(sheet, table, {b: rows[b] for b in bands}, headings, rows)
    return [
        (sheet.year, code, first, last, table[(first, last), code])
        for code in sorted(headings)
        if code not in _TOTALS
        for first, last in bands
    ]


def _persons(sheet: _Sheet) -> list[tuple]:
    headings = _headings(sheet, _SEXES.__contains__, "'Kvinnor' or 'Män'")
    rows = {}
    for row, label in _labels(sheet):
        if not _CODE_HEADING.fullmatch(label) and label not in _TOTALS:
            raise sheet.fault(row, 0, f"{label!r} is not an ICD-10 code of three characters.")
        rows[label] = row
    kinds = [label for label in rows if label not in _TOTALS]
    table = {(k, sex): _count(sheet, rows[k], c) for k in kinds for sex, c in headings.items()}
    _check_totals(sheet, table, {k: rows[k] for k in kinds}, headings, rows)
    return [(sheet.year, k, _SEXES[s], table[k, s]) for k in sorted(kinds) for s in _SEXES]


def _headings(sheet: _Sheet, is_known, expected: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for column, cell in enumerate(sheet.grid[sheet.header_row][1:], start=1):
        heading = cell_text(cell)
        if not heading:
            continue
        if not is_known(heading) and heading not in _TOTALS:
            raise sheet.fault(sheet.header_row, column, f"{heading!r} is not {expected}.")
        if heading in found:
            raise sheet.fault(sheet.header_row, column, f"the column {heading!r} stands twice.")
        found[heading] = column
    return found


def _labels(sheet: _Sheet):
    for row in range(sheet.header_row + 1, len(sheet.grid)):
        if label := cell_text(sheet.grid[row][0]):
            yield row, label


def _count(sheet: _Sheet, row: int, column: int) -> int | None:
    text = re.sub(r"\s", "", cell_text(sheet.grid[row][column]))
    if text in _SUPPRESSED:
        return None
    if not text.isdecimal():
        what = f"{text!r} is not a count; expected a whole number."
        sheet.cell_fault(row, column, text, what)
        return None
    return int(text)


def _refuse_gaps(sheet: _Sheet, bands: list, rows: dict) -> None:
    for (_, last), following in pairwise(bands):
        if last is None or following[0] != last + 1:
            raise sheet.fault(
                rows[following],
                0,
                f"the band does not begin on the day after the one before it ends (day {last}); "
                "expected bands without gap or overlap.",
            )
    if not bands or bands[-1][1] is not None:
        raise SourceError(
            f"{sheet.file}, sheet {sheet.name!r}: no open band such as '>=365 dagar'; rows are "
            "missing, the file is cut off or changed. Fetch it again."
        )


def _check_totals(sheet: _Sheet, table: dict, kinds: dict, headings: dict, rows: dict) -> None:
    """Compare every sum with the printed total; a total over suppressed cells cannot be."""
    total_row = next((rows[t] for t in _TOTALS if t in rows), None)
    total_column = next((headings[t] for t in _TOTALS if t in headings), None)
    names = [h for h in headings if h not in _TOTALS]
    sums = []
    if total_column is not None:
        sums += [([table[k, h] for h in names], row, total_column) for k, row in kinds.items()]
    if total_row is not None:
        sums += [([table[k, h] for k in kinds], total_row, headings[h]) for h in headings]
    for parts, row, column in sums:
        printed = _count(sheet, row, column)
        if None not in parts and printed is not None and sum(parts) != printed:
            what = f"the total is {printed}, the cells sum to {sum(parts)}."
            sheet.cell_fault(row, column, str(printed), what)


def _frame(rows: list[tuple], contract: Contract) -> pl.DataFrame:
    schema = {
        c.name: pl.String if c.type in ("code", "text") else pl.Int64 for c in contract.columns
    }
    return pl.DataFrame(rows, schema=schema, orient="row").sort(list(contract.key))
