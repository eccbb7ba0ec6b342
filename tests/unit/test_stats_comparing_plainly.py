"""Groups compared and put together: each estimator once more, row by row, as its source has it."""

import math
from collections import defaultdict
from statistics import NormalDist

import numpy as np
import pytest
from scipy import optimize, stats

from fmbstats.stats.competing import fit_incidence
from fmbstats.stats.contrasts import (
    band_factor,
    difference_at,
    excess_days_difference,
    restricted_mean_difference,
    share_difference,
)
from fmbstats.stats.expected import observed_expected
from fmbstats.stats.funnel import (
    effective_n,
    fit_funnel,
    funnel_limits,
    limit_grid,
    outside_limits,
)
from fmbstats.stats.intervals import positive_interval, share_interval, z_value
from fmbstats.stats.logrank import logrank
from fmbstats.stats.multiplicity import benjamini_hochberg, simultaneous_ranks
from fmbstats.stats.proportions import combine_limits, design_effect, wilson
from fmbstats.stats.standardise import collapse_strata, poisson_limits, standardised_share
from fmbstats.stats.survival import fit_curve

NORMAL = NormalDist()
NAN = math.nan


def near(value, **more):
    return pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True, **more)


def two_sided(z):
    return 2 * NORMAL.cdf(-abs(z))


def spells(seed, n_rows=60, groups=3):
    """Rows of (group, time, cause, entry, n), many days tied."""
    rng = np.random.default_rng(seed)
    time = rng.integers(2, 15, n_rows)
    return [
        (int(g), int(t), int(c), int(min(e, t - 1)), int(n))
        for g, t, c, e, n in zip(
            rng.integers(0, groups, n_rows), time, rng.integers(0, 3, n_rows),
            rng.integers(0, 4, n_rows), rng.integers(1, 5, n_rows), strict=True,
        )
    ]  # fmt: skip


# --- shares ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize(("k", "n"), [(1, 7), (3, 8), (81, 263), (6, 7)])
def test_wilsons_limits_are_the_shares_that_the_score_test_just_keeps(k, n, level):
    def score(share):
        return abs(k / n - share) / math.sqrt(share * (1 - share) / n) - z_value(level)

    lo, hi = wilson(k, n, level)
    assert lo == pytest.approx(optimize.brentq(score, 1e-9, k / n), abs=1e-9)
    assert hi == pytest.approx(optimize.brentq(score, k / n, 1 - 1e-9), abs=1e-9)


def test_wilsons_limits_of_none_and_of_all_are_exact_and_of_nobody_unknown():
    z2 = z_value(0.95) ** 2
    lo, hi = wilson([0, 5, 0], [5, 5, 0])
    np.testing.assert_array_equal(lo, [0, lo[1], NAN])
    np.testing.assert_array_equal(hi, [hi[0], 1, NAN])
    assert (lo[1], hi[0]) == near((5 / (5 + z2), z2 / (5 + z2)))
    assert all(isinstance(limit, float) for limit in wilson(1, 2))
    for k, n in ((-1, 2), (3, 2), ([1, 3], [2, 2])):
        with pytest.raises(ValueError, match=r"^expected 0 <= k <= n$"):
            wilson(k, n)


def sums(counts):
    k, n = np.array(counts, float).T
    return len(k), k.sum(), n.sum(), k @ k, k @ n, n @ n


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize(
    "counts", [[(3, 10), (9, 10), (1, 10), (7, 10)], [(1, 4), (20, 30), (2, 11)]]
)
def test_design_effect_is_the_variance_between_units_over_that_of_independent_ones(counts, level):
    k, n = (sum(column) for column in zip(*counts, strict=True))
    share, units = k / n, len(counts)
    residuals = sum((own - share * size) ** 2 for own, size in counts)
    between = units / (units - 1) * residuals / n**2
    student = (stats.t.ppf(0.5 + level / 2, units - 1) / NORMAL.inv_cdf(0.5 + level / 2)) ** 2
    assert between > share * (1 - share) / n
    assert design_effect(*sums(counts), level) == near(
        between / (share * (1 - share) / n) * student
    )


