"""What all figures share: their sizes, axes, ticks, the limit lines and the synthetic mark.

Figures have fixed margins in inches, so that no layout pass is needed; text sizes and colours
are set on each artist, so that no global setting can change a figure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.lines import Line2D
from matplotlib.markers import TICKDOWN, TICKLEFT
from matplotlib.transforms import ScaledTranslation
from numpy.typing import ArrayLike

from fmbstats import words
from fmbstats.figures import palette
from fmbstats.figures.display import LimitLine
from fmbstats.figures.shown import ShownAxes, ShownFigure, figure_of
from fmbstats.media import in_picture

TEXT_PT = 9.0
SMALL_PT = 8.0
WIDTH_IN = 7.2
_ROW_PT = 12.0
_TICK_PT, _TICK_PAD_PT = 3.0, 3.5
_BELOW = 0.5  # behind all marks
_CHAR_WIDTH_EM = 0.62
_STEPS_DAYS = (1, 2, 5, 7, 14, 30, 60, 90, 180, 365, 730)


@dataclass(frozen=True)
class Layout:
    """Margins of one kind of figure in inches; `row` is what a row of a list adds."""

    left: float
    right: float
    top: float
    bottom: float
    height: float = 0.0
    row: float = 0.0

    def inner(self, n_rows: int) -> float:
        """Return the height within the margins; a list grows by the row."""
        return self.height + self.row * max(n_rows, 0 if self.height else 1)


LAYOUTS = {
    "curve": Layout(left=0.85, right=0.25, top=0.72, bottom=1.05, height=2.9),
    "bounds": Layout(left=0.75, right=0.25, top=0.5, bottom=0.5, height=2.7),
    "funnel": Layout(left=0.75, right=0.25, top=0.4, bottom=0.5, height=3.2),
    "stack": Layout(left=0.75, right=2.3, top=0.5, bottom=0.5, height=2.7),
    "slope": Layout(left=0.6, right=2.5, top=0.85, bottom=0.2, height=1.6, row=0.13),
    "tiles": Layout(left=0.1, right=0.1, top=0.6, bottom=0.1, height=4.6),
    "strata": Layout(left=1.75, right=1.25, top=0.45, bottom=0.55, row=0.24),
}


def new_figure(kind: str = "curve", n_rows: int = 0, width_in: float = WIDTH_IN):
    """Make a figure with the fixed margins of its kind; no layout pass is needed.

    `kind`: a key of `LAYOUTS`. `n_rows`: rows of a list ('strata') or curves with numbers at risk
    ('curve'). `width_in`: width in inches.

    Returns tuple of matplotlib.figure.Figure, matplotlib.axes.Axes: not known to pyplot: it is
    closed by being forgotten.
    """
    layout = LAYOUTS[kind]
    bottom = layout.bottom + (0.17 * max(n_rows - 1, 0) if kind == "curve" else 0)
    inner = layout.inner(n_rows)
    height = layout.top + inner + bottom
    box = (
        layout.left / width_in,
        bottom / height,
        (width_in - layout.left - layout.right) / width_in,
        inner / height,
    )
    figure = ShownFigure(figsize=(width_in, height), facecolor=palette.PAPER)
    return figure, figure.add_axes(box, axes_class=ShownAxes)


def style_axes(ax: Axes, *, grid: str = "y") -> None:
    """Give the axes the house's look: two thin spines, light grid behind the marks."""
    ax.set_facecolor(palette.PAPER)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set(color=palette.RULE, linewidth=0.8)
    ax.set_axisbelow(True)
    _style_ticks(ax, grid)


def _style_ticks(ax: Axes, grid: str) -> None:
    """Set the look of tick labels, which costs much, and note which axis has a grid.

    Marks and grid lines are drawn by `set_ticks`, as one line each; matplotlib makes and draws
    two for every tick.
    """
    if getattr(ax, "house_grid", None) == grid:
        return
    ax.tick_params(
        labelcolor=palette.MUTED, labelsize=SMALL_PT, length=0, pad=_TICK_PT + _TICK_PAD_PT
    )
    ax.tick_params(bottom=False, left=False)
    ax.grid(visible=False)
    setattr(ax, "house_grid", grid)  # noqa: B010 - other axes than ours take it as well


