"""The page on a revised recommendation: before and after, against others, and what may be said.

Its numbers are exact and stay in the house: the page says so in its first line.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from markupsafe import Markup

from fmbstats import words
from fmbstats.evaluate.revision import BROKEN, Revision
from fmbstats.pages.charts.frame import FULL, HALF, Limit
from fmbstats.pages.charts.placebo import EventStudy, Period, PlaceboDots
from fmbstats.pages.charts.years import Dated, Fit, TimeSeries
from fmbstats.pages.figure import Chart, Figure
from fmbstats.pages.frame import Frame, parts_page
from fmbstats.pages.render import Head, Part, Table, render
from fmbstats.pages.svg import Say
from fmbstats.results.evaluation import revision_sentences
from fmbstats.stats.intervals import z_value
from fmbstats.store.months import EPOCH_YEAR, month_start
from fmbstats.told import sentence
from fmbstats.words import phrase

#: Months of a point of the comparison with others; one tells too little on its own.
STEP = 3
MOST_PERIODS = 8


def revision_page(
    found: Revision, *, language: str, is_synthetic: bool, register_name: str, code: str
) -> str:
    """Return the page.

    Parameters
    ----------
    found : Revision
    language : {"sv", "en"}
    is_synthetic : bool
    register_name : str
        Where the spells come from.
    code : str
        The line that gives the same again.
    """
    page = _Page(found, language, is_synthetic, register_name)
    parts = [page.answer(), page.card(), page.compared(), page.below(code)]
    frame = Frame(title=found.title, has_search=False, is_internal=True)
    return parts_page(frame, [part for part in parts if part.html], language)


class _Page:
    """A revision in a language."""

    def __init__(self, found: Revision, language: str, is_synthetic: bool, register_name: str):
        self.found, self.language = found, language
        self.tone = "syn" if is_synthetic else "real"
        # All of a page of example data stands in its field; see `parts_page`.
        self.place = "example" if is_synthetic else "real"
        self.source = (
            self.say("source.example")
            if is_synthetic
            else self.say("source.register", name=register_name)
        )

    def say(self, key: str, **values: Any) -> Markup:
        return sentence(key, self.language, **values)

    def plain(self, key: str, **values: Any) -> str:
        return phrase(key, self.language, **values)

    def days(self, n: int) -> str:
        return words.days(n, self.language)

    # -- parts --------------------------------------------------------------------------------

    def answer(self) -> Part:
        """Return the finding, its reservations, and the course of the share month by month."""
        lead = revision_sentences(self.found, self.language)
        n_states = len(self.found.assumptions)
        html = render(
            "evaluation.html",
            self.language,
            kind="example" if self.tone == "syn" else "real",
            name=words.visible(self.found.title),
            changed=self.say("evaluation.changed", date=words.date(self.found.day, self.language)),
            finding=self.say(f"evaluation.title.{self._kind}"),
            lead=lead[:-n_states],
            figure=self._figure("series", self._series(), FULL, self._series_alt()),
        )
        return Part("answer", "answer", html)

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
            (self.say("evaluation.before"), self._limit(found.old_days)),
            (self.say("evaluation.after"), self._limit(found.new_days)),
            (self.say("evaluation.fixed"), self.days(found.limit_days)),
        ]
        least = ""
        if found.is_told:
            points = words.points(found.smallest_detectable, 1, self.language)
            least = self.say("evaluation.least", least=points)
        html = render("evaluation_card.html", self.language, rows=rows, least=least)
        return Part("card", "card", html)

    def _limit(self, days: int) -> str:
        return self.days(days) if days else self.plain("evaluation.no_limit")

    def compared(self) -> Part:
        """Return the difference from others, quarter by quarter, and where nothing was revised."""
        if not self.found.is_told:
            return Part("compared", self.place, Markup(""))
        n = words.count(self.found.against.n_controls, self.language)
        quarters = self.quarters()
        figures = [
            self._figure("event", self._events(quarters), HALF, self._events_alt(quarters), n=n),
            self._figure("placebo", self._placebos(), HALF, self._placebos_alt(), n=n),
        ]
        html = render("pair.html", self.language, id="compared", figures=figures)
        contents = [("compared", self.plain("evaluation.compared"))]
        return Part("compared", self.place, html, contents)

    def below(self, code: str) -> Part:
        """Return the assumptions, and folded: events, numbers, and the code that repeats it."""
        folds = [
            (self.say("evaluation.events"), self._event_table()),
            (self.say("evaluation.months"), self._month_table()),
            (self.say("evaluation.code"), Markup("<pre><code>{}</code></pre>").format(code)),
        ]
        if self.found.is_told:
            folds.insert(1, (self.say("evaluation.quarters"), self._quarter_table()))
        html = render(
            "evaluation_below.html",
            self.language,
            assumptions=self._assumption_table(),
            folds=folds,
        )
        contents = [("assumptions", self.plain("evaluation.assumptions"))]
        return Part("below", self.place, html, contents)

    # -- figures ------------------------------------------------------------------------------

    def _figure(self, key: str, chart: Chart, width: float, alt: str, **values: str) -> Markup:
        day = self.days(self.found.limit_days)
        figure = Figure(
            key=key,
            title=self.say(f"evaluation.{key}.title", **values),
            subtitle=self.say(f"evaluation.{key}.subtitle", limit=day, **values),
            source=self.source,
            chart=chart,
            alt=alt,
            tone=self.tone,
            width=width,
            level=2 if width == FULL else 3,
        )
        return figure.html(self.language, ())

    def _series(self) -> TimeSeries:
        panel, series = self.found.panel, self.found.series
        at = EPOCH_YEAR + (panel.period + 0.5) / 12
        told = np.isfinite(panel.value[0])
        points = [
            Dated(float(t), float(100 * s))
            for t, s in zip(at[told], panel.share[0][told], strict=True)
        ]
        years = range(int(at[0]), int(at[-1]) + 1)
        return TimeSeries(
            points, "%", list(years), self.language, is_line=False,
            fits=[] if series.reason else self._fits(at[told], at[told] >= _year(self.found.day)),
            changes=self._changes(),
        )  # fmt: skip

    def _fits(self, at: np.ndarray, is_after: np.ndarray) -> list[Fit]:
        """Before and after as fitted, and how the course would have gone on."""
        series, z = self.found.series, z_value(0.95)
        fitted, without = _share(series.fitted), _share(series.without)
        band = [_share(series.without + side * z * series.without_se) for side in (1, -1)]
        expected = Fit(
            _line(at[is_after], without[is_after]),
            [
                (float(t), float(lo), float(hi))
                for t, lo, hi in zip(at[is_after], *(b[is_after] for b in band), strict=True)
            ],
            is_expected=True,
            name=self.plain("evaluation.expected"),
        )
        sides = [
            Fit(_line(at[rows], fitted[rows]), name=self.plain(f"evaluation.line.{name}"))
            for name, rows in (("before", ~is_after), ("after", is_after))
        ]
        return [expected, *sides]

    def _changes(self) -> list[Limit]:
        """The revision and rival events, as dated lines from left to right."""
        found = self.found
        key = "same" if found.old_days == found.new_days else "moved"
        old, new = self._limit(found.old_days), self._limit(found.new_days)
        note = self.plain(f"evaluation.limits.{key}", old=old, new=new)
        lines = [Limit(_year(found.day), self._short(found.day), note)]
        lines += [
            Limit(_year(e.day), self._short(e.day), e.names[self.language], is_dashed=True)
            for e in found.rivals
        ]
        return sorted(lines, key=lambda line: line.day)

    def _short(self, day: date) -> str:
        return words.date(day, self.language, "short")

    def _series_alt(self) -> str:
        panel, change = self.found.panel, _year(self.found.day)
        at = EPOCH_YEAR + (panel.period + 0.5) / 12
        told = np.isfinite(panel.value[0])
        means = [
            np.average(panel.share[0][rows], weights=panel.n[0][rows])
            for rows in (told & (at < change), told & (at > change))
        ]
        before, after = (words.percent(float(m), 1, self.language) for m in means)
        return self.plain("evaluation.series.alt", before=before, after=after)

    def quarters(self) -> list[tuple[int, float, float, float]]:
        """Difference from others by quarter from the revision, in percentage points."""
        leads, scale = self.found.leads, 100 * self.found.share_per_unit
        rows = []
        for quarter in range(-MOST_PERIODS, MOST_PERIODS):
            # The month of the revision is mixed and left out: what follows begins the month after.
            first = quarter * STEP + (quarter >= 0)
            own = leads[(leads[:, 0] >= first) & (leads[:, 0] < first + STEP)]
            if len(own):
                weight = 1 / own[:, 2] ** 2
                value = scale * float(weight @ own[:, 1] / weight.sum())
                half = abs(scale) * z_value(0.95) / float(np.sqrt(weight.sum()))
                rows.append((quarter, value, value - half, value + half))
        return rows

    def _events(self, quarters: Sequence[tuple[int, float, float, float]]) -> EventStudy:
        periods = [
            Period(k, value, lo, hi, Say(f"{k:+d}: {self._number(value)}"))
            for k, value, lo, hi in quarters
        ]
        return EventStudy(
            periods, self.plain("evaluation.unit"), self.plain("evaluation.event.axis"),
            self.language,
        )  # fmt: skip

    def _events_alt(self, quarters: Sequence[tuple[int, float, float, float]]) -> str:
        said = "; ".join(f"{k:+d}: {self._number(value)}" for k, value, _, _ in quarters)
        return self.plain("evaluation.event.alt", values=said)

    def _placebos(self) -> PlaceboDots:
        scale = 100 * self.found.share_per_unit
        real = 100 * self.found.points[0]
        return PlaceboDots(
            [float(v) for v in scale * self.found.placebos], real,
            [self._short(self.found.day), self._number(real)],
            self.plain("evaluation.placebo.name"), self.plain("evaluation.unit"), self.language,
        )  # fmt: skip

    def _placebos_alt(self) -> str:
        share = words.percent(self.found.against.placebo_p, 0, self.language)
        return self.plain("evaluation.placebo.alt", share=share)

    def _number(self, value: float) -> str:
        return words.number(value, 1, self.language)

    # -- tables -------------------------------------------------------------------------------

    def _assumption_table(self) -> Markup:
        rows = [
            [self.say(f"evaluation.{state}"), self._tried(name, state)]
            for name, state in self.found.assumptions
        ]
        heads = [Head(self.plain(f"evaluation.head.{key}")) for key in ("state", "what")]
        return Table(heads, rows, label=self.plain("evaluation.assumptions")).html(self.language)

    def _tried(self, name: str, state: str) -> str:
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

    def _event_table(self) -> Markup:
        rows = [
            [self._short(e.day), e.names[self.language],
             self.say("evaluation.rival.yes" if e in self.found.rivals else "evaluation.rival.no"),
             e.source]
            for e in self.found.events
        ]  # fmt: skip
        heads = [Head(self.plain(f"evaluation.head.{k}")) for k in ("day", "event", "rival",
                                                                    "source")]  # fmt: skip
        return Table(heads, rows, label=self.plain("evaluation.events")).html(self.language)

    def _month_table(self) -> Markup:
        panel = self.found.panel
        rows = [
            [f"{month_start(int(m)):%Y-%m}", words.count(float(n), self.language),
             words.percent(float(s), 1, self.language)]
            for m, n, s, v in zip(panel.period, panel.n[0], panel.share[0], panel.value[0],
                                  strict=True)
            if np.isfinite(v)
        ]  # fmt: skip
        heads = [Head(self.plain("evaluation.head.month")),
                 Head(self.plain("column.n_spells"), True),
                 Head(self.plain("evaluation.head.share"), True)]  # fmt: skip
        label = self.plain("evaluation.months")
        return Table(heads, rows, label=label, is_long=True).html(self.language)

    def _quarter_table(self) -> Markup:
        rows = [
            [f"{k:+d}", self._number(value), words.interval(lo, hi, "number", 1, self.language)]
            for k, value, lo, hi in self.quarters()
        ]
        heads = [Head(self.plain("evaluation.head.quarter")),
                 Head(self.plain("evaluation.unit"), True),
                 Head(self.plain("evaluation.head.interval"), True)]  # fmt: skip
        return Table(heads, rows, label=self.plain("evaluation.quarters")).html(self.language)


def _year(day: date) -> float:
    """Write a day as a year and its part."""
    return day.year + (day.timetuple().tm_yday - 1) / 365.25


def _share(value: Any) -> np.ndarray:
    """Shares, in per cent, of log(-log S)."""
    return 100 * np.exp(-np.exp(np.asarray(value, float)))


def _line(at: np.ndarray, value: np.ndarray) -> list[tuple[float, float]]:
    return [(float(t), float(v)) for t, v in zip(at, value, strict=True)]
