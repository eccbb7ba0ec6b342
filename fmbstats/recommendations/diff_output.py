"""How the changes between two editions are written: terminal, CSV, page."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import polars as pl

from fmbstats.media import in_cell, in_html
from fmbstats.words import phrase, visible

#: In the order they are listed; the words a reader sees.
CHANGES = (
    "length", "new", "withdrawn", "codes", "criteria", "degree", "valid_from", "name", "wording",
    "text",
)  # fmt: skip
_HEADINGS = ("kind", "id", "entry", "codes")
_UNITS = ("d", "wk", "mo")
_LEADS = ("with ", "without ", "from ")


@lru_cache(maxsize=8)
def words_in(language: str) -> dict[str, Any]:
    """Return the words of a language: the kinds of change, headings, units, leading words."""
    plain = (*CHANGES, "entry", "case", "silently", "none", "no number")
    return {
        **{key: phrase(f"diff.{key.replace(' ', '_')}", language) for key in plain},
        **{lead: phrase(f"diff.{lead.strip()}", language) + " " for lead in _LEADS},
        "headings": tuple(phrase(f"diff.heading.{key}", language) for key in _HEADINGS),
        "units": {unit: phrase(f"diff.unit.{unit}", language) for unit in _UNITS},
    }


# No wording of FMB is longer.
_LONGEST = 10_000


def csv(frame: pl.DataFrame) -> str:
    """Write a frame as CSV; text that a spreadsheet would run is quoted."""
    quoted = pl.col(pl.String).map_elements(lambda text: in_cell(text, _LONGEST), pl.String)
    return frame.with_columns(quoted).write_csv()


def text(frame: pl.DataFrame) -> str:
    """Write changes for a terminal: counts, then a heading per kind, aligned columns."""
    lines = [_counts(frame, words_in("en"))]
    for change, rows in _by_change(frame):
        lines += ["", _title(words_in("en")[change], rows.height)]
        lines += _ids(rows) if change == "text" else _aligned(rows)
    return "\n".join(lines)


def fragment(frame: pl.DataFrame, old: str, new: str, language: str) -> str:
    """Write changes as an HTML fragment: counts, then a table per kind of change."""
    words = words_in(language)
    parts = [f"<p>{in_html(_counts(frame, words))}</p>"]
    head = "".join(f'<th scope="col">{in_html(h)}</th>' for h in (*words["headings"], old, new))
    for change, rows in _by_change(frame):
        cells = (_cells(row, language) for row in rows.iter_rows(named=True))
        body = "\n".join(
            f"<tr>{''.join(f'<td>{in_html(cell)}</td>' for cell in row)}</tr>" for row in cells
        )
        title = in_html(_title(words[change], rows.height))
        parts.append(
            f"<h2>{title}</h2>\n<table><thead><tr>{head}</tr></thead>\n"
            f"<tbody>\n{body}\n</tbody></table>"
        )
    return "\n".join(parts)


def _by_change(frame: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    found = frame.partition_by("change", as_dict=True)
    return ((change, found[change,]) for change in CHANGES if (change,) in found)


def page(title: str, body: str, language: str) -> str:
    """Write a whole page round a fragment; it works offline."""
    title = in_html(title)
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>body{{font:1rem/1.5 sans-serif;margin:2rem}}"
        "table{border-collapse:collapse}th,td{text-align:left;vertical-align:top;"
        "padding:.2rem .8rem .2rem 0;border-bottom:1px solid #ccc}</style></head>"
        f"<body><main><h1>{title}</h1>\n{body}\n</main></body></html>\n"
    )


def _title(words: str, n_rows: int) -> str:
    return f"{words[0].upper()}{words[1:]} ({n_rows})"


def _counts(frame: pl.DataFrame, words: dict[str, Any]) -> str:
    if frame.is_empty():
        return str(words["none"])
    said = []
    for change, rows in _by_change(frame):
        silent = int(rows["is_silent"].sum()) if change == "length" else 0
        mark = f" ({silent} {words['silently']})" if silent else ""
        said.append(f"{rows.height} {words[change]}{mark}")
    return ", ".join(said) + "."


def _cells(row: dict[str, Any], language: str) -> tuple[str, ...]:
    is_silent = row["is_silent"] and row["change"] == "length"
    mark = words_in(language)["silently" if is_silent else row["kind"]]
    sides = (said_in(row[side] or "", language) for side in ("old", "new"))
    return tuple(map(visible, (mark, row["item_id"], row["item"], row["codes"], *sides)))


def said_in(side: str, language: str) -> str:
    """Write one side of a change for a reader: a stored length in words, all else as it is.

    >>> said_in("3 mo", "sv"), said_in("Upp till 3 månader", "en")
    ('3 mån', 'Upp till 3 månader')
    """
    words = words_in(language)
    if side == "no number":
        return str(words["no number"])
    if found := re.fullmatch(r"(\d+) (d|wk|mo)", side):
        return f"{found[1]} {words['units'][found[2]]}"
    lead = next((w for w in _LEADS if side.startswith(w)), "")
    return words[lead] + side.removeprefix(lead) if lead else side


def _aligned(rows: pl.DataFrame) -> list[str]:
    lines = []
    for cells in (_cells(row, "en") for row in rows.iter_rows(named=True)):
        cut = [
            (text if len(text) <= width else text[: width - 1] + "…").ljust(width)
            for text, width in zip(cells, (8, 7, 34, 20), strict=False)
        ]
        change = " → ".join(filter(None, cells[4:]))
        lines.append(("  " + "  ".join([*cut, change])).rstrip())
    return lines


def _ids(rows: pl.DataFrame) -> list[str]:
    """List items by id only: their facts are the same, some other sentence is not."""
    lines = []
    for kind, group in rows.group_by("kind", maintain_order=True):
        said = f"{kind[0]} " + ", ".join(group["item_id"])
        lines += textwrap.wrap(said, 96, initial_indent="  ", subsequent_indent="    ")
    return lines
