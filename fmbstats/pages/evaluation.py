"""The page on a revised recommendation: before and after, against others, and what may be said.

Its numbers are told from a release store, so that the page may leave; of an exact store they are
exact and stay in the house: the page then says so in its first line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from markupsafe import Markup

from fmbstats import codes, words
from fmbstats.diagnosis.objects import Workbench, entries_named, entry_named, open_store
from fmbstats.evaluate.revision import BROKEN, evaluate_revision
from fmbstats.figures.charts.frame import FULL, HALF, Limit
from fmbstats.figures.charts.placebo import EventStudy, Period, PlaceboDots
from fmbstats.figures.charts.years import Dated, Fit, TimeSeries
from fmbstats.figures.svg import Say
from fmbstats.pages.figure import Chart, RegisterPage
from fmbstats.pages.frame import Frame, parts_page
from fmbstats.pages.render import Head, Part, protected_rows, render
from fmbstats.release import store_for
from fmbstats.release.margins import MONTH, Behind
from fmbstats.results.evaluation import RevisionNumbers, Writer, revision_sentences
from fmbstats.settings import SETTINGS
from fmbstats.store import Store, lookups
from fmbstats.store.months import EPOCH_YEAR
from fmbstats.told import Telling, Told, tell
from fmbstats.words import phrase
from fmbstats.words.refused import Refused

if TYPE_CHECKING:
    from fmbstats.evaluate.events import Event

AnyPage = TypeVar("AnyPage", bound="EvaluationPage")


@dataclass(frozen=True, eq=False)
class EvaluationPage(RegisterPage):
    """What the pages of all evaluations share: a language, whose register, what they tell."""

    store: Store  #: Exact, or a release store.
    language: str  #: "sv" or "en".
    slug: str  #: Of the page.
    code: str  #: The line that gives the same again.
    found: Any  #: What was found; a `Refused` where it cannot be told.
    notebook: ClassVar[str]
    margins: ClassVar[tuple[str, ...]] = (MONTH,)
    #: Parts that are told though nothing was found.
    always: ClassVar[tuple[str, ...]] = ("answer", "about")

    @property
    def is_refused(self) -> bool:
        """Whether it cannot be told."""
        return isinstance(self.found, Refused)

    def part(self, key: str) -> Part:
        """Return one part; nothing of what rests on numbers where there are none."""
        if self.is_refused and key not in self.always:
            return Part(key, "card" if key == "card" else self.place, Markup(""))
        return super().part(key)

    @property
    def asked(self) -> dict[str, object]:
        """What its notebook is told of it."""
        return {}

    @property
    def entries(self) -> tuple[str, ...]:
        """Entries that its numbers are of, beside those that its rows name."""
        return ()

    @property
    def certificates(self) -> tuple[str, ...]:
        """Entries whose certificates it tells of; "" for all together."""
        return ()

    def behind(self, rows: Iterable[Mapping[str, str]]) -> Behind:
        """Return what its numbers follow from; `rows` are those that it told."""
        named = {
            row["stratum"] if row.get("by") == "placebo" else row.get("rec_id", "") for row in rows
        }
        entries = frozenset(named.union(self.entries) - {""})
        return Behind(self.margins, entries, frozenset(self.certificates))

    @cached_property
    def telling(self) -> Telling:
        """Gathers the rows that the page tells."""
        return Telling(slug=self.slug, entry_days=self.store.entry_day, **self.about_rows)

    @property
    def about_rows(self) -> dict[str, object]:
        """What is the same in all rows that the page tells."""
        return dict(self.store.about)

    def days(self, n: int) -> str:
        """Write a length."""
        return words.days(n, self.language)

    def short(self, day: date) -> str:
        """Write a date in short."""
        return words.date(day, self.language, "short")

    @property
    def command(self) -> str:
        """The line that gives the same again, as the page writes it."""
        return self.code

    @property
    def register(self) -> SimpleNamespace:
        """The settings of the store."""
        return self.store.settings

    @property
    def kind(self) -> str:
        """What the answer is of."""
        return "example" if self.is_synthetic else "real"

    def charted(
        self, key: str, chart: Chart, width: float, alt: Say, rows: Sequence[Told] = (),
        **values: Any,
    ) -> Markup:  # fmt: skip
        """Return a figure with its data; `rows` are those that no text of it names."""
        named = {k: self.say(f"evaluation.{key}.{k}", **values) for k in ("title", "subtitle")}
        level, extra = 2 if width == FULL else 3, list(map(tell, rows))
        return self.figure(self.drawn(key, chart, alt, width, level=level, extra=extra, **named))

    def first(
        self, name: str, changed: str, finding: str = "", lead: Sequence[str] = (),
        figure: str = "", *, names_lang: str = "",
    ) -> Part:  # fmt: skip
        """Return the first part: what it is about, the finding, what is said of it, a figure.

        `finding`: a phrase's key, or markup that tells numbers; where there is none, why.
        """
        if self.is_refused:
            finding = "evaluation.title.refused"
            lead = [self.say(f"refused.{self.found.key}", **self.found.values)]
        html = render(
            "evaluation.html",
            self.language,
            kind=self.kind,
            name=name,
            names_lang=names_lang or self.language,
            changed=changed,
            finding=finding if isinstance(finding, Markup) else self.say(finding),
            lead=lead,
            figure=figure,
        )
        return Part("answer", "answer", html)

    def side(self, title: str, rows: Sequence[tuple[str, str]], least: str = "") -> Part:
        """Return the card beside the answer; `least` is the smallest effect that would show."""
        html = render(
            "evaluation_card.html", self.language, title=self.say(title), rows=rows, least=least
        )
        return Part("card", "card", html)

    def assumed(
        self, assumptions: Sequence[tuple[str, str]], folds: Sequence[tuple[str, str]]
    ) -> Part:
        """Return the assumptions, whether each held, and parts that are folded."""
        rows = [
            [self.say(f"evaluation.{state}"), self.tried(name, state)]
            for name, state in assumptions
        ]
        title = self.plain("evaluation.assumptions")
        table = self.table(self.heads("evaluation.head", ("state", "what")), rows, label=title)
        html = render("evaluation_below.html", self.language, assumptions=table, folds=folds)
        return Part("below", self.place, html, [("assumptions", title)])

    def tried(self, name: str, state: str) -> str:
        """Return an assumption, and what breaks it."""
        raise NotImplementedError

    def event_table(self, events: Sequence[Event], rivals: Sequence[Event] | None = None) -> Markup:
        """Return events with their sources, and which may lie behind a change, where any may."""
        rows = [
            [self.short(e.day), e.names[self.language],
             *([] if rivals is None else
               [self.say("evaluation.rival.yes" if e in rivals else "evaluation.rival.no")]),
             e.source]
            for e in events
        ]  # fmt: skip
        keys = ("day", "event", *(["rival"] if rivals is not None else []), "source")
        label = self.plain("evaluation.events")
        return self.table(self.heads("evaluation.head", keys), rows, label=label)

    def about(self) -> Part:
        """Return how the numbers are protected, whose they are, and the line that repeats them."""
        rows = [
            *protected_rows(self, self.store.threshold),
            *self.about_more,
            self.register_line,
            (self.say("evaluation.code"), Markup("<code>{}</code>").format(self.command)),
        ]
        html = render("about.html", self.language, rows=rows)
        return Part("about", "below", html, [("about", self.plain("about.title"))])

    @property
    def about_more(self) -> list[tuple[Markup, Markup]]:
        """What else is said of how numbers are protected."""
        return []

    def whole(self) -> str:
        """Return the whole page, by itself."""
        found = [part for part in self.parts() if part.html]
        frame = Frame(title=self.title, has_search=False, is_internal=self.store.threshold is None)
        return parts_page(frame, found, self.language)

    @property
    def title(self) -> str:
        """In the browser's tab."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class RevisionPage(EvaluationPage):
    """A revision in a language."""

    name: str  #: Of the entry.
    day: date
    entry_id: str = ""
    #: As of `revision_of`: the limit held fixed, comparison entries, rival events allowed or not.
    options: Mapping[str, object] = field(default_factory=dict)
    notebook: ClassVar[str] = "evaluate_revision"

    @property
    def asked(self) -> dict[str, object]:
        """What its notebook is told of it."""
        return {"entry": self.entry_id, "day": str(self.day), **self.options}

    @property
    def about_rows(self) -> dict[str, object]:
        """What is the same in all rows: also the entry."""
        codes_ = ",".join(map(codes.dotted, lookups.entry_codes(self.store, self.entry_id)))
        return super().about_rows | {"rec_id": self.entry_id, "dx": codes_, "label": self.name}

    @property
    def title(self) -> str:
        """In the browser's tab."""
        return words.visible(self.name)

    @cached_property
    def numbers(self) -> RevisionNumbers:
        """The numbers with their rows."""
        return RevisionNumbers(self.found)

    # -- parts --------------------------------------------------------------------------------

    def answer(self) -> Part:
        """Return the finding, its reservations, and the course of the share month by month."""
        changed = self.say("evaluation.changed", date=words.date(self.day, self.language))
        about = words.visible(self.name), changed
        if self.is_refused:
            return self.first(*about, names_lang="sv")
        figure = self.charted(
            "series", self._series(), FULL, self._series_alt(), self._fitted(),
            limit=self.days(self.found.limit_days),
        )  # fmt: skip
        said = revision_sentences(self.found, Writer(self.language, is_marked=True))
        lead = said[: len(said) - len(self.found.assumptions)]
        title = f"evaluation.title.{self._kind}"
        return self.first(*about, title, lead, figure, names_lang="sv")

    @property
    def _kind(self) -> str:
        if not self.found.is_told:
            return "rival"
        estimate, lo, hi = self.found.points
        return "none" if lo <= 0 <= hi else "lower" if estimate < 0 else "higher"

    def card(self) -> Part:
        """Return the limits before and after, and the smallest effect that would have shown."""
        found = self.found
        rows = [
            (self.say("evaluation.before"), self._recommended("before", found.old_days)),
            (self.say("evaluation.after"), self._recommended("after", found.new_days)),
            (self.say("evaluation.fixed"), self.days(found.limit_days)),
        ]
        least = ""
        if found.is_told:
            least = self.say("evaluation.least", least=self.numbers.least)
        return self.side("evaluation.card", rows, least)

    def _recommended(self, side: str, days: int) -> str:
        if not days:
            return self.plain("evaluation.no_limit")
        told = Told("recommended_max_days", days, by="quarter", stratum=side, part="revision")
        return told.html(self.language, unit=True)

    def _limit(self, days: int) -> str:
        return self.days(days) if days else self.plain("evaluation.no_limit")

    def compared(self) -> Part:
        """Return the difference from others, quarter by quarter, and where nothing was revised."""
        if not self.found.is_told:
            return Part("compared", self.place, Markup(""))
        limit = self.days(self.found.limit_days)
        quarters = self.numbers.quarters()
        more: dict[str, Any] = {"n": self.numbers.n_controls.html(self.language), "limit": limit}
        events, placebos = self._events(quarters), self._placebos()
        alt = self.listed("evaluation.event.alt", quarters, map(self._quarter, quarters), "values")
        share = self.numbers.placebo_share
        text = self.plain("evaluation.placebo.alt", share=share.text(self.language))
        figures = [
            self.charted("event", events, HALF, alt, **more),
            self.charted(
                "placebo", placebos, HALF, Say(text, tell(share)), self.numbers.placebos(), **more
            ),
        ]
        return self.pair("compared", self.place, "evaluation.compared", figures)

    def below(self) -> Part:
        """Return the assumptions, and folded: events, and the numbers."""
        folds = [
            (self.say("evaluation.events"),
             self.event_table(self.found.events, self.found.rivals)),
            (self.say("evaluation.months"), self._month_table()),
        ]  # fmt: skip
        if self.found.is_told:
            folds.insert(1, (self.say("evaluation.quarters"), self._quarter_table()))
        return self.assumed(self.found.assumptions, folds)

    # -- figures ------------------------------------------------------------------------------

    def _series(self) -> TimeSeries:
        panel, series = self.found.panel, self.found.series
        at = EPOCH_YEAR + (panel.period + 0.5) / 12
        told = np.isfinite(panel.value[0])
        points = [
            Dated(
                float(t), 100 * one.estimate, said=self.shown(one),
                title=f"{one.stratum}: {one.text(self.language)}",
            )
            for t, one in zip(at[told], self.numbers.months(), strict=True)
        ]  # fmt: skip
        years = range(int(at[0]), int(at[-1]) + 1)
        return TimeSeries(
            points, "%", list(years), self.language, is_line=False,
            fits=[] if series.reason else self._fits(at[told], at[told] >= _year(self.day)),
            changes=self._changes(),
        )  # fmt: skip

    def _fitted(self) -> list[Told]:
        if self.found.series.reason:
            return []
        return [told for course in self.numbers.fitted().values() for told in course]

    def _fits(self, at: np.ndarray, is_after: np.ndarray) -> list[Fit]:
        """Before and after as fitted, and how the course would have gone on."""
        courses = self.numbers.fitted()
        expected = list(zip(at, courses["share_expected"], strict=True))
        after = [pair for pair, is_in in zip(expected, is_after, strict=True) if is_in]
        without = Fit(
            [(float(t), 100 * told.estimate) for t, told in after],
            [(float(t), 100 * told.lo, 100 * told.hi) for t, told in after],
            is_expected=True,
            name=self.plain("evaluation.expected"),
        )
        fitted = np.array([100 * told.estimate for told in courses["share_fitted"]])
        sides = [
            Fit(_line(at[rows], fitted[rows]), name=self.plain(f"evaluation.line.{name}"))
            for name, rows in (("before", ~is_after), ("after", is_after))
        ]
        return [without, *sides]

    def _changes(self) -> list[Limit]:
        """The revision and rival events, as dated lines from left to right."""
        found = self.found
        key = "same" if found.old_days == found.new_days else "moved"
        old, new = self._limit(found.old_days), self._limit(found.new_days)
        note = self.plain(f"evaluation.limits.{key}", old=old, new=new)
        lines = [Limit(_year(found.day), self.short(found.day), note)]
        lines += [
            Limit(_year(e.day), self.short(e.day), e.names[self.language], is_dashed=True)
            for e in found.rivals
        ]
        return sorted(lines, key=lambda line: line.day)

    def _series_alt(self) -> Say:
        panel, change = self.found.panel, _year(self.day)
        at = EPOCH_YEAR + (panel.period + 0.5) / 12
        known = np.isfinite(panel.value[0])
        means = [
            Told(
                "share_over_fixed_limit",
                float(np.average(panel.share[0][rows], weights=panel.n[0][rows])),
                by="quarter", stratum=side, part="revision", limit_days=self.found.limit_days,
            )
            for side, rows in (("before", known & (at < change)), ("after", known & (at > change)))
        ]  # fmt: skip
        before, after = (told.text(self.language) for told in means)
        text = self.plain("evaluation.series.alt", before=before, after=after)
        return Say(text, " ".join(map(tell, means)))

    def _events(self, quarters: Sequence[Told]) -> EventStudy:
        periods = [
            Period(
                int(told.day), 100 * told.estimate, 100 * told.lo, 100 * told.hi,
                Say(self._quarter(told), tell(told)),
            )
            for told in quarters
        ]  # fmt: skip
        return EventStudy(
            periods, self.plain("evaluation.unit"), self.plain("evaluation.event.axis"),
            self.language,
        )  # fmt: skip

    def _quarter(self, told: Told) -> str:
        return f"{told.day:+.0f}: {told.text(self.language)}"

    def _placebos(self) -> PlaceboDots:
        effect, placebos = self.numbers.effect, self.numbers.placebos()
        return PlaceboDots(
            [100 * told.estimate for told in placebos], 100 * effect.estimate,
            [self.short(self.day), self.shown(effect)],
            self.plain("evaluation.placebo.name"), self.plain("evaluation.unit"), self.language,
        )  # fmt: skip

    # -- tables -------------------------------------------------------------------------------

    def tried(self, name: str, state: str) -> str:
        """Return an assumption, and what breaks it."""
        said = self.plain(f"assumption.{name}") + "."
        if state != BROKEN:
            return said
        events = words.joined(
            [
                f"{e.names[self.language]} {words.date(e.day, self.language)}"
                for e in self.found.rivals
            ],
            self.language,
        )
        why = events if name == "rivals" else self.plain(f"broken.{name}", events=events)
        return f"{said} {why[:1].upper()}{why[1:]}."

    def _month_table(self) -> Markup:
        rows = [
            [told.stratum, told.of("n_spells", self.language), told]
            for told in self.numbers.months()
        ]
        heads = self.heads("evaluation.head", ("month", "share"), ("share",))
        heads.insert(1, Head(self.plain("column.n_spells"), True))
        return self.table(heads, rows, label=self.plain("evaluation.months"), is_long=True)

    def _quarter_table(self) -> Markup:
        rows = [
            [told.of("day", self.language), told, told.range(self.language)]
            for told in self.numbers.quarters()
        ]
        heads = self.heads("evaluation.head", ("quarter", "interval"), ("interval",))
        heads.insert(1, Head(self.plain("evaluation.unit"), True))
        return self.table(heads, rows, label=self.plain("evaluation.quarters"))

    makers = MappingProxyType(
        {
            "answer": answer, "card": card, "compared": compared, "below": below,
            "about": EvaluationPage.about,
        }
    )  # fmt: skip


