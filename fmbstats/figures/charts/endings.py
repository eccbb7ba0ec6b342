"""Spells that end each day around a limit, against what is expected without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fmbstats.figures.charts.frame import numbers_below, percent_ticks, rounded_range, ticks
from fmbstats.figures.svg import Chart, Drawing, Say, Scale

HIGH = 170
#: Days that are shown on each side of the limit.
AROUND = 45


@dataclass(frozen=True)
class Endings(Chart):
    """Bars of ended spells by day and a line of what is expected."""

    days: Sequence[int]
    ended: Sequence[float]
    expected: Sequence[float]
    limit: int
    #: `limit_name`, `at_limit`, `expected_name`, `x_name`: what stands at the limit's line, beside
    #: its bar, at the line, and below the axis.
    limit_name: Say
    at_limit: Say
    expected_name: str
    x_name: str
    language: str

    def onto(self, drawing: Drawing) -> None:
        """Draw the chart."""
        width, drawing.height = drawing.width, HIGH + 74
        left, right, top, bottom = 42.0, width - 8, 30.0, 30.0 + HIGH
        x = Scale(self.days[0] - 0.5, self.days[-1] + 0.5, left, right)
        most = max(*self.ended, *self.expected, 1.0)
        step = ticks(0, most, 4)[1]
        highest = rounded_range(0, most, step)[1]
        y = Scale(0, highest, bottom, top)
        drawing.scaled(x, y)
        percent_ticks(drawing, y, ticks(0, highest, 5), left, right, self.language, "")
        wide = 0.8 * (right - left) / len(self.days)
        bars = [(x(d) - wide / 2, y(n), d) for d, n in zip(self.days, self.ended, strict=True)]
        drawing.columns([b[:2] for b in bars if b[2] != self.limit], wide, bottom, "pb")
        drawing.columns([b[:2] for b in bars if b[2] == self.limit], wide, bottom, "bar")
        drawing.path([(x(d), y(v)) for d, v in zip(self.days, self.expected, strict=True)], "ce2")
        at = x(self.limit)
        drawing.line(at, 16, at, bottom, "li")
        drawing.text(at + 6, 14, self.limit_name, "l b")
        drawing.text(at + 8, top + 14, self.at_limit, "b h")
        place = next(iter(range(len(self.days) // 10, len(self.days))))
        drawing.text(x(self.days[place]), y(self.expected[place]) - 26, self.expected_name, "h")
        days = ticks(self.days[0], self.days[-1], 5)
        numbers_below(drawing, x, days, bottom, self.language)
        drawing.text(width, bottom + 38, self.x_name, "m", "end")
