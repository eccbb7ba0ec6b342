"""The share over one and the same limit by the year in which the spells began."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from fmbstats import words
from fmbstats.figures import canvas, palette
from fmbstats.figures.display import checked_intervals
from fmbstats.figures.sentences import group_shares, sentences
from fmbstats.media import in_picture


def trend_figure(
    frame: pd.DataFrame,
    ax: Axes,
    *,
    revisions: Sequence[tuple[float, str]] = (),
    language: str = "",
    is_synthetic: bool = False,
) -> Axes:
    """Draw the share over the limit by start year with its CI.

    Parameters
    ----------
    frame : pandas.DataFrame
        See `checked_intervals`; column `label` holds the year. With an interval of shares
        (several cases) the space between longest and shortest limit is filled.
    ax : matplotlib.axes.Axes
        Best of ``new_figure("trend")``.
    revisions : sequence of (year, label)
        When the recommendation changed: vertical lines, e.g. ``(2016.8, "2016-09")``.
    language : {'sv', 'en'}
    is_synthetic : bool

    Returns
    -------
    matplotlib.axes.Axes
    """
    rows = checked_intervals(frame)
    year = rows["label"].astype(float).to_numpy()
    lo, hi, ci_lo, ci_hi = (
        rows[name].to_numpy(dtype=float)
        for name in ("exceedance_lo", "exceedance_hi", "ci_lo", "ci_hi")
    )
    canvas.style_axes(ax)
    top = float(np.nanmax(np.concatenate([ci_hi, hi]), initial=0.1))
    canvas.share_axis(ax, "y", language, min(1.0, np.ceil(top * 10 + 0.5) / 10))
    ax.set_xlim(year.min() - 0.5, year.max() + 0.5)
    canvas.set_ticks(ax, "x", year, [f"{y:.0f}" for y in year])
    for at, label in revisions:
        _draw_revision(ax, at, label)
    if np.nanmax(hi - lo, initial=0) > 0.004:
        ax.fill_between(year, lo, hi, color=palette.ACTUAL, alpha=0.22, linewidth=0, gid="cases")
    ax.vlines(year, ci_lo, ci_hi, color=palette.ACTUAL, linewidth=1.3, gid="ci")
    for edge in (lo, hi) if not np.allclose(lo, hi, equal_nan=True) else (hi,):
        ax.plot(year, edge, "o-", color=palette.ACTUAL, linewidth=1.6, markersize=5, gid="trend")
    canvas.axis_labels(
        ax,
        words.phrase("axis.start_year", language),
        words.phrase("axis.share_over_limit.short", language),
    )
    canvas.mark_synthetic(ax, is_synthetic, language)
    return ax


def _draw_revision(ax: Axes, at: float, label: str) -> None:
    ax.axvline(at, color=palette.RECOMMENDATION, linewidth=1.2, linestyle=(0, (5, 2)))
    ax.annotate(
        in_picture(label, 24),
        xy=(at, 1),
        xycoords=ax.get_xaxis_transform(),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=canvas.SMALL_PT,
        color=palette.RECOMMENDATION,
        annotation_clip=False,
        parse_math=False,
        gid="revision",
    )


def alt_trend_figure(
    frame: pd.DataFrame, *, limit_text: str, language: str = "", is_synthetic: bool = False
) -> str:
    """Say in sentences what `trend_figure` shows; `limit_text` names the limit."""
    groups = words.joined(group_shares(checked_intervals(frame), language), language)
    text = words.phrase("alt.trend", language, limit=limit_text, groups=groups)
    return sentences([text], is_synthetic, language)
