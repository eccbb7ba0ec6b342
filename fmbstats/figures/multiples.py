"""Small multiples: every curve on Axes of its own, the others behind it in grey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fmbstats import words
from fmbstats.figures import style
from fmbstats.figures.axes import entitle, head_room, on_axes
from fmbstats.figures.charts.days import stairs, thinned
from fmbstats.figures.charts.frame import Limit, percent_ticks
from fmbstats.figures.display import CurveLine, sentences
from fmbstats.figures.fonts import shortened
from fmbstats.figures.shown import SCREEN_DPI, ShownAxes, ShownFigure
from fmbstats.figures.svg import Chart, Drawing, Scale
from fmbstats.words import Absent

#: In pixels: a panel, and what stands round all of them.
_WIDE, _HIGH, _EDGE = 250, 200, 16
_TOP, _BOTTOM, _LEFT = 44, 24, 44


@dataclass(frozen=True, eq=False)
class Panel(Chart):
    """One of the small pictures: its name, its curve (None: too few spells), its own limits."""

    name: str
    line: CurveLine | None
    limits: Sequence[Limit] = ()
    others: Sequence[CurveLine] = ()
    #: The curves start on `entry_day` at 100 %; `until_day`: last day of the axis.
    entry_day: int = 0
    until_day: int = 730
    language: str = ""

    def onto(self, drawing: Drawing) -> None:
        """Draw it."""
        drawing.height = _HIGH
        x = Scale(0, self.until_day, _LEFT, drawing.width - 10)
        y = Scale(0, 100, _HIGH - _BOTTOM, _TOP)
        drawing.scaled(x, y)
        percent_ticks(drawing, y, [0, 50, 100], x.start, x.stop, self.language)
        for day in (0, 180, 365, 540, 730):
            if day <= self.until_day:
                drawing.text(x(day), y.start + 18, str(day), "m t", "middle")
        for other in self.others:
            self._curve(drawing, other, x, y, "f95")
        seen = [limit for limit in self.limits if 0 < limit.day <= self.until_day]
        for limit in seen:
            kind = "ld" if limit.is_dashed else "li"
            drawing.line(x(limit.day), y.stop, x(limit.day), y.start, kind)
        room = drawing.width - x.start
        drawing.text(x.start, 14, shortened(self.name, room, drawing.size, 600), "b")
        if seen:
            days = ", ".join(dict.fromkeys(str(int(limit.day)) for limit in seen))
            said = words.phrase("multiples.limits", self.language, days=days)
            drawing.text(x.start, 32, said, "l")
        if self.line is None:
            said = Absent.SMALL_N.text(self.language)
            drawing.text((x.start + x.stop) / 2, y(50), said, "m", "middle")
        else:
            self._curve(drawing, self.line, x, y, "cu")

    def _curve(self, drawing: Drawing, line: CurveLine, x: Scale, y: Scale, kind: str) -> None:
        steps = stairs(line.curve, self.entry_day, self.until_day)
        steps = thinned(steps, drawing.width, self.until_day)
        drawing.path([(x(day), y(100 * share)) for day, share in steps], kind)


def small_multiples(
    panels: Sequence[Panel], *, n_columns: int = 3, language: str = "", is_synthetic: bool = False
) -> Any:
    """Draw curves beside each other on equal axes; returns the figure, its axes the panels."""
    n_columns = max(1, min(n_columns, len(panels)))
    n_rows = -(-len(panels) // n_columns)
    title, width = words.phrase("axis.share_remaining", language), n_columns * _WIDE + 2 * _EDGE
    head = head_room(title, width, is_synthetic)
    height = head + n_rows * (_HIGH + _EDGE) + _EDGE
    tone = "syn" if is_synthetic else "real"
    figure = ShownFigure(figsize=(width / SCREEN_DPI, height / SCREEN_DPI),
                         facecolor=style.colours(tone)["--here"])  # fmt: skip
    for k, panel in enumerate(panels):
        row, column = divmod(k, n_columns)
        left = _EDGE + column * _WIDE + _LEFT
        bottom = height - head - row * (_HIGH + _EDGE) - _HIGH + _BOTTOM
        box = (left / width, bottom / height, (_WIDE - _LEFT - 10) / width,
               (_HIGH - _TOP - _BOTTOM) / height)  # fmt: skip
        ax = figure.add_axes(box, axes_class=ShownAxes)
        on_axes(panel, ax, width=_WIDE, tone=tone)
    entitle(figure.axes[0], title, is_synthetic, language)
    figure.set_label(_alt(panels, language, is_synthetic))
    return figure


def _alt(panels: Sequence[Panel], language: str, is_synthetic: bool) -> str:
    """Say of every panel how many are left on two days."""
    said = []
    for panel in panels:
        if panel.line is None:
            said.append(f"{words.visible(panel.name)} {Absent.SMALL_N.text(language)}")
            continue
        shares = [words.percent(panel.line.at(day), 0, language) for day in (90, 180)]
        said.append(
            words.phrase("alt.multiples.panel", language, label=words.visible(panel.name),
                         first=shares[0], second=shares[1])
        )  # fmt: skip
    text = words.phrase("alt.multiples", language, panels=words.joined(said, language))
    return sentences([text], is_synthetic, language)
