"""One figure as files: SVG, PDF and PNG in a chosen width, its data and its captions.

A figure is the wide picture of the page, scaled as a whole, so that nothing collides in a narrow
column.
"""

from __future__ import annotations

import codecs
import csv
import io
import struct
import zlib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from fmbstats import words
from fmbstats.export.content import Item
from fmbstats.figures import fonts
from fmbstats.media import in_cell, in_picture
from fmbstats.pages.figure import standalone
from fmbstats.told import NUMBERS
from fmbstats.words import LANGUAGES, phrase

PNG_DPI = 300
# Signature and IHDR, which a picture begins with.
_PNG_HEAD = 8 + 25


def write_figure(item: Item, folder: Path, *, width_cm: float, language: str) -> None:
    """Write a figure's files: SVG, PDF, PNG, its numbers and its words.

    `item`: of kind "figure". `folder`: the export's folder; its sub-folder is made when missing.
    `width_cm`: width of the picture on paper, in centimetres. `language`: "sv" or "en".
    """
    write_table(item, folder)
    stem = f"{item.folder}/{item.stem}"
    title = f"{item.label(language)}. {item.title}"
    about = {"title": title, "alt": item.alts[language]}
    svg = standalone(item.block.svg, width_cm=width_cm, language=language, **about)
    (folder / f"{stem}.svg").write_text(svg, "utf-8", newline="\n")
    for ending, content in copies(folder, f"{stem}.svg", width_cm, language, **about).items():
        (folder / f"{stem}.{ending}").write_bytes(content)


def copies(
    folder: Path, name: str, width_cm: float, language: str, *, title: str, alt: str
) -> dict[str, bytes]:
    """Return a figure as PDF and as PNG, by ending; the same picture gives the same bytes.

    `name`: of the SVG file in it. `width_cm`: width on paper. `language`: "sv" or "en".
    """
    values = {key: in_picture(text, 5000) for key, text in {"title": title, "alt": alt}.items()}
    values |= {"file": f"/{name}", "lang": language, "width": f"{width_cm:g}"}
    png = compiled(folder, "figure.typ", values, png=True)
    return {
        "pdf": compiled(folder, "figure.typ", values),
        "png": with_words(png, title=title, alt=alt),
    }


def write_table(item: Item, folder: Path) -> None:
    """Write numbers (csv), and captions and alternative texts in both languages (txt)."""
    (folder / item.folder).mkdir(exist_ok=True)
    stem = f"{item.folder}/{item.stem}"
    (folder / f"{stem}.csv").write_bytes(data_bytes(item))
    (folder / f"{stem}.txt").write_text(caption_text(item), "utf-8", newline="\n")


def with_words(png: bytes, *, title: str, alt: str) -> bytes:
    """Return a picture with its size on paper, its title and its alternative text inside.

    They are put between its head and its image, which stays as it was packed: packing it anew takes
    twice as long as drawing it.
    """
    dots = round(PNG_DPI / 0.0254)
    about = [
        _chunk(b"pHYs", struct.pack(">IIB", dots, dots, 1)),
        _text_chunk("Title", words.visible(title)),
        _text_chunk("Description", words.visible(alt, 5000)),
    ]
    return b"".join([png[:_PNG_HEAD], *about, png[_PNG_HEAD:]])


def _text_chunk(keyword: str, text: str) -> bytes:
    """Write a text of a picture in UTF-8, not packed, in no stated language."""
    return _chunk(b"iTXt", keyword.encode("ascii") + b"\0\0\0\0\0" + text.encode("utf-8"))


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def compiled(root: Path, template: str, values: dict[str, str], *, png: bool = False) -> bytes:
    """Compile one of the export's Typst templates to PDF/UA-1, or to a picture of one page.

    Texts go in as values, never as markup: whatever they hold, they stay text. No font of the
    machine is used, nothing is fetched, no date is written: the same values give the same bytes.
    """
    source = resources.files("fmbstats.export").joinpath(template).read_bytes()
    form: dict[str, Any] = {"format": "pdf", "pdf_standards": "ua-1"}
    if png:
        form = {"format": "png", "ppi": PNG_DPI}
    return _compiler(str(root)).compile(source, sys_inputs=values, root=str(root), **form)


@cache
def _compiler(root: str) -> Any:
    import typst

    return typst.Compiler(root=root, font_paths=fonts.folders(), ignore_system_fonts=True)


def data_bytes(item: Item) -> bytes:
    """Return the numbers of a figure or table as CSV, as `adherence.csv` has them.

    Shares in 0-1, points for decimals, no words in place of numbers: `flags` says why one is
    missing. A table of texts, without numbers of its own, is written as it stands.
    """
    if not item.values:
        return csv_bytes(item.data.heads, item.data.rows)
    text = io.StringIO()
    heads = dict.fromkeys(name for row in item.values for name in row)
    writer = csv.DictWriter(text, heads, restval="", lineterminator="\n")
    writer.writeheader()
    for row in item.values:
        writer.writerow({k: v if k in NUMBERS else in_cell(v) for k, v in row.items()})
    return codecs.BOM_UTF8 + text.getvalue().encode("utf-8")


def csv_bytes(heads: Iterable[str], rows: Iterable[Iterable[str | int]]) -> bytes:
    """Return a table to read as CSV: commas, UTF-8 with a byte order mark, no formulas.

    The mark makes spreadsheets read å, ä and ö; ``encoding="utf-8-sig"`` skips it elsewhere.
    """
    text = io.StringIO()
    safe = ([in_cell(x) if isinstance(x, str) else x for x in row] for row in (heads, *rows))
    csv.writer(text, lineterminator="\n").writerows(safe)
    return codecs.BOM_UTF8 + text.getvalue().encode("utf-8")


def caption_text(item: Item) -> str:
    """Return the captions and alternative texts in both languages."""
    parts = []
    for language in LANGUAGES:
        parts += [
            f"[{language}] {item.label(language)}. {words.visible(item.captions[language], 5000)}"
        ]
        if item.alts[language]:
            label = phrase("export.alt", language)
            parts += [f"[{language}] {label}: {words.visible(item.alts[language], 5000)}"]
        parts.append("")
    return "\n".join(parts)
