"""Reads pages: every text, attribute and comment, and what a page leads to.

Their form and numbers are checked by `told_page`; here stands what must be searched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

import lxml.html
from lxml import etree

from fmbstats.gate.findings import Contents

_LINK = re.compile(r"([\w.-]+\.(?:html|csv|parquet|xlsx|pdf))(?:[?#].*)?")
# Attributes without words; all others are searched like text.
_WORDLESS = frozenset(["style", "class", "width", "height", "d", "x", "y", "viewBox", "data-row"])
_SILENT = frozenset(["style", "script"])
# Elements that end a piece of text; what stands in others belongs to the text around.
_BREAKS = frozenset(
    ["p", "td", "th", "tr", "li", "h1", "h2", "h3", "h4", "div", "section", "caption", "title"]
) | frozenset(["figcaption", "br", "pre", "text", "dd", "dt", "button", "summary", "label"])


@dataclass(eq=False)
class Page:
    """What a page, or a fragment of one, holds."""

    contents: Contents = field(default_factory=Contents)
    #: Other files of the folder that the page leads to.
    links: list[tuple[str, str]] = field(default_factory=list)


def read_html(text: str) -> Page:
    """Read a page or a fragment of one."""
    page = Page()
    try:
        parser = lxml.html.HTMLParser(encoding="utf-8")
        tree = lxml.html.document_fromstring(text.encode("utf-8"), parser)
    except (etree.ParserError, ValueError) as error:
        what = f"not a readable page ({type(error).__name__})."
        page.contents.fault("", what, "Make the page again with fmbstats.")
        return page
    said: list[str] = []
    start = "line 1"
    for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        where = f"line {element.sourceline}"
        if event in ("comment", "pi"):
            page.contents.say(f"{where}, comment", element.text or "")
            said.append(element.tail or "")
            continue
        if element.tag in _BREAKS:
            page.contents.say(start, "".join(said))
            said, start = [], where
        if event == "start":
            _read_attributes(page, element, where)
            said.append("" if element.tag in _SILENT else element.text or "")
        else:
            said.append(element.tail or "")
    page.contents.say(start, "".join(said))
    return page


def _read_attributes(page: Page, element: lxml.html.HtmlElement, where: str) -> None:
    for name, value in element.attrib.items():
        if name in _WORDLESS:
            continue
        is_address = name in ("href", "src", "action")
        said = unquote(value) if is_address else value
        page.contents.say(f"{where} <{element.tag} {name}>", said)
        if is_address and (match := _LINK.fullmatch(value)):
            page.links.append((where, match[1]))
