"""Shares as intervals: one row per group."""

from __future__ import annotations

import textwrap
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from fmbstats import words
from fmbstats.figures import canvas, palette
from fmbstats.figures.display import checked_intervals, sentences
from fmbstats.frames import rows_of
from fmbstats.media import in_picture

_BAR_PT = 8.0
_NARROW = 0.004  # an interval narrower than this is drawn as a point
_MOST_SPOKEN = 6  # groups that an alternative text names one by one
_MOST_LETTERS = 100  # of a name
_LINE_LETTERS = (26, 30, 34)  # a longer name takes two smaller lines, as short as they can be
_TWO_LINES_PT = 6.4


def interval_bars(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    reference_share: float | None = None,
    language: str = "",
    is_synthetic: bool = False,
) -> Axes:
    """Draw the share over the limit for groups: a bar from longest to shortest limit, with CI.

    `frame`: see `checked_intervals`; rows are drawn from the top in the order given. A row with a
    `reason` shows its words instead of marks. `ax`: a figure of its own by default.
    `reference_share`: the nation's share, a vertical line.
    """
    rows = checked_intervals(frame)
    alt = partial(alt_interval_bars, frame, reference_share=reference_share, language=language,
                  is_synthetic=is_synthetic)  # fmt: skip
    ax = canvas.axes_for(ax, alt, "strata", len(rows))
    _frame_rows(ax, len(rows), language)
    if reference_share is not None:
        _draw_reference(ax, reference_share, len(rows), language)
    _draw_rows(ax, rows, np.arange(len(rows)), language)
    canvas.mark_synthetic(ax, is_synthetic, language)
    return ax


def _frame_rows(ax: Axes, n_rows: int, language: str) -> None:
    canvas.style_axes(ax, grid="x")
    canvas.share_axis(ax, "x", language)
    ax.set_ylim(n_rows - 0.5, -0.5)
    ax.spines["left"].set_visible(False)
    ax.set_yticks([])
    canvas.axis_labels(ax, words.phrase("axis.share_over_limit", language))


def _draw_reference(ax: Axes, share: float, n_rows: int, language: str) -> None:
    ax.axvline(share, color=palette.REFERENCE, linewidth=1.0, zorder=1, gid="reference")
    said = words.phrase("legend.nation", language, share=words.percent(share, 0, language))
    canvas.write(ax, said, (share, -0.5), at="data", off=(0, 3), color=palette.REFERENCE,
                 ha="center", va="bottom")  # fmt: skip


def _draw_rows(ax: Axes, rows: pd.DataFrame, places: np.ndarray, language: str) -> None:
    """Draw CI lines, bars or points, names to the left and shares to the right."""
    lo, hi, ci_lo, ci_hi = (
        rows[name].to_numpy(dtype=float)
        for name in ("exceedance_lo", "exceedance_hi", "ci_lo", "ci_hi")
    )
    colors = np.array([palette.role_color(role) for role in rows["role"]])
    known = np.isfinite(lo) & np.array([reason is None for reason in _reasons(rows)])
    is_point = known & (hi - lo < _NARROW)
    is_bar = known & ~is_point
    ax.hlines(places[known], ci_lo[known], ci_hi[known], colors=colors[known], linewidth=1.3)
    ax.hlines(places[is_bar], lo[is_bar], hi[is_bar], colors=colors[is_bar], linewidth=_BAR_PT,
              gid="bars", zorder=3)  # fmt: skip
    ax.scatter((lo + hi)[is_point] / 2, places[is_point], s=_BAR_PT * 4.0, c=colors[is_point],
               zorder=3, gid="points")  # fmt: skip
    _write_labels(ax, rows["label"], places)
    _write_shares(ax, rows, places, known, language)


