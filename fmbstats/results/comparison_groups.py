"""The two groups of a comparison: which spells are in each, their limits, and their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fmbstats import words
from fmbstats.errors import UnknownNameError
from fmbstats.stats.survival import Curve, fit_curve

if TYPE_CHECKING:
    from fmbstats.diagnosis import Diagnosis

MIN_AT_RISK = 10


def spells_of(diagnosis: Diagnosis, column: str) -> pd.DataFrame:
    """Ledger rows under observation after the entry day, entering on it at the earliest."""
    frame = diagnosis.ledger
    if diagnosis.year is not None and column != "start_year":
        frame = frame[frame["start_year"] == diagnosis.year]
    frame = frame[frame["duration_day"] > diagnosis.entry_day].copy()
    frame["entry_day"] = np.maximum(frame["entry_day"], diagnosis.entry_day)
    return frame


def listed(given: Any) -> tuple[str, ...]:
    """Names of the strata of one group, given as one or as several."""
    several = isinstance(given, Sequence | np.ndarray | range) and not isinstance(given, str)
    return tuple(str(x) for x in (given if several else [given]))


def group_numbers(values: pd.Series, groups: tuple, by: str) -> np.ndarray:
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


def curve_of(spells: pd.DataFrame) -> Curve:
    """Fit the curve of one group."""
    return fit_curve(
        spells["duration_day"].to_numpy(), spells["end_reason"].to_numpy(),
        entry=spells["entry_day"].to_numpy(), n=spells["n"].to_numpy(),
    )  # fmt: skip


def limits_of(diagnosis: Diagnosis, column: str, groups: tuple) -> set[int]:
    """Every limit in force for the groups; for periods those of each year compared."""
    if column != "start_year":
        return set(diagnosis.recommendation.limits_days)
    years = [int(year) for group in groups for year in group]
    changed = [diagnosis.with_settings(year=year).recommendation.limits_days for year in years]
    return {limit for limits in changed for limit in limits}


def last_day_at_risk(curve: Curve) -> int:
    """Last day with enough at risk for a mean length; 1 when there never are."""
    enough = curve.day[curve.at_risk >= MIN_AT_RISK]
    return int(enough[-1]) if len(enough) else 1


def label_of(column: str, group: tuple[str, ...], language: str) -> str:
    """Name of strata taken together; neighbouring years or ages as one span."""
    if column == "start_year" and len(group) > 1 and _are_consecutive(group):
        return f"{min(group)}–{max(group)}"
    if column == "age_group" and len(group) > 1:
        span = _age_span(sorted(group))
        if span:
            return words.age_group(span, language)
    return words.joined([words.stratum(column, value, language) for value in group], language)


def _age_span(ages: list[str]) -> str:
    """'16-39' of '16-29' and '30-39', '50+' of '50-59' and '60+'; empty with a gap between."""
    lows = [int(age.rstrip("+").split("-")[0]) for age in ages]
    highs = [age.split("-")[1] if "-" in age else "" for age in ages]
    if any(high != str(low - 1) for high, low in zip(highs[:-1], lows[1:], strict=True)):
        return ""
    return f"{lows[0]}-{highs[-1]}" if highs[-1] else f"{lows[0]}+"


def _are_consecutive(years: tuple[str, ...]) -> bool:
    numbers = sorted(map(int, years))
    return numbers == list(range(numbers[0], numbers[-1] + 1))
