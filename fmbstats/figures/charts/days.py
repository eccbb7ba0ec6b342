"""Share still on sick leave by day: a curve, or the band that published classes leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fmbstats.figures.charts.frame import (
    Limit,
    label_top,
    percent_ticks,
    placed,
    tier_height,
    write_limit,
)
from fmbstats.figures.svg import Chart, Drawing, Say, Scale

HIGH, NARROW_HIGH = 300, 190
LOW, NARROW_LOW = 150, 130
#: Last day of a page's curve.
UNTIL_DAY = 540
#: Of a field that follows from a curve and is not written into a picture's recipe.
AGAIN = {"again": True}


@dataclass(frozen=True)
class Point:
    """A value to be read off: where it stands, and what it is."""

    day: float
    share: float  #: In [0, 1].
    said: Say
    title: str = ""  #: What is said when the mark is pointed at; `said` when empty.
    is_dot: bool = True  #: Draw a dot; False for a label alone.


@dataclass(frozen=True)
class DayCurve(Chart):
    """A curve, a band, or both over days since the spell began."""

    until: int  #: Last day shown.
    entry_day: int  #: Grey up to this day: shorter spells are not in the source; 0 for none.
    points: Sequence[Point]
    limits: Sequence[Limit]  #: Shortest first.
    x_name: str
    language: str
    #: Day and share of a curve, as of `stairs`. Whoever has the released ledger makes them, and the
    #: interval, again.
    steps: Sequence[tuple[float, float]] = field(default=(), metadata=AGAIN)
    #: Day, lower and upper confidence limit, as of `confidence`; may be empty.
    interval: Sequence[tuple[float, float, float]] = field(default=(), metadata=AGAIN)
    #: From day, to day, lowest and highest share.
    bands: Sequence[tuple[float, float, float, float]] = ()
    notes: Sequence[str] = ()  #: Lines of text in the empty upper right.
    #: It carries the answer: lower, to stand on the first screen with the finding.
    is_low: bool = False

    #: What stands once, at the highest of `levels`.
    unit = "%"

    @property
    def levels(self) -> Sequence[float]:
        """Where the grid has its lines, from the lowest to the highest place of the picture."""
        return (0, 25, 50, 75, 100)

    def left(self, drawing: Drawing) -> float:
        """Return where the days begin, in pixels."""
        return 50.0 if drawing.is_wide else 44.0

    def onto(self, drawing: Drawing) -> None:
        """Draw the chart."""
        width = drawing.width
        left, right = self.left(drawing), width - 8
        x = Scale(0, self.until, left, right)
        shown = [limit for limit in self.limits if limit.day <= self.until]
        labels = [(x(k.day), Say.of(k.name).text, k.note) for k in shown]
        places = placed(labels, width, drawing.size, left=left)
        top = tier_height(places) + 10
        tall, low = (HIGH, LOW) if drawing.is_wide and width > 600 else (NARROW_HIGH, NARROW_LOW)
        bottom = top + (low if self.is_low else tall)
        y = Scale(self.levels[0], self.levels[-1], bottom, top + 6)
        drawing.scaled(x, y)
        self._frame(drawing, x, y, left, right)
        self._shape(drawing, x, y)
        for limit, place in zip(shown, places, strict=True):
            up = label_top(place, places)
            drawing.line(x(limit.day), up, x(limit.day), bottom, "ld" if limit.is_dashed else "li")
            write_limit(drawing, place, up, limit.name)
        self._points(drawing, x, y)
        drawing.height = bottom + 42
        self._notes(drawing, x, y)

    def _frame(self, drawing: Drawing, x: Scale, y: Scale, left: float, right: float) -> None:
        if self.entry_day:
            drawing.rect(left, y.stop, x(self.entry_day) - left, y.start - y.stop, "pre")
        percent_ticks(drawing, y, self.levels, left, right, self.language, self.unit)
        step = 90 if drawing.is_wide else 180
        for day in range(0, self.until + 1, step):
            end = "end" if day == self.until and drawing.wide(str(day)) / 2 > 9 else "middle"
            drawing.text(x(day) + (8 if end == "end" else 0), y.start + 18, str(day), "m t", end)
        drawing.text(right + 8, y.start + 37, self.x_name, "m", "end")

    def _shape(self, drawing: Drawing, x: Scale, y: Scale) -> None:
        if self.bands:
            over, under = _edges(self.bands, self.until)
            area = [*over, *reversed(under)]
            drawing.path([(x(day), y(100 * share)) for day, share in area], "ba", closed=True)
        if self.interval:
            upper = [(x(day), y(100 * hi)) for day, _, hi in self.interval if day <= self.until]
            lower = [(x(day), y(100 * lo)) for day, lo, _ in self.interval if day <= self.until]
            drawing.path([*upper, *reversed(lower)], "ci", closed=True)
        if self.steps:
            kept = thinned(self.steps, drawing.width, self.until)
            drawing.path([(x(d), y(100 * share)) for d, share in kept if d <= self.until], "cu")

    def _points(self, drawing: Drawing, x: Scale, y: Scale) -> None:
        written: list[tuple[float, float, float]] = []
        for point in self.points:
            if point.day > self.until:
                continue
            px, py = x(point.day), y(100 * point.share)
            drawing.open(Say(point.title or point.said.text, point.said.row))
            if point.is_dot:
                drawing.circle(px, py, 4.5, "do")
            wide = drawing.wide(point.said.text, "b")
            left = min(px + 9, drawing.width - wide)
            if not any(left < b and left + wide > a and abs(py - at) < 14 for a, b, at in written):
                drawing.text(left, py - (7 if left == px + 9 else 10), point.said, "b h")
                written.append((left - 3, left + wide + 3, py))
            drawing.close()

    def _notes(self, drawing: Drawing, x: Scale, y: Scale) -> None:
        for k, note in enumerate(self.notes):
            place = x(self.until * (0.44 if drawing.is_wide else 0.36))
            kind = "b h" if k == 0 and len(self.notes) > 1 else "h"
            drawing.text(place, y(76) + k * 17, note, kind)


def _edges(bands, until: float):
    """Return the upper and the lower edge of bands as points of stairs."""
    over, under = [], []
    for first, last, low, high in bands:
        if first >= until:
            break
        last = min(last, until) if last == last else until
        over += [(first, high), (last, high)]
        under += [(first, low), (last, low)]
    return over, under


def stairs(line: Any, entry: int, until: float) -> list[tuple[float, float]]:
    """Return a fitted curve as points of stairs from the entry day on."""
    found, level = [(float(entry), 1.0)], 1.0
    for day, share in zip(line.day.tolist(), line.survival.tolist(), strict=True):
        if day > until:
            break
        found += [(day, level), (day, share)]
        level = share
    return found


def confidence(line: Any, until: int) -> list[tuple[float, float, float]]:
    """Return the band of confidence at every tenth day, when it is wide enough to be seen."""
    last = line.day[-1] if len(line.day) else 0
    days = [d for d in range(20, until + 1, 10) if d <= last]
    lo, hi = line.interval_at(days) if days else ((), ())
    band = [(float(d), float(a), float(b)) for d, a, b in zip(days, lo, hi, strict=True) if a == a]
    return band if band and max(b - a for _, a, b in band) > 0.03 else []


def thinned(steps: Sequence[tuple[float, float]], width: float, until: float):
    """Keep the points of a falling stair that a picture can show: one per half pixel.

    >>> thinned([(0, 1.0), (0.1, 0.999), (50, 0.5)], 100, 100)
    [(0, 1.0), (50, 0.5)]
    """
    kept: list[tuple[float, float]] = []
    for day, share in steps:
        near = kept and abs(day - kept[-1][0]) * width / until < 1.5
        if near and abs(share - kept[-1][1]) < 0.004:
            continue
        kept.append((day, share))
    return kept
