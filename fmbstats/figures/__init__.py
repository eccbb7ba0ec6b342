"""Figures: one description each, drawn as SVG for pages and on Axes for analysts.

`charts` holds the descriptions that pages draw (``chart.draw(width)``, see `svg`); `axes.on_axes`
draws any description on matplotlib Axes. A figure's file, and matplotlib with it, is loaded when
the figure is first asked for: tables and sentences need neither.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fmbstats.figures.axes import *  # noqa: F403
    from fmbstats.figures.curve import *  # noqa: F403
    from fmbstats.figures.difference_by_day import *  # noqa: F403
    from fmbstats.figures.display import *  # noqa: F403
    from fmbstats.figures.heatmap import *  # noqa: F403
    from fmbstats.figures.multiples import *  # noqa: F403
    from fmbstats.figures.shown import *  # noqa: F403
    from fmbstats.figures.slope import *  # noqa: F403
    from fmbstats.figures.sparkline import *  # noqa: F403

_FILES = {
    "axes": ("on_axes",),
    "curve": ("survival_curve",),
    "difference_by_day": ("DifferenceLine", "caption_difference_by_day", "difference_figure"),
    "display": ("CurveLine",),
    "heatmap": ("heat_map",),
    "multiples": ("Panel", "small_multiples"),
    "shown": ("figure_image",),
    "slope": ("slope_chart",),
    "sparkline": ("sparkline_svg",),
}
__all__ = sorted(name for names in _FILES.values() for name in names)


def __getattr__(name: str) -> Any:
    for file, names in _FILES.items():
        if name in names:
            return getattr(importlib.import_module(f"fmbstats.figures.{file}"), name)
    raise AttributeError(f"module 'fmbstats.figures' has no attribute {name!r}")
