"""Executed notebook → page: its parts at their places, whatever else it shows below them.

Only what is on the list gets in: Markdown, plain text, PNG, SVG (as images, so that no script in
them can run), and HTML written by this package's own objects, recognised by the mark that
`fmbstats.pages.style` sets. Everything else is escaped text. A content security policy forbids
scripts and every request, should something slip through.
"""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from fmbstats.pages.frame import Frame, parts_page
from fmbstats.pages.grammar import check_html
from fmbstats.pages.render import PART_MIME, Part
from fmbstats.pages.style import OWN_KEY
from fmbstats.words import phrase

HIDDEN_TAG = "notebook-only"
_FIGURE = re.compile(
    r'<figure id="([\w-]+)">.*?<h\d><a[^>]*>(.*?)</a></h\d>.*?</figure>', re.DOTALL
)


def notebook_page(notebook: Mapping[str, Any], frame: Frame, *, language: str) -> str:
    """Make the page of one executed notebook.

    `notebook`: executed notebook (nbformat 4).

    Returns a complete HTML document.

    Raises UnsafeHtmlError: one of our own objects wrote HTML with a script, an event handler or an
    outside address.
    """
    parts = [part for cell in notebook["cells"] for part in _parts(cell, language)]
    return parts_page(frame, parts, language)


def _parts(cell: Mapping[str, Any], language: str) -> list[Part]:
    found: list[Part] = []
    others = []
    for output in cell.get("outputs", ()) if cell["cell_type"] == "code" else ():
        about = output.get("data", {}).get(PART_MIME)
        if about and output.get("metadata", {}).get(OWN_KEY, {}).get("own"):
            html = check_html(_text(output["data"]["text/html"]))
            contents = [(anchor, title) for anchor, title in about["contents"]]
            found.append(Part(about["key"], about["place"], Markup(html), contents))
        else:
            others.append(output)
    rest = "\n".join(shown_blocks({**cell, "outputs": others}, language))
    return [*found, Part("more", "below", Markup(rest))] if rest else found


def without_figures(notebook: Mapping[str, Any], page_name: str) -> None:
    """Leave a link to the page in place of each figure: a picture is kept once.

    `notebook`: changed in place. `page_name`: file name of the page, in the folder above the
    notebook's.
    """
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if PART_MIME in data:
                data["text/html"] = with_links(_text(data["text/html"]), page_name)


def with_links(html: str, page_name: str) -> str:
    """Return a page, or a part of one, as a notebook keeps it: links in place of figures."""
    return _FIGURE.sub(rf'<p><a href="../{page_name}#\1">\2</a></p>', html)


def markdown_html(text: str) -> str:
    """Turn Markdown into HTML; HTML in it is shown as text, pictures only from data addresses.

    >>> markdown_html("*a* <b>").strip()
    '<p><em>a</em> &lt;b&gt;</p>'
    """
    return _markdown()(text)


@functools.cache
def _markdown() -> Any:
    import mistune

    class Renderer(mistune.HTMLRenderer):
        def image(self, text: str, url: str, title: str | None = None) -> str:
            if url.startswith("data:image/"):
                return super().image(text, url, title)
            return mistune.escape(text)

    return mistune.create_markdown(renderer=Renderer(escape=True), plugins=["table"])


def shown_blocks(cell: Mapping[str, Any], language: str) -> list[str]:
    """Return what a cell shows as blocks of HTML; nothing for one that is for the notebook only."""
    if HIDDEN_TAG in cell.get("metadata", {}).get("tags", ()):
        return []
    if cell["cell_type"] == "markdown":
        return [markdown_html(_text(cell["source"]))]
    outputs = cell.get("outputs", ()) if cell["cell_type"] == "code" else ()
    figure = phrase("frame.figure", language)
    return list(filter(None, (_output_block(output, figure) for output in outputs)))


def _output_block(output: Mapping[str, Any], figure: str) -> str:
    kind = output["output_type"]
    if kind == "stream":
        # Warnings (stderr) stay in the notebook: they are for who makes the report.
        return _preformatted(output["text"]) if output["name"] == "stdout" else ""
    if kind == "error":
        return _preformatted(f"{output['ename']}: {output['evalue']}")
    return _data_block(output["data"], output.get("metadata", {}), figure)


def _data_block(data: Mapping[str, Any], metadata: Mapping[str, Any], figure: str) -> str:
    if "text/html" in data and metadata.get(OWN_KEY, {}).get("own"):
        return check_html(_text(data["text/html"]))
    if "image/svg+xml" in data:
        svg = _text(data["image/svg+xml"]).encode("utf-8")
        content = base64.b64encode(svg).decode("ascii")
        return _figure("image/svg+xml", content, _alt(metadata, "image/svg+xml", figure))
    if "image/png" in data:
        content = re.sub(r"[^A-Za-z0-9+/=]", "", _text(data["image/png"]))
        return _figure("image/png", content, _alt(metadata, "image/png", figure))
    if "text/markdown" in data:
        return markdown_html(_text(data["text/markdown"]))
    return _preformatted(data.get("text/plain", ""))


def _alt(metadata: Mapping[str, Any], mime: str, figure: str) -> str:
    own = metadata.get(mime)
    alt = own.get("alt") if isinstance(own, Mapping) else None
    return str(alt or metadata.get("alt") or figure)


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
