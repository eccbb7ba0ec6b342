"""The difference of two survival curves by day, with pointwise limits, round a line at zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fmbstats import words
from fmbstats.figures.axes import on_axes
from fmbstats.figures.charts.days import DayCurve
from fmbstats.figures.charts.frame import Limit
from fmbstats.figures.display import sentences
from fmbstats.figures.svg import Drawing, Say, Scale

#: In percentage points.
_SMALLEST_SPAN = 2.0
_STEPS = (1.0, 2.0, 5.0, 10.0, 20.0)


@dataclass(frozen=True, eq=False)
class DifferenceLine:
    """The difference of two groups, first minus second, as it is drawn."""

    #: `first`, `second`: names of the groups.
    first: str
    second: str
    day: np.ndarray  #: Days, rising; shape (n_days,).
    #: `difference`, `lo`, `hi`: difference of the shares still on sick leave after `day` and its
    #: pointwise limits, -1 to 1; NaN where there is none.
    difference: np.ndarray
    lo: np.ndarray
    hi: np.ndarray

    def __post_init__(self) -> None:
        if len({len(self.day), len(self.difference), len(self.lo), len(self.hi)}) != 1:
            raise ValueError("difference by day: the arrays are not of one length")

    def at(self, day: int) -> tuple[float, float, float]:
        """Return difference, lo, hi on a day; NaN on a day that is not drawn."""
        found = np.flatnonzero(self.day == day)
        if not len(found):
            return (float("nan"),) * 3
        k = found[0]
        return float(self.difference[k]), float(self.lo[k]), float(self.hi[k])


@dataclass(frozen=True, eq=False)
class Difference(DayCurve):
    """The difference with its pointwise limits, round a line at zero."""

    line: DifferenceLine | None = None

    unit = ""

    @property
    def levels(self) -> Sequence[float]:
        """Reach equally far to both sides of zero, in percentage points, with room for words."""
        ends = np.abs(np.concatenate([self._line.lo, self._line.hi, self._line.difference]))
        largest = float(np.max(ends[np.isfinite(ends)], initial=0.0))
        span = max(125 * largest, _SMALLEST_SPAN)
        step = next((s for s in _STEPS if span / s <= 4), 50.0)
        most = math.ceil(span / step - 1e-9)
        return [k * step for k in range(-most, most + 1)]

    @property
    def _line(self) -> DifferenceLine:
        if self.line is None:
            raise ValueError("there is no difference to be drawn")
        return self.line

    def _shape(self, drawing: Drawing, x: Scale, y: Scale) -> None:
        line = self._line
        drawing.line(x.start, y(0), x.stop, y(0), "ce")
        known = np.isfinite(line.difference)
        # Few can be at risk early, too: a gap in the line.
        for part in np.split(np.arange(len(known)), np.flatnonzero(np.diff(known)) + 1):
            if len(part) and known[part[0]]:
                curve, lo, hi = (
                    [(x(line.day[k]), y(100 * values[k])) for k in part]
                    for values in (line.difference, line.lo, line.hi)
                )
                drawing.path([*hi, *reversed(lo)], "ci", closed=True)
                drawing.path(curve, "cu")

    def _notes(self, drawing: Drawing, x: Scale, y: Scale) -> None:
        """Say which group has more left, above and below zero."""
        for name, foot in ((self._line.first, y.stop + 16), (self._line.second, y.start - 8)):
            said = words.phrase("difference.more", self.language, group=words.visible(name, 40))
            drawing.text(x.stop, foot, said, "m h", "end")

    def alt(self, is_synthetic: bool) -> str:
        """Say in sentences what is shown."""
        line, language = self._line, self.language
        first, second = words.visible(line.first), words.visible(line.second)
        parts = [words.phrase("compare.figure", language, first=first, second=second)]
        days = [int(x.day) for x in self.limits if self.entry_day < x.day <= self.until]
        points = [point for day in days if (point := _point(line, day, language))]
        if points:
            listed = words.joined(points, language)
            parts.append(words.phrase("alt.difference_by_day.points", language, points=listed))
        if np.isfinite(line.difference).any():
            k = int(np.nanargmax(np.abs(line.difference)))
            largest = _points(line.difference[k], language)
            parts.append(words.phrase("alt.difference_by_day.largest", language,
                                      day=int(line.day[k]), difference=largest))  # fmt: skip
        return sentences(parts, is_synthetic, language)


def difference_figure(
    line: DifferenceLine,
    ax: Any = None,
    *,
    limits: Sequence[Limit] = (),
    entry_day: int = 0,
    until_day: int = 730,
    language: str = "",
    is_synthetic: bool = False,
) -> Any:
    """Draw a difference by day with its band and the limits; returns the Axes.

    `ax`: a figure of its own by default. `limits`: those past the end of the axis are left out.
    `entry_day`: the days before are shaded as not seen. `until_day`: last day of the axis.
    """
    chart = Difference(
        until_day, entry_day, (), limits, words.phrase("axis.days_since_start", language),
        language, line=line,
    )  # fmt: skip
    title = words.phrase("compare.difference.axis", language)
    return on_axes(chart, ax, alt=chart.alt(is_synthetic), title=title, language=language,
                   is_synthetic=is_synthetic)  # fmt: skip


def _point(line: DifferenceLine, day: int, language: str) -> str:
    """Write the difference on a day with its limits; empty where there is none."""
    difference, lo, hi = line.at(day)
    if not np.isfinite(difference):
        return ""
    ends = f" {words.phrase('word.to', language)} ".join(signed(x, language) for x in (lo, hi))
    shown = _points(difference, language)
    return words.phrase(
        "alt.difference_by_day.point", language, difference=shown, interval=ends, day=day
    )


def _points(share: float, language: str) -> str:
    return f"{signed(share, language)} {words.phrase('unit.points', language)}"


def caption_difference_by_day(
    line: DifferenceLine,
    *,
    limits: Sequence[Limit] = (),
    min_at_risk: int = 10,
    is_cut: bool = False,
    language: str = "",
    is_synthetic: bool = False,
) -> str:
    """Write the caption: what is shown, that the limits are pointwise, and where it ends."""
    first, second = words.visible(line.first), words.visible(line.second)
    parts = [
        words.phrase("compare.figure", language, first=first, second=second),
        words.phrase("difference.pointwise", language),
    ]
    if limits:
        listed = words.joined([words.visible(Say.of(x.name).text) for x in limits], language)
        parts.append(words.phrase("difference.limits", language, limits=listed))
    if len(line.day):
        ends = {"first": int(line.day[0]), "last": int(line.day[-1])}
        parts.append(
            words.phrase("difference.cut", language, day=ends["last"], n=min_at_risk)
            if is_cut
            else words.phrase("difference.whole", language, **ends)
        )
    return sentences(parts, is_synthetic, language)


def signed(share: float, language: str = "") -> str:
    r"""Write a difference of shares in percentage points with its sign, without the unit.

    >>> signed(0.0213), signed(0.0), signed(-0.0213, "en")
    ('+2,1', '0,0', '−2.1')
    """
    points = round(100 * share, 1)
    return ("+" if points > 0 else "") + words.number(points, 1, language)
