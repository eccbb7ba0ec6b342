"""Holds every number of a workbook against the table: a row of its table, or a number of its entry.

A sheet of all measures and what is told has the table's columns: each of its rows must be one of
the table's. In the other sheets a number must be one that the table tells of the row's entry.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import contains

import pandas as pd
from lxml import etree

from fmbstats.export.content import Sheet
from fmbstats.frames import rows_of
from fmbstats.gate.read_workbook import Cell, Cells
from fmbstats.gate.told_page import Rows
from fmbstats.settings import SETTINGS
from fmbstats.told import COLUMNS, NUMBERS, cell_text
from fmbstats.words import LANGUAGES, Absent, phrase, phrase_keys

_HEAD = "export.head."
_LEADING = 2  # the entry's name and the measure in words stand before the table's columns
_OF_CASES = ("limit_days_30", "limit_days_31", "min_days")
_DATES = ("cutoff", "valid_from")
_SHEET = "export.sheet."
# What follows from how many rows and columns a sheet has; and texts that are read as words.
_PLACE = re.compile(r"[A-Z]{1,3}\d{1,7}(?::[A-Z]{1,3}\d{1,7})?|\d{1,7}(?::\d{1,7})?")
_PLACES = frozenset(["ref", "sqref", "min", "max", "count", "uniqueCount"])
_SAID = frozenset(["oddHeader", "title", "description", "t"])
# Cells are read by `read_workbook.read_sheets`.
_CELLS = re.compile(rb"(?<=<sheetData>).*(?=</sheetData>)", re.DOTALL)
# Measures of each kind of number.
_OF_KINDS = ("share_over_longest", "n_spells", "excess_days", "o_e_ratio", "p_value")
_FIRST_DAY = dt.date(1899, 12, 30)  # day 0 of a workbook, after 1900-02-29, which it counts


def workbook_faults(
    sheets: Sequence[Cells], rows: Rows, n_lines: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """Yield place and fault of each row that tells what the table does not.

    `sheets`: cells of each sheet, heads first: text, number or None. `n_lines`: path of a file
    without its ending -> lines of data that it has.
    """
    told = frozenset(tuple(map(_plain, line)) for line in rows.lines(COLUMNS))
    for number, (heads, *lines) in enumerate(filter(None, sheets), start=1):
        names = [_names().get(head, frozenset()) for head in heads]
        own = names[_LEADING : _LEADING + len(COLUMNS)]
        is_table = len(own) == len(COLUMNS) and all(map(contains, own, COLUMNS))
        for place, cells in enumerate(lines, start=2):
            where = f"sheet {number}, row {place}"
            if len(cells) > len(heads) or not all(names):
                yield where, "a cell under no head of ours."
            elif is_table:
                there = [*cells, *[None] * len(heads)][_LEADING : _LEADING + len(COLUMNS)]
                if tuple(map(_as_told, COLUMNS, there)) not in told:
                    yield where, "a row that the table does not have."
            else:
                # Heads of two columns may be the same words.
                row = {n: cell for of, cell in zip(names, cells, strict=False) for n in of}
                numbers = _by_entry(rows).get(str(row.get("rec_id") or ""), frozenset())
                about = _About(row, numbers, rows.public, n_lines)
                for of, cell in zip(names, cells, strict=False):
                    if isinstance(cell, float) and not any(about.tells(n, cell) for n in of):
                        yield where, f"{min(of)}: a number that the table does not tell."


def form_faults(data: bytes) -> Iterator[str]:
    """Yield what is in the parts of a workbook, beside its cells, and in none that we would write.

    Styles, properties, widths, links of parts to parts: as in a workbook of all our columns.
    """
    ours = _forms()
    for (tag, name), values in _forms_of(data).items():
        more = values - ours.get((tag, name), set())
        if (name in _PLACES or tag == "i4") and (tag, name) in ours:
            more = {value for value in more if not _PLACE.fullmatch(value)}
        if more and not (tag in _SAID and not name):
            yield f"<{tag[:20]}> with another {name[:20] or 'text'} than ours."


def _forms_of(data: bytes) -> Mapping[tuple[str, str], set[str]]:
    """Element and attribute ("" for its text) -> values, over all parts of a workbook."""
    found = defaultdict[tuple[str, str], set[str]](set)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for part in archive.namelist():
            around = _CELLS.sub(b"", archive.read(part))
            for element in etree.fromstring(around).iter("*"):
                tag = etree.QName(element).localname
                found[tag, ""].update(filter(None, (element.text, element.tail)))
                for name, value in element.attrib.items():
                    # A list of the sheets says how many there are.
                    if (tag, name, value) != ("vector", "size", str(len(element))):
                        found[tag, etree.QName(name).localname].add(value)
    return found


@cache
def _forms() -> Mapping[tuple[str, str], set[str]]:
    """The same of workbooks that hold every sheet, column and kind of cell of ours."""
    from fmbstats.export.workbook import workbook_bytes  # not all who have reports write such

    sheets = [k.removeprefix(_SHEET) for k in phrase_keys() if k.startswith(_SHEET)]
    heads = [k.removeprefix(_HEAD) for k in phrase_keys() if k.startswith(_HEAD)]
    cells = [*[1.5] * len(_OF_KINDS), _FIRST_DAY, "a", next(iter(Absent))]
    found = defaultdict[tuple[str, str], set[str]](set)
    for language in LANGUAGES:
        by_words = {phrase(_HEAD + head, language): head for head in heads}
        for columns in (by_words.values(), set(heads) - set(by_words.values())):
            frame = pd.DataFrame({name: cells for name in columns if name != "data_kind"})
            frame = frame.astype(object).assign(metric=[*_OF_KINDS, *["n_spells"] * 3])
            for kind in ("synthetic", "real", "plain"):
                made = workbook_bytes(
                    [Sheet(key, frame, kind) for key in sheets],
                    title="", mark="a", is_synthetic=kind == "synthetic", language=language,
                )  # fmt: skip
                for at, values in _forms_of(made).items():
                    found[at] |= values
    return found


@cache
def _names() -> Mapping[Cell, frozenset[str]]:
    """Head of a column, in any language -> what columns it names."""
    found: dict[Cell, set[str]] = {}
    for key in filter(lambda key: key.startswith(_HEAD), phrase_keys()):
        for language in LANGUAGES:
            found.setdefault(phrase(key, language), set()).add(key.removeprefix(_HEAD))
    return {head: frozenset(names) for head, names in found.items()}


def _plain(text: str) -> str:
    """Take away what keeps text of a CSV file from running as a formula."""
    return text.removeprefix("'")


def _as_told(name: str, cell: Cell) -> str:
    """Return a cell as the table has it; why there is no number stands in place of one."""
    if isinstance(cell, float):
        return _day(cell) if name in _DATES else cell_text(cell)
    return "" if cell is None or name in NUMBERS else _plain(cell)


def _day(cell: float) -> str:
    whole = 0 <= cell < 100_000 and cell == int(cell)
    return str(_FIRST_DAY + dt.timedelta(int(cell))) if whole else ""


def _is_length(cell: float) -> bool:
    """Whether it is a number of whole weeks, months or years, as FMB recommends."""
    return any(cell % days == 0 for days in (7, 365, *SETTINGS.month_conventions))


@cache
def _by_entry(rows: Rows) -> Mapping[str, frozenset[str]]:
    """Entry -> every number that the table tells of it."""
    found: dict[str, set[str]] = {}
    for row in rows_of(rows.frame):
        values = (getattr(row, name) for name in NUMBERS)
        found.setdefault(row.rec_id, set()).update(map(cell_text, values))
    return {rec_id: frozenset(values) for rec_id, values in found.items()}


@dataclass(frozen=True)
class _About:
    """What a row of another sheet is about."""

    row: Mapping[str, Cell]
    numbers: frozenset[str]
    public: frozenset[str]
    n_lines: Mapping[str, int]

    def tells(self, name: str, cell: float) -> bool:
        """Whether a number of a column is one that the table tells."""
        if name in _DATES:
            return _day(cell) in self.public
        if name == "month_days":
            return cell in SETTINGS.month_conventions
        if name == "n_rows":
            return cell == self.n_lines.get(str(self.row.get("file")))
        # FMB's cases are public, also those that were not in force.
        is_case = name in _OF_CASES and (_is_length(cell) or cell_text(cell) in self.public)
        return is_case or cell_text(cell) in self.numbers
