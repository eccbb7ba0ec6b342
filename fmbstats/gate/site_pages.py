"""Makes the pages beside the reports again: index, method and changes say what follows, or fail.

What they say follows from the tables and from public facts alone, so no form needs to be guessed:
each page is made anew from them and must be the same, byte for byte.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from html import unescape
from typing import Any

import pandas as pd
from markupsafe import Markup

from fmbstats import codes
from fmbstats.frames import rows_of
from fmbstats.gate.choices import Said
from fmbstats.gate.known_text import NBSP
from fmbstats.gate.rows import MEASURED
from fmbstats.gate.told_page import Rows, unsaid
from fmbstats.pages.diagnosis.cases import Cases
from fmbstats.pages.frame import MAIN_PAGES, Frame, Site
from fmbstats.pages.site.changes import changes_page, compared
from fmbstats.pages.site.entries import ANSWERED, HALF_YEAR, NOT_ANSWERED, Entry
from fmbstats.pages.site.index import evaluations_page, index_page, method_page
from fmbstats.results.headline import CANNOT, LOWER, UPPER
from fmbstats.sources.fmb.edition_tables import Edition, read_editions
from fmbstats.store.paths import data_folder
from fmbstats.told import COLUMNS, Told, sentence
from fmbstats.words import LANGUAGES, phrase

_Maker = Callable[[str, str], Iterator[str]]
#: The pages that are made again.
SITE = ("index.html", MAIN_PAGES["method"], MAIN_PAGES["changes"])
_LANGUAGE = re.compile(r'<html lang="(\w+)">')
_OTHER = re.compile(r'<a class="lang bar" href="\.\./([\w.-]+)/[^"]*" lang="(\w+)"')
_HEADING = re.compile(r"<h1>(.*?)</h1>")
_TITLE = re.compile(r"<title>(.*?) · [^<]*</title>")
_LISTED = re.compile(r'<li><a href="([a-z0-9-]+)\.html">')
_FOOT = re.compile(r'<footer><div class="in"><p>(.*?)</p>', re.DOTALL)
_LINE = re.compile(
    r'<tr data-group="[^"]*" data-words=.*?</th><td>(?P<recommended>.*?)</td>'
    r'<td class="num[^>]*>(?P<reached>.*?)</td><td class="fi">(?P<said>.*?)</td></tr>'
)
_SAID = re.compile(r"(?:</svg>|told\">|ans\">)<span>(.*)</span></span>")
_ROW = re.compile(r'data-row="(\w+)"')
_RECOMMENDED = "recommended_"


@dataclass(frozen=True, eq=False)
class SitePages:
    """Makes the pages beside the reports again."""

    rows: Rows = field(repr=False)
    there: frozenset[str]  #: Files of the folder.
    threshold: int | None

    def faults(self, pages: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield name and place of each page that is another one than follows.

        `pages`: file name -> page, of the whole folder.
        """
        reports = {name: page for name, page in pages.items() if name not in SITE}
        indices = self._indices if len(self._measured) else self._lists
        makers: tuple[_Maker, ...] = (partial(indices, reports), self._methods, self._changes)
        for name, make in zip(SITE, makers, strict=True):
            if (page := pages.get(name)) is None:
                continue
            said = _LANGUAGE.search(page)
            language = said[1] if said and said[1] in LANGUAGES else LANGUAGES[0]
            made = list(make(page, language))
            if page not in made:
                yield name, _first_difference([*made, ""][0], page)

    def _frame(self, name: str, key: str, page: str, language: str) -> Frame:
        """Return the frame of a page: its links are those of the folder."""
        there = [file for file in MAIN_PAGES.values() if file in self.there]
        others = {lang: folder for folder, lang in _OTHER.findall(page)}
        foot = _FOOT.search(page)
        edition = unescape(foot[1]) if foot else ""
        edition = edition.removeprefix(phrase("site.foot", language)).removeprefix(" ")
        edition = self._said(edition, language)
        return Site(language, (), there, edition, others).frame(phrase(key, language), name)

    def _said(self, text: str, language: str) -> str:
        """A text that nothing else tells, when it is made of phrases, public names and dates."""
        known = self.rows.known
        is_ours = not (unsaid(text, known) or known[language].numbers(text))
        return text if is_ours else ""

    def _methods(self, page: str, language: str) -> Iterator[str]:
        frame = self._frame(MAIN_PAGES["method"], "site.method", page, language)
        yield method_page(frame, language=language, threshold=self.threshold)[0]

    def _changes(self, page: str, language: str) -> Iterator[str]:
        frame = self._frame(MAIN_PAGES["changes"], "site.changes", page, language)
        editions = _editions()
        for name in (None, *(edition.name for edition in editions)):
            if (found := compared(editions, name)) is not None:
                yield changes_page(found, frame, language=language)[0]

    def _lists(self, reports: Mapping[str, str], page: str, language: str) -> Iterator[str]:
        """Yield the list of a folder's evaluations, each by the title of its page."""
        titles = {name.removesuffix(".html"): _TITLE.search(own) for name, own in reports.items()}
        known = {slug: unescape(title[1]) for slug, title in titles.items() if title}
        order = {slug: k for k, slug in enumerate(_LISTED.findall(page))}
        listed = sorted(known, key=lambda slug: order.get(slug, len(order)))
        for is_synthetic in _marks(reports):
            yield evaluations_page(
                {slug: known[slug] for slug in listed}, language,
                is_synthetic=is_synthetic, is_internal=False,
            )  # fmt: skip

    def _indices(self, reports: Mapping[str, str], page: str, language: str) -> Iterator[str]:
        """Yield the index of the reports."""
        frame = self._frame("index.html", "site.index", page, language)
        heading = _HEADING.search(page)
        title = self._said(unescape(heading[1]) if heading else "", language)
        found = self._entries(page, language)
        year = next(iter(self._measured["start_year"]), "0")
        for is_synthetic in _marks(reports):
            yield index_page(
                found, frame, language=language, year=int(year),
                pages={entry.slug for entry in found if f"{entry.slug}.html" in self.there},
                title=title, is_synthetic=is_synthetic,
            )[0]  # fmt: skip

    def _entries(self, page: str, language: str) -> list[Entry]:
        """Return the entries of the index, in its order; from a line what only it tells."""
        groups = {row["entry_id"]: row["disease_group_name"] for edition in _editions()
                  for row in edition.entries.iter_rows(named=True)}  # fmt: skip
        own = self._measured[self._measured["by"] == "all"].drop_duplicates("slug")
        named = sorted(rows_of(own), key=lambda row: (groups.get(row.rec_id, ""), row.label))
        lines = itertools.chain(_LINE.finditer(page), itertools.repeat(None))
        return [
            self._entry(row, groups.get(row.rec_id, ""), line, language)
            for row, line in zip(named, lines, strict=False)
        ]

    @cached_property
    def _measured(self) -> pd.DataFrame:
        """The rows of the table of all measures; it alone has those of every entry."""
        rows = self.rows.frame
        return rows[rows["file"] == MEASURED]

    def _entry(self, row: Any, group: str, line: re.Match[str] | None, language: str) -> Entry:
        cells = {"recommended": "", "reached": "", "said": ""}
        cells |= {} if line is None else line.groupdict()
        owned = tuple(map(codes.code_or_range, row.dx.split(", ")))
        low, high = (self._bound(cells["said"], row.slug, metric) for metric in (LOWER, UPPER))
        entry = _Shown(
            row.slug, row.label, group, owned, Cases((), ()), CANNOT, low, high, None,
            self._recommended(cells["recommended"], row, language),
            self._share(cells["reached"], owned),
        )  # fmt: skip
        written = _SAID.search(cells["said"])
        chosen = [replace(entry, form=form) for form in self._forms(row)]
        said = (one for one in chosen if written and str(one.said(language)) == written[1])
        return next(said, chosen[0])

    def _forms(self, row: Any) -> list[str]:
        """Forms of the answer that an entry's rows allow."""
        if not row.rec_version:
            return ["unknown"]
        said = self.rows.said.get(row.slug, Said())
        forms = said.forms | said.lifted
        none = NOT_ANSWERED if CANNOT in forms or not forms else ()
        return [*(form for form in ANSWERED if form in forms), *none]

    def _bound(self, html: str, slug: str, metric: str) -> Told:
        told = (row for row in self._told(html) if row.slug == slug and row.by == "all")
        return next((told_of(row) for row in told if row.metric == metric), Told(metric))

    def _told(self, html: str) -> list[Any]:
        return [row for name in _ROW.findall(html) if (row := self.rows.by_id.get(name))]

    def _share(self, html: str, owned: tuple[str, ...]) -> Told | None:
        """The published share of one of the entry's own codes, where a line tells one."""
        for row in self._told(html):
            is_share = row.part == "published" and row.limit_days == HALF_YEAR
            if is_share and codes.code_or_range(row.stratum) in owned:
                return told_of(row)
        return None

    def _recommended(self, html: str, entry: Any, language: str) -> Markup:
        """The recommendation as a line tells it, when it is one and its limits are the entry's."""
        if not entry.rec_version:
            return sentence("recommended.unknown", language)
        told = [row for row in self._told(html) if row.metric.startswith(_RECOMMENDED)]
        known = self._limits.get(entry.slug)
        days = {row.limit_days for row in told}
        if known is not None and not days <= known:
            return Markup("")
        times = [_time(row, language) for row in told] or [sentence("case.none", language)]
        ends = {"first": times[0], "last": times[-1]}
        some = sentence("recommended.some", language)
        has_open = known is None or any(day != day for day in known)
        said = [sentence(f"recommended.{kind}", language, **ends)
                for kind in ("one", "range", "from_none")]  # fmt: skip
        if has_open:
            said += [one + some for one in said] + [sentence("recommended.open", language)]
        return next((one for one in said if one == html), Markup(""))

    @cached_property
    def _limits(self) -> Mapping[str, set[float]]:
        """Slug of a report -> the limits in days that it tells of its recommendation."""
        told = self.rows.frame
        told = told[(told["by"] == "case") & (told["part"] == "recommendation")]
        return {
            str(slug): set(days)
            for slug, days in told[told["rec_id"] != ""].groupby("slug")["limit_days"]
        }


