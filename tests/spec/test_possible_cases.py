"""What may be said of spells whose case is not known, as tables small enough to check by hand.

Each row is a spell: the cases that are possible for it, then its days, drawn as in the lengths'
tables: `=` a day on sick leave, `.` one that is not seen, `|` the last day of a spell that ended,
`>` the last known day of one that goes on. The cases are invented: *light* is recommended at most
4 days, *heavy* at most 8, *brief* at most 2, *open* has no upper limit.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from fmbstats.adherence import TRUNCATED, SpellCounts
from fmbstats.recommendations.yardstick import Limits, bounds
from tests.measured import measure_adherence

DAYS = {"brief": 2, "light": 4, "heavy": 8, "open": None}


def case(name):
    days = DAYS[name]
    unit = {"max_number": days, "max_unit": days and "d", "number": days, "unit": days and "d"}
    return {
        "case_id": name, "edition": "2017-01-30", "limit_kind": None, "limit_reason": None,
        "min_number": None, "min_unit": None, **unit,
    }  # fmt: skip


def shares(drawing):
    """Least and largest share over the recommendation, NaN where not told; and why not."""
    lines = [line.split() for line in drawing.strip().splitlines()]
    possible = [line[:-1] for line in lines]
    sets = {names: k for k, names in enumerate(dict.fromkeys(map(tuple, possible)))}
    found = [bounds([case(name) for name in names], 30) for names in sets]
    days = [line[-1] for line in lines]
    entry = days[0].count(".")
    counts = SpellCounts(
        np.array([sets[tuple(names)] for names in possible]),
        np.full(len(lines), entry),
        np.array([len(drawn) for drawn in days]),
        np.array([int(drawn.endswith("|")) for drawn in days]),
        np.ones(len(lines), int),
    )
    limits = Limits.plain([f["shortest"] for f in found], [f["longest"] for f in found])
    measured = {m.metric: m for m in measure_adherence(counts, limits, entry_day=entry)}
    least, most = measured["share_over_longest"], measured["share_over_shortest"]
    return least.estimate, most.estimate, {*least.flags, *most.flags}


def test_one_possible_case_gives_one_number():
    """Longer than 4 days: 2 of 4."""
    least, most, _ = shares("""
        light  ==|
        light  ===|
        light  =====|
        light  ======|
    """)
    assert (least, most) == (0.5, 0.5)


def test_the_longest_of_the_possible_limits_gives_the_least_share():
    """Longer than 8 days: 1 of 4, at least. Longer than 4: 3 of 4, at most. Never a mean."""
    least, most, _ = shares("""
        light heavy  ===|
        light heavy  =====|
        light heavy  =======|
        light heavy  =========|
    """)
    assert (least, most) == (0.25, 0.75)


def test_a_case_without_limit_takes_the_lower_bound_away():
    """All four could be open, so none is sure to exceed; 3 of 4 are longer than 4 days."""
    least, most, _ = shares("""
        light open  ===|
        light open  =====|
        light open  =======|
        light open  =========|
    """)
    assert (least, most) == (0, 0.75)


def test_a_spell_that_can_only_be_open_cannot_exceed():
    """It is counted as the others are, since its code is judged: 1 of 4 is longer than 4 days."""
    least, most, _ = shares("""
        light  ===|
        light  ======|
        open   =========|
        open   =========|
    """)
    assert (least, most) == (0.25, 0.25)


def test_what_is_known_of_a_spell_narrows_the_bounds():
    """The same lengths as above with the case of two spells known: 1 of 4 to 2 of 4."""
    least, most, _ = shares("""
        light        ===|
        heavy        =====|
        light heavy  =======|
        light heavy  =========|
    """)
    assert (least, most) == (0.25, 0.5)


def test_ending_on_the_last_recommended_day_is_within_it():
    least, most, _ = shares("""
        light  ===|
        light  ====|
    """)
    assert (least, most) == (0.5, 0.5)


def test_a_spell_still_going_on_is_not_taken_as_ended():
    """Of the 2 known beyond day 2 one ends on day 3; dropping the other would give 0."""
    least, most, _ = shares("""
        light  =>
        light  ==|
        light  =======|
    """)
    assert (least, most) == (0.5, 0.5)


def test_a_limit_among_the_days_that_are_not_seen_is_not_told():
    """The employer pays the first 3 days: whether 2 days were exceeded nobody can say."""
    least, most, flags = shares("""
        brief  ...=|
        brief  ...===|
    """)
    assert math.isnan(least)
    assert math.isnan(most)
    assert TRUNCATED in flags


def test_nor_is_its_end_of_the_bounds():
    """Of *brief* or *heavy* the lower bound is told: 1 of 2 is longer than 8 days."""
    least, most, flags = shares("""
        brief heavy  ...=|
        brief heavy  ...=======|
    """)
    assert least == 0.5
    assert math.isnan(most)
    assert TRUNCATED in flags


@pytest.mark.parametrize("added", ["open", "heavy", "brief"])
def test_one_more_possible_case_never_narrows(added):
    """Neither bound moves inwards when a case becomes possible."""
    drawing = """
        light {0}  ===|
        light {0}  =====|
        light {0}  =========|
    """
    least, most, _ = shares(drawing.format(""))
    wider_least, wider_most, _ = shares(drawing.format(added))
    assert wider_least <= least <= most <= wider_most
