"""Bounds from bands and quantiles: sharp, never too narrow, and honest about why they are wide."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmbstats.stats.banded import piecewise_exceedance, turnbull
from fmbstats.stats.bounds import (
    exceedance_bounds_from_bands,
    exceedance_bounds_from_quantiles,
    exceedance_steps_from_bands,
    exceedance_steps_from_quantiles,
)
from fmbstats.stats.proportions import wilson
from tests.quick import part_of

EDGES = [14, 29, 89, 179, 364]
F32 = [3215, 9108, 5433, 4301, 3559]

lengths = st.lists(st.integers(15, 60), min_size=1, max_size=60).map(np.array)


def banded(days, edges):
    pairs = zip(edges, [*edges[1:], 10**6], strict=True)
    return np.array([((days > a) & (days <= b)).sum() for a, b in pairs])


def test_at_an_edge_the_share_is_known_and_has_wilsons_limits():
    found = exceedance_bounds_from_bands(EDGES, F32, 179)
    assert found.lo == found.hi == 7860 / 25616
    assert (found.lo_ci, found.hi_ci) == pytest.approx(wilson(7860, 25616))
    assert (found.reason_for_width, found.flags) == ("at_edge", ())
    assert (found.band_from_day, found.band_to_day) == (89, 179)


def test_inside_a_band_the_bounds_are_the_shares_at_its_edges():
    found = exceedance_bounds_from_bands(EDGES, F32, 180)
    assert (found.lo, found.hi) == (3559 / 25616, 7860 / 25616)
    assert found.lo_ci == pytest.approx(wilson(3559, 25616)[0])
    assert found.hi_ci == pytest.approx(wilson(7860, 25616)[1])
    assert (found.reason_for_width, found.flags) == ("inside_band", ("bounds_only",))
    assert found.width == pytest.approx(found.width_from_band)


def test_in_an_open_band_nothing_bounds_the_share_from_below():
    found = exceedance_bounds_from_bands(EDGES, F32, 365)
    assert (found.lo, found.lo_ci) == (0, 0)
    assert found.reason_for_width == "open_band"
    assert found.band_to_day == math.inf


@pytest.mark.parametrize("limit", [0, 7, 14])
def test_a_limit_within_the_first_fourteen_days_cannot_be_judged(limit):
    for found in (
        exceedance_bounds_from_bands(EDGES, F32, limit),
        exceedance_bounds_from_quantiles([15, 20, 30], 100, 90, 10, limit),
    ):
        assert not found.is_estimable
        assert math.isnan(found.lo)
        assert math.isnan(found.hi_ci)
        assert found.flags == ("truncated_r",)
        assert found.reason_for_width == ""


def test_no_spells_is_not_a_share_of_zero():
    assert exceedance_bounds_from_bands([14, 29], [0, 0], 20).flags == ("no_spells",)
    assert exceedance_bounds_from_quantiles([15, 20], 0, 0, 0, 20).flags == ("no_spells",)


@pytest.mark.parametrize(
    ("bounds", "given", "limit", "n", "flag"),
    [
        (exceedance_bounds_from_bands, (EDGES, F32), 14, 25616, "truncated_r"),
        (exceedance_bounds_from_quantiles, ([15, 20], 5, 4, 1), 14, 5, "truncated_r"),
        (exceedance_bounds_from_bands, (EDGES, [0] * 5), 90, 0, "no_spells"),
        (exceedance_bounds_from_quantiles, ([15, 20], 0, 0, 0), 90, 0, "no_spells"),
    ],
)
def test_what_cannot_be_told_keeps_what_was_asked(bounds, given, limit, n, flag):
    found = bounds(*given, limit, 0.9)
    assert (found.limit_days, found.n_spells, found.level) == (limit, n, 0.9)
    assert (found.flags, found.reason_for_width) == ((flag,), "")
    ends = (found.lo, found.hi, found.lo_ci, found.hi_ci, found.width_from_band)
    assert not found.is_estimable
    assert all(map(math.isnan, ends))


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_wilsons_limits_are_those_of_the_ends_of_quantiles(level):
    found = exceedance_bounds_from_quantiles([15, 20, 30, 60, 300], 100, 80, 20, 40, level)
    assert found.lo_ci == pytest.approx(wilson(20, 100, level=level)[0])
    assert found.hi_ci == pytest.approx(wilson(60, 100, level=level)[1])
    known = exceedance_bounds_from_quantiles([15, 20], 10, 10, 0, 30)
    assert (known.lo, known.hi, known.flags) == (0, 0, ())


def test_a_band_may_be_a_single_day():
    found = exceedance_bounds_from_bands([14, 15, 16], [5, 10, 15], 15)
    assert (found.lo, found.hi, found.reason_for_width) == (25 / 30, 25 / 30, "at_edge")


def test_where_all_cells_on_one_side_may_be_empty_that_end_is_not_bounded():
    found = exceedance_bounds_from_bands([14, 29, 89], [math.nan, 0, 0], 29)
    assert (found.lo, found.hi) == (0, 1)  # nobody need be there at all
    assert (found.lo_ci, found.hi_ci) == (0, 1)
    assert (found.reason_for_width, found.width_from_unknown) == ("suppressed", 1)


def test_a_suppressed_cell_is_zero_to_four():
    found = exceedance_bounds_from_bands([0, 14, 30], [20, math.nan, 30], 14)
    assert (found.lo, found.hi) == (30 / 50, 34 / 54)
    assert found.reason_for_width == "suppressed"
    assert found.lo_ci == pytest.approx(wilson(30, 50)[0])
    assert found.hi_ci == pytest.approx(wilson(34, 54)[1])
    inside = exceedance_bounds_from_bands([0, 14, 30], [20, math.nan, 30], 20)
    assert (inside.lo, inside.hi) == (30 / 54, 34 / 54)


def test_counts_known_as_intervals():
    found = exceedance_bounds_from_bands([0, 14, 30], [0, 10, 8], 14, counts_max=[4, 10, 8])
    assert (found.lo, found.hi) == (18 / 22, 1)


@pytest.mark.parametrize(
    ("edges", "counts", "message"),
    [
        ([14, 14], [1, 2], "edges must rise"),
        ([14, 29, 40], [1], "edges must rise"),
        ([14, 29], [1, -2], "a count is below 0"),
    ],
)
def test_impossible_bands_are_refused(edges, counts, message):
    with pytest.raises(ValueError, match=message):
        exceedance_bounds_from_bands(edges, counts, 20)


def test_quantiles_with_censoring():
    # 80 ended spells in four bands of 20, 20 censored; day 40 lies between the 2nd and 3rd break
    found = exceedance_bounds_from_quantiles([15, 20, 30, 60, 300], 100, 80, 20, 40)
    assert (found.lo, found.hi) == (20 / 100, (40 + 20) / 100)
    assert (found.width_from_band, found.width_from_unknown) == (0.2, 0.2)
    assert (found.band_from_day, found.band_to_day) == (30, 60)
    assert found.reason_for_width == "quantile_grid"
    mostly = exceedance_bounds_from_quantiles([15, 20, 30, 60, 300], 100, 60, 40, 40)
    assert mostly.reason_for_width == "censored"


def test_beyond_the_longest_ended_spell_only_the_censored_remain():
    found = exceedance_bounds_from_quantiles([15, 20, 300], 100, 90, 10, 400)
    assert (found.lo, found.hi, found.reason_for_width) == (0, 0.1, "censored")


def test_tied_quantiles_say_that_many_ended_on_one_day():
    # three of four quarters end by day 43: at 43 at most a quarter is longer, before it at least
    # three quarters are
    breaks = [15, 43, 43, 43, 90]
    at = exceedance_bounds_from_quantiles(breaks, 40, 40, 0, 43)
    assert (at.lo, at.hi) == (0, 0.25)
    before = exceedance_bounds_from_quantiles(breaks, 40, 40, 0, 42)
    assert (before.lo, before.hi) == (0.75, 1)


@given(lengths, st.integers(15, 70))
@settings(max_examples=part_of(150), deadline=None)
def test_bands_bound_the_truth_and_no_narrower_bounds_would(days, limit):
    edges = [14, 20, 30, 45]
    counts = banded(days, edges)
    found = exceedance_bounds_from_bands(edges, counts, limit)
    truth = (days > limit).mean()
    assert found.lo - 1e-12 <= truth <= found.hi + 1e-12
    assert found.lo_ci <= found.lo + 1e-12
    assert found.hi <= found.hi_ci + 1e-12
    # every spell at the first or the last day of its band: both bounds are reached
    firsts = np.repeat([e + 1 for e in edges], counts)
    lasts = np.repeat([*edges[1:], 10**5], counts)
    reached = sorted(((firsts > limit).mean(), (lasts > limit).mean()))
    assert (found.lo, found.hi) == pytest.approx(reached)


@given(lengths, st.integers(0, 30), st.integers(15, 70), st.sampled_from([4, 10, 20]))
@settings(max_examples=part_of(200), deadline=None)
def test_quantiles_bound_the_truth_however_the_lengths_bunch(days, n_censored, limit, n_steps):
    breaks = np.quantile(days, np.linspace(0, 1, n_steps + 1), method="inverted_cdf")
    n = len(days) + n_censored
    found = exceedance_bounds_from_quantiles(breaks, n, len(days), n_censored, limit)
    longer = int((days > limit).sum())
    # the censored may all have ended by the limit, or none
    assert found.lo * n <= longer + 1e-9
    assert longer + n_censored <= found.hi * n + 1e-9
    assert found.width <= 1 / n_steps + n_censored / n + 1e-12


@given(lengths)
@settings(max_examples=part_of(50), deadline=None)
def test_bounds_never_rise_with_the_limit(days):
    counts = banded(days, [14, 20, 30, 45])
    breaks = np.quantile(days, np.linspace(0, 1, 21), method="inverted_cdf")
    bands = [exceedance_bounds_from_bands([14, 20, 30, 45], counts, r) for r in range(15, 70)]
    grid = [
        exceedance_bounds_from_quantiles(breaks, len(days), len(days), 0, r) for r in range(15, 70)
    ]
    for found in (bands, grid):
        for side in ("lo", "hi", "lo_ci", "hi_ci"):
            values = np.array([getattr(b, side) for b in found])
            assert (np.diff(values) <= 1e-12).all(), side


def test_steps_are_the_bounds_at_the_edges():
    day, lo, hi = exceedance_steps_from_bands(EDGES, F32)
    for d, a, b in list(zip(day, lo, hi, strict=True))[1:]:
        found = exceedance_bounds_from_bands(EDGES, F32, int(d))
        assert (found.lo, found.hi) == (a, b)
    breaks = [15, 20, 20, 60, 300]
    for d, a, b in zip(*exceedance_steps_from_quantiles(breaks, 100, 80, 20), strict=True):
        found = exceedance_bounds_from_quantiles(breaks, 100, 80, 20, int(d))
        assert (found.lo, found.hi) == (a, b)


def test_constant_hazard_lies_between_the_bounds_and_meets_them_at_the_edges():
    for limit in (30, 60, 89, 120, 179, 300, 364):
        found = exceedance_bounds_from_bands(EDGES, F32, limit)
        assert found.lo <= piecewise_exceedance(EDGES, F32, limit) <= found.hi
    assert math.isnan(piecewise_exceedance(EDGES, F32, 14))
    assert math.isnan(piecewise_exceedance(EDGES, F32, 400))
    assert math.isnan(piecewise_exceedance([14, 29, 89], [3, 7], 50))
    with pytest.raises(ValueError, match="a cell is suppressed"):
        piecewise_exceedance([14, 29], [math.nan, 3], 20)


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(1, 20), st.integers(1, 50)),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=part_of(100), deadline=None)
def test_turnbull_always_proves_itself(rows):
    lower = np.array([a for a, _, _ in rows], float)
    upper = np.array([a + w if w < 15 else np.inf for a, w, _ in rows], float)
    counts = np.array([n for _, _, n in rows], float)
    fit = turnbull(lower, upper, counts)
    assert fit.is_converged
    assert fit.mass.sum() == pytest.approx(1)
    order = np.arange(len(rows))[::-1]
    turned = turnbull(lower[order], upper[order], counts[order])
    # The log-likelihood is concave: within n (max g - 1) of its maximum, wherever we stopped.
    gap = counts.sum() * (max(fit.kkt_max, turned.kkt_max) - 1) + 1e-12
    assert gap <= counts.sum() * 1e-6
    assert abs(turned.log_likelihood - fit.log_likelihood) <= gap


def test_turnbull_refuses_intervals_that_run_backwards():
    with pytest.raises(ValueError, match="from ≤ to"):
        turnbull([10], [5])
    with pytest.raises(ValueError, match="must be spells"):
        turnbull([5], [10], [0])
