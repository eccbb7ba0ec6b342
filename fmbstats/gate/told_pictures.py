"""Draws every picture of a page again from its recipe, and holds the recipe against the table.

A number may hide in a picture's shape: the width of a bar, a point of a path, a colour. So nothing
of a shape is read; the picture is drawn anew by the code that draws the pages, and must be the
same sign by sign. What it is drawn from (`charts.recipe`) must be told by the rows that the figure
names, be a day or a year, or, for a curve, follow from the released ledger.
"""

from __future__ import annotations

import csv
import io
import math
import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol
from urllib.parse import unquote

import lxml.html
import numpy as np
from lxml import etree

from fmbstats import published
from fmbstats.export.pictures import copies
from fmbstats.figures.charts import recipe
from fmbstats.figures.charts.answers import SMALL, Answer, key_bar
from fmbstats.figures.charts.counties import TILES
from fmbstats.figures.charts.days import UNTIL_DAY, confidence, stairs
from fmbstats.figures.charts.frame import BESIDE_MAP, FULL, HALF, MAP, NARROW
from fmbstats.figures.charts.strip import Segment
from fmbstats.figures.svg import Say
from fmbstats.gate.again import OpenLedger
from fmbstats.pages.figure import patterns, standalone
from fmbstats.pages.grammar import FORMS
from fmbstats.results.what_if import SHARES
from fmbstats.stats.survival import fit_curve
from fmbstats.store.paths import data_folder
from fmbstats.words import LANGUAGES

PICTURE = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_HEAD = re.compile(r"<svg\b[^>]*>")
_FIGURE = re.compile(r"<figure\b.*?</figure>", re.DOTALL)
_DATA = re.compile(r'href="data:text/csv;charset=utf-8,([^"]*)"')
_WIDTHS = frozenset([FULL, HALF, MAP, BESIDE_MAP, NARROW, *SMALL])
_TONES = ("real", "syn")
_TITLE = re.compile(r'<title id="title">([^<]*)</title>')
_ALT = re.compile(r'<desc id="description">([^<]*)</desc>')
_BARE = "a picture without what it is drawn from."
OTHERWISE = "a picture that is not drawn as its numbers say."
_SWEDISH = ' lang="sv"'
# Marks of one group: their numbers are those of their own rows, not of others of the figure.
_OF_ONE = frozenset(["Answer", "Dot", "Dated", "Pair", "Period", "Piece", "Point"])
# Where stretches of a bar begin and end: sums of the shares before.
_EDGES = frozenset(["Segment", "Bracket", "Cut"])
# Days, years, and counts that only lay a picture out.
_PLACES = frozenset(
    ["DayCurve.until", "DayCurve.entry_day", "Point.day", "Limit.day", "Endings.days"]
) | frozenset(["Endings.limit", "Dated.at", "TimeSeries.years", "Period.at", "Parts.over"])
_FIXED = frozenset([0, 14, 180, UNTIL_DAY])
_FIRST_YEAR, _LAST_YEAR, _YEAR_DAYS, _DIGITS = 1990, 2100, 365.25, 1e-9
# Texts of a chart that are names of ours, not words.
_NAMES: Mapping[str, Collection[str]] = {
    "form": {*FORMS, "", "one", "between", "least", "most"},
    "language": LANGUAGES,
}


Speaker = Callable[[Any, str, str], None]


class Table(Protocol):
    """What must be known of the rows of a release."""

    @property
    def by_id(self) -> Mapping[str, Any]:
        """Row id -> row."""
        ...

    @property
    def days(self) -> Collection[float]:
        """Days and lengths that it holds."""
        ...

    def values(self, row_id: str) -> Iterator[float]:
        """Every number that a row holds."""
        ...


