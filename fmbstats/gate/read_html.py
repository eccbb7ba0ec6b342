"""Reads pages: text, attributes, comments, pictures in them; scripts and addresses outside."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote_to_bytes

from fmbstats.gate.findings import Contents
from fmbstats.gate.read_tables import Grid
from fmbstats.pages.frame import policy
from fmbstats.pages.safety import ADDRESS_ATTRIBUTES, FORBIDDEN_TAGS, has_outer_style_address

_AGAIN = "Make the page again with fmbstats."
_INDEX_SCRIPT = Path(__file__).parents[1] / "pages" / "templates" / "index.js"
# Elements of a whole page that a fragment must not hold.
_FRAME = frozenset(["meta", "style", "script"])
_META = (
    {"charset": "utf-8"},
    {"name": "viewport", "content": "width=device-width, initial-scale=1"},
)
_POLICY = re.compile(
    r"default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
    r"( script-src '(sha256-[A-Za-z0-9+/=]+)';)? base-uri 'none'; form-action 'none'"
)
_PICTURE = re.compile(r"data:(image/[a-z+]+);base64,([A-Za-z0-9+/=\s]*)")
_LINK = re.compile(r"(?:([\w.-]+\.(?:html|csv)))?(?:\?[\w=%+-]*)?(?:#[\w.:-]*)?")
# A sign written by its number, the one use of a backslash in our styles.
_SIGN = re.compile(r'content: "\\[0-9A-Fa-f]{4}"')
# Attributes without words; all others are searched like text.
_WORDLESS = frozenset(["style", "class", "width", "height", "colspan", "scope", "role", "tabindex"])
_SILENT = frozenset(["style", "script"])
_BREAKS = frozenset(
    ["p", "td", "th", "tr", "li", "h1", "h2", "h3", "h4", "div", "section", "caption", "title"]
) | frozenset(["figcaption", "br", "pre"])

ReadPicture = Callable[[str, bytes], Contents]


class PageReader(HTMLParser):
    """Collects what a page, or a fragment of one, holds.

    Attributes
    ----------
    contents : Contents
    links : list of (where, file)
        Other files of the folder that the page leads to.
    tables : list of Grid
    """

    tables: list[Grid]

    def __init__(
        self, read_picture: ReadPicture, *, is_fragment: bool = False, is_told: bool = False
    ) -> None:
        super().__init__()
        # The form of a page of told numbers is checked against the writer's own grammar.
        self._is_told = is_told
        self.contents = Contents()
        self.links: list[tuple[str, str]] = []
        self._read_picture, self._is_fragment = read_picture, is_fragment
        self.tables = []
        self._section = ""
        self._text, self._start, self._inside = [], "line 1", ""
        self._policies: list[str] = []
        self._scripts: list[str] = []

    def finish(self) -> Contents:
        """Close the page and judge it as a whole."""
        self.close()
        self._flush()
        if self._is_told:
            if self._policies != [policy()] and not self._is_fragment:
                what = "the content security policy that forbids requests is missing or another."
                self.contents.fault("head", what, _AGAIN)
        elif not self._is_fragment:
            self._check_policy()
        return self.contents

    def _here(self) -> str:
        return f"line {self.getpos()[0]}"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Look at an element and its attributes."""
        if tag in _BREAKS:
            self._flush()
        if tag == "section":
            self._section = dict(attributes).get("id") or ""
        elif tag == "table":
            self.tables.append(Grid(self._here(), [], [], self._section))
        elif tag == "tr" and self.tables:
            self.tables[-1].rows.append([])
        if tag in _FRAME and not self._is_fragment:
            self._frame_element(tag, {k: v or "" for k, v in attributes})
        elif tag in FORBIDDEN_TAGS and not self._is_told:
            self.contents.fault(self._here(), f"an element <{tag}> that may run or load.", _AGAIN)
        for name, value in attributes:
            self._attribute(tag, name, (value or "").strip())
        if tag in _SILENT:
            self._flush()
            self._inside = tag

    def _frame_element(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy":
            self._policies.append(attributes.get("content", ""))
        elif self._is_told:
            return
        elif tag == "meta" and attributes not in _META:
            self.contents.fault(self._here(), "an element <meta> that is not ours.", _AGAIN)
        elif tag != "meta" and attributes:
            self.contents.fault(self._here(), f"an element <{tag}> with attributes.", _AGAIN)

    def _attribute(self, tag: str, name: str, value: str) -> None:
        where = f"{self._here()} <{tag} {name}>"
        if name.startswith("on"):
            self.contents.fault(where, "code that runs on an event.", _AGAIN)
        elif name in ADDRESS_ATTRIBUTES:
            self._address(tag, name, value, where)
            return
        elif name == "style" and has_outer_style_address(value):
            self.contents.fault(where, "a style that asks for something outside.", _AGAIN)
        if name not in _WORDLESS:
            self.contents.say(where, value)

    def _address(self, tag: str, name: str, value: str, where: str) -> None:
        if match := _PICTURE.fullmatch(value):
            self._picture(match[1], match[2], where)
        elif name == "href" and tag == "a" and (match := _LINK.fullmatch(value)):
            if match[1]:
                self.links.append((where, match[1]))
        else:
            # Where a page of told numbers may lead to is the grammar's; what it says is read.
            if not self._is_told:
                self.contents.fault(where, "an address outside the folder.", _AGAIN)
            self.contents.say(where, unquote_to_bytes(value).decode("utf-8", "replace"))

    def _picture(self, mime: str, encoded: str, where: str) -> None:
        try:
            data = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            self.contents.fault(where, "a picture that cannot be read.", _AGAIN)
            return
        self.contents.take(self._read_picture(mime, data), where)

    def handle_endtag(self, tag: str) -> None:
        """End an element's text."""
        if tag in ("td", "th") and self.tables and self.tables[-1].rows:
            self.tables[-1].rows[-1].append(" ".join("".join(self._text).split()))
        elif tag == "thead" and self.tables and self.tables[-1].rows:
            self.tables[-1].heads[:] = self.tables[-1].rows.pop()
        if tag in _BREAKS or tag in _SILENT:
            self._flush()
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        """Keep text; styles and scripts apart."""
        if self._is_told and self._inside:
            return
        if self._inside == "script":
            self._scripts.append(data)
            self._check_script(data)
        elif self._inside == "style":
            if has_outer_style_address(_SIGN.sub("", data)):
                what = "a style that asks for something outside."
                self.contents.fault(self._here(), what, _AGAIN)
            self.contents.say(self._here(), data)
        else:
            if not self._text:
                self._start = self._here()
            self._text.append(data)

    def handle_comment(self, data: str) -> None:
        """Keep a comment: it is read by nobody and leaves the house all the same."""
        self.contents.comments.append(data.strip())
        self.contents.say(f"{self._here()}, comment", data)

    def handle_pi(self, data: str) -> None:
        """Refuse processing instructions."""
        self.contents.fault(self._here(), "a processing instruction.", _AGAIN)
        self.contents.say(self._here(), data)

    def unknown_decl(self, data: str) -> None:
        """Refuse declarations that no page of ours has."""
        self.contents.fault(self._here(), "an unknown declaration.", _AGAIN)
        self.contents.say(self._here(), data)

    def _flush(self) -> None:
        self.contents.say(self._start, "".join(self._text))
        self._text = []

    def _check_script(self, script: str) -> None:
        if _digest(script) != _own_script():
            self.contents.fault(self._here(), "a script that is not the index's own.", _AGAIN)
        self.contents.say(self._here(), script)

    def _check_policy(self) -> None:
        match = _POLICY.fullmatch(self._policies[0]) if len(self._policies) == 1 else None
        if match is None:
            what = "the content security policy that forbids requests is missing or another."
            self.contents.fault("head", what, _AGAIN)
            return
        allowed = [match[2]] if match[2] else []
        if allowed != [_digest(script) for script in self._scripts]:
            what = "the content security policy allows another script than the page's."
            self.contents.fault("head", what, _AGAIN)


def _digest(script: str) -> str:
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")


@cache
def _own_script() -> str:
    return _digest(_INDEX_SCRIPT.read_text(encoding="utf-8"))


def read_html(
    text: str, read_picture: ReadPicture, *, is_fragment: bool = False, is_told: bool = False
) -> PageReader:
    """Read a page or fragment; see `PageReader`."""
    reader = PageReader(read_picture, is_fragment=is_fragment, is_told=is_told)
    reader.feed(text)
    reader.finish()
    return reader
