"""The Excel workbook: one table a sheet, real numbers, text that stays text."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import chain, islice
from typing import Any

import numpy as np
import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name, xl_range
from xlsxwriter.worksheet import Worksheet

from fmbstats import words
from fmbstats.export.content import Sheet
from fmbstats.figures import palette
from fmbstats.words import Spoken, phrase

# A workbook has to name a day on which it was made; a fixed one keeps equal content equal.
_CREATED = dt.datetime(2000, 1, 1)
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
# So many rows share what a reader is told of the columns that they reach over.
_SPANNED = 16
_TEXT = ' t="s">'
_WRAPPED = frozenset({"meaning", "value", "criteria", "caption_sv", "caption_en"})
_NUMBER_FORMATS = {
    "percent": "0.0%",
    "count": "#,##0",
    "days": "0.0",
    "ratio": "0.00",
    "probability": "0.000",
    "year": "0",
    "date": "yyyy-mm-dd",
}
# Columns wider than others, in letters.
_WIDE = {
    name: width
    for width, names in {
        110: "meaning value",
        80: "caption_sv caption_en",
        60: "criteria",
        52: "file",
        44: "what",
        42: "name",
        40: "measure",
        36: "disease_group data_vintage chapter reason_for_width head slug",
        34: "codes length_text",
        32: "section",
        30: "metric",
        26: "sheet column",
        24: "flags",
        20: "method shortest_limit_days longest_limit_days",
        18: "estimate",
        14: "data_kind",
    }.items()
    for name in names.split()
}


def workbook_bytes(
    sheets: Sequence[Sheet], *, title: str, mark: str, is_synthetic: bool, language: str
) -> bytes:
    """Write the workbook: every sheet is one Excel table, its heads in the first row.

    `title`: title of the document. `mark`: whether the register is real or invented: in the
    document's properties, and at the head of every printed page. `language`: "sv" or "en". The
    same content gives the same bytes.
    """
    buffer = io.BytesIO()
    with Workbook(buffer, _OPTIONS) as book:
        short = phrase("report.synthetic" if is_synthetic else "report.real", language)
        book.set_properties(
            {"title": title, "subject": short, "comments": mark, "author": "", "created": _CREATED}
        )
        book.set_size(2400, 1400)
        writer = _Writer(book, language, mark)
        for sheet in sheets:
            writer.write(sheet)
    return buffer.getvalue()


class _Page(Worksheet):
    """A sheet whose rows below the heads come written: cell by cell takes five times as long."""

    def take(self, rows: Iterable[Sequence[tuple[int, str]]], n_columns: int) -> None:
        """Take the rows below the heads: of each the cells that hold something, by column."""
        letters = [xl_col_to_name(column) for column in range(n_columns)]
        self._below: list[str] = []
        # The heads reach over all columns.
        left, first = chain([[(0, ""), (n_columns - 1, "")]], rows), 1
        while block := list(islice(left, _SPANNED)):
            reach = [cell[0] + 1 for row in block if row for cell in (row[0], row[-1])]
            for number, row in enumerate(block, first):
                if row and number > 1:
                    self.str_table.count += sum(_TEXT in cell for _, cell in row)
                    self._check_dimensions(number - 1, 0)
                    cells = "".join([f'<c r="{letters[k]}{number}"{cell}' for k, cell in row])
                    spans = f"{min(reach)}:{max(reach)}"
                    self._below.append(f'<row r="{number}" spans="{spans}">{cells}</row>')
            first += _SPANNED

    def fill(self, last_row: int, last_column: int, options: dict[str, Any]) -> None:
        """Make the sheet one table; told of its first row alone, the library notes no cell each."""
        self.add_table(0, 0, min(last_row, 1), last_column, options)
        whole = xl_range(0, 0, last_row, last_column)
        self.tables[-1] |= {"range": whole, "a_range": whole, "autofilter": whole}

    def string(self, text: str, shape: Any) -> str:
        """Write a cell of text, but for its place."""
        index = self.str_table._get_shared_string_index(text)
        self.str_table.count -= 1  # cells are counted when they are taken
        return f' s="{shape._get_xf_index()}"{_TEXT}<v>{index}</v></c>'

    def number(self, value: float | dt.datetime, shape: Any) -> str:
        """Write a cell of a number or day, but for its place."""
        if isinstance(value, dt.datetime):
            value = self._convert_date_time(value)
        return f' s="{shape._get_xf_index()}"><v>{value:.16G}</v></c>'

    def _write_rows(self) -> None:
        self.dim_rowmax = 0
        super()._write_rows()
        self.fh.writelines(self._below)


class _Writer:
    """Writes sheets into one book; formats are made once."""

    def __init__(self, book: Any, language: str, mark: str) -> None:
        self.book, self.language, self.mark = book, language, mark
        base = {"font_name": "Inter", "font_size": 10, "valign": "top"}
        self.formats = {
            kind: book.add_format(base | {"num_format": code})
            for kind, code in _NUMBER_FORMATS.items()
        }
        self.formats["text"] = book.add_format(base)
        self.formats["wrapped"] = book.add_format(base | {"text_wrap": True})
        self.formats["absent"] = book.add_format(
            base | {"italic": True, "font_color": palette.MUTED}
        )
        self.head = book.add_format(base | {"bold": True, "text_wrap": True, "bottom": 1})
        self.head._get_xf_index()  # the first of all, wherever cells begin

    def write(self, sheet: Sheet) -> None:
        """Write one sheet as a table."""
        page = self.book.add_worksheet(
            phrase(f"export.sheet.{sheet.key}", self.language), worksheet_class=_Page
        )
        if sheet.kind == "synthetic":
            page.set_tab_color(palette.SYNTHETIC_TEXT)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        page.set_footer("&L&A&R&P (&N)")
        page.set_header(f"&L{self.mark.replace('&', '&&')[:200]}")
        frame = self._with_kind(sheet)
        self._table(page, sheet.key, frame)
        page.take(self._rows(page, frame), len(frame.columns))

    def _rows(self, page: _Page, frame: pd.DataFrame) -> Iterator[list[tuple[int, str]]]:
        """Yield the cells of each row that hold something, by column, as they are written.

        Equal cells are written once: a sheet has a million of some ten thousand.
        """
        forms = [kind_of(name) for name in frame.columns]
        measured = frame.columns.get_loc("metric") if "metric" in frame.columns else None
        written = lru_cache(maxsize=None, typed=True)(partial(self._cell, page))
        # What is missing is None, whatever a column's type makes of it.
        known = frame.astype(object).where(frame.notna(), None)
        for values in known.itertuples(index=False, name=None):
            form = "percent" if measured is None else form_of(values[measured])
            held = [k for k, value in enumerate(values) if value is not None]
            cells = [(k, written(values[k], forms[k] or form)) for k in held]
            yield [cell for cell in cells if cell[1]]

    def _with_kind(self, sheet: Sheet) -> pd.DataFrame:
        """Let every row say whether its numbers are real or invented."""
        if sheet.frame.empty:
            return pd.DataFrame({"what": [phrase("table.empty", self.language)]})
        if sheet.kind == "plain":
            return sheet.frame
        return sheet.frame.assign(data_kind=phrase(f"export.kind.{sheet.kind}", self.language))

    def _table(self, page: Any, key: str, frame: pd.DataFrame) -> None:
        heads = [phrase(f"export.head.{name}", self.language) for name in frame.columns]
        columns = [{"header": head, "header_format": self.head} for head in heads]
        last_row, last_column = len(frame), len(heads) - 1
        style = {"name": key, "columns": columns, "style": "Table Style Light 1"}
        page.fill(last_row, last_column, style)
        for column, name in enumerate(frame.columns):
            page.set_column(column, column, _WIDE.get(name, 13))
        page.freeze_panes(1, 2 if "name" in frame.columns else 0)
        page.ignore_errors(
            {"number_stored_as_text": f"A1:{xl_col_to_name(last_column)}{last_row + 1}"}
        )

    def _cell(self, page: _Page, value: Any, form: str) -> str:
        """Write a cell, but for its place; "" where it holds nothing."""
        if isinstance(value, str):
            shape = self.formats["wrapped" if form == "wrapped" else "text"]
            return page.string(words.visible(value, 2000), shape)
        if is_number(value):
            return page.number(float(value), self.formats[form]) if math.isfinite(value) else ""
        if value is None:
            return ""
        if isinstance(value, dt.date):
            day = dt.datetime(value.year, value.month, value.day)
            return page.number(day, self.formats["date"])
        if isinstance(value, Spoken):
            return page.string(value.text(self.language), self.formats["absent"])
        return page.string(words.visible(str(value), 2000), self.formats["text"])


def is_number(value: object) -> bool:
    """Say whether a cell holds a number; truth values are none."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_)


def kind_of(name: str) -> str:
    """Say how a column's cells are written; "" where it follows from the row's measure.

    Examples
    --------
    >>> kind_of("limit_days"), kind_of("share_over_lo"), kind_of("estimate")
    ('count', 'percent', '')
    """
    if name in _WRAPPED:
        return "wrapped"
    if name in ("estimate", "lo", "hi"):
        return ""
    return "year" if name in ("start_year", "year") else form_of(name)


@lru_cache
def form_of(measure: str) -> str:
    """Say how a measure's numbers are written.

    Examples
    --------
    >>> form_of("share_over_longest"), form_of("quantile_50_days")
    ('percent', 'count')
    """
    if measure.startswith(("share_", "coverage_", "difference_share_")):
        return "percent"
    if "ratio" in measure:
        return "ratio"
    if measure.startswith(("p_value", "q_value", "tau2_")):
        return "probability"
    days = ("excess_days", "restricted_mean", "gross_", "net_", "n_expected", "n_effective")
    return "days" if measure.startswith(days) else "count"
