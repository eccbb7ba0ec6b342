"""What an export is about: chapters of numbered figures and tables, read from the pages' own parts.

A chapter holds what the page of the same diagnosis says, in all languages: its sentences, tables
and figures are taken from the markup of its parts, so that page, picture and document cannot
disagree, and every number keeps the row that it was told with.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

import lxml.html
import pandas as pd

from fmbstats import words
from fmbstats.pages.render import Part, bare_text
from fmbstats.release.margins import Behind
from fmbstats.told import Told
from fmbstats.words import LANGUAGES, phrase

_SVG = re.compile(r'<svg class="wide.*?</svg>', re.DOTALL)
_FIGURE = re.compile(r'<figure id="fig-([\w-]+)">.*?</figure>', re.DOTALL)
_WIDTH = re.compile(r' width="([\d.]+)"')
_SPACE = re.compile(r"[ \t\r\n]+")
# What a page is used by, and no document needs.
_LEFT_OUT = frozenset(["nav", "script", "style", "button", "svg", "label"])
_PLACES = ("answer", "card", "real", "example", "below")


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    #: A finding is the answer of the chapter, a term the name of what follows, a field the sentence
    #: before invented data; "finding", "lead", "text", "small", "term" or "field".
    kind: str = "text"


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: Sequence[str]


@dataclass(frozen=True)
class Cells:
    """What stands in a table to read."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure of a page: its wide picture, its words, and the rows that it tells."""

    key: str  #: Name of the figure, as in its address on the page.
    #: `title`, `subtitle`, `source`: what is seen; what is measured; where it comes from.
    title: str
    subtitle: str
    source: str
    alt: str  #: What is to be seen, for those who do not see it.
    #: The picture's element, coloured by the classes of the style sheet.
    svg: str = field(repr=False)
    #: Rows of `adherence.csv`: what the page offers as the figure's data.
    values: list[dict[str, str]] = field(repr=False)
    language: str = ""

    @property
    def note(self) -> str:
        """What is measured and where it comes from, as sentences."""
        return _sentences(self.subtitle, self.source)

    @property
    def caption(self) -> str:
        """Title, measure and source as sentences."""
        return _sentences(self.title, self.subtitle, self.source)

    @property
    def width(self) -> float:
        """Width on the page in pixels."""
        return float(_WIDTH.search(self.svg)[1])  # type: ignore[index]

    @property
    def data(self) -> Cells:
        """What is drawn, as a table to read."""
        return readable(self.values, self.language)


@dataclass(frozen=True, eq=False)
class Grid:
    """A table of a page."""

    key: str  #: The part of the page that it stands in.
    #: `title`, `alt`: the alternative text of a table is empty: it is read cell by cell.
    title: str
    data: Cells = field(repr=False)
    is_number: Sequence[bool] = field(repr=False)  #: Which columns hold numbers.
    #: The rows that its numbers were told with; none for a table of texts.
    values: Sequence[dict[str, str]] = field(repr=False, default=())
    alt: str = ""
    note: str = ""

    @property
    def caption(self) -> str:
        """What stands in it, as a sentence."""
        return _sentences(self.title)


def _sentences(*parts: str) -> str:
    return " ".join(part if part[-1] == "?" else f"{part.rstrip('.')}." for part in parts if part)


Block = Text | Bullets | Picture | Grid


@dataclass(frozen=True)
class Listed:
    """What is left of a picture or grid when its files are written."""

    title: str
    n_rows: int  #: Of its file of numbers.


@dataclass(frozen=True, eq=False)
class Section:
    """What stands below one heading of a page."""

    title: str
    parts: Sequence[Block] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Chapter:
    """The overview or one diagnosis: the same sections in all languages."""

    key: str  #: The entry's slug, or "overview"; part of the names of files.
    titles: Mapping[str, str]
    #: The first one has no title of its own: it begins the chapter.
    sections: Mapping[str, Sequence[Section]] = field(repr=False)
    #: What the chapter tells, as rows of `adherence.csv`.
    rows: list[dict[str, str]] = field(repr=False)
    behind: Behind | None = None  #: What an evaluation follows from.

    def counted(self, language: str) -> Counter[str]:
        """Return how many figures and tables it has, by kind of item."""
        return Counter(map(_kind, _shown(self.sections[language])))


@dataclass(frozen=True, eq=False)
class Item:
    """One numbered figure or table."""

    kind: str
    number: int  #: From 1, figures and tables apart, in the order of the export.
    stem: str  #: Name of its files, without folder and ending.
    #: `chapter`, `section`: titles of what it belongs to.
    chapter: str
    section: str
    block: Any = field(repr=False)  #: In the export's language.
    captions: Mapping[str, str] = field(repr=False)
    alts: Mapping[str, str] = field(repr=False)

    @property
    def data(self) -> Cells:
        """Rows behind the figure, or of the table."""
        return self.block.data

    @property
    def values(self) -> Sequence[dict[str, str]]:
        """Its numbers as rows of `adherence.csv`; none for a table of texts."""
        return self.block.values

    def listed(self) -> Item:
        """Return what a list says of it; pictures and frames are let go."""
        n_rows = len(self.values or self.data.rows)
        return replace(self, block=Listed(self.block.title, n_rows))

    def label(self, language: str) -> str:
        """Return "Figur 3" or "Tabell 3"."""
        return phrase(f"page.{self.kind}", language, number=self.number)

    @property
    def title(self) -> str:
        """What it is about, and what is seen."""
        return f"{self.chapter}: {self.block.title}"

    @property
    def folder(self) -> str:
        """The folder of its files."""
        return f"{self.kind}s"


