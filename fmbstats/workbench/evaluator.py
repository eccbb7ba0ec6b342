"""Widgets that compare two groups or periods: conclusion, curves, difference, table, the code."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from fmbstats import words
from fmbstats.errors import UserError
from fmbstats.figures.shown import figure_image
from fmbstats.media import in_html
from fmbstats.results.common import STRATA, column_of, in_notebook, in_order
from fmbstats.workbench.explorer import ALL, WIDE, Chooser

if TYPE_CHECKING:
    from fmbstats.diagnosis.objects import Workbench
    from fmbstats.results.comparison import Comparison

MOST_ROWS = 7


class Evaluator(Chooser):
    """Choose a diagnosis and two groups of one kind; everything below follows.

    `store`: Workbench. `diagnosis` (str): what to begin with: a code, an entry id or a slug. `by`
    (str): what the groups are, one of ``store.strata``; "year" for periods. `first`, `second` (str,
    int, or several of them): the groups to begin with; by default the first and the last there are.
    `year` (int): start year; all years by default. Not used between periods.

    `comparison` (Comparison or None): the result shown now, for going on in code; None when there
    is none.
    """

    def __init__(
        self,
        store: Workbench,
        diagnosis: str = "",
        *,
        by: str = "year",
        first: Any = None,
        second: Any = None,
        year: int | None = None,
        language: str = "",
    ):
        self._prepare(store, diagnosis, language)
        self.comparison: Comparison | None = None
        self._is_changing = False
        if by not in self.store.strata:  # a column
            by = next(key for key, known in STRATA.items() if known == column_of(by))
        self.by = self._dropdown("evaluate.by", self._strata(), by)
        self.year = self._dropdown("explore.year", self._years(), year or ALL)
        self.limits = widgets.Text(
            description=self._say("evaluate.limits"),
            placeholder=self._say("evaluate.limits.hint"),
            continuous_update=False,
            layout=widgets.Layout(width="20em"),
            style=WIDE,
        )
        self.first, self.second = (
            widgets.SelectMultiple(
                description=self._say(f"evaluate.{which}"),
                layout=widgets.Layout(width="26em"),
                style=WIDE,
            )
            for which in ("first", "second")
        )
        self._text, self._curves, self._difference, self._table = (widgets.HTML() for _ in range(4))
        side_by_side = widgets.HBox(
            [self._curves, self._difference], layout={"flex_flow": "row wrap"}
        )
        rows = [[self.name, self.by, self.year, self.limits], [self.first, self.second]]
        controls = [widgets.HBox(row, layout={"flex_flow": "row wrap"}) for row in rows]
        super().__init__([*controls, self._text, side_by_side, self._table])
        self._begin(first, second)
        for control in (self.name, self.by):
            control.observe(lambda _change: self._begin(), names="value")
        for control in (self.year, self.limits, self.first, self.second):
            control.observe(lambda _change: self.refresh(), names="value")

    @property
    def _column(self) -> str:
        return STRATA.get(self.by.value, self.by.value)

    # -- what follows the choice -------------------------------------------------------------

    def _begin(self, first: Any = None, second: Any = None) -> None:
        """Find the diagnosis, offer its groups, keep the marks that still mean something."""
        if self._is_changing:
            return
        self.diagnosis = self.comparison = None
        name = self.name.value.strip()
        problem = ""
        try:
            self.diagnosis = self.store.diagnosis(self._names.get(name, name)) if name else None
        except UserError as unknown:
            problem = str(unknown)
        if self.diagnosis is None:
            self._show(problem)
            return
        self._is_changing = True
        column = self._column
        self.year.disabled = column == "start_year"
        values = self.chosen.rows(self.chosen.named_by(self.by.value))[column]
        groups = in_order(values.dropna().astype(str).unique())
        options = [(words.stratum(column, group, self.language), group) for group in groups]
        ends = (groups[:1], groups[-1:]) if len(groups) > 1 else ((), ())
        for control, given, end in ((self.first, first, ends[0]), (self.second, second, ends[1])):
            wanted = _listed(given) if given is not None else control.value
            kept = tuple(group for group in wanted if group in groups)
            control.options = options
            control.rows = min(max(len(options), 2), MOST_ROWS)
            control.value = kept or tuple(end)
        self._is_changing = False
        self.refresh()

    def refresh(self) -> None:
        """Show what the controls say."""
        if self._is_changing or self.diagnosis is None:
            return
        self.comparison, problem = None, self._why_not()
        try:
            self.comparison = None if problem else self._compared()
        except (UserError, ValueError) as refused:
            problem = str(refused)
        if self.comparison is None:
            self._show(problem)
            return
        self._show("", *self._shown(self.comparison))

    def _why_not(self) -> str:
        """Say why the marked groups cannot be compared; empty when they can."""
        first, second = self.first.value, self.second.value
        if len(self.first.options) < 2:
            return self._say("evaluate.lone")
        if not first or not second:
            return self._say("evaluate.choose")
        column = self._column
        both = [words.stratum(column, g, self.language) for g in first if g in second]
        listed = words.joined(both, self.language)
        return self._say("evaluate.both", groups=listed) if both else ""

    def _compared(self) -> Comparison:
        self.diagnosis = self.chosen.with_settings(year=self._year)
        return self.diagnosis.compare(
            self.by.value, self.first.value, self.second.value, limit_days=self._limits or None
        )

    @property
    def _year(self) -> int | None:
        is_used = self.by.value != "year" and self.year.value != ALL
        return self.year.value if is_used else None

    @property
    def _limits(self) -> list[int]:
        """Limits of one's own; none for the recommended."""
        given = self.limits.value.strip()
        parts = [part.strip() for part in given.split(",")] if given else []
        if not all(part.isascii() and part.isdigit() and 0 < int(part) < 3650 for part in parts):
            raise ValueError(self._say("evaluate.limits.wrong", given=given))
        return sorted({int(part) for part in parts})

    def _show(self, problem: str = "", *shown: str) -> None:
        message = f"<p>{in_html(problem)}</p>" if problem else ""
        parts = shown or (message, "", "", "")
        widgets_shown = (self._text, self._curves, self._difference, self._table)
        for part, value in zip(widgets_shown, parts, strict=True):
            part.value = value

    # -- what is shown -----------------------------------------------------------------------

    def _shown(self, found: Comparison) -> tuple[str, ...]:
        """Return conclusion with differences, both curves, the difference by day, the measures."""
        first, second = found.labels_in(self.language)
        title = self._say("compare.title", first=first, second=second)
        when = f", {self._year}" if self._year else ""
        text = in_notebook(
            f'<p class="fmb-title"><strong>{in_html(self.chosen.title)}{when}: '
            f"{in_html(title)}</strong></p>"
            f"<p><strong>{escape(self._say('evaluate.conclusion'))}.</strong> "
            f"{in_html(found.conclusion(self.language))}</p>"
            f"<p>{in_html(found.text(self.language))}</p>"
        )
        is_drawn = all(curve.n_spells for curve in found.curves)
        curves = figure_image(found.plot(language=self.language).figure) if is_drawn else ""
        note = escape(self._say("internal.note"))
        table = found.table(self.language) + self._code(self.code)
        table = in_notebook(f"{table}<p><small>{note}</small></p>")
        return text, curves, found.difference_by_day().html(self.language), table

    @property
    def code(self) -> str:
        """The line that gives the same comparison without widgets."""
        settings = [f'"{self.chosen.key}"']
        if self._year is not None:
            settings.append(f"year={self._year}")
        mark = "" if self.by.value == "year" else '"'
        groups = [_written(control.value, mark) for control in (self.first, self.second)]
        limits = f", limit_days={self._limits}" if self._limits else ""
        by = f'"{self.by.value}", {", ".join(groups)}{limits}'
        return f"store.diagnosis({', '.join(settings)}).compare({by})"


def _listed(given: Any) -> tuple[str, ...]:
    several = isinstance(given, list | tuple | range)
    return tuple(str(group) for group in (given if several else [given]))


def _written(groups: tuple[str, ...], mark: str) -> str:
    """Groups as they stand in a call: one alone, several as a list; years without marks."""
    quoted = [f"{mark}{group}{mark}" for group in groups]
    return quoted[0] if len(quoted) == 1 else f"[{', '.join(quoted)}]"
