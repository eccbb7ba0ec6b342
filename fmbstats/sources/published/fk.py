"""Försäkringskassan: the workbook of started spells by code and length band, and open statistics.

The workbook is a cross table with codes as headings and bands as labels, sums in the last row and
column; the years hold different codes and name their open band differently. The open statistics
come as JSON rows, as a workbook, and in 2005-2014 as text: one row per combination of dimensions,
one column per measure, without any length. A value may be hidden: it is then missing, never 0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from fmbstats.codes import ALL_CODES
from fmbstats.errors import SourceError
from fmbstats.sources.published import crosstab
from fmbstats.sources.published.crosstab import CrossTable
from fmbstats.sources.published.grids import SHOWN, Grid, is_workbook, peek, read_tables
from fmbstats.sources.published.labels import parse_band, years_in
from fmbstats.sources.published.published_forms import (
    PUBLISHED_BANDS,
    PUBLISHED_FIGURES,
    BandRow,
    FigureRow,
    contradiction,
)
from fmbstats.sources.registers.cell_faults import CellFault, OnFault, judge, refuse
from fmbstats.sources.registers.contracts import Contract
from fmbstats.sources.textfiles import parse_json, read_start, read_text
from fmbstats.sources.workbooks import cell_text

#: The most spells that a hidden cell can hold.
SUPPRESSED_MAX = 4
PERSONS_MEASURE = "Antal unika personer med startade sjukfall (>14 dagar)"
BANDS_TITLE = "started spells per code and length band"
_HIDDEN = ("..", "-", "*", "<5", "x")
_KINDS: dict[str, Callable[[str], Any]] = {
    "code": lambda text: text if re.fullmatch(r"[A-Z]\d\d", text) else None,
    "sex": {"Kvinnor": "women", "Män": "men"}.get,
    "band": parse_band,
}

# -- the workbook of bands ------------------------------------------------------------------------


class FkTables(NamedTuple):
    """The tables of one workbook in the common form."""

    bands: list[BandRow]
    persons: list[FigureRow]

    @property
    def n_rows(self) -> int:
        """Counts read."""
        return len(self.bands) + len(self.persons)


def read_bands(
    path: Path, *, suppressed_max: int = SUPPRESSED_MAX, on_fault: OnFault = refuse
) -> FkTables:
    """Read every table of started spells in Försäkringskassan's workbook.

    `suppressed_max`: the most spells that a hidden cell can hold. `on_fault`: told of each cell
    that is no count and of each total that does not add up. Raises SourceError: no such table,
    unknown band or heading, merged headings, bands with a gap; the cell is named.
    """
    bands: list[BandRow] = []
    persons: list[FigureRow] = []
    for grid in read_tables(path):
        if (table := _table(grid)) is None:
            continue
        counts = crosstab.read_counts(table, _HIDDEN, on_fault)
        crosstab.check_totals(table, counts, on_fault)
        (year,) = _year(grid)
        for row, column, said in table.cells("code", "sex"):
            n = counts[row, column]
            persons.append(FigureRow(said["code"], said["sex"], "", "", str(year), year,
                                     PERSONS_MEASURE, n, n is None))  # fmt: skip
        for row, column, said in table.cells("band", "code"):
            n, (first, last) = counts[row, column], said["band"]
            n_lo, n_hi = (0, suppressed_max) if n is None else (n, n)
            bands.append(BandRow(said["code"], "all", "", str(year), year, "started", "paid_days",
                                 first, last, n_lo, n_hi))  # fmt: skip
    if not bands:
        raise SourceError(
            f"{path.name}: no sheet holds started spells by code and length band; expected "
            "a title with a year in A1, codes from column B and rows such as '15-29 dagar'."
        )
    return FkTables(bands, persons)


def is_bands(path: Path) -> bool:
    """Tell whether a file looks like this workbook, by the title of some sheet."""
    grids = read_tables(path) if is_workbook(path) else ()
    return any("startade sjukfall" in grid.cell(0, 0) for grid in grids)


def _year(grid: Grid) -> list[int]:
    title = grid.cell(0, 0)
    return years_in(title)[:1] if "sjukfall" in title.lower() else []


def _table(grid: Grid) -> CrossTable | None:
    """Find and check a sheet's table; None for a sheet of another kind."""
    if not grid.rows or not _year(grid):
        return None
    if grid.sheet:
        labels = (grid.cell(n, 0) for n in range(len(grid.rows)))
        above = next((n for n, t in enumerate(labels) if _KINDS["band"](t) or _KINDS["code"](t)), 0)
        grid.refuse_merged(range(1, grid.lines[above]), BANDS_TITLE)
    table = crosstab.find_table(grid, _KINDS, _KINDS)
    if table is None:
        raise SourceError(
            f"{grid.name}: no header row with codes from column B above the counts; expected e.g. "
            "F32, F43 … Totalsumma."
        )
    a_code = "an ICD-10 code of three characters"
    if any("sex" in said for said in table.columns.values()):
        crosstab.check_said(table, table.headings, "sex", "'Kvinnor' or 'Män'", "column")
        crosstab.check_said(table, table.labels, "code", a_code, "code")
    else:
        a_band = "a length band such as '15-29 dagar'"
        crosstab.check_said(table, table.headings, "code", a_code, "column")
        crosstab.check_said(table, table.labels, "band", a_band, "band")
        crosstab.check_bands(table)
    return table


