"""What changed between two editions of the recommendations, for the overview and its own page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from fmbstats import words
from fmbstats.words import phrase

if TYPE_CHECKING:
    from fmbstats.recommendations.diff import EditionDiff
    from fmbstats.sources.fmb.edition_tables import Edition

PAGE = "fmb-changes.html"
_TABLE = re.compile(r"<h2>(.*?)</h2>\n<table>(.*?)</table>", re.DOTALL)
_LENGTH = re.compile(r"(\d+) (d|wk|mo)")


def compared_editions(editions: Sequence[Edition], name: str | None = None) -> EditionDiff | None:
    """Compare an edition (by default the newest) with the one before; None without one.

    Only production editions count: what a test service once said was never in force.

    Parameters
    ----------
    editions : sequence of Edition
        Oldest first.
    name : str, optional
        The newer one of the two.
    """
    from fmbstats.recommendations import compare_editions

    known = [e for e in editions if e.is_production or e.name == name]
    place = len(known) - 1 if name is None else [e.name for e in known].index(name)
    return compare_editions(known[place - 1], known[place]) if place >= 1 else None


def changes_by_kind(found: EditionDiff, language: str) -> pd.DataFrame:
    """Count the changes of each kind; of corrected limits also how many were made silently."""
    from fmbstats.recommendations.diff_output import CHANGES, words_in

    rows = []
    for kind in CHANGES:
        changed = found.of(kind)
        if changed.height:
            name = str(words_in(language)[kind])
            name = name[0].upper() + name[1:]
            n_silent = int(changed["is_silent"].sum()) if kind == "length" else 0
            if n_silent:
                n = words.count(n_silent, language)
                name = phrase("overview.editions.silent", language, kind=name, n=n)
            rows.append((name, changed.height))
    heads = [phrase(f"column.{key}", language) for key in ("change", "n_changes")]
    return pd.DataFrame(rows, columns=heads)


def changed_lengths(found: EditionDiff, language: str) -> pd.DataFrame:
    """List the cases of both editions whose limit is another."""
    return pd.DataFrame(
        [
            {
                phrase("column.entry", language): words.visible(row["item"]),
                phrase("column.codes", language): row["codes"],
                found.old: _length(row["old"], language),
                found.new: _length(row["new"], language),
            }
            for row in found.of("length").iter_rows(named=True)
        ]
    )


def _length(text: str | None, language: str) -> str:
    """Write a stored length such as '3 mo' in the language of the page."""
    from fmbstats.recommendations.diff_output import words_in

    match = _LENGTH.fullmatch(text or "")
    if match is None:
        return str(words_in(language)["no number"])
    return f"{match[1]} {words_in(language)['units'][match[2]]}"


def changes_page(
    found: EditionDiff, language: str, *, notices: Sequence[str] = (), footer: str = ""
) -> str:
    """Write the page that lists every change, in the look of the reports."""
    from fmbstats.pages.html import plain_page

    title = phrase("overview.editions.page", language, old=found.old, new=found.new)
    body = _TABLE.sub(_scrolling, found.html(language))
    return plain_page(
        f"<h1>{escape(title)}</h1>\n{body}",
        title=title,
        language=language,
        notices=notices,
        footer=footer,
    )


def _scrolling(match: re.Match[str]) -> str:
    """Name a table by its heading and give it a region that scrolls on narrow screens."""
    title, inner = match.groups()
    key = f"changes-{match.start()}"
    return (
        f'<h2 id="{key}">{title}</h2>\n'
        f'<div class="table-scroll" role="region" aria-labelledby="{key}" tabindex="0">\n'
        f'<table class="data" aria-labelledby="{key}">{inner}</table></div>'
    )
