"""Lengths against limits, and shares known to lie between two: counted spell by spell."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from scipy import optimize

from fmbstats.stats.clustered import clustered_shares, influence_sums
from fmbstats.stats.exceedance import (
    adherence_over_limits,
    length_index,
    limit_flags,
    limit_shares,
    median_to_limit,
)
from fmbstats.stats.identified import (
    break_even_share,
    least_share,
    share_region_interval,
    share_with_possible,
)
from fmbstats.stats.intervals import share_interval
from fmbstats.stats.survival import fit_curve, fit_curves

NORMAL = NormalDist()
NAN = math.nan


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True)


def share_of(one):
    return one.estimate, one.se, one.lo, one.hi


# --- limits ---------------------------------------------------------------------------------------

LENGTHS = [5, 13, 14, 14, 20, 25, 28, 29, 29, 40, 60, 61]
CENSORED = [1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1]


@pytest.fixture(scope="module")
def curve():
    return fit_curve(LENGTHS, CENSORED, min_at_risk=None)


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_shares_over_within_and_under(curve, level):
    got = limit_shares(curve, 29, 14, level=level)
    s = {day: float(curve.survival_at(day)) for day in (13, 28, 29)}
    v = {day: float(curve.variance_at(day)) for day in (13, 28, 29)}
    assert s[29] < s[28] < s[13] < 1
    for one, day in ((got.over, 29), (got.over_or_on, 28)):
        limits = share_interval(s[day], v[day], level=level)
        assert share_of(one) == near((s[day], math.sqrt(v[day]), *limits))
    for one, day in ((got.at_most, 29), (got.under, 13)):
        lo, hi = share_interval(s[day], v[day], level=level)
        assert share_of(one) == near((1 - s[day], math.sqrt(v[day]), 1 - hi, 1 - lo))
    # S(13) - S(29) is S(13) times the share that ends between: the errors share what lies before.
    later = s[29] / s[13]
    before, beside = v[13] / s[13] ** 2, v[29] / s[29] ** 2 - v[13] / s[13] ** 2
    variance = s[13] ** 2 * ((1 - later) ** 2 * before + later**2 * beside)
    inside = s[13] - s[29]
    limits = share_interval(inside, variance, level=level)
    assert share_of(got.inside) == near((inside, math.sqrt(variance), *limits))
    usual = limit_shares(curve, 29, 14)
    assert share_of(usual.inside) == share_of(limit_shares(curve, 29, 14, level=0.95).inside)


def test_shares_where_nobody_is_left_or_nothing_is_least(curve):
    done = limit_shares(curve, 61, 61)
    s, v = float(curve.survival_at(60)), float(curve.variance_at(60))
    assert share_of(done.over) == near((0, NAN, NAN, NAN))
    assert share_of(done.inside) == near((s, math.sqrt(v), *share_interval(s, v)))
    without = limit_shares(curve, 29)
    assert share_of(without.under) == (0, 0, 0, 0)
    assert share_of(without.inside) == share_of(without.at_most)
    assert "truncated_min" not in without.flags
    first = limit_shares(curve, 1, 1)
    assert share_of(first.over_or_on)[0] == 1
    assert share_of(first.under)[0] == 0
    assert limit_shares(curve, 0).over_or_on.estimate == 1
    for least, most in ((0, 5), (6, 5)):
        with pytest.raises(ValueError, match=r"^expected 1 <= min_days <= max_days$"):
            limit_shares(curve, most, least)


def test_what_is_said_of_a_limit():
    late = fit_curve([20] * 30 + [30] * 12 + [31] * 9 + [40], [1] * 51 + [0], entry=14)

    def said(limit, of=late):
        return {name for name, is_so in limit_flags(of, limit).items() if is_so}

    assert said(14) == {"truncated_r"}
    assert said(15) == set()
    assert said(19) == set()
    assert said(20) == {"hangs_on_edge"}
    assert said(30) == {"hangs_on_edge"}  # 22 at risk on the day
    assert said(31) == {"hangs_on_edge"}  # ten
    assert said(32) == {"small_n"}
    assert said(40) == {"small_n"}
    assert said(41) == {"beyond_followup"}
    assert said(14, fit_curve([20], 1)) == {"small_n"}
    assert said(0, fit_curve([20], 1)) == set()
    nobody = fit_curves([0] * 12, [20] * 12, 1, n_groups=2)
    flags = limit_flags(nobody, 10)
    assert flags["no_spells"].tolist() == [False, True]
    assert not (flags["truncated_r"] | flags["beyond_followup"] | flags["small_n"]).any()
    # Two points end on the limit: that is no edge; a little more is.
    exact = fit_curve([10] * 20 + [50] * 980, 1)
    assert "hangs_on_edge" not in said(10, exact)
    assert "hangs_on_edge" in said(10, fit_curve([10] * 21 + [50] * 979, 1))
    assert not limit_shares(late, 20, 16).flags["truncated_min"]
    assert limit_shares(late, 20, 15).flags["truncated_min"]
    assert not limit_shares(fit_curve([20], 1), 20, 1).flags["truncated_min"]


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_adherence_lies_between_those_by_the_shortest_and_the_longest_limit(curve, level):
    got = adherence_over_limits(curve, [28, 14, 20], level=level)
    for one, day in ((got.lowest, 14), (got.highest, 28)):
        wanted = limit_shares(curve, day, level=level).at_most
        assert share_of(one) == share_of(wanted)
    assert (got.outer_lo, got.outer_hi) == (got.lowest.lo, got.highest.hi)
    assert (got.shortest_days, got.longest_days, got.is_variant_unknown) == (14, 28, True)
    alone = adherence_over_limits(curve, [28, 28])
    assert not alone.is_variant_unknown
    assert alone.outer_hi == adherence_over_limits(curve, [28], level=0.95).outer_hi
    with pytest.raises(ValueError, match=r"^limits_days: expected at least one limit$"):
        adherence_over_limits(curve, [])


def test_lengths_as_ratios_to_limits(curve):
    assert median_to_limit(curve, 14, level=0.9) == near(
        tuple(x / 14 for x in curve.quantile(0.5, level=0.9))
    )
    assert median_to_limit(curve, 14) == near(median_to_limit(curve, 14, level=0.95))
    index = length_index([10, 0, 30], [20.0, NAN, 60.0], [2.0, NAN, 1.0], [15, 9, 40], level=0.9)
    expected, error = 10 * 15 + 30 * 40, math.hypot(10 * 2, 30 * 1)
    z = NORMAL.inv_cdf(0.95)
    wanted = (10 * 20 + 30 * 60) / expected
    half = z * error / expected
    assert index == near((wanted, error / expected, wanted - half, wanted + half))
    usual = length_index([10], [20], [2], [15])
    assert usual == near(length_index([10], [20], [2], [15], level=0.95))
    assert np.isnan(length_index([0], [20], [2], [15])).all()
    assert len(length_index([], [], [], [])) == 4
    assert np.isnan(length_index([1, 1], [NAN, 5], [1, 1], [9, 9])[0])
    assert length_index([1, 1], [8, 5], [1, 1], [9, 9])[0] == near(13 / 18)


# --- shares between two ---------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize(
    ("lower", "upper", "lower_se", "upper_se"),
    [(0.2, 0.4, 0.01, 0.02), (0.3, 0.3, 0.02, 0.02), (0.3, 0.31, 0.03, 0.01), (0.1, 0.9, 0.1, 0.2)],
)
def test_a_region_is_widened_as_far_as_one_end_needs(lower, upper, lower_se, upper_se, level):
    width = (upper - lower) / max(lower_se, upper_se)
    c = optimize.brentq(lambda x: NORMAL.cdf(x + width) - NORMAL.cdf(-x) - level, 0, 5, xtol=1e-13)
    got = share_region_interval(lower, upper, lower_se, upper_se, level=level)
    wanted = (max(lower - c * lower_se, 0), min(upper + c * upper_se, 1))
    assert got == pytest.approx(wanted, abs=1e-9)


def test_regions_at_their_ends():
    assert share_region_interval(0.2, 0.4, 0, 0) == (0.2, 0.4)
    assert share_region_interval(0.001, 0.999, 0.1, 0.1) == (0, 1)
    usual = share_region_interval(0.2, 0.4, 0.01, 0.02)
    assert usual == share_region_interval(0.2, 0.4, 0.01, 0.02, level=0.95)
    assert isinstance(usual[0], float)
    lo, hi = share_region_interval([0.2, 0.3], 0.4, 0.01, [0.02, NAN])
    assert (lo[0], hi[0]) == usual
    assert np.isnan(hi[1])


def test_least_share_when_some_have_no_limit():
    assert least_share([0.3, 0.3, 0.3], [0.1, 0.3, 0.4]).tolist() == near([0.2, 0, 0])
    assert least_share(0.1 + 0.2, 0.3) == 0
    assert least_share(0.5, 0.5 - 1e-9) > 0
    assert isinstance(least_share(0.3, 0.1), float)
    assert break_even_share([0.3, 0.2]).tolist() == [0.3, 0.2]
    assert isinstance(break_even_share(1), float)


def test_shares_with_spells_that_may_belong_are_the_least_and_the_most_of_all_ways():
    """Each of the doubtful spells, over the limit or not, belongs or does not."""
    for over, n, doubtful_over, doubtful in (
        (3, 6, 2, 5),
        (0, 4, 0, 3),
        (4, 4, 3, 3),
        (2, 7, 1, 1),
    ):
        ways = [
            (over + own) / (n + own + other)
            for own in range(doubtful_over + 1)
            for other in range(doubtful - doubtful_over + 1)
        ]
        share = doubtful_over / doubtful
        got = share_with_possible(over / n, over / n, n, share, share, doubtful)
        assert got == near((min(ways), max(ways)))
    lo, hi = share_with_possible([0.2, 0.2], [0.4, 0.4], [10, 10], [0.1, 0], [0.3, 0], [5, 0])
    assert lo.tolist() == near([2 / (10 + 4.5), 0.2])
    assert hi.tolist() == near([(4 + 1.5) / 11.5, 0.4])
    assert share_with_possible(0.2, 0.4, 10, 0.1, 0.3, 5) == near((lo[0], hi[0]))


# --- persons --------------------------------------------------------------------------------------


def rows_of_persons():
    rng = np.random.default_rng(5)
    time = rng.integers(3, 20, 60)
    return time, rng.integers(0, 2, 60), np.minimum(rng.integers(0, 4, 60), time - 1)


def test_a_spells_influence_is_the_slope_of_the_share_in_its_weight():
    time, cause, entry = rows_of_persons()
    curve = fit_curve(time, cause, entry=entry, min_at_risk=None)
    days = [4, 9, 15]
    got = influence_sums(curve, time, cause > 0, entry, days)
    step = 1e-6
    for i in (0, 7, 20, 41):
        weight = np.ones(60)
        weight[i] += step
        # Ends are counted with the spells at risk: what changes is the log of each day's factor.
        for column, day in enumerate(days):

            def log_share(w, day=day):
                total = 0.0
                for j in range(1, day + 1):
                    at_risk = w[(entry < j) & (time >= j)].sum()
                    ended = w[(time == j) & (cause > 0)].sum()
                    total += math.log1p(-ended / at_risk) if ended else 0.0
                return total

            slope = math.exp(log_share(np.ones(60))) * (log_share(weight) - log_share(np.ones(60)))
            assert got[i, column] == pytest.approx(slope / step, abs=1e-5)


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_errors_by_person_are_of_the_sums_of_their_influences(level):
    time, cause, entry = rows_of_persons()
    person = np.arange(60) // 3
    got = clustered_shares(time, cause, person, [4, 9], entry=entry, level=level, min_at_risk=None)
    curve = fit_curve(time, cause, entry=entry, min_at_risk=None)
    influence = influence_sums(curve, time, cause > 0, entry, [4, 9])
    for column, day in enumerate((4, 9)):
        whole = [influence[person == one, column].sum() for one in range(20)]
        error = math.sqrt(sum(x * x for x in whole))
        share, greenwood = curve.survival_at(day), math.sqrt(curve.variance_at(day))
        assert (got.survival[column], got.se[column]) == near((share, error))
        assert got.se_greenwood[column] == near(greenwood)
        assert (got.lo[column], got.hi[column]) == near(
            share_interval(share, error**2, level=level)
        )
        assert got.differs[column] == (abs(error / greenwood - 1) > 0.05)
    assert got.n_persons == 20
    assert got.day.tolist() == [4, 9]


def test_of_persons_with_one_spell_each_the_error_is_greenwoods():
    time, cause, _ = rows_of_persons()
    got = clustered_shares(time, cause, np.arange(60), 9)
    assert got.se.tolist() == near(got.se_greenwood.tolist())
    assert not got.differs.any()
    twice = clustered_shares(
        np.repeat(time, 2), np.repeat(cause, 2), np.repeat(np.arange(60), 2), 9
    )
    assert twice.se == near(got.se)
    assert twice.differs.all()
    assert twice.n_persons == 60
    late = clustered_shares([3, 9, 9, 12], 1, [1, 2, 3, 4], 9, entry=[3, 0, 0, 0], min_at_risk=None)
    assert (late.n_persons, late.survival.tolist()) == (3, near([1 / 3]))
    usual = clustered_shares(time, cause, np.arange(60), 9, entry=0, level=0.95, min_at_risk=10)
    assert usual.lo.tolist() == got.lo.tolist()
