"""Pieces of a report page: a heading, a sentence, figures with their data, tables."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from fmbstats import tables
from fmbstats.reports.style import figure_svg
from fmbstats.words import phrase


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
    """

    key: str
    draw: Callable[[], Any] = field(repr=False)
    alt: str
    caption: str
    data: pd.DataFrame = field(repr=False)
    shows_data: bool = False
    data_caption: str = ""

    def html(self, language: str) -> str:
        """Return the figure element; the picture is an image of its own, so ids never clash."""
        svg, _ = figure_svg(self.draw())
        encoded = base64.b64encode(svg.encode()).decode()
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
    """

    key: str
    title: str
    parts: Sequence[Any] = field(repr=False)
    language: str = "sv"
    level: int = 2
    about: Mapping[str, object] = field(default_factory=dict)
    is_empty: bool = False

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
