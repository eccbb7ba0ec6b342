"""The page on a reform that reached the counties one after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar

from markupsafe import Markup

from fmbstats import words
from fmbstats.diagnosis.objects import Workbench
from fmbstats.errors import SourceError
from fmbstats.evaluate.rollout import evaluate_rollout
from fmbstats.figures.charts.frame import FULL, HALF
from fmbstats.figures.charts.placebo import EventStudy, Period, PlaceboDots
from fmbstats.figures.svg import Say
from fmbstats.pages.evaluation import EvaluationPage, opened, or_refused
from fmbstats.pages.render import Part, paragraph, told_as
from fmbstats.release import store_for
from fmbstats.release.margins import COUNTY_QUARTER
from fmbstats.results.evaluation import Writer
from fmbstats.results.rollout import RolloutNumbers, rollout_key, rollout_lead
from fmbstats.settings import SETTINGS
from fmbstats.store import lookups
from fmbstats.told import Told, tell
from fmbstats.words import phrase


@dataclass(frozen=True, eq=False)
class RolloutPage(EvaluationPage):
    """A roll-out in a language."""

    #: County code -> first day and kind.
    dates: Mapping[str, tuple[date, str]]
    draws: int
    notebook: ClassVar[str] = "evaluate_rollout"
    margins: ClassVar[tuple[str, ...]] = (COUNTY_QUARTER,)

    @property
    def title(self) -> str:
        """In the browser's tab, and in lists of evaluations."""
        return self.plain("rollout.name")

    @property
    def entries(self) -> tuple[str, ...]:
        """Those whose effects are told."""
        return () if self.is_refused else tuple(one.entry_id for one in self.found.entries)

    @property
    def asked(self) -> dict[str, object]:
        """What its notebook is told of it: of counties that the register has."""
        known = self.dates if self.is_refused else self.found.adoption.counties
        dates = {county: self.dates[county] for county in known}
        return {"dates": written(dates), "draws": self.draws}

    @property
    def command(self) -> str:
        """The line that gives the same again, its number of permutations as it is told."""
        draws = self.draws if self.is_refused else self.numbers.n_draws
        return self.say("rollout.command", code=self.code, draws=draws)

    @cached_property
    def numbers(self) -> RolloutNumbers:
        """The numbers with their rows."""
        return RolloutNumbers(self.found)

    @property
    def _changed(self) -> str:
        if self.is_refused:  # as the notebook comes: it says that dates are missing
            return self.say("rollout.card")
        return self.say("rollout.between", **self._ends)

    @property
    def _ends(self) -> dict[str, Markup]:
        """The first day of a county and the last."""
        days = sorted(self.numbers.days(), key=lambda told: told.estimate)
        return {"first": self._dated(days[0]), "last": self._dated(days[-1])}

    def _dated(self, told: Told, style: str = "long") -> Markup:
        """Tell a day of adoption."""
        text = words.date(f"{told.estimate:.0f}", self.language, style)
        return told_as(told, "estimate", text, "date")

    def answer(self) -> Part:
        """Return the finding with the smallest effect that would have shown, and its course."""
        if self.is_refused:
            return self.first(self.title, self._changed)
        return self.first(
            self.title, self._changed, f"rollout.title.{rollout_key(self.found)}",
            rollout_lead(self.found, Writer(self.language, is_marked=True)),
            self.charted(
                "without", self._courses(), FULL, self._alt("without.alt", "share", "expected")
            ),
        )  # fmt: skip

    def _by_quarter(self, name: str) -> list[Told]:
        return [self.numbers.event(one)[name] for one in self.found.events]

    def _periods(self, name: str) -> list[Period]:
        """Points of a figure; shares in per cent."""
        found = []
        for told in self._by_quarter(name):
            scale = 100 if told.measure.is_share else 1
            low, high = (
                scale * (told.estimate if end != end else end) for end in (told.lo, told.hi)
            )
            said = Say(f"{told.day:+.0f}: {told.text(self.language)}", tell(told))
            found.append(Period(int(told.day), scale * told.estimate, low, high, said))
        return found

    def _courses(self) -> EventStudy:
        """The share with the reform, and as it would have been without it."""
        return EventStudy(
            self._periods("share"), "%", self.plain("rollout.axis"), self.language,
            self._periods("expected"), [self.plain(f"rollout.{k}") for k in ("with", "expected")],
        )  # fmt: skip

    def _effects(self) -> EventStudy:
        unit, axis = self.plain("rollout.unit"), self.plain("rollout.axis")
        return EventStudy(self._periods("effect"), unit, axis, self.language)

    def _alt(self, key: str, *names: str) -> Say:
        """Say in words what a figure shows, quarter by quarter."""
        quarters = list(zip(*map(self._by_quarter, names), strict=True))
        said = "; ".join(
            f"{told[0].day:+.0f}: {', '.join(one.text(self.language) for one in told)}"
            for told in quarters
        )
        rows = " ".join(tell(one) for told in quarters for one in told)
        return Say(self.plain(f"rollout.{key}", values=said), rows)

    def card(self) -> Part:
        """Return when and where the reform came, and the smallest effect that would have shown."""
        rows = [
            *((self.say(f"rollout.card.{key}"), day) for key, day in self._ends.items()),
            (self.say("rollout.card.counties"), self.numbers.n_counties.html(self.language)),
            (self.say("rollout.card.entries"), self.numbers.n_entries.html(self.language)),
        ]  # fmt: skip
        return self.side("rollout.card", rows, self.say("rollout.least", least=self.numbers.least))

    def compared(self) -> Part:
        """Return the effect quarter by quarter, and the same estimate under permuted dates."""
        effect, placebos = self.numbers.effect, self.numbers.placebos()
        chart = PlaceboDots(
            [told.estimate for told in placebos], effect.estimate,
            [self.plain("rollout.real"), self.shown(effect)],
            self.plain("rollout.permuted"), self.plain("rollout.unit"), self.language,
        )  # fmt: skip
        p = self.numbers.p
        alt = Say(self.plain("evaluation.draws.alt", p=p.text(self.language)), tell(p))
        figures = [
            self.charted("rollout", self._effects(), HALF, self._alt("alt", "effect")),
            self.charted("draws", chart, HALF, alt, placebos, n_draws=self.numbers.n_draws),
        ]
        return self.pair("placebos", self.place, "rollout.placebos", figures)

    def below(self) -> Part:
        """Return the assumptions, and folded: what carries the effect, checks, and events."""
        return self.assumed(
            self.found.assumptions,
            [
                (self.say("rollout.entries.title"), self._entry_table()),
                (self.say("rollout.carried.title"), self._quarter_table()),
                (self.say("rollout.counties.title"), self._county_table()),
                (self.say("rollout.checks.title"), self._check_table()),
                (self.say("evaluation.events"), self._events()),
            ],
        )

    def tried(self, name: str, state: str) -> Markup:
        """Return an assumption, and what was found of it."""
        said = self.say(f"rollout.assumption.{name}") + "."
        if name not in self.found.tests:
            return said
        return said + " " + self.say(f"rollout.tried.{name}", **self.numbers.tested(name))

    def _table(self, title: str, heads: str, rows: list, **about: str) -> Markup:
        """Return a table; the first head is of words, the others of numbers."""
        names = heads.split()
        made = self.heads("rollout.head", names, names[1:])
        return self.table(made, rows, label=self.plain(title), is_long=True, **about)

    def _entry_table(self) -> Markup:
        names = {entry: name for entry, _, name in lookups.entry_names(self.store)}
        rows = []
        for one in self.found.entries:
            told = self.numbers.entry(one)
            limit = told["effect"].of("limit_days", self.language, unit=True)
            rows.append([words.visible(names[one.entry_id]), limit, told["counties"],
                         told["effect"], told["weight"]])  # fmt: skip
        heads = "entry limit counties effect weight"
        return self._table("rollout.entries.title", heads, rows, names_lang="sv")

    def _quarter_table(self) -> Markup:
        rows = [
            [told["effect"].of("day", self.language),
             told["effect"].html(self.language, interval=True), told["share"],
             told["expected"].html(self.language, interval=True), told["treated"],
             told["controls"].range(self.language)]
            for told in map(self.numbers.event, self.found.events)
        ]  # fmt: skip
        heads = "quarter effect share expected treated controls"
        return self._table("rollout.carried.title", heads, rows)

    def _county_table(self) -> Markup:
        numbers = self.numbers
        days = [self._dated(told, "short") for told in numbers.days()]
        groups = numbers.kinds()
        columns: list[list[Any]] = [days, *([groups] if groups else []), numbers.without()]
        rows = [
            [words.county(county, "en"), *told]
            for county, *told in zip(self.found.adoption.counties, *columns, strict=True)
        ]
        heads = f"counties date{' group' * bool(groups)} without"
        known = paragraph(self.say("rollout.facts"))
        return self._table("rollout.counties.title", heads, rows) + known

    def _check_table(self) -> Markup:
        numbers = self.numbers
        lowest, highest = numbers.without_ends()
        checks = {
            "imputation": numbers.checked("imputation"), "lowest": lowest, "highest": highest,
            "two_way": numbers.checked("two_way"),
        }  # fmt: skip
        wild = self.say("rollout.check.wild")
        rows: list[list[Any]] = [
            *[[self.say(f"rollout.check.{key}"), told] for key, told in checks.items()],
            *[[self.say(f"rollout.{told.stratum}"), told.range(self.language)]
              for told in numbers.trends()],
            [wild, Markup("p = ") + numbers.wild_p.html(self.language)],
        ]  # fmt: skip
        return self._table("rollout.checks.title", "check effect", rows)

    def _events(self) -> Markup:
        note = paragraph(self.say("rollout.events.all"))
        return note + self.event_table(self.found.happened)

    makers = MappingProxyType(
        {
            "answer": answer, "card": card, "compared": compared, "below": below,
            "about": EvaluationPage.about,
        }
    )  # fmt: skip


