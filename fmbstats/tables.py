"""Display tables: one frame as accessible HTML, as a frame fit for CSV, or as plain text."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fmbstats import words
from fmbstats.frames import pd
from fmbstats.media import in_cell, in_html

_KINDS = ("text", "number", "percent", "days", "date")


@dataclass(frozen=True)
class Format:
    """How a column's values are written."""

    #: Shares in 0-1 are 'percent'; days are written without unit, which stands in the head; 'text',
    #: 'number', 'percent', 'days' or 'date'.
    kind: str = "text"
    decimals: int = 0  #: Digits after the decimal sign.

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ValueError(f"format {self.kind!r} is not one of {', '.join(_KINDS)}")

    @classmethod
    def of(cls, given: Format | str) -> Format:
        """Read the short form: kind and decimals, such as 'percent1' or 'number'.

        Examples
        --------
        >>> Format.of("percent1")
        Format(kind='percent', decimals=1)
        """
        if isinstance(given, Format):
            return given
        kind = given.rstrip("0123456789")
        return cls(kind, int(given[len(kind) :] or 0))


def html_table(
    frame: pd.DataFrame,
    caption: str,
    language: str = "",
    formats: Mapping[str, Format | str] | None = None,
    *,
    n_row_headers: int = 1,
    css_class: str = "",
) -> str:
    """Write a frame as an accessible HTML table.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per table row; the index is not shown. Cells may be absent or protected values.
    caption : str
        What the table shows; plain text.
    language : {'sv', 'en'}
    formats : mapping of column to Format or its short form, optional
        Without one, whole numbers, floats (one decimal) and text are told from the dtype.
    n_row_headers : int
        So many leading columns are heads of their rows.
    css_class : str
        Added to the table's class.

    Returns
    -------
    str
        A scrollable region with one table, or a paragraph when the frame has no row. Everything
        from data is escaped.

    Examples
    --------
    >>> print(html_table(pd.DataFrame({"day": [90]}), "Dagar", n_row_headers=0))
    <div class="table-scroll" role="region" aria-label="Dagar" tabindex="0">
    <table class="data"><caption>Dagar</caption>
    <thead><tr><th scope="col" class="num">Dag</th></tr></thead>
    <tbody>
    <tr><td class="num">90</td></tr>
    </tbody></table></div>
    """
    words.checked_language(language)
    if frame.empty:
        return f'<p class="empty">{in_html(words.phrase("table.empty", language))}</p>'
    given = dict(formats or {})
    if unknown := set(given) - set(frame.columns):
        raise ValueError(f"formats for columns that are not there: {', '.join(sorted(unknown))}")
    shapes = {
        name: Format.of(given[name]) if name in given else _guessed(frame[name])
        for name in frame.columns
    }
    row_format = list(shapes.values())
    head = "".join(
        f'<th scope="col"{_class(shape)}>{in_html(_head(name, language))}</th>'
        for name, shape in shapes.items()
    )
    body = "\n".join(
        "<tr>" + _row(row, row_format, n_row_headers, language) + "</tr>"
        for row in frame.itertuples(index=False, name=None)
    )
    label = in_html(caption)
    region = html.escape(words.visible(caption), quote=True)
    return (
        f'<div class="table-scroll" role="region" aria-label="{region}" tabindex="0">\n'
        f'<table class="{html.escape(words.visible(f"data {css_class}"))}">'
        f"<caption>{label}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _class(shape: Format) -> str:
    return "" if shape.kind in ("text", "date") else ' class="num"'


def _row(values: Sequence[object], shapes: Sequence[Format], n_heads: int, language: str) -> str:
    cells = []
    for k, (value, shape) in enumerate(zip(values, shapes, strict=True)):
        text = in_html(words.cell(value, shape.kind, shape.decimals, language))
        kind = ' class="absent"' if k >= n_heads and _is_absent(value) else _class(shape)
        cells.append(
            f'<th scope="row"{kind}>{text}</th>' if k < n_heads else f"<td{kind}>{text}</td>"
        )
    return "".join(cells)


def _is_absent(value: Any) -> bool:
    return words.is_spoken(value) or bool(pd.isna(value))


def _head(name: str, language: str) -> str:
    key = f"column.{name}"
    return words.phrase(key, language) if words.has_phrase(key) else str(name)


def _guessed(column: pd.Series) -> Format:
    """Numbers by their dtype; an object column of numbers and absent values counts as numbers."""
    known = [v for v in column if not _is_absent(v)] if column.dtype == object else column
    kind = pd.Series(known).dtype
    if pd.api.types.is_datetime64_any_dtype(kind):
        return Format("date")
    if pd.api.types.is_bool_dtype(kind) or not len(known):
        return Format("text")
    if pd.api.types.is_integer_dtype(kind):
        return Format("number")
    return Format("number", 1) if pd.api.types.is_float_dtype(kind) else Format("text")


def csv_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame fit for CSV: numbers stay numbers, absent values become their words.

    No cell of the result can run as a formula: text that begins like one gets an apostrophe.

    Examples
    --------
    >>> csv_frame(pd.DataFrame({"a": ["=1+1", "x"]})).a.tolist()
    ["'=1+1", 'x']
    """
    safe = frame.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name].dtype):
            said = [v.text() if words.is_spoken(v) else v for v in safe[name]]
            texts = [in_cell(v) if isinstance(v, str) else v for v in said]
            safe[name] = pd.Series(texts, safe.index, dtype=object)
    safe.columns = [in_cell(name) for name in safe.columns]
    return safe