def test_design_effect_where_units_are_alike_or_all_are_counted():
    def student(units):
        return (stats.t.ppf(0.975, units - 1) / z_value(0.95)) ** 2

    # More alike than by chance: as independent ones.
    assert design_effect(*sums([(5, 10), (5, 10), (5, 10)])) == near(student(3))
    # All counted, or none: the units are what was seen.
    assert design_effect(*sums([(10, 10), (4, 4)])) == near(7 * student(2))
    assert design_effect(*sums([(0, 10), (0, 4)])) == near(7 * student(2))
    assert np.isnan(design_effect(*sums([(3, 10)])))
    several = design_effect(*np.array([sums([(5, 10), (5, 10)]), sums([(3, 10)])]).T)
    np.testing.assert_allclose(several, [student(2), NAN])


def test_limits_of_a_difference_are_the_squares_of_the_limits_gaps():
    got = combine_limits((0.5, 0.3, 0.6), (0.2, 0.15, 0.32))
    assert got == near((0.3, 0.3 - math.hypot(0.2, 0.12), 0.3 + math.hypot(0.1, 0.05)))
    many = combine_limits(([0.5, 0.1], [0.3, 0.1], [0.6, 0.2]), (0.2, 0.15, 0.32))
    assert [column[0] for column in many] == near(list(got))
    assert isinstance(got[0], float)


# Scale -> to it, back, and its slope: limits are s's place on it -+ z sd(s) |slope|, carried back.
SCALES = {
    "log-log": (lambda s: math.log(-math.log(s)), lambda x: math.exp(-math.exp(x)),
                lambda s: 1 / (s * math.log(s))),
    "log": (math.log, math.exp, lambda s: 1 / s),
    "plain": (lambda s: s, lambda x: x, lambda s: 1.0),
    "logit": (lambda s: math.log(s / (1 - s)), lambda x: 1 / (1 + math.exp(-x)),
              lambda s: 1 / (s * (1 - s))),
    "arcsin": (lambda s: math.asin(math.sqrt(s)),
               lambda x: math.sin(min(max(x, 0), math.pi / 2)) ** 2,
               lambda s: 1 / (2 * math.sqrt(s * (1 - s)))),
}  # fmt: skip


@pytest.mark.parametrize("kind", SCALES)
@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize(("share", "variance"), [(0.4, 0.003), (0.02, 0.001), (0.97, 0.002)])
def test_limits_are_carried_back_from_their_scale(kind, level, share, variance):
    there, back, slope = SCALES[kind]
    width = NORMAL.inv_cdf(0.5 + level / 2) * math.sqrt(variance) * abs(slope(share))
    ends = sorted(back(there(share) + sign * width) for sign in (-1, 1))
    got = share_interval(share, variance, level=level, kind=kind)
    assert got == near(tuple(min(max(end, 0.0), 1.0) for end in ends))
    assert isinstance(got[0], float)


def test_a_share_of_none_or_all_has_no_limits():
    for kind in SCALES:
        lo, hi = share_interval([0, 1, NAN, 0.5], [0.01, 0.01, 0.01, NAN], kind=kind)
        assert np.isnan(lo).all(), kind
        assert np.isnan(hi).all(), kind
    assert share_interval(0.5, 0.01) == share_interval(0.5, 0.01, level=0.95, kind="log-log")
    for level in (0, 1, -1, 95):
        with pytest.raises(ValueError, match=f"^level={level}: expected a share between 0 and 1, "):
            z_value(level)


def test_limits_of_what_is_positive_lie_as_far_by_ratio():
    lo, hi = positive_interval([4.0, 0.0, -1.0, 0.5], [1.0, 1.0, 1.0, 0.125], level=0.9)
    factor = math.exp(NORMAL.inv_cdf(0.95) / 4)
    np.testing.assert_allclose(lo, [4 / factor, NAN, NAN, 0.5 / factor])
    np.testing.assert_allclose(hi, [4 * factor, NAN, NAN, 0.5 * factor])
    assert positive_interval(4, 1) == near(
        (4 / math.exp(z_value(0.95) / 4), 4 * math.exp(z_value(0.95) / 4))
    )
    assert isinstance(positive_interval(4, 1)[0], float)


