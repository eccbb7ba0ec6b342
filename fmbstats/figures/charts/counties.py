"""The 21 counties: equal tiles where they lie, and the funnel of share against size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fmbstats.figures.charts.frame import numbers_below, percent_ticks, rounded_range, ticks
from fmbstats.figures.fonts import text_width
from fmbstats.figures.svg import Chart, Drawing, Say, Scale
from fmbstats.stats.funnel import limit_grid, outside_limits

HIGH, GAP, FUNNEL_HIGH = 48, 3, 300
#: County code -> column, row; four columns and eight rows.
TILES = {
    "25": (2, 0), "24": (2, 1), "23": (1, 2), "22": (2, 2), "20": (1, 3), "21": (2, 3),
    "17": (0, 4), "18": (1, 4), "19": (2, 4), "03": (3, 4),
    "14": (0, 5), "05": (1, 5), "04": (2, 5), "01": (3, 5),
    "13": (0, 6), "06": (1, 6), "08": (2, 6), "09": (3, 6),
    "12": (0, 7), "07": (1, 7), "10": (2, 7),
}  # fmt: skip


@dataclass(frozen=True)
class Tile:
    """One county."""

    code: str
    name: str
    said: Say  #: Its share, or why there is none.
    #: `share`, `size`: in [0, 1], and the effective number of spells; None when there is no number.
    share: float | None = None
    size: float | None = None
    title: str = ""  #: What is said when it is pointed at.

    def outside(self, centre: float) -> int:
        """Say where it lies among the limits of chance around the country's share."""
        if self.share is None or self.size is None:
            return 0
        return outside_limits(centre, self.share, self.size)


@dataclass(frozen=True)
class TileMap(Chart):
    """The map; colour only outside the limits."""

    tiles: Sequence[Tile]
    centre: float  #: The country's share, in [0, 1].
    #: `above`, `below`, `rule`: words of the key.
    above: str
    below: str
    rule: Sequence[str]

    wide_from = 360.0

    def onto(self, drawing: Drawing) -> None:
        """Draw the map."""
        width, drawing.height = drawing.width, 8 * HIGH
        side = width / 4
        drawing.text(4, 16, f"▲ {self.above}", "m")
        drawing.text(4, 34, f"▼ {self.below}", "m")
        for k, line in enumerate(self.rule):
            drawing.text(4, 54 + 15 * k, line, "m s")
        for tile in self.tiles:
            if tile.code in TILES:
                column, row = TILES[tile.code]
                self._tile(drawing, tile, column * side, row * HIGH, side)

    def _tile(self, drawing: Drawing, tile: Tile, x: float, y: float, side: float) -> None:
        outside = tile.outside(self.centre)
        mark = {-2: "lo2", -1: "lo1", 0: "ti", 1: "up1", 2: "up2"}[outside]
        on = " on" if abs(outside) == 2 else ""
        drawing.open(Say(tile.title or f"{tile.name}: {tile.said.text}", tile.said.row))
        drawing.rect(x, y, side - GAP, HIGH - GAP, mark)
        drawing.text(x + 8, y + 18, _fitted(tile.name, side - 14), f"s{on}", lang="sv")
        drawing.text(x + 8, y + 35, tile.said, f"b{on}")
        if outside:
            # A shape, not a letter: screen readers and tests of contrast take "▲" for a picture.
            right, up = x + side - GAP - 8, 1 if outside > 0 else -1
            corners = [(right - 10, y + 31 + 4 * up), (right, y + 31 + 4 * up)]
            drawing.path([*corners, (right - 5, y + 31 - 4 * up)], f"tr{on}", closed=True)
        drawing.close()


def _fitted(name: str, room: float) -> str:
    """Shorten a county's name in the usual way: V. Götaland.

    >>> _fitted("Västra Götaland", 79), _fitted("Gotland", 79)
    ('V. Götaland', 'Gotland')
    """
    if text_width(name, 11) <= room:
        return name
    first, _, rest = name.partition(" ")
    if rest and text_width(f"{first[0]}. {rest}", 11) <= room:
        return f"{first[0]}. {rest}"
    while text_width(name + ".", 11) > room:
        name = name[:-1]
    return name + "."


@dataclass(frozen=True)
class FunnelPoint:
    """A county in the funnel; only outliers are named."""

    name: str
    size: float
    share: float
    said: Say
    title: str = ""


