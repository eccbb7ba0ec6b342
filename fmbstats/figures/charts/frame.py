"""What the charts share: scales, ticks, limit lines with labels that do not collide."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fmbstats import words
from fmbstats.figures.fonts import text_width, wrapped
from fmbstats.figures.svg import Drawing, Say, Scale

#: Width of a whole column, and of one of two; the narrow one is for screens below 820 px.
FULL, HALF, MAP, BESIDE_MAP, NARROW = 760, 552, 372, 724, 343
LINE = 17
#: With more limits their notes have one line each, whole, or none have a note: else the labels are
#: higher than the picture, and say little.
_MOST_TALL = 2
_NICE = (1, 2, 2.5, 5, 10)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most `most` round values that lie within a range.

    >>> ticks(0, 100, 5), ticks(21, 34, 4)
    ([0.0, 25.0, 50.0, 75.0, 100.0], [25.0, 30.0])
    """
    rough = max(high - low, 1e-9) / max(most - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(nice * power for nice in _NICE if nice * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(k * step, 10) for k in range(first, last + 1)]


def rounded_range(low: float, high: float, step: float) -> tuple[float, float]:
    """Widen a range to whole steps.

    >>> rounded_range(21.2, 34, 5)
    (20, 35)
    """
    return math.floor(low / step) * step, math.ceil(high / step) * step


@dataclass(frozen=True)
class Limit:
    """A recommended limit, as a line across a chart."""

    day: float  #: Where it stands.
    name: Say | str  #: Bold: "180 dagar".
    note: str = ""  #: Below it: which cases it holds for, or until when it held.
    is_dashed: bool = False  #: It was withdrawn, or added, during the year.


@dataclass(frozen=True)
class _Place:
    x: float
    end: str
    tier: int
    lines: tuple[str, ...]


def placed(
    labels: Sequence[tuple[float, str, str]],
    width: float,
    size: float,
    *,
    left: float = 0.0,
    sides: Sequence[str] = (),
) -> list[_Place]:
    """Find a place beside its line for every label: right or left of it, else a tier higher.

    `labels` (sequence of (x, name, note)): from left to right. `width`, `size`: of the drawing and
    of the text, in pixels. `left`: where labels may begin. `sides` (sequence of {"start", "end"}):
    which side of its line is tried first for each label; the right one when empty.
    """
    found = _tiered(labels, (left, width), size, sides)
    if len(labels) > _MOST_TALL and any(line.endswith("…") for p in found for line in p.lines):
        bare = [(x, name, "") for x, name, _ in labels]
        return _tiered(bare, (left, width), size, sides)
    return found


def _tiered(
    labels: Sequence[tuple[float, str, str]],
    edges: tuple[float, float],
    size: float,
    sides: Sequence[str],
) -> list[_Place]:
    taken: list[_Taken] = []
    found: list[_Place] = []
    # From the right: a line that goes up to a higher tier then has no label at its left.
    for k, (x, name, note) in reversed(list(enumerate(labels))):
        first = sides[k] if sides else "start"
        label = _Label(x, name, note, size, 1 if len(labels) > _MOST_TALL else 2)
        place, room = _free(label, edges, taken, first)
        taken.append(room)
        found.append(place)
    return found[::-1]


class _Label(NamedTuple):
    """A label to be placed: its line, its words, their size."""

    x: float
    name: str
    note: str
    size: float
    most: int

    def lines(self, room: float) -> tuple[str, ...]:
        """Return the note in as many lines as it may have."""
        lines = wrapped(self.note, min(room, 230), self.size) if self.note else []
        cut = [line.removesuffix(" …") + " …" for line in lines[self.most - 1 : self.most]]
        return tuple(lines if len(lines) <= self.most else lines[: self.most - 1] + cut)

    def wide(self, lines: tuple[str, ...]) -> float:
        """Return how wide the label is."""
        named = text_width(self.name, self.size, 600)
        return max([named, *(text_width(line, self.size) for line in lines)])


class _Taken(NamedTuple):
    """Room that a label has taken: its tier, from where to where, and the place of its line."""

    tier: int
    low: float
    high: float
    line: float


def _free(
    label: _Label, edges: tuple[float, float], taken: list[_Taken], first: str
) -> tuple[_Place, _Taken]:
    """Find the lowest tier, and the side, where a label meets nothing."""
    x, sides = label.x, (first, "end" if first == "start" else "start")
    rooms = {"start": edges[1] - x - 6, "end": x - 5 - edges[0]}
    lines = {end: label.lines(max(rooms[end], 60)) for end in sides}
    fitting = [end for end in sides if label.wide(lines[end]) <= rooms[end] + 1]
    for end in fitting:
        for tier in range(6):
            low, high = _span(x, label.wide(lines[end]), end)
            if not any(_clashes(x, low, high, tier, other) for other in taken):
                return _found(label, end, tier, lines[end])
    end = max(rooms, key=rooms.__getitem__)
    return _found(label, end, len(taken), lines[end])


def _found(label: _Label, end: str, tier: int, lines: tuple[str, ...]) -> tuple[_Place, _Taken]:
    low, high = _span(label.x, label.wide(lines), end)
    place = _Place(label.x + (6 if end == "start" else -5), end, tier, lines)
    return place, _Taken(tier, low, high, label.x)


def _clashes(x: float, low: float, high: float, tier: int, other: _Taken) -> bool:
    """Whether a label would meet another, or a line run through a label."""
    meets = tier == other.tier and high > other.low - 8 and low < other.high + 8
    crosses = tier <= other.tier and low - 3 < other.line < high + 3
    is_crossed = tier >= other.tier and other.low - 3 < x < other.high + 3
    return meets or crosses or is_crossed


def _span(x: float, wide: float, end: str) -> tuple[float, float]:
    return (x + 6, x + 6 + wide) if end == "start" else (x - 5 - wide, x - 5)


def tier_height(places: Sequence[_Place]) -> float:
    """Return the room that labels in tiers take, in pixels; nothing without labels."""
    if not places:
        return 0.0
    n_lines = 1 + max(len(place.lines) for place in places)
    return (1 + max(place.tier for place in places)) * n_lines * LINE + 4


def label_top(place: _Place, places: Sequence[_Place]) -> float:
    """Return where the first line of a label begins below the top of all tiers."""
    n_lines = 1 + max(len(p.lines) for p in places)
    return (max(p.tier for p in places) - place.tier) * n_lines * LINE


def write_limit(drawing: Drawing, place: _Place, top: float, name: Say | str) -> None:
    """Write a limit's label, its first line at `top`."""
    drawing.text(place.x, top + 11, name, "l b", place.end)
    for k, line in enumerate(place.lines, 1):
        drawing.text(place.x, top + 11 + k * (LINE - 1), line, "l", place.end)


def tick_text(value: float, language: str) -> str:
    """Write a tick's number, with as many decimals as a round value needs, two at most.

    >>> [tick_text(x, "en") for x in (20.0, 2.5, 0.05)]
    ['20', '2.5', '0.05']
    """
    decimals = next((d for d in (0, 1) if round(value, d) == value), 2)
    return words.number(value, decimals, language)


def numbers_below(
    drawing: Drawing,
    x: Scale,
    values: Sequence[float],
    bottom: float,
    language: str,
    *,
    unit: str = "",
    top: float | None = None,
) -> None:
    """Write numbers below an axis; the unit stands once, at the highest.

    `top`, `bottom`: ends of grid lines above them, in pixels; none without `top`.
    """
    for value in values:
        if top is not None:
            drawing.line(x(value), top, x(value), bottom, "g")
        text = tick_text(value, language)
        text += unit if value == values[-1] else ""
        drawing.text(x(value), bottom + 18, text, "m t", "middle")


def percent_ticks(
    drawing: Drawing,
    y: Scale,
    values: Sequence[float],
    left: float,
    right: float,
    language: str,
    unit: str = "%",
) -> None:
    """Draw level grid lines with their numbers; the unit stands once, at the highest."""
    for value in values:
        at = y(value)
        drawing.line(left, at, right, at, "ax" if value == values[0] else "g")
        text = tick_text(value, language)
        if unit and value == values[-1]:
            text += words.percent_sign(language) if unit == "%" else f"\u00a0{unit}"
        drawing.text(left - 8, at + 4, text, "m t", "end")
