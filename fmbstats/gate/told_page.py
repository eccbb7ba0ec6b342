"""Reads a page of told numbers: closed tags, attributes and words; every number with its row.

The page is read by one tree (lxml). A number that stands in a ``<data>`` must be that of its row,
to the digits it is written with; a number elsewhere must be that of a row that the element, or one
around it, names, or be said as a day, a date, a code, or in a phrase of ours (`known_text`).
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any
from urllib.parse import unquote

import lxml.html
import pandas as pd
from lxml import etree

from fmbstats import words
from fmbstats.figures.charts.endings import AROUND
from fmbstats.frames import rows_of
from fmbstats.gate.choices import Said, said_by_slug, said_otherwise
from fmbstats.gate.facts import without_facts
from fmbstats.gate.findings import Findings
from fmbstats.gate.known_text import (
    KnownText,
    Number,
    is_county_count,
    is_day,
    plain_numbers,
)
from fmbstats.gate.told_pictures import PICTURE, Pictures
from fmbstats.measures import DAYS, ENDS, MEASURES
from fmbstats.pages import grammar, render
from fmbstats.pages.frame import policy
from fmbstats.told import COLUMNS, SMALLEST_P, cell_text
from fmbstats.words import LANGUAGES, phrase_keys
from fmbstats.words.strata import OF_OWN, OWN

CHECK, FORM, PICTURES = "told numbers", "form", "pictures"
_AGAIN = "Make the page again with fmbstats."
#: What is found where such a text as `unsaid` stands.
NO_PHRASE = "a text that is no phrase of ours."
#: What is found where another phrase of ours should stand.
ELSEWHERE = "a finding that points elsewhere than its number."
_TODO = "Make the folder again; a number that no row holds was not released."
_LANGUAGE = "|".join(LANGUAGES)
_START = re.compile(rf"\s*<!doctype html>\s*<html lang=\"({_LANGUAGE})\">", re.I)
_END = "</html>"
_SCRIPT = re.compile(r"<script>.*?</script>", re.DOTALL)
_BAND = re.compile(r"(\d{1,5})-(\d{1,5})?")
_DIGIT = re.compile(r"\d")
_DAYS = ("limit_days", "day", "entry_days")
# The rest of a picture is drawn again.
_SPOKEN_OF_PICTURES = frozenset(["aria-label", "data-row"])
_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\b")


# Anchors and classes are a few words of ours, joined by hyphens; no number but that of a change, or
# of a stage of a scale.
_ANCHOR = re.compile(r"[a-z]+(?:-[a-z]+)*|change-[1-9]\d?")
_CLASS = re.compile(r"\.([A-Za-z][\w-]*)")


@dataclass(frozen=True, eq=False)
class Rows:
    """The table of a release, looked up by the ids of its rows."""

    frame: pd.DataFrame  #: As of `rows.read_rows`.
    #: Public names and wordings, as of `rows.public_names`.
    public: frozenset[str] = field(default=frozenset(), repr=False)

    @cached_property
    def known(self) -> Mapping[str, KnownText]:
        """What may be said of the table beside its numbers, by language."""
        groups = self.frame.loc[self.frame["by"] == OWN, "stratum"].unique()
        own = frozenset(text for name in _OWN_WORDS for text in self.frame[name].unique()) | {
            *groups,
            *(words.stratum(OWN, group, LANGUAGES[0]) for group in groups),
        }
        return {x: KnownText(x, self.public, own) for x in LANGUAGES}

    @cached_property
    def by_id(self) -> Mapping[str, Any]:
        """Row id -> row."""
        return {row.row: row for row in rows_of(self.frame) if row.row}

    @cached_property
    def days(self) -> frozenset[float]:
        """Days and lengths that the table holds: limits, classes, days of a curve."""
        limits = set(pd.to_numeric(self.frame["limit_days"], errors="coerce").dropna())
        found = {day + AROUND for day in limits}
        found |= {max(day - AROUND, 0) for day in limits}
        for name in _DAYS:
            found |= set(pd.to_numeric(self.frame[name], errors="coerce").dropna())
        are_days = self.frame["metric"].map(_is_length).to_numpy(dtype=bool)
        for name in ("estimate", "lo", "hi"):
            found |= set(self.frame.loc[are_days, name].dropna())
        for stratum in self.frame.loc[self.frame["by"] == "band", "stratum"].unique():
            found |= {float(end) for m in _BAND.finditer(stratum) for end in m.groups() if end}
        return frozenset(found)

    def n_unknown(self, lines: Sequence[Sequence[str]]) -> int:
        """Count lines, heads first, that are no row of the table."""
        heads, *told = lines or [[]]
        if not set(heads) <= set(COLUMNS):
            return len(lines)
        cells = [{k: v for k, v in zip(heads, line, strict=False) if v} for line in told]
        too_long = sum(len(line) > len(heads) for line in told)
        return too_long + sum(not self._is_known(line) for line in cells)

    def _is_known(self, cells: Mapping[str, str]) -> bool:
        """Whether a row has these cells: most often that of the id which they name."""
        row = self.by_id.get(cells.get("row", ""))
        if row is not None and all(cell_text(getattr(row, k)) == v for k, v in cells.items()):
            return True
        return tuple(cells.values()) in self.lines(tuple(cells))

    def lines(self, heads: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
        """Every row as text, in these columns."""
        if heads not in self._lines:
            self._lines[heads] = frozenset(zip(*map(self._texts, heads), strict=True))
        return self._lines[heads]

    def _texts(self, column: str) -> list[str]:
        """A column as text."""
        if column not in self._columns:
            self._columns[column] = [cell_text(cell) for cell in self.frame[column].tolist()]
        return self._columns[column]

    @cached_property
    def _lines(self) -> dict[tuple[str, ...], frozenset[tuple[str, ...]]]:
        return {}

    @cached_property
    def _columns(self) -> dict[str, list[str]]:
        return {}

    @cached_property
    def sizes(self) -> Mapping[str, set[float]]:
        """Entry -> the counts and estimates of its rows."""
        found = defaultdict[str, set[float]](set)
        columns = (self.frame[name].tolist() for name in ("rec_id", "n_spells", "estimate"))
        for entry, *numbers in zip(*columns, strict=True):
            found[entry].update(numbers)
        return found

    @cached_property
    def said(self) -> Mapping[str, Said]:
        """Name of a page -> what its rows allow to be said."""
        return said_by_slug(self.frame)

    @cached_property
    def own_strata(self) -> frozenset[str]:
        """Names of the strata that the register itself brought."""
        groups = self.frame.loc[self.frame["by"] == OWN, "stratum"].unique()
        return frozenset(group.partition(OF_OWN)[0] for group in groups)

    @cached_property
    def dates(self) -> frozenset[tuple[str, ...]]:
        """Counties, their days of adoption, as 20170301, and groups of dates, where there are."""
        days, groups = (
            dict(zip(rows["stratum"], map(cell_text, rows["estimate"]), strict=True))
            for name in ("adoption_day", "date_group")
            for rows in [self.frame[self.frame["metric"] == name]]
        )
        return frozenset((county, day, groups.get(county, "")) for county, day in days.items())

    def sums(self, row_ids: str) -> list[float]:
        """Return what the ways of ending but the commonest make together, or all named, by day."""
        rows = [self.by_id[i] for i in row_ids.split() if i in self.by_id]
        ends = [r for r in rows if MEASURES[r.metric].follows == ENDS]
        found = []
        for day in {r.day for r in ends}:
            shares = [100 * r.estimate for r in ends if r.day == day]
            found += [sum(shares), sum(shares) - max(shares)]
        return found

    def values(self, row_id: str, only: str = "") -> Iterator[float]:
        """Numbers that a row holds, of all columns or one; shares in per cent, and what is left."""
        row = self.by_id.get(row_id)
        if row is None:
            return
        is_share = MEASURES[row.metric].is_share if row.metric in MEASURES else False
        told = {name: getattr(row, name) for name in ("estimate", "lo", "hi", *_BESIDE)}
        told = {only: told[only]} if only in told else told
        for value in (told[name] for name in ("estimate", "lo", "hi") if name in told):
            if value == value and math.isfinite(value):
                yield value * (100 if is_share else 1)
                if is_share:
                    yield 100 - value * 100
        for value in (told[name] for name in _BESIDE if name in told):
            if value == value:
                yield float(value)


def _is_length(metric: str) -> bool:
    known = MEASURES.get(metric)
    if known is None or known.follows not in ("recommendation", "setting", "published"):
        return False
    return known.kind == DAYS or known.unit in ("days", "weeks", "months", "years", "length")


# Columns of a row that stand beside what it tells.
_BESIDE = ("limit_days", "day", "n_spells", "n_events", "n_at_risk_at_r")


@dataclass(eq=False)
class PageCheck:
    """Checks one page."""

    name: str
    text: str = field(repr=False)
    rows: Rows = field(repr=False)
    findings: Findings = field(repr=False)
    pictures: Pictures = field(repr=False)
    language: str = ""

    def run(self) -> None:
        """Check form, then numbers, of a whole page."""
        start = _START.match(self.text)
        if start is None or not self.text.rstrip().endswith(_END) or self.text.count(_END) != 1:
            self._fault("", "it does not begin or end as a page of ours.")
        self.language = start[1] if start else LANGUAGES[0]
        parser = lxml.html.HTMLParser(encoding="utf-8")
        self._read(lxml.html.document_fromstring(self.text.encode("utf-8"), parser))
        self._pictures(self.text)
        if self._tree.xpath("//meta[@http-equiv]/@content") != [policy()]:
            self._fault("head", "the content security policy that forbids requests is another.")
        said = self.rows.said.get(self.base_name.partition(".")[0], Said())
        for where, _ in said_otherwise(self._tree, self.language, self.rows.by_id, said):
            self._fault(where, ELSEWHERE)

    def fragment(self, html: str) -> None:
        """Check a part of a page."""
        tree = lxml.html.fragment_fromstring(html, create_parent="div")
        self._read(tree)
        self._pictures(html)

    def _pictures(self, html: str) -> None:
        """Draw every picture again; what a parser finds that is none is a fault."""
        html = _SCRIPT.sub("", html)  # it is ours, and draws nothing
        for where, what in self.pictures.faults(html, self.rows, self._said):
            self._fault(where, what, PICTURES)
        self.findings.looked(PICTURES, len(self._tree.xpath("//svg")))
        if len(self._tree.xpath("//svg")) != len(PICTURE.findall(html)):
            self._fault("", "a picture that only a browser finds.", PICTURES)

    def _read(self, tree: Any) -> None:
        self._tree = tree
        self._ids = Counter(tree.xpath("//@id"))
        walker = etree.iterwalk(tree, events=("start", "comment", "pi"))
        for _, element in walker:
            if element.tag == "svg":
                walker.skip_subtree()  # what stands in a picture is drawn again
            self._element(element)

    def text_of(self, html: str) -> str:
        """Return the text of a part of a page."""
        return str(lxml.html.fragment_fromstring(html, create_parent="div").text_content())

    @property
    def base_name(self) -> str:
        """Its name without the folder."""
        return self.name.rpartition("/")[2]

    def is_plain(self, text: str) -> bool:
        """Whether a text holds only words and numbers of ours that need no row."""
        return not (self.said.unknown_words(text.replace("-", " ")) or self.said.numbers(text))

    def _fault(self, where: str, what: str, check: str = FORM) -> None:
        self.findings.add(check, self.name, where, what, _TODO if check == CHECK else _AGAIN)

    def _element(self, element: Any) -> None:
        where = f"line {element.sourceline}"
        if not isinstance(element.tag, str):
            self._fault(where, "a comment or an instruction.")
            self._words(element.getparent(), element.tail or "", where)
            return
        tag = element.tag
        if tag not in grammar.TAGS and tag != "svg":
            self._fault(where, f"an element <{tag[:20]}> that no page of ours has.")
        elif not _holds_its_own(element):
            self._fault(where, f"something in a <{tag}> that does not stand there.")
        for name, value in element.attrib.items():
            if tag != "svg" or name in _SPOKEN_OF_PICTURES:
                self._attribute(element, tag, name, value, where)
        if tag in ("style", "script"):
            if element.text != (render.script() if tag == "script" else render.style_sheet()):
                self._fault(where, f"a {tag} that is not ours.")
        elif tag == "data":
            self._data(element, where)
        else:
            self._words(element, element.text or "", where)
        parent = element.getparent()
        if parent is not None and element.tail:
            self._words(parent, element.tail, where)

    def _attribute(self, element: Any, tag: str, name: str, value: str, where: str) -> None:
        self.findings.looked(FORM)
        if not grammar.is_allowed(tag, name):
            self._fault(where, f"an attribute {name[:30]} that <{tag}> of ours does not have.")
        elif name in grammar.ADDRESSES:
            self._address(element, value, where)
        elif name.startswith("data-") and self._is_link_to_table(element, name, value, where):
            pass
        elif (is_ours := self._is_ours(element, tag, name, value)) is not None:
            if not is_ours:
                self._fault(where, f"an attribute {name} of another form than ours.")
        elif tag != "meta":
            self._words(element, value, f"{where} {name}")
        if _HIDES.search(value):
            self._fault(where, "an element that is hidden.")

    def _is_ours(self, element: Any, tag: str, name: str, value: str) -> bool | None:
        """Whether an attribute without words has a value that ours may have; None: it has words."""
        if (pattern := grammar.VALUES.get(name)) is not None:
            return bool(pattern.fullmatch(value))
        if name == "class":
            return set(value.split()) <= page_classes()
        if name in ("id", "for", "aria-labelledby"):
            return self._is_anchor(value)
        if name in ("lang", "hreflang"):
            return value in LANGUAGES
        if name == "data-of":
            return value in COLUMNS
        if name == "value":
            return tag == "data"  # compared with its row
        if name == "colspan":
            return _is_whole_row(element)
        if name == "download":
            return value == f"{element.xpath('string(ancestor::figure/@id)')[4:]}.csv"
        return None

    def _is_anchor(self, value: str) -> bool:
        """Whether a name within the page is made of words of ours, and there once."""
        return self._ids[value] == 1 and is_anchor(value)

    def _is_link_to_table(self, element: Any, name: str, value: str, where: str) -> bool:
        """Check an attribute that leads to rows or says what they are about; whether it is one."""
        if name == "data-row":
            if not set(value.split()) <= self.rows.by_id.keys():
                self._fault(where, "a row that the table does not have.", CHECK)
        elif element.tag == "section" and name in ("data-entry", "data-year", "data-spells"):
            self._identity(element, where)
        else:
            return False
        return True

    def _address(self, element: Any, value: str, where: str) -> None:
        """Read what an address says: what is asked, the data that it holds."""
        if not grammar.is_address(value):
            self._fault(where, "an address that leaves the folder's pages.")
            return
        anchor = "" if value.startswith(("data:", "https:")) else value.partition("#")[2]
        if anchor and not is_anchor(anchor):
            self._fault(where, "an address of a place that no page of ours has.")
        kind, _, said = unquote(value).partition(",") if value.startswith("data:") else ("", "", "")
        if kind:
            self._figure_data(element, said, where)
        elif value.startswith("https:"):
            if value not in self.said.public_addresses:
                self._fault(where, "an address that is no known source.")
        elif "?" in value:
            self._words(element, unquote(value).partition("?")[2].partition("=")[2], where)

    def _figure_data(self, element: Any, text: str, where: str) -> None:
        """Find every line of a figure's data in the table."""
        lines = list(csv.reader(io.StringIO(text)))
        while lines and lines[0] and lines[0][0].startswith("#"):
            self._words(element, ",".join(lines.pop(0)), where)
        if wrong := self.unknown_lines(lines):
            self._fault(where, f"{wrong} lines of data that the table does not have.", CHECK)

    def unknown_lines(self, lines: Sequence[Sequence[str]]) -> int:
        """Count lines, heads first, that are no row of the table."""
        self.findings.looked(CHECK, max(len(lines) - 1, 0))
        return self.rows.n_unknown(lines)

    def _identity(self, element: Any, where: str) -> None:
        """Compare what a page says it is about with the table."""
        entry, year, spells = (element.get(f"data-{x}") for x in ("entry", "year", "spells"))
        sizes = self.rows.sizes
        known = {0.0}.union(*(sizes.values() if entry is None else [sizes.get(entry, ())]))
        is_year = year is None or re.fullmatch(r"(?:19|20)\d\d", year)
        is_size = spells in (None, "", "protected") or (spells.isdigit() and float(spells) in known)
        if not (is_year and is_size and (entry is None or entry in sizes or not sizes)):
            self._fault(where, "a page that is about something else than its table.", CHECK)

    def _data(self, element: Any, where: str) -> None:
        """Compare a told number with its row."""
        self.findings.looked(CHECK)
        row = self.rows.by_id.get(element.get("data-row", ""))
        column = element.get("data-of", "estimate")
        told = cell_text(getattr(row, column, None)) if row is not None else None
        if told is None or told != element.get("value", ""):
            self._fault(where, "a number that is not that of its row.", CHECK)
            return
        text = "".join(element.itertext())
        form = element.get("data-as", "")
        if form and form not in grammar.FORMS:
            self._fault(where, "a number in a form that is not ours.", CHECK)
        elif form and told:
            if text.lower() not in map(str.lower, _in_form(form, float(told), self.language)):
                self._fault(where, "a number in words that are not its row's.", CHECK)
        elif _DIGIT.search(text) and told:
            self._is_right(element, column, text, where)
        elif told:
            self._fault(where, "a number that is not written.", CHECK)
        else:
            self._words(element, text, where)

    def _is_right(self, element: Any, column: str, text: str, where: str) -> None:
        # What looks like a date or a year is, where it is told, a number like others.
        numbers = self.said.numbers(text) or plain_numbers(text, self.language)
        # One number is the one that is named; beside others of its row stand, as an interval.
        only = column if len(numbers) == 1 else ""
        rows = list(self.rows.values(element.get("data-row"), only))
        for number in numbers:
            if not any(_is_rounding(value, number) for value in rows):
                self._fault(where, f"{number.text} is not the number of its row.", CHECK)

    def _said(self, element: Any, text: str, where: str) -> None:
        """Check a text of a picture: its phrases, words and numbers."""
        if unsaid(text, self.rows.known):
            self._fault(where, NO_PHRASE)
        self._words(element, text, where)

    def _words(self, element: Any, text: str, where: str) -> None:
        """Find words and numbers for which there is neither a row nor a public source."""
        if (plain := without_facts(text)) != text and element.xpath("ancestor::*[@id='about']"):
            text = plain
        if unknown := self.said.unknown_words(text):
            what = f"{len(unknown)} words that no phrase, public name or table of ours holds."
            self._fault(where, what)
        if element.get("data-as") != "words":
            for word in self.said.in_words(text):
                self._fault(where, f"{word} stands in no row.", CHECK)
        if not _DIGIT.search(text):
            return
        form = element.get("data-as", "")
        rows = [v for row in _rows_around(element) for v in self.rows.values(row)]
        rows += self.rows.sums(_nearest_rows(element))
        if element.tag == "svg":  # it says in words what stands in it, each with its row
            inner = (self.said.numbers(t) for t in element.itertext())
            rows += [number.value for found in inner for number in found]
        for number in self.said.numbers(text):
            self.findings.looked(CHECK)
            is_told = any(_is_told_as(value, number, form) for value in rows)
            if not is_told and not self._is_public(number, element):
                self._fault(where, f"{number.text} stands in no row.", CHECK)

    def _is_public(self, number: Number, element: Any) -> bool:
        """Whether it is a day, how many counties are shown, or which list it is."""
        return (
            is_day(number, self.rows.days)
            or is_county_count(number)
            # The second of two lists of one name is called so.
            or (element.tag == "nav" and number.value <= len(self._tree.xpath("//nav")))
        )

    @property
    def said(self) -> KnownText:
        """What may be said in the page's language."""
        return self.rows.known[self.language]


