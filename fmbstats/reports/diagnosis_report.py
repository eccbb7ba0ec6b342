"""The report on one FMB entry, part by part: each method is one call of the notebook."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import fmbstats
from fmbstats import codes, figures, words
from fmbstats.reports.blocks import Bullets, FigureBlock, Note, Section, TableBlock
from fmbstats.words import Absent, phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis import Diagnosis

CURVE_MIN_SPELLS = 100
UNTIL_DAY = 730


def diagnosis_report(
    entry: str, *, year: int, language: str = "sv", store: str = "", month_days: int = 30
) -> DiagnosisReport:
    """Open the store and return the report on an entry.

    Parameters
    ----------
    entry : str
        FMB entry id, slug, or ICD-10-SE code.
    year : int
        Start year of the spells.
    language : {"sv", "en"}
    store : str
        Path of the store; the project's own by default.
    month_days : {30, 31}

    Raises
    ------
    UnknownNameError
        The entry is unknown; an empty name (a parameter not given) is.
    """
    opened = fmbstats.open_store(Path(store) if store else None)
    diagnosis = opened.diagnosis(entry, year=year, month_days=month_days)
    return DiagnosisReport(diagnosis, words.checked_language(language))


@dataclass(frozen=True, eq=False)
class DiagnosisReport:
    """Sections of a report; every one is made from the diagnosis' result objects.

    Attributes
    ----------
    diagnosis : Diagnosis
    language : {"sv", "en"}
    """

    diagnosis: Diagnosis
    language: str = field(default="sv")

    # -- sections, in the order of the page ---------------------------------------------------

    def headline(self) -> Section:
        """Title, whether the data are real, and the answer in one sentence."""
        name = words.visible(self.diagnosis.title)
        return Section(
            "headline",
            name,
            [
                Note(self._say("report.subtitle", year=self.diagnosis.year), "subtitle"),
                self._data_note(),
                Note(self._adherence.text(self.language), "lead"),
                Note(self._say("headline.group"), "caveat"),
            ],
            self.language,
            level=1,
            about={"entry": self.diagnosis.key, "spells": self._n_spells},
        )

    def published(self) -> Section:
        """Real, published counts with the sharp bounds they give."""
        result = self.diagnosis.published()
        if not result.rows:
            return self._empty("published")
        parts: list[Any] = [
            Note(result.text(self.language), "lead", strong=self._say("report.real")),
            TableBlock(result.display(self.language), self._say("table.published.caption")),
            TableBlock(result.ended(self.language), self._say("table.ended.caption")),
            Bullets(result.notes(self.language)),
        ]
        return self._section("published", parts)

    def recommendation(self) -> Section:
        """The entry's cases with their limits."""
        recommendation = self.diagnosis.recommendation
        if not len(recommendation.cases):
            return self._empty("recommendation")
        intro = self._say("section.recommendation.intro", edition=recommendation.editions)
        table = TableBlock(recommendation.display(self.language), self._say("table.cases.caption"))
        return self._section("recommendation", [table], intro=intro)

    def population(self) -> Section:
        """Who is counted."""
        population = self.diagnosis.population()
        if not population.n_started:
            return self._empty("population")
        table = TableBlock(population.display(self.language), self._say("table.population.caption"))
        return self._section("population", [table])

    def curve(self) -> Section:
        """The survival curve with limits, interval and numbers at risk."""
        if not self._has_curve:
            return self._empty("curve")
        return self._section("curve", [self._curve_figure("curve", None)])

    def measures(self) -> Section:
        """All measures of all spells."""
        if not self._n_spells:
            return self._empty("measures")
        return self._section("measures", [self._table(None)])

    def sex(self) -> Section:
        """Women and men: curves and measures."""
        parts = [self._curve_figure("curve-sex", "sex")] if self._has_curve else []
        return self._by("sex", parts)

    def age(self) -> Section:
        """Measures by age."""
        return self._by("age", [])

    def trend(self) -> Section:
        """Measures by start year."""
        return self._by("year", [], key="trend")

    def limits(self) -> Section:
        """What cannot be said, and why."""
        items = [
            self._say(
                "flag.delayed_entry",
                day=self.diagnosis.entry_day + 1,
                entry=words.days(self.diagnosis.entry_day, self.language),
            )
        ]
        flags = {f for row in self._adherence.frame["flags"] for f in row.split()}
        items += [
            Absent(f).sentence(self.language)
            for f in sorted(flags)
            if f in Absent._value2member_map_
        ]
        reason = self.diagnosis.recommendation.why_no_limit
        if reason is not None and reason.value not in flags:
            items.append(reason.sentence(self.language))
        return self._section("limits", [Bullets(items)])

    def provenance(self) -> Section:
        """Everything needed to make the report again."""
        settings = self.diagnosis.store.settings
        rows = [
            ("register", settings.register_name),
            ("edition", self.diagnosis.recommendation.editions),
            ("cutoff", words.date(settings.cutoff_date, self.language)),
            ("month_days", words.count(self.diagnosis.month_days, self.language)),
            ("data_hash", settings.source_hash[:16]),
            ("version", f"fmbstats {settings.fmbstats_version}"),
        ]
        frame = pd.DataFrame(
            [(self._say(f"provenance.{key}"), value) for key, value in rows],
            columns=[self._say("column.what"), self._say("column.value")],
        )
        table = TableBlock(frame, self._say("section.provenance.title"))
        return self._section("provenance", [table])

    # -- helpers ------------------------------------------------------------------------------

    @cached_property
    def _adherence(self):
        return self.diagnosis.adherence()

    @property
    def _n_spells(self) -> int:
        return int(self._adherence.value("n_spells"))

    @property
    def _has_curve(self) -> bool:
        return self._n_spells >= CURVE_MIN_SPELLS

    @property
    def _is_synthetic(self) -> bool:
        return bool(self.diagnosis.store.settings.is_synthetic)

    def _say(self, key: str, **values) -> str:
        return phrase(key, self.language, **values)

    def _section(self, key: str, parts: list, intro: str = "") -> Section:
        intro = intro or self._say(f"section.{key}.intro")
        return Section(key, self._say(f"section.{key}.title"), [intro, *parts], self.language)

    def _empty(self, key: str) -> Section:
        title = self._say(f"section.{key}.title")
        return Section(key, title, [self._say(f"section.{key}.empty")], self.language)

    def _data_note(self) -> Note:
        settings = self.diagnosis.store.settings
        if self._is_synthetic:
            sentence, title = "report.synthetic.sentence", "report.synthetic"
            return Note(self._say(sentence), "data-note synthetic", strong=self._say(title))
        text = self._say(
            "report.real.sentence",
            source=settings.register_name,
            date=words.date(settings.extraction_date, self.language),
        )
        return Note(text, "data-note real", strong=self._say("report.real"))

    def _by(self, by: str, parts: list, key: str = "") -> Section:
        key = key or by
        if len(self.diagnosis.adherence(by=by).strata) < 2:
            return self._empty(key)
        return self._section(key, [*parts, self._table(by)])

    def _table(self, by: str | None) -> TableBlock:
        result = self._adherence if by is None else self.diagnosis.adherence(by=by)
        frame = result.display(self.language) if by else result.measures(self.language)
        return TableBlock(frame, self._say("table.adherence.caption"))

    def _curve_figure(self, key: str, by: str | None) -> FigureBlock:
        result = self.diagnosis.curve(by=by)
        lines = result.lines(self.language)
        shared = {
            "limits": [figures.LimitLine(d) for d in self.diagnosis.recommendation.limits_days],
            "entry_day": self.diagnosis.entry_day,
            "until_day": UNTIL_DAY,
            "language": self.language,
            "is_synthetic": self._is_synthetic,
        }

        def draw():
            figure, ax = figures.new_figure("curve", n_rows=len(lines))
            figures.survival_curve(lines, ax, **shared)
            return figure

        settings = self.diagnosis.store.settings
        caption = figures.caption_survival_curve(
            n_spells=self._n_spells,
            cutoff_date=settings.cutoff_date,
            entry_day=self.diagnosis.entry_day,
            language=self.language,
            is_synthetic=self._is_synthetic,
        )
        alt = figures.alt_survival_curve(lines, **shared)
        return FigureBlock(key, draw, alt, caption, result.display(self.language))


def codes_line(entry_codes: list[str], language: str) -> str:
    """Codes with dots, as a sentence part."""
    return words.joined([codes.dotted(c) for c in entry_codes], language)