@dataclass(frozen=True)
class Funnel(Chart):
    """Share against size with control limits."""

    points: Sequence[FunnelPoint]
    centre: float  #: The country's share, in [0, 1].
    centre_said: Say
    #: `x_name`, `inner`, `outer`: name of the axis and of the two limits.
    x_name: str
    inner: str
    outer: str
    language: str

    def onto(self, drawing: Drawing) -> None:
        """Draw the funnel."""
        width, drawing.height = drawing.width, FUNNEL_HIGH + 62
        left, right, bottom = 48.0, width - 22, FUNNEL_HIGH + 16
        most = max(point.size for point in self.points) * 1.04
        x = Scale(0, most, left, right)
        low, high = self._range()
        y = Scale(low, high, bottom, 14)
        drawing.scaled(x, y)
        percent_ticks(drawing, y, ticks(low, high, 6), left, right, self.language)
        sizes = ticks(0, most, 5 if drawing.is_wide else 4)
        numbers_below(drawing, x, sizes, bottom, self.language)
        drawing.text(width, bottom + 38, self.x_name, "m", "end")
        drawing.line(left, y(100 * self.centre), right, y(100 * self.centre), "ce")
        names = Names(drawing, [(x(one.size), y(100 * one.share)) for one in self.points])
        self._limits(drawing, x, y, names)
        level = y(100 * self.centre)
        ends = ((right, "end"), (left + 4, "start"))
        names.write(
            [(at, level + by, end) for at, end in ends for by in (-5, 14)], self.centre_said, "m h"
        )
        outside = {one: outside_limits(self.centre, one.share, one.size) for one in self.points}
        # Those with names last: no dot may lie on a name.
        for point in sorted(self.points, key=lambda one: abs(outside[one])):
            self._point(
                drawing, point, (x(point.size), y(100 * point.share)), outside[point], names
            )

    def _range(self) -> tuple[float, float]:
        shares = [100 * point.share for point in self.points]
        wide = max(3.0, 1.25 * max(abs(s - 100 * self.centre) for s in shares))
        low, high = 100 * self.centre - 1.6 * wide, 100 * self.centre + 1.6 * wide
        low, high = rounded_range(low, high, 5 if wide < 25 else 10)
        return max(low, 0), min(high, 100)

    def _limits(self, drawing: Drawing, x: Scale, y: Scale, names: Names) -> None:
        limits = self._grid()
        n = limits["n"].tolist()
        for name in ("95", "998"):
            for side in ("lo", "hi"):
                self._limit(drawing, x, y, limits, side + name, f"f{name}")
        self._name_outer(drawing, limits, x, y, names)
        near = sorted(range(len(n)), key=lambda i: abs(n[i] - x.high * 0.28))[:1]
        near += sorted(range(len(n)), key=lambda i: abs(n[i] - x.high * 0.6))[:1]
        names.write(
            [(x(n[j]) + 4, y(100 * limits["lo95"][j]) - 6, "start") for j in near],
            self.inner,
            "m h",
        )

    def _grid(self, tau2: float = 0.0) -> dict[str, Any]:
        """Return the limits over a grid of sizes, with so much variance beyond chance."""
        return limit_grid(self.centre, [point.size for point in self.points], tau2=tau2)

    def _limit(
        self, drawing: Drawing, x: Scale, y: Scale, limits: Mapping[str, Any], name: str, kind: str
    ) -> None:
        """Draw one limit as far as it lies in the picture."""
        values = [100 * v for v in limits[name].tolist()]
        inside = [
            (a, b)
            for a, b in zip(limits["n"].tolist(), values, strict=True)
            if y.low <= b <= y.high and a <= x.high
        ]
        drawing.path([(x(a), y(b)) for a, b in inside], kind)

    def _name_outer(
        self, drawing: Drawing, limits: Mapping[str, Any], x: Scale, y: Scale, names: Names
    ) -> None:
        """Name the outer limit where it enters the picture; not at all where it stays outside."""
        for n, share in zip(limits["n"], limits["hi998"], strict=True):
            if 100 * share <= y.high and n <= x.high:
                is_inside = x(n) + 8 + drawing.wide(self.outer) <= drawing.width
                left, end = (x(n) + 8, "start") if is_inside else (drawing.width, "end")
                names.write([(left, y(100 * share) + 12, end)], self.outer, "m h")
                return

    def _point(
        self,
        drawing: Drawing,
        point: FunnelPoint,
        at: tuple[float, float],
        outside: int,
        names: Names,
    ) -> None:
        x, y = at
        kind = "up" if outside > 0 else "lo" if outside < 0 else "fp"
        drawing.open(Say(point.title or f"{point.name}: {point.said.text}", point.said.row))
        drawing.circle(x, y, 4.5, kind)
        if outside:
            beside = [(x + 9, y + 4, "start"), (x - 9, y + 4, "end")]
            over = [(x + 6, y + by, "end") for by in ((-9, 18) if outside > 0 else (18, -9))]
            said = Say(f"{point.name} {point.said.text}", point.said.row)
            names.write([*beside, *over], said, "b h")
        drawing.close()


class Names:
    """Writes names where they meet neither dots nor each other."""

    def __init__(self, drawing: Drawing, dots: Iterable[tuple[float, float]]) -> None:
        self.drawing = drawing
        self.taken = [(x - 6, y - 5, x + 6, y + 5) for x, y in dots]

    def write(self, spots: Iterable[_Spot], said: Say | str, kind: str) -> None:
        """Write a name at the first of the spots that is free, else where it meets least.

        `spots`: pixels where the text begins or ends, its base line, and which of its ends that is.
        """
        wide = self.drawing.wide(Say.of(said).text, "b" * ("b" in kind.split()))

        def box(spot: _Spot) -> tuple[float, float, float, float]:
            left = spot[0] - wide * (spot[2] == "end")
            return left, spot[1] - 11, left + wide, spot[1] + 3

        def met(spot: _Spot) -> float:
            left, top, right, bottom = box(spot)
            shared = sum(
                max(0.0, min(right, r) - max(left, x)) * max(0.0, min(bottom, b) - max(top, y))
                for x, y, r, b in self.taken
            )
            return shared + 100 * max(0.0, right - self.drawing.width, 40 - left)

        best = min(spots, key=met)
        self.taken.append(box(best))
        self.drawing.text(*best[:2], said, kind, best[2])


_Spot = tuple[float, float, str]