# --- differences ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def curves():
    rows = spells(4, 90, 2)
    return [
        fit_curve(*([row[k] for row in rows if row[0] == group] for k in (1, 2)),
                  n=[row[4] for row in rows if row[0] == group])
        for group in (0, 1)
    ]  # fmt: skip


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_difference_on_a_day(curves, level):
    first, second = curves
    s, v = ([c.survival_at(6) for c in curves], [c.variance_at(6) for c in curves])
    z = NORMAL.inv_cdf(0.5 + level / 2)
    plain = difference_at(first, second, 6, level=level, kind="plain")
    error = math.sqrt(sum(v))
    assert (plain.estimate, plain.se) == near((s[0] - s[1], error))
    assert (plain.lo, plain.hi) == near((s[0] - s[1] - z * error, s[0] - s[1] + z * error))
    assert plain.p == near(two_sided((s[0] - s[1]) / error))
    bent = difference_at(first, second, 6, level=level)
    limits = [share_interval(a, b, level=level) for a, b in zip(s, v, strict=True)]
    assert (bent.estimate, bent.se) == near((s[0] - s[1], error))
    assert bent.lo == near(s[0] - s[1] - math.hypot(s[0] - limits[0][0], limits[1][1] - s[1]))
    assert bent.hi == near(s[0] - s[1] + math.hypot(limits[0][1] - s[0], s[1] - limits[1][0]))
    there, _, slope = SCALES["log-log"]
    spread = math.sqrt(sum(b * slope(a) ** 2 for a, b in zip(s, v, strict=True)))
    assert bent.p == near(two_sided((there(s[0]) - there(s[1])) / spread))
    assert difference_at(first, second, 6).lo == difference_at(first, second, 6, level=0.95).lo


def test_differences_of_shares_that_say_nothing():
    for pair in (((1, 0.01), (0.5, 0.01)), ((0.5, 0.01), (0, 0.01)), ((NAN, NAN), (0.5, 0.01))):
        got = share_difference(*pair)
        assert np.isnan([got.lo, got.hi, got.p]).all(), (pair, got)
    still = share_difference((0.4, 0.0), (0.3, 0.0))
    assert (still.estimate, still.se) == near((0.1, 0))
    assert np.isnan(still.p)
    many = share_difference(*np.array([[[0.4, 0.4], [0.01, 0.0]], [[0.3, 0.3], [0.01, 0.0]]]))
    assert many.p[0] == near(share_difference((0.4, 0.01), (0.3, 0.01)).p)
    assert np.isnan(many.p[1])


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_differences_of_days(curves, level):
    z = NORMAL.inv_cdf(0.5 + level / 2)
    for got, parts in (
        (
            restricted_mean_difference(*curves, 9, level=level),
            [c.restricted_mean(9) for c in curves],
        ),
        (excess_days_difference(*curves, 3, 9, level=level), [c.excess_days(3, 9) for c in curves]),
    ):
        (a, a_se), (b, b_se) = parts
        error = math.hypot(a_se, b_se)
        assert (got.estimate, got.se) == near((a - b, error))
        assert (got.lo, got.hi) == near((a - b - z * error, a - b + z * error))
        assert got.p == near(two_sided((a - b) / error))
    sure = fit_curve([20, 20], 0)
    assert np.isnan(restricted_mean_difference(sure, sure, 9).p)


def test_band_is_the_largest_of_drawn_gaps_in_standard_errors(curves):
    days, draws = [2, 4, 7, 9], 400
    rng = np.random.default_rng(3)
    gaps, variance = np.zeros((draws, len(days))), np.zeros(len(days))
    for curve in curves:
        normal, place, clock = rng.standard_normal((draws, len(days))), np.zeros(draws), 0.0
        for j, day in enumerate(days):
            now = float(curve.greenwood_at(day))
            place = place + normal[:, j] * math.sqrt(now - clock)
            clock = now
            gaps[:, j] += float(curve.survival_at(day)) * place
            variance[j] += float(curve.survival_at(day)) ** 2 * now
    largest = np.abs(gaps / np.sqrt(variance)).max(axis=1)
    for level in (0.5, 0.95):
        wanted = max(np.quantile(largest, level), NORMAL.inv_cdf(0.5 + level / 2))
        got = band_factor(*curves, days, level=level, n_draws=draws, seed=3)
        assert got == pytest.approx(wanted, rel=1e-6)
    assert band_factor(*curves, [4]) >= z_value(0.95)
    assert band_factor(*curves, days) == band_factor(
        *curves, days, level=0.95, n_draws=2000, seed=0
    )
    still = fit_curve([20, 20], 0)
    assert math.isnan(band_factor(still, still, [3, 5]))
    beside = band_factor(still, curves[0], [3, 5], seed=1)
    assert z_value(0.95) <= beside < 4


