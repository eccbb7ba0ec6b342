"""Endings by day around a limit against a smooth curve without bunching."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from fmbstats import words
from fmbstats.figures import canvas, palette
from fmbstats.figures.display import LimitLine
from fmbstats.figures.sentences import sentences


def bunching_figure(
    day: np.ndarray,
    n_ended: np.ndarray,
    n_smooth: np.ndarray,
    ax: Axes,
    *,
    limits: Sequence[LimitLine] = (),
    language: str = "",
    is_synthetic: bool = False,
) -> Axes:
    """Draw the number ending each day and the smooth counterfactual.

    Parameters
    ----------
    day : array of int, shape (n_days,)
        Consecutive days.
    n_ended : array of float, shape (n_days,)
        Spells ending on each day.
    n_smooth : array of float, shape (n_days,)
        What a curve without bunching gives.
    ax : matplotlib.axes.Axes
        Best of ``new_figure("bunching")``.
    limits : sequence of LimitLine
    language : {'sv', 'en'}
    is_synthetic : bool

    Returns
    -------
    matplotlib.axes.Axes
    """
    day, n_ended = np.asarray(day), np.asarray(n_ended, dtype=float)
    canvas.style_axes(ax)
    canvas.day_axis(ax, float(day[0]) - 0.5, float(day[-1]) + 0.5, language)
    canvas.count_axis(ax, "y", float(max(n_ended.max(initial=1), 1) * 1.08), language)
    edges = np.repeat(np.concatenate([day - 0.5, [day[-1] + 0.5]]), 2)[1:-1]
    ax.fill_between(
        edges,
        np.repeat(n_ended, 2),
        facecolor=palette.ACTUAL,
        alpha=0.85,
        linewidth=0,
        label=words.phrase("legend.ended", language),
        gid="ended",
    )
    between = np.minimum(n_ended[1:], n_ended[:-1])
    # One line, parted by NaN, instead of one for each day.
    heights = np.stack([np.zeros(len(between)), between, np.full(len(between), np.nan)], axis=1)
    ax.plot(
        np.repeat(day[1:] - 0.5, 3),
        heights.ravel(),
        color=palette.PAPER,
        linewidth=0.6,
        solid_capstyle="butt",
        zorder=1.5,
        gid="gaps",
    )
    ax.plot(
        day,
        n_smooth,
        color=palette.REFERENCE,
        linewidth=2.0,
        label=words.phrase("legend.smooth", language),
        gid="smooth",
    )
    canvas.draw_limits(ax, limits, language)
    ax.legend(
        loc="upper right",
        frameon=True,
        framealpha=0.9,
        edgecolor="none",
        fontsize=canvas.SMALL_PT,
        labelcolor=palette.INK,
        borderaxespad=0.2,
    )
    canvas.axis_labels(
        ax,
        words.phrase("axis.days_since_start", language),
        words.phrase("axis.n_ended", language),
    )
    canvas.mark_synthetic(ax, is_synthetic, language)
    return ax


def alt_bunching_figure(
    day: np.ndarray,
    n_ended: np.ndarray,
    n_smooth: np.ndarray,
    *,
    limit_days: int,
    language: str = "",
    is_synthetic: bool = False,
) -> str:
    """Say in a sentence what `bunching_figure` shows at the limit."""
    at = int(np.searchsorted(day, limit_days))
    is_inside = at < len(day) and day[at] == limit_days
    observed = float(n_ended[at]) if is_inside else None
    expected = float(n_smooth[at]) if is_inside else None
    text = words.phrase(
        "alt.bunching",
        language,
        first=int(day[0]),
        last=int(day[-1]),
        limit=limit_days,
        observed=words.number(observed, 0, language),
        expected=words.number(expected, 0, language),
    )
    return sentences([text], is_synthetic, language)
