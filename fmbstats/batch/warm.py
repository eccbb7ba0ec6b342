"""What every report needs, imported and rehearsed once before the warmed process is forked.

Only what leaves no thread behind may be rehearsed: a fork has none of its parent's threads, so a
pool of polars or DuckDB that had been used before would never answer. Importing them is safe.
"""

from __future__ import annotations

import datetime
from contextlib import suppress
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd  # noqa: F401

from fmbstats import words
from fmbstats.errors import UserError
from fmbstats.figures.charts.days import DayCurve
from fmbstats.pages import render
from fmbstats.pages.diagnosis.page import diagnosis_page, hold_store
from fmbstats.pages.figure import Figure
from fmbstats.stats import survival
from fmbstats.store import lookups
from fmbstats.told import Told

# What only some reports need: a few of them load it themselves.
_OF_SOME = ("polars", "scipy.special", "fmbstats.pages.site.overview")
_DAYS = np.array([20, 30, 45, 60, 90, 120, 180, 365])


def warm_up() -> None:
    """Fill the caches of templates, letter widths, locales and formatters."""
    for language in words.LANGUAGES:
        _write(language)
        _draw(language)
    _estimate()
    lookups.warm_up()


def rehearse(asked: dict[str, Any]) -> None:
    """Make a whole page, so that every fork finds open and read what is the same for all.

    `asked`: parameters of `diagnosis_page`. What is wrong with them or the store the reports tell.
    """
    for name in _OF_SOME:
        import_module(name)
    with suppress(UserError), hold_store(**asked).holding_answers():
        diagnosis_page(**asked).parts()


def _draw(language: str) -> None:
    chart = DayCurve(
        until=540, entry_day=14, points=(), limits=(), x_name="", language=language,
        steps=[(float(day), 0.5) for day in _DAYS],
    )  # fmt: skip
    Figure("a", "a", "a", "a", chart, "a").html(language, ())


def _write(language: str) -> None:
    words.date(datetime.date(2017, 1, 31), language)
    words.days(90, language)
    share = Told("share_over_longest", 0.3, 0.2, 0.4)
    heads = [render.Head("a"), render.Head("b", True)]
    render.Table(heads, [["a", share]]).html(language)
    render.style_sheet()
    render.script()


def _estimate() -> None:
    curve = survival.fit_curve(_DAYS, np.ones(len(_DAYS), dtype=int), entry=14, n=25)
    curve.quantile(0.5)
    curve.interval_at(90)
