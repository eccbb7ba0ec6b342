"""Stacked areas by day: how the spells end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from fmbstats import words
from fmbstats.figures import canvas, palette
from fmbstats.figures.display import LimitLine

_LABEL_GAP = 0.075  # least distance of two labels, as a share of the axis


@dataclass(frozen=True, eq=False)
class DayShares:
    """Shares by day that stack up to at most one."""

    #: Days since the spell began, rising; a share holds from its day to the next; shape (n_days,).
    day: np.ndarray
    #: Share per group, 0-1, from the bottom of the stack upwards; the key is an end reason (0-5).
    shares: Mapping[int, np.ndarray]

    def __post_init__(self) -> None:
        if any(len(share) != len(self.day) for share in self.shares.values()):
            raise ValueError("every group needs one share per day")

    def thinned(self) -> DayShares:
        """Return at most some 200 days, first and last included: more cannot be seen."""
        last = len(self.day) - 1
        keep = np.unique(np.r_[np.arange(0, last, last // 200 + 1), last])
        return DayShares(self.day[keep], {g: share[keep] for g, share in self.shares.items()})

    def at(self, day: int) -> dict[int, float]:
        """Return the shares that hold on `day`."""
        k = max(int(np.searchsorted(self.day, day, side="right")) - 1, 0)
        return {group: float(share[k]) for group, share in self.shares.items()}


def end_reason_stack(
    stack: DayShares,
    ax: Axes | None = None,
    *,
    limits: Sequence[LimitLine] = (),
    language: str = "",
    is_synthetic: bool = False,
) -> Axes:
    """Draw the cumulative share ended for each reason (Aalen-Johansen), one on the other.

    `stack`: what is left up to 1 is still on sick leave. `ax`: a figure of its own by default.
    """
    ax = canvas.axes_for(ax, str, "stack")
    rest = np.clip(1 - np.sum(list(stack.shares.values()), axis=0), 0, 1)
    whole = DayShares(stack.day, {**stack.shares, 0: rest})
    _draw(ax, whole, language)
    canvas.draw_limits(ax, limits, language, on_fill=True)
    canvas.axis_labels(
        ax,
        words.phrase("axis.days_since_start", language),
        words.phrase("axis.share_ended", language),
    )
    canvas.mark_synthetic(ax, is_synthetic, language)
    return ax


def _draw(ax: Axes, stack: DayShares, language: str) -> None:
    stack, colors = stack.thinned(), palette.END_REASONS
    canvas.style_axes(ax, grid="")
    canvas.share_axis(ax, "y", language)
    canvas.day_axis(ax, float(stack.day[0]), float(stack.day[-1]), language)
    groups = [g for g, share in stack.shares.items() if np.nanmax(share, initial=0) > 0]
    layers = np.cumsum([stack.shares[g] for g in groups], axis=0)
    floor = np.zeros(len(stack.day))
    for group, top in zip(groups, layers, strict=True):
        ax.fill_between(
            stack.day, floor, top, facecolor=colors[group], edgecolor=palette.PAPER,
            linewidth=0.8, gid=f"end_reason-{group}",
        )  # fmt: skip
        floor = top
    ends = layers[:, -1] if len(groups) else np.zeros(0)
    middles = ends - np.diff(np.concatenate([[0.0], ends])) / 2
    places = spread(middles.tolist())
    _draw_leaders(ax, middles, places)
    for group, place in zip(groups, places, strict=True):
        text = words.stratum("end_reason", group, language)
        share = words.percent(float(stack.shares[group][-1]), 0, language)
        _label(ax, f"{text} {share}", colors[group], place)


def spread(places: Sequence[float], gap: float = _LABEL_GAP) -> list[float]:
    """Move rising places apart so that neighbours are at least `gap` apart, inside 0-1.

    >>> [round(x, 2) for x in spread([0.5, 0.51, 0.9], gap=0.1)]
    [0.5, 0.6, 0.9]
    >>> [round(x, 2) for x in spread([0.98, 0.99], gap=0.1)]
    [0.9, 1.0]
    """
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + gap) if moved else place)
    top = 1.0
    for k in range(len(moved) - 1, -1, -1):
        moved[k] = min(moved[k], top)
        top = moved[k] - gap
    return moved


def _draw_leaders(ax: Axes, middles: np.ndarray, places: Sequence[float]) -> None:
    """Lead from the middle of each area to its name, all as one line parted by NaN."""
    across = np.tile([1.0, 1.025, np.nan], len(places))
    up = np.stack([middles, places, np.full(len(places), np.nan)], axis=1)
    ax.plot(across, up.ravel(), transform=ax.transAxes, color=palette.RULE, linewidth=0.7,
            clip_on=False, gid="leaders")  # fmt: skip


def _label(ax: Axes, text: str, color: str, place: float) -> None:
    """Name an area at the right edge: a square in its colour, text."""
    ax.plot([1.04], [place], transform=ax.transAxes, marker="s", markersize=7, color=color,
            markeredgecolor=palette.RULE, markeredgewidth=0.6, clip_on=False)  # fmt: skip
    canvas.write(ax, text, (1.06, place), va="center_baseline", gid="area")
