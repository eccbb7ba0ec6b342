"""Figures: display objects in, Axes out; no global state, one palette, words beside each."""

from __future__ import annotations

from fmbstats.figures.canvas import new_figure
from fmbstats.figures.curve import alt_survival_curve, caption_survival_curve, survival_curve
from fmbstats.figures.display import CurveLine, LimitLine

__all__ = [
    "CurveLine",
    "LimitLine",
    "alt_survival_curve",
    "caption_survival_curve",
    "new_figure",
    "survival_curve",
]
