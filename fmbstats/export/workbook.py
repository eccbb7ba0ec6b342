"""The Excel workbook: one table a sheet, real numbers, text that stays text."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from fmbstats import words
from fmbstats.export.sheets import Sheet
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
_WIDE = {
    "name": 42,
    "measure": 40,
    "disease_group": 36,
    "codes": 34,
    "criteria": 60,
    "length_text": 34,
    "data_vintage": 36,
    "meaning": 110,
    "value": 110,
    "what": 44,
    "caption_sv": 80,
    "caption_en": 80,
    "chapter": 36,
    "section": 32,
    "file": 52,
    "reason_for_width": 36,
    "flags": 24,
    "method": 20,
    "metric": 30,
    "estimate": 18,
    "sheet": 26,
    "data_kind": 14,
    "head": 36,
    "column": 26,
    "slug": 36,
    "shortest_limit_days": 20,
    "longest_limit_days": 20,
}


def workbook_bytes(
    sheets: Sequence[Sheet], *, title: str, mark: str, is_synthetic: bool, language: str
) -> bytes:
    """Write the workbook: every sheet is one Excel table, its heads in the first row.

    `title`: title of the document. `mark`: whether the register is real or invented: in the
    document's properties, and at the head of every printed page. `language`: "sv" or "en". The
    same content gives the same bytes.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        short = phrase("report.synthetic" if is_synthetic else "report.real", language)
        book.set_properties(
            {"title": title, "subject": short, "comments": mark, "author": "", "created": _CREATED}
        )
        book.set_size(2400, 1400)
        writer = _Writer(book, language, mark)
        for sheet in sheets:
            writer.write(sheet)
    return buffer.getvalue()


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

    def write(self, sheet: Sheet) -> None:
        """Write one sheet as a table."""
        page = self.book.add_worksheet(phrase(f"export.sheet.{sheet.key}", self.language))
        if sheet.kind == "synthetic":
            page.set_tab_color(palette.SYNTHETIC_TEXT)
        self._set_up_print(page)
        frame = self._with_kind(sheet)
        self._table(page, sheet.key, frame)
        forms = [kind_of(name) for name in frame.columns]
        measured = frame.columns.get_loc("metric") if "metric" in frame.columns else None
        for row, values in enumerate(frame.itertuples(index=False), start=1):
            form = "percent" if measured is None else form_of(values[measured])
            for column, value in enumerate(values):
                self._cell(page, row, column, value, forms[column] or form)

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
        page.add_table(
            0, 0, last_row, last_column,
            {"name": key, "columns": columns, "style": "Table Style Light 1"},
        )  # fmt: skip
        for column, name in enumerate(frame.columns):
            page.set_column(column, column, _WIDE.get(name, 13))
        page.freeze_panes(1, 2 if "name" in frame.columns else 0)
        page.ignore_errors({"number_stored_as_text": f"A1:{_letter(last_column)}{last_row + 1}"})

    def _set_up_print(self, page: Any) -> None:
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        page.set_footer("&L&A&R&P (&N)")
        page.set_header(f"&L{self.mark.replace('&', '&&')[:200]}")

    def _cell(self, page: Any, row: int, column: int, value: Any, form: str) -> None:
        if isinstance(value, str):
            shape = self.formats["wrapped" if form == "wrapped" else "text"]
            page.write_string(row, column, _shown(value), shape)
        elif is_number(value):
            if math.isfinite(value):
                page.write_number(row, column, float(value), self.formats[form])
        elif value is None or value is pd.NaT:
            return
        elif isinstance(value, dt.date):
            day = dt.datetime(value.year, value.month, value.day)
            page.write_datetime(row, column, day, self.formats["date"])
        elif isinstance(value, Spoken):
            page.write_string(row, column, value.text(self.language), self.formats["absent"])
        else:
            page.write_string(row, column, _shown(str(value)), self.formats["text"])


@lru_cache(maxsize=10_000)
def _shown(text: str) -> str:
    return words.visible(text, 2000)


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


def _letter(column: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return xl_col_to_name(column)
