"""Shares as intervals: one row per group (strata, counties) or per entry (forest plot)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from types import MappingProxyType

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from fmbstats import words
from fmbstats.figures import canvas, palette
from fmbstats.figures.display import checked_intervals
from fmbstats.figures.sentences import extremes, group_shares, sentences, share_text
from fmbstats.frames import rows_of
from fmbstats.media import in_picture

_NARROW = 0.004  # an interval narrower than this is drawn as a point
_MOST_SPOKEN = 6  # groups that an alternative text names one by one
_MOST_LETTERS = 100  # of a name
_LINE_LETTERS = (42, 48, 54)  # a longer name takes two smaller lines, as short as they can be
_TWO_LINES_PT = 6.4
# Which of an entry's limits the share is known for; an open triangle points to the side where the
# share over the limits that are not known lies. Shape tells them apart, never colour alone.
_MARKERS = MappingProxyType({"between": "", "one": "o", "least": ">", "most": "<"})


def interval_bars(
    frame: pd.DataFrame,
    ax: Axes,
    *,
    reference_share: float | None = None,
    language: str = "",
    is_synthetic: bool = False,
) -> Axes:
    """Draw the share over the limit for groups: a bar from longest to shortest limit, with CI.

    Parameters
    ----------
    frame : pandas.DataFrame
        See `checked_intervals`; rows are drawn from the top in the order given. A row with a
        `reason` shows its words instead of marks.
    ax : matplotlib.axes.Axes
        Best of ``new_figure("strata", n_rows=len(frame))``.
    reference_share : float, optional
        The nation's share, a vertical line.
    language : {'sv', 'en'}
    is_synthetic : bool

    Returns
    -------
    matplotlib.axes.Axes
    """
    rows = checked_intervals(frame)
    _frame_rows(ax, len(rows), language)
    if reference_share is not None:
        _draw_reference(ax, reference_share, len(rows), language)
    _draw_rows(ax, rows, np.arange(len(rows)), language, bar_pt=8.0)
    canvas.mark_synthetic(ax, is_synthetic, language)
    return ax


def forest_plot(
    frame: pd.DataFrame, ax: Axes, *, language: str = "", is_synthetic: bool = False
) -> Axes:
    """Draw many entries, under the heads of their groups when there is a column `group`.

    Parameters
    ----------
    frame : pandas.DataFrame
        As for `interval_bars`, with an optional column `group`; rows of one group stand
        together. With a column `form` ("between", "one", "least" or
        "most": the limits that the share is known for) the marks differ by it, and a
        legend says how. Use `forest_rows` for the number of rows and `forest_pages` to part a
        long one.
    ax : matplotlib.axes.Axes
        Best of ``new_figure("forest", n_rows=forest_rows(frame))``.
    language : {'sv', 'en'}
    is_synthetic : bool

    Returns
    -------
    matplotlib.axes.Axes
    """
    rows = checked_intervals(frame)
    places, heads = _places(rows)
    _frame_rows(ax, forest_rows(rows), language)
    left_pt = canvas.axes_box_pt(ax)[0]
    for place, head in heads:
        ax.annotate(
            in_picture(head, 60),
            xy=(0, place),
            xycoords=ax.get_yaxis_transform(),
            xytext=(8 - left_pt, 0),
            textcoords="offset points",
            ha="left",
            va="center_baseline",
            annotation_clip=False,
            fontsize=canvas.SMALL_PT,
            fontweight="bold",
            color=palette.INK,
            parse_math=False,
            gid="group",
        )
    _draw_rows(ax, rows, places, language, bar_pt=6.0)
    _draw_kinds_legend(ax, _kinds_shown(rows), language)
    canvas.mark_synthetic(ax, is_synthetic, language)
    return ax


def _places(rows: pd.DataFrame) -> tuple[np.ndarray, list[tuple[int, str]]]:
    """Row numbers of the entries and of the group heads between them."""
    if "group" not in rows.columns:
        return np.arange(len(rows)), []
    is_first = rows["group"] != rows["group"].shift()
    places = np.arange(len(rows)) + is_first.cumsum().to_numpy()
    heads = [(int(places[k]) - 1, str(rows["group"][k])) for k in np.flatnonzero(is_first)]
    return places, heads


def forest_rows(frame: pd.DataFrame) -> int:
    """Return the rows a forest plot needs, group heads included."""
    if "group" not in frame.columns:
        return len(frame)
    group = frame["group"].reset_index(drop=True)
    return len(frame) + int((group != group.shift()).sum())


def forest_pages(frame: pd.DataFrame, most_rows: int = 46) -> Iterator[pd.DataFrame]:
    """Part a long frame into pages that each fit on an A4 sheet.

    Parameters
    ----------
    frame : pandas.DataFrame
    most_rows : int
        Rows of a page, group heads included.

    Yields
    ------
    pandas.DataFrame
    """
    first = 0
    for last in range(1, len(frame) + 1):
        ends = last == len(frame) or forest_rows(frame.iloc[first : last + 1]) > most_rows
        if ends:
            yield frame.iloc[first:last]
            first = last


def _frame_rows(ax: Axes, n_rows: int, language: str) -> None:
    canvas.style_axes(ax, grid="x")
    canvas.share_axis(ax, "x", language)
    ax.set_ylim(n_rows - 0.5, -0.5)
    ax.spines["left"].set_visible(False)
    ax.set_yticks([])
    canvas.axis_labels(ax, words.phrase("axis.share_over_limit", language))


def _draw_reference(ax: Axes, share: float, n_rows: int, language: str) -> None:
    ax.axvline(share, color=palette.REFERENCE, linewidth=1.0, zorder=1, gid="reference")
    ax.annotate(
        words.phrase("legend.nation", language, share=words.percent(share, 0, language)),
        xy=(share, -0.5),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=canvas.SMALL_PT,
        color=palette.REFERENCE,
        annotation_clip=False,
    )


def _draw_rows(
    ax: Axes, rows: pd.DataFrame, places: np.ndarray, language: str, *, bar_pt: float
) -> None:
    """Draw CI lines, bars or points, names to the left and shares to the right."""
    lo, hi, ci_lo, ci_hi = (
        rows[name].to_numpy(dtype=float)
        for name in ("exceedance_lo", "exceedance_hi", "ci_lo", "ci_hi")
    )
    colors = np.array([palette.role_color(role) for role in rows["role"]])
    known = np.isfinite(lo) & np.array([reason is None for reason in _reasons(rows)])
    kinds = _kinds(rows)
    is_partly = known & np.isin(kinds, ("least", "most"))
    is_point = known & ~is_partly & ((hi - lo < _NARROW) | (kinds == "one"))
    is_point &= kinds != "between"
    is_bar = known & ~is_point & ~is_partly
    # A bar keeps a width that is seen, however close the shares over its limits are.
    widen = np.where(hi - lo < _NARROW, _NARROW, 0)
    lo_drawn, hi_drawn = lo - widen, hi + widen
    ax.hlines(places[known], ci_lo[known], ci_hi[known], colors=colors[known], linewidth=1.3)
    ax.hlines(
        places[is_bar],
        lo_drawn[is_bar],
        hi_drawn[is_bar],
        colors=colors[is_bar],
        linewidth=bar_pt,
        gid="bars",
        zorder=3,
    )
    ax.scatter(
        (lo + hi)[is_point] / 2,
        places[is_point],
        s=bar_pt * 4.0,
        c=colors[is_point],
        zorder=3,
        gid="points",
    )
    for kind in ("least", "most"):
        chosen = is_partly & (kinds == kind)
        ax.scatter(
            lo[chosen],
            places[chosen],
            s=bar_pt * 5.0,
            marker=_MARKERS[kind],
            facecolors=palette.PAPER,
            edgecolors=colors[chosen],
            linewidths=1.2,
            zorder=3,
            gid=kind,
        )
    _write_labels(ax, rows["label"], places)
    _write_shares(ax, rows, places, known, language)


def _kinds(rows: pd.DataFrame) -> np.ndarray:
    """Return which limits each share is known for; empty texts where the frame does not say."""
    if "form" not in rows.columns:
        return np.full(len(rows), "")
    return rows["form"].to_numpy(dtype=str)


def _kinds_shown(rows: pd.DataFrame) -> dict[str, int]:
    """Return how many rows with a share there are of each kind that there is."""
    known = np.isfinite(rows["exceedance_lo"].to_numpy(dtype=float))
    known &= np.array([reason is None for reason in _reasons(rows)], dtype=bool)
    kinds = _kinds(rows)[known]
    counts = {kind: int((kinds == kind).sum()) for kind in _MARKERS}
    return {kind: n for kind, n in counts.items() if n}


def _draw_kinds_legend(ax: Axes, kinds: dict[str, int], language: str) -> None:
    """Explain the marks above the rows, from the figure's left edge."""
    if not kinds:
        return
    left_pt, width_pt, height_pt = canvas.axes_box_pt(ax)
    ax.legend(
        handles=[_kind_handle(kind, language) for kind in kinds],
        loc="lower left",
        bbox_to_anchor=((8 - left_pt) / width_pt, 1 + 3 / height_pt),
        borderaxespad=0,
        borderpad=0,
        frameon=False,
        ncols=2,
        fontsize=7,
        labelcolor=palette.INK,
        handlelength=1.6,
        columnspacing=1.4,
        labelspacing=0.3,
    )


