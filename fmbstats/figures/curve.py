"""The survival curve: share still on sick leave, limits, confidence band, number at risk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from fmbstats import words
from fmbstats.figures import canvas, palette
from fmbstats.figures.display import CurveLine, LimitLine
from fmbstats.figures.sentences import sentences
from fmbstats.media import in_picture

_ALT_DAYS = (30, 90, 180, 365)
_LABEL_PT = -18.0


def survival_curve(
    curves: CurveLine | Sequence[CurveLine],
    ax: Axes,
    *,
    limits: Sequence[LimitLine] = (),
    entry_day: int = 0,
    until_day: int | None = None,
    language: str = "",
    is_synthetic: bool = False,
) -> Axes:
    """Draw one or several survival curves with their limits.

    Parameters
    ----------
    curves : CurveLine or sequence of CurveLine
    ax : matplotlib.axes.Axes
        Best of ``new_figure("curve", n_rows=len(curves))``.
    limits : sequence of LimitLine
        Recommended limits; those past the end of the axis are left out.
    entry_day : int
        The curve starts here at 100 %; the days before are shaded as not seen.
    until_day : int, optional
        Last day of the axis; the last step when not given.
    language : {'sv', 'en'}
    is_synthetic : bool
        Whether the figure must say SYNTETISKA DATA.

    Returns
    -------
    matplotlib.axes.Axes
    """
    lines = _as_lines(curves)
    last = until_day or max((int(line.day[-1]) for line in lines if len(line.day)), default=365)
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
        _draw_legend(ax)
    _draw_at_risk(ax, lines, language)
    canvas.axis_labels(
        ax,
        words.phrase("axis.days_since_start", language),
        words.phrase("axis.share_remaining", language),
    )
    canvas.mark_synthetic(ax, is_synthetic, language)
    return ax


def _as_lines(curves: CurveLine | Sequence[CurveLine]) -> list[CurveLine]:
    return [curves] if isinstance(curves, CurveLine) else list(curves)


def _draw_line(ax: Axes, line: CurveLine, entry_day: int, *, with_band: bool) -> None:
    """Draw the steps from (entry_day, 1) and the band around them."""
    color = palette.role_color(line.role)
    after = line.day >= entry_day
    day = np.concatenate([[entry_day], line.day[after]])
    if with_band:
        lo, hi = (np.concatenate([[np.nan], band[after]]) for band in (line.lo, line.hi))
        ax.fill_between(
            day, lo, hi, step="post", color=color, alpha=0.18, linewidth=0, gid=f"ci-{line.role}"
        )
    ax.plot(
        day,
        np.concatenate([[1.0], line.survival[after]]),
        drawstyle="steps-post",
        color=color,
        linewidth=1.8,
        label=in_picture(line.label, 60),
        gid="curve",
    )


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
        ax.text(
            entry_day / 2,
            0.03,
            words.phrase("legend.before_entry", language),
            rotation=90,
            ha="center",
            va="bottom",
            fontsize=7,
            color=palette.MUTED,
        )


def _draw_legend(ax: Axes) -> None:
    ax.legend(
        loc="upper right",
        frameon=False,
        fontsize=canvas.TEXT_PT,
        labelcolor=palette.INK,
        handlelength=1.6,
        borderaxespad=0.2,
    )


def _draw_at_risk(ax: Axes, lines: Sequence[CurveLine], language: str) -> None:
    """Write the numbers still on sick leave in rows below the axis."""
    if not any(len(line.at_risk) for line in lines):
        return
    offset_pt = -40.0
    title = words.phrase("axis.at_risk", language)
    _below(ax, 0, offset_pt, title, "left", palette.MUTED, x_pt=_LABEL_PT - 36)
    for row, line in enumerate(lines):
        y_pt = offset_pt - 12 * (row + 1)
        color = palette.role_color(line.role)
        if len(lines) > 1:
            label = in_picture(line.label, 8)
            _below(ax, 0, y_pt, label, "right", color, x_pt=_LABEL_PT)
        for day, n in zip(line.at_risk_days, line.at_risk, strict=True):
            if day <= ax.get_xlim()[1]:
                place = day / ax.get_xlim()[1]
                _below(ax, place, y_pt, words.count(n, language), "center", color)


def _below(
    ax: Axes, x: float, y_pt: float, text: str, align: str, color: str, x_pt: float = 0.0
) -> None:
    ax.annotate(
        text,
        xy=(x, 0),
        xycoords="axes fraction",
        xytext=(x_pt, y_pt),
        textcoords="offset points",
        ha=align,
        va="baseline",
        fontsize=canvas.SMALL_PT,
        color=color,
        annotation_clip=False,
        parse_math=False,
        gid="at-risk",
    )


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
    lines = _as_lines(curves)
    last = until_day or max((int(line.day[-1]) for line in lines if len(line.day)), default=365)
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
        words.phrase(
            "alt.survival.point",
            language,
            share=words.percent(line.at(day), 0, language),
            day=day,
        )
        for day in days
        if line.at(day) == line.at(day)
    ]
    if not points:
        return []
    shares = words.joined(points, language)
    return [words.phrase(key, language, label=words.visible(line.label), points=shares)]
