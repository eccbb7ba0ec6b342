"""Results as plain text for the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from fmbstats import codes, words
from fmbstats.diagnosis.adherence import adherence_of
from fmbstats.diagnosis.published_counts import published_of
from fmbstats.frames import unframed
from fmbstats.words import phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis.spells import DiagnosisSpells

MAX_WIDTH = 48


def plain_table(columns: Mapping[str, Sequence], language: str = "") -> str:
    """Align shown columns; long cells are cut with an ellipsis."""
    cells = [list(columns)] + [
        [_said(value, language) for value in row] for row in zip(*columns.values(), strict=True)
    ]
    widths = [max(_width(row[k]) for row in cells) for k in range(len(columns))]
    lines = [
        "  ".join(c + " " * (w - _width(c)) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    lines.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join(lines)


def diagnosis_text(diagnosis: DiagnosisSpells, by: str | None, language: str) -> str:
    """Say what `fmbstats show` prints: recommendation, real counts, register, measures."""
    synthetic = diagnosis.store.settings.is_synthetic
    adherence = adherence_of(diagnosis, None)
    name = words.visible(diagnosis.title)
    parts = [name, "=" * _width(name), _entries_text(diagnosis, language), ""]
    known = diagnosis.recommendation
    told = _table(known.display, language) if known.cases else known.no_limit.sentence(language)
    parts += [told, ""]
    published = published_of(diagnosis)
    parts += [phrase("section.published.title", language), published.text(language)]
    for key, method in (
        ("published", published.display),
        ("published_stock", published.stock),
        ("published_facts", published.facts),
        ("published_figures", published.figures),
        ("ended", published.ended),
        ("longer", published.longer),
    ):
        if shown := unframed(method, language):
            caption = phrase(f"table.{key}.caption", language)
            parts += ["", caption, plain_table(shown, language)]
    title = phrase("report.synthetic" if synthetic else "report.real", language)
    parts += ["", f"{phrase('section.measures.title', language)} - {title}"]
    parts += [adherence.text(language), "", _table(adherence.lengths, language)]
    if against := unframed(adherence.against_limits, language):
        parts += ["", plain_table(against, language)]
    if by:
        parts += ["", _table(adherence_of(diagnosis, diagnosis.named_by(by)).display, language)]
    return "\n".join(parts)


def _table(method: Callable, language: str) -> str:
    return plain_table(unframed(method, language), language)


def _entries_text(diagnosis: DiagnosisSpells, language: str) -> str:
    entries = diagnosis.recommendation.entries
    if diagnosis.kind == "entry":
        return words.joined([codes.dotted(c) for c in diagnosis.codes], language)
    names = [words.visible(f"{e.name} ({', '.join(map(codes.dotted, e.codes))})") for e in entries]
    key = {0: "entries.none", 1: "entries.one"}.get(len(names), "entries.many")
    return phrase(
        key, language, n=words.count(len(names), language), names="\n  ".join(["", *names])
    )


def _said(value: object, language: str) -> str:
    text = value.text(language) if words.is_spoken(value) else words.visible(value)
    return text if _width(text) <= MAX_WIDTH else text[: MAX_WIDTH - 1] + "…"


def _width(text: str) -> int:
    """Columns on a terminal: wide East Asian signs take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
