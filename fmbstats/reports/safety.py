"""Refuse HTML that would run code or ask for something over the network, read by a parser."""

from __future__ import annotations

import re
from html.parser import HTMLParser

FORBIDDEN_TAGS = frozenset(
    [
        "script",
        "iframe",
        "frame",
        "object",
        "embed",
        "applet",
        "form",
        "link",
        "meta",
        "base",
        "style",
    ]
)
ADDRESS_ATTRIBUTES = frozenset(
    [
        "src",
        "srcset",
        "data",
        "poster",
        "href",
        "xlink:href",
        "action",
        "formaction",
        "background",
        "cite",
    ]
)
_STYLE_ADDRESS = re.compile(r"url\(\s*[\"']?(?!#|data:image/)|@import|expression\(", re.IGNORECASE)


class UnsafeHtmlError(ValueError):
    """HTML of our own that would run code or ask for something over the network."""


class _Checker(HTMLParser):
    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Look at one element and its attributes."""
        if tag in FORBIDDEN_TAGS:
            raise UnsafeHtmlError(f"not allowed in a page: <{tag}>")
        for name, value in attributes:
            self._check_attribute(tag, name, (value or "").strip())

    def _check_attribute(self, tag: str, name: str, value: str) -> None:
        shown = f"<{tag} {name}={value[:40]!r}>"
        if name.startswith("on"):
            raise UnsafeHtmlError(f"not allowed in a page: {shown}")
        if name in ADDRESS_ATTRIBUTES and not _is_inner(tag, name, value):
            raise UnsafeHtmlError(f"not allowed in a page: {shown}")
        if name == "style" and _STYLE_ADDRESS.search(value):
            raise UnsafeHtmlError(f"not allowed in a page: {shown}")


def _is_inner(tag: str, name: str, value: str) -> bool:
    """Whether an address stays inside: a picture in itself, or a place or page beside this one."""
    if value.startswith("data:image/"):
        return name != "href" or tag == "image"
    if name in ("href", "xlink:href"):
        return value.startswith("#") or bool(re.fullmatch(r"[\w.-]+\.html(#[\w-]*)?", value))
    return False


def check_html(html: str) -> str:
    """Return `html` when it is harmless.

    Raises
    ------
    UnsafeHtmlError
        It holds an active element, an event handler, or an address outside the page.

    Examples
    --------
    >>> check_html('<p id="a">text</p>')
    '<p id="a">text</p>'
    >>> check_html('<img src="https://example.org/x.png">')
    Traceback (most recent call last):
    ...
    fmbstats.reports.safety.UnsafeHtmlError: not allowed in a page: <img src='https://example.org/x.png'>
    """
    checker = _Checker()
    checker.feed(html)
    checker.close()
    return html
