"""The slope chart: one line per diagnosis or county from one period to another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from fmbstats import words
from fmbstats.errors import UnknownNameError
from fmbstats.figures import canvas, palette
from fmbstats.figures.display import sentences, written
from fmbstats.frames import rows_of
from fmbstats.media import in_picture

#: More lines cannot be told apart.
MOST_SLOPES = 30
_MOST_INTERVALS = 6  # more of them cover each other
_COLUMNS = ("label", "first", "first_lo", "first_hi", "second", "second_lo", "second_hi")
_LINE_PT = 10.5


def slope_chart(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    periods: tuple[str, str],
    title: str = "",
    is_share: bool = True,
    language: str = "",
    is_synthetic: bool = False,
) -> Axes:
    """Draw what became of each row between two periods.

    A line is dark where the 95 % interval of its change does not hold zero; a few lines have
    their intervals at both ends.

    `frame`: one row per line: label; first, first_lo, first_hi, second, second_lo, second_hi
    (shares in 0-1, or days). Rows without both numbers are left out. `ax`: a figure of its own by
    default. `periods`: names of the two.
    `is_share`: numbers are shares, written in per cent.

    Raises UnknownNameError: there are more lines than can be told apart.
    """
    if len(frame) > MOST_SLOPES:
        raise UnknownNameError(
            f"{len(frame)} lines: a slope chart takes {MOST_SLOPES}. Name fewer diagnoses, or one."
        )
    rows = frame.dropna(subset=["first", "second"]).reset_index(drop=True)
    alt = partial(_alt, rows, periods, title, is_share, language, is_synthetic)
    ax = canvas.axes_for(ax, alt, "slope", len(rows), 5.6)
    unit = 100.0 if is_share else 1.0
    values = rows[list(_COLUMNS[1:])].to_numpy(dtype=float) * unit
    if len(rows) > _MOST_INTERVALS:
        values[:, [1, 2, 4, 5]] = np.nan
    _frame_ends(ax, values, periods)
    has_changed = changed(rows)
    for row, is_dark in zip(values, has_changed, strict=True):
        _draw_line(ax, row, palette.ACTUAL if is_dark else palette.RULE)
    inks = [palette.INK if is_dark else palette.MUTED for is_dark in has_changed]
    _write(ax, values[:, 0], [written(x, is_share, language) for x in rows["first"]], inks, -1)
    names = [
        f"{written(row.second, is_share, language)}  {in_picture(row.label, 34)}"
        for row in rows_of(rows)
    ]
    _write(ax, values[:, 3], names, inks, 1)
    canvas.title(ax, title)
    canvas.mark_synthetic(ax, is_synthetic, language)
    return ax


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


def _frame_ends(ax: Axes, values: np.ndarray, periods: tuple[str, str]) -> None:
    """Two upright lines with the periods' names above; no other axis, for all values are told."""
    ax.set_facecolor(palette.PAPER)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xlim(0, 1)
    low, high = np.nanmin(values, initial=1e9), np.nanmax(values, initial=-1e9)
    room = max(high - low, 1e-6) * 0.03
    ax.set_ylim(low - room, high + room)
    ax.set_yticks([])
    ax.set_xticks([])
    for x, name, side in ((0, periods[0], "right"), (1, periods[1], "left")):
        ax.axvline(x, color=palette.RULE, linewidth=0.8, zorder=0.5, clip_on=False)
        canvas.write(ax, in_picture(name, 30), (x, 1), off=(0, 6), size=canvas.TEXT_PT, ha=side,
                     va="bottom", fontweight="bold")  # fmt: skip


def _draw_line(ax: Axes, row: np.ndarray, color: str) -> None:
    first, lo, hi, second, lo_2, hi_2 = row
    ax.plot([0, 1], [first, second], "o-", color=color, linewidth=1.6, markersize=5,
            clip_on=False, gid="slope")  # fmt: skip
    ax.vlines([0, 1], [lo, lo_2], [hi, hi_2], color=color, linewidth=2.4, clip_on=False, gid="ci")


def _write(
    ax: Axes, values: np.ndarray, texts: Sequence[str], inks: Sequence[str], side: int
) -> None:
    """Write a text beside each end, moved up or down where two would meet."""
    low, high = ax.get_ylim()
    height_pt = canvas.axes_box_pt(ax)[2]
    at_pt = (values - low) / (high - low) * height_pt
    x = 0 if side < 0 else 1
    places = _apart(at_pt.tolist(), _LINE_PT)
    for place, wanted, text, ink in zip(places, at_pt, texts, inks, strict=True):
        if abs(place - wanted) > _LINE_PT / 2:
            ax.annotate("", xy=(x, wanted / height_pt), xycoords="axes fraction",
                        xytext=(8 * side, place - wanted), textcoords="offset points",
                        annotation_clip=False,
                        arrowprops={"arrowstyle": "-", "color": palette.RULE, "linewidth": 0.5,
                                    "shrinkA": 0, "shrinkB": 3})  # fmt: skip
        canvas.write(ax, text, (x, 0), off=(9 * side, place), color=ink, va="center_baseline",
                     ha="right" if side < 0 else "left", gid="label")  # fmt: skip


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
