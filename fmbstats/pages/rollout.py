"""The page on a reform that reached the counties one after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar

from markupsafe import Markup

from fmbstats import words
from fmbstats.diagnosis.objects import Workbench
from fmbstats.errors import SourceError
from fmbstats.evaluate.rollout import Rollout, evaluate_rollout
from fmbstats.figures.charts.frame import FULL
from fmbstats.figures.charts.placebo import EventStudy, Period, PlaceboDots
from fmbstats.figures.svg import Say
from fmbstats.pages.evaluation import EvaluationPage, opened
from fmbstats.pages.render import Head, Part, Table
from fmbstats.release import store_for
from fmbstats.results.evaluation import Writer
from fmbstats.results.rollout import RolloutNumbers, rollout_key, rollout_lead
from fmbstats.settings import SETTINGS
from fmbstats.store import lookups
from fmbstats.told import Told, tell
from fmbstats.words import phrase
from fmbstats.words.refused import Refused, known


@dataclass(frozen=True, eq=False)
class RolloutPage(EvaluationPage):
    """A roll-out in a language."""

    #: What was found, or why it cannot be told.
    found: Rollout | Refused
    #: County code -> first day and kind.
    dates: Mapping[str, tuple[date, str]]
    draws: int
    notebook: ClassVar[str] = "evaluate_rollout"

    @property
    def title(self) -> str:
        """In the browser's tab, and in lists of evaluations."""
        return self.plain("rollout.name")

    @property
    def asked(self) -> dict[str, object]:
        """What its notebook is told of it."""
        return {"dates": written(self.dates), "draws": self.draws}

    @property
    def command(self) -> str:
        """The line that gives the same again, its number of permutations as it is told."""
        draws = self.draws if isinstance(self.found, Refused) else self.numbers.n_draws
        return self.say("rollout.command", code=self.code, draws=draws)

    @property
    def rollout(self) -> Rollout:
        """What was found, where something was."""
        return known(self.found)

    @property
    def numbers(self) -> RolloutNumbers:
        """The numbers with their rows."""
        return RolloutNumbers(self.rollout)

    @property
    def _changed(self) -> str:
        days = sorted(day for day, _ in self.dates.values())
        if not days:  # as the notebook comes: the finding says that dates are missing
            return self.say("rollout.card")
        first, last = (words.date(day, self.language) for day in (days[0], days[-1]))
        return self.say("rollout.between", first=first, last=last)

    def answer(self) -> Part:
        """Return the finding with the smallest effect that would have shown, and its course."""
        if isinstance(self.found, Refused):
            return self.first(self.title, self._changed, "evaluation.title.refused",
                              [self.refusal(self.found)])  # fmt: skip
        return self.first(
            self.title, self._changed, f"rollout.title.{rollout_key(self.found)}",
            rollout_lead(self.found, Writer(self.language, is_marked=True)),
            self.figure("rollout", self._course(), FULL, self._alt()),
        )  # fmt: skip

    def _said(self, told: Told) -> str:
        return f"{told.day:+.0f}: {told.text(self.language)}"

    def _course(self) -> EventStudy:
        effects = [self.numbers.event(one)["effect"] for one in self.rollout.events]
        periods = [
            Period(
                int(told.day), told.estimate, told.estimate, told.estimate,
                Say(self._said(told), tell(told)),
            )
            for told in effects
        ]  # fmt: skip
        return EventStudy(
            periods, self.plain("rollout.unit"), self.plain("rollout.axis"), self.language
        )

    def _alt(self) -> Say:
        effects = [self.numbers.event(one)["effect"] for one in self.rollout.events]
        said = "; ".join(map(self._said, effects))
        return Say(self.plain("rollout.alt", values=said), " ".join(map(tell, effects)))

    def card(self) -> Part:
        """Return when and where the reform came, and the smallest effect that would have shown."""
        if isinstance(self.found, Refused):
            return Part("card", "card", Markup(""))
        days = sorted(self.rollout.adoption.days)
        rows = [
            *((self.say(f"rollout.card.{key}"), words.date(day, self.language))
              for key, day in (("first", days[0]), ("last", days[-1]))),
            (self.say("rollout.card.counties"), self.numbers.n_counties.html(self.language)),
            (self.say("rollout.card.entries"), self.numbers.n_entries.html(self.language)),
        ]  # fmt: skip
        return self.side("rollout.card", rows, self.say("rollout.least", least=self.numbers.least))

    def compared(self) -> Part:
        """Return the same estimate under permuted dates."""
        if isinstance(self.found, Refused):
            return Part("compared", self.place, Markup(""))
        effect, placebos = self.numbers.effect, self.numbers.placebos()
        chart = PlaceboDots(
            [told.estimate for told in placebos], effect.estimate,
            [self.plain("rollout.real"), Say(effect.text(self.language), tell(effect))],
            self.plain("rollout.permuted"), self.plain("rollout.unit"), self.language,
        )  # fmt: skip
        p = self.numbers.p
        alt = Say(self.plain("evaluation.draws.alt", p=p.text(self.language)), tell(p))
        figure = self.figure("draws", chart, FULL, alt, placebos, n_draws=self.numbers.n_draws)
        html = Markup('<section id="placebos">{}</section>').format(figure)
        return Part("compared", self.place, html, [("placebos", self.plain("rollout.placebos"))])

    def below(self) -> Part:
        """Return the assumptions, and folded: what carries the effect, checks, and events."""
        if isinstance(self.found, Refused):
            return Part("below", self.place, Markup(""))
        return self.assumed(
            self.rollout.assumptions,
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
        if name not in self.rollout.tests:
            return said
        return said + " " + self.say(f"rollout.tried.{name}", **self.numbers.tested(name))

    def _table(self, title: str, heads: str, rows: list, **about: bool) -> Markup:
        """Return a table; the first head is of words, the others of numbers."""
        made = [Head(self.say(f"rollout.head.{key}"), k > 0) for k, key in enumerate(heads.split())]
        names = {"names_lang": "sv"} if about.pop("is_swedish", False) else {}
        return Table(made, rows, label=self.plain(title), is_long=True, **names).html(self.language)

    def _entry_table(self) -> Markup:
        names = {entry: name for entry, _, name in lookups.entry_names(self.store)}
        rows = []
        for one in self.rollout.entries:
            told = self.numbers.entry(one)
            limit = told["effect"].of("limit_days", self.language, unit=True)
            rows.append([words.visible(names[one.entry_id]), limit, told["counties"],
                         told["effect"], told["weight"]])  # fmt: skip
        heads = "entry limit counties effect weight"
        return self._table("rollout.entries.title", heads, rows, is_swedish=True)

    def _quarter_table(self) -> Markup:
        rows = [
            [told["effect"].of("day", self.language), told["effect"], told["treated"],
             told["controls"].range(self.language)]
            for told in map(self.numbers.event, self.rollout.events)
        ]  # fmt: skip
        return self._table("rollout.carried.title", "quarter effect treated controls", rows)

    def _county_table(self) -> Markup:
        found, numbers = self.rollout.adoption, self.numbers
        columns = [numbers.before(), *filter(None, [numbers.kinds()]), numbers.without()]
        rows = [
            [words.county(county, "en"), self.short(day), *told]
            for county, day, *told in zip(found.counties, found.days, *columns, strict=True)
        ]
        heads = "counties date before group without" if len(columns) > 2 else (
            "counties date before without"
        )  # fmt: skip
        known = Markup('<p class="text">{}</p>').format(self.say("rollout.facts"))
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
        note = Markup('<p class="text">{}</p>').format(self.say("rollout.events.all"))
        return note + self.event_table(self.rollout.happened)

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
    found: Rollout | Refused
    try:
        found = evaluate_rollout(source, dict(dates), n_draws=draws)
    except Refused as refusal:
        found = refusal
    options = "--dates FILE" + " --internal" * (threshold is None)
    code = phrase("evaluation.command.rollout", language, options=options)
    return RolloutPage(source, language, "rollout", code, found, dates, draws)


def rollout_page(dates: str, *, draws: int = 999, **settings: Any) -> RolloutPage:
    """Open the store and return the page on a roll-out: what the notebook calls; see `opened`."""
    return opened(rollout_of, read_written(dates), draws=draws, **settings)