# -- open statistics ------------------------------------------------------------------------------

_SEXES = {"ALL": "all", "K": "women", "M": "men", "Kvinnor och män": "all", "Kvinnor": "women",
          "Män": "men"}  # fmt: skip
#: Dimension -> its name in the API and in text, and its heading in a workbook.
_DIMENSIONS = {
    "year": ("ar", "År"),
    "month": ("manad", "Månad"),
    "quarter": ("kvartal", "Kvartal"),
    "sex": ("kon_kod", "Kön"),
    "county": ("lan_kod", "Län"),
    "municipality": ("kommun_kod", "Kommun"),
    "code": ("diagnoskapitel_kod", "Diagnoskapitel"),
    "age": ("alder_kod", "Ålder"),
}
_NAMES = {name: ours for ours, names in _DIMENSIONS.items() for name in names}
#: In text a measure's column can be of one sex, and a code's name can stand beside it.
_OF_SEX = {"_kvinnor": "women", "_man": "men"}
_BESIDE = re.compile(r".+_text")
#: A dash means that there is nothing to tell (men on sick leave for pregnancy): no figure at all.
_NOTHING = "-"
_UNKNOWN_CODE = "-00--99"
_HEADER_ROWS = 10


class _Record(NamedTuple):
    """One row of open statistics: where it stands, its dimensions, and its measures as they are.

    `fault` makes of a measure's name and what is wrong with its value the fault of that cell.
    """

    where: str
    dimensions: dict[str, str]
    measures: dict[str, Any]
    fault: Callable[[str, str], CellFault]


def read_open(path: Path, *, on_fault: OnFault = refuse) -> list[FigureRow]:
    """Read open statistics: the API's JSON, or the workbook or text of the same rows.

    `path`: JSON: a list of rows ``{"dimensions": {…}, "observations": {…}}``, or an object with one
    such list in it. Table: lines above the headings are passed over, a sheet without headings
    continues the one before it. `on_fault`: told of each value that is no number. One row per
    combination of dimensions and measure, exact repetitions once. Raises SourceError: not this
    form, no rows, an unknown dimension or value, contradictory rows.
    """
    records = _json_records(path) if _is_json(path) else _table_records(path)
    rows = [row for record in records for row in _figures(record, on_fault)]
    if not rows:
        raise SourceError(f"{path.name}: a header but no rows. Fetch the file again.")
    if odd := contradiction(rows, lambda row: row[:7]):
        said = ", ".join(filter(None, (*odd[:5], odd.measure)))
        raise SourceError(f"{path.name}: two rows give different values for {said}.")
    return list(dict.fromkeys(rows))


def is_open(path: Path) -> bool:
    """Tell whether a file looks like open statistics: by its dimensions."""
    if _is_json(path):
        start = read_start(path)
        return b'"dimensions"' in start or start.strip() == b"[]"
    return any(_header(grid) is not None for grid in peek(path))


def _is_json(path: Path) -> bool:
    return path.suffix.lower() == ".json"


