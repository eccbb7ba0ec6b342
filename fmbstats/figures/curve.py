"""The survival curve: share still on sick leave, limits, confidence band, number at risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fmbstats import words
from fmbstats.figures.axes import on_axes
from fmbstats.figures.charts.days import DayCurve, Point, confidence, stairs, thinned
from fmbstats.figures.charts.frame import LINE, Limit
from fmbstats.figures.display import TICKS, CurveLine, sentences, written
from fmbstats.figures.fonts import shortened
from fmbstats.figures.svg import Drawing, Say, Scale

_ALT_DAYS = (30, 90, 180, 365)
_WIDEST_NAME = 170  # of a row of numbers at risk, in pixels


@dataclass(frozen=True, eq=False)
class Curves(DayCurve):
    """One curve or several, each with its number at risk below the days."""

    lines: Sequence[CurveLine] = ()

    def left(self, drawing: Drawing) -> float:
        """Leave room for the names of several rows of numbers."""
        names = [drawing.wide(line.label) + 34 for line in self._named]
        return max([50.0, *(min(wide, _WIDEST_NAME) for wide in names)])

    @property
    def _named(self) -> Sequence[CurveLine]:
        return self.lines if len(self.lines) > 1 else ()

    def _shape(self, drawing: Drawing, x: Scale, y: Scale) -> None:
        for line in self.lines:
            if len(self.lines) <= 2:
                band = confidence(line.curve, self.until)
                over = [(x(day), y(100 * hi)) for day, _, hi in band]
                under = [(x(day), y(100 * lo)) for day, lo, _ in band]
                drawing.path([*over, *reversed(under)], f"ci {line.role}", closed=True)
            steps = stairs(line.curve, self.entry_day, self.until)
            steps = thinned(steps, drawing.width, self.until)
            drawing.path([(x(d), y(100 * share)) for d, share in steps], f"cu {line.role}")

    def _notes(self, drawing: Drawing, x: Scale, y: Scale) -> None:
        """Name several curves at the right; write who is at risk below, by day."""
        for k, line in enumerate(self._named):
            foot, left = y.stop + LINE * (k + 1), x.stop - drawing.wide(line.label, "b") - 8
            drawing.line(left - 22, foot - 4, left, foot - 4, f"cu {line.role}")
            drawing.text(x.stop, foot, line.label, "b h", "end")
        foot = drawing.height + 8
        drawing.text(0, foot, words.phrase("axis.at_risk", self.language), "m")
        for line in self.lines:
            foot += LINE
            if self._named:
                name = shortened(line.label, x.start - 30, drawing.size)
                drawing.text(0, foot, name)
            for day in TICKS:
                if day <= self.until:
                    shown = words.count(int(line.curve.at_risk_at(day + 1)), self.language)
                    drawing.text(x(day), foot, shown, "tn", "middle")
        drawing.height = foot + 8

    def alt(self, is_synthetic: bool) -> str:
        """Say in sentences what is shown."""
        first, last, language = self.entry_day, self.until, self.language
        parts = [words.phrase("alt.survival", language, first=first, last=last)]
        seen = [int(x.day) for x in self.limits if first < x.day <= last]
        for line in self.lines:
            days = [d for d in _ALT_DAYS if first < d <= last]
            parts += _alt_line("alt.survival.line", line, days, language)
            parts += _alt_line("alt.survival.limits", line, seen, language)
        unseen = [words.days(int(x.day), language) for x in self.limits if x.day not in seen]
        if unseen:
            text = words.joined(unseen, language)
            parts.append(words.phrase("alt.survival.limit_unseen", language, limits=text))
        return sentences(parts, is_synthetic, language)


def survival_curve(
    curves: CurveLine | Sequence[CurveLine],
    ax: Any = None,
    *,
    limits: Sequence[Limit] = (),
    entry_day: int = 0,
    until_day: int | None = None,
    language: str = "",
    is_synthetic: bool = False,
) -> Any:
    """Draw one or several survival curves with their limits; returns the Axes.

    `ax`: a figure of its own by default. `limits`: those past the end of the axis are left out.
    `entry_day`: the curve starts here at 100 %; the days before are shaded as not seen.
    `until_day`: last day of the axis; the last step when not given.
    """
    lines = [curves] if isinstance(curves, CurveLine) else list(curves)
    steps = (int(line.curve.day[-1]) for line in lines if len(line.curve.day))
    last = until_day or max(steps, default=365)
    chart = Curves(
        last, entry_day, _at_limits(lines, limits, entry_day, language),
        sorted(limits, key=lambda limit: limit.day),
        words.phrase("axis.days_since_start", language), language, lines=lines,
    )  # fmt: skip
    title = words.phrase("axis.share_remaining", language)
    return on_axes(chart, ax, alt=chart.alt(is_synthetic), title=title, language=language,
                   is_synthetic=is_synthetic)  # fmt: skip


def _at_limits(
    lines: Sequence[CurveLine], limits: Sequence[Limit], entry_day: int, language: str
) -> list[Point]:
    """Tell the share at each limit, where there is one curve."""
    days = [limit.day for limit in limits if limit.day > entry_day] if len(lines) == 1 else []
    shares = [(day, lines[0].at(day)) for day in days]
    return [
        Point(day, share, Say(written(share, True, language)))
        for day, share in shares
        if share == share
    ]


def _alt_line(key: str, line: CurveLine, days: Sequence[int], language: str) -> list[str]:
    """One sentence with the shares of a line on some days; none when none is known."""
    points = [
        words.phrase("alt.survival.point", language, share=written(line.at(day), True, language),
                     day=day)
        for day in days
        if line.at(day) == line.at(day)
    ]  # fmt: skip
    if not points:
        return []
    shares = words.joined(points, language)
    return [words.phrase(key, language, label=words.visible(line.label), points=shares)]