def _kind_handle(kind: str, language: str) -> Line2D:
    text = words.phrase(f"forest.{kind}", language)
    if kind == "between":
        return Line2D([], [], color=palette.ACTUAL, linewidth=6, solid_capstyle="butt", label=text)
    return Line2D(
        [],
        [],
        linewidth=1.3,
        color=palette.ACTUAL,
        label=text,
        marker=_MARKERS[kind],
        markersize=5,
        markerfacecolor=palette.ACTUAL if kind == "one" else palette.PAPER,
    )


def _write_labels(ax: Axes, labels: pd.Series, places: np.ndarray) -> None:
    """Write the names of the rows to the left, a long one on two smaller lines.

    Plain texts are cheaper than ticks.
    """
    for place, label in zip(places, labels, strict=True):
        lines = _name_lines(in_picture(label, _MOST_LETTERS))
        is_long = len(lines) > 1
        ax.text(
            -0.012,
            place,
            "\n".join(lines),
            transform=ax.get_yaxis_transform(),
            ha="right",
            va="center" if is_long else "center_baseline",
            fontsize=_TWO_LINES_PT if is_long else canvas.SMALL_PT,
            linespacing=0.95,
            color=palette.INK,
            parse_math=False,
            gid="row",
        )


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
            text, x = share_text(row.exceedance_lo, row.exceedance_hi, language), 1.02
        else:
            text, x = (reasons[k] or words.Absent.MISSING).text(language), 0.01
        ax.text(
            x,
            places[k],
            text,
            transform=ax.get_yaxis_transform(),
            va="center_baseline",
            fontsize=canvas.SMALL_PT,
            color=palette.INK if known[k] else palette.MUTED,
            gid="share" if known[k] else "reason",
            fontstyle="normal" if known[k] else "italic",
        )


