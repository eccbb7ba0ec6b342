"""How large a share would have to be without a limit for all to keep to the recommendation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fmbstats import words
from fmbstats.figures.charts.frame import numbers_below, percent_ticks, rounded_range, ticks
from fmbstats.figures.svg import Chart, Drawing, Say, Scale

HIGH = 190


@dataclass(frozen=True)
class BreakEven(Chart):
    """Least share over the limit against the share under the case without a limit."""

    #: `low`, `high`: bounds of the share past the limit, in [0, 1]; equal when it is known.
    low: float
    high: float
    #: Shares without limit, and the least share over that follows, in words.
    points: Sequence[tuple[float, Say]]
    at_end: Sequence[Say | str]  #: What is said where the line meets zero.
    x_name: str
    language: str

    def onto(self, drawing: Drawing) -> None:
        """Draw the chart."""
        width, drawing.height = drawing.width, HIGH + 60
        left, right, top, bottom = 48.0, width - 20, 14.0, 14.0 + HIGH
        most = rounded_range(0, 100 * self.high + 4, 10)[1]
        x, y = Scale(0, most, left, right), Scale(0, most, bottom, top)
        drawing.scaled(x, y)
        percent_ticks(drawing, y, ticks(0, most, 5), left, right, self.language)
        unit = words.percent_sign(self.language)
        numbers_below(drawing, x, ticks(0, most, 6), bottom, self.language, unit=unit)
        drawing.text(width, bottom + 38, self.x_name, "m", "end")
        low, high = 100 * self.low, 100 * self.high
        if high > low:
            area = [(0, high), (high, 0), (low, 0), (0, low)]
            drawing.path([(x(a), y(b)) for a, b in area], "rh", closed=True)
        drawing.path([(x(0), y(low)), (x(low), y(0))], "cu")
        for share, said in self.points:
            px, py = x(100 * share), y(max(low - 100 * share, 0))
            drawing.open(said)
            drawing.circle(px, py, 4.5, "do")
            drawing.text(px - 8, py + 16, said, "b h", "end")
            drawing.close()
        drawing.line(x(high), y(most * 0.55), x(high), bottom - 5, "ax")
        for k, line in enumerate(self.at_end):
            at = y(most * 0.55) - 6 - 17 * (len(self.at_end) - 1 - k)
            drawing.text(x(high) + 2, at, line, "h", "end")
        drawing.circle(x(high), bottom, 5, "ri")
