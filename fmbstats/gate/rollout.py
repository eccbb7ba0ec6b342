"""Evaluates a roll-out again from the released ledger, with the dates that its table tells."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import pandas as pd

from fmbstats.evaluate.rollout import STEP, Rollout, adoption_of, estimate, panels_of
from fmbstats.frames import rows_of
from fmbstats.gate.again import OpenLedger
from fmbstats.release.margins import COUNTY_QUARTER
from fmbstats.results.rollout import RolloutNumbers
from fmbstats.store.months import MonthCounts
from fmbstats.told import NUMBERS, cell_text
from fmbstats.words.refused import Refused

_VALUES = ("estimate", "lo", "hi")
_IDENTITY = ("metric", "by", "stratum", "limit_days", "day")
_MOST_DRAWS = 99_999
_ROUNDING = 1e-6  # the table writes ten digits, and sums run in another order


def rollout_faults(ledger: OpenLedger, rows: pd.DataFrame) -> Iterator[tuple[int, str]]:
    """Yield the lines of rows that do not follow from the ledger, and how.

    `rows`: of a roll-out, as of `rows.read_rows`.
    """
    try:
        found = _again(ledger, rows)
    except (Refused, KeyError, IndexError, TypeError, ValueError) as error:
        yield int(rows["line"].iloc[0]), f"no roll-out follows ({type(error).__name__})."
        return
    cells = [told.cells for told in RolloutNumbers(found).every()]
    known = {_key(cell): cell for cell in cells}
    for row in rows_of(rows):
        cell = known.get(_key({name: cell_text(getattr(row, name)) for name in _IDENTITY}))
        if cell is None:
            yield row.line, "no roll-out tells such a number."
            continue
        if not all(_is_same(getattr(row, name), cell.get(name, "")) for name in _VALUES):
            yield row.line, "it does not follow from the ledger."
        elif any(_is_said(row, name) for name in NUMBERS):
            yield row.line, "it tells more than a roll-out."


def _again(ledger: OpenLedger, rows: pd.DataFrame) -> Rollout:
    told = ledger.part(COUNTY_QUARTER, None)
    counts = MonthCounts.of_groups(
        told["stratum"].to_numpy(str),
        **{name: told[name].to_numpy(np.int64)
           for name in ("match_id", "entry_day", "duration_day", "end_reason", "n")},
    )  # fmt: skip
    quarters = counts.month_no // STEP
    first, last = int(quarters.min()), int(quarters.max())
    group = _by_stratum(rows, "date_group", "county")
    dates = {
        county: (date.fromisoformat(str(day)), f"{group.get(county, 1):02}")
        for county, day in _by_stratum(rows, "adoption_day", "county").items()
    }
    adoption = adoption_of(dates, list(dates), first, last)
    effects = rows[(rows["by"] == "entry") & (rows["metric"] == "log_hazard_ratio")]
    limits = {row.stratum: int(row.limit_days) for row in rows_of(effects)}
    panels = panels_of(
        counts, told["rec_id"].to_list(), limits, adoption, ledger.entry_day, ledger.rule.variance
    )
    (n_draws,) = _by_stratum(rows, "n_draws", "all").values()
    return estimate(panels, limits, adoption, n_draws=min(n_draws, _MOST_DRAWS))


def _by_stratum(rows: pd.DataFrame, metric: str, by: str) -> dict[str, int]:
    own = rows[(rows["metric"] == metric) & (rows["by"] == by)].sort_values("stratum")
    return {row.stratum: int(row.estimate) for row in rows_of(own)}


def _key(cells: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(cells.get(name, "") for name in _IDENTITY)


def _is_same(told: float, again: str) -> bool:
    value = float(again or "nan")
    if math.isnan(told) or math.isnan(value):
        return math.isnan(told) and math.isnan(value)
    return abs(told - value) <= _ROUNDING * max(1.0, abs(value))


def _is_said(row: object, name: str) -> bool:
    """Whether a number stands where rows of a roll-out have none."""
    if name in (*_VALUES, *_IDENTITY, "start_year", "entry_days"):
        return False
    value = getattr(row, name)
    return not (isinstance(value, float) and math.isnan(value))