@dataclass(frozen=True, eq=False)
class _Shown(Entry):
    """An entry of which a line of the index is all that is known of two of its cells."""

    shown: Markup
    share: Told | None

    @property
    def reached(self) -> Told | None:
        return self.share

    def recommended(self, language: str) -> Markup:
        return self.shown


def _marks(reports: Mapping[str, str]) -> set[bool]:
    """Whether the register's numbers are called invented: as in the reports, or either way."""
    tags = [f">{phrase('field.tag', language)}<" for language in LANGUAGES]
    return {any(tag in page for tag in tags) for page in reports.values()} or {True, False}


def told_of(row: Any) -> Told:
    """Return a row of the table as the value that it was told as."""
    own = {name: getattr(row, name) for name in COLUMNS if name != "metric"}
    return Told(row.metric).with_(**{name: value for name, value in own.items() if value != ""})


def _time(row: Any, language: str) -> Markup:
    told = told_of(row)
    unit = row.metric.removeprefix(_RECOMMENDED)
    noun = phrase(f"unit.{unit}.{'one' if row.estimate == 1 else 'many'}", language)
    return Markup("{}{}{}").format(told.html(language), NBSP, noun)


@cache
def _editions() -> list[Edition]:
    return list(read_editions(data_folder() / "fmb"))


def _first_difference(ours: str, found: str) -> str:
    pairs = itertools.zip_longest(ours.split("\n"), found.split("\n"))
    return f"line {next(n for n, (a, b) in enumerate(pairs, 1) if a != b)}"