class Pictures:
    """Checks pictures of pages; what was found right once is not drawn again.

    `ledger`: of the release: curves are fitted again from it; None where it cannot be read.
    `classes`: of the pages' style sheet.
    """

    def __init__(self, ledger: OpenLedger | None, classes: Collection[str]) -> None:
        self._ledger, self._classes = ledger, classes
        self._right: set[tuple[int, int, tuple[str, ...]]] = set()
        self._curves: dict[tuple[str, int], Any] = {}

    def faults(self, html: str, table: Table, say: Speaker) -> Iterator[tuple[str, str]]:
        """Yield where and how a picture is not what its rows say; texts go to `say`.

        `html`: a page or a part of one, as it stands in its file. `say`: checks words and numbers:
        of an element, with the ids of its rows, a text, and where.
        """
        figures = [(_place(m[0]), m[0], _named(m[0])) for m in _FIGURE.finditer(html)]
        for where, part, ids in [*figures, ("beside the figures", _FIGURE.sub("", html), ())]:
            written = ""  # both pictures of a figure are drawn from what the first one says
            for picture in PICTURE.findall(part):
                if picture == patterns()[0]:
                    continue
                head = _head(picture)
                written = head.get(recipe.NAME, written)
                key = hash(picture), hash(written), ids
                if key in self._right:
                    continue
                try:
                    found = list(self._picture(picture, head, written, ids, table, where, say))
                except Exception as error:  # whatever numbers that are not ours make a chart raise
                    found = [f"a picture that cannot be drawn again ({type(error).__name__})."]
                if not found:
                    self._right.add(key)
                yield from ((where, what) for what in found)

    def _picture(self, picture, head, written, ids, table, where, say) -> Iterator[str]:
        tone, width = head.get("class", "").rpartition(" ")[2], float(head.get("width", "nan"))
        if not written or tone not in _TONES or width not in _WIDTHS:
            yield _BARE
            return
        alt = Say(*(head.get(name, "") for name in ("aria-label", "data-row", "data-as")))
        again = self.drawn(written, width, alt, tone, ids, table)
        bare = recipe.WRITTEN.sub("", picture, count=1)
        if again.replace(_SWEDISH, "") != bare.replace(_SWEDISH, ""):
            yield OTHERWISE
        if recipe.NAME in head:
            yield from self.recipe_faults(written, ids, table, say, where)

    def drawn(
        self, written: str, width: float, alt: Say, tone: str, ids: Collection[str], table: Table
    ) -> str:
        """Draw a picture from its recipe."""
        chart = recipe.with_curve(recipe.read(written), lambda of: self._curve(of, ids, table))
        return str(chart.draw(width).markup(alt, tone))

    def recipe_faults(
        self, written: str, ids: Collection[str], table: Table, say: Speaker, where: str
    ) -> Iterator[str]:
        """Yield what a picture is drawn from and no row tells."""
        chart = recipe.read(written)
        # Marks that only say what a form looks like tell no number.
        is_key = isinstance(chart, Answer) and chart == key_bar(chart.form)
        parts = [] if is_key else list(recipe.parts_of(chart))
        yield from self._numbers(parts, ids, table)
        for owner, name, text in parts:
            if isinstance(text, str) and text:
                yield from self._text(owner, name, text, ids, table, where, say)

    def _curve(self, chart: Any, ids: Collection[str], table: Table) -> dict[str, Any]:
        """Fit the curve of the group that the figure's rows are about."""
        row = next(row for row in map(table.by_id.__getitem__, sorted(ids)) if row.by == "all")
        key = row.rec_id, int(row.start_year)
        if self._ledger is None:
            raise ValueError("no ledger")
        entry = self._ledger.entry_day
        if key not in self._curves:
            told = self._ledger.part("all", key[1], key[0])
            counts = self._ledger.counts(told).given_outlasting(entry)
            self._curves[key] = fit_curve(
                counts.time, counts.cause, entry=counts.entry, n=counts.n, noise=counts.noise
            )
        line = self._curves[key]
        return {
            "steps": stairs(line, entry, chart.until), "interval": confidence(line, chart.until)
        }  # fmt: skip

    def _numbers(
        self, parts: Sequence[tuple[Any, str, Any]], ids: Collection[str], table: Table
    ) -> Iterator[str]:
        """Yield numbers that no row tells."""
        of_all = _values([*ids, *_rows_in(parts)], table)
        shares = [v for owner, name, v in parts if isinstance(owner, Segment) and name == "share"]
        ends = [*of_all, 0.0, 1.0] if shares else []
        starts = np.cumsum(shares).tolist()
        edges = sorted([a - b for a in ends for b in ends] + starts + [1 - s for s in starts])
        for owner, name, value in parts:
            kind = type(owner).__name__
            if isinstance(value, str | bool) or value is None:
                continue
            if not isinstance(value, int | float):
                yield f"{kind} {name} is no number."
            elif f"{kind}.{name}" in _PLACES:
                if not _is_place(value, table.days):
                    yield f"{kind} {name}: {value:g} is no day, year or place of ours."
            elif kind == "Segment" and name == "shade":
                if value not in range(1, 6):
                    yield f"{kind} {name}: {value:g} is no shade."
            elif not self._is_told(owner, name, value, of_all, table) and not (
                kind in _EDGES and _is_in(value, edges)
            ):
                yield f"{kind} {name}: {value:g} stands in no row of the figure."

    def _is_told(self, owner, name, value, of_all, table) -> bool:
        kind = type(owner).__name__
        if value in (0, 1) and kind == "Answer":
            return True  # the end that an answer has not
        if kind == "DayCurve" and name == "bands":
            return value == math.inf or _is_in(value, self._published)
        if kind == "BreakEven" and name == "points" and _is_in(value, SHARES):
            return True
        if kind == "Fit" and _is_place(value, ()):
            return True
        own = _values(_rows_of(owner), table) if kind in _OF_ONE else of_all
        return _is_in(value, own)

    @cached_property
    def _published(self) -> list[float]:
        """Days and shares that published lengths leave."""
        found: set[float] = {0.0, 1.0, 14.0}
        for code in published.published_codes(data_folder()):
            for steps in published.published_steps(code, data_raw=data_folder()):
                for values in (steps.day, steps.lo, steps.hi):
                    found.update(map(float, values))
        return sorted(found)

    def _text(self, owner, name, text, ids, table, where, say) -> Iterator[str]:
        if name == "row":
            if not set(text.split()) <= table.by_id.keys():
                yield "a row that the table does not have."
        elif name == "kind":
            if text not in self._classes:
                yield "a colour that is none of ours."
        elif name == "code" and type(owner).__name__ == "Tile":
            if text not in TILES:
                yield "a county that is none."
        elif name in _NAMES:
            if text not in _NAMES[name]:
                yield f"a {name} that is none of ours."
        else:
            element = etree.Element("desc")
            own = _rows_of(owner)
            is_told = isinstance(owner, Say) and own  # a number of these rows, of no others
            element.set("data-row", " ".join(own if is_told else {*ids, *own}))
            if isinstance(owner, Say) and owner.form:
                element.set("data-as", owner.form)
            say(element, text, f"{where}, {type(owner).__name__} {name}")