# --- put together ---------------------------------------------------------------------------------


def test_standardised_share_is_the_mean_by_weight():
    weights, shares, variances = [2, 5, 3], [0.2, 0.5, 0.4], [0.01, 0.002, 0.03]
    got = standardised_share(weights, shares, variances, level=0.9)
    wanted = sum(w / 10 * s for w, s in zip(weights, shares, strict=True))
    total = sum((w / 10) ** 2 * v for w, v in zip(weights, variances, strict=True))
    assert (got.estimate, got.se) == near((wanted, math.sqrt(total)))
    assert (got.lo, got.hi) == near(share_interval(wanted, total, level=0.9))
    assert math.isnan(got.n_events)
    usual = standardised_share(weights, shares, variances)
    assert (usual.lo, usual.hi) == near(share_interval(wanted, total))
    assert usual.empty_strata.tolist() == []
    gone = standardised_share([0, 2, 0, 3], [NAN, NAN, 0.1, 0.4], [NAN, NAN, 0.1, 0.1])
    assert gone.empty_strata.tolist() == [1]
    unsure = standardised_share([1, 1], [0.0, 0.4], [NAN, 0.1])
    assert (unsure.estimate, unsure.se) == near((0.2, NAN))
    for wrong in ([-1, 3], [0, 0], [NAN, 1]):
        with pytest.raises(ValueError, match=r"^weights: expected numbers >= 0, not all 0$"):
            standardised_share(wrong, [0.1, 0.1], [0.1, 0.1])


def joined_by_rule(order, sizes, least):
    """Join strata of one kind from the left; what is left over goes to the one before."""
    parts, number = {}, 0
    for kind in dict.fromkeys(order):
        groups, group = [], []
        for i in (i for i, own in enumerate(order) if own == kind):
            group.append(i)
            if sum(sizes[j] for j in group) >= least:
                groups.append(group)
                group = []
        if group:
            groups = [*groups[:-1], groups[-1] + group] if groups else [group]
        for group in groups:
            parts |= dict.fromkeys(group, number)
            number += 1
    return [parts[i] for i in range(len(order))]


def test_thin_strata_are_joined_by_the_rule():
    rng = np.random.default_rng(6)
    for _ in range(300):
        order = rng.integers(0, 3, rng.integers(1, 12)).tolist()
        sizes = rng.integers(0, 14, len(order)).tolist()
        least = int(rng.integers(1, 16))
        wanted = joined_by_rule(order, sizes, least)
        assert collapse_strata(order, sizes, min_spells=least).tolist() == wanted
    sizes = [9, 1, 9, 10, 9]
    assert collapse_strata([0] * 5, sizes).tolist() == joined_by_rule([0] * 5, sizes, 10)


def test_poisson_limits_are_those_of_the_chi_square():
    for level in (0.9, 0.95):
        tail = (1 - level) / 2
        for count in (1, 4, 30):
            wanted = stats.chi2.ppf(tail, 2 * count) / 2, stats.chi2.isf(tail, 2 * count + 2) / 2
            assert poisson_limits(count, level=level) == near(wanted)
    assert poisson_limits(0) == near((0, -math.log(0.025)))
    assert isinstance(poisson_limits(3)[0], float)