def _holds_its_own(element: Any) -> bool:
    """Whether an element without words of its own holds none, and only what stands there."""
    known = grammar.HOLDS.get(element.tag, "").split()
    words = [element.text, *(child.tail for child in element)] if known else []
    is_known = not known or all(child.tag in known for child in element)
    return is_known and not "".join(filter(None, words)).strip()


@cache
def page_classes() -> frozenset[str]:
    """Classes of the style sheet, and what marks text that it leaves as it is."""
    return frozenset(_CLASS.findall(render.style_sheet(searches=True))) | grammar.PLAIN_CLASSES


def is_anchor(value: str) -> bool:
    """Whether a name of a place within a page is made of words of ours."""
    words = {word for word in value.split("-") if len(word) > 1 and word.isalpha()}
    return bool(_ANCHOR.fullmatch(value)) and words <= _anchor_words()


@cache
def _anchor_words() -> frozenset[str]:
    """Words of anchors: those by which phrases are called, and few more."""
    keys = (re.split(r"[._]", key) for key in phrase_keys())
    return frozenset(word for key in keys for word in key) | grammar.ANCHOR_WORDS


def _is_whole_row(element: Any) -> bool:
    """Whether a cell and its neighbours are together as wide as the table."""
    rows = element.xpath("ancestor::table[1]//tr")
    spans = [int(cell.get("colspan", "1")) for cell in element.xpath("ancestor::tr[1]/*")]
    return bool(rows) and sum(spans) == max(len(row.xpath("th|td")) for row in rows)


