"""Differences of shares with their intervals, one row per entry, round a line at no change."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from fmbstats import words
from fmbstats.figures import canvas, palette
from fmbstats.figures.sentences import sentences

COLUMNS = ("label", "difference", "lo", "hi", "is_sure")
_SMALLEST_SPAN = 0.02


def difference_plot(
    frame: pd.DataFrame, ax: Axes, *, language: str = "", is_synthetic: bool = False
) -> Axes:
    """Draw differences of shares: a point with its interval; filled where it is no chance.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per entry, drawn from the top: label, difference, lo, hi (shares, -1 to 1),
        is_sure (bool).
    ax : matplotlib.axes.Axes
        Best of ``new_figure("forest", n_rows=len(frame))``.
    language : {'sv', 'en'}
    is_synthetic : bool

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        When a column is missing.
    """
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise ValueError(f"difference frame lacks column(s) {', '.join(missing)}")
    rows, places = frame.reset_index(drop=True), np.arange(len(frame))
    _frame(ax, rows, language)
    ax.axvline(0, color=palette.REFERENCE, linewidth=1.0, zorder=1, gid="no-change")
    ax.hlines(places, rows["lo"], rows["hi"], colors=palette.ACTUAL, linewidth=1.3, gid="ci")
    is_sure = rows["is_sure"].to_numpy(dtype=bool)
    for mask, fill, gid in ((is_sure, palette.ACTUAL, "sure"), (~is_sure, palette.PAPER, "unsure")):
        ax.scatter(
            rows["difference"][mask],
            places[mask],
            s=26,
            facecolors=fill,
            edgecolors=palette.ACTUAL,
            linewidths=1.3,
            zorder=3,
            gid=gid,
        )
    for place, row in zip(places, rows.itertuples(), strict=True):
        written = signed(row.difference, language)
        _text(ax, -0.012, place, canvas.plain(row.label, 42), "right", "row")
        _text(ax, 1.02, place, written, "left", "difference")
    canvas.mark_synthetic(ax, is_synthetic, language)
    return ax


def _frame(ax: Axes, rows: pd.DataFrame, language: str) -> None:
    canvas.style_axes(ax, grid="x")
    ends = rows[["lo", "hi"]].to_numpy(dtype=float)
    span = max(float(np.nanmax(np.abs(ends), initial=0.0)) * 1.05, _SMALLEST_SPAN)
    step = next((s for s in (0.01, 0.02, 0.05, 0.1, 0.2) if span / s <= 4), 0.5)
    most = int(span / step + 1e-9)
    ticks = [k * step for k in range(-most, most + 1)]
    ax.set_xlim(-span, span)
    canvas.set_ticks(ax, "x", ticks, [signed(t, language, 0) for t in ticks])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.spines["left"].set_visible(False)
    ax.set_yticks([])
    canvas.axis_labels(ax, words.phrase("axis.difference_points", language))


def _text(ax: Axes, x: float, y: float, text: str, align: str, gid: str) -> None:
    ax.text(
        x,
        y,
        text,
        transform=ax.get_yaxis_transform(),
        ha=align,
        va="center_baseline",
        fontsize=canvas.SMALL_PT,
        color=palette.INK,
        parse_math=False,
        gid=gid,
    )


def signed(share: float, language: str = "", decimals: int = 1) -> str:
    r"""Write a difference of shares in percentage points with its sign, without the unit.

    Examples
    --------
    >>> signed(0.0213), signed(0.0), signed(-0.0213, "en")
    ('+2,1', '0,0', '−2.1')
    """
    written = words.number(round(100 * share, decimals), decimals, language)
    return f"+{written}" if round(100 * share, decimals) > 0 else written


def alt_difference_plot(
    frame: pd.DataFrame, *, language: str = "", is_synthetic: bool = False
) -> str:
    """Say in sentences what `difference_plot` shows."""
    say = words.phrase
    parts = [
        say(
            "alt.difference",
            language,
            n=words.count(len(frame), language),
            n_sure=words.count(int(frame["is_sure"].sum()), language),
        )
    ]
    for key, sign in (("up", 1), ("down", -1)):
        row = frame.iloc[int((sign * frame["difference"]).argmax())]
        if sign * row["difference"] > 0:
            change = words.points(abs(row["difference"]), 1, language)
            label = words.visible(row["label"])
            parts.append(say(f"alt.difference.{key}", language, label=label, change=change))
    return sentences(parts, is_synthetic, language)
