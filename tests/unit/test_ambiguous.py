"""The share over the limit when nobody knows to which entry some spells belong."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbstats.adherence import SpellCounts, bounds_with
from fmbstats.recommendations.yardstick import Limits

# Sets of possible cases: 4 days; 4 or 8; 8 or no limit; without recommendation.
CASES = ((4,), (4, 8), (8, math.inf), ())
LIMITS = Limits.plain([4, 4, 8, math.nan], [4, 8, math.inf, math.nan])
spells = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 12)), max_size=4)


def counts(listed):
    """Spells as (set of cases, days), all ended and seen from the first day."""
    sets, days = np.array(listed, dtype=np.int64).reshape(-1, 2).T
    return SpellCounts(sets, np.zeros_like(days), days, np.ones_like(days), np.ones_like(days))


def shares(own, members):
    """The share of judged spells over their limit, for each way in which cases can be dealt."""
    judged = [(CASES[k], days) for k, days in (*own, *members) if CASES[k]]
    for limits in itertools.product(*(cases for cases, _ in judged)):
        over = [days > limit for (_, days), limit in zip(judged, limits, strict=True)]
        yield sum(over) / len(over)


@given(own=spells, ambiguous=spells)
def test_whoever_belongs_the_share_lies_between_the_bounds_and_reaches_both(own, ambiguous):
    found = bounds_with(counts(own), counts(ambiguous), LIMITS, entry_day=0)
    is_judged = [any(CASES[k] for k, _ in listed) for listed in (own, ambiguous)]
    if not all(is_judged):
        assert math.isnan(found.lower)
        assert math.isnan(found.upper)
        return
    every = [
        share
        for n in range(len(ambiguous) + 1)
        for members in itertools.combinations(ambiguous, n)
        for share in shares(own, members)
    ]
    assert found.lower == pytest.approx(min(every))
    assert found.upper == pytest.approx(max(every))


def test_what_is_not_told_of_those_that_may_belong_counts_at_its_worst():
    """Their limits of 4 and 8 days lie before day 10, from which the register sees spells."""
    limits = Limits.plain([20, 4], [20, 30])
    own = [(0, 15), (0, 25)]
    found = bounds_with(counts(own), counts([(1, 15), (1, 40)]), limits, entry_day=10)
    # Least: the one of 15 days belongs, the one of 40 does not; most: both belong.
    assert (found.lower, found.upper) == (pytest.approx(1 / 3), pytest.approx(3 / 4))


def test_a_bound_that_is_not_told_stays_so():
    limits = Limits.plain([4, 20], [20, 20])
    found = bounds_with(counts([(0, 15), (0, 25)]), counts([(1, 15)]), limits, entry_day=10)
    assert found.lower == pytest.approx(1 / 3)
    assert math.isnan(found.upper)