@pytest.mark.parametrize("is_own_in", [True, False])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_expected_ends_are_the_standards_rates_day_by_day(is_own_in, level):
    rows = [
        (unit, *row) for unit, row in zip([-1, 0, 1, 2, 1] * 30, spells(9, 150, 2), strict=True)
    ]

    def hazard(unit, stratum, entry, time):
        standard = [r for r in rows if r[1] == stratum and (is_own_in or r[0] != unit)]
        total = 0.0
        for day in range(entry + 1, time + 1):
            at_risk = sum(r[5] for r in standard if r[4] < day <= r[2])
            ended = sum(r[5] for r in standard if r[2] == day and r[3] > 0)
            total += ended / at_risk if at_risk else 0.0
        return total

    unit, stratum, time, cause, entry, n = (np.array(column) for column in zip(*rows, strict=True))
    got = observed_expected(
        unit, stratum, time, cause, entry=entry, n=n, level=level, is_own_in=is_own_in
    )
    for k in range(3):
        own = [r for r in rows if r[0] == k]
        observed = sum(r[5] for r in own if r[3] > 0)
        expected = sum(r[5] * hazard(k, r[1], r[4], r[2]) for r in own)
        assert (got.observed[k], got.expected[k]) == near((observed, expected))
        assert got.n_spells[k] == sum(r[5] for r in own)
        assert got.ratio[k] == near(observed / expected)
        lo, hi = poisson_limits(observed, level=level)
        assert (got.lo[k], got.hi[k]) == near((lo / expected, hi / expected))
        chi2 = (observed - expected) ** 2 / expected
        assert (got.chi2[k], got.p[k]) == near((chi2, stats.chi2.sf(chi2, 1)))


def test_spells_that_count_for_nobody_are_left_out():
    unit, stratum = [0, 0, 1, 1, 0, 1], [0, 0, 0, 0, 0, -1]
    time, n, entry = [5, 8, 6, 9, 7, 5], [1, 1, 1, 1, 0, 9], [0, 0, 0, 0, 0, 0]
    got = observed_expected(unit, stratum, time, 1, n=n, entry=entry)
    kept = observed_expected(unit[:4], stratum[:4], time[:4], 1)
    assert got.n_spells.tolist() == [2, 2]
    assert got.expected.tolist() == near(kept.expected.tolist())
    usual = observed_expected(unit[:4], stratum[:4], time[:4], 1, entry=0, n=1, level=0.95)
    assert kept.hi.tolist() == usual.hi.tolist()
    few = observed_expected([0, 1], [0, 0], [5, 9], 1)
    assert few.ratio.tolist() == near([2, 1 / 1.5])
    # Of a stratum without others there is no rate: nothing is expected.
    alone = observed_expected([0, 1], [0, 1], [5, 6], 1, is_own_in=False)
    assert alone.expected.tolist() == [0, 0]
    assert np.isnan(alone.ratio).all()


# --- many units -----------------------------------------------------------------------------------


def arc(share):
    return math.asin(math.sqrt(share))


@pytest.mark.parametrize("tau2", [0.0, 0.002])
@pytest.mark.parametrize("level", [0.95, 0.998])
def test_funnel_limits_are_as_far_on_the_arcsine_scale(level, tau2):
    lo, hi = funnel_limits(0.3, [20, 500], level=level, tau2=tau2)
    for j, n in enumerate((20, 500)):
        width = NORMAL.inv_cdf(0.5 + level / 2) * math.sqrt(1 / (4 * n) + tau2)
        assert lo[j] == near(math.sin(max(arc(0.3) - width, 0)) ** 2)
        assert hi[j] == near(math.sin(min(arc(0.3) + width, math.pi / 2)) ** 2)
    assert funnel_limits(0.01, 4)[0] == 0
    assert funnel_limits(0.99, 4)[1] == 1
    assert funnel_limits(0.3, 50) == funnel_limits(0.3, 50, level=0.95, tau2=0)
    assert isinstance(funnel_limits(0.3, 50)[1], float)


def test_limits_over_a_grid_of_sizes():
    grid = limit_grid(0.3, [60, NAN, 800], tau2=0.001)
    assert list(grid) == ["n", "lo95", "hi95", "lo998", "hi998"]
    assert (len(grid["n"]), grid["n"][0], grid["n"][-1]) == near((60, 30, 880))
    ratios = grid["n"][1:] / grid["n"][:-1]
    assert ratios == near(np.full(59, ratios[0]))
    for level, name in ((0.95, "95"), (0.998, "998")):
        lo, hi = funnel_limits(0.3, grid["n"], level=level, tau2=0.001)
        np.testing.assert_array_equal(grid[f"lo{name}"], lo)
        np.testing.assert_array_equal(grid[f"hi{name}"], hi)
    small = limit_grid(0.3, [4, 15])
    assert small["n"][0] == near(10)
    assert small["hi95"][0] == near(funnel_limits(0.3, 10)[1])


