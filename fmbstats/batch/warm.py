"""What every report needs, imported and rehearsed once before the warmed process is forked.

Only what leaves no thread behind may be rehearsed: a fork has none of its parent's threads, so a
pool of polars or DuckDB that had been used before would never answer. Importing them is safe.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars  # noqa: F401
import scipy.stats  # noqa: F401
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fmbstats import diagnosis, figures, tables, words  # noqa: F401
from fmbstats.pages import (
    diagnosis_report,  # noqa: F401
    overview_report,  # noqa: F401
)
from fmbstats.pages.style import drawn_svg
from fmbstats.stats import survival
from fmbstats.store import lookups

_MARKED = {"language": "sv", "is_synthetic": True}
_DAYS = np.array([20, 30, 45, 60, 90, 120, 180, 365])


def warm_up() -> None:
    """Fill the caches of fonts, glyphs, locales, formatters and ufuncs."""
    _draw()
    _draw_groups()
    _draw_days()
    _write()
    _estimate()
    lookups.warm_up()


def _draw() -> None:
    share = np.linspace(0.9, 0.1, len(_DAYS))
    lines = [
        figures.CurveLine(
            label=name,
            day=_DAYS,
            survival=share,
            lo=share - 0.05,
            hi=share + 0.05,
            at_risk_days=(0, 90),
            at_risk=(1234, 567),
            role=role,
        )
        for name, role in (("Kvinnor", "women"), ("Män", "men"))
    ]
    limits = [figures.LimitLine(90), figures.LimitLine(180)]
    shared = {"limits": limits, "entry_day": 14, "until_day": 730, **_MARKED}
    for shown in (lines, lines[:1]):
        _drawn("curve", partial(_draw_curve, shown, shared))


def _draw_curve(lines: list[figures.CurveLine], shared: dict[str, Any], ax: Axes) -> None:
    figures.survival_curve(lines, ax, **shared)


def _draw_groups() -> None:
    """Draw what compares groups: bars, trend and funnel."""
    share = np.array([0.2, 0.3, 0.4])
    marks = pd.DataFrame(
        {
            "label": ["2015", "2016", "2017"],
            "exceedance_lo": share,
            "exceedance_hi": share + 0.1,
            "ci_lo": share - 0.05,
            "ci_hi": share + 0.15,
            "n_spells": [100, 200, 300],
        }
    )
    points = pd.DataFrame({"label": marks["label"], "n_spells": [100.0, 200, 300], "share": share})
    n = np.geomspace(50, 400, 20)
    width = 1 / np.sqrt(n)
    limits = figures.FunnelLimits(n, 0.3 - width, 0.3 + width, 0.3 - 1.5 * width, 0.3 + 1.5 * width)
    for kind, draw in (
        ("strata", lambda ax: figures.interval_bars(marks, ax, **_MARKED)),
        ("trend", lambda ax: figures.trend_figure(marks, ax, **_MARKED)),
        (
            "funnel",
            lambda ax: figures.funnel_plot(
                points, ax, reference_share=0.3, limits=limits, wide_limits=limits, **_MARKED
            ),
        ),
    ):
        _drawn(kind, draw)


def _draw_days() -> None:
    """Draw what runs over days: stacks, endings around a limit, published bands."""
    half = np.linspace(0.1, 0.4, len(_DAYS))
    ended = figures.DayShares(_DAYS, {1: half, 2: half / 2})
    degrees = figures.DayShares(_DAYS, {50: half, 100: 1 - half})
    bands = pd.DataFrame(
        {"from_day": [14, 29], "to_day": [29.0, np.nan], "lo": [0.5, 0.0], "hi": [1.0, 0.5]}
    )
    line = [figures.LimitLine(90)]
    day = np.arange(60, 120)
    many = np.full(len(day), 20.0)
    for kind, draw in (
        ("stack", lambda ax: figures.end_reason_stack(ended, ax, limits=line, **_MARKED)),
        ("stack", lambda ax: figures.degree_stack(degrees, ax, limits=line, **_MARKED)),
        (
            "bunching",
            lambda ax: figures.bunching_figure(day, many, many, ax, limits=line, **_MARKED),
        ),
        (
            "bounds",
            lambda ax: figures.bounds_figure(
                bands, ax, limits=[figures.LimitBounds(90, 0.2, 0.4, "")], language="sv"
            ),
        ),
    ):
        _drawn(kind, draw)


def _drawn(kind: str, draw_on: Callable[[Axes], Any]) -> None:
    """Draw on the kept canvas of the kind: a fork finds its axes and ticks made."""

    def draw() -> Figure:
        figure, ax = figures.new_figure(kind, n_rows=3)
        draw_on(ax)
        return figure

    drawn_svg(draw)


def _write() -> None:
    for language in ("sv", "en"):
        values = [words.number(1234.5, 1, language), words.percent(0.123, 1, language)]
        values.append(words.date(datetime.date(2017, 1, 31), language))
        values.append(words.days(90, language))
        frame = pd.DataFrame({"a": values, "b": range(len(values))})
        tables.html_table(frame, caption="a", language=language)


def _estimate() -> None:
    curve = survival.fit_curve(_DAYS, np.ones(len(_DAYS), dtype=int), entry=14, n=25)
    curve.quantile(0.5)
    curve.interval_at(90)