def revision_of(
    store: Workbench,
    entry: str,
    day: date,
    *,
    language: str = words.DEFAULT_LANGUAGE,
    threshold: int | None = SETTINGS.threshold,
    limit_days: int = 0,
    controls: str = "",
    despite_rivals: bool = False,
) -> RevisionPage:
    """Evaluate a revision and return its page.

    Parameters
    ----------
    store : Workbench
        Exact, or a release store with this threshold.
    entry : str
        FMB entry id, slug, or ICD-10-SE code of one entry.
    day : date
        First day of the revision.
    language : {"sv", "en"}
    threshold : int or None
        Smallest number of spells that decides what is told; None for exact numbers.
    limit_days : int
        Limit held fixed; 0 for the one that was recommended.
    controls : str
        Comparison entries by commas; those of the same chapter without a revision when empty.
    despite_rivals : bool
        As of `evaluate_revision`.

    Raises
    ------
    Refused
        The name is of no entry, or of several. What else cannot be told is told by the page.
    """
    source = store_for(store, threshold)
    entry_id, title, entry_slug = entry_named(source, entry)
    named = entries_named(source, controls.split(","))
    listed = [other for other in named if other != entry_id] if controls else None
    found = or_refused(
        evaluate_revision, source, entry_id, title, day, limit_days=limit_days or None,
        controls=listed, despite_rivals=despite_rivals,
    )  # fmt: skip
    options = [f"--limit {limit_days}"] * bool(limit_days) + ["--controls FILE"] * bool(controls)
    options += ["--despite-rivals"] * despite_rivals + ["--internal"] * (threshold is None)
    said = " ".join([entry_slug, f"--date {day}", *options])
    code = phrase("evaluation.command.revision", language, options=said)
    slug = f"revision-{entry_slug}-{day}"
    asked = {"limit_days": limit_days, "controls": controls, "despite_rivals": despite_rivals}
    return RevisionPage(source, language, slug, code, found, title, day, entry_id, asked)