def _figures(record: _Record, on_fault: OnFault) -> Iterator[FigureRow]:
    said = {n: _dimension(n, text, record.where) for n, text in record.dimensions.items() if text}
    if said.get("code") == _UNKNOWN_CODE:
        return
    year, month, quarter = said["year"], said.get("month"), said.get("quarter")
    period = f"{year}-{month:02d}" if month else f"{year}-Q{quarter}" if quarter else str(year)
    area = said.get("municipality") or said.get("county") or ""
    code = said.get("code") or ALL_CODES
    for name, cell in record.measures.items():
        ending = "" if "sex" in said else next((e for e in _OF_SEX if name.endswith(e)), "")
        sex, measure = said.get("sex") or _OF_SEX.get(ending, "all"), name.removesuffix(ending)
        if cell != _NOTHING:
            found = _value(record, name, cell, on_fault)
            yield FigureRow(code, sex, area, said.get("age", ""), period, year, measure, *found)


def _value(record: _Record, name: str, cell: Any, on_fault: OnFault) -> tuple[float | None, bool]:
    """Read a measure: its value, and whether it is hidden."""
    if isinstance(cell, dict):
        if cell.get("rojd"):
            return None, True  # whatever stands in value then is no count
        cell = cell["value"]
    if cell is None or cell == "":
        return None, False
    if cell in _HIDDEN:
        return None, True
    number = _number(cell)
    if number is None:
        on_fault(record.fault(name, f"{str(cell)[:SHOWN]!r} is not a number."))
    return number, False


def _number(cell: Any) -> float | None:
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return None
    try:
        value = float(re.sub(r"\s", "", cell).replace(",", ".") if isinstance(cell, str) else cell)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def _dimension(name: str, text: str, where: str) -> Any:
    """Bring one dimension to the project's form; "" means all."""
    if name in ("year", "month", "quarter"):
        most = {"year": 2100, "month": 12, "quarter": 4}[name]
        if not (text.isascii() and text.isdecimal() and 1 <= int(text[:5]) <= most):
            raise SourceError(f"{where}: {text[:SHOWN]!r} is not a {name}.")
        return int(text)
    if name == "sex":
        if text not in _SEXES:
            known = ", ".join(repr(s) for s in _SEXES)
            raise SourceError(f"{where}: {text[:SHOWN]!r} is not a sex; expected {known}.")
        return _SEXES[text]
    if name in ("county", "municipality"):
        found = re.match(r"(\d{4}|\d{2})(?:\s|$)", text)
        if found is None and text not in ("Riket", "ALL"):
            raise SourceError(
                f"{where}: {text[:SHOWN]!r} is not an area; expected 'Riket' or a code first, as "
                "in '20 Dalarnas län'."
            )
        return "" if found is None or found[1] == "00" else found[1]
    if name == "code":
        return ALL_CODES if text.startswith(("Samtliga", "ALL")) else text.split()[0]
    return "" if text == "ALL" or text.startswith("Samtliga") else text


def _json_records(path: Path) -> Iterator[_Record]:
    for number, row in enumerate(_json_rows(path), start=1):
        where = f"{path.name}, row {number}"
        dimensions, measures = _json_parts(row, where)

        def fault(measure: str, what: str, number: int = number, where: str = where) -> CellFault:
            return CellFault(path.name, number, measure, "", f"{where}, {measure!r}: {what}")

        texts = {_NAMES[n]: "" if v is None else cell_text(v) for n, v in dimensions.items()}
        yield _Record(where, texts, measures, fault)


