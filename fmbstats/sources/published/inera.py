"""Inera's statistics export: spells by length band, with cells under five hidden.

CSV in cp1252 with a semicolon behind every field; header cells repeat over the columns they
span. A cell under five was set to 0 *before* anything was summed: a 0 may be 0 to 4 spells, and a
sum over many units may be up to four more per unit than it says. Lengths are certificate days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from fmbstats import codes
from fmbstats.errors import SourceError
from fmbstats.sources.published.published_forms import BandRow
from fmbstats.sources.registers.cell_faults import CellFault, OnFault, judge, refuse
from fmbstats.sources.registers.contracts import Column, Contract
from fmbstats.sources.textfiles import read_start, read_text

HIDDEN_MAX = 4
LENGTH_BASIS = "certificate_days"
ENCODING = "cp1252"
SEPARATOR = ";"
#: First and last day of the export's bands.
BANDS = ((1, 14), (15, 30), (31, 60), (61, 90), (91, 180), (181, 364), (365, 730), (731, None))
_YEARS = {"1-2": (365, 730), "2-": (731, None), "över2": (731, None)}

_CODE = re.compile(r"\b[A-Z]\d\d(?:\.?\d[0-9A-Z]?[0-9A-Z]?)?\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_WHEN = re.compile(
    r"\b(?:(?:19|20)\d\d|jan(?:uari)?|feb(?:ruari)?|mars?|apr(?:il)?|maj|juni?|juli?|aug(?:usti)?"
    r"|sept?(?:ember)?|okt(?:ober)?|nov(?:ember)?|dec(?:ember)?|(?:kv|kvartal) ?[1-4])\b",
    re.IGNORECASE,
)
_WHOLE = ("totalt", "samtliga", "alla", "riket", "hela riket", "kvinnor och män")

COUNTS = Contract(
    name="inera_counts",
    title="Inera's export of spells by length band",
    columns=(
        Column("label", "text", "none", description="period, area or diagnosis of the row"),
        Column("group", "text", "none", description="heading above the bands, e.g. Kvinnor"),
        Column("band_from_day", "int", "days", min=1),
        Column("band_to_day", "int", "days", nullable=True, description="empty: open"),
        Column("n_min", "int", "spells", min=0),
        Column("n_max", "int", "spells", min=0),
    ),
    key=("label", "group", "band_from_day"),
    encoding=ENCODING,
    separator=SEPARATOR,
    has_trailing_separator=True,
)


@dataclass(frozen=True, eq=False)
class IneraExport:
    """The counts of one export.

    Attributes
    ----------
    title : str
        The first line.
    counts : polars.DataFrame
        label, group, band_from_day, band_to_day, n_min, n_max: every cell as an interval.
    """

    title: str
    counts: pl.DataFrame

    @property
    def n_rows(self) -> int:
        """Cells read."""
        return self.counts.height

    def bands(self, label: str, group: str = "") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Edges, least and most counts of one row, as the bounds functions take them.

        Raises
        ------
        KeyError
            No such row.
        """
        rows = self.counts.filter((pl.col("label") == label) & (pl.col("group") == group))
        if rows.is_empty():
            raise KeyError((label, group))
        rows = rows.sort("band_from_day")
        return (rows["band_from_day"] - 1).to_numpy(), *(
            rows[c].to_numpy() for c in rows.columns[4:]
        )


def parse_band(label: str) -> tuple[int, int | None] | None:
    """Read a band's first and last day from its heading; None when it is none.

    Examples
    --------
    >>> parse_band("<15"), parse_band("Under 15 dagar"), parse_band("15–30 dagar")
    ((1, 14), (1, 14), (15, 30))
    >>> parse_band("1-2 år"), parse_band("2- år"), parse_band("731+"), parse_band("Totalt")
    ((365, 730), (731, None), (731, None), None)
    """
    text = re.sub(r"\s+", "", label.lower()).replace("–", "-").removesuffix("dagar")
    if text.endswith("år"):
        return _YEARS.get(text.removesuffix("år"))
    if found := re.fullmatch(r"(?:<|under)(\d+)", text):
        return 1, int(found[1]) - 1
    if found := re.fullmatch(r"(\d+)-(\d+)", text):
        return int(found[1]), int(found[2])
    if found := re.fullmatch(r"(\d+)\+|(?:>=|≥)(\d+)", text):
        return int(found[1] or found[2]), None
    return None


