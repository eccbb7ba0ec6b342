"""The whole export as one tagged PDF: title page, contents, overview, diagnoses, data."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fmbstats.export.content import Bullets, Cells, Chapter, Item, Section, Text
from fmbstats.export.pictures import compiled
from fmbstats.export.row_heads import with_row_heads
from fmbstats.figures.charts.frame import FULL
from fmbstats.figures.fonts import text_width
from fmbstats.media import in_picture
from fmbstats.words import phrase

_MAX_WIDTH_CM, _MAX_HEIGHT_CM = 17.0, 19.5
# The text's width on the page; the size of a table's letters, and a cell's margins.
_TEXT_PT = _MAX_WIDTH_CM / 2.54 * 72
_CELL_PT, _INSET_PT = 7.2, 7.5
# From so many columns on, a table is set smaller by this much.
_MANY_COLUMNS, _SMALLER = 7, 0.92
_LONGEST_WORD_PT, _SHORT_TEXT, _STEP_PT = 70.0, 9, 3.0
# Size of a figure on the page, in pixels, and where its file says it.
_VIEW_BOX, _HEAD = re.compile(r' viewBox="0 0 ([\d.]+) ([\d.]+)"'), 1000
_WORDS = (
    "contents", "figures", "tables", "data", "data_intro", "page", "methods", "sources", "register",
)  # fmt: skip


class Typeset:
    """A chapter as plain data, to be set by Typst.

    `chapter`: its title and blocks. `data`: the tables of what its figures show.
    """

    def __init__(
        self,
        chapter: Chapter,
        parts: Sequence[tuple[Section, list[tuple[Any, Item | None]]]],
        language: str,
    ) -> None:
        self.language = language
        self.data: list[dict[str, Any]] = []
        blocks: list[dict[str, Any]] = []
        for section, pairs in parts:
            if section.title:
                blocks.append({"type": "heading", "text": in_picture(section.title)})
            blocks += [self._block(part, item) for part, item in pairs]
        self.chapter = {"title": in_picture(chapter.titles[language]), "blocks": blocks}

    def _block(self, part: Any, item: Item | None) -> dict[str, Any]:
        if item is not None:
            return self._figure(item) if item.kind == "figure" else self._table(item.data, item)
        if isinstance(part, Bullets):
            return {"type": "list", "items": [in_picture(text, 2000) for text in part.items]}
        if isinstance(part, Text):
            return {"type": "text", "kind": part.kind, "text": in_picture(part.text, 2000)}
        raise TypeError(f"the export does not know how to write {type(part).__name__}")

    def _figure(self, item: Item) -> dict[str, Any]:
        if item.values:
            shown = self._table(item.data, item)
            self.data.append(shown | {"label": item.label(self.language)})
        return {
            "type": "figure",
            "file": f"{item.folder}/{item.stem}.svg",
            "alt": in_picture(item.alts[self.language], 5000),
            "short": in_picture(item.title),
            "caption": in_picture(item.block.note, 2000),
        }

    def _table(self, cells: Cells, item: Item) -> dict[str, Any]:
        rows = [[in_picture(text) for text in row] for row in cells.rows]
        heads = [in_picture(head) for head in cells.heads]
        columns = zip(*rows, strict=True)
        return {
            "type": "table",
            "short": in_picture(item.title),
            "caption": in_picture(item.block.note, 2000),
            "heads": heads,
            "rows": rows,
            "numeric": getattr(item.block, "is_number", None)
            or [_is_numeric(column) for column in columns],
        }


def document_values(
    front: dict[str, Any], chapters: Sequence[Typeset], language: str
) -> dict[str, Any]:
    """Return all that the document says, as plain data; how it is laid out follows from that.

    `front`: title, subtitle, mark, sentence, statement, is_synthetic; provenance and methods (rows
    of two texts), sources (texts), all in the document's language. `language`: "sv" or "en".
    """
    return front | {
        "lang": language,
        "chapters": [one.chapter for one in chapters],
        "data": [table for one in chapters for table in one.data],
        "words": {key: phrase(f"export.pdf.{key}", language) for key in _WORDS}
        | {
            "figure": phrase("page.figure", language, number="").strip(),
            "table": phrase("page.table", language, number="").strip(),
        },
    }


def document_pdf(folder: Path, values: dict[str, Any]) -> bytes:
    """Set the document; returns PDF/UA-1.

    `folder`: the export's folder, where the figures are. `values`: as of `document_values`; the
    same values and figures give the same bytes.
    """
    chapters = [
        chapter | {"blocks": _kept_together([sized(block, folder) for block in chapter["blocks"]])}
        for chapter in values["chapters"]
    ]
    tables = [sized(table, folder) for table in values["data"]]
    laid_out = values | {"chapters": chapters, "data": tables}
    text = json.dumps(laid_out, ensure_ascii=False)
    return with_row_heads(compiled(folder, "document.typ", {"data": text}))


def sized(block: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Say how wide a figure or a table's columns get."""
    if block["type"] == "table":
        heads = block["heads"]
        return block | {"widths": table_widths(heads, block["rows"]), "scale": _scale(heads)}
    if block["type"] == "figure":
        with (folder / block["file"]).open(encoding="utf-8") as file:
            found = _VIEW_BOX.search(file.read(_HEAD))
        width, height = (float(side) for side in found.groups())  # type: ignore[union-attr]
        width_cm = min(width / FULL, 1.0) * _MAX_WIDTH_CM
        return block | {"width": min(width_cm, _MAX_HEIGHT_CM * width / height)}
    return block