def file_faults(
    text: str,
    ids: Collection[str],
    table: Table,
    pictures: Pictures,
    say: Speaker,
) -> Iterator[str]:
    """Yield how a figure that is a file of its own is not what its rows say.

    `text`: SVG, as `standalone` writes it. `ids`: of the rows that are its data. `table`, `say`: as
    of `Pictures.faults`.
    """
    about = _about(text)
    if about is None:
        yield _BARE
        return
    written, width, tone, given = about
    picture = pictures.drawn(written, width, Say(""), tone, ids, table)
    again = standalone(recipe.with_recipe(picture, written), **given)
    if again.replace(_SWEDISH, "") != text.replace(_SWEDISH, ""):
        yield OTHERWISE
    yield from pictures.recipe_faults(written, ids, table, say, "the picture")


def copied(text: str) -> dict[str, bytes]:
    """Return what is made from a figure's SVG, by ending: PDF and PNG."""
    about = _about(text)
    if about is None:
        return {}
    with TemporaryDirectory(prefix="fmbstats-") as folder:
        (Path(folder) / "a.svg").write_text(text, "utf-8", newline="\n")
        return copies(Path(folder), "a.svg", **about[3])


def _about(text: str) -> tuple[str, float, str, dict[str, Any]] | None:
    """Recipe, width and tone of a picture that is a file, and what else it was made with."""
    head, title, alt = (form.search(text) for form in (_HEAD, _TITLE, _ALT))
    said = recipe.WRITTEN.search(head[0]) if head else None
    if head is None or title is None or alt is None or said is None:
        return None
    attributes = lxml.html.fragment_fromstring(f"{head[0]}</svg>").attrib
    given = {
        "width_cm": float(attributes["width"].removesuffix("cm")), "title": unescape(title[1]),
        "alt": unescape(alt[1]), "language": attributes["xml:lang"],
    }  # fmt: skip
    return unescape(said[1]), float(attributes["viewbox"].split()[2]), attributes["class"], given


def _head(picture: str) -> dict[str, str]:
    found = _HEAD.match(picture)
    element = lxml.html.fragment_fromstring(f"{found[0]}</svg>" if found else "<svg></svg>")
    said = recipe.WRITTEN.search(found[0]) if found else None
    return dict(element.attrib) | ({recipe.NAME: unescape(said[1])} if said else {})


def _place(figure: str) -> str:
    found = re.match(r'<figure id="([\w-]{1,60})"', figure)
    return found[1] if found else "a figure"


def _named(figure: str) -> tuple[str, ...]:
    """Ids of the rows that are a figure's data."""
    found = _DATA.search(figure)
    lines = csv.DictReader(
        line for line in io.StringIO(unquote(found[1]) if found else "") if line[:1] != "#"
    )
    return tuple(sorted({line.get("row") or "" for line in lines} - {""}))


def _rows_of(owner: Any) -> list[str]:
    """Ids of the rows that the texts of an object name."""
    return _rows_in(recipe.parts_of(owner))


def _rows_in(parts: Iterable[tuple[Any, str, Any]]) -> list[str]:
    return [
        name
        for part, field, text in parts
        if field == "row" and isinstance(part, Say)
        for name in str(text).split()
    ]


def _values(ids: Collection[str], table: Table) -> list[float]:
    """Every number of some rows, in per cent too, what is left of it, and their sum; in order."""
    rows = [table.by_id[name] for name in ids if name in table.by_id]
    plain = {
        float(value)
        for row in rows
        for value in (row.estimate, row.lo, row.hi, row.n_spells)
        if value == value
    }
    plain.add(sum(row.estimate for row in rows if row.estimate == row.estimate))
    shares = plain | {1 - value for value in plain}
    return sorted(shares | {100 * value for value in shares})


def _is_in(value: float, known: Sequence[float]) -> bool:
    """Whether a number is one of others, which are in order."""
    near = _DIGITS * max(1.0, abs(value))
    at = bisect_left(known, value - near)
    return at < len(known) and known[at] <= value + near


def _is_place(value: float, days: Collection[float]) -> bool:
    """Whether it is a day of the table, a count of a few, or a year, a month or a day in a year."""
    if value in _FIXED or value in days or value in range(20):
        return True
    if not _FIRST_YEAR <= value <= _LAST_YEAR:
        return False
    parts = (value, 12 * value - 0.5, _YEAR_DAYS * (value % 1))
    return any(abs(part - round(part)) < 5e-4 for part in parts)
