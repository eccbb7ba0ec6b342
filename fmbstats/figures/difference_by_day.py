"""The difference of two survival curves by day, with pointwise limits, round a line at zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.axes import Axes

from fmbstats import words
from fmbstats.figures import canvas, palette
from fmbstats.figures.display import LimitLine, sentences
from fmbstats.media import in_picture

_SMALLEST_SPAN = 0.02
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)


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


def difference_figure(
    line: DifferenceLine,
    ax: Axes | None = None,
    *,
    limits: Sequence[LimitLine] = (),
    entry_day: int = 0,
    until_day: int = 730,
    language: str = "",
    is_synthetic: bool = False,
) -> Axes:
    """Draw a difference by day with its band and the limits.

    `ax`: a figure of its own by default. `limits`: those past the end of the axis are left out.
    `entry_day`: the days before are shaded as not seen. `until_day`: last day of the axis.
    """
    alt = partial(alt_difference_by_day, line, limits=limits, entry_day=entry_day,
                  until_day=until_day, language=language, is_synthetic=is_synthetic)  # fmt: skip
    ax = canvas.axes_for(ax, alt, "bounds")
    canvas.style_axes(ax)
    _points_axis(ax, line, language)
    canvas.day_axis(ax, 0, until_day, language)
    if entry_day > 0:
        ax.axvspan(0, entry_day, color=palette.UNSEEN, linewidth=0, zorder=0.5, gid="unseen")
    ax.axhline(0, color=palette.REFERENCE, linewidth=1.0, zorder=1, gid="no-difference")
    color = palette.ACTUAL
    ax.fill_between(
        line.day, line.lo, line.hi, step="post", color=color, alpha=0.18, linewidth=0, gid="ci"
    )
    ax.plot(
        line.day, line.difference, drawstyle="steps-post", color=color, linewidth=1.8, zorder=4,
        gid="difference",
    )  # fmt: skip
    _say_directions(ax, line, language)
    canvas.draw_limits(ax, limits, language)
    canvas.axis_labels(
        ax,
        words.phrase("axis.days_since_start", language),
        words.phrase("compare.difference.axis", language),
    )
    canvas.mark_synthetic(ax, is_synthetic, language)
    return ax


def _points_axis(ax: Axes, line: DifferenceLine, language: str) -> None:
    """Let the axis reach equally far to both sides of zero, in percentage points."""
    ends = np.abs(np.concatenate([line.lo, line.hi, line.difference]))
    largest = float(np.max(ends[np.isfinite(ends)], initial=0.0))
    # Room above and below for the words on the directions.
    span = max(largest * 1.25, _SMALLEST_SPAN)
    step = next((s for s in _STEPS if span / s <= 4), 0.5)
    most = int(span / step + 1e-9)
    ticks = [k * step for k in range(-most, most + 1)]
    ax.set_ylim(-span, span)
    canvas.set_ticks(ax, "y", ticks, [signed(tick, language, 0) for tick in ticks])


def _say_directions(ax: Axes, line: DifferenceLine, language: str) -> None:
    for name, y, align in ((line.first, 0.97, "top"), (line.second, 0.03, "bottom")):
        said = words.phrase("difference.more", language, group=in_picture(name, 40))
        canvas.write(ax, said, (0.985, y), color=palette.MUTED, ha="right", va=align,
                     gid="direction")  # fmt: skip


def alt_difference_by_day(
    line: DifferenceLine,
    *,
    limits: Sequence[LimitLine] = (),
    entry_day: int = 0,
    until_day: int = 730,
    language: str = "",
    is_synthetic: bool = False,
) -> str:
    """Say in sentences what `difference_figure` shows, from the same data."""
    first, second = words.visible(line.first), words.visible(line.second)
    parts = [words.phrase("compare.figure", language, first=first, second=second)]
    days = [limit.days for limit in limits if entry_day < limit.days <= until_day]
    points = [point for day in days if (point := _point(line, day, language))]
    if points:
        listed = words.joined(points, language)
        parts.append(words.phrase("alt.difference_by_day.points", language, points=listed))
    if np.isfinite(line.difference).any():
        k = int(np.nanargmax(np.abs(line.difference)))
        largest = _points(line.difference[k], language)
        parts.append(words.phrase("alt.difference_by_day.largest", language, day=int(line.day[k]),
                                  difference=largest))  # fmt: skip
    return sentences(parts, is_synthetic, language)


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
    limits: Sequence[LimitLine] = (),
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
        listed = words.joined([words.visible(x.shown(language)) for x in limits], language)
        parts.append(words.phrase("difference.limits", language, limits=listed))
    if len(line.day):
        ends = {"first": int(line.day[0]), "last": int(line.day[-1])}
        parts.append(
            words.phrase("difference.cut", language, day=ends["last"], n=min_at_risk)
            if is_cut
            else words.phrase("difference.whole", language, **ends)
        )
    return sentences(parts, is_synthetic, language)


def signed(share: float, language: str = "", decimals: int = 1) -> str:
    r"""Write a difference of shares in percentage points with its sign, without the unit.

    >>> signed(0.0213), signed(0.0), signed(-0.0213, "en")
    ('+2,1', '0,0', '−2.1')
    """
    written = words.number(round(100 * share, decimals), decimals, language)
    return f"+{written}" if round(100 * share, decimals) > 0 else written