def _write_labels(ax: Axes, labels: pd.Series, places: np.ndarray) -> None:
    """Write the names of the rows to the left, a long one on two smaller lines."""
    for place, label in zip(places, labels, strict=True):
        lines = _name_lines(in_picture(label, _MOST_LETTERS))
        is_long = len(lines) > 1
        canvas.write(
            ax, "\n".join(lines), (-0.012, place), at=ax.get_yaxis_transform(), ha="right",
            size=_TWO_LINES_PT if is_long else canvas.SMALL_PT, linespacing=0.95, gid="row",
            va="center" if is_long else "center_baseline",
        )  # fmt: skip


def _name_lines(text: str) -> list[str]:
    """Part a name into one line, or two."""
    if len(text) <= _LINE_LETTERS[0]:
        return [text]
    parted = (textwrap.wrap(text, width) for width in _LINE_LETTERS)
    widest = textwrap.wrap(text, _LINE_LETTERS[-1], max_lines=2, placeholder="…")
    return next((lines for lines in parted if len(lines) <= 2), widest)


def _reasons(rows: pd.DataFrame) -> list[words.Spoken | None]:
    """Return the reasons, flags turned into what they stand for, None where there is none."""
    given = [None if reason is None or reason != reason else reason for reason in rows["reason"]]
    return [words.Absent(reason) if isinstance(reason, str) else reason for reason in given]


def _write_shares(
    ax: Axes, rows: pd.DataFrame, places: np.ndarray, known: np.ndarray, language: str
) -> None:
    """Write the share at the right of each row, or the reason for its absence inside it."""
    reasons = _reasons(rows)
    for k, row in enumerate(rows_of(rows)):
        if known[k]:
            text, x = _share(row, language), 1.02
        else:
            text, x = (reasons[k] or words.Absent.MISSING).text(language), 0.01
        ink, style = (palette.INK, "normal") if known[k] else (palette.MUTED, "italic")
        canvas.write(
            ax, text, (x, places[k]), at=ax.get_yaxis_transform(), color=ink, fontstyle=style,
            va="center_baseline", gid="share" if known[k] else "reason",
        )  # fmt: skip


def alt_interval_bars(
    frame: pd.DataFrame,
    *,
    reference_share: float | None = None,
    language: str = "",
    is_synthetic: bool = False,
) -> str:
    """Say in sentences what `interval_bars` shows."""
    rows = checked_intervals(frame)
    absent = [reason is not None for reason in _reasons(rows)]
    shown = rows[~np.array(absent, dtype=bool)]
    n = words.number(len(rows), 0, language)
    parts = [words.phrase("alt.strata", language, n=n)]
    groups = [
        words.phrase("alt.group", language, label=words.visible(row.label),
                     share=_share(row, language))
        for row in rows_of(shown)
        if np.isfinite(row.exceedance_lo)
    ]  # fmt: skip
    if 0 < len(groups) <= _MOST_SPOKEN:
        joined = words.joined(groups, language)
        parts.append(words.phrase("alt.groups", language, groups=joined))
    else:
        parts += _extremes(shown, language)
    if reference_share is not None:
        share = words.percent(reference_share, 0, language)
        parts.append(words.phrase("legend.nation", language, share=share) + ".")
    if any(absent):
        missing = words.number(sum(absent), 0, language)
        parts.append(words.phrase("alt.absent", language, n=missing))
    return sentences(parts, is_synthetic, language)


def _share(row: Any, language: str) -> str:
    return words.interval(row.exceedance_lo, row.exceedance_hi, "percent", 0, language)


def _extremes(frame: pd.DataFrame, language: str) -> list[str]:
    """Name the highest and the lowest row, by its upper share."""
    upper = frame["exceedance_hi"].to_numpy(dtype=float)
    if np.isfinite(upper).sum() < 2:
        return []
    high, low = (frame.iloc[int(k)] for k in (np.nanargmax(upper), np.nanargmin(upper)))
    return [
        words.phrase(
            "alt.extremes", language, high=words.visible(high.label),
            high_share=_share(high, language), low=words.visible(low.label),
            low_share=_share(low, language),
        )
    ]  # fmt: skip
