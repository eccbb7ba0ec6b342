"""What a notebook's cells show as HTML, and plain pages beside the reports.

Only what is on the list gets in: Markdown, plain text, PNG, SVG (as images, so that no script in
them can run), and HTML written by this package's own objects, recognised by the mark that
`fmbstats.pages.style` sets. Everything else is escaped text. A content security policy forbids
scripts and every request, should something slip through.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fmbstats.pages.safety import UnsafeHtmlError, check_html
from fmbstats.pages.style import OWN_KEY
from fmbstats.words import checked_language, phrase

__all__ = [
    "Cell",
    "Column",
    "Index",
    "UnsafeHtmlError",
    "index_page",
    "markdown_html",
    "plain_page",
]
HIDDEN_TAG = "notebook-only"
_TEMPLATES = Path(__file__).with_name("templates")
_NAMES = ("skip", "notices", "navigation", "all_reports", "made_by", "failed", "figure")


@dataclass(frozen=True)
class Column:
    """A column of the index: key in the rows, heading, whether it holds numbers, or pictures."""

    key: str
    label: str
    is_number: bool = False
    is_picture: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of the index: text, what it is sorted by, and a picture in place of the text.

    Attributes
    ----------
    text : str
        What stands in the cell; a picture's alternative text.
    order : str
        Sorted by this; empty for the text itself, or, in a column of numbers, for none: those
        rows stand last. No more exact than the text.
    picture : str
        Address of a picture, of the kind ``data:image/``.
    is_absent : bool
        The text says why there is no number.
    """

    text: str
    order: str = ""
    picture: str = ""
    is_absent: bool = False

    def __post_init__(self) -> None:
        if self.picture and not self.picture.startswith("data:image/"):
            raise ValueError("a picture of the index must lie in the page itself")

    @classmethod
    def of(cls, given: Cell | str) -> Cell:
        """Take a cell, or make one of its text."""
        return given if isinstance(given, Cell) else cls(given)


