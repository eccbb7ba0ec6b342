"""What numbers a page says: its texts, piece by piece, and the numbers in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser

NBSP = "\N{NO-BREAK SPACE}"
_MONTHS = (
    "januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december|"
    "January|February|March|April|May|June|July|August|October|November|December"
)
# What looks like a number and is no result. The list is closed: whatever else has a digit must be
# found in the table.
NOT_RESULTS = (
    rf"\b\d{{1,2}}\s(?:{_MONTHS})\s\d{{4}}\b",  # dates
    r"\b(?:19|20)\d\d-\d\d(?:-\d\d)?\b",  # dates and editions
    r"(?<![\d.,])\b(?:19|20)\d\d\b(?![\d.,]*\d|\s?%)",  # years: counts are grouped, 2 017
    r"\b[A-Z]\d\d(?:\.?\d[0-9A-Z]*)?\b",  # ICD-10-SE codes
    r"\b[bdse]\d{1,5}\b",  # ICF codes
    r"\bICD-10(?:-SE)?\b",
    r"\bfmbstats \d+\.\d+\.\d+\S*",  # version
    r"\b(?=[0-9a-f]*[a-f])[0-9a-f]{12,64}\b|\b\d{12,64}\b",  # checksums
    r"\b95[ \xa0]?%(?=[ -](?:konfidens|confidence|CI\b|KI\b|intervall|interval))",
    r"\b(?:95|99[.,]8)[ \xa0]?%(?=[- ](?:interval|gräns|limit))",
    r"(?<=\bav )100\b|(?<=\bin )100\b",  # so many of a hundred
    r"\b0 (?:till|to) 100[ \xa0]?%",  # the scale of a bar
    r"\b95-procent\w*|\b95 per cent(?= confidence)",
    r"\b95 (?:och|and) 99[.,]8[ \xa0]?%|\b99[.,]8(?:-procent| per cent)",  # control limits
    r"\b(?:q|q-värde|q-value) (?:under|below) 0[.,]05\b",  # level of the tests
    r"<[ \xa0]?0[.,]001\b",  # the smallest p that is written
    r"\b(?:steg om|steps of) 5(?:[ \xa0]?%| per cent)",  # how a source publishes its shares
    r"”längre än 4 veckor”|“longer than 4 weeks”",  # an example of an open limit
    r"\bKapitel[ \xa0]\d+\b",  # of ICF
    r"\b(?:dag|day)[ \xa0]365\b",  # horizon of mean days
    r"\b(?:[Ff]rån dag|[Ff]rom day)[ \xa0]1\b",  # the first day of a spell
    r"\b3[01][ \xa0](?:dagar per månad|days (?:per|a|in a) month|-day months)",
)
_SIGNS = {"sv": (NBSP, ","), "en": (",", "."), "": (NBSP, ",")}


@dataclass(frozen=True)
class Piece:
    """A text of a page, or the cells of a table's row, which belong together.

    Attributes
    ----------
    section : str
        Id of the section it stands in.
    kind : {"row", "head", "text", "alt"}
    texts : tuple of str
    """

    section: str
    kind: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Number:
    """A number as a page writes it; in a percentage `value` is in per cent."""

    value: float
    decimals: int
    is_percent: bool


@dataclass(frozen=True)
class Claim:
    """Numbers that belong together: one; two ends; or an estimate and its limits.

    An end that is no number ("not reached") is None.
    """

    text: str
    numbers: tuple[Number | None, ...]


def read_pieces(page_html: str) -> tuple[str, list[Piece]]:
    """Return the language of a page and all its texts, in order."""
    reader = _Reader()
    reader.feed(page_html)
    reader.close()
    return reader.language or "sv", reader.pieces


@dataclass
class _Open:
    """Text that is being read."""

    kind: str
    tag: str
    parts: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Cuts a page into pieces: rows of tables, heads, blocks of text, alternative texts."""

    _SILENT = ("style", "script", "title", "head")
    _BLOCKS = ("p", "li", "h1", "h2", "h3", "h4", "caption", "figcaption", "summary", "footer")

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[Piece] = []
        self.language = self._section = ""
        self._silent = 0
        self._is_head = False
        self._row: list[str] | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        if tag in self._SILENT:
            self._silent += 1
        if tag == "html":
            self.language = found.get("lang", "")
        elif tag == "section":
            self._section = found.get("id", "")
        elif tag in ("thead", "tbody"):
            self._is_head = tag == "thead"
        elif tag == "tr":
            self._flush()
            self._row = []
        elif tag in ("td", "th") or tag in self._BLOCKS:
            self._flush()
        if found.get("alt"):
            self._add("alt", found["alt"])

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT:
            self._silent -= 1
        elif tag in ("td", "th") and self._row is not None:
            self._row.append(self._take())
        elif tag == "tr" and self._row is not None:
            self.pieces.append(
                Piece(self._section, "head" if self._is_head else "row", tuple(self._row))
            )
            self._row = None
        elif tag in self._BLOCKS or tag in ("section", "body"):
            self._flush()
        if tag == "section":
            self._section = ""

    def close(self) -> None:
        super().close()
        self._flush()

    def _take(self) -> str:
        text, self._text = "".join(self._text), []
        return text.strip(" \n\t")

    def _flush(self) -> None:
        self._add("text", self._take())

    def _add(self, kind: str, text: str) -> None:
        if text:
            self.pieces.append(Piece(self._section, kind, (text,)))


