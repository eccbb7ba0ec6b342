"""Adherence measures on small ledgers whose answers can be counted by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmbstats.adherence import (
    BEYOND,
    BEYOND_TAU,
    CERTAIN,
    EDGE,
    LONGEST,
    NO_LIMIT,
    NO_SPELLS,
    PARTLY,
    SEVERAL_LIMITS,
    SHORTEST,
    SMALL,
    TRUNCATED,
    UNLIMITED,
    VARIANT,
    SpellCounts,
    added_up,
    limit_groups,
    measure_shares,
    measure_strata,
    share_over,
    under_each,
)
from fmbstats.measures import METHODS
from fmbstats.recommendations.yardstick import Limits
from tests.measured import measure_adherence
from tests.quick import part_of


def spells(*rows):
    """Rows of (limits_id, entry, time, cause, n)."""
    return SpellCounts(*(np.array(column) for column in zip(*rows, strict=True)))


def limits(*pairs):
    shortest, longest = zip(*pairs, strict=True)
    return Limits.plain(shortest, longest)


INF = math.inf


def by_metric(measures):
    return {m.metric: m for m in measures}


TEN_OVER_FORTY = spells((0, 14, 20, 1, 60), (0, 14, 100, 1, 40))


def test_completed_spells_give_the_plain_share():
    measures = by_metric(measure_adherence(TEN_OVER_FORTY, limits((30, 30)), entry_day=14))
    assert measures["share_over_longest"].estimate == pytest.approx(0.4)
    assert measures["share_within_longest"].estimate == pytest.approx(0.6)
    assert measures["n_spells"].estimate == 100
    assert measures["coverage_share"].estimate == 1


def test_ending_on_the_limit_is_adherent():
    counts = spells((0, 14, 30, 1, 60), (0, 14, 100, 1, 40))
    measures = by_metric(measure_adherence(counts, limits((30, 30)), entry_day=14))
    assert measures["share_over_longest"].estimate == pytest.approx(0.4)
    assert measures["share_over_longest_day_before"].estimate == 1
    assert EDGE in measures["share_over_longest"].flags


def test_cases_give_an_interval_never_a_mean():
    counts = spells((0, 14, 20, 1, 50), (0, 14, 60, 1, 30), (0, 14, 120, 1, 20))
    measures = by_metric(measure_adherence(counts, limits((30, 90)), entry_day=14))
    assert measures["share_over_longest"].estimate == pytest.approx(0.2)
    assert measures["share_over_shortest"].estimate == pytest.approx(0.5)
    assert VARIANT in measures["share_over_longest"].flags


def test_spells_with_other_limits_are_weighed_by_their_number():
    counts = spells(
        (0, 14, 20, 1, 50), (0, 14, 60, 1, 50), (1, 14, 20, 1, 90), (1, 14, 200, 1, 210)
    )
    measures = by_metric(measure_adherence(counts, limits((30, 30), (90, 90)), entry_day=14))
    assert measures["share_over_longest"].estimate == pytest.approx((50 + 210) / 400)
    assert measures["median_ratio_longest"].flags == (SEVERAL_LIMITS,)


def test_limit_at_entry_day_is_not_estimable():
    measures = by_metric(measure_adherence(TEN_OVER_FORTY, limits((14, 30)), entry_day=14))
    assert math.isnan(measures["share_over_shortest"].estimate)
    assert measures["share_over_shortest"].flags == (TRUNCATED,)
    assert measures["share_over_longest"].estimate == pytest.approx(0.4)


def test_limit_beyond_follow_up_is_not_estimable():
    counts = spells((0, 14, 20, 1, 60), (0, 14, 40, 0, 40))
    measures = by_metric(measure_adherence(counts, limits((30, 90)), entry_day=14))
    assert measures["share_over_longest"].flags == (BEYOND,)
    assert measures["share_over_shortest"].estimate == pytest.approx(0.4)


def test_no_limit_and_no_spells_are_different_answers():
    without = by_metric(measure_adherence(TEN_OVER_FORTY, limits((np.nan, np.nan)), entry_day=14))
    assert without["share_over_longest"].flags == (NO_LIMIT,)
    assert without["coverage_share"].estimate == 0
    nobody = by_metric(measure_adherence(TEN_OVER_FORTY, limits((30, 30)), entry_day=365))
    assert nobody["share_over_longest"].flags == (NO_SPELLS,)


def test_spells_whose_every_limit_lies_before_the_entry_day_exceed_it():
    counts = spells((0, 14, 20, 1, 60), (0, 14, 100, 1, 40), (1, 14, 20, 1, 30))
    measures = by_metric(measure_adherence(counts, limits((30, 30), (7, 7)), entry_day=14))
    for end in ("longest", "shortest"):
        assert measures[f"share_over_{end}"].estimate == pytest.approx((40 + 30) / 130)
        assert CERTAIN in measures[f"share_over_{end}"].flags
    nearly_all = spells((0, 14, 20, 1, 4), (1, 14, 20, 1, 96))
    measures = by_metric(measure_adherence(nearly_all, limits((30, 30), (7, 7)), entry_day=14))
    assert measures["share_over_longest"].flags == (TRUNCATED,)


def test_what_is_not_known_counts_at_its_worst_however_much_it_is():
    counts = spells((0, 14, 20, 1, 60), (0, 14, 100, 1, 40), (1, 14, 20, 1, 30))
    measures = by_metric(measure_adherence(counts, limits((30, 30), (7, 90)), entry_day=14))
    assert measures["share_over_longest"].estimate == pytest.approx(40 / 130)
    assert measures["share_over_shortest"].estimate == pytest.approx((40 + 30) / 130)
    assert PARTLY in measures["share_over_shortest"].flags
    for n_unseen in (90, 110, 10_000):  # on both sides of one half, and nearly all
        most = spells((0, 14, 20, 1, 60), (0, 14, 100, 1, 40), (1, 14, 20, 1, n_unseen))
        measures = by_metric(measure_adherence(most, limits((30, 30), (7, 90)), entry_day=14))
        whole = 100 + n_unseen
        assert measures["share_over_longest"].estimate == pytest.approx(40 / whole)
        assert measures["share_over_shortest"].estimate == pytest.approx((40 + n_unseen) / whole)
    nothing = spells((1, 14, 20, 1, 130))
    measures = by_metric(measure_adherence(nothing, limits((30, 30), (7, 90)), entry_day=14))
    assert measures["share_over_shortest"].flags == (TRUNCATED,)


def test_one_group_has_the_interval_of_its_curve():
    seen = TEN_OVER_FORTY.given_outlasting(14)
    groups = limit_groups(seen, np.zeros(2, int), 1, limits((30, 30)), entry_day=14)
    over = share_over(groups, "longest")
    lo, hi = groups.curves[0].interval_at(30)
    assert (over.lo[0], over.hi[0]) == pytest.approx((lo, hi), rel=1e-12)


def test_shares_under_several_limits_are_those_under_each():
    counts = spells((0, 14, 20, 1, 60), (1, 14, 100, 1, 40), (-1, 14, 50, 0, 9))
    longer = spells((1, 14, 400, 1, 30), (0, 14, 40, 0, 30))
    two, three = limits((30, 30), (14, INF)), limits((60, 90), (30, 365), (7, 7))
    parts = [(counts, two), (longer, three), (counts, three), (longer, two)]
    together, stratum, joined = under_each(parts)
    found = measure_shares(together, stratum, len(parts), joined, entry_day=14)
    assert [column.metric for column in found][:2] == ["n_spells", "share_over_longest"]
    for place, (own, held) in enumerate(parts):
        alone = by_metric(measure_adherence(own, held, entry_day=14))
        for column in found:
            assert str(column.of(place)) == str(alone[column.metric])


def test_every_column_says_how_it_was_made():
    columns = measure_strata(TEN_OVER_FORTY, np.zeros(2, int), 1, limits((30, 90)), entry_day=14)
    ways = {column.method for column in columns}
    assert len(ways) > 3
    assert {way for way in ways if not way.startswith("tau_")} <= {*METHODS}


def test_strata_measured_together_equal_strata_measured_alone():
    rng = np.random.default_rng(3)
    size = 4000
    stratum = rng.integers(0, 7, size)
    counts = SpellCounts(
        rng.integers(-1, 3, size),
        np.full(size, 14),
        rng.integers(15, 500, size),
        rng.integers(0, 2, size),
        rng.integers(1, 9, size),
    )
    some = limits((30, 90), (7, 180), (np.nan, np.nan))
    together = measure_strata(counts, stratum, 7, some, entry_day=14)
    n_compared = 0
    for k in range(7):
        alone = measure_adherence(counts.only(stratum == k), some, entry_day=14)
        for column, measure in zip(together, alone, strict=True):
            ours = column.of(k)
            assert ours.flags == measure.flags
            assert (ours.estimate, ours.lo, ours.hi) == pytest.approx(
                (measure.estimate, measure.lo, measure.hi), rel=1e-12, nan_ok=True
            )
            n_compared += 1
    assert n_compared >= 7 * 20


def test_rows_that_ended_alike_are_added_up_without_a_change_of_any_measure():
    rng = np.random.default_rng(5)
    size = 60_000
    stratum = rng.integers(0, 5, size)
    counts = SpellCounts(
        rng.integers(-1, 3, size),
        np.full(size, 14),
        rng.integers(15, 300, size),
        rng.integers(0, 6, size),
        rng.integers(1, 4, size),
    )
    fewer, own = added_up(counts, stratum)
    assert len(own) < size / 5
    assert fewer.n_spells == counts.n_spells
    some = limits((30, 90), (7, 180), (np.nan, np.nan))
    for k in range(5):
        alone = measure_adherence(fewer.only(own == k), some, entry_day=14)
        rows = counts.only(stratum == k)
        curve = rows.given_outlasting(14).curve()
        assert alone[0].estimate == curve.n_spells
        assert alone[1].estimate == curve.n_events


def test_rows_with_several_entry_days_are_left_as_they_are():
    counts = spells(*[(0, entry, 20, 1, 1) for entry in (0, 14) for _ in range(500)])
    kept, own = added_up(counts, np.zeros(1000, np.int64))
    assert kept is counts
    assert len(own) == 1000


def test_unemployed_spells_count_from_the_entry_day_of_employees():
    counts = spells((0, 14, 20, 1, 60), (0, 0, 5, 1, 500), (0, 0, 100, 1, 40))
    measures = by_metric(measure_adherence(counts, limits((30, 30)), entry_day=14))
    assert measures["n_spells"].estimate == 100
    assert measures["share_over_longest"].estimate == pytest.approx(0.4)


def test_excess_days_are_the_mean_of_days_over_the_limit():
    measures = by_metric(
        measure_adherence(
            spells((0, 14, 20, 1, 60), (0, 14, 100, 1, 30), (0, 14, 365, 0, 10)),
            limits((30, 30)),
            entry_day=14,
        )
    )
    over = measures["excess_days_longest"]
    assert over.estimate == pytest.approx((30 * 70 + 10 * 335) / 100)
    assert over.lo < over.estimate < over.hi


def test_limit_at_the_horizon_has_no_excess_days_to_tell_of():
    counts = spells((0, 14, 20, 1, 60), (0, 14, 800, 1, 40))
    measures = by_metric(measure_adherence(counts, limits((90, 365)), entry_day=14))
    assert measures["excess_days_longest"].flags == (BEYOND_TAU,)
    assert measures["excess_days_shortest"].estimate == pytest.approx(0.4 * 275)


def test_excess_days_need_ten_spells_at_risk_on_the_last_day():
    counts = spells((0, 14, 20, 1, 60), (0, 14, 100, 1, 31), (0, 14, 365, 0, 9))
    measures = by_metric(measure_adherence(counts, limits((30, 30)), entry_day=14))
    assert measures["excess_days_longest"].flags == (SMALL,)
    assert math.isnan(measures["excess_days_longest"].estimate)


# --- cases without an upper limit


def test_a_case_without_limit_makes_the_lower_bound_zero():
    measures = by_metric(measure_adherence(TEN_OVER_FORTY, limits((30, INF)), entry_day=14))
    low = measures["share_over_longest"]
    assert (low.estimate, UNLIMITED in low.flags) == (0, True)
    assert measures["share_over_shortest"].estimate == pytest.approx(0.4)
    assert measures["median_ratio_longest"].flags == (UNLIMITED,)
    assert math.isnan(measures["excess_days_longest"].estimate)


def test_spells_with_cases_without_limit_only_cannot_exceed():
    counts = spells((0, 14, 20, 1, 60), (0, 14, 100, 1, 40), (1, 14, 400, 1, 100))
    judged = Limits(
        *(np.array(v, float) for v in ([30, INF, np.nan], [30, INF, np.nan], [30] * 3, [0] * 3)),
        np.zeros(3), np.array([True, True, False]), np.array([0, 1, -1]),
    )  # fmt: skip
    measures = by_metric(measure_adherence(counts, judged, entry_day=14))
    assert measures["share_over_longest"].estimate == pytest.approx(0.2)
    assert measures["share_over_shortest"].estimate == pytest.approx(0.2)
    assert measures["coverage_share"].estimate == 1


def test_a_truncated_upper_bound_leaves_the_lower_one():
    measures = by_metric(measure_adherence(TEN_OVER_FORTY, limits((0, INF)), entry_day=14))
    assert measures["share_over_longest"].estimate == 0
    assert measures["share_over_shortest"].flags == (TRUNCATED,)
    assert measures["median_ratio_shortest"].flags == (TRUNCATED,)


def test_the_interval_for_the_share_lies_round_both_bounds():
    measures = by_metric(measure_adherence(TEN_OVER_FORTY, limits((15, 30)), entry_day=14))
    region = measures["share_over_region"]
    assert math.isnan(region.estimate)
    assert region.lo < measures["share_over_longest"].estimate
    assert region.hi >= measures["share_over_shortest"].estimate
    assert region.lo > measures["share_over_longest"].lo - 0.02


days = st.sampled_from([0, 7, 14, 15, 21, 28, 60, 90, 180, INF])
courses = st.lists(
    st.tuples(st.integers(0, 2), st.integers(15, 400), st.booleans(), st.integers(1, 30)),
    min_size=1,
    max_size=25,
)


def bounds_of(rows, sets):
    counts = spells(*((k, 14, day, int(ended), n) for k, day, ended, n in rows))
    ends = [(min(c), max(c)) for c in sets]
    groups = limit_groups(counts, np.zeros(len(rows), int), 1, limits(*ends), entry_day=14)
    return tuple(share_over(groups, end).estimate[0] for end in (LONGEST, SHORTEST))


@settings(deadline=None, max_examples=part_of(50))
@given(rows=courses, sets=st.lists(st.lists(days, min_size=1, max_size=4), min_size=3, max_size=3))
def test_bounds_are_in_order_and_a_case_without_limit_never_raises_the_lower(rows, sets):
    # Every set keeps a finite case, so that all codes stay judged.
    sets = [[30, *cases] for cases in sets]
    low, high = bounds_of(rows, sets)
    assert not low > high + 1e-12
    lower, _ = bounds_of(rows, [[*sets[0], INF], *sets[1:]])
    assert not lower > low + 1e-12


@settings(deadline=None, max_examples=part_of(50))
@given(
    rows=courses,
    sets=st.lists(st.lists(days, min_size=1, max_size=4), min_size=3, max_size=3),
    which=st.integers(0, 2),
    place=st.integers(0, 3),
)
def test_removing_a_possible_case_never_widens_the_bounds(rows, sets, which, place):
    sets = [[30, *cases] for cases in sets]
    before = bounds_of(rows, sets)
    fewer = [list(cases) for cases in sets]
    del fewer[which][1 + place % (len(fewer[which]) - 1)]
    after = bounds_of(rows, fewer)
    if not any(math.isnan(v) for v in (*before, *after)):
        assert after[0] >= before[0] - 1e-12
        assert after[1] <= before[1] + 1e-12


def test_the_share_ending_near_the_limit_counts_three_days_on_either_side():
    from fmbstats.recommendations.yardstick import Limits

    days = np.array([20, 26, 27, 30, 33, 34, 60, 90])
    n = np.array([10, 5, 4, 8, 3, 6, 20, 4])
    zero = np.zeros(len(days), dtype=np.int64)
    counts = SpellCounts(zero, zero + 14, days, zero + 1, n)
    found = {
        m.metric: m
        for m in measure_adherence(counts, Limits.plain([30.0], [30.0]), entry_day=14)
    }  # fmt: skip
    near = found["share_ending_near_longest"]
    assert near.estimate == pytest.approx((4 + 8 + 3) / n.sum())
    assert near.lo < near.estimate < near.hi
    # A case without limit: no spell is known to end near one.
    open_ended = measure_adherence(counts, Limits.plain([30.0], [np.inf]), entry_day=14)
    assert {m.metric: m.estimate for m in open_ended}["share_ending_near_longest"] == 0


def test_the_number_at_risk_is_that_of_all_limits_together():
    counts = spells((0, 14, 20, 1, 50), (0, 14, 60, 1, 50), (1, 14, 20, 1, 90), (1, 14, 200, 1, 4))
    measures = by_metric(measure_adherence(counts, limits((30, 30), (90, 90)), entry_day=14))
    assert measures["share_over_longest"].n_at_risk_at_limit == 50 + 4
    assert SMALL not in measures["share_over_longest"].flags


def test_of_few_judged_spells_a_release_tells_nothing_against_limits():
    """Sixty spells, of which 24 have a limit: their share would be decided by what protects it."""
    judged = SpellCounts(
        np.array([0, -1]), np.array([14, 14]), np.array([40, 20]), np.array([1, 1]),
        np.array([24, 36]),
    )  # fmt: skip
    limits = Limits.plain([30], [30])
    exact, told = (
        {one.metric: one for one in measure_adherence(counts, limits, entry_day=14)}
        for counts in (judged, replace(judged, noise=6.0))
    )
    assert exact["share_over_longest"].estimate == 1
    assert np.isnan(told["share_over_longest"].estimate)
    assert told["share_over_longest"].flags == ("small_n",)
    assert told["quantile_50_days"].estimate == exact["quantile_50_days"].estimate