@dataclass(frozen=True, eq=False)
class Sheet:
    """One sheet of the workbook."""

    key: str  #: Its name is the phrase ``export.sheet.<key>``.
    #: Column names are those of the results; their heads are phrases ``export.head.<name>``.
    frame: pd.DataFrame = field(repr=False)
    #: Where the numbers come from, which every row says; "plain" for the public recommendations and
    #: for text; "synthetic", "real" or "plain".
    kind: str = "plain"


def first_line(part: Part) -> str:
    """Return what the first part of an evaluation's page is about."""
    return _of_class(lxml.html.fragment_fromstring(str(part.html)), "kind")


def numbered(
    chapter: Chapter, before: Mapping[str, int], language: str
) -> Iterator[tuple[Section, list[tuple[Block, Item | None]]]]:
    """Yield the sections with their parts, figures and tables numbered.

    `before`: how many figures and tables stand before it, by kind of item. `language`: "sv" or
    "en". The part is in `language`; the item is None for text.
    """
    twins = {other: _shown(chapter.sections[other]) for other in LANGUAGES}
    numbers, n = Counter(before), 0
    for section in chapter.sections[language]:
        parts: list[tuple[Block, Item | None]] = []
        for part in section.parts:
            item = None
            if isinstance(part, Picture | Grid):
                pair = {other: found[n] for other, found in twins.items()}
                numbers[_kind(part)] += 1
                item = _item(chapter, section, part, pair, numbers[_kind(part)], language)
                n += 1
            parts.append((part, item))
        yield section, parts


def _shown(sections: Sequence[Section]) -> list[Any]:
    return [part for s in sections for part in s.parts if isinstance(part, Picture | Grid)]


def _kind(part: Block) -> str:
    return "figure" if isinstance(part, Picture) else "table"


def _item(chapter, section, part, pair, number: int, language: str) -> Item:
    kind = _kind(part)
    return Item(
        kind=kind,
        number=number,
        stem="_".join([f"{kind}-{number:03d}", file_name(chapter.key), file_name(part.key)]),
        chapter=chapter.titles[language],
        section=section.title or chapter.titles[language],
        block=part,
        captions={other: block.caption for other, block in pair.items()},
        alts={other: block.alt for other, block in pair.items()},
    )


def file_name(text: str) -> str:
    """Return a name that every file system takes and that stays in its folder.

    Examples
    --------
    >>> file_name("../Ångest och oro"), file_name("curve-sex")
    ('ngest-och-oro', 'curve-sex')
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "x"


def readable(values: Sequence[dict[str, str]], language: str) -> Cells:
    """Return rows of `adherence.csv` in words: measure, group, day, value with its limits.

    `values`: texts, as a page offers them for download. `language`: "sv" or "en".
    """
    rows = []
    for row in values:
        number = {k: float(row[k]) for k in _NUMBERS if row.get(k)}
        estimate, lo, hi = (number.get(k, math.nan) for k in ("estimate", "lo", "hi"))
        told = Told(row["metric"], estimate, lo, hi, by=row["by"], stratum=row["stratum"],
                    flags=row.get("flags", ""))  # fmt: skip
        # All rows of an evaluation have its entry's label.
        label = "" if row["by"] in _NAMED else row.get("label")
        has_ends = told.lo == told.lo or told.hi == told.hi
        value = bare_text(told.range(language)) if has_ends and not told.is_known else ""
        rows.append(
            {
                "measure": phrase(f"metric.{told.metric}", language),
                "stratum": label or _group(told, language),
                "day": row.get("day", "") if row["by"] != "quarter" else "",
                "limit_days": row.get("limit_days", ""),
                "estimate": value or told.text(language, interval=True),
                "n_spells": words.count(number["n_spells"], language)
                if "n_spells" in number
                else "",
            }
        )
    kept = [name for name in rows[0] if any(row[name] for row in rows)] if rows else []
    heads = [phrase(f"export.head.{name}", language) for name in kept]
    return Cells(heads, [[row[name] for name in kept] for row in rows])


_NUMBERS = ("estimate", "lo", "hi", "n_spells")
# Groups that have names of their own.
_NAMED = ("county", "year", "month", "quarter", "placebo", "renewed", "own")
_STRATA = {"county": "county_code", "age": "age_group"}


def _group(told: Told, language: str) -> str:
    return words.stratum(_STRATA.get(told.by, told.by), told.stratum, language)


# -- reading the parts of a page ---------------------------------------------------------------


def sections_of(
    parts: Sequence[Part], told: Mapping[str, dict[str, str]], language: str
) -> list[Section]:
    """Return what stands below each heading of a page's parts; `told`: its rows by their ids."""
    reader = _Reader(told, language)
    for place in _PLACES:
        found = [part for part in parts if part.place == place and part.html]
        if place == "example" and found:
            sentence = f"{phrase('field.strong', language)} {phrase('field.rest', language)}"
            reader.begin(phrase("field.tag", language), Text(sentence, "field"))
        for part in found:
            reader.read(part)
    return [Section(title, blocks) for title, blocks in reader.sections if title or blocks]


