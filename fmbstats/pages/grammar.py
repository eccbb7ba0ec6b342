"""What a page may hold: a closed list of tags, attributes and addresses, for writer and gate.

Every page is made by one template engine from this package's own objects. Whatever is not listed
here does not belong on a page: no comments, no inline handlers, no styles but the sheet in the
head, no scripts but the one whose hash the policy names.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_TEXT = "a abbr b br button cite code dd div dl dt em h1 h2 h3 h4 i li ol p pre small span strong "
_FORM = "data details fieldset form input label legend output summary time "
_TABLE = "caption col colgroup table tbody td th thead tr "
_PLACE = "aside body figcaption figure footer head header html main nav section ul "
_HEAD = "meta script style title "
#: Tags of HTML.
TAGS = frozenset((_TEXT + _FORM + _TABLE + _PLACE + _HEAD).split())
#: Tags without words of their own -> what stands in them.
HOLDS = {
    "figure": "figcaption svg p",
    "figcaption": "h2 h3 p",
    "table": "caption thead tbody",
    "thead": "tr",
    "tbody": "tr",
    "tr": "th td",
    "ul": "li",
    "dl": "dt dd div",
}
#: Tags of pictures.
SVG_TAGS = frozenset(
    ["svg", "g", "path", "rect", "circle", "text", "title", "defs", "pattern", "linearGradient",
     "stop"]
)  # fmt: skip
#: Attributes that any tag may have.
COMMON = frozenset(
    ["id", "class", "lang", "role", "tabindex", "hidden", "aria-label", "aria-labelledby",
     "aria-current", "aria-live", "aria-pressed", "aria-hidden"]
)  # fmt: skip
#: Attributes by tag, beside the common ones.
ATTRIBUTES: dict[str, frozenset[str]] = {
    "html": frozenset({"lang"}),
    "meta": frozenset({"charset", "name", "content", "http-equiv"}),
    "a": frozenset({"href", "download", "hreflang", "rel", "data-same"}),
    "button": frozenset({"type", "data-save", "data-copy"}),
    "data": frozenset({"value", "data-row", "data-of", "data-as"}),
    "details": frozenset({"open"}),
    "form": frozenset({"action", "method"}),
    "input": frozenset({"type", "name", "placeholder"}),
    "section": frozenset(
        {"data-entry", "data-year", "data-spells", "data-overview", "data-kind", "data-form"}
    ),
    "td": frozenset({"data-head", "colspan"}),
    "th": frozenset({"scope", "colspan"}),
    "time": frozenset({"datetime"}),
    "svg": frozenset({"width", "height", "viewBox", "data-row", "data-as", "data-drawn"}),
    "g": frozenset({"data-row", "data-as"}),
    "path": frozenset({"d"}),
    "rect": frozenset({"x", "y", "width", "height", "rx"}),
    "circle": frozenset({"cx", "cy", "r"}),
    "text": frozenset({"x", "y", "data-row", "data-as"}),
    "pattern": frozenset({"width", "height", "patternUnits", "patternTransform"}),
    "stop": frozenset({"offset"}),
    "linearGradient": frozenset(),
}
#: How the words of a told number may differ from its value (``data-as``): share of a hundred,
#: rounded up, down or to the nearest, what is left of a hundred, shares in words, and dates.
FORMS = ("up", "down", "near", "rest", "words", "date")
#: Classes that the style sheet does not name: ticks of an axis, text upon the colours of a stack.
PLAIN_CLASSES = frozenset({"t", "ons3", "ons4"})
#: Words of anchors by which no phrase is called: figures, the frame, colours of a chart.
ANCHOR_WORDS = frozenset({"fig", "main", "advice", "look", "others", "half", "failed"})
ANCHOR_WORDS |= {"hr", "hs", "fr", "fl", "sr", "sl"}
#: Attributes whose values are a closed list or a form without words: attribute -> pattern. Classes
#: and anchors are words of ours (`gate.told_page`); what a reader meets is read as text.
VALUES: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "role": "img|group|search|status|region",
        "rel": "noopener",
        "type": "button|search",
        "name": "q|viewport|color-scheme|robots",
        "scope": "row|col|rowgroup",
        "method": "get",
        "tabindex": "0",
        "charset": "utf-8",
        "data-as": "|".join(FORMS),
        "data-kind": "real|example",
        "data-save": "svg|png",
        "data-same": "",
        "hidden": "",
        "open": "",
        "aria-current": "page",
        "aria-live": "polite",
        "aria-pressed": "true|false",
        "aria-hidden": "true",
    }.items()
}
#: A page beside this one or in the folder of another language, a place in a page, or the data of
#: a figure within the page itself.
ADDRESS = re.compile(
    r"#[\w.-]*|(?:\.\./(?:[\w.-]+/)?)?[\w-]+\.(?:html|csv|parquet|xlsx|pdf)"
    r"(?:\?(?:q|group)=[\w%+-]+)?(?:#[\w.-]*)?"
    r"|data:text/csv;charset=utf-8,[\w%.,:;=()/~+-]*|https://[\w./-]+"
)
#: Attributes that hold an address.
ADDRESSES = frozenset({"href", "action"})


def is_allowed(tag: str, attribute: str) -> bool:
    """Say whether a tag may have an attribute.

    >>> is_allowed("data", "data-row"), is_allowed("p", "onclick"), is_allowed("video", "class")
    (True, False, False)
    """
    known = tag in TAGS or tag in SVG_TAGS
    return known and (attribute in COMMON or attribute in ATTRIBUTES.get(tag, ()))


def is_address(text: str) -> bool:
    """Say whether a link stays among the pages; an outside one is a link, never a request.

    >>> is_address("index.html#a"), is_address("../2017-en/f32.html"), is_address("//x.se")
    (True, True, False)
    """
    return bool(ADDRESS.fullmatch(text))


FORBIDDEN_TAGS = frozenset(
    ["script", "animate", "animatemotion", "animatetransform", "foreignobject", "portal", "set",
     "iframe", "frame", "object", "embed", "applet", "form", "link", "meta", "base", "style"]
)  # fmt: skip
ADDRESS_ATTRIBUTES = frozenset(
    ["src", "srcset", "data", "poster", "href", "xlink:href", "action", "formaction", "background",
     "cite", "archive", "classid", "codebase", "dynsrc", "imagesrcset", "longdesc", "lowsrc",
     "manifest", "ping", "profile"]
)  # fmt: skip
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
        return is_address(value)
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
    fmbstats.pages.grammar.UnsafeHtmlError: not allowed in a page: <img src='https://example.org/x.png'>
    """
    checker = _Checker()
    checker.feed(html)
    checker.close()
    return html