def test_grades_outside_the_limits():
    (lo, hi), (least, most) = funnel_limits(0.3, 100), funnel_limits(0.3, 100, level=0.998)
    for share, grade in ((hi, 0), (hi + 1e-9, 1), (most, 1), (most + 1e-9, 2), (lo, 0),
                         (lo - 1e-9, -1), (least, -1), (least - 1e-9, -2), (NAN, 0)):  # fmt: skip
        assert outside_limits(0.3, share, 100) == grade, share


def test_effective_number_is_that_of_completed_spells_with_the_variance():
    got = effective_n([0.3, 0.0, 1.0, 0.5, 0.5, NAN], [0.002, 0.1, 0.1, 0.0, NAN, 0.1])
    np.testing.assert_allclose(got, [0.3 * 0.7 / 0.002, NAN, NAN, NAN, NAN, NAN])
    assert effective_n(0.5, 2) == near(0.125)
    assert isinstance(effective_n(0.5, 0.01), float)


def test_funnel_measures_the_spread_beyond_chance():
    shares = [0.1, 0.25, 0.3, 0.33, 0.38, 0.6, NAN, 0.4]
    sizes = [80, 120, 60, 300, 90, 150, 40, 0]
    got = fit_funnel(shares, sizes)
    used = list(zip(shares, sizes, strict=True))[:6]
    whole = sum(n for _, n in used)
    centre = sum(s * n for s, n in used) / whole
    z = [2 * math.sqrt(n) * (arc(s) - arc(centre)) for s, n in used]
    low, high = np.quantile(z, [0.1, 0.9])
    phi = sum(value**2 for value in z) / 6
    phi_in = sum(min(max(value, low), high) ** 2 for value in z) / 6
    base = 4 * (whole - sum(n * n for _, n in used) / whole)
    tau2, tau2_in = ((6 * value - 5) / base for value in (phi, phi_in))
    assert tau2 > tau2_in > 0
    assert (got.centre, got.phi, got.phi_winsorised) == near((centre, phi, phi_in))
    assert (got.tau2, got.tau2_winsorised) == near((tau2, tau2_in))
    np.testing.assert_allclose(got.z, [*z, NAN, NAN])
    adjusted = [
        (arc(s) - arc(centre)) / math.sqrt(1 / (4 * n) + tau2_in) for s, n in used
    ]  # fmt: skip
    np.testing.assert_allclose(got.z_adjusted, [*adjusted, NAN, NAN])
    np.testing.assert_array_equal(got.share, shares)
    np.testing.assert_array_equal(got.n, sizes)
    own = fit_funnel([0.3, 0.5], [100, 100], centre=0.37)
    assert own.centre == 0.37
    assert own.z.tolist() == near([20 * (arc(0.3) - arc(0.37)), 20 * (arc(0.5) - arc(0.37))])
    calm = fit_funnel([0.40, 0.401, 0.399], [100, 100, 100])
    assert (calm.tau2, calm.tau2_winsorised) == (0, 0)
    with pytest.raises(ValueError, match=r"^share: expected at least two units with an estimate$"):
        fit_funnel([0.4, 0.3, NAN], [10, 0, 10])