def read_export(path: str | Path, *, n_units: int = 1, on_fault: OnFault = refuse) -> IneraExport:
    """Read an export of spells by length band.

    Parameters
    ----------
    path : str or Path
    n_units : int
        Over how many separately hidden units the cells were summed: 1 for a care unit's own
        table, 21 for a national sum of regions. A cell then lies in [value, value + 4 n_units];
        with one unit only a 0 is uncertain.
    on_fault : callable
        Told of each cell that is no count.

    Returns
    -------
    IneraExport

    Raises
    ------
    SourceError
        Encoding, separator, no row of bands, wrong number of fields, a cell that is no count.
    """
    path = Path(path)
    lines = [
        line for line in enumerate(read_text(path, ENCODING).split("\n"), 1) if line[1].strip()
    ]
    table = [(number, _fields(line, number, path)) for number, line in lines]
    header = next((i for i, (_, cells) in enumerate(table) if _n_bands(cells) >= 2), None)
    if header is None:
        raise SourceError(
            f"{path.name}: no header row with length bands; expected {COUNTS.title}, with "
            "headings such as '<15', '15-30', … '731+' and a semicolon behind every field."
        )
    _refuse_cut_off(lines[header][1], lines[-1], path)
    columns = _columns(table, header, path)
    counts = []
    for number, cells in table[header + 1 :]:
        _check_width(cells, len(table[header][1]), number, number == table[-1][0], path)
        for column, (group, (first, last)) in columns.items():
            n = _count(cells[column], number, column, path, on_fault)
            counts.append((cells[0], group, first, last, n, _most(n, n_units)))
    if not counts:
        raise SourceError(f"{path.name}: a header but no rows. Export the file again.")
    schema = {c.name: pl.String if c.type == "text" else pl.Int64 for c in COUNTS.columns}
    frame = pl.DataFrame(counts, schema=schema, orient="row")
    _refuse_repeated(frame, path)
    return IneraExport(table[0][1][0] if header else "", frame)


def band_rows(
    export: IneraExport,
    path: Path,
    *,
    code: str | None = None,
    year: int | None = None,
    counted: str = "ongoing",
) -> list[BandRow]:
    """Bring an export to the common form: which diagnosis, period, area and sex each row is of.

    Parameters
    ----------
    export : IneraExport
    path : Path
        Named when something cannot be told.
    code, year : str, int, optional
        Of every row; by default what the row's label says, else the title.
    counted : str
        Inera counts a spell in every period in which it was ongoing.

    Raises
    ------
    SourceError
        A row's diagnosis or year, or a heading, cannot be told.
    """
    given = None if code is None else codes.normalise(code)
    rows = []
    for label, group, first, last, n_min, n_max in export.counts.iter_rows():
        said = _label_parts(label, export.title)
        row_code, row_year = given or said.code, year or said.year
        if row_code is None or row_year is None:
            what, option = ("year", "--year") if row_code else ("diagnosis", "--code")
            raise SourceError(
                f"{path.name}: neither the row {label!r} nor the title {export.title!r} says one "
                f"{what}. Give {option}."
            )
        period = said.period or str(row_year)
        about = (row_code, _sex(group, path), said.area, period, row_year, counted, LENGTH_BASIS)
        rows.append(BandRow(*about, first, last, n_min, n_max))
    return rows


class _Label(NamedTuple):
    code: str | None
    year: int | None
    period: str
    area: str


def _label_parts(label: str, title: str) -> _Label:
    """Read code, year, period and area from a row's label, else code and year from the title."""
    code, year, places = _only_code(label), _only_year(label), list(_WHEN.finditer(label))
    period, area = "", label
    if places:
        first, last = places[0].start(), places[-1].end()
        period, area = label[first:last], label[:first] + label[last:]
    area = area.strip(" ,;-–")
    if code is not None or area.lower() in _WHOLE:
        area = ""  # beside a code stands the diagnosis' name
    if year is None:
        year = _only_year(title)
        period = f"{period} {year}" if period and year else ""
    return _Label(code or _only_code(title), year, period, area)


def _only_code(text: str) -> str | None:
    found = {codes.normalise(c) for c in _CODE.findall(text) if codes.is_code(c.replace(".", ""))}
    return found.pop() if len(found) == 1 else None


def _only_year(text: str) -> int | None:
    found = set(_YEAR.findall(text))
    return int(found.pop()) if len(found) == 1 else None


