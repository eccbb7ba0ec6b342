"""The page on drift: whether diagnoses with longer limits become commoner, and where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from markupsafe import Markup

from fmbstats import words
from fmbstats.evaluate.drift import evaluate_drift
from fmbstats.figures.charts.frame import FULL
from fmbstats.figures.charts.years import Dated, TimeSeries
from fmbstats.frames import rows_of
from fmbstats.pages.evaluation import EvaluationPage, opened, or_refused
from fmbstats.pages.render import Head, Part, paragraph
from fmbstats.release import store_for
from fmbstats.results.evaluation import DriftNumbers, Writer, drift_sentences
from fmbstats.settings import SETTINGS
from fmbstats.store import lookups
from fmbstats.words import phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis.objects import Workbench

#: Pairs of first and last diagnosis that are named.
MOST_PAIRS = 15


@dataclass(frozen=True, eq=False)
class DriftPage(EvaluationPage):
    """Drift of diagnoses, in a language."""

    notebook: ClassVar[str] = "evaluate_drift"
    always: ClassVar[tuple[str, ...]] = ("answer", "below", "about")
    margins: ClassVar[tuple[str, ...]] = ("all", "county")

    @property
    def entries(self) -> tuple[str, ...]:
        """Those that have a limit."""
        return () if self.is_refused else tuple(self.found.limits)

    @property
    def title(self) -> str:
        """In the browser's tab."""
        return self.plain("drift.title")

    @cached_property
    def numbers(self) -> DriftNumbers:
        """The numbers with their rows."""
        return DriftNumbers(self.found)

    def answer(self) -> Part:
        """Return the finding, and the share year by year."""
        about = self.plain("drift.name"), self.say("drift.all")
        if self.is_refused:
            return self.first(*about)
        said = drift_sentences(self.found, Writer(self.language, True))
        alt = self.listed("drift.alt", self.numbers.years())
        figure = self.charted("drift", self._series(), FULL, alt)
        return self.first(*about, "drift.title", said, figure)

    def _series(self) -> TimeSeries:
        points = [
            Dated(
                float(told.stratum), 100 * told.estimate, 100 * told.lo, 100 * told.hi,
                self.shown(told), is_named=True,
            )
            for told in self.numbers.years()
        ]  # fmt: skip
        return TimeSeries(points, "%", [int(p.at) for p in points], self.language)

    def places(self) -> Part:
        """Return the share by county, and which diagnoses become which."""
        blocks = [self._county_table(), *([self._pairs()] if len(self.found.changes) else [])]
        return self.section("places", "drift.places", blocks, place=self.place)

    def _county_table(self) -> Markup:
        rows = [
            [words.county(told.stratum, "en"), told.of("n_spells", self.language),
             told.html(self.language, interval=True)]
            for told in self.numbers.counties()
        ]  # fmt: skip
        heads = [Head(self.say("county.head")), Head(self.say("county.n"), True),
                 Head(self.say("metric.share_longer_limit"), True)]  # fmt: skip
        return self.table(heads, rows, label=self.plain("drift.places"), is_long=True)

    def _pairs(self) -> Markup:
        names = {entry: name for entry, _, name in lookups.entry_names(self.store)}
        most = self.found.changes.sort_values(["n", "first", "last"], ascending=[False, True, True])
        rows = [
            [words.visible(names[row.first]), words.visible(names[row.last]),
             self.numbers.pair(row.first, row.last, row.n)]
            for row in rows_of(most.head(MOST_PAIRS))
        ]  # fmt: skip
        heads = [*self.heads("drift", ("first", "last")), Head(self.say("column.n_spells"), True)]
        return self.table(
            heads, rows, caption=self.say("drift.pairs"), names_lang="sv", is_long=True
        )

    def below(self) -> Part:
        """Return how it is reckoned, and where further diagnoses are told."""
        items = [self.say(f"drift.how.{key}") for key in ("limit", "chapter", "further")]
        return self.section("how", "drift.how", list(map(paragraph, items)), place="below")

    makers = MappingProxyType(
        {"answer": answer, "places": places, "below": below, "about": EvaluationPage.about}
    )


def drift_of(
    store: Workbench,
    *,
    language: str = words.DEFAULT_LANGUAGE,
    threshold: int | None = SETTINGS.threshold,
) -> DriftPage:
    """Evaluate drift and return its page.

    Parameters
    ----------
    store : Workbench
        Exact, or a release store with this threshold.
    language : {"sv", "en"}
    threshold : int or None
        Smallest number of spells that decides what is told; None for exact numbers.
    """
    source = store_for(store, threshold)
    found = or_refused(evaluate_drift, source)
    options = "--internal" if threshold is None else ""
    code = phrase("evaluation.command.drift", language, options=options).strip()
    return DriftPage(source, language, "drift", code, found)


def drift_page(**asked: Any) -> DriftPage:
    """Open the store and return the page on drift: what the notebook calls; see `opened`."""
    return opened(drift_of, **asked)
