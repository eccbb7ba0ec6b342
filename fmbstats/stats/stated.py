"""Sharp bounds of the share of spells longer than a limit, from shares and quantiles in print.

An article says that 27 % of the spells lasted 8 to 14 days and that the median was 35: each is an
inequality of the curve P(T > day), rounding included, and the curve can be any that obeys them
all. The least and the largest value at the limit are two linear programmes (Manski's worst-case
bounds with several restrictions; Manski 2003, *Partial Identification of Probability
Distributions*, ch. 1). Nothing is assumed between the days that are named.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from fmbstats.settings import SETTINGS
from fmbstats.stats.bounds import AT_EDGE, INSIDE_BAND, Bounds, not_estimable
from fmbstats.stats.proportions import wilson

ROUNDED = "rounded"
_CONTRADICTION = "the facts contradict each other: no curve obeys them all."


class Share(NamedTuple):
    """P(first_day ≤ T ≤ last_day) lies in [lo, hi]; `last_day` is infinite for "at least"."""

    first_day: int
    last_day: float
    lo: float
    hi: float


class Quantile(NamedTuple):
    """The quantile of level `level` (0.5 for the median) lies in [lo, hi] days."""

    level: float
    lo: float
    hi: float


def exceedance_bounds_from_facts(
    facts: Sequence[Share | Quantile],
    limit_days: int,
    *,
    entry_day: int,
    n_spells: int | None = None,
    level: float = 0.95,
) -> Bounds:
    """Bounds of P(T > limit | T > entry_day) from printed shares and quantiles.

    Parameters
    ----------
    facts : sequence of Share or Quantile
        Of one population; values as intervals, so that rounding is part of the bounds.
    limit_days : int
    entry_day : int
        Only longer spells are counted (7 for certificates from day 8); ≥ 0.
    n_spells : int, optional
        Spells counted. Without it there are no limits of confidence (NaN), since nothing says how
        uncertain a share in print is.
    level : float
        Of the Wilson limits.

    Returns
    -------
    Bounds
        `n_spells` is NaN when it is not stated.

    Raises
    ------
    ValueError
        No curve obeys all facts: they contradict each other.

    Examples
    --------
    >>> facts = [Share(8, 14, 0.265, 0.275), Share(90, math.inf, 0.105, 0.115)]
    >>> at_90 = exceedance_bounds_from_facts(facts, 89, entry_day=7)
    >>> round(at_90.lo, 3), round(at_90.hi, 3), at_90.reason_for_width
    (0.105, 0.115, 'rounded')
    >>> inside = exceedance_bounds_from_facts(facts, 30, entry_day=7)
    >>> round(inside.lo, 3), round(inside.hi, 3), inside.reason_for_width
    (0.105, 0.735, 'inside_band')
    """
    n = math.nan if n_spells is None else float(n_spells)
    if limit_days <= entry_day:
        return not_estimable(limit_days, n, level, "truncated_r")
    lo, hi = bounds_at(facts, limit_days, entry_day)
    days = _days(facts, limit_days, entry_day)
    # Where a share begins behind the limit or ends on it, only rounding is unknown.
    named = {d for f in facts if isinstance(f, Share) for d in (f.first_day - 1, f.last_day)}
    known = [d for d in days if d != limit_days or limit_days in named]
    lo_ci, hi_ci = math.nan, math.nan
    if n_spells:
        lo_ci = float(wilson(lo * n, n, level=level)[0])
        hi_ci = float(wilson(hi * n, n, level=level)[1])
    is_edge, is_known = limit_days in known, hi - lo < SETTINGS.near
    return Bounds(
        limit_days=limit_days,
        lo=lo,
        hi=hi,
        lo_ci=lo_ci,
        hi_ci=hi_ci,
        n_spells=n,
        reason_for_width=AT_EDGE if is_known else ROUNDED if is_edge else INSIDE_BAND,
        width_from_band=0.0 if is_edge else hi - lo,
        width_from_unknown=hi - lo if is_edge else 0.0,
        band_from_day=float(max((d for d in known if d < limit_days), default=entry_day)),
        band_to_day=float(min((d for d in known if d >= limit_days), default=math.inf)),
        level=level,
        flags=() if is_known else ("bounds_only",),
    )


def bounds_at(facts: Sequence[Share | Quantile], day: int, entry_day: int) -> tuple[float, float]:
    """Least and largest P(T > day | T > entry_day) that the facts allow.

    Raises
    ------
    ValueError
        They allow no curve at all.
    """
    values = [(entry_day, 1.0, 1.0)]
    for fact in facts:
        named = _named_values(fact, entry_day)
        if named is None:
            return _programmed(facts, day, entry_day)
        values += named
    return _envelope([*values, (day, 0.0, 1.0)], day)


def _named_values(fact: Share | Quantile, entry_day: int) -> list[tuple[int, float, float]] | None:
    """Return day, least and largest value of the curve; None for a share between two days."""
    if isinstance(fact, Quantile):  # P(T < q) ≤ level ≤ P(T ≤ q) for some q in [lo, hi]
        rest = 1 - fact.level
        return [(math.ceil(fact.lo) - 1, rest, 1.0), (math.floor(fact.hi), 0.0, rest)]
    if not _is_closed(fact):
        return [(fact.first_day - 1, fact.lo, fact.hi)]
    if fact.first_day - 1 <= entry_day:
        return [(int(fact.last_day), 1 - fact.hi, 1 - fact.lo)]
    return None


def _envelope(values: list[tuple[int, float, float]], day: int) -> tuple[float, float]:
    """Least and largest value at a named day of a curve that never rises, if there is one."""
    least, most = dict.fromkeys((d for d, _, _ in values), 0.0), {d: 1.0 for d, _, _ in values}
    for d, lo, hi in values:
        least[d], most[d] = max(least[d], lo), min(most[d], hi)
    days = sorted(least)
    lows = list(accumulate((least[d] for d in reversed(days)), max))[::-1]
    highs = list(accumulate((most[d] for d in days), min))
    if any(lo > hi + SETTINGS.near for lo, hi in zip(lows, highs, strict=True)):
        raise ValueError(_CONTRADICTION)
    place = days.index(day)
    return lows[place], highs[place]


def _programmed(facts: Sequence[Share | Quantile], day: int, entry_day: int) -> tuple[float, float]:
    """Least and largest value by linear programming, where shares tie two days to each other."""
    from scipy.optimize import linprog

    days = _days(facts, day, entry_day)
    place = {d: n for n, d in enumerate(days)}
    rows, most = _inequalities(facts, place, entry_day)
    for n in range(1, len(days)):  # the curve never rises
        rows.append(_row(len(days), (n, 1.0), (n - 1, -1.0)))
        most.append(0.0)
    limits = [(1.0, 1.0), *[(0.0, 1.0)] * (len(days) - 1)]
    found = []
    for sign in (1.0, -1.0):
        goal = _row(len(days), (place[max(day, entry_day)], sign))
        answer = linprog(goal, A_ub=np.array(rows), b_ub=np.array(most), bounds=limits)
        if answer.status != 0:
            raise ValueError(_CONTRADICTION)
        found.append(float(np.clip(sign * answer.fun, 0.0, 1.0)))
    return found[0], found[1]


def _days(facts: Sequence[Share | Quantile], day: int, entry_day: int) -> list[int]:
    """Return the days at which the curve is named, the entry day first."""
    named = {entry_day, day}
    for fact in facts:
        if isinstance(fact, Share):
            named |= {fact.first_day - 1} | ({int(fact.last_day)} if _is_closed(fact) else set())
        else:
            named |= {math.ceil(fact.lo) - 1, math.floor(fact.hi)}
    return sorted({max(d, entry_day) for d in named})


def _inequalities(facts, place: dict[int, int], entry_day: int) -> tuple[list, list[float]]:
    """Return A and b of A·S ≤ b, S being the curve at the named days."""
    rows, most = [], []

    def at_most(value: float, *terms: tuple[int, float]) -> None:
        rows.append(_row(len(place), *((place[max(d, entry_day)], w) for d, w in terms)))
        most.append(value)

    for fact in facts:
        if isinstance(fact, Share):
            ends = [(fact.first_day - 1, 1.0)]
            ends += [(int(fact.last_day), -1.0)] if _is_closed(fact) else []
            at_most(fact.hi, *ends)
            at_most(-fact.lo, *((d, -w) for d, w in ends))
        else:  # P(T < q) ≤ level ≤ P(T ≤ q) for some q in [lo, hi]
            at_most(fact.level - 1, (math.ceil(fact.lo) - 1, -1.0))
            at_most(1 - fact.level, (math.floor(fact.hi), 1.0))
    return rows, most


def _row(size: int, *terms: tuple[int, float]) -> np.ndarray:
    row = np.zeros(size)
    for place, weight in terms:
        row[place] += weight
    return row


def _is_closed(fact: Share) -> bool:
    return math.isfinite(fact.last_day)
