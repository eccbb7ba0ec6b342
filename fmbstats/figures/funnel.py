"""The funnel plot: shares of units against their size, with the limits of chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from fmbstats import words
from fmbstats.figures import canvas, palette
from fmbstats.figures.sentences import sentences

_MOST_NAMES = 8


@dataclass(frozen=True, eq=False)
class FunnelLimits:
    """Control limits over a grid of sizes.

    Attributes
    ----------
    n : array of float, shape (n_grid,)
        Spells, rising.
    lo95, hi95, lo998, hi998 : array of float, shape (n_grid,)
        Limits of the share, 0-1.
    """

    n: np.ndarray
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
    ax: Axes,
    *,
    reference_share: float,
    limits: FunnelLimits,
    wide_limits: FunnelLimits | None = None,
    language: str = "sv",
    is_synthetic: bool = False,
) -> Axes:
    """Draw units around the nation's share with 95 and 99.8 per cent limits.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per unit: label, n_spells (size; the effective one for Kaplan-Meier shares),
        share (0-1). Rows without a share are left out.
    ax : matplotlib.axes.Axes
        Best of ``new_figure("funnel")``.
    reference_share : float
        The nation's share, 0-1.
    limits : FunnelLimits
        Of chance alone; solid lines. A unit outside 99.8 per cent is filled and named.
    wide_limits : FunnelLimits, optional
        With overdispersion (the usual spread between units) as well; dashed lines.
    language : {'sv', 'en'}
    is_synthetic : bool

    Returns
    -------
    matplotlib.axes.Axes
    """
    points = _known(frame)
    n, share = _arrays(points)
    widest = wide_limits or limits
    inside = limits.n >= max(1.0, 0.5 * n.min(initial=np.inf) if len(n) else 1.0)
    canvas.style_axes(ax)
    upper = _upper(share, widest.hi998[inside])
    canvas.count_axis(ax, "x", float(max(n.max(initial=1) * 1.06, 10)), language)
    canvas.share_axis(ax, "y", language, upper)
    ax.axhline(reference_share, color=palette.REFERENCE, linewidth=1.2, gid="reference")
    _draw_limits(ax, limits, "solid", language)
    if wide_limits is not None:
        _draw_limits(ax, wide_limits, (0, (4, 3)), language, named=False)
    _draw_points(ax, points, limits.is_outside(n, share))
    _name_reference(ax, reference_share, language)
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


def _upper(share: np.ndarray, hi: np.ndarray) -> float:
    """Upper end of the share axis: above every point, not beyond 1, in steps of ten."""
    top = max(share.max(initial=0.1), float(np.median(hi)) if len(hi) else 0.1)
    return min(1.0, float(np.ceil(top * 10 + 0.5) / 10))


def _draw_limits(
    ax: Axes, limits: FunnelLimits, style: object, language: str, *, named: bool = True
) -> None:
    for lo, hi, width, name in (
        (limits.lo95, limits.hi95, 0.9, "funnel_95"),
        (limits.lo998, limits.hi998, 1.3, "funnel_998"),
    ):
        for edge in (lo, hi):
            ax.plot(
                limits.n, edge, color=palette.CENSORED, linewidth=width, linestyle=style, gid=name
            )
        right = ax.get_xlim()[1]
        if named:
            ax.text(
                right,
                float(np.interp(right, limits.n, hi)),
                words.phrase(f"legend.{name}", language),
                ha="right",
                va="bottom",
                fontsize=7.5,
                color=palette.MUTED,
            )


def _draw_points(ax: Axes, points: pd.DataFrame, is_outside: np.ndarray) -> None:
    n, share = _arrays(points)
    face = np.where(is_outside, palette.ACTUAL, palette.PAPER)
    ax.scatter(
        n,
        share,
        s=30,
        c=list(face),
        edgecolors=palette.ACTUAL,
        linewidths=1.3,
        zorder=4,
        gid="points",
    )
    for k in np.flatnonzero(is_outside)[:_MOST_NAMES]:
        is_right = n[k] > 0.75 * ax.get_xlim()[1]
        ax.annotate(
            canvas.plain(points["label"][k], 24),
            xy=(n[k], share[k]),
            xytext=(-6 if is_right else 6, 4),
            textcoords="offset points",
            ha="right" if is_right else "left",
            fontsize=canvas.SMALL_PT,
            color=palette.INK,
            parse_math=False,
            zorder=5,
            gid="name",
        )


def _name_reference(ax: Axes, share: float, language: str) -> None:
    text = words.phrase("legend.nation", language, share=words.percent(share, 0, language))
    ax.annotate(
        text,
        xy=(0, share),
        xycoords=ax.get_yaxis_transform(),
        xytext=(3, 2),
        textcoords="offset points",
        fontsize=canvas.SMALL_PT,
        color=palette.REFERENCE,
    )


def alt_funnel_plot(
    frame: pd.DataFrame,
    *,
    reference_share: float,
    limits: FunnelLimits,
    language: str = "sv",
    is_synthetic: bool = False,
) -> str:
    """Say in sentences what `funnel_plot` shows."""
    points = _known(frame)
    outside: Sequence[str] = [
        words.visible(label) for label in points["label"][limits.is_outside(*_arrays(points))]
    ]
    share = words.percent(reference_share, 0, language)
    n = words.number(len(points), 0, language)
    parts = [words.phrase("alt.funnel", language, n=n, share=share)]
    if outside:
        names = words.joined(outside, language)
        parts.append(words.phrase("alt.funnel.outside", language, names=names))
    else:
        parts.append(words.phrase("alt.funnel.inside", language))
    return sentences(parts, is_synthetic, language)