@dataclass(frozen=True, eq=False)
class Index:
    """What the index page shows.

    Attributes
    ----------
    title, lead, caption, footer : str
        Heading of the page, a sentence under it, caption of the table, last line.
    columns : sequence of Column
        The first one is the row's heading and links to the report.
    rows : sequence of mapping
        Text or `Cell` by column key, and ``slug``.
    notices : sequence of str
        Lines on top: real or synthetic data, internal or for release.
    group_key : str
        Column to filter by; empty for none.
    search_keys : sequence of str
        Columns whose text the search looks at.
    links : sequence of (str, str)
        File beside the page, and what it is called.
    controls : mapping of str to str
        Words of the controls (search, group, all_groups, shown, sorted, ascending, descending,
        no_hits, reset, legend); without them the table cannot be searched or sorted.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, str]]
    caption: str
    lead: str = ""
    footer: str = ""
    notices: Sequence[str] = ()
    group_key: str = ""
    search_keys: Sequence[str] = ()
    links: Sequence[tuple[str, str]] = ()
    controls: Mapping[str, str] = field(default_factory=dict)


def index_page(
    index: Index, *, language: str, pages: Collection[str], failures: Sequence[str] = ()
) -> str:
    """Make the index; rows whose slug is in `pages` link to their report.

    With `Index.controls` the page carries one script, the only one its policy lets run (by its
    hash); without scripts the whole table stands there.
    """
    keys = [column.key for column in index.columns]
    rows = [
        {"slug": row["slug"], "cells": [Cell.of(row[key]) for key in keys]}
        | {"group": Cell.of(row[index.group_key]).text if index.group_key else ""}
        | {"search": " ".join(Cell.of(row[key]).text for key in index.search_keys)}
        for row in index.rows
    ]
    script = (_TEMPLATES / "index.js").read_text(encoding="utf-8") if index.controls else ""
    return _render(
        "index.html",
        language,
        index=index,
        title=index.title,
        notices=index.notices,
        footer=index.footer,
        rows=rows,
        groups=sorted({row["group"] for row in rows} - {""}),
        pages=pages,
        failures=failures,
        script=_markup(script),
        script_source=_script_source(script),
        more_css=_markup((_TEMPLATES / "index.css").read_text(encoding="utf-8")),
    )


def _script_source(script: str) -> str:
    """Return what a content security policy says to let one inline script run; else nothing."""
    if not script:
        return ""
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return f" script-src 'sha256-{digest}';"


def plain_page(
    body: str, *, title: str, language: str = "", notices: Sequence[str] = (), footer: str = ""
) -> str:
    """Make a page beside the index from HTML of our own, which is checked.

    Raises
    ------
    UnsafeHtmlError
        The body would run code or ask for something over the network.
    """
    return _render(
        "page.html",
        language,
        title=title,
        notices=notices,
        footer=footer,
        body=_markup(check_html(body)),
    )


def markdown_html(text: str) -> str:
    """Turn Markdown into HTML; HTML in it is shown as text, pictures only from data addresses.

    >>> markdown_html("*a* <b>").strip()
    '<p><em>a</em> &lt;b&gt;</p>'
    """
    return _markdown()(text)


def _words(language: str) -> dict[str, str]:
    """What stands around every page."""
    return {name: phrase(f"frame.{name}", language) for name in _NAMES}


def _render(name: str, language: str, **values: Any) -> str:
    css = _markup((_TEMPLATES / "report.css").read_text(encoding="utf-8"))
    return (
        _environment()
        .get_template(name)
        .render(language=checked_language(language), words=_words(language), css=css, **values)
    )


@functools.cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        auto_reload=False,
    )


@functools.cache
def _markdown() -> Any:
    import mistune

    class Renderer(mistune.HTMLRenderer):
        def image(self, text: str, url: str, title: str | None = None) -> str:
            if url.startswith("data:image/"):
                return super().image(text, url, title)
            return mistune.escape(text)

    return mistune.create_markdown(renderer=Renderer(escape=True), plugins=["table"])


def _markup(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)


def shown_blocks(cell: Mapping[str, Any], language: str) -> list[str]:
    """Return what a cell shows as blocks of HTML; nothing for one that is for the notebook only."""
    return [block for block in _cell_blocks(cell, _words(language)) if block]


def _cell_blocks(cell: Mapping[str, Any], words: Mapping[str, str]) -> list[str]:
    if HIDDEN_TAG in cell.get("metadata", {}).get("tags", ()):
        return []
    if cell["cell_type"] == "markdown":
        return [markdown_html(_text(cell["source"]))]
    if cell["cell_type"] != "code":
        return []
    return [_output_block(output, words) for output in cell.get("outputs", ())]


def _output_block(output: Mapping[str, Any], words: Mapping[str, str]) -> str:
    kind = output["output_type"]
    if kind == "stream":
        # Warnings (stderr) stay in the notebook: they are for who makes the report.
        return _preformatted(output["text"]) if output["name"] == "stdout" else ""
    if kind == "error":
        return _preformatted(f"{output['ename']}: {output['evalue']}")
    return _data_block(output["data"], output.get("metadata", {}), words)


def _data_block(data: Mapping[str, Any], metadata: Mapping[str, Any], words: Mapping) -> str:
    if "text/html" in data and metadata.get(OWN_KEY, {}).get("own"):
        return check_html(_text(data["text/html"]))
    if "image/svg+xml" in data:
        svg = _text(data["image/svg+xml"]).encode("utf-8")
        content = base64.b64encode(svg).decode("ascii")
        return _figure("image/svg+xml", content, _alt(metadata, "image/svg+xml", words))
    if "image/png" in data:
        content = re.sub(r"[^A-Za-z0-9+/=]", "", _text(data["image/png"]))
        return _figure("image/png", content, _alt(metadata, "image/png", words))
    if "text/markdown" in data:
        return markdown_html(_text(data["text/markdown"]))
    return _preformatted(data.get("text/plain", ""))


def _alt(metadata: Mapping[str, Any], mime: str, words: Mapping[str, str]) -> str:
    own = metadata.get(mime)
    alt = own.get("alt") if isinstance(own, Mapping) else None
    return str(alt or metadata.get("alt") or words["figure"])


def _figure(mime: str, content: str, alt: str) -> str:
    source = f"data:{mime};base64,{content}"
    return f'<figure><img src="{source}" alt="{_escape(alt)}"></figure>'


def _preformatted(text: Any) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", _text(text)).rstrip("\n")
    return f"<pre>{_escape(plain)}</pre>" if plain.strip() else ""


def _text(value: Any) -> str:
    """Join what nbformat may hold as a list of lines."""
    return value if isinstance(value, str) else "".join(value)


def _escape(text: str) -> str:
    from markupsafe import escape

    return str(escape(text))
