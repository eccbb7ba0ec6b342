"""The funnel plot: shares of units against their size, with the limits of chance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from fmbstats import words
from fmbstats.figures import canvas, palette
from fmbstats.figures.display import sentences
from fmbstats.media import in_picture

_MOST_NAMES = 8


@dataclass(frozen=True, eq=False)
class FunnelLimits:
    """Control limits over a grid of sizes."""

    n: np.ndarray  #: Spells, rising; shape (n_grid,).
    #: `lo95`, `hi95`, `lo998`, `hi998`: limits of the share, 0-1.
    lo95: np.ndarray
    hi95: np.ndarray
    lo998: np.ndarray
    hi998: np.ndarray

    def is_outside(self, n: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Say which points lie outside the 99.8 per cent limits."""
        low = np.interp(n, self.n, self.lo998)
        high = np.interp(n, self.n, self.hi998)
        return (share < low) | (share > high)


def funnel_plot(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    reference_share: float,
    limits: FunnelLimits,
    wide_limits: FunnelLimits | None = None,
    language: str = "",
    is_synthetic: bool = False,
) -> Axes:
    """Draw units around the nation's share with 95 and 99.8 per cent limits.

    `frame`: one row per unit: label, n_spells (size; the effective one for Kaplan-Meier shares),
    share (0-1). Rows without a share are left out. `ax`: a figure of its own by default.
    `reference_share`: the nation's share, 0-1. `limits`: of chance alone; solid lines. A unit
    outside 99.8 per cent is filled and named. `wide_limits`: with overdispersion (the usual spread
    between units) as well; dashed lines.
    """
    alt = partial(alt_funnel_plot, frame, reference_share=reference_share, limits=limits,
                  language=language, is_synthetic=is_synthetic)  # fmt: skip
    ax = canvas.axes_for(ax, alt, "funnel")
    points = _known(frame)
    n, share = _arrays(points)
    canvas.style_axes(ax)
    right = float(max(n.max(initial=1) * 1.06, 10))
    canvas.count_axis(ax, "x", right, language)
    lower, upper = _span(share, wide_limits or limits, right)
    canvas.share_axis(ax, "y", language, upper, lower)
    name = words.phrase(
        "legend.nation", language, share=words.percent(reference_share, 0, language)
    )
    ax.axhline(reference_share, color=palette.REFERENCE, linewidth=1.2, label=name, gid="reference")
    _draw_limits(ax, limits, "solid", language)
    if wide_limits is not None:
        _draw_limits(ax, wide_limits, (0, (4, 3)), language, named=False)
        ax.plot(
            [], [], "--", color=palette.CENSORED, label=words.phrase("legend.funnel_wide", language)
        )
    _draw_points(ax, points, limits.is_outside(n, share), reference_share)
    canvas.legend(ax, ncols=4, framealpha=0.9, edgecolor="none", handlelength=1.8,
                  columnspacing=1.2, borderaxespad=0.1, frameon=True)  # fmt: skip
    canvas.axis_labels(
        ax,
        words.phrase("axis.n_spells", language),
        words.phrase("axis.share_over_limit", language),
    )
    canvas.mark_synthetic(ax, is_synthetic, language)
    return ax


def _known(frame: pd.DataFrame) -> pd.DataFrame:
    share = pd.to_numeric(frame["share"], errors="coerce")
    n = pd.to_numeric(frame["n_spells"], errors="coerce")
    return frame[(share.notna() & n.notna()).to_numpy()].reset_index(drop=True)


def _arrays(points: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return points["n_spells"].to_numpy(dtype=float), points["share"].to_numpy(dtype=float)


def _span(share: np.ndarray, limits: FunnelLimits, right: float) -> tuple[float, float]:
    """Find the ends of the share axis in tenths: every point and most of the funnel."""
    wide = (
        np.interp([right * 0.1], limits.n, limits.lo998),
        np.interp([right * 0.1], limits.n, limits.hi998),
    )
    low = min(share.min(initial=1.0), float(wide[0][0]))
    high = max(share.max(initial=0.0), float(wide[1][0]))
    return max(0.0, np.floor(low * 10 - 0.2) / 10), min(1.0, np.ceil(high * 10 + 0.2) / 10)


def _draw_limits(
    ax: Axes, limits: FunnelLimits, style: object, language: str, *, named: bool = True
) -> None:
    for lo, hi, width, name in (
        (limits.lo95, limits.hi95, 0.8, "funnel_95"),
        (limits.lo998, limits.hi998, 1.5, "funnel_998"),
    ):
        text = words.phrase(f"legend.{name}", language) if named else "_"
        draw = partial(ax.plot, color=palette.CENSORED, linewidth=width, linestyle=style, gid=name)
        draw(limits.n, lo, label=text)
        draw(limits.n, hi, label="_")


def _draw_points(
    ax: Axes, points: pd.DataFrame, is_outside: np.ndarray, reference_share: float
) -> None:
    n, share = _arrays(points)
    face = np.where(is_outside, palette.ACTUAL, palette.PAPER)
    ax.scatter(n, share, s=30, c=list(face), edgecolors=palette.ACTUAL, linewidths=1.3, zorder=4,
               gid="points")  # fmt: skip
    for k in np.flatnonzero(is_outside)[:_MOST_NAMES]:
        is_right = n[k] > 0.75 * ax.get_xlim()[1]
        off = -6 if is_right else 6, 4 if share[k] > reference_share else -11
        box = {"facecolor": palette.PAPER, "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
        canvas.write(
            ax, in_picture(points["label"][k], 24), (n[k], share[k]), at="data", off=off,
            ha="right" if is_right else "left", bbox=box, zorder=5, gid="name",
        )  # fmt: skip


def alt_funnel_plot(
    frame: pd.DataFrame,
    *,
    reference_share: float,
    limits: FunnelLimits,
    language: str = "",
    is_synthetic: bool = False,
) -> str:
    """Say in sentences what `funnel_plot` shows."""
    points = _known(frame)
    outside = [words.visible(name) for name in points["label"][limits.is_outside(*_arrays(points))]]
    share = words.percent(reference_share, 0, language)
    n = words.number(len(points), 0, language)
    parts = [words.phrase("alt.funnel", language, n=n, share=share)]
    key = "alt.funnel.outside" if outside else "alt.funnel.inside"
    parts.append(words.phrase(key, language, names=words.joined(outside, language)))
    return sentences(parts, is_synthetic, language)
