"""Groups as dots with their intervals around the country's line, numbers at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fmbstats import words
from fmbstats.figures.charts.frame import numbers_below, rounded_range, ticks
from fmbstats.figures.fonts import shortened
from fmbstats.figures.svg import NOTHING, Chart, Drawing, Say, Scale

ROW, GAP = 26, 14


@dataclass(frozen=True)
class Dot:
    """One group."""

    name: str
    count: Say  #: Number of spells; empty for none.
    #: `value`, `low`, `high`: in [0, 1]; None when there is no number.
    value: float | None
    low: float | None
    high: float | None
    #: `said`, `interval`: "30,0" and "28,9–31,0"; `said` holds the reason when there is no number.
    said: Say
    interval: Say = NOTHING
    is_main: bool = False  #: Bold: all groups together.
    begins_group: bool = False  #: A gap above.

    @property
    def ends(self) -> list[float]:
        """All that its mark must have room for, in [0, 1]."""
        return [v for v in (self.low, self.high, self.value) if v is not None]

    def draw_mark(self, drawing: Drawing, x: Scale, y: float) -> None:
        """Draw the dot on its interval."""
        if self.value is not None:
            if self.low is not None and self.high is not None:
                drawing.line(x(100 * self.low), y, x(100 * self.high), y, "iv")
            drawing.circle(x(100 * self.value), y, 5, "do")


@dataclass(frozen=True)
class Dots(Chart):
    """Dots with bars; never bars from zero."""

    rows: Sequence[Dot]
    reference: float | None  #: The country's share, drawn as a line.
    #: `reference_name`, `value_head`: above the line and above the numbers.
    reference_name: str
    value_head: str
    language: str

    def onto(self, drawing: Drawing) -> None:
        """Draw the chart."""
        width = drawing.width
        names = max(drawing.wide(row.name, "b" if row.is_main else "") for row in self.rows)
        names = min(names, width * 0.34)
        counts = max(drawing.wide(row.count.text) for row in self.rows) if drawing.is_wide else 0
        left = names + (counts + 26 if counts else 0) + 22
        right = width - self._numbers(drawing) - 18
        x = Scale(*self._range(), left, right)
        drawing.scaled(x)
        y, top = 34.0, 24.0
        places = []
        for row in self.rows:
            y += GAP if row.begins_group else 0
            places.append(y)
            y += ROW
        bottom = y - ROW + 16
        self._frame(drawing, x, top, bottom)
        for row, at in zip(self.rows, places, strict=True):
            self._row(drawing, row, x, at, names, left)
        drawing.text(width, 14, self.value_head if drawing.is_wide else "%", "m", "end")
        drawing.height = bottom + 24

    def _numbers(self, drawing: Drawing) -> float:
        wide = [
            drawing.wide(self._number(row, drawing), "b" if not drawing.is_wide else "")
            for row in self.rows
        ]
        return max([*wide, drawing.wide(self.value_head) if drawing.is_wide else 0])

    def _number(self, row: Dot, drawing: Drawing) -> str:
        if drawing.is_wide and row.interval.text:
            return f"{row.said.text} ({row.interval.text})"
        return row.said.text

    def _range(self) -> tuple[float, float]:
        seen = [v for row in self.rows for v in row.ends]
        seen += [self.reference] if self.reference is not None else []
        low, high = 100 * min(seen, default=0.0), 100 * max(seen, default=1.0)
        step = 5 if high - low < 40 else 10
        low, high = rounded_range(low - 0.5, high + 0.5, step)
        return max(low, 0), min(high, 100)

    def _frame(self, drawing: Drawing, x: Scale, top: float, bottom: float) -> None:
        values = ticks(x.low, x.high, 5 if drawing.is_wide else 4)
        unit = words.percent_sign(self.language)
        numbers_below(drawing, x, values, bottom, self.language, unit=unit, top=top)
        if self.reference is not None:
            at = x(100 * self.reference)
            drawing.line(at, top, at, bottom, "ax")
            drawing.text(at, 14, self.reference_name, "m", "middle")

    def _row(self, drawing: Drawing, row: Dot, x: Scale, y: float, names: float, left: float):
        bold = "b" if row.is_main else ""
        drawing.open(Say(_title(row), f"{row.count.row} {row.said.row}".strip()))
        name = shortened(row.name, names, drawing.size, 600 if bold else 400)
        drawing.text(0, y + 4, name, bold)
        if drawing.is_wide and row.count.text:
            drawing.text(left - 22, y + 4, row.count, f"{bold} tn".strip(), "end")
        row.draw_mark(drawing, x, y)
        said = Say(self._number(row, drawing), row.said.row)
        kind = "m" if row.value is None else "tn" if drawing.is_wide else "b tn"
        drawing.text(drawing.width, y + 4, said, kind, "end")
        drawing.close()


def _title(row: Dot) -> str:
    count = f", {row.count.text}" if row.count.text else ""
    interval = f" ({row.interval.text})" if row.interval.text else ""
    return f"{row.name}{count}: {row.said.text}{interval}"


def title_of(rows: Sequence[Dot]) -> str:
    """Name the phrase for what sexes and ages show: whether intervals leave the whole's value."""
    whole = rows[0].value
    if whole is None or any(row.value is None for row in rows):
        return "dots.title.plain"
    ends = [(row.low, row.high) for row in rows[1:]]
    known = [(lo, hi) for lo, hi in ends if lo is not None and hi is not None]
    if len(known) < len(ends):
        return "dots.title.plain"
    if all(lo <= whole <= hi for lo, hi in known):
        return "dots.title.alike"
    # Sexes stand before ages; where one of the two is all there is, there are two sexes.
    begins = [k for k, row in enumerate(rows[1:]) if row.begins_group] or [0]
    ages = known[begins[-1] :] if len(begins) > 1 or len(known) > 2 else []
    if all(lo <= whole <= hi for lo, hi in ages):
        return "dots.title.sexes"
    return "dots.title.young" if ages[0][1] < whole else "dots.title.differ"