@pytest.mark.parametrize("rho", [0.0, 1.0])
@pytest.mark.parametrize("groups", [2, 3])
def test_logrank_day_by_day(groups, rho):
    rows = [
        (stratum, *row)
        for stratum, row in zip([5, 9] * 45, spells(groups, 90, groups), strict=True)
    ]
    observed, expected = np.zeros(groups), np.zeros(groups)
    variance = np.zeros((groups, groups))
    for stratum in (5, 9):
        own, left = [row for row in rows if row[0] == stratum], 1.0
        for day in range(1, 16):
            there = [
                sum(r[5] for r in own if r[1] == g and r[4] < day <= r[2]) for g in range(groups)
            ]
            ends = [
                sum(r[5] for r in own if r[1] == g and r[2] == day and r[3]) for g in range(groups)
            ]
            n, d = sum(there), sum(ends)
            if not d:
                continue
            weight = left**rho
            left *= 1 - d / n
            for g in range(groups):
                observed[g] += weight * ends[g]
                expected[g] += weight * d * there[g] / n
                for h in range(groups):
                    if n > 1:
                        variance[g, h] += weight**2 * (
                            d * (n - d) / (n - 1) * there[g] / n * ((g == h) - there[h] / n)
                        )
    strata, group, time, cause, entry, n = (np.array(c) for c in zip(*rows, strict=True))
    got = logrank(group, time, cause, entry=entry, n=n, strata=strata, rho=rho)
    assert got.observed.tolist() == near(observed.tolist())
    assert got.expected.tolist() == near(expected.tolist())
    np.testing.assert_allclose(got.variance, variance, atol=1e-9)
    gap = (observed - expected)[:-1]
    chi2 = float(gap @ np.linalg.inv(variance[:-1, :-1]) @ gap)
    assert (got.chi2, got.df, got.p) == near((chi2, groups - 1, stats.chi2.sf(chi2, groups - 1)))
    if not rho:
        plain = logrank(group, time, cause, entry=entry, n=n, strata=strata)
        assert plain.chi2 == got.chi2


def test_logrank_of_those_who_cannot_be_compared():
    nobody = logrank([-1, -1], [5, 6], 1)
    assert (nobody.df, len(nobody.observed)) == (0, 0)
    alone = logrank([1, 1], [5, 6], 1)
    assert (alone.df, alone.expected.tolist()) == (0, [0, 2])
    assert np.isnan([alone.chi2, alone.p]).all()
    # One ends when the other is alone at risk: nothing varies.
    apart = logrank([0, 1], [5, 9], 1, entry=[0, 6])
    assert apart.df == 1
    assert np.isnan([apart.chi2, apart.p]).all()
    unseen = logrank([0, 1, 0, 1], [5, 9, 7, 3], 1, entry=[0, 0, 7, 3], n=[2, 2, 1, 1])
    assert unseen.observed.tolist() == [2, 2]
    left_out = logrank([0, 1, -1], [5, 9, 7], 1, n=[2, 2, 50])
    assert left_out.expected.tolist() == near([1, 3])


def test_q_values_are_the_least_over_larger_ones():
    p = [0.04, NAN, 0.001, 0.03, 0.9, 0.03, 1.0, 0.0]
    known = sorted(x for x in p if x == x)
    for given, got in zip(p, benjamini_hochberg(p), strict=True):
        wanted = [x * len(known) / (k + 1) for k, x in enumerate(known) if x >= given]
        assert got == near(min([1.0, *wanted]) if given == given else NAN)
    assert benjamini_hochberg([0.6, 1.0]).tolist() == [1, 1]
    for wrong in (-0.1, 1.1):
        with pytest.raises(ValueError, match=r"^p: expected numbers between 0 and 1$"):
            benjamini_hochberg([0.5, wrong])


_DRAWN = np.random.default_rng(11)
UNITS = [([0.1, 0.5, NAN, 0.52, 0.1, 0.3], [0.02, 0.03, 0.1, 0.02, 0.05, 0.04])] + [
    (
        [*_DRAWN.normal(0, 0.4, 2), NAN, *_DRAWN.normal(0, 0.4, 3)],
        list(_DRAWN.uniform(0.005, 0.3, 6)),
    )
    for _ in range(8)
]


