"""Holds every number of a workbook against the table: a row of its table, or a number of its entry.

A sheet of all measures and what is told has the table's columns: each of its rows must be one of
the table's. In the other sheets a number must be one that the table tells of the row's entry.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import contains

from fmbstats.frames import rows_of
from fmbstats.gate.read_workbook import Cell, Cells
from fmbstats.gate.told_page import Rows
from fmbstats.settings import SETTINGS
from fmbstats.told import COLUMNS, NUMBERS, cell_text
from fmbstats.words import LANGUAGES, phrase, phrase_keys

_HEAD = "export.head."
_LEADING = 2  # the entry's name and the measure in words stand before the table's columns
_OF_CASES = ("limit_days_30", "limit_days_31", "min_days")
_DATES = ("cutoff", "valid_from")
_FIRST_DAY = dt.date(1899, 12, 30)  # day 0 of a workbook, after 1900-02-29, which it counts


def workbook_faults(
    sheets: Sequence[Cells], rows: Rows, public: frozenset[str], n_lines: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """Yield place and fault of each row that tells what the table does not.

    `sheets`: cells of each sheet, heads first: text, number or None. `public`: days of editions
    among them. `n_lines`: path of a file without its ending -> lines of data that it has.
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
                about = _About(row, numbers, public, n_lines)
                for of, cell in zip(names, cells, strict=False):
                    if isinstance(cell, float) and not any(about.tells(n, cell) for n in of):
                        yield where, f"{min(of)}: a number that the table does not tell."


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
