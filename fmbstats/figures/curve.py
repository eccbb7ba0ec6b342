"""The survival curve: share still on sick leave, limits, confidence band, number at risk."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes

from fmbstats import words
from fmbstats.figures import canvas, palette
from fmbstats.figures.display import CurveLine, LimitLine, sentences, written
from fmbstats.media import in_picture

_ALT_DAYS = (30, 90, 180, 365)
_LABEL_PT = -18.0


def survival_curve(
    curves: CurveLine | Sequence[CurveLine],
    ax: Axes | None = None,
    *,
    limits: Sequence[LimitLine] = (),
    entry_day: int = 0,
    until_day: int | None = None,
    language: str = "",
    is_synthetic: bool = False,
) -> Axes:
    """Draw one or several survival curves with their limits.

    `ax`: a figure of its own by default. `limits`: those past the end of the axis are left out.
    `entry_day`: the curve starts here at 100 %; the days before are shaded as not seen.
    `until_day`: last day of the axis; the last step when not given.
    """
    lines, last = _lines_until(curves, until_day)
    alt = partial(alt_survival_curve, lines, limits=limits, entry_day=entry_day, until_day=last,
                  language=language, is_synthetic=is_synthetic)  # fmt: skip
    ax = canvas.axes_for(ax, alt, "curve", len(lines))
    canvas.style_axes(ax)
    canvas.share_axis(ax, "y", language)
    canvas.day_axis(ax, 0, last, language)
    _shade_unseen(ax, entry_day, last, language)
    for line in lines:
        _draw_line(ax, line, entry_day, with_band=len(lines) <= 2)
    canvas.draw_limits(ax, limits, language)
    if len(lines) == 1:
        _draw_at_limits(ax, lines[0], [x.days for x in limits if entry_day < x.days <= last])
    if len(lines) > 1:
        canvas.legend(ax, size=canvas.TEXT_PT, frameon=False, handlelength=1.6, borderaxespad=0.2)
    _draw_at_risk(ax, lines, language)
    canvas.axis_labels(
        ax,
        words.phrase("axis.days_since_start", language),
        words.phrase("axis.share_remaining", language),
    )
    canvas.mark_synthetic(ax, is_synthetic, language)
    return ax


def _lines_until(
    curves: CurveLine | Sequence[CurveLine], until_day: int | None
) -> tuple[list[CurveLine], int]:
    """Return the curves, and the last day of the axis."""
    lines = [curves] if isinstance(curves, CurveLine) else list(curves)
    steps = (int(line.day[-1]) for line in lines if len(line.day))
    return lines, until_day or max(steps, default=365)


def _draw_line(ax: Axes, line: CurveLine, entry_day: int, *, with_band: bool) -> None:
    """Draw the steps from (entry_day, 1) and the band around them."""
    color = palette.role_color(line.role)
    after = line.day >= entry_day
    day, share = line.stairs(entry_day)
    if with_band:
        lo, hi = (np.concatenate([[np.nan], band[after]]) for band in (line.lo, line.hi))
        ax.fill_between(
            day, lo, hi, step="post", color=color, alpha=0.18, linewidth=0, gid=f"ci-{line.role}"
        )
    ax.plot(
        day, share, drawstyle="steps-post", color=color, linewidth=1.8,
        label=in_picture(line.label, 60), gid="curve",
    )  # fmt: skip


def _draw_at_limits(ax: Axes, line: CurveLine, days: Sequence[int]) -> None:
    """Mark the share at each limit with a point and its confidence interval."""
    known = [d for d in days if line.at(d) == line.at(d)]
    if not known:
        return
    steps = [int(np.searchsorted(line.day, d, side="right")) - 1 for d in known]
    ends = [(line.lo[k], line.hi[k]) if k >= 0 else (np.nan, np.nan) for k in steps]
    color = palette.role_color(line.role)
    ax.vlines(known, *zip(*ends, strict=True), color=color, linewidth=2.2, zorder=5)
    ax.plot(
        known,
        [line.at(d) for d in known],
        linestyle="none",
        marker="o",
        markersize=5.5,
        markerfacecolor=palette.PAPER,
        markeredgecolor=color,
        markeredgewidth=1.6,
        zorder=6,
        gid="at-limits",
    )


def _shade_unseen(ax: Axes, entry_day: int, last: int, language: str) -> None:
    if entry_day <= 0:
        return
    ax.axvspan(0, entry_day, color=palette.UNSEEN, linewidth=0, zorder=0.5, gid="unseen")
    if entry_day / last > 0.025:
        name = words.phrase("legend.before_entry", language)
        canvas.write(ax, name, (entry_day / 2, 0.03), at="data", size=7, color=palette.MUTED,
                     rotation=90, ha="center", va="bottom")  # fmt: skip


def _draw_at_risk(ax: Axes, lines: Sequence[CurveLine], language: str) -> None:
    """Write the numbers still on sick leave in rows below the axis."""
    if not any(len(line.at_risk) for line in lines):
        return
    offset_pt = -40.0
    title = words.phrase("axis.at_risk", language)
    below = partial(canvas.write, ax, va="baseline", gid="at-risk")
    below(title, (0, 0), off=(_LABEL_PT - 36, offset_pt), ha="left", color=palette.MUTED)
    for row, line in enumerate(lines):
        y_pt = offset_pt - 12 * (row + 1)
        color = palette.role_color(line.role)
        if len(lines) > 1:
            label = in_picture(line.label, 8)
            below(label, (0, 0), off=(_LABEL_PT, y_pt), ha="right", color=color)
        for day, n in zip(line.at_risk_days, line.at_risk, strict=True):
            if day <= ax.get_xlim()[1]:
                place = (day / ax.get_xlim()[1], 0)
                below(words.count(n, language), place, off=(0, y_pt), ha="center", color=color)


def alt_survival_curve(
    curves: CurveLine | Sequence[CurveLine],
    *,
    limits: Sequence[LimitLine] = (),
    entry_day: int = 0,
    until_day: int | None = None,
    language: str = "",
    is_synthetic: bool = False,
) -> str:
    """Say in sentences what `survival_curve` shows, from the same data."""
    lines, last = _lines_until(curves, until_day)
    parts = [words.phrase("alt.survival", language, first=entry_day, last=last)]
    seen = [x.days for x in limits if entry_day < x.days <= last]
    for line in lines:
        days = [d for d in _ALT_DAYS if entry_day < d <= last]
        parts += _alt_line("alt.survival.line", line, days, language)
        parts += _alt_line("alt.survival.limits", line, seen, language)
    unseen = [words.days(x.days, language) for x in limits if x.days not in seen]
    if unseen:
        text = words.joined(unseen, language)
        parts.append(words.phrase("alt.survival.limit_unseen", language, limits=text))
    return sentences(parts, is_synthetic, language)


def _alt_line(key: str, line: CurveLine, days: Sequence[int], language: str) -> list[str]:
    """One sentence with the shares of a line on some days; none when none is known."""
    points = [
        words.phrase("alt.survival.point", language, share=written(line.at(day), True, language),
                     day=day)
        for day in days
        if line.at(day) == line.at(day)
    ]  # fmt: skip
    if not points:
        return []
    shares = words.joined(points, language)
    return [words.phrase(key, language, label=words.visible(line.label), points=shares)]
