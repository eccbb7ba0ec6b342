"""A diagnosis' groups against each other: two groups or periods, and the counties."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from fmbstats.diagnosis.comparison_measures import measures, tests_of
from fmbstats.diagnosis.county_family import compared, others_of
from fmbstats.diagnosis.spells import DiagnosisSpells
from fmbstats.errors import UnknownNameError
from fmbstats.results.common import STRATA, OwnStratum, column_of
from fmbstats.results.comparison import Comparison
from fmbstats.results.comparison_groups import MIN_AT_RISK, mix_of
from fmbstats.results.regions import Regions
from fmbstats.settings import SETTINGS
from fmbstats.stats.survival import Curve, fit_curve


def comparison_of(
    spells: DiagnosisSpells,
    by: str | None,
    first: Any,
    second: Any,
    *,
    limits_days: Sequence[int] | None = None,
    tau_days: int = SETTINGS.horizon_days,
) -> Comparison:
    """Measure both groups; see `Diagnosis.compare`."""
    named = spells.named_by(by)
    if named is None:
        raise UnknownNameError(f"A comparison needs groups: give by as one of {', '.join(STRATA)}.")
    by, column = named, column_of(named)
    rows = _rows_seen(spells, column)
    groups = (_listed(first), _listed(second))
    rows["group"] = _group_numbers(rows[column], groups, by)
    rows = rows[rows["group"] >= 0]
    curves = (_curve_of(rows[rows["group"] == 0]), _curve_of(rows[rows["group"] == 1]))
    if limits_days is None:
        limits_days = sorted(map(int, _limits_of(spells, column, groups)))
    limits = tuple(limits_days)
    tau = min(tau_days, *(_last_day_at_risk(curve) for curve in curves))
    mix = mix_of(column)
    frame = pd.DataFrame(measures(curves, rows, mix, limits, tau))
    return Comparison(spells.about, by, groups, curves, limits, tau, frame, tests_of(rows, mix))


def _rows_seen(spells: DiagnosisSpells, column: str) -> pd.DataFrame:
    """Ledger rows under observation after the entry day, entering on it at the earliest."""
    if isinstance(column, OwnStratum):
        frame = spells.rows(column)
    else:
        frame = spells.store.exact.ledger(spells.kind, spells.key)
        years = spells.years or (() if spells.year is None else (spells.year,))
        if years and column != "start_year":
            frame = frame[frame["start_year"].isin(years)]
    frame = frame[frame["duration_day"] > spells.entry_day].copy()
    frame["entry_day"] = np.maximum(frame["entry_day"], spells.entry_day)
    return frame


def _listed(given: Any) -> tuple[str, ...]:
    """Names of the strata of one group, given as one or as several."""
    several = isinstance(given, Sequence | np.ndarray | range) and not isinstance(given, str)
    return tuple(str(x) for x in (given if several else [given]))


def _group_numbers(values: pd.Series, groups: tuple, by: str) -> np.ndarray:
    """0 for the first group, 1 for the second, -1 for neither."""
    known = values.astype(str)
    for name in (*groups[0], *groups[1]):
        if name not in set(known):
            listed = ", ".join(sorted(set(known)))
            raise UnknownNameError.among(f"Group of {by}", name, set(known), f"Known: {listed}.")
    both = set(groups[0]) & set(groups[1])
    if both:
        raise UnknownNameError(f"{', '.join(sorted(both))} is in both groups of the comparison.")
    return np.where(known.isin(groups[0]), 0, np.where(known.isin(groups[1]), 1, -1))


def _curve_of(rows: pd.DataFrame) -> Curve:
    """Fit the curve of one group."""
    return fit_curve(
        rows["duration_day"].to_numpy(), rows["end_reason"].to_numpy(),
        entry=rows["entry_day"].to_numpy(), n=rows["n"].to_numpy(),
    )  # fmt: skip


def _limits_of(spells: DiagnosisSpells, column: str, groups: tuple) -> set[int]:
    """Every limit in force for the groups; for periods those of each year compared."""
    if column != "start_year":
        return set(spells.recommendation.limits_days)
    years = [int(year) for group in groups for year in group]
    changed = [spells.with_settings(year=year).recommendation.limits_days for year in years]
    return {limit for limits in changed for limit in limits}


def _last_day_at_risk(curve: Curve) -> int:
    """Last day with enough at risk for a mean length; 1 when there never are."""
    enough = curve.day[curve.at_risk >= MIN_AT_RISK]
    return int(enough[-1]) if len(enough) else 1


def regions_of(spells: DiagnosisSpells, limit_days: int) -> Regions | None:
    """Compare counties; None when fewer than three have enough spells."""
    found = compared(spells, limit_days)
    if found is None:
        return None
    return Regions(spells.about, limit_days, *found, partial(others_of, spells))
