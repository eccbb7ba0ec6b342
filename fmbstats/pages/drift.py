"""The page on drift: whether diagnoses with longer limits become commoner, and where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from markupsafe import Markup

from fmbstats import words
from fmbstats.evaluate.drift import Drift, evaluate_drift
from fmbstats.figures.charts.frame import FULL
from fmbstats.figures.charts.years import Dated, TimeSeries
from fmbstats.figures.svg import Say
from fmbstats.frames import rows_of
from fmbstats.pages.evaluation import EvaluationPage, opened
from fmbstats.pages.render import Head, Part, Table, render
from fmbstats.release import store_for
from fmbstats.results.evaluation import DriftNumbers, Writer, drift_sentences
from fmbstats.settings import SETTINGS
from fmbstats.store import lookups
from fmbstats.told import tell
from fmbstats.words import phrase
from fmbstats.words.refused import Refused, known

if TYPE_CHECKING:
    from fmbstats.diagnosis.objects import Workbench

#: Pairs of first and last diagnosis that are named.
MOST_PAIRS = 15


@dataclass(frozen=True, eq=False)
class DriftPage(EvaluationPage):
    """Drift of diagnoses, in a language."""

    found: Drift | Refused
    notebook: ClassVar[str] = "evaluate_drift"
    margins: ClassVar[tuple[str, ...]] = ("all", "county")

    @property
    def entries(self) -> tuple[str, ...]:
        """Those that have a limit."""
        return () if isinstance(self.found, Refused) else tuple(self.found.limits)

    @property
    def title(self) -> str:
        """In the browser's tab."""
        return self.plain("drift.title")

    @property
    def drift(self) -> Drift:
        """What was found, where something was."""
        return known(self.found)

    @property
    def numbers(self) -> DriftNumbers:
        """The numbers with their rows."""
        return DriftNumbers(self.drift)

    def answer(self) -> Part:
        """Return the finding, and the share year by year."""
        about = self.plain("drift.name"), self.say("drift.all")
        if isinstance(self.found, Refused):
            return self.first(*about, "evaluation.title.refused", [self.refusal(self.found)])
        return self.first(
            *about, "drift.title", drift_sentences(self.found, Writer(self.language, True)),
            self.figure("drift", self._series(), FULL, self._alt()),
        )  # fmt: skip

    def _series(self) -> TimeSeries:
        points = [
            Dated(
                float(told.stratum), 100 * told.estimate, 100 * told.lo, 100 * told.hi,
                Say(told.text(self.language), tell(told)), is_named=True,
            )
            for told in self.numbers.years()
        ]  # fmt: skip
        return TimeSeries(points, "%", [int(p.at) for p in points], self.language)

    def _alt(self) -> Say:
        told = self.numbers.years()
        said = "; ".join(f"{one.stratum}: {one.text(self.language)}" for one in told)
        return Say(self.plain("drift.alt", shares=said), " ".join(map(tell, told)))

    def places(self) -> Part:
        """Return the share by county, and which diagnoses become which."""
        if isinstance(self.found, Refused):
            return Part("places", self.place, Markup(""))
        blocks = [self._county_table()]
        if len(self.drift.changes):
            blocks.append(self._pairs())
        html = render(
            "section.html", self.language, id="places", title=self.say("drift.places"),
            blocks=blocks,
        )  # fmt: skip
        return Part("places", self.place, html, [("places", self.plain("drift.places"))])

    def _county_table(self) -> Markup:
        write = partial(words.county, language="en")
        rows = [
            [write(told.stratum), told.of("n_spells", self.language),
             told.html(self.language, interval=True)]
            for told in self.numbers.counties()
        ]  # fmt: skip
        heads = [Head(self.say("county.head")), Head(self.say("county.n"), True),
                 Head(self.say("metric.share_longer_limit"), True)]  # fmt: skip
        label = self.plain("drift.places")
        return Table(heads, rows, label=label, is_long=True).html(self.language)

    def _pairs(self) -> Markup:
        names = {entry: name for entry, _, name in lookups.entry_names(self.store)}
        most = self.drift.changes.sort_values(["n", "first", "last"], ascending=[False, True, True])
        rows = [
            [words.visible(names[row.first]), words.visible(names[row.last]),
             self.numbers.pair(row.first, row.last, row.n)]
            for row in rows_of(most.head(MOST_PAIRS))
        ]  # fmt: skip
        heads = [Head(self.say("drift.first")), Head(self.say("drift.last")),
                 Head(self.say("column.n_spells"), True)]  # fmt: skip
        caption = self.say("drift.pairs")
        return Table(heads, rows, caption=caption, names_lang="sv", is_long=True).html(
            self.language
        )

    def below(self) -> Part:
        """Return how it is reckoned, and where further diagnoses are told."""
        items = [self.say(f"drift.how.{key}") for key in ("limit", "chapter", "further")]
        html = render(
            "section.html", self.language, id="how", title=self.say("drift.how"),
            blocks=[Markup('<p class="text">{}</p>').format(item) for item in items],
        )  # fmt: skip
        return Part("below", "below", html, [("how", self.plain("drift.how"))])

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
    found: Drift | Refused
    try:
        found = evaluate_drift(source)
    except Refused as refusal:
        found = refusal
    options = "--internal" if threshold is None else ""
    code = phrase("evaluation.command.drift", language, options=options).strip()
    return DriftPage(source, language, "drift", code, found)


def drift_page(**asked: Any) -> DriftPage:
    """Open the store and return the page on drift: what the notebook calls; see `opened`."""
    return opened(drift_of, **asked)
