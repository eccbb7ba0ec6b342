"""Inera's statistics export: spells by length band, with cells under five hidden.

Text in cp1252 with a semicolon behind every field, or a workbook whose sheet begins with title and
filters. A cross-section has the bands as rows and the sexes as headings; a time series has the
bands as headings with the sexes below or above them. A cell under five was set to 0 *before*
anything was summed: a 0 may be 0 to 4 spells, a total may be up to four more for each hidden sex,
and a sum over many units up to four more per unit. Lengths are certificate days.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from fmbstats import codes
from fmbstats.errors import SourceError
from fmbstats.sources.published import crosstab, labels
from fmbstats.sources.published.crosstab import CrossTable
from fmbstats.sources.published.grids import SHOWN, Grid, peek, read_tables
from fmbstats.sources.published.published_forms import PUBLISHED_BANDS, BandRow
from fmbstats.sources.registers.cell_faults import OnFault, judge, refuse
from fmbstats.sources.registers.contracts import Contract

HIDDEN_MAX = 4
#: First and last day of the export's bands.
BANDS = ((1, 14), (15, 30), (31, 60), (61, 90), (91, 180), (181, 364), (365, 730), (731, None))
TITLE = "Inera's export of spells by length band"
_HEADINGS = {"band": labels.parse_band, "sex": labels.parse_sex}
_LABELS = {"band": labels.parse_band}


Named = TypeVar("Named")


class IneraCell(NamedTuple):
    """One count: label of its row, sex, band, and the least and most there can be."""

    label: str
    sex: str
    band: labels.Band
    n_lo: int
    n_hi: int


class IneraExport(NamedTuple):
    """The counts of one export, and what stands above them (title and filters)."""

    preamble: tuple[str, ...]
    cells: list[IneraCell]

    @property
    def title(self) -> str:
        """The row that says what the table is of: the one with a year or a code, else the first."""
        named = (text for text in self.preamble if labels.years_in(text) or labels.codes_in(text))
        return next(named, self.preamble[0] if self.preamble else "")


def read_export(path: Path, *, n_units: int = 1, on_fault: OnFault = refuse) -> IneraExport:
    """Read an export of spells by length band, in any of its forms.

    `n_units`: over how many separately hidden units the cells were summed: 1 for a care unit's own
    table, 21 for a national sum of regions. A cell then lies in [value, value + 4 n_units]; with
    one unit only a 0 is uncertain. `on_fault`: told of each cell that is no count. Raises
    SourceError: no table of bands, other bands, an unknown heading, wrong number of fields, a cell
    that is no count, a row twice.
    """
    found = [table for grid in read_tables(path) if (table := _table(grid)) is not None]
    if not found:
        raise SourceError(
            f"{path.name}: no table with length bands; expected {TITLE}, with headings or rows "
            "such as 'Under 15 dagar', '15-30 dagar' … '2- år'."
        )
    table = found[0]
    numbers, counts = crosstab.read_counts(table, (), on_fault), {}
    for row, column, said in table.cells("", ""):
        if "band" in said:
            # A row that is a band is of what stands above the table.
            label = "" if "band" in table.rows[row] else table.grid.cell(row, 0)
            key = label, said["sex"], said["band"]
            if key in counts:
                raise SourceError(f"{path.name}: the row {label!r} stands more than once.")
            counts[key] = numbers[row, column] or 0
    if not counts:
        raise SourceError(f"{path.name}: a header but no rows. Export the file again.")
    return IneraExport(tuple(t for t in table.preamble if t), _cells(counts, n_units, path))


def band_rows(
    export: IneraExport,
    path: Path,
    *,
    code: str | None = None,
    year: int | None = None,
    counted: str = "ongoing",
) -> list[BandRow]:
    """Bring an export to the common form: which diagnosis, period, area and sex each row is of.

    `path`: named when something cannot be told. `code`, `year`: of every row; by default what the
    row's label says, else title and filters. `counted`: Inera counts a spell in every period in
    which it was ongoing. Raises SourceError: a row's diagnosis or year cannot be told.
    """
    given = None if code is None else codes.code_or_range(code)
    above_code = _only([c for text in export.preamble for c in labels.codes_in(text)])
    years = (labels.years_in(text) for text in (export.title, " ".join(export.preamble)))
    above_year = next(filter(None, map(_only, years)), None)
    rows = []
    for label, sex, (first, last), n_lo, n_hi in export.cells:
        said = labels.parse_row(label)
        row_code = given or said.code or above_code
        row_year = year or said.year or above_year
        if row_code is None or row_year is None:
            what, option = ("year", "--year") if row_code else ("diagnosis", "--code")
            where = f"the row {label!r}" if label else "the table"
            raise SourceError(
                f"{path.name}: neither {where} nor the title {export.title!r} or the filters say "
                f"one {what}. Give {option}."
            )
        period = said.period
        if said.year is None:
            period = f"{period} {row_year}" if period else str(row_year)
        about = row_code, sex, said.area, period, row_year, counted, "certificate_days"
        rows.append(BandRow(*about, first, last, n_lo, n_hi))
    return rows


def is_export(path: Path) -> bool:
    """Tell whether a file looks like this export: a table with just its bands."""
    for grid in peek(path):
        across = (sum(labels.parse_band(cell) in BANDS for cell in cells) for cells in grid.rows)
        down = sum(labels.parse_band(cells[0]) in BANDS for cells in grid.rows)
        if max(across, default=0) >= 2 or down == len(BANDS):
            return True
    return False


def _unread(path: Path) -> Iterator[str]:
    """Sheets beside the one that is read, and headings that are sums of bands."""
    grids = read_tables(path)
    first = next(grid for grid in grids if _table(grid) is not None)
    yield from (f"sheet {grid.sheet}" for grid in grids if grid.rows and grid is not first)
    table = crosstab.find_table(first, _HEADINGS, _LABELS)
    if table is not None and any("band" in said for said in table.columns.values()):
        others = (n for n, said in table.columns.items() if "band" not in said)
        yield from (_heading(first, table.header, column) for column in others)


CONTRACTS = (
    Contract(
        name="inera_export",
        title=TITLE,
        columns=PUBLISHED_BANDS.columns,
        format="workbook",
        reader=judge(read_export, lambda found: len(found.cells), _unread),
        matches=is_export,
    ),
)


def _table(grid: Grid) -> CrossTable | None:
    """Find and check the table of bands; None for a grid without any."""
    table = crosstab.find_table(grid, _HEADINGS, _LABELS)
    across, down = (
        {said["band"] for said in part.values() if "band" in said}
        for part in ((table.columns, table.rows) if table else ({}, {}))
    )
    if table is None or not (across or down):
        return None
    crosstab.check_widths(table)
    _check_headings(table, bool(across))
    if (found := across or down) != set(BANDS):
        missing = ", ".join(f"{a}-{b or ''}" for a, b in BANDS if (a, b) not in found)
        line = table.grid.lines[table.header.stop - 1]
        raise SourceError(
            f"{table.grid.name}, line {line}: the bands are not those of this export"
            + (f"; missing {missing}." if missing else ".")
        )
    return table


def _check_headings(table: CrossTable, is_across: bool) -> None:
    """Give each heading a sex; a heading without a band beside others is their sum."""
    grid, last = table.grid, table.header.stop - 1
    seen = []
    for column, said in list(table.columns.items()):
        if is_across and "band" not in said:
            del table.columns[column]
            continue
        heading = _heading(grid, table.header, column)
        if "sex" not in said and (not is_across or heading):
            raise grid.fault(
                last,
                column,
                f"the heading {heading[:SHOWN]!r} is unknown; expected Kvinnor, Män or Totalt. "
                "Export the table by sex, or without a breakdown.",
            )
        said.pop("total", None)
        said.setdefault("sex", "all")
        if said in seen:
            raise grid.fault(
                last, column, "this column stands twice; which is which cannot be told."
            )
        seen.append(said)


def _heading(grid: Grid, header: range, column: int) -> str:
    """Return the heading that is no band."""
    texts = (grid.cell(row, column) for row in header)
    return next((t for t in texts if t and labels.parse_band(t) is None), "")


def _cells(counts: dict[tuple, int], n_units: int, path: Path) -> list[IneraCell]:
    """Make of every count what it can be; a total is at most the sum of what the sexes can be."""
    most = {
        key: n + HIDDEN_MAX * n_units if n == 0 or n_units > 1 else n for key, n in counts.items()
    }
    for (label, sex, band), n in counts.items():
        parts = [(label, of, band) for of in ("women", "men")]
        if sex != "all" or not all(p in counts for p in parts):
            continue
        of_sexes, at_most = (sum(count[p] for p in parts) for count in (counts, most))
        if not of_sexes <= most[label, sex, band] or not n <= at_most:
            place = f"{path.name}, {f'row {label!r}, ' if label else ''}{band[0]}-{band[1] or ''}"
            raise SourceError(
                f"{place} days: {n} in all, but {of_sexes} women and men. Export the table again."
            )
        if of_sexes == n:
            most[label, sex, band] = at_most
    return [IneraCell._make([*key, n, most[key]]) for key, n in counts.items()]


def _only(found: list[Named]) -> Named | None:
    """Return the one thing that is named; None when there is none or several."""
    return found[0] if found and set(found) == {found[0]} else None