class _Reader:
    """Reads markup of ours into blocks, heading by heading."""

    def __init__(self, told: Mapping[str, dict[str, str]], language: str) -> None:
        self.told, self.language, self.key = told, language, ""
        self.sections: list[tuple[str, list[Block]]] = [("", [])]
        self._term = ""

    def begin(self, title: str, *blocks: Block) -> None:
        """Begin a section."""
        self.sections.append((title, list(blocks)))
        self._term = ""

    def add(self, block: Block) -> None:
        """Add a block to the section that is open."""
        self.sections[-1][1].append(block)

    def read(self, part: Part) -> None:
        """Read a part of a page."""
        html = str(part.html)
        self._figures = {found[1]: found[0] for found in _FIGURE.finditer(html)}
        self.key = part.key
        self._walk(lxml.html.fragment_fromstring(html, create_parent="div"))

    def _walk(self, element: Any) -> None:
        for child in element:
            if not isinstance(child.tag, str) or child.tag in _LEFT_OUT:
                continue
            read = getattr(self, f"_{child.tag}", self._walk)
            read(child)

    def _h1(self, element: Any) -> None:
        self.add(Text(_text(element), "finding"))

    def _h2(self, element: Any) -> None:
        self.begin(_text(element))

    def _h3(self, element: Any) -> None:
        self._term = _text(element)
        self.add(Text(self._term, "term"))

    _h4 = _summary = _h3

    def _p(self, element: Any) -> None:
        kinds = element.get("class", "").split()
        text = _text(element)
        if text and "kind" not in kinds:
            kind = next((k for k in ("lead", "finding", "small") if k in kinds), "text")
            self.add(Text(text, "lead" if kind == "finding" else kind))

    def _ul(self, element: Any) -> None:
        if "keys" not in element.get("class", "").split():
            self.add(Bullets([_text(item) for item in element.iter("li")]))

    def _dl(self, element: Any) -> None:
        names, texts = list(element.iter("dt")), list(element.iter("dd"))
        pairs = zip(names, texts, strict=True)
        self.add(Bullets([f"{_text(name)}: {_text(text)}" for name, text in pairs]))

    def _table(self, element: Any) -> None:
        heads = [_text(head) for head in element.iterfind("thead/tr/th")]
        rows = [[_text(cell) for cell in row] for row in element.iterfind("tbody/tr")]
        if not rows:
            return
        numeric = ["num" in h.get("class", "").split() for h in element.iterfind("thead/tr/th")]
        caption = element.find("caption")
        name = _text(caption) if caption is not None else element.get("aria-label", "")
        ids = [i for cell in element.iter("data") for i in cell.get("data-row", "").split()]
        values = [self.told[i] for i in dict.fromkeys(ids)]
        title = name or self._term or self.sections[-1][0]
        self.add(Grid(self.key, title, Cells(heads, rows), numeric, values))

    def _figure(self, element: Any) -> None:
        key = element.get("id").removeprefix("fig-")
        markup = self._figures[key]
        svg = _SVG.search(markup)
        wide = element.find("svg")
        self.add(
            Picture(
                key=key,
                title=_text(next(element.iter("h2", "h3", "h4"))),
                subtitle=_of_class(element, "sub"),
                source=_of_class(element, "src"),
                alt=wide.get("aria-label", ""),
                svg=svg[0] if svg else "",
                values=_values(element),
                language=self.language,
            )
        )


def _values(figure: Any) -> list[dict[str, str]]:
    """Return the rows of a figure's download, as `adherence.csv` has them."""
    link = next((a for a in figure.iter("a") if a.get("download")), None)
    text = "" if link is None else unquote(link.get("href").partition(",")[2])
    lines = io.StringIO(text)
    if text.startswith("#"):  # of what register they are
        next(lines)
    return list(csv.DictReader(lines))


def _of_class(element: Any, name: str) -> str:
    found = element.xpath(f'.//p[@class="{name}"]')
    return _text(found[0]) if found else ""


def _text(element: Any) -> str:
    """Return the text of an element as it is read: plain spaces joined, no-break ones kept.

    >>> _text(lxml.html.fragment_fromstring("<td>12 %<br>13  %</td>"))
    '12 %; 13 %'
    """
    pieces = element.xpath(".//text() | .//br")
    return _SPACE.sub(" ", "".join(p if isinstance(p, str) else "; " for p in pieces)).strip(" ")
