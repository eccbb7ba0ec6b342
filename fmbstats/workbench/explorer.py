"""Widgets that follow a choice of diagnosis and strata: card, figure, table, and the code."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from fmbstats import figures, words
from fmbstats.adherence import LONGEST, SHORTEST
from fmbstats.errors import UserError
from fmbstats.figures.charts.dots import Dot, Dots
from fmbstats.figures.shown import figure_image, figure_of
from fmbstats.figures.svg import Drawing, Say, Scale
from fmbstats.media import in_html
from fmbstats.results.common import STRATA, column_of, in_notebook
from fmbstats.words import Absent, phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis.objects import Diagnosis, Workbench

MOST_CURVES = 6
ALL = "all"
WIDE = {"description_width": "initial"}


class Chooser(widgets.VBox):
    """Widgets that follow the choice of a diagnosis.

    `diagnosis` (Diagnosis or None): what is shown now, for going on in code; None when the name is
    unknown.
    """

    def _prepare(self, store: Workbench, diagnosis: str, language: str) -> None:
        """Set what the controls need; the box is made when they are."""
        self.store, self.language = store, words.checked_language(language)
        self.diagnosis: Diagnosis | None = None
        entries = store.entries
        #: What can be chosen: "name (codes)" -> entry id.
        self._names = {
            f"{words.visible(name)} ({listed})": key
            for key, name, listed in zip(
                entries.index, entries["name"], entries["codes"], strict=True
            )
        }
        self.name = widgets.Combobox(
            value=next((shown for shown, k in self._names.items() if k == diagnosis), diagnosis),
            options=list(self._names),
            description=self._say("explore.diagnosis"),
            placeholder=self._say("explore.diagnosis.hint"),
            continuous_update=False,
            layout=widgets.Layout(width="32em"),
            style=WIDE,
        )

    def _say(self, key: str, **values: Any) -> str:
        return phrase(key, self.language, **values)

    def _code(self, call: str) -> str:
        """Return the call that gives the same without widgets."""
        return f"<p>{escape(self._say('explore.code'))}: <code>{escape(call)}</code></p>"

    def _dropdown(self, key: str, options: dict, value: Any) -> widgets.Dropdown:
        return widgets.Dropdown(
            options=list(options.items()),
            value=value,
            description=self._say(key),
            layout=widgets.Layout(width="max-content"),
            style=WIDE,
        )

    def _strata(self) -> dict[str, str]:
        """What spells can be parted by: title -> name."""
        return {
            words.stratum_title(STRATA.get(key, key), self.language): key
            for key in self.store.strata
        }

    def _years(self) -> dict[str, Any]:
        return {self._say("explore.year.all"): ALL} | {str(y): int(y) for y in self.store.years}

    @property
    def chosen(self) -> Diagnosis:
        """The diagnosis, for what is shown only when there is one."""
        if self.diagnosis is None:
            raise LookupError("no diagnosis is chosen")
        return self.diagnosis


class Explorer(Chooser):
    """Choose a diagnosis and what to split by; everything below follows.

    `store`: Workbench. `diagnosis` (str): what to begin with: a code, an entry id or a slug. `by`
    (str): what to split by, one of ``store.strata``. `year` (int): start year; all years by
    default.
    """

    def __init__(
        self,
        store: Workbench,
        diagnosis: str = "",
        *,
        by: str | None = None,
        year: int | None = None,
        language: str = "",
    ):
        self._prepare(store, diagnosis, language)
        groups = {self._say("explore.by.none"): ALL} | self._strata()
        self.by = self._dropdown("explore.by", groups, by or ALL)
        self.year = self._dropdown("explore.year", self._years(), year or ALL)
        self.month_days = self._dropdown("explore.month_days", {"30": 30, "31": 31}, 30)
        entry = words.days(self.store.entry_day, self.language)
        kinds = {
            self._say("explore.entry.conditional", entry=entry): "conditional",
            self._say("explore.entry.delayed"): "delayed",
        }
        self.entry = self._dropdown("explore.entry", kinds, "conditional")
        self._card, self._figure, self._table = (widgets.HTML() for _ in range(3))
        controls = widgets.HBox(
            [self.name, self.by, self.year, self.month_days, self.entry],
            layout=widgets.Layout(flex_flow="row wrap"),
        )
        # Side by side where there is room, the figure below where there is not.
        above = widgets.HBox([self._card, self._figure], layout={"flex_flow": "row wrap"})
        self._card.layout.flex = "1 1 28em"
        super().__init__([controls, above, self._table])
        for control in controls.children:
            control.observe(lambda _change: self.refresh(), names="value")
        self.refresh()

    # -- what follows the choice -------------------------------------------------------------

    def refresh(self) -> None:
        """Show what the controls say."""
        name = self.name.value.strip()
        self.diagnosis = None
        if not name:
            self._show()
            return
        try:
            found = self.store.diagnosis(
                self._names.get(name, name),
                year=None if self.year.value == ALL else self.year.value,
                month_days=self.month_days.value,
            )
        except UserError as problem:
            self._show(card=f"<p>{in_html(problem)}</p>")
            return
        self.diagnosis = found.with_settings(entry=self.entry.value)
        self._show(self.diagnosis.card(self.language), self.figure_html(), self.table_html())

    def _show(self, card: str = "", figure: str = "", table: str = "") -> None:
        self._card.value, self._figure.value, self._table.value = card, figure, table

    @property
    def strata(self) -> str | None:
        """What is split by now."""
        return None if self.by.value == ALL else self.by.value

    def figure_html(self) -> str:
        """Return the curves; with many groups the shares over the limit instead."""
        if not len(self.chosen.ledger):
            return ""
        adherence = self.chosen.adherence(by=self.strata)
        if len(adherence.strata) > MOST_CURVES:
            return self._shares_html(adherence)
        result = self.chosen.curve(by=self.strata)
        return figure_image(result.plot(language=self.language).figure) if result.curves else ""

    def _shares_html(self, adherence: Any) -> str:
        rows = share_rows(adherence, self.language)
        shown = "; ".join(f"{row.name} {row.said.text}" for row in rows if row.ends)
        ax = figures.on_axes(
            Dots(rows, None, "", self._say("dots.head"), self.language),
            alt=self._say("dots.alt.one", shares=shown), title=self._say("axis.share_over_limit"),
            language=self.language, is_synthetic=bool(self.store.settings.is_synthetic),
        )  # fmt: skip
        note = self._say("explore.many", n=words.count(len(rows), self.language))
        return f"<p>{escape(note)}</p>{figure_image(figure_of(ax))}"

    def table_html(self) -> str:
        """Return the measures, and the call that gives them."""
        given = f'by="{self.strata}"' if self.strata else ""
        settings = [f'"{self.chosen.key}"']
        if self.chosen.year is not None:
            settings.append(f"year={self.chosen.year}")
        if self.chosen.month_days != 30:
            settings.append(f"month_days={self.chosen.month_days}")
        changed = '.with_settings(entry="delayed")' if self.chosen.entry == "delayed" else ""
        call = f"store.diagnosis({', '.join(settings)}){changed}.adherence({given})"
        table = self.chosen.adherence(by=self.strata).table(self.language)
        return in_notebook(table + self._code(call))


@dataclass(frozen=True)
class Between(Dot):
    """A group whose share lies between two, by the limits of its cases: a bar on the interval."""

    upper: float | None = None  #: In [0, 1]; `value` is the lower one.

    @property
    def ends(self) -> list[float]:
        """All that its mark must have room for, in [0, 1]."""
        return [*super().ends, *([self.upper] if self.upper is not None else [])]

    def draw_mark(self, drawing: Drawing, x: Scale, y: float) -> None:
        """Draw the bar; a dot where both are one."""
        if self.value is None or self.upper is None or self.upper <= self.value:
            super().draw_mark(drawing, x, y)
            return
        drawing.line(x(100 * min(self.ends)), y, x(100 * max(self.ends)), y, "iv")
        left, right = x(100 * self.value), x(100 * self.upper)
        drawing.rect(left, y - 4, right - left, 8, "bar")


def share_rows(adherence: Any, language: str = "") -> list[Between]:
    """Return shares over the limits by group, as rows of `Dots`."""
    column = column_of(adherence.by)
    rows = []
    for stratum in adherence.strata:
        name = words.visible(words.stratum(column, stratum, language), 100)
        count = Say(words.count(adherence.value("n_spells", stratum), language))
        metrics = [f"share_over_{end}" for end in (LONGEST, SHORTEST)]
        shares = {metric: adherence.value(metric, stratum) for metric in metrics}
        known = [metric for metric in metrics if not isinstance(shares[metric], Absent)]
        if not known:
            said = Say(shares[metrics[0]].text(language))
            rows.append(Between(name, count, None, None, None, said))
            continue
        # One that is not known leaves the other alone.
        ends = known[0], known[-1]
        low, high = (shares[metric] for metric in ends)
        limits = [adherence.interval(metric, stratum)[k] for k, metric in enumerate(ends)]
        one, two = (Absent.NOT_REACHED if end != end else 100 * end for end in limits)
        said = Say(words.interval(100 * low, 100 * high, "number", 0, language))
        interval = Say(words.interval(one, two, "number", 0, language))
        lo, hi = (None if end != end else end for end in limits)
        rows.append(Between(name, count, low, lo, hi, said, interval, upper=high))
    return rows


class WhatIfSlider(widgets.VBox):
    """Move the share of spells without an upper limit; the sentence below follows.

    `diagnosis`: Diagnosis.

    `slider` (ipywidgets.FloatSlider): in per cent. `said`: ipywidgets.HTML.
    """

    def __init__(self, diagnosis: Diagnosis, language: str = ""):
        self._found, self._language = diagnosis.what_if(), language
        self.slider = widgets.FloatSlider(
            value=0, min=0, max=100, step=1, description="%", readout_format=".0f"
        )
        label = widgets.Label(f"{diagnosis.title}: {phrase('what_if.slider', language)}")
        self.said = widgets.HTML()
        self.slider.observe(lambda _: self._say(), "value")
        self._say()
        even = widgets.HTML(escape(self._found.text(language)))
        super().__init__([label, self.slider, self.said, even])

    def _say(self) -> None:
        share = self.slider.value / 100
        self.said.value = escape(self._found.text(self._language, share))
