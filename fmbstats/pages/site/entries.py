"""All entries of an overview as a reader meets them: answer, recommendation, real share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup

from fmbstats import codes, words
from fmbstats.figures.charts.answers import Answer
from fmbstats.figures.svg import Say
from fmbstats.frames import rows_of
from fmbstats.overview import Overview
from fmbstats.pages.diagnosis.cases import Cases
from fmbstats.pages.diagnosis.published import Published, Source
from fmbstats.pages.render import bare_text
from fmbstats.results.headline import LOWER, UPPER
from fmbstats.told import Told, sentence, tell
from fmbstats.words import Absent

HALF_YEAR = 180
ANSWERED = ("one", "between", "least", "most")
NOT_ANSWERED = ("cannot", "short", "open", "few", "unknown")


@dataclass(frozen=True, eq=False)
class Entry:
    """One entry of FMB in an overview."""

    slug: str
    name: str
    group: str
    codes: Sequence[str]
    cases: Cases
    #: Of the register's answer: "one", "between", "least", "most" or "cannot"; or why the entry is
    #: not judged: "short" (no limit that the register sees), "open" (no limit in days), "few" (too
    #: few spells), "unknown" (what FMB recommended then).
    form: str
    low: Told
    high: Told
    published: Published | None

    def code_text(self, most: int = 3) -> str:
        """Write the first codes with their dots."""
        shown = ", ".join(map(codes.dotted, self.codes[:most]))
        return shown + (" …" if len(self.codes) > most else "")

    @cached_property
    def reached(self) -> Told | None:
        """The share that reached half a year, from published counts of the entry's own code."""
        main = self.published.main if self.published else None
        if main is None or main.steps.code not in self.codes:
            return None
        return main.reached(HALF_YEAR)

    def said(self, language: str) -> Markup:
        """Say the answer in a few words: "minst 30 %"."""
        if self.form not in ANSWERED:
            return Markup(sentence(f"form.{self.form}", language))
        low = self.low.html(language, decimals=0)
        high = self.high.html(language, decimals=0)
        return sentence(f"form.{self.form}", language, low=low, high=high)

    def answer(self, language: str) -> Answer:
        """Return the answer as a bar."""
        # An end that the form has not is not told.
        rows = {"one": [self.low], "between": [self.low, self.high], "least": [self.low],
                "most": [self.high]}[self.form]  # fmt: skip
        low, high = 0.0 if self.form == "most" else self.low.estimate, 1.0
        if self.form in ("between", "most"):
            high = self.high.estimate
        said = Say(bare_text(self.said(language)), " ".join(tell(t) for t in rows))
        spoken = "" if language == "sv" else self.code_text()
        return Answer(self.name, self.form, low, high, said, spoken)

    def recommended(self, language: str) -> Markup:
        """Say the recommended longest time in FMB's units: "3 veckor till 6 månader"."""
        if not self.cases.is_known:
            return sentence("recommended.unknown", language)
        limited = [case for case in self.cases.now if case.days is not None]
        is_open = bool(self.cases.open)
        if not limited:
            return Markup(sentence("recommended.open", language))
        first, last = (case.time(language) for case in (limited[0], limited[-1]))
        if limited[0].days == limited[-1].days:
            key = "recommended.one"
        else:
            key = "recommended.range" if limited[0].days else "recommended.from_none"
        said = sentence(key, language, first=first, last=last)
        return said + Markup(sentence("recommended.some", language)) if is_open else said


def entries_of(overview: Overview) -> list[Entry]:
    """Return the entries of an overview, group by group and by name."""
    found = [_entry(overview, row) for row in rows_of(overview.entries)]
    return sorted(found, key=lambda e: (e.group, e.name))


def _entry(overview: Overview, row: Any) -> Entry:
    cases = Cases.of(overview.recommendations[row.entry_id], overview.year)
    low, high = (_told(overview, row, metric) for metric in (LOWER, UPPER))
    return Entry(
        row.slug,
        words.visible(row.name),
        words.visible(row.disease_group_name),
        tuple(row.codes),
        cases,
        _form(overview.form(row.entry_id), cases, low),
        low,
        high,
        Published.of(row.codes, overview.store.data_folder),
    )


def _form(form: str, cases: Cases, low: Told) -> str:
    """Tell those that are not judged from those where it cannot be told."""
    if form in ANSWERED:
        return form
    if not cases.is_known:
        return "unknown"
    if not cases.limits:
        return "open"
    if low.reason in (Absent.NO_SPELLS, Absent.PROTECTED, Absent.SMALL_N):
        return "few"
    if cases.open:
        return "cannot"
    return "short" if low.reason is Absent.TRUNCATED_R else "few"


def _told(overview: Overview, row: Any, metric: str) -> Told:
    value, found = overview.value(row.entry_id, metric), overview.row(row.entry_id, metric)
    is_spoken = words.is_spoken(value)
    shared = {"part": "measures", "flags": found.flags}
    told = (
        Told(metric, reason=value, **shared)
        if is_spoken
        else Told(metric, found.estimate, found.lo, found.hi, n_spells=found.n_spells, **shared)
    )
    names = {"slug": row.slug, "dx": found.dx, "rec_id": found.rec_id}
    return told.with_(**names, rec_version=found.rec_version)


def real_pairs(folder: Any) -> list[tuple[Source, Source]]:
    """Return every published code with two years of one source, the newer first."""
    from fmbstats.published import published_codes

    pairs = []
    for code in published_codes(folder):
        if "-" in code:
            continue
        found = Published.of((code,), folder)
        if found.main and found.earlier and found.main.reached(HALF_YEAR):
            pairs.append((found.main, found.earlier))
    return sorted(pairs, key=lambda p: -p[0].known_reached(HALF_YEAR).estimate)
