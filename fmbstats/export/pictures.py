"""One figure as files: SVG, PDF and PNG in a chosen width, its data and its captions.

A figure keeps its proportions: it is drawn once in its own size and scaled as a whole, so that
nothing collides in a narrow column.
"""

from __future__ import annotations

import io
import re
from functools import cache
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd

from fmbstats import tables, words
from fmbstats.export.content import Item
from fmbstats.pages.style import figure_svg
from fmbstats.results.numbers import csv_text, text_rows
from fmbstats.words import LANGUAGES, phrase

PNG_DPI = 300
CM_PER_INCH = 2.54
_SIZE = re.compile(r'\s(?:width|height)="[^"]*"')


def write_figure(item: Item, folder: Path, *, width_cm: float, language: str) -> list[str]:
    """Write a figure's files.

    Parameters
    ----------
    item : Item
        Of kind "figure".
    folder : Path
        The export's folder; its sub-folder is made when missing.
    width_cm : float
        Width of the picture on paper, in centimetres.
    language : {"sv", "en"}

    Returns
    -------
    list of str
        Paths below `folder`: svg, pdf, png, csv (its numbers), txt (captions and alternative
        texts in both languages).
    """
    place = folder / item.folder
    place.mkdir(exist_ok=True)
    figure = item.block.draw()
    stem = f"{item.folder}/{item.stem}"
    title = f"{item.label(language)}. {item.chapter}: {item.section}"
    alt = item.alts[language]
    svg = svg_text(figure, width_cm, title, alt, language)
    (folder / f"{stem}.svg").write_text(svg, "utf-8", newline="\n")
    (folder / f"{stem}.png").write_bytes(png_bytes(figure, width_cm, title, alt))
    pdf = pdf_bytes(folder, f"/{stem}.svg", width_cm, title, alt, language)
    (folder / f"{stem}.pdf").write_bytes(pdf)
    (folder / f"{stem}.csv").write_bytes(data_bytes(item, language))
    (folder / f"{stem}.txt").write_text(caption_text(item), "utf-8", newline="\n")
    return [f"{stem}.{ending}" for ending in ("svg", "pdf", "png", "csv", "txt")]


def write_table(item: Item, folder: Path, *, language: str) -> list[str]:
    """Write a table's rows and captions; returns paths below `folder`."""
    (folder / item.folder).mkdir(exist_ok=True)
    stem = f"{item.folder}/{item.stem}"
    (folder / f"{stem}.csv").write_bytes(data_bytes(item, language))
    (folder / f"{stem}.txt").write_text(caption_text(item), "utf-8", newline="\n")
    return [f"{stem}.csv", f"{stem}.txt"]


def svg_text(figure: Any, width_cm: float, title: str, alt: str, language: str) -> str:
    """Return a figure as SVG of a given width, with its title and alternative text inside."""
    svg, _ = figure_svg(figure)
    head, bracket, body = svg.partition(">")
    head = _SIZE.sub("", head, count=2)
    height_cm = width_cm * figure.get_figheight() / figure.get_figwidth()
    said = f'<title id="title">{_xml(title)}</title><desc id="description">{_xml(alt)}</desc>'
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'{head} width="{width_cm:g}cm" height="{height_cm:.4f}cm" role="img" '
        f'xml:lang="{language}" aria-labelledby="title description"{bracket}{said}{body}'
    )


def _xml(text: str) -> str:
    return escape(words.visible(text, 5000))


def png_bytes(figure: Any, width_cm: float, title: str, alt: str) -> bytes:
    """Return a figure as PNG that measures `width_cm` at 300 dots per inch."""
    dpi = PNG_DPI * width_cm / CM_PER_INCH / figure.get_figwidth()
    buffer = io.BytesIO()
    figure.savefig(
        buffer,
        format="png",
        dpi=dpi,
        metadata={
            "Software": None,
            "Title": words.visible(title),
            "Description": words.visible(alt, 5000),
        },
        pil_kwargs={"dpi": (PNG_DPI, PNG_DPI)},
    )
    return buffer.getvalue()


def pdf_bytes(root: Path, svg: str, width_cm: float, title: str, alt: str, language: str) -> bytes:
    """Return one picture as a tagged PDF (PDF/UA-1) with its fonts embedded.

    Parameters
    ----------
    root : Path
        Folder that holds the picture; nothing outside is read.
    svg : str
        Path of the picture below `root`, beginning with "/".
    width_cm : float
    title, alt : str
    language : {"sv", "en"}
    """
    return compiled(
        root,
        "figure.typ",
        {
            "file": svg,
            "title": drawable(title),
            "alt": drawable(alt, 5000),
            "lang": language,
            "width": f"{width_cm:g}",
        },
    )


def compiled(root: Path, template: str, values: dict[str, str]) -> bytes:
    """Compile one of the export's Typst templates to PDF/UA-1.

    Texts go in as values, never as markup: whatever they hold, they stay text. No font of the
    machine is used, nothing is fetched, no date is written: the same values give the same bytes.
    """
    source = resources.files("fmbstats.export").joinpath(template).read_bytes()
    return _compiler(str(root)).compile(
        source, format="pdf", pdf_standards="ua-1", sys_inputs=values, root=str(root)
    )


@cache
def _compiler(root: str) -> Any:
    import matplotlib
    import typst

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return typst.Compiler(root=root, font_paths=[str(fonts)], ignore_system_fonts=True)


def drawable(text: object, max_length: int = 500) -> str:
    """Return text in letters that the embedded fonts have; others are written as their number."""
    from fmbstats.figures.canvas import plain

    return plain(text, max_length)


def data_bytes(item: Item, language: str) -> bytes:
    """Return the numbers of a figure or table as CSV, as `adherence.csv` has them.

    Shares in 0-1, points for decimals, no words in place of numbers: `flags` says why one is
    missing. A table of texts, without numbers of its own, is written as it stands.
    """
    if item.values is None:
        return csv_bytes(item.data, language)
    lines = csv_text(text_rows([item.values]))
    return b"\xef\xbb\xbf" + "".join(f"{line}\n" for line in lines).encode()


def csv_bytes(frame: pd.DataFrame, language: str) -> bytes:
    """Return a display frame as CSV: commas, UTF-8 with a byte order mark, no formulas.

    The mark makes spreadsheets read å, ä and ö; ``encoding="utf-8-sig"`` skips it elsewhere.
    """
    text = tables.csv_frame(frame, language).to_csv(index=False, lineterminator="\n")
    return b"\xef\xbb\xbf" + text.encode("utf-8")


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