def _rows_around(element: Any) -> Iterator[str]:
    """Ids of the rows that an element, or one around it, names."""
    while element is not None and isinstance(element.tag, str):
        yield from element.get("data-row", "").split()
        element = element.getparent()


def _nearest_rows(element: Any) -> str:
    """Ids of the rows that an element, or the nearest around it, names."""
    while element is not None and not element.get("data-row"):
        element = element.getparent()
    return "" if element is None else element.get("data-row")


def _is_rounding(value: float, number: Number) -> bool:
    if number.before.endswith("<"):  # a p-value too small to be written
        return 0 <= value < number.value == SMALLEST_P
    half = 0.5 * 10.0**-number.decimals * (1 + 1e-9) + 1e-9
    return abs(abs(value) - abs(number.value)) <= half


def _in_form(form: str, value: float, language: str) -> set[str]:
    """Return the texts that tell a value in one of `grammar.FORMS`: a bound keeps its direction."""
    if form == "words":
        whole = f"number.word.{value:g}"
        count = words.phrase(whole, language) if words.has_phrase(whole) else ""
        return {render.in_words(value, language), count} - {""}
    if form == "date":
        with suppress(ValueError):
            return {words.date(f"{value:.0f}", language, style) for style in ("long", "short")}
        return set()
    if form == "rest":
        return {words.number(100 - round(value * 100), 0, language)}
    return {words.number(render.per_hundred(value, form), 0, language)}


def _is_told_as(value: float, number: Number, form: str) -> bool:
    """Whether it is the number, rounded to the nearest or the way that `form` says."""
    away = number.value - value
    if form in ("up", "down") and number.decimals == 0:
        return 0 <= (away if form == "up" else -away) < 1
    return _is_rounding(value, number)


def unsaid(text: str, known: Mapping[str, KnownText]) -> bool:
    """Whether a text is made of whole phrases in no language."""
    said = [one.phrases for one in known.values()]
    return not any(one.is_said(text) for one in said) and not any(
        one.is_said(without_facts(text)) for one in said
    )


def check_pages(
    pages: Mapping[str, str], rows: Rows, findings: Findings, pictures: Pictures
) -> None:
    """Check every page of told numbers; all share one table."""
    for name, text in pages.items():
        try:
            PageCheck(name, text, rows, findings, pictures).run()
        except (etree.ParserError, ValueError) as error:
            what = f"cannot be read ({type(error).__name__})."
            findings.add(FORM, name, "", what, _AGAIN)


# What the release says of itself; labels are held against public names (`rows`).
_OWN_WORDS = ("label", "data_vintage", "dx", "rec_version", "length_basis", "method")
