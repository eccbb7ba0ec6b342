"""Published bands: where the share is known, and between which values it lies elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from fmbstats import words
from fmbstats.figures import canvas, palette
from fmbstats.figures.display import LimitLine
from fmbstats.figures.sentences import sentences, share_text

_COLUMNS = ("from_day", "to_day", "lo", "hi")


@dataclass(frozen=True)
class LimitBounds:
    """The bounds of the share over one limit; `lo` and `hi` are shares in 0-1."""

    days: int
    lo: float
    hi: float
    label: str = ""


def bounds_figure(
    bands: pd.DataFrame,
    ax: Axes,
    *,
    limits: Sequence[LimitBounds] = (),
    until_day: int | None = None,
    language: str = "",
) -> Axes:
    """Draw published bands as rectangles of possible values, with the bounds at each limit.

    A point stands where two bands meet in one value: there the share is known.

    The data are real by definition, so there is no synthetic mark.

    Parameters
    ----------
    bands : pandas.DataFrame
        One row per band, rising: from_day and to_day (the band is (from_day, to_day]; the last
        may be open, to_day NaN), lo and hi (bounds of P(T > t) for t inside the band, 0-1).
    ax : matplotlib.axes.Axes
        Best of ``new_figure("bounds")``.
    limits : sequence of LimitBounds
    until_day : int, optional
        Last day of the axis.
    language : {'sv', 'en'}

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        When a column is missing.
    """
    rows = _checked(bands)
    last = until_day or _last_day(rows)
    canvas.style_axes(ax)
    canvas.share_axis(ax, "y", language)
    canvas.day_axis(ax, 0, last, language)
    start = rows["from_day"].to_numpy(dtype=float)
    end = np.minimum(rows["to_day"].fillna(last).to_numpy(dtype=float), last)
    lo, hi = rows["lo"].to_numpy(dtype=float), rows["hi"].to_numpy(dtype=float)
    _draw_rectangles(ax, start, end, lo, hi)
    is_known = np.concatenate([[True], np.abs(lo[:-1] - hi[1:]) < 1e-9]) & (start <= last)
    ax.plot(
        start[is_known],
        hi[is_known],
        "o",
        color=palette.ACTUAL,
        markersize=5,
        zorder=4,
        clip_on=False,
        gid="known",
    )
    shown = [x for x in limits if x.days <= last]
    canvas.draw_limits(ax, [LimitLine(x.days, x.label) for x in shown], language)
    for bound in shown:
        _draw_bound(ax, bound, language)
    canvas.axis_labels(
        ax, words.phrase("axis.bands", language), words.phrase("axis.share_within_band", language)
    )
    return ax


def _checked(bands: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in _COLUMNS if name not in bands.columns]
    if missing:
        raise ValueError(f"bands lack column(s) {', '.join(missing)}")
    return bands.reset_index(drop=True)


def _last_day(rows: pd.DataFrame) -> int:
    end = rows["to_day"].dropna()
    last = float(max(end.max() if len(end) else 0, rows["from_day"].max()))
    return int(last if rows["to_day"].notna().all() else last * 1.15)


def _draw_rectangles(
    ax: Axes, start: np.ndarray, end: np.ndarray, lo: np.ndarray, hi: np.ndarray
) -> None:
    """Draw all bands as one collection; NaN parts them."""
    gap = np.full_like(start, np.nan)
    days = np.stack([start, end, gap], axis=1).ravel()
    ax.fill_between(
        days,
        np.repeat(lo, 3),
        np.repeat(hi, 3),
        where=np.isfinite(days),
        facecolor=(palette.ACTUAL, 0.25),
        edgecolor=palette.ACTUAL,
        linewidth=0.8,
        gid="bands",
    )


def _draw_bound(ax: Axes, bound: LimitBounds, language: str) -> None:
    """Mark the bounds at a limit and write them beside the mark."""
    ax.plot(
        [bound.days] * 2,
        [bound.lo, bound.hi],
        color=palette.ACTUAL,
        linewidth=4.5,
        solid_capstyle="butt",
        zorder=5,
        gid="bound",
    )
    is_right = bound.days > 0.8 * ax.get_xlim()[1]
    ax.annotate(
        share_text(bound.lo, bound.hi, language, 1),
        xy=(bound.days, bound.hi),
        xytext=(-7 if is_right else 7, 2),
        textcoords="offset points",
        ha="right" if is_right else "left",
        va="bottom",
        fontsize=canvas.SMALL_PT,
        fontweight="bold",
        color=palette.INK,
        bbox={"facecolor": palette.PAPER, "edgecolor": "none", "pad": 1.0, "alpha": 0.85},
        zorder=6,
        gid="bound-text",
    )


def alt_bounds_figure(
    bands: pd.DataFrame, *, limits: Sequence[LimitBounds] = (), language: str = ""
) -> str:
    """Say in sentences what `bounds_figure` shows."""
    _checked(bands)
    if not limits:
        return words.phrase("alt.bounds.unlimited", language)
    parts = [words.phrase("alt.bounds", language)] + [
        words.phrase(
            "alt.bounds.limit",
            language,
            limit=words.days(bound.days, language),
            lo=words.percent(bound.lo, 1, language),
            hi=words.percent(bound.hi, 1, language),
        )
        for bound in limits
    ]
    return sentences(parts, False, language)
