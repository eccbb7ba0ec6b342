"""Reads a page of told numbers: closed tags, attributes and words; every number with its row.

The page is read by one tree (lxml). A number that stands in a ``<data>`` must be that of its row,
to the digits it is written with; a number elsewhere must be that of a row that the element, or one
around it, names, or a fact that no register holds: a day or limit of the table, a date, a code.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import lxml.html
import pandas as pd
from lxml import etree

from fmbstats import words
from fmbstats.gate.findings import Findings
from fmbstats.gate.page_reading import Claim, Number, claims_of
from fmbstats.measures import MEASURES
from fmbstats.pages import grammar, render
from fmbstats.pages.site.changes import PAGE as CHANGES_PAGE
from fmbstats.told import cell_text

CHECK, FORM = "told numbers", "form"
_AGAIN = "Make the page again with fmbstats."
_TODO = "Make the folder again; a number that no row holds was not released."
_START, _END = re.compile(r"\s*<!doctype html>\s*<html lang=\"(sv|en)\">", re.I), "</html>"
_LENGTH = re.compile(r"\b(\d{1,3}) (?:d|wk|mo|y)\b")
_DIGIT = re.compile(r"\d")
_SHAPES = frozenset(["title", "text"])
# Axes count in fives; a whole number on one of them is no count.
_TICK = re.compile(r"\d{1,3}(?:[ \xa0,]\d{3})*[ \xa0]?%?")
_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\b")


def is_told(text: str) -> bool:
    """Whether a page is made of told numbers."""
    return 'data-row="' in text


@dataclass(frozen=True, eq=False)
class Rows:
    """The table of a release, looked up by the ids of its rows.

    Attributes
    ----------
    frame : DataFrame
        As of `rows.read_rows`.
    lengths : frozenset of float
        Numbers of lengths that are public though no row holds them.
    """

    frame: pd.DataFrame
    lengths: frozenset[float] = frozenset()

    @cached_property
    def by_id(self) -> Mapping[str, Any]:
        """Row id -> row."""
        return {row.row: row for row in self.frame.itertuples() if row.row}

    @cached_property
    def facts(self) -> frozenset[float]:
        """Numbers of recommendations, classes and days: no count or share among them."""
        found = set(self.lengths)
        for name in ("limit_days", "day", "entry_days"):
            found |= set(pd.to_numeric(self.frame[name], errors="coerce").dropna())
        days = self.frame["metric"].map(lambda m: _is_fact(m)).to_numpy(dtype=bool)
        for name in ("estimate", "lo", "hi"):
            found |= set(self.frame.loc[days, name].dropna())
        texts = pd.concat([self.frame["stratum"], self.frame["label"]]).unique()
        found |= {float(n) for text in texts for n in re.findall(r"\d{1,5}", text)}
        return frozenset(found)

    def values(self, row_id: str) -> Iterator[float]:
        """Every number that a row holds, shares in per cent, with what is left of them."""
        row = self.by_id.get(row_id)
        if row is None:
            return
        is_share = MEASURES[row.metric].is_share if row.metric in MEASURES else False
        for value in (row.estimate, row.lo, row.hi):
            if value == value and math.isfinite(value):
                yield value * (100 if is_share else 1)
                if is_share:
                    yield 100 - value * 100
        for value in (row.limit_days, row.day, row.n_spells, row.n_events, row.n_at_risk_at_r):
            if value == value:
                yield float(value)


def _is_fact(metric: str) -> bool:
    known = MEASURES.get(metric)
    return known is not None and known.follows in ("recommendation", "setting", "published")


@dataclass(eq=False)
class PageCheck:
    """Checks one page.

    Attributes
    ----------
    name : str
    text : str
    rows : Rows
    names : tuple of str
        Public names that hold digits.
    findings : Findings
    """

    name: str
    text: str = field(repr=False)
    rows: Rows = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    findings: Findings = field(repr=False)

    def run(self) -> None:
        """Check form, then numbers."""
        start = _START.match(self.text)
        if start is None or not self.text.rstrip().endswith(_END) or self.text.count(_END) != 1:
            self._fault("", "it does not begin or end as a page of ours.")
        self._language = start[1] if start else "sv"
        tree = lxml.html.document_fromstring(self.text.encode("utf-8"))
        for element in tree.iter():
            self._element(element)

    def _fault(self, where: str, what: str, check: str = FORM) -> None:
        self.findings.add(check, self.name, where, what, _TODO if check == CHECK else _AGAIN)

    def _element(self, element: Any) -> None:
        where = f"line {element.sourceline}"
        if not isinstance(element.tag, str):
            self._fault(where, "a comment or an instruction.")
            return
        tag = _known_case(element.tag)
        if tag not in grammar.TAGS and tag not in grammar.SVG_TAGS:
            self._fault(where, f"an element <{tag[:20]}> that no page of ours has.")
        for name, value in element.attrib.items():
            self._attribute(element, tag, _known_case(name), value, where)
        if tag == "style" and element.text != render.style_sheet():
            self._fault(where, "a style sheet that is not ours.")
        elif tag == "script" and (element.text or "") != render.script():
            self._fault(where, "a script that is not ours.")
        elif tag == "data":
            self._data(element, where)
        elif tag not in ("style", "script"):
            self._words(element, element.text or "", where)
        parent = element.getparent()
        if parent is not None and element.tail:
            self._words(parent, element.tail, where)

    def _attribute(self, element: Any, tag: str, name: str, value: str, where: str) -> None:
        self.findings.looked(FORM)
        if not grammar.is_allowed(tag, name):
            self._fault(where, f"an attribute {name[:30]} that <{tag}> of ours does not have.")
        elif name in grammar.ADDRESSES and not grammar.is_address(value):
            self._fault(where, "an address that leaves the folder's pages.")
        elif name in grammar.SPOKEN or (name == "content" and tag == "meta"):
            if tag != "meta":
                self._words(element, value, f"{where} {name}")
        elif name == "data-row" and not set(value.split()) <= self.rows.by_id.keys():
            self._fault(where, "a row that the table does not have.", CHECK)
        if _HIDES.search(value):
            self._fault(where, "an element that is hidden.")

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
            if text.lower() not in _in_form(form, float(told), self._language):
                self._fault(where, "a number in words that are not its row's.", CHECK)
        elif _DIGIT.search(text) and told:
            self._is_right(element, text, where)
        elif told:
            self._fault(where, "a number that is not written.", CHECK)

    def _is_right(self, element: Any, text: str, where: str) -> None:
        known = list(self.rows.values(element.get("data-row")))
        for claim in claims_of(text, self._language):
            for number in filter(None, claim.numbers):
                if not any(_is_rounding(value, number, 0.0) for value in known):
                    self._fault(where, f"{claim.text} is not the number of its row.", CHECK)

    def _words(self, element: Any, text: str, where: str) -> None:
        """Find a row, or a public fact, for every number of a text outside <data>."""
        if not _DIGIT.search(text):
            return
        if element.tag in _SHAPES and _TICK.fullmatch(text.strip()) and _is_tick(text):
            return
        if self._is_on_axis(element):
            return
        form = element.get("data-as", "")
        known = [v for row in _rows_around(element) for v in self.rows.values(row)]
        for claim in claims_of(text, self._language, self.names):
            for number in filter(None, claim.numbers):
                self.findings.looked(CHECK)
                is_fact = number.decimals == 0 and number.value in self.rows.facts
                if is_fact and not number.is_percent:
                    continue
                if self._begins_class(claim, number):
                    continue
                if not any(_is_told_as(value, number, form) for value in known):
                    self._fault(where, f"{claim.text} stands in no row.", CHECK)

    def _begins_class(self, claim: Claim, number: Number) -> bool:
        """Whether it is the first day of "91–365": a class begins the day after a limit."""
        if len(claim.numbers) != 2 or number is not claim.numbers[0] or number.is_percent:
            return False
        last = claim.numbers[1]
        days = (number.value - 1, last.value if last else math.nan)
        return number.decimals == 0 and all(day in self.rows.facts for day in days)

    def _is_on_axis(self, element: Any) -> bool:
        """Whether it is one of the ticks of an axis, which stand evenly in place and value."""
        if element.tag != "text" or not _is_tick_text(element):
            return False
        ticks = [t for t in element.getparent().iterchildren("text") if _is_tick_text(t)]
        for same, other in (("y", "x"), ("x", "y")):
            axis = [t for t in ticks if t.get(same) == element.get(same)]
            values = [self._tick_value(t) for t in axis]
            places = [float(t.get(other, "nan")) for t in axis]
            if len(axis) > 2 and _is_even(values, 1e-9) and _is_even(places, 0.25):
                return True
        return False

    def _tick_value(self, element: Any) -> float:
        claims = claims_of(element.text or "", self._language)
        numbers = [n for claim in claims for n in claim.numbers if n]
        return numbers[0].value if len(numbers) == 1 else math.nan


def _is_tick_text(element: Any) -> bool:
    return "t" in element.get("class", "").split() and not len(element)


def _is_even(values: Sequence[float], room: float) -> bool:
    steps = [b - a for a, b in pairwise(values)]
    return all(step == step and abs(step - steps[0]) <= room for step in steps) and steps[0] != 0


def _known_case(name: str) -> str:
    """HTML parsers write names small; those of pictures have capitals."""
    return _CAPITALS.get(name, name)


_CAPITALS = {
    name.lower(): name
    for name in (*grammar.SVG_TAGS, "viewBox", "patternUnits", "patternTransform")
}


def _rows_around(element: Any) -> Iterator[str]:
    """Ids of the rows that an element, or one around it, names; or its own parts for a picture."""
    while element is not None and isinstance(element.tag, str):
        yield from element.get("data-row", "").split()
        if element.tag == "g":
            for inner in element.iter():
                if isinstance(inner.tag, str):
                    yield from inner.get("data-row", "").split()
        element = element.getparent()


def _is_rounding(value: float, number: Number, room: float) -> bool:
    half = 0.5 * 10.0**-number.decimals * (1 + 1e-9) + 1e-9
    return abs(abs(value) - abs(number.value)) <= half + room


def _in_form(form: str, value: float, language: str) -> set[str]:
    """Return the texts that tell a value in one of `grammar.FORMS`: a bound keeps its direction."""
    if form == "words":
        whole = f"number.word.{value:g}"
        count = words.phrase(whole, language) if words.has_phrase(whole) else ""
        return {render.in_words(value, language), count} - {""}
    if form == "rest":
        return {words.number(100 - round(value * 100), 0, language)}
    return {words.number(render.per_hundred(value, form), 0, language)}


def _is_told_as(value: float, number: Number, form: str) -> bool:
    """Whether it is the number, rounded to the nearest or the way that `form` says."""
    away = number.value - value
    if form in ("up", "down") and number.decimals == 0:
        return 0 <= (away if form == "up" else -away) < 1
    return _is_rounding(value, number, 0.0)


def _is_tick(text: str) -> bool:
    return int(re.sub(r"\D", "", text)) % 5 == 0


def check_pages(
    pages: Mapping[str, str],
    rows: pd.DataFrame,
    findings: Findings,
    public: Iterable[str] = (),
) -> None:
    """Check every page of told numbers.

    Parameters
    ----------
    pages : mapping of str to str
    rows : DataFrame
        As of `rows.read_rows`.
    findings : Findings
    public : iterable of str
        As of `rows.public_names`: the page of changes tells of every entry, reported on or not.
    """
    lengths = {float(n) for text in public for n in _LENGTH.findall(text)}
    tables = {CHANGES_PAGE: Rows(rows, frozenset(lengths))}
    table = Rows(rows)
    columns = (rows[name] for name in ("stratum", "label", "data_vintage", "slug"))
    texts = {text for column in columns for text in column.unique()}
    digits = {t for t in texts if _DIGIT.search(t) and any(c.isalpha() for c in t)}
    names = sorted(digits, key=len, reverse=True)
    for name, text in pages.items():
        try:
            PageCheck(name, text, tables.get(name, table), tuple(names), findings).run()
        except (etree.ParserError, ValueError) as error:
            findings.add(FORM, name, "", f"cannot be read ({type(error).__name__}).", _AGAIN)
