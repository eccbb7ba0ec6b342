"""What every report needs, imported and rehearsed once before the warmed process is forked.

Only what leaves no thread behind may be rehearsed: a fork has none of its parent's threads, so a
pool of polars or DuckDB that had been used before would never answer. Importing them is safe.
"""

from __future__ import annotations

import datetime

import duckdb
import numpy as np
import pandas as pd
import polars  # noqa: F401
import scipy.stats  # noqa: F401

from fmbstats import diagnosis, figures, tables, words  # noqa: F401
from fmbstats.reports.style import figure_svg
from fmbstats.stats import survival

_DAYS = np.array([20, 30, 45, 60, 90, 120, 180, 365])


def warm_up() -> None:
    """Fill the caches of fonts, glyphs, locales, formatters and ufuncs."""
    _draw()
    _write()
    _estimate()
    _query()


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
    for shown in (lines, lines[:1]):
        figure, axes = figures.new_figure("curve", n_rows=len(shown))
        figures.survival_curve(
            shown,
            axes,
            limits=[figures.LimitLine(90), figures.LimitLine(180)],
            entry_day=14,
            until_day=730,
            language="sv",
            is_synthetic=True,
        )
        figure_svg(figure)


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


def _query() -> None:
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute("select 1 as a, 'x' as b, date '2017-01-01' as c").df()
