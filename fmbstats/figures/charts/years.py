"""Two years side by side, a share over years or months, before and after a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from fmbstats import words
from fmbstats.figures.charts.frame import (
    Limit,
    label_top,
    numbers_below,
    percent_ticks,
    placed,
    rounded_range,
    ticks,
    tier_height,
    write_limit,
)
from fmbstats.figures.fonts import shortened
from fmbstats.figures.svg import NOTHING, Chart, Drawing, Say, Scale

ROW, NARROW_ROW, HIGH = 17.5, 15, 200
LEAST_SPAN = 15.0


@dataclass(frozen=True)
class Pair:
    """One diagnosis in two years; shares in [0, 1]."""

    name: str
    code: str
    old: float
    new: float
    old_said: Say
    new_said: Say
    is_named: bool = False


@dataclass(frozen=True)
class Dumbbell(Chart):
    """Two years: a ring for the old, a dot for the new; ordered by the new."""

    rows: Sequence[Pair]
    old_year: str
    new_year: str
    language: str

    def onto(self, drawing: Drawing) -> None:
        """Draw the chart."""
        width = drawing.width
        left = 236.0 if drawing.is_wide else 160.0
        high = rounded_range(0, 100 * max(max(p.old, p.new) for p in self.rows), 20)[1]
        x = Scale(0, high, left, width - 40)
        drawing.scaled(x)
        # On a phone the whole chart stands on the first screen, with the finding above it.
        row = ROW if drawing.is_wide else NARROW_ROW
        bottom = 12 + row * len(self.rows)
        values = ticks(0, high, 4)
        unit = words.percent_sign(self.language)
        numbers_below(drawing, x, values, bottom, self.language, unit=unit, top=4)
        for k, pair in enumerate(self.rows):
            self._row(drawing, pair, x, 16 + row * k, left, k)
        drawing.height = bottom + 21

    def _row(self, drawing: Drawing, pair: Pair, x: Scale, y: float, left: float, k: int) -> None:
        title = (
            f"{pair.name}: {self.new_year} {pair.new_said.text}, "
            f"{self.old_year} {pair.old_said.text}"
        )
        drawing.open(Say(title, f"{pair.new_said.row} {pair.old_said.row}".strip()))
        bold = "b" if pair.is_named else ""
        room = left - (58 if drawing.is_wide else 12)
        name = shortened(pair.name, room, drawing.size, 600 if bold else 400)
        drawing.text(0, y + 4, name, bold, lang="sv")
        if drawing.is_wide:
            drawing.text(left - 16, y + 4, pair.code, "m", "end")
        new, old = x(100 * pair.new), x(100 * pair.old)
        drawing.line(new, y, old, y, "du")
        drawing.circle(new, y, 4.5, "do")
        drawing.circle(old, y, 4.2, "ri")
        drawing.close()
        if pair.is_named or k == 0:
            told = (
                (new, self.new_year, pair.new_said, "b h"),
                (old, self.old_year, pair.old_said, "m h"),
            )
            ends = [
                (at, Say(f"{year} {said.text}" if k == 0 else said.text, said.row), kind)
                for at, year, said, kind in told
            ]
            (lower, first, first_kind), (upper, last, last_kind) = sorted(ends, key=itemgetter(0))
            if lower - 9 - drawing.wide(first.text, "b") > left - 4:
                drawing.text(lower - 9, y + 4, first, first_kind, "end")
            if upper + 9 + drawing.wide(last.text, "b") < drawing.width + 1:
                drawing.text(upper + 9, y + 4, last, last_kind)


@dataclass(frozen=True)
class Dated:
    """A value at a time; in the unit of the axis."""

    at: float
    value: float
    low: float | None = None
    high: float | None = None
    said: Say = NOTHING
    title: str = ""
    is_named: bool = False


@dataclass(frozen=True)
class Fit:
    """A fitted stretch: (time, value) at both ends or more, and its interval when it has one."""

    line: Sequence[tuple[float, float]]
    interval: Sequence[tuple[float, float, float]] = ()
    is_expected: bool = False
    name: str = ""


@dataclass(frozen=True)
class TimeSeries(Chart):
    """A share over time: years as a line with its band, or months with fits before and after."""

    points: Sequence[Dated]
    unit: str  #: Written once, at the highest tick.
    years: Sequence[int]  #: Named on the axis, in the middle of each year when there are months.
    language: str
    is_line: bool = True  #: Join the points; False for months, which are dots beside their fits.
    fits: Sequence[Fit] = ()
    changes: Sequence[Limit] = ()  #: Dated lines.

    def onto(self, drawing: Drawing) -> None:
        """Draw the chart."""
        width = drawing.width
        left, right = 46.0, width - 8
        inset = 24 if self.is_line else 0
        ends = (self.years[0], self.years[-1] + (0 if self.is_line else 1))
        ends = ends if ends[1] > ends[0] else (ends[0], ends[0] + 1)
        x = Scale(*ends, left + inset, right - inset - (12 if self.is_line else 0))
        labels = [(x(c.day), Say.of(c.name).text, c.note) for c in self.changes]
        places = placed(labels, width, drawing.size, left=left)
        top = tier_height(places) + 10
        bottom = top + (HIGH if drawing.is_wide else HIGH - 20) + (40 if width > 600 else 0)
        low, high = self._range()
        y = Scale(low, high, bottom, top)
        drawing.scaled(x, y)
        percent_ticks(drawing, y, ticks(low, high, 5), left, right, self.language, self.unit)
        self._year_names(drawing, x, bottom)
        self._bands(drawing, x, y)
        for change, place in zip(self.changes, places, strict=True):
            up = label_top(place, places)
            drawing.line(x(change.day), up, x(change.day), bottom, "li")
            write_limit(drawing, place, up, change.name)
        self._points(drawing, x, y)
        self._fit_names(drawing, x, y)
        drawing.height = bottom + 21

    def _range(self) -> tuple[float, float]:
        seen = [v for p in self.points for v in (p.value, p.low, p.high) if v is not None]
        seen += [v for fit in self.fits for _, *vs in fit.interval for v in vs]
        low, high = min(seen), max(seen)
        if self.is_line and high - low < LEAST_SPAN:
            # A small change must not fill the picture.
            middle = (low + high) / 2
            low, high = middle - LEAST_SPAN / 2, middle + LEAST_SPAN / 2
            return self._within(*rounded_range(low, high, 5), seen)
        step = next(s for s in (1, 2, 5, 10, 20, 50) if (high - low + s) / s <= 5 or s == 50)
        return self._within(*rounded_range(low - step * 0.4, high + step * 0.4, step), seen)

    def _within(self, low: float, high: float, seen: list[float]) -> tuple[float, float]:
        """Keep a share's range in [0, 100]; differences may lie below, changes above."""
        is_share = self.unit == "%" and max(seen) <= 100
        return max(low, 0.0) if min(seen) >= 0 else low, min(high, 100.0) if is_share else high

    def _year_names(self, drawing: Drawing, x: Scale, bottom: float) -> None:
        for year in self.years:
            at = x(year if self.is_line else year + 0.5)
            drawing.text(at, bottom + 18, str(year), "m t", "middle")
            if not self.is_line:
                drawing.line(x(year), bottom, x(year), bottom + 5, "ax")

    def _bands(self, drawing: Drawing, x: Scale, y: Scale) -> None:
        known = [
            (p.at, p.low, p.high) for p in self.points if p.low is not None and p.high is not None
        ]
        if self.is_line and len(known) > 1:
            over = [(x(at), y(high)) for at, _, high in known]
            under = [(x(at), y(low)) for at, low, _ in known]
            drawing.path([*over, *reversed(under)], "ci", closed=True)
        for fit in self.fits:
            over = [(x(t), y(hi)) for t, _, hi in fit.interval]
            under = [(x(t), y(lo)) for t, lo, _ in fit.interval]
            drawing.path([*over, *reversed(under)], "sh", closed=True)

    def _points(self, drawing: Drawing, x: Scale, y: Scale) -> None:
        if self.is_line:
            drawing.path([(x(p.at), y(p.value)) for p in self.points], "cu")
        for fit in self.fits:
            drawing.path([(x(t), y(v)) for t, v in fit.line], "cd" if fit.is_expected else "cu")
        for point in self.points:
            drawing.open(Say(point.title or point.said.text, point.said.row))
            dot = (4, "do") if self.is_line else (3, "fp")
            drawing.circle(x(point.at), y(point.value), *dot)
            drawing.close()
        for point in filter(lambda p: p.is_named, self.points):
            drawing.text(x(point.at), y(point.value) - 11, point.said, "b h", "middle")

    def _fit_names(self, drawing: Drawing, x: Scale, y: Scale) -> None:
        for fit in self.fits:
            if fit.name:
                at, value = fit.line[-1]
                value = max([hi for _, _, hi in fit.interval], default=value)
                up, kind = (-8, "h") if fit.is_expected else (20, "b h")
                drawing.text(x(at), y(value) + up, fit.name, kind, "end")