def written(dates: Mapping[str, tuple[date, str]]) -> str:
    """Write dates in one line: county, day and, where there are several kinds, the kind's number.

    What a kind is called is the user's word; no released notebook carries it.
    """
    kinds = sorted({kind for _, kind in dates.values()})
    numbers = [f" {kinds.index(kind) + 1}" * (len(kinds) > 1) for _, kind in dates.values()]
    return ", ".join(
        f"{county} {day}{number}"
        for (county, (day, _)), number in sorted(zip(dates.items(), numbers, strict=True))
    )


def read_written(text: str) -> dict[str, tuple[date, str]]:
    """Read what `written` wrote.

    Examples
    --------
    >>> read_written("01 2017-03-01 2")
    {'01': (datetime.date(2017, 3, 1), '2')}
    """
    parts = (part.split() for part in text.split(","))
    try:
        return {
            county: (date.fromisoformat(day), "".join(kind))
            for county, day, *kind in filter(None, parts)
        }
    except ValueError:
        raise SourceError(
            f"dates: {text[:80]!r} are none such as '01 2016-12-01, 03 2017-06-01'."
        ) from None


def rollout_of(
    store: Workbench,
    dates: Mapping[str, tuple[date, str]],
    *,
    language: str = words.DEFAULT_LANGUAGE,
    threshold: int | None = SETTINGS.threshold,
    draws: int = 999,
) -> RolloutPage:
    """Evaluate a roll-out and return its page; `dates` as of `read_dates`, see `revision_of`."""
    source = store_for(store, threshold)
    found = or_refused(evaluate_rollout, source, dict(dates), n_draws=draws)
    options = "--dates FILE" + " --internal" * (threshold is None)
    code = phrase("evaluation.command.rollout", language, options=options)
    return RolloutPage(source, language, "rollout", code, found, dates, draws)


def rollout_page(dates: str, *, draws: int = 999, **settings: Any) -> RolloutPage:
    """Open the store and return the page on a roll-out: what the notebook calls; see `opened`."""
    return opened(rollout_of, read_written(dates), draws=draws, **settings)
