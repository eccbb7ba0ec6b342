"""Endings moved to the limit of a diagnosis, in one period: against others, and by regime."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from fmbstats.adherence import SpellCounts
from fmbstats.stats.bunching import Bunching, estimate_bunching, own_windows
from fmbstats.stats.rhythm import Daily, shared_rhythm
from fmbstats.stats.steering import Answer, Regimes, is_chain_day, judge
from fmbstats.store.endings import LAST_DAY, Endings


@dataclass(frozen=True, eq=False)
class Steered:
    """What was found at one limit."""

    found: Bunching
    answer: Answer
    #: Employees beside others; only where the rehabilitation chain reviews.
    regimes: Regimes | None = field(default=None, repr=False)


def days_of(counts: SpellCounts, entry_day: int) -> Daily:
    """Spells on leave and ended by day, of spells that outlast the entry day."""
    rows = counts.time > entry_day
    n_days = LAST_DAY - entry_day + 1
    place = np.minimum(counts.time[rows], LAST_DAY + 1) - entry_day - 1
    left = np.bincount(place, counts.n[rows], n_days)
    ended = np.bincount(place, counts.n[rows] * (counts.cause[rows] != 0), n_days)
    at_risk = left[::-1].cumsum()[::-1]
    return Daily(np.arange(entry_day + 1, LAST_DAY + 1), at_risk[:-1], ended[:-1])


@lru_cache(maxsize=4)
def _kept(limits: tuple[tuple[int, ...], ...]) -> np.ndarray:
    """Whether a set of limits may tell of a day, from day 1: not around limits of its own."""
    day = np.arange(1, LAST_DAY + 1)
    return np.array([~np.isin(day, list(own_windows(days))) for days in limits])


def reference_of(
    endings: Endings, entry_day: int, own: set[str], is_bound: bool | None = None
) -> Daily:
    """What all other diagnoses have in common, each left out around its own limits."""
    at_risk, ended = endings.daily(entry_day, without=own, is_bound=is_bound)
    day = np.arange(entry_day + 1, LAST_DAY + 1)
    return shared_rhythm(day, at_risk, ended, _kept(tuple(endings.limits))[:, entry_day:])


def steered(
    counts: SpellCounts, endings: Endings, own: set[str], limit_days: int, entry_day: int
) -> Steered:
    """Estimate and judge the endings moved to a limit.

    `counts`: spells of the diagnosis. `endings`: those of all diagnoses in the same years. `own`:
    the diagnosis' subjects, as in `Endings`.
    """
    found = _bunching(counts, endings, own, limit_days, entry_day)
    return Steered(found, judge(found))


def steered_by_regime(
    counts: SpellCounts, endings: Endings, own: set[str], limit_days: int, entry_day: int
) -> Regimes | None:
    """Estimate employees and others apart; None where the chain does not review.

    `counts`, `endings`: with the spells' own entry days: late for employees, 0 for others. `own`,
    `limit_days`, `entry_day`: as in `steered`.
    """
    if not is_chain_day(limit_days):
        return None
    parts = (
        _bunching(
            counts.only((counts.entry > 0) == is_bound),
            endings, own, limit_days, entry_day, is_bound,
        )
        for is_bound in (True, False)
    )  # fmt: skip
    return Regimes(*parts)


def _bunching(counts, endings, own, limit_days, entry_day, is_bound=None) -> Bunching:
    others = own_windows(endings.limits_of(own) - {limit_days}) - own_windows([limit_days])
    return estimate_bunching(
        days_of(counts, entry_day),
        reference_of(endings, entry_day, own, is_bound),
        limit_days,
        exclude_days=others,
        with_placebos=is_bound is None,
    )
