"""Pieces of a report page: a heading, a sentence, figures with their data, tables.

Beside what a reader sees, figures and tables carry their numbers as rows of `adherence.csv`
(`values`). A section hands them on under a MIME type of its own: they travel in the executed
notebook, from where the batch gathers them; a page does not grow by them.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from fmbstats import tables
from fmbstats.pages.style import drawn_svg
from fmbstats.results.numbers import csv_text, joined_numbers, text_rows
from fmbstats.words import phrase

VALUES_MIME = "application/vnd.fmbstats.values+json"


@dataclass(frozen=True, eq=False)
class FigureBlock:
    """A figure that says what it shows: picture, alternative text, caption and data together.

    Attributes
    ----------
    key : str
        Name of the figure, used for its file when exported.
    draw : callable
        ``draw() -> matplotlib.figure.Figure``.
    alt, caption : str
        Alternative text (what is to be seen) and caption (what was counted).
    data : DataFrame
        What was drawn, as a display frame.
    shows_data : bool
        The data stand open below the figure, not behind a fold.
    data_caption : str
        Of the table of data; the figure's own caption when empty.
    values : DataFrame or None
        The numbers in `data`, in the caption and in the alternative text, as rows of
        `adherence.csv`.
    """

    key: str
    draw: Callable[[], Any] = field(repr=False)
    alt: str
    caption: str
    data: pd.DataFrame = field(repr=False)
    shows_data: bool = False
    data_caption: str = ""
    values: pd.DataFrame | None = field(default=None, repr=False)

    def html(self, language: str) -> str:
        """Return the figure element; the picture is an image of its own, so ids never clash."""
        encoded = base64.b64encode(drawn_svg(self.draw).encode()).decode()
        caption = self.data_caption or self.caption
        table = tables.html_table(self.data, caption=caption, language=language)
        if not self.shows_data:
            summary = escape(phrase("page.show_data", language))
            table = f"<details><summary>{summary}</summary>{table}</details>"
        return (
            f'<figure id="fig-{escape(self.key)}">'
            f'<img src="data:image/svg+xml;base64,{encoded}" alt="{escape(self.alt)}">'
            f"<figcaption>{escape(self.caption)}</figcaption></figure>{table}"
        )


@dataclass(frozen=True, eq=False)
class Section:
    """One part of a report; shows itself in a notebook and on a page.

    Attributes
    ----------
    key : str
        Names the part and its anchor.
    title : str
        Heading.
    parts : sequence
        Strings (paragraphs), `FigureBlock`s, or objects with ``html(language)``.
    language : {"sv", "en"}
    level : int
        Of the heading; 1 only for the page's title.
    about : mapping
        What the part is about, as data attributes: the batch checks that a report is on the
        entry, and on the number of spells, that it was asked for.
    is_empty : bool
        There is nothing to show; the sentence that says why takes little room.
    told : DataFrame or None
        Numbers of the sentences, which no figure or table of the part has, as rows of
        `adherence.csv`.
    """

    key: str
    title: str
    parts: Sequence[Any] = field(repr=False)
    language: str = ""
    level: int = 2
    about: Mapping[str, object] = field(default_factory=dict)
    is_empty: bool = False
    told: pd.DataFrame | None = field(default=None, repr=False)

    @property
    def values(self) -> pd.DataFrame:
        """All numbers of the part as rows of `adherence.csv`; `part` is the section's key."""
        frames = [self.told, *(getattr(part, "values", None) for part in self.parts)]
        found = joined_numbers(frames)
        own = found["part"].fillna(self.key) if "part" in found else self.key
        return found.assign(part=own).drop_duplicates(ignore_index=True)

    def rows(self) -> list[dict[str, str]]:
        """Return `values` as text, cell by cell; quicker than by way of a frame."""
        frames = [self.told, *(getattr(part, "values", None) for part in self.parts)]
        return text_rows(frames, part=self.key)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, list[str]]:
        """Return the numbers as lines of CSV, heads first; nothing when there are none."""
        rows = self.rows()
        return {VALUES_MIME: csv_text(rows)} if rows else {}

    def _repr_html_(self) -> str:
        inner = "".join(self._part(part) for part in self.parts)
        tag = f"h{self.level}"
        about = "".join(f' data-{k}="{escape(str(v))}"' for k, v in self.about.items())
        if self.is_empty:
            about += ' class="empty"'
        heading = f"<{tag}>{escape(self.title)}</{tag}>"
        return f'<section id="{escape(self.key)}"{about}>{heading}{inner}</section>'

    def _part(self, part: Any) -> str:
        if isinstance(part, str):
            return f"<p>{escape(part)}</p>"
        return part.html(self.language)


@dataclass(frozen=True, eq=False)
class TableBlock:
    """A display frame as an accessible table."""

    data: pd.DataFrame = field(repr=False)
    caption: str
    values: pd.DataFrame | None = field(default=None, repr=False)

    def html(self, language: str) -> str:
        """Return the table element."""
        return tables.html_table(self.data, caption=self.caption, language=language)


@dataclass(frozen=True, eq=False)
class Note:
    """A marked paragraph: the lead answer, or where the data come from."""

    text: str
    kind: str
    strong: str = ""

    def html(self, language: str) -> str:
        """Return the paragraph element."""
        strong = f"<strong>{escape(self.strong)}</strong> " if self.strong else ""
        return f'<p class="{escape(self.kind)}">{strong}{escape(self.text)}</p>'


@dataclass(frozen=True, eq=False)
class Bullets:
    """A list of sentences."""

    items: Sequence[str]

    def html(self, language: str) -> str:
        """Return the list element."""
        return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in self.items) + "</ul>"
