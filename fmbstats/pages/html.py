"""What a notebook's cells show as HTML.

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

from fmbstats.pages.safety import check_html
from fmbstats.pages.style import OWN_KEY
from fmbstats.words import phrase

HIDDEN_TAG = "notebook-only"


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
    return [block for block in _cell_blocks(cell, phrase("frame.figure", language)) if block]


def _cell_blocks(cell: Mapping[str, Any], figure: str) -> list[str]:
    if HIDDEN_TAG in cell.get("metadata", {}).get("tags", ()):
        return []
    if cell["cell_type"] == "markdown":
        return [markdown_html(_text(cell["source"]))]
    if cell["cell_type"] != "code":
        return []
    return [_output_block(output, figure) for output in cell.get("outputs", ())]


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
