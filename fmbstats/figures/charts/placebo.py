"""Estimates by quarter from a change, and the same estimate on dates without any change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fmbstats.figures.charts.frame import (
    numbers_below,
    percent_ticks,
    rounded_range,
    tick_text,
    ticks,
)
from fmbstats.figures.fonts import text_width
from fmbstats.figures.svg import Chart, Drawing, Say, Scale

HIGH = 190
_NAME = 110  # width of the dots that the placebos' name stands on


@dataclass(frozen=True)
class PlaceboDots(Chart):
    """One dot per date without change, the real date red; never a p-value alone."""

    placebo: Sequence[float]  #: Estimates on dates without change, in the unit of the axis.
    real: float
    real_lines: Sequence[Say | str]  #: Date and estimate.
    placebo_name: str
    x_name: str
    language: str

    def onto(self, drawing: Drawing) -> None:
        """Draw the dots, stacked where they would lie on each other."""
        width, drawing.height = drawing.width, HIGH + 68
        left, right, bottom = 10.0, width - 10, HIGH + 30.0
        seen = [*self.placebo, self.real, 0.0]
        beyond = (max(seen) - min(seen)) / 20
        x = Scale(min(seen) - beyond, max(seen) + beyond, left, right)
        drawing.scaled(x)
        cell = 9.5 if drawing.is_wide else 8.5
        heights: dict[int, int] = {}
        drawing.line(x(0), 44, x(0), bottom, "g")
        for value in sorted(self.placebo):
            column = round((x(value) - left) / cell)
            heights[column] = heights.get(column, 0) + 1
        squeeze = min(cell, (HIGH - 20) / max([*heights.values(), 1]))
        for column, n in heights.items():
            for k in range(n):
                drawing.circle(left + column * cell, bottom - 6 - k * squeeze, 3.8, "fp")
        drawing.line(left, bottom, right, bottom, "ax")
        self._real(drawing, x, bottom)
        # On the dots that it names, at the end that the real date leaves free.
        is_right = x(self.real) < width / 2
        near = [
            n for c, n in heights.items()
            if (c * cell > right - left - _NAME if is_right else c * cell < _NAME)
        ]  # fmt: skip
        above = bottom - 18 - squeeze * max(near, default=0)
        place = (right, "end") if is_right else (left, "start")
        drawing.text(place[0], above, self.placebo_name, "h", place[1])
        numbers_below(drawing, x, ticks(x.low, x.high, 5), bottom, self.language)
        drawing.text(width, bottom + 36, self.x_name, "m", "end")

    def _real(self, drawing: Drawing, x: Scale, bottom: float) -> None:
        at = x(self.real)
        said = [Say.of(line) for line in self.real_lines]
        title = ", ".join(line.text for line in said)
        drawing.open(Say(title, " ".join(filter(None, (line.row for line in said)))))
        drawing.line(at, 70, at, bottom - 14, "li")
        drawing.circle(at, bottom - 6, 5.5, "re")
        end = "start" if at < drawing.width / 2 else "end"
        for k, line in enumerate(said):
            drawing.text(at, 44 + 17 * k, line, "l b h" if k == 0 else "l h", end)
        drawing.close()


@dataclass(frozen=True)
class Period:
    """The estimate of one period from the change, with its interval."""

    at: int
    value: float
    low: float
    high: float
    said: Say


@dataclass(frozen=True)
class EventStudy(Chart):
    """Estimates by period before and after a change, or a course with the one that was expected."""

    periods: Sequence[Period]  #: `at` is negative before the change.
    unit: str
    x_name: str
    language: str
    expected: Sequence[Period] = ()
    names: Sequence[str] = ()  #: Of the course, and of what was expected.

    def onto(self, drawing: Drawing) -> None:
        """Draw the estimates."""
        width, drawing.height = drawing.width, HIGH + 82
        left, right, top, bottom = 40.0, width - 8, 30.0, 30.0 + HIGH
        x = Scale(self.periods[0].at - 0.6, self.periods[-1].at + 0.6, left, right)
        seen = [v for p in (*self.periods, *self.expected) for v in (p.low, p.high)]
        # Where there are two courses, room for the name of the lower one.
        seen.append(min(seen) - (max(seen) - min(seen)) / 6 if self.expected else 0.0)
        steps = ticks(min(seen), max(seen), 6)
        step = steps[1] - steps[0] if len(steps) > 1 else 1
        low, high = rounded_range(min(seen), max(seen), step)
        y = Scale(low, high, bottom, top)
        drawing.scaled(x, y)
        drawing.text(0, 14, self.unit, "m")
        percent_ticks(drawing, y, ticks(low, high, 7), left, right, self.language, "")
        drawing.line(left, y(max(low, 0)), right, y(max(low, 0)), "ax")
        drawing.line(x(-0.5), 16, x(-0.5), bottom, "li")
        self._courses(drawing, x, y)
        for period in self.periods:
            at = x(period.at)
            drawing.open(period.said)
            if period.low < period.high:
                drawing.line(at, y(period.low), at, y(period.high), "iv")
            drawing.circle(at, y(period.value), 4.5, "do")
            drawing.close()
            if period.at % 4 == 0 or period is self.periods[-1]:
                sign = "+" if period.at > 0 else ""
                text = sign + tick_text(period.at, self.language)
                drawing.text(at, bottom + 18, text, "m t", "middle")
        drawing.text(width, bottom + 38, self.x_name, "m", "end")

    def _courses(self, drawing: Drawing, x: Scale, y: Scale) -> None:
        """Draw what was expected, hatched where it may lie; name both courses at their ends."""
        if not self.expected:
            return
        over = [(x(p.at), y(p.high)) for p in self.expected]
        under = [(x(p.at), y(p.low)) for p in self.expected]
        drawing.path([*over, *reversed(under)], "sh", closed=True)
        for periods, kind in ((self.periods, "cu"), (self.expected, "cd")):
            drawing.path([(x(p.at), y(p.value)) for p in periods], kind)
        is_over = self.periods[-1].value > self.expected[-1].value
        for name, style, is_above in zip(
            self.names, ("b h", "h"), (is_over, not is_over), strict=True
        ):
            # Clear of all that is drawn over, or under, the stretch that the name takes.
            begins = x.stop - text_width(name, drawing.size, 600)
            near = [p for p in (*self.periods, *self.expected) if x(p.at + 1) > begins]
            at = y(max(p.high for p in near)) - 10 if is_above else y(min(p.low for p in near)) + 20
            drawing.text(x.stop, at, name, style, "end")
