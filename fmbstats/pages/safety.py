"""Refuse HTML that would run code or ask for something over the network, read by a parser."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from fmbstats.pages import grammar

FORBIDDEN_TAGS = frozenset(
    [
        "script",
        "animate",
        "animatemotion",
        "animatetransform",
        "foreignobject",
        "portal",
        "set",
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
        "archive",
        "classid",
        "codebase",
        "dynsrc",
        "imagesrcset",
        "longdesc",
        "lowsrc",
        "manifest",
        "ping",
        "profile",
    ]
)
# A backslash may spell any of them in another way (\\75rl is url); none of our styles has one.
_STYLE_ADDRESS = re.compile(
    r"url\(\s*(?!\s|[\"']?(?:#|data:image/))|image-set\(|@import|expression\(|\\", re.IGNORECASE
)
# A picture in the page itself: one address, without a second one behind a comma or blank.
_PICTURE = re.compile(
    r"data:image/[a-z+]+(?:;charset=utf-8)?(?:;base64,[A-Za-z0-9+/=\s]*|,[^\s,]*)"
)


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
        if name in ADDRESS_ATTRIBUTES and not is_inner_address(tag, name, value):
            raise UnsafeHtmlError(f"not allowed in a page: {shown}")
        if name == "style" and has_outer_style_address(value):
            raise UnsafeHtmlError(f"not allowed in a page: {shown}")


def is_inner_address(tag: str, name: str, value: str) -> bool:
    """Whether an address stays inside: a picture in itself, or a place or page beside this one.

    >>> is_inner_address("a", "href", "index.html#top"), is_inner_address("a", "href", "//x.se")
    (True, False)
    >>> is_inner_address("img", "srcset", "data:image/png;base64,aaaa 1x, https://x.se/b.png 2x")
    False
    """
    if value.startswith("data:image/"):
        return bool(_PICTURE.fullmatch(value)) and (name != "href" or tag == "image")
    if name in ("href", "xlink:href"):
        return grammar.is_address(value)
    return False


def has_outer_style_address(style: str) -> bool:
    r"""Whether a style asks for something outside, or might, spelt in another way.

    >>> has_outer_style_address("fill: url(#a)"), has_outer_style_address(r"a: \75rl(//x.se)")
    (False, True)
    """
    return bool(_STYLE_ADDRESS.search(style))


def check_html(html: str) -> str:
    """Return `html` when it is harmless.

    Raises UnsafeHtmlError: it holds an active element, an event handler, or an address outside the
    page.

    >>> check_html('<p id="a">text</p>')
    '<p id="a">text</p>'
    >>> check_html('<img src="https://example.org/x.png">')
    Traceback (most recent call last):
    ...
    fmbstats.pages.safety.UnsafeHtmlError: not allowed in a page: <img src='https://example.org/x.png'>
    """
    checker = _Checker()
    checker.feed(html)
    checker.close()
    return html
