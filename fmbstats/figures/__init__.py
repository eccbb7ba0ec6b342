"""Figures: display objects in, Axes out; no global state, one palette, words beside each."""

from __future__ import annotations

from fmbstats.figures.bounds import LimitBounds, alt_bounds_figure, bounds_figure
from fmbstats.figures.bunching import alt_bunching_figure, bunching_figure
from fmbstats.figures.canvas import new_figure
from fmbstats.figures.curve import alt_survival_curve, caption_survival_curve, survival_curve
from fmbstats.figures.display import CurveLine, LimitLine
from fmbstats.figures.funnel import FunnelLimits, alt_funnel_plot, funnel_plot
from fmbstats.figures.heatmap import heat_map
from fmbstats.figures.intervals import (
    alt_forest_plot,
    alt_interval_bars,
    forest_pages,
    forest_plot,
    forest_rows,
    interval_bars,
)
from fmbstats.figures.sentences import caption
from fmbstats.figures.sparkline import alt_sparkline, sparkline_svg
from fmbstats.figures.stacks import (
    DayShares,
    alt_degree_stack,
    degree_stack,
    end_reason_stack,
)
from fmbstats.figures.trend import alt_trend_figure, trend_figure

__all__ = [
    "CurveLine",
    "DayShares",
    "FunnelLimits",
    "LimitBounds",
    "LimitLine",
    "alt_bounds_figure",
    "alt_bunching_figure",
    "alt_degree_stack",
    "alt_forest_plot",
    "alt_funnel_plot",
    "alt_interval_bars",
    "alt_sparkline",
    "alt_survival_curve",
    "alt_trend_figure",
    "bounds_figure",
    "bunching_figure",
    "caption",
    "caption_survival_curve",
    "degree_stack",
    "end_reason_stack",
    "forest_pages",
    "forest_plot",
    "forest_rows",
    "funnel_plot",
    "heat_map",
    "interval_bars",
    "new_figure",
    "sparkline_svg",
    "survival_curve",
    "trend_figure",
]
