"""Bounds of the share over the limit when spells with an ambiguous code may belong, too.

A register may write a code of three characters above several entries (F43). Such a spell is held
against the cases of all of them, and it belongs to one, nobody knows which: so each entry's share
is bounded over whichever of them belong to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fmbstats.adherence import LONGEST, SHORTEST, SpellCounts, limit_groups, share_over
from fmbstats.recommendations.yardstick import Limits
from fmbstats.stats.identified import share_with_possible


@dataclass(frozen=True)
class Bounds:
    """Bounds of a share among judged spells."""

    #: `lower`, `upper`: 0-1; NaN where not told.
    lower: float
    upper: float
    n: float  #: Judged spells.
    has_unlimited: bool  #: Whether a case without limit is possible for some of them.


def bounds_with(
    own: SpellCounts, ambiguous: SpellCounts, limits: Limits, *, entry_day: int
) -> Bounds:
    """Bound the share over the limit, whichever ambiguous spells belong.

    `own`: spells whose code tells that they belong. `ambiguous`: spells that may belong, under the
    cases of all entries that they may belong to. `entry_day`: the analysis is conditional on
    outlasting this day. A bound of the own spells that is not told stays so; of the
    ambiguous ones, it counts at its worst.
    """
    sure, maybe = (_bounds(counts, limits, entry_day) for counts in (own, ambiguous))
    if not sure.n or not maybe.n:
        return Bounds(math.nan, math.nan, sure.n + maybe.n, False)
    low = 0.0 if math.isnan(maybe.lower) else maybe.lower
    high = 1.0 if math.isnan(maybe.upper) else maybe.upper
    lower, upper = share_with_possible(sure.lower, sure.upper, sure.n, low, high, maybe.n)
    is_open = sure.has_unlimited or maybe.has_unlimited
    return Bounds(float(lower), float(upper), sure.n + maybe.n, is_open)


def _bounds(counts: SpellCounts, limits: Limits, entry_day: int) -> Bounds:
    seen = counts.given_outlasting(entry_day)
    stratum = np.zeros(len(seen.time), np.int64)
    groups = limit_groups(seen, stratum, 1, limits, entry_day=entry_day)
    lower, upper = (share_over(groups, end).of(0).estimate for end in (LONGEST, SHORTEST))
    has_unlimited = bool(np.isinf(groups.longest).any())
    return Bounds(lower, upper, float(groups.n_spells.sum()), has_unlimited)
