"""Försäkringskassan's open statistics: the API's JSON rows and the XLSX it also offers.

A value may be suppressed (`rojd`): it is then missing, never 0. The service answers an unknown
address with an empty list, which is refused here rather than read as "no spells".
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import polars as pl

from fmbstats.errors import SourceError
from fmbstats.sources.published.published_forms import ALL_CODES, FigureRow
from fmbstats.sources.registers.cell_faults import CellFault, OnFault, judge, refuse
from fmbstats.sources.registers.contracts import Column, Contract
from fmbstats.sources.textfiles import read_start, read_text
from fmbstats.sources.workbooks import Grid, cell_name, cell_text, read_grids, refuse_merged

SEXES = {
    "ALL": "all",
    "K": "women",
    "M": "men",
    "Kvinnor och män": "all",
    "Kvinnor": "women",
    "Män": "men",
}
NATION = "00"
#: Dimension → the API's name and the workbook's heading.
_DIMENSIONS = {
    "year": ("ar", "År"),
    "month": ("manad", "Månad"),
    "sex": ("kon_kod", "Kön"),
    "county_code": ("lan_kod", "Län"),
    "municipality_code": ("kommun_kod", "Kommun"),
    "chapter": ("diagnoskapitel_kod", "Diagnoskapitel"),
    "age_group": ("alder_kod", "Ålder"),
}
_SUPPRESSED = ("..", "*", "-", "x")
_HEADER_ROWS = 10

OPEN_STATISTICS = Contract(
    name="fk_open",
    title="Försäkringskassan's open statistics",
    columns=(
        Column("year", "int", "year", min=1990, max=2100),
        Column("month", "int", "month", nullable=True, min=1, max=12),
        Column("sex", "text", "none", nullable=True, allowed=("all", "women", "men")),
        Column("county_code", "text", "code", nullable=True, pattern=r"\d\d"),
        Column("municipality_code", "text", "code", nullable=True),
        Column("chapter", "text", "code", nullable=True, description="range, code or ALL"),
        Column("age_group", "text", "none", nullable=True),
        Column("measure", "text", "none", description="what is measured, as the source names it"),
        Column("value", "number", "none", nullable=True, description="in the measure's unit"),
        Column("is_suppressed", "bool", "none"),
    ),
    key=(
        "year",
        "month",
        "sex",
        "county_code",
        "municipality_code",
        "chapter",
        "age_group",
        "measure",
    ),
)
_SCHEMA = {
    "year": pl.Int64,
    "month": pl.Int64,
    **dict.fromkeys(
        ("sex", "county_code", "municipality_code", "chapter", "age_group", "measure"), pl.String
    ),
    "value": pl.Float64,
    "is_suppressed": pl.Boolean,
}


def read_json(path: str | Path, *, on_fault: OnFault = refuse) -> pl.DataFrame:
    """Read a document of the open API.

    Parameters
    ----------
    path : str or Path
        A list of rows ``{"dimensions": {…}, "observations": {…}}``, or an object with one such
        list in it.
    on_fault : callable
        Told of each value that is no number.

    Returns
    -------
    polars.DataFrame
        As the contract "fk_open": one row per combination and measure; suppressed and absent
        values are null.

    Raises
    ------
    SourceError
        Not JSON, cut off, no rows, an unknown dimension or value, contradictory rows.
    """
    path = Path(path)
    rows = _json_rows(path)
    found = []
    for number, row in enumerate(rows, start=1):
        where = f"{path.name}, row {number}"
        if not isinstance(row, dict) or not {"dimensions", "observations"} <= set(row):
            raise SourceError(f"{where}: expected an object with 'dimensions' and 'observations'.")
        dimensions = _json_dimensions(row["dimensions"], where)
        for measure, cell in row["observations"].items():
            tell = _teller(on_fault, path, number, measure)
            found.append((*dimensions, measure, *_json_value(cell, f"{where}, {measure!r}", tell)))
    return _finish(found, path)


def read_xlsx(path: str | Path, *, on_fault: OnFault = refuse) -> pl.DataFrame:
    """Read the workbook form: lines above the header, several sheets, numbers kept as text.

    Returns
    -------
    polars.DataFrame
        As :func:`read_json`. A sheet without a header continues the one before it.

    Raises
    ------
    SourceError
        No header, merged header cells, a cell that is no number; the cell is named.
    """
    path = Path(path)
    found: list[tuple] = []
    columns: dict[int, str] | None = None
    for sheet, grid in read_grids(path).items():
        if not any(cell_text(c) for row in grid for c in row):
            continue
        header = _header_row(grid)
        if header is not None:
            refuse_merged(path, sheet, range(header, header + 1), OPEN_STATISTICS)
            columns = {i: cell_text(c) for i, c in enumerate(grid[header]) if cell_text(c)}
            _check_headings(list(columns.values()), f"{path.name}, sheet {sheet!r}")
        elif columns is None:
            raise SourceError(
                f"{path.name}, sheet {sheet!r}: no header row with 'År' among the first "
                f"{_HEADER_ROWS} rows; expected År, Månad, Kön, Län … and a measure."
            )
        start = 0 if header is None else header + 1
        for row in range(start, len(grid)):
            if any(cell_text(c) for c in grid[row]):
                found += _xlsx_row(grid[row], columns, (path, sheet), row, on_fault)
    return _finish(found, path)


def is_json(path: Path) -> bool:
    """Tell whether a file looks like a document of this API."""
    if path.suffix.lower() != ".json":
        return False
    start = read_start(path)
    return b'"dimensions"' in start or start.strip() == b"[]"


def is_xlsx(path: Path) -> bool:
    """Tell whether a workbook has a header with 'År' and a dimension beside it."""
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return False
    return any(_header_row(grid) is not None for grid in read_grids(path).values())


def figure_rows(frame: pl.DataFrame) -> list[FigureRow]:
    """Bring a table to the common form: every value with its measure as the source names it.

    The tables have no length bands, so nothing about lengths can be read from them.
    """
    rows = []
    for row in frame.iter_rows(named=True):
        year, month = row["year"], row["month"]
        period = str(year) if month is None else f"{year}-{month:02d}"
        area = row["municipality_code"] or row["county_code"] or ""
        area = row["county_code"] if area == NATION else area
        rows.append(
            FigureRow(
                row["chapter"] or ALL_CODES,
                row["sex"] or "all",
                "" if area in (None, NATION) else area,
                _age(row["age_group"]),
                period,
                year,
                row["measure"],
                row["value"],
                row["is_suppressed"],
            )
        )
    return rows


def _age(text: str | None) -> str:
    return "" if text is None or text == "ALL" or text.startswith("Samtliga") else text


CONTRACTS = tuple(
    Contract(
        name=name,
        title=OPEN_STATISTICS.title,
        columns=OPEN_STATISTICS.columns,
        key=OPEN_STATISTICS.key,
        format=form,
        reader=judge(read, lambda frame: frame.height),
        matches=matches,
    )
    for name, form, read, matches in (
        ("fk_open_json", "json", read_json, is_json),
        ("fk_open_xlsx", "workbook", read_xlsx, is_xlsx),
    )
)


def _json_rows(path: Path) -> list:
    try:
        document = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise SourceError(
            f"{path.name}, line {error.lineno}: is not JSON ({error.msg}); the file is cut off or "
            "damaged. Fetch it again."
        ) from None
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


def _json_dimensions(dimensions: dict[str, Any], where: str) -> tuple:
    known = {api: name for name, (api, _) in _DIMENSIONS.items()}
    values = dict.fromkeys(_DIMENSIONS)
    for api, value in dimensions.items():
        if api not in known:
            raise SourceError(
                f"{where}: the dimension {api!r} is unknown; expected {', '.join(known)}."
            )
        values[known[api]] = _dimension(known[api], cell_text(value), where)
    if values["year"] is None:
        raise SourceError(f"{where}: the dimension 'ar' is missing.")
    return tuple(values.values())


def _json_value(cell: Any, where: str, tell) -> tuple[float | None, bool]:
    if not isinstance(cell, dict) or "value" not in cell:
        raise SourceError(f"{where}: expected an object with 'value' and 'rojd'.")
    if cell.get("rojd"):
        return None, True  # whatever stands in value then is no count
    value = cell["value"]
    if isinstance(value, str):
        return _number(value, where, tell), False
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        tell(str(value), f"{where}: {value!r} is not a number.")
        return None, False
    return (None if value is None else float(value)), False


def _teller(on_fault: OnFault, path: Path, line: int, column: str):
    """Return what tells `on_fault` of a value of this place."""
    return lambda value, message: on_fault(CellFault(path.name, line, column, value, message))


def _dimension(name: str, text: str, where: str) -> Any:
    """Bring one dimension to the project's form; "" is null."""
    if text == "":
        return None
    if name in ("year", "month"):
        if not text.isdecimal():
            raise SourceError(f"{where}: {text!r} is not a {name}.")
        return int(text)
    if name == "sex":
        if text not in SEXES:
            known = ", ".join(repr(s) for s in SEXES)
            raise SourceError(f"{where}: {text!r} is not a sex; expected {known}.")
        return SEXES[text]
    if name in ("county_code", "municipality_code"):
        return _area(text, where)
    if name == "chapter":
        return "ALL" if text.startswith("Samtliga") else text.split()[0]
    return text


