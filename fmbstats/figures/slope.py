"""The slope chart: one line per diagnosis or county from one period to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fmbstats import words
from fmbstats.errors import UnknownNameError
from fmbstats.figures.axes import on_axes
from fmbstats.figures.display import sentences, written
from fmbstats.figures.fonts import shortened
from fmbstats.figures.svg import Chart, Drawing, Scale
from fmbstats.frames import rows_of

#: More lines cannot be told apart.
MOST_SLOPES = 30
_MOST_INTERVALS = 6  # more of them cover each other
_COLUMNS = ("label", "first", "first_lo", "first_hi", "second", "second_lo", "second_hi")
#: In pixels: a label's line, the head, the least height and what each line adds, the sides.
_LINE, _HEAD, _HIGH, _ROW, _LEFT, _RIGHT = 15.0, 26, 150, 13, 60, 240


@dataclass(frozen=True)
class Slope:
    """One line: its name, its two numbers with their intervals, and as they are written."""

    label: str
    #: `first`, `second`: value, lower and upper limit; NaN limits are not drawn.
    first: tuple[float, float, float]
    second: tuple[float, float, float]
    #: `first_said`, `second_said`: the two numbers in words.
    first_said: str
    second_said: str
    has_changed: bool  #: Dark, where the others are pale.


@dataclass(frozen=True)
class Slopes(Chart):
    """Lines between two upright axes, each value written beside its end."""

    rows: Sequence[Slope]
    periods: tuple[str, str]

    def onto(self, drawing: Drawing) -> None:
        """Draw the lines."""
        drawing.height = _HEAD + _HIGH + _ROW * len(self.rows) + 8
        seen = [v for row in self.rows for v in (*row.first, *row.second) if v == v]
        low, high = min(seen, default=0.0), max(seen, default=1.0)
        room = max(high - low, 1e-6) * 0.03
        x = Scale(0, 1, _LEFT, drawing.width - _RIGHT)
        y = Scale(low - room, high + room, drawing.height - 8, _HEAD)
        drawing.scaled(x, y)
        for at, name, end in zip((0, 1), self.periods, ("end", "start"), strict=True):
            drawing.line(x(at), y.stop, x(at), y.start, "ax")
            drawing.text(x(at), 14, name, "b", end)
        for row in self.rows:
            self._row(drawing, row, x, y)
        kinds = ["" if row.has_changed else "m" for row in self.rows]
        firsts = [row.first_said for row in self.rows]
        _write(drawing, x.start - 12, "end", [y(row.first[0]) for row in self.rows], firsts, kinds)
        seconds = [
            shortened(f"{row.second_said}  {row.label}", _RIGHT - 14, drawing.size)
            for row in self.rows
        ]
        _write(drawing, x.stop + 12, "start", [y(row.second[0]) for row in self.rows], seconds,
               kinds)  # fmt: skip

    def _row(self, drawing: Drawing, row: Slope, x: Scale, y: Scale) -> None:
        line, dot = ("cu", "do") if row.has_changed else ("ax", "fp")
        for at, (_, lo, hi) in ((x(0), row.first), (x(1), row.second)):
            if lo < hi:
                drawing.line(at, y(lo), at, y(hi), "iv")
        drawing.path([(x(0), y(row.first[0])), (x(1), y(row.second[0]))], f"{line} slope")
        for at, (value, _, _) in ((x(0), row.first), (x(1), row.second)):
            drawing.circle(at, y(value), 3.5, dot)


def _write(
    drawing: Drawing, x: float, end: str, wanted: Sequence[float], texts: Sequence[str],
    kinds: Sequence[str],
) -> None:  # fmt: skip
    """Write a text beside each end, moved up or down where two would meet."""
    side = 8 if end == "end" else -8
    for place, at, text, kind in zip(_apart(wanted, _LINE), wanted, texts, kinds, strict=True):
        if abs(place - at) > _LINE / 2:
            drawing.line(x + side, at, x + side / 4, place, "f95")
        drawing.text(x, place + 4, text, kind, end)


def slope_chart(
    frame: pd.DataFrame,
    ax: Any = None,
    *,
    periods: tuple[str, str],
    title: str = "",
    is_share: bool = True,
    language: str = "",
    is_synthetic: bool = False,
) -> Any:
    """Draw what became of each row between two periods; returns the Axes.

    A line is dark where the 95 % interval of its change does not hold zero; a few lines have
    their intervals at both ends.

    `frame`: one row per line: label; first, first_lo, first_hi, second, second_lo, second_hi
    (shares in 0-1, or days). Rows without both numbers are left out. `ax`: a figure of its own by
    default. `periods`: names of the two. `is_share`: numbers are shares, written in per cent.

    Raises UnknownNameError: there are more lines than can be told apart.
    """
    if len(frame) > MOST_SLOPES:
        raise UnknownNameError(
            f"{len(frame)} lines: a slope chart takes {MOST_SLOPES}. Name fewer diagnoses, or one."
        )
    rows = frame.dropna(subset=["first", "second"]).reset_index(drop=True)
    values = rows[list(_COLUMNS[1:])].to_numpy(dtype=float) * (100.0 if is_share else 1.0)
    if len(rows) > _MOST_INTERVALS:
        values[:, [1, 2, 4, 5]] = np.nan
    said = [[written(x, is_share, language) for x in rows[name]] for name in ("first", "second")]
    slopes = [
        Slope(words.visible(label, 60), tuple(ends[:3]), tuple(ends[3:]), one, two, dark)
        for label, ends, one, two, dark in zip(
            rows["label"], values.tolist(), *said, changed(rows).tolist(), strict=True
        )
    ]
    return on_axes(
        Slopes(slopes, (words.visible(periods[0], 30), words.visible(periods[1], 30))), ax,
        alt=_alt(rows, periods, title, is_share, language, is_synthetic), title=title, width=620,
        language=language, is_synthetic=is_synthetic,
    )  # fmt: skip


def changed(rows: pd.DataFrame) -> np.ndarray:
    """Say of which rows the 95 % interval of the change does not hold zero.

    Half an interval's width stands for its standard error (times 1.96), the periods for
    independent groups of spells.

    >>> ends = {"first_lo": 0.28, "first": 0.3, "first_hi": 0.32, "second_lo": 0.33}
    >>> changed(pd.DataFrame([ends | {"second": 0.35, "second_hi": 0.37}])).tolist()
    [True]
    """
    first, lo, hi, second, lo_2, hi_2 = rows[list(_COLUMNS[1:])].to_numpy(dtype=float).T
    half = np.hypot((hi - lo) / 2, (hi_2 - lo_2) / 2)
    return np.abs(second - first) > half


def _apart(places: Sequence[float], gap: float) -> np.ndarray:
    """Move labels apart as little as possible: each at least `gap` above the one before.

    >>> _apart([1, 1, 9], 2).tolist()
    [0.0, 2.0, 9.0]
    """
    order = np.argsort(places, kind="stable")
    blocks: list[list[float]] = []  # sum of wanted places of the first label, number
    for k, place in enumerate(np.asarray(places, float)[order]):
        blocks.append([place - gap * k, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            total, n = blocks.pop()
            blocks[-1] = [blocks[-1][0] + total, blocks[-1][1] + n]
    means = [total / n for total, n in blocks for _ in range(int(n))]
    found = np.empty(len(order))
    found[order] = np.array(means) + gap * np.arange(len(order))
    return found


def _alt(
    rows: pd.DataFrame,
    periods: tuple[str, str],
    title: str,
    is_share: bool,
    language: str,
    is_synthetic: bool,
) -> str:
    """Say in sentences what is drawn, line by line."""
    lines = [
        words.phrase(
            "alt.slope.line", language, label=words.visible(row.label),
            first=written(row.first, is_share, language),
            second=written(row.second, is_share, language),
        )
        for row in rows_of(rows)
    ]  # fmt: skip
    said = words.phrase(
        "alt.slope", language, title=title, first=periods[0], second=periods[1],
        lines=words.joined(lines, language),
    )  # fmt: skip
    return sentences([said], is_synthetic, language)
