"""What would it take: the lower bound if it were known how many spells have no upper limit."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbstats.adherence import SpellCounts, share_over_stated, share_under_minimum
from fmbstats.recommendations.yardstick import Limits, bounds
from fmbstats.stats.identified import break_even_share, least_share

INF = math.inf


def spells(*rows):
    """Rows of (limits_id, entry, time, cause, n)."""
    return SpellCounts(*(np.array(column) for column in zip(*rows, strict=True)))


def case(most, least=None):
    return {"max_number": most, "max_unit": "d", "min_number": least, "min_unit": "d"}


def limits(*sets):
    """Limits of sets of (maximum, minimum); None: none."""
    found = [bounds([case(*pair) for pair in cases], 30) for cases in sets]
    found.append(dict.fromkeys(found[0], math.nan))
    ends = {name: np.array([f[name] for f in found]) for name in found[0]}
    n = len(found) - 1
    judged = np.array([any(most is not None for most, _ in cases) for cases in sets] + [False])
    return Limits(**ends, is_judged=judged, base=np.append(np.arange(n), -1))


TEN = spells((0, 14, 20, 1, 40), (0, 14, 60, 1, 35), (0, 14, 100, 1, 25))


def test_without_the_case_without_limit_the_longest_stated_one_counts():
    found = share_over_stated(TEN, limits([(30, None), (90, None), (None, None)]), entry_day=14)
    assert found.of(0).estimate == pytest.approx(0.25)
    only_open = spells(*((k, 14, d, 1, n) for k, d, n in ((0, 100, 50), (1, 100, 50))))
    both = limits([(90, None), (None, None)], [(None, None)])
    both = Limits(**{**vars(both), "is_judged": np.array([True, True, False])})
    assert share_over_stated(only_open, both, entry_day=14).of(0).estimate == pytest.approx(0.5)


def test_under_the_minimum_counts_a_case_without_one_as_nothing():
    sets = limits([(90, 30), (120, 61)], [(90, None), (120, 61)], [(90, None)])
    low, high, n = share_under_minimum(TEN, sets, entry_day=14)
    assert (low, high, n) == (pytest.approx(0.40), pytest.approx(0.75), 100)
    second = spells((1, 14, 20, 1, 40), (1, 14, 60, 1, 60), (2, 14, 20, 1, 900))
    low, high, n = share_under_minimum(second, sets, entry_day=14)
    assert (low, high, n) == (0, 1, 100)
    assert share_under_minimum(spells((2, 14, 20, 1, 9)), sets, entry_day=14)[2] == 0


@given(share=st.floats(0, 1), part=st.floats(0, 1))
def test_at_the_break_even_share_nothing_need_exceed(share, part):
    assert least_share(share, break_even_share(share)) == 0
    assert 0 <= least_share(share, part) <= share
    # At worst all spells without limit are among the long ones.
    assert least_share(share, part) == pytest.approx(max(0, share - part))