def _area(text: str, where: str) -> str:
    if text in ("Riket", "ALL"):
        return NATION
    if found := re.match(r"(\d{2}|\d{4})(?:\s|$)", text):
        return found[1]
    raise SourceError(
        f"{where}: {text!r} is not an area; expected 'Riket' or a code first, as in "
        "'20 Dalarnas län'."
    )


def _header_row(grid: Grid) -> int | None:
    headings = {heading for _, heading in _DIMENSIONS.values()} - {"År"}
    for row in range(min(_HEADER_ROWS, len(grid))):
        found = {cell_text(c) for c in grid[row]}
        if "År" in found and found & headings:
            return row
    return None


def _check_headings(headings: list[str], where: str) -> None:
    repeated = sorted({h for h in headings if headings.count(h) > 1})
    if repeated:
        raise SourceError(f"{where}: the column {repeated[0]!r} stands more than once.")
    if not set(headings) - {h for _, h in _DIMENSIONS.values()}:
        raise SourceError(f"{where}: no column holds a measure beside År, Månad, Kön, Län ….")


def _xlsx_row(
    cells: list, columns: dict[int, str], at: tuple[Path, str], row: int, on_fault: OnFault
) -> list[tuple]:
    by_heading = {heading: name for name, (_, heading) in _DIMENSIONS.items()}
    values = dict.fromkeys(_DIMENSIONS)
    where, measures = f"{at[0].name}, sheet {at[1]!r}", []
    for column, heading in columns.items():
        text = cell_text(cells[column]) if column < len(cells) else ""
        cell = cell_name(row, column)
        place = f"{where}, cell {cell}"
        if heading in by_heading:
            name = by_heading[heading]
            values[name] = _dimension(name, text, place)
        elif text in _SUPPRESSED:
            measures.append((heading, None, True))
        else:
            tell = _teller(on_fault, at[0], row + 1, f"{at[1]}!{cell}")
            measures.append((heading, None if text == "" else _number(text, place, tell), False))
    if values["year"] is None:
        raise SourceError(f"{where}, row {row + 1}: the year is missing.")
    return [(*values.values(), *m) for m in measures]


def _number(text: str, where: str, tell) -> float | None:
    try:
        value = float(re.sub(r"\s", "", text).replace(",", "."))
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value
    tell(text, f"{where}: {text!r} is not a number.")
    return None


def _finish(found: list[tuple], path: Path) -> pl.DataFrame:
    if not found:
        raise SourceError(f"{path.name}: a header but no rows. Fetch the file again.")
    frame = pl.DataFrame(found, schema=_SCHEMA, orient="row").unique(maintain_order=True)
    clash = frame.filter(pl.struct(list(OPEN_STATISTICS.key)).is_duplicated())
    if clash.height:
        row = ", ".join(str(v) for v in clash.row(0)[:8] if v is not None)
        raise SourceError(f"{path.name}: two rows give different values for {row}.")
    return frame