def claims_of(text: str, language: str, names: Sequence[str] = ()) -> list[Claim]:
    r"""Return the numbers of a text, those that belong together as one claim.

    Parameters
    ----------
    text : str
    language : {"sv", "en"}
    names : sequence of str
        Texts that are no numbers whatever they look like, longest first.

    Examples
    --------
    >>> [c.text for c in claims_of("F32: 29.9% (28.9–31.0%) of 7,582 on 2 April 2020", "en")]
    ['29.9% (28.9–31.0%)', '7,582']
    """
    for name in names:
        if name in text:
            text = text.replace(name, "·")
    text = _not_results().sub("·", text)
    return list(_claims(text, language))


@lru_cache(maxsize=1)
def _not_results() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in NOT_RESULTS))


@lru_cache
def _patterns(language: str) -> re.Pattern[str]:
    group, point = (re.escape(sign) for sign in _SIGNS[language])
    number = rf"[−+]?\d{{1,3}}(?:{group}\d{{3}})+(?:{point}\d+)?(?!\d)|[−+]?\d+(?:{point}\d+)?"
    sign = r"[ \xa0]?%"
    # The ends of an interval; one that is not reached is said in words.
    end = rf"(?:{number})(?:{sign})?|[^\d()%–]{{3,40}}?"
    between = r"(?: ?– ?| till | to )"
    unit = r"(?:[ \xa0][^\W\d]+)?"
    return re.compile(
        rf"(?P<est>(?:{number})(?:{sign})?){unit} \((?P<lo>{end}){between}(?P<hi>{end})\)"
        rf"|(?P<est1>(?:{number})(?:{sign})?){unit} \((?P<both>(?:{number})(?:{sign})?)\)"
        rf"|(?P<first>(?:{number})(?:{sign})?){between}(?P<last>(?:{number})(?:{sign})?)"
        rf"|(?P<one>(?:{number})(?:{sign})?)"
    )


def _claims(text: str, language: str) -> Iterator[Claim]:
    for match in _patterns(language).finditer(text):
        found = match.groupdict()
        if found["one"]:
            parts = [found["one"]]
        elif found["first"]:
            parts = [found["first"], found["last"]]
        elif found["est1"]:
            parts = [found["est1"], found["both"], found["both"]]
        else:
            parts = [found["est"], found["lo"], found["hi"]]
        # The sign of an interval stands at its end: 28,9–31,0 %.
        is_percent = any("%" in part for part in parts)
        yield Claim(match[0], tuple(_number(part, language, is_percent) for part in parts))


def _number(text: str, language: str, is_percent: bool) -> Number | None:
    group, point = _SIGNS[language]
    plain = text.replace("%", "").strip(" " + NBSP).replace("−", "-").replace(group, "")
    whole, _, decimals = plain.partition(point)
    try:
        value = float(f"{whole}.{decimals or 0}")
    except ValueError:
        return None
    return Number(value, len(decimals), is_percent)
