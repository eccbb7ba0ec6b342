"""Reads pages: every text, attribute and comment, and what a page leads to.

Their form and numbers are checked by `told_page`; here stands what must be searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

import lxml.html
from lxml import etree

from fmbstats.gate.findings import Contents

_LINK = re.compile(r"([\w.-]+\.(?:html|csv|parquet|xlsx|pdf))(?:[?#].*)?")
# Attributes without words; all others are searched like text.
_WORDLESS = frozenset(["style", "class", "width", "height", "d", "x", "y", "viewBox", "data-row"])
# A tag as ours are written. What a parser drops in silence (an attribute twice, or at an end) can
# say as much as what it keeps.
_ATTRIBUTE = r"""\s+[a-zA-Z][\w:-]*(?:="[^"<]*"|='[^'<]*')?"""
_TAG = re.compile(rf"<(?:/[a-zA-Z][a-zA-Z0-9]*|[a-zA-Z][a-zA-Z0-9]*((?:{_ATTRIBUTE})*)\s*/?)>")
_ATTRIBUTE_NAME = re.compile(r"""\s([a-zA-Z][\w:-]*)(?=[\s/=]|$)(?:="[^"]*"|='[^']*')?""")
_NOT_TAGS = re.compile(r"\A\s*<!doctype html>|<(script|style)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_UNSEEN = re.compile(r"[\0-\x09\x0b-\x1f\x7f-\x9f]|  | \n")
_SILENT = frozenset(["style", "script"])
# Elements that end a piece of text; what stands in others belongs to the text around.
_BREAKS = frozenset(
    ["p", "td", "th", "tr", "li", "h1", "h2", "h3", "h4", "div", "section", "caption", "title"]
) | frozenset(
    ["figcaption", "br", "pre", "text", "dd", "dt", "button", "summary", "label", "a", "strong"]
)


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
    for what in _written_otherwise(_NOT_TAGS.sub("", text)):
        page.contents.fault("", what, "Make the page again with fmbstats.")
    said: list[str] = []
    start, is_picture = "line 1", False
    for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        where = f"line {element.sourceline}"
        if event in ("comment", "pi"):
            page.contents.say(f"{where}, comment", element.text or "")
            said.append(element.tail or "")
            continue
        if element.tag in _BREAKS or element.get("class") == "tag":
            page.contents.say(start, "".join(said))
            said, start = [], f"{where}, in a picture" if is_picture else where
        if element.tag == "svg":
            is_picture = event == "start"
        if event == "start":
            _read_attributes(page, element, where)
            said.append("" if element.tag in _SILENT else element.text or "")
        else:
            said.append(element.tail or "")
    page.contents.say(start, "".join(said))
    return page


def _written_otherwise(text: str) -> Iterator[str]:
    """Yield what the source of a page holds that its tree does not."""
    if re.search("[<>]", _TAG.sub("", text)):
        yield "a tag that is not written as ours are."
    names = (_ATTRIBUTE_NAME.findall(tag.lower()) for tag in set(_TAG.findall(text)))
    if any(len(set(n)) < len(n) for n in names):
        yield "an attribute that stands twice in a tag."
    if _UNSEEN.search(text):
        yield "signs or spaces between its words that nobody sees."


def _read_attributes(page: Page, element: lxml.html.HtmlElement, where: str) -> None:
    for name, value in element.attrib.items():
        if name in _WORDLESS:
            continue
        is_address = name in ("href", "src", "action")
        said = unquote(value) if is_address else value
        page.contents.say(f"{where} <{element.tag} {name}>", said)
        if is_address and (match := _LINK.fullmatch(value)):
            page.links.append((where, match[1]))