def _kept_together(blocks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep an introduction on the page of what it introduces."""
    is_kept, found = False, []
    for block in reversed(blocks):
        found.append(block | {"sticky": block["type"] == "text" and is_kept})
        is_kept = block["type"] in ("figure", "table") or found[-1]["sticky"]
    return found[::-1]


def table_widths(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
    """Share out the text's width over a table's columns; returns points.

    A table that fits keeps its natural widths. Otherwise columns start at their longest word and
    grow step by step where cells are broken most.
    """
    columns = [[head, *(row[k] for row in rows)] for k, head in enumerate(heads)]
    scale = _scale(heads)
    natural = scale * np.array([[_text_pt(text) for text in texts] for texts in columns]).T
    if natural.max(axis=0).sum() <= _TEXT_PT:
        return natural.max(axis=0).tolist()
    longest = [max((w for t in texts for w in _unbroken(t)), key=len) for texts in columns]
    widths = np.array([scale * min(_text_pt(word), _LONGEST_WORD_PT) for word in longest])
    widths *= min(1.0, _TEXT_PT / widths.sum())
    while widths.sum() + _STEP_PT <= _TEXT_PT:
        grown = widths + _STEP_PT * np.eye(len(widths))
        widths = grown[int(np.argmin(_breakage(natural, grown)))]
    return widths.tolist()


def _breakage(natural: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """How high the table gets by each row of widths; of those as high, cells are broken evenly."""
    lines = np.maximum(natural * 1.05 / widths[:, None], 1.0)
    return lines.max(axis=2).sum(axis=1) + 0.02 * (lines**2).reshape(len(widths), -1).sum(axis=1)


def _unbroken(text: str) -> list[str]:
    """Return the parts not to be broken: short texts, and what plain spaces part."""
    return [text] if len(text) <= _SHORT_TEXT else text.split(" ")


def _scale(heads: Sequence[str]) -> float:
    return _SMALLER if len(heads) >= _MANY_COLUMNS else 1.0


def _text_pt(text: str) -> float:
    """Return the width of a table cell with this text; heads are bold."""
    return text_width(text, _CELL_PT, 600) * 1.02 + _INSET_PT


def _is_numeric(texts: Sequence[str]) -> bool:
    """Say whether a column of texts holds numbers: most begin with a digit or a minus sign."""
    n = sum(text[:1].isdigit() or text[:1] == "\N{MINUS SIGN}" for text in texts)
    return n * 2 > len(texts) and not any(len(text) > 40 for text in texts)