def set_ticks(ax: Axes, which: str, places: ArrayLike, labels: Sequence[str]) -> None:
    """Write tick labels on an axis ('x' or 'y'), with marks and, where wanted, grid lines.

    The axis gets its place for a title: below, or left of, the labels.
    """
    axis, is_x = (ax.xaxis, True) if which == "x" else (ax.yaxis, False)
    places = np.asarray(places, float)
    axis.set_ticks(places, labels)
    frame = ax.get_xaxis_transform() if is_x else ax.get_yaxis_transform()
    at, ends = np.repeat(places, 3), np.tile([0.0, 1.0, np.nan], len(places))
    line = partial(Line2D, transform=frame, zorder=_BELOW)
    if getattr(ax, "house_grid", "") == which:
        lines = line(*_turned(at, ends, is_x), color=palette.GRID, linewidth=0.8)
        lines.set_gid(f"grid-{which}")
        ax.add_artist(lines)
    marks = line(
        *_turned(places, np.zeros(len(places)), is_x),
        linestyle="none",
        marker=TICKDOWN if is_x else TICKLEFT,  # type: ignore[arg-type]  # not in the stub
        markersize=_TICK_PT,
        markeredgewidth=0.8,
        color=palette.RULE,
        clip_on=False,
    )
    marks.set_gid(f"ticks-{which}")
    ax.add_artist(marks)
    _place_title(ax, axis, labels, is_x)


def _turned(along: np.ndarray, across: np.ndarray, is_x: bool) -> tuple[np.ndarray, np.ndarray]:
    return (along, across) if is_x else (across, along)


def _place_title(ax: Axes, axis: Axis, labels: Sequence[str], is_x: bool) -> None:
    """Fix the place of an axis' title in points, else every label is laid out twice more."""
    room_pt = _TICK_PT + _TICK_PAD_PT
    room_pt += SMALL_PT + 4 if is_x else max(map(_tick_width_pt, labels), default=0) + 5
    across, up = (0.0, -room_pt / 72) if is_x else (-room_pt / 72, 0.0)
    moved = ax.transAxes + ScaledTranslation(across, up, ax.figure.dpi_scale_trans)
    x, y = (0.5, 0.0) if is_x else (0.0, 0.5)
    axis.set_label_coords(x, y, transform=moved)


def _tick_width_pt(label: str) -> float:
    """Width of a tick label: digits are equally wide, spaces half of that, "%" half as much more.

    >>> round(_tick_width_pt("100 %"), 1)
    25.4
    """
    ems = (0.318 if c.isspace() or c in ",." else 0.95 if c == "%" else 0.636 for c in label)
    return SMALL_PT * sum(ems)


def axis_labels(ax: Axes, x: str, y: str = "") -> None:
    """Name the axes, units included."""
    ax.set_xlabel(x, fontsize=TEXT_PT, color=palette.INK, parse_math=False)
    if y:
        ax.set_ylabel(y, fontsize=TEXT_PT, color=palette.INK, parse_math=False)


def share_axis(ax: Axes, which: str, language: str, upper: float = 1.0, lower: float = 0.0) -> None:
    """Run an axis from `lower` to `upper` (0-1) with round ticks in per cent."""
    step = next((s for s in (0.01, 0.02, 0.05, 0.1, 0.2) if (upper - lower) / s <= 6.01), 0.2)
    first, last = math.ceil(lower / step - 1e-9), math.floor(upper / step + 1e-9)
    ticks = [k * step for k in range(first, last + 1)]
    labels = [words.percent(round(t, 4), 0, language) for t in ticks]
    getattr(ax, f"set_{which}lim")(lower, upper)
    set_ticks(ax, which, ticks, labels)


def day_step(span_days: float, most: int = 9) -> int:
    """Return the tick distance, in days, that suits a span: 7, 30, 90 … days.

    >>> day_step(365), day_step(100)
    (60, 14)
    """
    return next((s for s in _STEPS_DAYS if span_days / s <= most), _STEPS_DAYS[-1])


def day_axis(ax: Axes, first: float, last: float, language: str) -> list[int]:
    """Run the x axis over days and return its ticks."""
    step = day_step(last - first)
    ticks = [d for d in range(0, int(last) + 1, step) if d >= first]
    ax.set_xlim(first, last)
    set_ticks(ax, "x", ticks, [words.number(t, 0, language) for t in ticks])
    return ticks


def count_axis(ax: Axes, which: str, upper: float, language: str) -> None:
    """Run an axis from 0 over counts with round ticks."""
    step = 1
    while upper / step > 6:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    ticks = list(range(0, int(upper) + 1, step))
    getattr(ax, f"set_{which}lim")(0, upper)
    set_ticks(ax, which, ticks, [words.number(t, 0, language) for t in ticks])


def legend(ax: Axes, size: float = SMALL_PT, **look: Any) -> None:
    """Draw the legend in the upper right; names are text, whatever signs they hold."""
    drawn = ax.legend(loc="upper right", fontsize=size, labelcolor=palette.INK, **look)
    for text in drawn.get_texts():
        text.set_parse_math(False)


def axes_for(
    ax: Axes | None, alt: Callable[[], str], kind: str, n_rows: int = 0, width_in: float = WIDTH_IN
) -> Axes:
    """Return `ax`; by default the axes of a new figure, whose label is the alternative text."""
    if ax is None:
        figure, ax = new_figure(kind, n_rows, width_in)
        figure.set_label(alt())
    return ax