def _json_parts(row: Any, where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a row's dimensions and observations, once they have the API's form."""
    api = [name for name, _ in _DIMENSIONS.values()]
    parts = [row.get(k) for k in ("dimensions", "observations")] if isinstance(row, dict) else []
    given = [part for part in parts if isinstance(part, dict)]
    if len(given) != 2:
        raise SourceError(f"{where}: expected an object with 'dimensions' and 'observations'.")
    dimensions, measures = given
    if odd := next((name for name in dimensions if name not in api), None):
        raise SourceError(
            f"{where}: the dimension {odd[:SHOWN]!r} is unknown; expected {', '.join(api)}."
        )
    if not dimensions.get("ar"):
        raise SourceError(f"{where}: the dimension 'ar' is missing.")
    for name, cell in measures.items():
        if not isinstance(cell, dict) or "value" not in cell:
            raise SourceError(
                f"{where}, {name[:SHOWN]!r}: expected an object with 'value' and 'rojd'."
            )
    return dimensions, measures


def _json_rows(path: Path) -> list:
    document = parse_json(read_text(path), path.name, "document of this API")
    if isinstance(document, dict):
        lists = [v for v in document.values() if isinstance(v, list)]
        document = lists[0] if len(lists) == 1 else None
    if not isinstance(document, list):
        raise SourceError(f"{path.name}: expected a list of rows with dimensions and observations.")
    if not document:
        raise SourceError(
            f"{path.name}: the list of rows is empty; the service answers so to a wrong address or "
            "filter. Check the address and fetch it again."
        )
    return document


def _header(grid: Grid) -> int | None:
    """Return the row of headings: a year, and a dimension beside it."""
    for row, cells in enumerate(grid.rows[:_HEADER_ROWS]):
        known = {_NAMES[c] for c in cells if c in _NAMES}
        if "year" in known and len(known) > 1:
            return row
    return None


def _table_records(path: Path) -> Iterator[_Record]:
    columns: dict[int, str] | None = None
    for grid in read_tables(path):
        first, header = 0, _header(grid)
        if header is not None:
            line, first = grid.lines[header], header + 1
            grid.refuse_merged(range(line - 1, line), PUBLISHED_FIGURES.title)
            columns = _columns(grid, header)
        elif not grid.rows:
            continue
        if columns is None:
            raise SourceError(
                f"{grid.name}: no header row with 'År' among the first {_HEADER_ROWS} rows; "
                "expected År, Månad, Kön, Län … and a measure."
            )
        yield from (_table_record(grid, row, columns) for row in range(first, len(grid.rows)))


def _columns(grid: Grid, header: int) -> dict[int, str]:
    headings = {n: text for n, text in enumerate(grid.rows[header]) if text}
    kept = {n: text for n, text in headings.items() if not _BESIDE.fullmatch(text)}
    texts = list(kept.values())
    if repeated := next((t for t in texts if texts.count(t) > 1), None):
        raise SourceError(f"{grid.name}: the column {repeated[:SHOWN]!r} stands more than once.")
    if all(text in _NAMES for text in texts):
        raise SourceError(f"{grid.name}: no column holds a measure beside År, Månad, Kön, Län ….")
    return kept


def _unread_columns(path: Path) -> Iterator[str]:
    """Names of codes that stand beside them, and what the API says beside its two parts."""
    if _is_json(path):
        for row in _json_rows(path):
            yield from (name for name in row if name not in ("dimensions", "observations"))
            for measure in row["observations"].values():
                yield from (name for name in measure if name not in ("value", "rojd"))
        return
    for grid in read_tables(path):
        if (header := _header(grid)) is not None:
            yield from filter(_BESIDE.fullmatch, grid.rows[header])


def _table_record(grid: Grid, row: int, columns: dict[int, str]) -> _Record:
    cells = {heading: (n, grid.cell(row, n)) for n, heading in columns.items()}
    where = f"{grid.name}, {'row' if grid.sheet else 'line'} {grid.lines[row]}"
    dimensions = {_NAMES[h]: text for h, (_, text) in cells.items() if h in _NAMES}
    if not dimensions.get("year"):
        raise SourceError(f"{where}: the year is missing.")

    def fault(measure: str, what: str) -> CellFault:
        return grid.cell_fault(row, cells[measure][0], what)

    measures = {h: text for h, (_, text) in cells.items() if h not in _NAMES}
    return _Record(where, dimensions, measures, fault)


CONTRACTS = (
    Contract(
        name="fk_workbook",
        title="Försäkringskassan's started spells by code and length band",
        columns=PUBLISHED_BANDS.columns,
        format="workbook",
        reader=judge(
            read_bands,
            lambda found: found.n_rows,
            lambda path: (
                f"sheet {grid.sheet}" for grid in read_tables(path) if grid.rows and not _year(grid)
            ),
        ),
        matches=is_bands,
    ),
    Contract(
        name="fk_open",
        title="Försäkringskassan's open statistics",
        columns=PUBLISHED_FIGURES.columns,
        format="json",
        reader=judge(read_open, len, _unread_columns),
        matches=is_open,
    ),
)