@pytest.mark.parametrize(("value", "error"), UNITS)
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_ranks_hold_by_all_differences_at_once(level, value, error):
    known, draws = [0, 1, 3, 4, 5], 300
    noise = np.random.default_rng(8).standard_normal((draws, len(known)))
    largest = []
    for one in noise:
        errors = {i: x * error[i] for i, x in zip(known, one, strict=True)}
        largest.append(max(
            abs(errors[i] - errors[j]) / math.hypot(error[i], error[j])
            for i in known for j in known if i < j
        ))  # fmt: skip
    critical = np.quantile(largest, level)
    rank, lo, hi = simultaneous_ranks(value, error, level=level, n_draws=draws, seed=8)
    for i in known:
        wide = {j: critical * math.hypot(error[i], error[j]) for j in known if j != i}
        above = sum(value[j] - value[i] > wide[j] for j in wide)
        below = sum(value[i] - value[j] > wide[j] for j in wide)
        assert (lo[i], hi[i]) == (1 + above, len(known) - below)
        others = [value[j] for j in known if j != i]
        wanted = 1 + sum(x > value[i] for x in others) + sum(x == value[i] for x in others) / 2
        assert rank[i] == wanted
    assert np.isnan([rank[2], lo[2], hi[2]]).all()
    assert np.isnan(simultaneous_ranks([0.1, 0.2], [NAN, 0.1])[0]).tolist() == [True, False]
    assert [x.tolist() for x in simultaneous_ranks([0.4], [0.1])] == [[1], [1], [1]]
    assert np.isnan(simultaneous_ranks([NAN], [0.1])).all()
    usual = simultaneous_ranks(value, error)
    named = simultaneous_ranks(value, error, level=0.95, n_draws=4000, seed=0)
    np.testing.assert_array_equal(usual, named)
    # Known without error: equal ones share, others are told apart.
    exact = simultaneous_ranks([1, 2, 2], [0, 0, 0])
    assert [x.tolist() for x in exact] == [[3, 1.5, 1.5], [3, 1, 1], [3, 2, 2]]


# --- reasons --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
def test_shares_by_reason_and_their_variance_day_by_day(seed):
    rows = [row[1:] for row in spells(seed, 50)]
    time, cause, entry, n = (list(column) for column in zip(*rows, strict=True))
    got = fit_incidence(time, cause, entry=entry, n=n, min_at_risk=None)
    assert got.causes == (1, 2)
    at_risk = {t: sum(r[3] for r in rows if r[2] < t <= r[0]) for t in range(1, 16)}
    ends = defaultdict(int)
    for t, c, _, size in rows:
        ends[t, c] += size
    share, left, before = {0: {1: 0.0, 2: 0.0}}, {0: 1.0}, {}
    for t in range(1, 15):
        before[t] = left[t - 1]
        share[t] = {k: share[t - 1][k] + before[t] * ends[t, k] / at_risk[t] for k in (1, 2)}
        left[t] = before[t] * (1 - (ends[t, 1] + ends[t, 2]) / at_risk[t])
    for t in range(1, 15):
        for k in (1, 2):
            assert got.share_at(k, t) == near(share[t][k])
            variance = 0.0
            for j in range(1, t + 1):
                size, d, own = at_risk[j], ends[j, 1] + ends[j, 2], ends[j, k]
                g = share[t][k] - share[j][k]
                variance += before[j] ** 2 * own * (size - own) / size**3
                variance -= 2 * g * before[j] * own / size**2
                variance += g**2 * d / (size * (size - d)) if d < size else 0.0
            assert got.variance_at(k, t) == pytest.approx(variance, rel=1e-7, abs=1e-12)
            limits = share_interval(share[t][k], variance, level=0.9)
            assert got.interval_at(k, t, 0.9) == pytest.approx(limits, rel=1e-6, nan_ok=True)
            assert got.interval_at(k, t) == near(got.interval_at(k, t, level=0.95))
    for day, ended in zip(got.day, got.ended.T, strict=True):
        assert ended.tolist() == [ends[day, 1], ends[day, 2]]
    assert got.share_at(1, 7.9) == got.share_at(1, 7)


def test_reasons_that_are_asked_for_and_spells_that_are_not_seen():
    got = fit_incidence([5, 9, 9], [1, 1, 0], causes=(1, 4), min_at_risk=None)
    assert got.causes == (1, 4)
    assert [float(got.share_at(k, 6)) for k in (1, 4)] == near([1 / 3, 0])
    assert np.isnan(got.share_at(1, 10))
    late = fit_incidence([5, 9, 30, 40], [1, 2, 1, 0], entry=[0, 0, 30, 0], n=[1, 1, 5, 1])
    assert late.ended.sum() == 2
    assert fit_incidence([5, 9], 0).causes == ()
    many = fit_incidence([3] * 4 + [8] * 12, 1, entry=[0] * 4 + [4] * 12)
    assert many.curve.entry_day == 4
    assert (many.share_at(1, 8), many.ended.tolist()) == (1, [[12]])
    few = fit_incidence([3] * 4 + [8] * 12, 1, entry=[0] * 4 + [4] * 12, min_at_risk=4)
    assert few.curve.entry_day == 0