def _sex(group: str, path: Path) -> str:
    text = group.lower()
    women, men = "kvinn" in text, re.search(r"\bmän\b", text) is not None
    if women != men:
        return "women" if women else "men"
    if women or not text or text in _WHOLE or "antal" in text or "sjukfall" in text:
        return "all"
    raise SourceError(
        f"{path.name}: the heading {group!r} above the bands is unknown; expected Kvinnor, Män or "
        "Totalt. Export the table by sex, or without a breakdown."
    )


def is_export(path: Path) -> bool:
    """Tell whether a file looks like this export: semicolons, and a row of bands near the top."""
    if path.suffix.lower() not in (".csv", ".txt"):
        return False
    start = read_start(path).decode("cp1252", errors="replace")
    return any(_n_bands(line.split(SEPARATOR)) >= 2 for line in start.splitlines())


CONTRACTS = (
    Contract(
        name="inera_export",
        title=COUNTS.title,
        columns=COUNTS.columns,
        encoding=ENCODING,
        separator=SEPARATOR,
        has_trailing_separator=True,
        reader=judge(read_export, lambda found: found.n_rows),
        matches=is_export,
    ),
)


def _fields(line: str, number: int, path: Path) -> list[str]:
    if SEPARATOR not in line:
        raise SourceError(
            f"{path.name}, line {number}: no ';' in the line; expected a semicolon behind every "
            "field. Export the file again."
        )
    cells = [cell.strip().strip('"').strip() for cell in line.split(SEPARATOR)]
    return cells[:-1] if cells[-1] == "" else cells


def _refuse_cut_off(header: str, last: tuple[int, str], path: Path) -> None:
    """A last line without its closing separator may end in half a number."""
    if header.rstrip().endswith(SEPARATOR) and not last[1].rstrip().endswith(SEPARATOR):
        raise SourceError(
            f"{path.name}, line {last[0]}: no ';' at the end of the last line; the file is cut "
            "off. Fetch it again."
        )


def _n_bands(cells: list[str]) -> int:
    return sum(parse_band(cell) is not None for cell in cells)


def _columns(table: list, header: int, path: Path) -> dict[int, tuple[str, tuple]]:
    """Column number → heading above it and band; totals are left out."""
    number, cells = table[header]
    above = table[header - 1][1] if header else []
    is_spanning = len(above) >= len(cells) - 1 and len(above) > 1
    columns = {}
    for column, cell in enumerate(cells[1:], start=1):
        band = parse_band(cell)
        if band is not None:
            columns[column] = (above[column] if is_spanning and column < len(above) else "", band)
    seen = list(columns.values())
    if repeated := next((c for c in seen if seen.count(c) > 1), None):
        first, last = repeated[1]
        raise SourceError(
            f"{path.name}, line {number}: the band {first}-{last or ''} stands twice under one "
            "heading; which is which cannot be told."
        )
    for group in dict.fromkeys(g for g, _ in seen):
        found = tuple(sorted((band for g, band in seen if g == group), key=lambda b: b[0]))
        if found != BANDS:
            missing = [f"{a}-{b or ''}" for a, b in BANDS if (a, b) not in found]
            raise SourceError(
                f"{path.name}, line {number}: the bands are not the expected ones"
                f"{f' under {group!r}' if group else ''}; missing {', '.join(missing)}."
            )
    return columns


def _check_width(cells: list, expected: int, number: int, is_last: bool, path: Path) -> None:
    if len(cells) == expected:
        return
    if is_last and len(cells) < expected:
        raise SourceError(
            f"{path.name}, line {number}: the last line has {len(cells)} of {expected} fields; "
            "the file is cut off. Fetch it again."
        )
    raise SourceError(
        f"{path.name}, line {number}: {len(cells)} fields, expected {expected}. "
        "Export the file again."
    )


def _count(text: str, number: int, column: int, path: Path, on_fault: OnFault) -> int:
    digits = re.sub(r"\s", "", text)
    if digits.isdecimal():
        return int(digits)
    message = (
        f"{path.name}, line {number}, field {column + 1}: {text!r} is not a count; "
        "expected a whole number."
    )
    on_fault(CellFault(path.name, number, f"field {column + 1}", text, message))
    return 0


def _most(n: int, n_units: int) -> int:
    return n + HIDDEN_MAX * n_units if n == 0 or n_units > 1 else n


def _refuse_repeated(frame: pl.DataFrame, path: Path) -> None:
    clash = frame.filter(pl.struct(list(COUNTS.key)).is_duplicated())
    if clash.height:
        raise SourceError(f"{path.name}: the row {clash['label'][0]!r} stands more than once.")