def alt_interval_bars(
    frame: pd.DataFrame,
    *,
    reference_share: float | None = None,
    language: str = "",
    is_synthetic: bool = False,
    key: str = "strata",
) -> str:
    """Say in sentences what `interval_bars` (or, with key 'forest', `forest_plot`) shows."""
    rows = checked_intervals(frame)
    absent = [reason is not None for reason in _reasons(rows)]
    shown = rows[~np.array(absent, dtype=bool)]
    n = words.number(len(rows), 0, language)
    parts = [words.phrase(f"alt.{key}", language, n=n), *_kinds_told(rows, language)]
    groups = group_shares(shown, language)
    if 0 < len(groups) <= _MOST_SPOKEN:
        joined = words.joined(groups, language)
        parts.append(words.phrase("alt.groups", language, groups=joined))
    else:
        parts += extremes(shown, language)
    if reference_share is not None:
        share = words.percent(reference_share, 0, language)
        parts.append(words.phrase("legend.nation", language, share=share) + ".")
    if any(absent):
        missing = words.number(sum(absent), 0, language)
        parts.append(words.phrase("alt.absent", language, n=missing))
    return sentences(parts, is_synthetic, language)


def _kinds_told(rows: pd.DataFrame, language: str) -> list[str]:
    """Say how many shares are over one limit, several, or one of several."""
    told = [
        words.phrase(
            "alt.forest.kind",
            language,
            kind=words.phrase(f"forest.{kind}", language),
            n=words.count(n, language),
        )
        for kind, n in _kinds_shown(rows).items()
    ]
    kinds = words.joined(told, language)
    return [words.phrase("alt.forest.kinds", language, kinds=kinds)] if told else []


def alt_forest_plot(frame: pd.DataFrame, *, language: str = "", is_synthetic: bool = False) -> str:
    """Say in sentences what `forest_plot` shows."""
    return alt_interval_bars(frame, language=language, is_synthetic=is_synthetic, key="forest")