def opened(
    make: Callable[..., AnyPage],
    *about: object,
    store: str = "",
    release: bool = True,
    threshold: int = SETTINGS.threshold,
    language: str = words.DEFAULT_LANGUAGE,
    **asked: Any,
) -> AnyPage:
    """Open the store and return the page of an evaluation: what notebooks ask for.

    Parameters
    ----------
    make : callable
        Such as `revision_of`.
    *about
        What it takes beside the store.
    store : str
        Path of the store; the project's own by default.
    release : bool
        Protect small numbers, for publication; False for internal analysis.
    threshold : int
        Smallest number of spells that decides what is told when `release` is true.
    language : {"sv", "en"}
    **asked
        As of `make`.
    """
    source = open_store(Path(store) if store else None)
    language = words.checked_language(language)
    return make(source, *about, language=language, threshold=threshold if release else None,
                **asked)  # fmt: skip


def or_refused(evaluate: Callable[..., Any], *about: object, **asked: Any) -> Any:
    """Return what an evaluation finds, or why it cannot be told."""
    try:
        return evaluate(*about, **asked)
    except Refused as refusal:
        return refusal


def revision_page(entry: str, day: str, **asked: Any) -> RevisionPage:
    """Open the store and return the page on a revision; see `opened` and `revision_of`."""
    return opened(revision_of, entry, date.fromisoformat(day), **asked)


def _year(day: date) -> float:
    """Write a day as a year and its part."""
    return day.year + (day.timetuple().tm_yday - 1) / 365.25


def _line(at: np.ndarray, value: np.ndarray) -> list[tuple[float, float]]:
    return [(float(t), float(v)) for t, v in zip(at, value, strict=True)]