def write(
    ax: Axes,
    text: str,
    xy: tuple[float, float],
    *,
    at: Any = "axes fraction",
    off: tuple[float, float] = (0.0, 0.0),
    size: float = SMALL_PT,
    color: str = palette.INK,
    **look: Any,
) -> None:
    """Write what may be a name from a file, as text, `off` points from a place within `at`."""
    ax.annotate(text, xy=xy, xycoords=at, xytext=off, textcoords="offset points", fontsize=size,
                color=color, annotation_clip=False, parse_math=False, **look)  # fmt: skip


def axes_box_pt(ax: Axes) -> tuple[float, float, float]:
    """Return the left edge within the figure, the width and the height of axes, in points."""
    box, inches = ax.get_position(), figure_of(ax).get_size_inches()
    return box.x0 * inches[0] * 72, box.width * inches[0] * 72, box.height * inches[1] * 72


def text_width_pt(text: str, size_pt: float = SMALL_PT) -> float:
    """Estimate the width of a text without a renderer (mean letter of the font)."""
    return len(text) * size_pt * _CHAR_WIDTH_EM


def label_rows(places: Sequence[tuple[float, float]]) -> list[int]:
    """Put labels into rows so that none overlap: for each (centre, width) its row, from 0.

    >>> label_rows([(10, 8), (15, 8), (30, 8)])
    [0, 1, 0]
    """
    ends: list[float] = []
    rows = []
    for centre, width in places:
        left = centre - width / 2
        row = next((k for k, end in enumerate(ends) if end <= left), len(ends))
        if row == len(ends):
            ends.append(0.0)
        ends[row] = centre + width / 2
        rows.append(row)
    return rows


def draw_limits(
    ax: Axes, limits: Sequence[LimitLine], language: str, *, on_fill: bool = False
) -> None:
    """Draw recommended limits as vertical lines with their labels above the axes.

    Limits past the right end of the axis are left out; labels step upwards where they would
    collide. On filled areas (`on_fill`) the lines get a pale edge.
    """
    first, last = ax.get_xlim()
    shown = sorted((x for x in limits if first <= x.days <= last), key=lambda x: x.days)
    if not shown:
        return
    _, width_pt, height_pt = axes_box_pt(ax)
    texts = [in_picture(limit.shown(language), 34) for limit in shown]
    scale = width_pt / (last - first)
    halves = [text_width_pt(text) / 2 + 4 for text in texts]
    centres = [
        min(max((limit.days - first) * scale, half - 24), width_pt - half + 8)
        for limit, half in zip(shown, halves, strict=True)
    ]
    rows = label_rows([(c, 2 * h) for c, h in zip(centres, halves, strict=True)])
    if on_fill:
        days = [limit.days for limit in shown]
        ax.vlines(days, *ax.get_ylim(), colors=palette.PAPER, linewidth=3.4, zorder=2.9)
    for limit, text, row, centre in zip(shown, texts, rows, centres, strict=True):
        top = 1 + (3 + row * _ROW_PT) / height_pt
        ax.plot(
            [limit.days, limit.days],
            [0, top],
            transform=ax.get_xaxis_transform(),
            color=palette.RECOMMENDATION,
            alpha=0.5 if limit.is_past else 1.0,
            linewidth=1.0 if limit.is_past else 1.4,
            linestyle=(0, (1, 2)) if limit.is_past else (0, (5, 2)),
            clip_on=False,
            zorder=3,
            gid=f"limit-{limit.days}",
        )
        box = {"facecolor": palette.PAPER, "edgecolor": "none", "pad": 1.0}
        write(ax, text, (centre / width_pt, top), color=palette.RECOMMENDATION, ha="center",
              va="bottom", bbox=box, zorder=4)  # fmt: skip


def title(
    ax: Axes, text: str, above_pt: float = 24.0, *, size: float = 10.0, color: str = palette.INK
) -> None:
    """Write what is seen above the axes, from their left edge."""
    if text:
        write(ax, in_picture(text, 90), (0, 1), off=(0, above_pt), size=size, color=color,
              ha="left", va="bottom", gid="title")  # fmt: skip


def mark_synthetic(ax: Axes, is_synthetic: bool, language: str) -> None:
    """Put the words SYNTETISKA DATA into the figure's upper right corner."""
    if is_synthetic:
        box = {"boxstyle": "round,pad=0.3", "facecolor": palette.SYNTHETIC_PAPER,
               "edgecolor": palette.SYNTHETIC_TEXT, "linewidth": 0.6}  # fmt: skip
        write(
            ax, words.phrase("figure.synthetic", language), (1, 1), at="figure fraction",
            off=(-8, -6), size=7.5, color=palette.SYNTHETIC_TEXT, ha="right", va="top",
            fontweight="bold", bbox=box, gid="synthetic",
        )  # fmt: skip
