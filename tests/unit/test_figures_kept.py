"""Figures drawn on a kept canvas: the same bytes as on one of their own, whatever was there."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest

from fmbstats import figures
from fmbstats.pages.style import drawn_svg, figure_svg

_DAYS = np.arange(14, 200, 9)
_SHARE = np.linspace(0.9, 0.1, len(_DAYS))


def _line(label: str, role: str) -> figures.CurveLine:
    return figures.CurveLine(
        label, _DAYS, _SHARE, _SHARE - 0.05, _SHARE + 0.05, (14, 90), (1234, 56), role
    )


def _marks(n: int) -> pd.DataFrame:
    share = np.linspace(0.1, 0.6, n)
    return pd.DataFrame(
        {
            "label": [str(2010 + k) for k in range(n)],
            "exceedance_lo": share,
            "exceedance_hi": share + 0.1,
            "ci_lo": share - 0.05,
            "ci_hi": share + 0.15,
            "reason": [None] * (n - 1) + ["small_n"],
        }
    )


_ENDED = figures.DayShares(_DAYS, {1: _SHARE / 2, 3: _SHARE / 4})
_BANDS = pd.DataFrame(
    {"from_day": [14, 29], "to_day": [29.0, np.nan], "lo": [0.5, 0.0], "hi": [1.0, 0.5]}
)
_LIMITS = [figures.LimitLine(28), figures.LimitLine(90, "längst")]
_SIZES = np.geomspace(50, 400, 20)
_FUNNEL = figures.FunnelLimits(_SIZES, *(0.3 + k / np.sqrt(_SIZES) for k in (-1, 1, -1.5, 1.5)))
_POINTS = pd.DataFrame({"label": ["a", "b", "c"], "n_spells": [60.0, 90, 300], "share": 0.3})

DRAWINGS = {
    "one curve": ("curve", 1, lambda ax: figures.survival_curve(_line("Alla", "actual"), ax)),
    "two curves": (
        "curve",
        2,
        lambda ax: figures.survival_curve(
            [_line("Kvinnor", "women"), _line("Män", "men")],
            ax,
            limits=_LIMITS,
            entry_day=14,
            until_day=730,
            is_synthetic=True,
        ),
    ),
    "few bars": ("strata", 3, lambda ax: figures.interval_bars(_marks(3), ax)),
    "many bars": (
        "strata",
        9,
        lambda ax: figures.interval_bars(_marks(9), ax, reference_share=0.3, language="en"),
    ),
    "forest": ("forest", 5, lambda ax: figures.forest_plot(_marks(5), ax, is_synthetic=True)),
    "trend": ("trend", 0, lambda ax: figures.trend_figure(_marks(5), ax, revisions=[(2011, "x")])),
    "short trend": ("trend", 0, lambda ax: figures.trend_figure(_marks(2), ax)),
    "ended": ("stack", 0, lambda ax: figures.end_reason_stack(_ENDED, ax, limits=_LIMITS)),
    "degree": (
        "stack",
        0,
        lambda ax: figures.degree_stack(
            figures.DayShares(_DAYS[:5], {50: _SHARE[:5], 100: 1 - _SHARE[:5]}), ax, language="en"
        ),
    ),
    "bunching": (
        "bunching",
        0,
        lambda ax: figures.bunching_figure(_DAYS, 9 * _SHARE, 8 * _SHARE, ax, limits=_LIMITS),
    ),
    "bounds": (
        "bounds",
        0,
        lambda ax: figures.bounds_figure(_BANDS, ax, limits=[figures.LimitBounds(20, 0.2, 0.4)]),
    ),
    "bounds, none": ("bounds", 0, lambda ax: figures.bounds_figure(_BANDS, ax, until_day=90)),
    "funnel": (
        "funnel",
        0,
        lambda ax: figures.funnel_plot(_POINTS, ax, reference_share=0.3, limits=_FUNNEL),
    ),
}


def _draw(name):
    kind, n_rows, draw_on = DRAWINGS[name]
    figure, ax = figures.new_figure(kind, n_rows=n_rows)
    draw_on(ax)
    return figure


def test_a_kept_canvas_gives_the_bytes_of_a_new_one_in_any_order():
    own = {name: figure_svg(_draw(name))[0] for name in DRAWINGS}
    order = list(DRAWINGS) * 4
    random.Random(7).shuffle(order)
    for name in order:
        assert drawn_svg(lambda name=name: _draw(name)) == own[name], name


def test_a_drawing_that_fails_leaves_nothing_behind():
    own = figure_svg(_draw("trend"))[0]

    def fails():
        _, ax = figures.new_figure("trend")
        ax.text(0, 0, "half", gid="half")
        ax.set_xlabel("half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        drawn_svg(fails)
    assert figures.new_figure("trend")[0] is not figures.new_figure("trend")[0]
    assert drawn_svg(lambda: _draw("trend")) == own


def test_a_figure_that_somebody_keeps_is_their_own():
    kept = _draw("trend")
    before = figure_svg(kept)[0]
    drawn_svg(lambda: _draw("short trend"))
    assert figure_svg(kept)[0] == before


def test_two_figures_of_one_kind_at_one_time_are_two():
    with figures.reused_figures():
        first, second = _draw("few bars"), _draw("many bars")
    assert first is not second
    with figures.reused_figures():
        assert _draw("few bars") is first


def test_writing_a_figure_leaves_its_resolution_and_canvas():
    figure = _draw("trend")
    canvas, dpi = figure.canvas, figure.dpi
    figure_svg(figure)
    assert (figure.canvas, figure.dpi) == (canvas, dpi)
