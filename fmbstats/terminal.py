"""Results as plain text for the terminal."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pandas as pd

from fmbstats import codes, words
from fmbstats.words import phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis.objects import Diagnosis

MAX_WIDTH = 48


def plain_table(frame: pd.DataFrame, language: str = "") -> str:
    """Align a display frame in columns; long cells are cut with an ellipsis."""
    cells = [[str(name) for name in frame.columns]] + [
        [_cut(_said(value, language)) for value in row] for row in frame.itertuples(index=False)
    ]
    widths = [max(_width(row[k]) for row in cells) for k in range(len(frame.columns))]
    lines = [
        "  ".join(_pad(c, w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells
    ]
    lines.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join(lines)


def diagnosis_text(diagnosis: Diagnosis, by: str | None, language: str) -> str:
    """Say what `fmbstats show` prints: recommendation, real counts, register, measures."""
    synthetic = diagnosis.store.settings.is_synthetic
    adherence = diagnosis.adherence()
    name = words.visible(diagnosis.title)
    parts = [name, "=" * _width(name), _entries_text(diagnosis, language), ""]
    parts += [plain_table(diagnosis.recommendation.display(language), language), ""]
    published = diagnosis.published()
    parts += [phrase("section.published.title", language), published.text(language)]
    bounds = published.display(language)
    if len(bounds):
        parts += ["", phrase("table.published.caption", language), plain_table(bounds, language)]
    for key, frame in (
        ("published_stock", published.stock(language)),
        ("published_facts", published.facts(language)),
        ("published_figures", published.figures(language)),
    ):
        if len(frame):
            caption = phrase(f"table.{key}.caption", language)
            parts += ["", caption, plain_table(frame, language)]
    ended = published.ended(language)
    if len(ended):
        parts += ["", phrase("table.ended.caption", language), plain_table(ended, language)]
    longer = published.longer(language)
    if len(longer):
        parts += ["", phrase("table.longer.caption", language), plain_table(longer, language)]
    title = phrase("report.synthetic" if synthetic else "report.real", language)
    parts += ["", f"{phrase('section.measures.title', language)} - {title}"]
    parts += [adherence.text(language), "", plain_table(adherence.lengths(language), language)]
    against = adherence.against_limits(language)
    if len(against):
        parts += ["", plain_table(against, language)]
    if by:
        parts += ["", plain_table(diagnosis.adherence(by=by).display(language), language)]
    return "\n".join(parts)


def _entries_text(diagnosis: Diagnosis, language: str) -> str:
    entries = diagnosis.recommendation.entries
    if diagnosis.kind == "entry":
        return words.joined([codes.dotted(c) for c in diagnosis.codes], language)
    names = [words.visible(f"{e.name} ({', '.join(map(codes.dotted, e.codes))})") for e in entries]
    key = {0: "entries.none", 1: "entries.one"}.get(len(names), "entries.many")
    return phrase(
        key, language, n=words.count(len(names), language), names="\n  ".join(["", *names])
    )


def _said(value: object, language: str) -> str:
    return value.text(language) if isinstance(value, words.Spoken) else words.visible(value)


def _cut(text: str) -> str:
    return text if _width(text) <= MAX_WIDTH else text[: MAX_WIDTH - 1] + "…"


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Columns on a terminal: wide East Asian signs take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
