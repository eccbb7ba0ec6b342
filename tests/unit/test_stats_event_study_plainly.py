"""Staggered adoption and one unit among controls, worked out cell by cell beside the estimators.

Averages and least squares are written as their definitions say, for tables of a few units; what is
drawn by chance is drawn once more from the same seed.
"""

import math
from statistics import NormalDist

import numpy as np
import pytest
from scipy.optimize import brentq

from fmbstats.stats import event_study
from fmbstats.stats.event_study import (
    NEVER,
    cloglog,
    group_time,
    imputation_weights,
    one_among_controls,
    overall_weights,
    randomise,
    relative_magnitudes,
    two_way_weights,
    wild_bootstrap_p,
)

N_UNITS, N_PERIODS = 7, 8
NORMAL = NormalDist()


def drawn(seed):
    """Dates (some never, some from the first period), sizes (some 0) and outcomes."""
    rng = np.random.default_rng(seed)
    first = rng.choice([0, 1, 2, 3, 4, 5, 7, NEVER], N_UNITS)
    size = rng.choice([0.0, 1.0, 2.0, 3.5], N_UNITS)
    return first, size, rng.normal(size=(N_UNITS, N_PERIODS))


def mean(values, sizes):
    return sum(v * s for v, s in zip(values, sizes, strict=True)) / sum(sizes)


def plain_effects(first, size, y, n_base=1, n_leads=0, n_mixed=0):
    """(date, period) -> size of the group, effect, number of controls."""
    found = {}
    for g in sorted({int(f) for f, s in zip(first, size, strict=True) if 0 < f < N_PERIODS and s}):
        base = [t for t in range(g - n_mixed - n_base, g - n_mixed) if t >= 0]
        own = [k for k in range(N_UNITS) if first[k] == g and size[k]]
        for t in range(max(0, g - n_leads - 1), N_PERIODS):
            waiting = [k for k in range(N_UNITS) if first[k] > max(t, g) + n_mixed and size[k]]
            is_mixed = g - n_mixed <= t < g
            if not base or not waiting or is_mixed or (n_base == 1 and t in base):
                continue
            moved = [y[k][t] - np.mean([y[k][b] for b in base]) for k in range(N_UNITS)]
            of_own, of_others = (
                mean([moved[k] for k in group], [size[k] for k in group])
                for group in (own, waiting)
            )
            found[g, t] = sum(size[k] for k in own), of_own - of_others, len(waiting)
    return found


@pytest.mark.parametrize(("n_base", "n_leads", "n_mixed"), [(1, 0, 0), (1, 3, 0), (2, 5, 1)])
def test_effects_by_date_and_period_are_differences_of_means(n_base, n_leads, n_mixed):
    given, n_told = {"n_base": n_base, "n_mixed": n_mixed}, 0
    for seed in range(25):
        first, size, y = drawn(seed)
        plain = plain_effects(first, size, y, n_leads=n_leads, **given)
        found = group_time(first, size, N_PERIODS, n_leads=n_leads, **given)
        assert list(zip(found.first, found.period, strict=True)) == list(plain)
        assert found.event_time.tolist() == [t - g for g, t in plain]
        assert found.weight.tolist() == [weight for weight, _, _ in plain.values()]
        assert found.n_controls.tolist() == [n for _, _, n in plain.values()]
        assert found.weights.shape == (len(plain), N_UNITS, N_PERIODS)
        if not plain:
            assert found.overall() is None
            continue
        assert found.effects(y) == pytest.approx([effect for _, effect, _ in plain.values()])
        for at in range(-3, 4):
            there = [(w, e) for (g, t), (w, e, _) in plain.items() if t - g == at]
            weights = found.at(at)
            assert (weights is None) == (not there)
            if there:
                told = mean([e for _, e in there], [w for w, _ in there])
                assert (weights * y).sum() == pytest.approx(told)
        after = [(w, e) for (g, t), (w, e, _) in plain.items() if t >= g]
        weights = overall_weights(first, size, N_PERIODS, **given)
        assert (weights is None) == (not after) == (found.overall() is None)
        if after:
            told = mean([e for _, e in after], [w for w, _ in after])
            assert (weights * y).sum() == pytest.approx(told)
            assert (found.overall() * y).sum() == pytest.approx(told)
            n_told += 1
    assert n_told > 15


def test_the_year_before_is_tested_as_if_all_had_adopted_in_it():
    """Two periods early: the effect in those two, with a mixed one between them and the date."""
    n_told = 0
    for seed in range(25):
        first, size, y = drawn(seed)
        early = overall_weights(first, size, N_PERIODS, n_base=2, n_early=2, n_mixed=1)
        terms = []
        for g in {int(f) for f in first if 3 < f < N_PERIODS}:
            base = [t for t in (g - 5, g - 4) if t >= 0]
            own = [k for k in range(N_UNITS) if first[k] == g]
            for t in (g - 3, g - 2):
                waiting = [k for k in range(N_UNITS) if first[k] != g and first[k] - 1 > t]
                moved = y[:, t] - y[:, base].mean(axis=1)
                n_own, n_waiting = size[own].sum(), size[waiting].sum()
                if n_own and n_waiting:
                    apart = size[own] @ moved[own] / n_own
                    terms.append((n_own, apart - size[waiting] @ moved[waiting] / n_waiting))
        assert (early is None) == (not terms)
        if terms:
            told = mean([e for _, e in terms], [w for w, _ in terms])
            assert (early * y).sum() == pytest.approx(told)
            n_told += 1
    assert n_told > 5


def least_squares(columns, y, w):
    """Coefficients of a weighted regression beside effects of units and periods."""
    unit = np.repeat(np.eye(N_UNITS), N_PERIODS, axis=0)
    period = np.tile(np.eye(N_PERIODS), (N_UNITS, 1))
    design = np.column_stack([*columns, unit, period])
    root = np.sqrt(w)[:, None]
    return design, np.linalg.lstsq(design * root, y.ravel() * root[:, 0], rcond=None)[0]


@pytest.mark.parametrize("n_mixed", [0, 1])
def test_imputed_and_two_way_effects_are_those_of_regressions(n_mixed):
    for seed in range(8):
        rng = np.random.default_rng(seed)
        first = rng.permutation([2, 3, 3, 4, 5, 6, NEVER])
        size, y = rng.random(N_UNITS) + 0.5, rng.normal(size=(N_UNITS, N_PERIODS))
        period, w = np.arange(N_PERIODS), np.repeat(size, N_PERIODS)
        treated = period >= first[:, None]
        clean = period < first[:, None] - n_mixed
        design, fit = least_squares([], y, w * clean.ravel())
        moved = y - (design @ fit).reshape(y.shape)
        told = (moved * treated * size[:, None]).sum() / (treated * size[:, None]).sum()
        weights = imputation_weights(first, size, N_PERIODS, n_mixed=n_mixed)
        assert (weights * y).sum() == pytest.approx(told)
        _, fit = least_squares([treated.ravel()], y, w)
        assert (two_way_weights(first, size, N_PERIODS) * y).sum() == pytest.approx(fit[0])


def test_what_has_no_untreated_unit_or_period_is_not_imputed():
    first, size = np.array([2, 3, 3]), np.ones(3)
    weights = imputation_weights(first, size, 5)
    # From period 3 on all are treated: only the first unit's period 2 is left.
    y = np.arange(15.0).reshape(3, 5) ** 2
    others = (y[1:, 2] - y[1:, :2].mean(axis=1)).mean()
    assert (weights * y).sum() == pytest.approx(y[0, 2] - y[0, :2].mean() - others)
    assert imputation_weights([1, 2], [1, 1], 3, n_mixed=1) is None
    assert imputation_weights([2, NEVER], [1, 0], 4) is None
    assert two_way_weights([NEVER, NEVER], [1, 1], 4) is None


def test_permuted_dates_stay_within_their_kind_and_give_p_and_interval():
    first, kind = np.array([2, 3, 4, 5, 6, NEVER, 4]), np.array(list("aabbbab"))
    y, asked = np.random.default_rng(7).normal(size=(N_UNITS, N_PERIODS)), []

    def weigh(dates):
        asked.append(dates)
        return overall_weights(dates, np.ones(N_UNITS), N_PERIODS)

    found = randomise(y, first, weigh, n_draws=250, kind=kind, seed=3)
    assert [len(dates) for dates in asked] == [N_UNITS, 100, 100, 50]
    dates = np.concatenate(asked[1:])
    for group in "ab":
        own = np.sort(dates[:, kind == group], axis=1)
        assert (own == np.sort(first[kind == group])).all()
        assert len(np.unique(dates[:, kind == group], axis=0)) > 5
    draws = [(weigh(one) * y).sum() for one in dates]
    estimate = (weigh(first) * y).sum()
    assert found.draws == pytest.approx(draws)
    assert found.estimate == pytest.approx(estimate)
    as_far = sum(abs(d) >= abs(estimate) - 1e-12 for d in draws)
    assert found.p == pytest.approx((1 + as_far) / 251)
    # The effect by date, linear in time, taken out of the outcomes; and the noise with it.
    period = np.arange(N_PERIODS)
    columns = []
    for g in sorted({int(f) for f in first if f < N_PERIODS}):
        own = ((first == g)[:, None] & (period >= g)).astype(float)
        columns += [own.ravel(), (own * (period - g)).ravel()]
    design, fit = least_squares(columns, y, np.ones(y.size))
    n = len(columns)
    left = y.ravel() - design[:, :n] @ fit[:n]
    taken = np.eye(y.size) - design[:, :n] @ np.linalg.pinv(design)[:n]
    weights = np.array([weigh(one).ravel() for one in dates])
    kept = ((weights @ taken) ** 2).sum(axis=1).mean()
    noise = sorted(np.abs(weights @ left), reverse=True)
    width = noise[12 - 1] * math.sqrt((weigh(first) ** 2).sum() / kept)  # 5 % of 251
    assert (found.lo, found.hi) == pytest.approx((estimate - width, estimate + width))


def test_parts_are_permuted_together_and_few_draws_bound_nothing():
    first = np.array([2, 3, 4, 5, 6, NEVER, 4])
    y = np.random.default_rng(8).normal(size=(2, N_UNITS, N_PERIODS))
    y[1, [0, 6]] = np.nan
    sizes = np.isfinite(y).all(axis=2) * 1.0

    def weigh(dates):
        weights = overall_weights(dates, sizes, N_PERIODS)
        return weights * np.array([0.25, 0.75])[:, None, None]

    found = randomise(y, first, weigh, n_draws=19, level=0.5)
    assert found.estimate == pytest.approx((weigh(first) * np.nan_to_num(y)).sum())
    assert len(found.draws) == 19
    assert found.lo < found.estimate < found.hi < math.inf
    narrow = randomise(y, first, weigh, n_draws=19, level=0.2)
    assert narrow.hi < found.hi
    none = randomise(y, first, weigh, n_draws=18)  # one in 19 is more than 5 %
    assert (none.lo, none.hi) == (-math.inf, math.inf)
    one_kind = randomise(y, first, weigh, n_draws=19, level=0.5, kind=np.zeros(N_UNITS))
    assert one_kind.draws.tolist() == found.draws.tolist()
    assert randomise(y, first, weigh, n_draws=19, seed=1).draws.tolist() != found.draws.tolist()
    each = randomise(y, first, weigh, n_draws=19, kind=np.arange(N_UNITS))
    assert each.draws == pytest.approx(np.full(19, each.estimate))
    assert each.p == 1


def test_scores_of_units_are_turned_by_six_points():
    first, size, _ = drawn(1)
    size = size + 0.5
    y = np.random.default_rng(2).normal(size=(N_UNITS, N_PERIODS)) + 0.4 * (
        np.arange(N_PERIODS) >= first[:, None]
    )
    weights = overall_weights(first, size, N_PERIODS)
    design, fit = least_squares([], y, np.repeat(size, N_PERIODS))
    scores = (weights * (y - (design @ fit).reshape(y.shape))).sum(axis=1)
    points = [sign * math.sqrt(x) for sign, x in ((-1, 1.5), (-1, 1), (-1, 0.5))]
    points += [-point for point in reversed(points)]
    chosen = np.random.default_rng(5).integers(0, 6, (400, N_UNITS))
    turned = [sum(points[c] * s for c, s in zip(row, scores, strict=True)) for row in chosen]
    n = sum(abs(one) >= abs((weights * y).sum()) for one in turned)
    found = wild_bootstrap_p(y, weights, first, size, n_draws=400, seed=5)
    assert found == pytest.approx((1 + n) / 401)
    assert 0.005 < found < 0.995
    # Two parts of the same outcomes, of half the weight each, say the same; so does a unit without.
    halves = wild_bootstrap_p(np.array([y, y]), np.array([weights, weights]) / 2, first, size,
                              n_draws=400, seed=5)  # fmt: skip
    assert halves == found


def test_limits_allow_trends_so_many_times_the_largest_step():
    # Steps of 0.02, 0.01 and 0.01; over four quarters they add up to 0.02, 0.04, ...: 0.05 in mean.
    half = NORMAL.inv_cdf(0.975) * 0.05
    limits = relative_magnitudes(0.2, 0.05, np.array([0.0, 0.02, 0.01]), 4)
    assert [m for m, _, _ in limits] == [0.5, 1.0, 2.0]
    for m, lo, hi in limits:
        assert (lo, hi) == pytest.approx((0.2 - half - m * 0.05, 0.2 + half + m * 0.05))
    ((m, lo, hi),) = relative_magnitudes(0.2, 0.05, np.array([-0.03]), 1, factors=(1,), level=0.8)
    half = NORMAL.inv_cdf(0.9) * 0.05 + 0.03
    assert (m, lo, hi) == pytest.approx((1, 0.2 - half, 0.2 + half))


def test_the_scale_and_its_variance_at_one_share():
    share, variance = np.array([0.3, 0.0, 1.0, np.nan]), np.full(4, 0.002)
    value, spread = cloglog(share, variance)
    slope, step = 1 / (0.3 * math.log(0.3)), 1e-4
    bend = sum(k * math.log(-math.log(0.3 + d)) for k, d in ((1, -step), (-2, 0), (1, step)))
    expected = math.log(-math.log(0.3)) - bend / step**2 * 0.002 / 2
    assert value[0] == pytest.approx(expected, abs=1e-7)
    assert spread[0] == pytest.approx(slope**2 * 0.002)
    assert np.isnan(value[1:]).all()


# -- one unit among controls -----------------------------------------------------------------------


def ways_of(values, variances):
    """(own variance, whether sampling adds to it, chance, mean, its variance) of each way."""
    spread = max(np.std(values, ddof=1), 1e-6 * math.sqrt(np.mean(variances)))
    sizes, found = [0.1 * (k + 1) for k in range(40)], []
    ways = [(x, 0, 0.6 / 40) for x in sizes] + [(x, 1, 0.4 * 2 / 3 / 40) for x in sizes]
    for x, sampled, prior in [*ways, (0.0, 1, 0.4 / 3)]:
        own = (spread * x) ** 2
        precisions = [1 / (own + sampled * v) for v in variances]
        centre = sum(p * v for p, v in zip(precisions, values, strict=True)) / sum(precisions)
        fit = -sum(p * (v - centre) ** 2 for p, v in zip(precisions, values, strict=True)) / 2
        fit += sum(math.log(p) for p in precisions) / 2 - math.log(sum(precisions)) / 2
        found.append((own, sampled, fit, prior, centre, 1 / sum(precisions)))
    best = max(fit for _, _, fit, *_ in found)
    chances = [math.exp(fit - best) * prior for _, _, fit, prior, _, _ in found]
    return [
        (own, sampled, chance / sum(chances), centre, of_mean)
        for (own, sampled, _, _, centre, of_mean), chance in zip(found, chances, strict=True)
    ]


def plain_one(change, variance, others, variances, dates, level):
    ways = ways_of(others, variances)

    def varied(v):
        return sum(chance * (own + sampled * v) for own, sampled, chance, *_ in ways)

    weights = [1 / varied(v) for v in variances]
    total = sum(weights)
    centre = sum(w * x for w, x in zip(weights, others, strict=True)) / total
    effect = change - centre

    def chance_beyond(far):
        found = 0.0
        for own, sampled, chance, at, of_mean in ways:
            line = NormalDist(at - centre, math.sqrt(own + sampled * variance + of_mean))
            found += chance * (line.cdf(-far) + 1 - line.cdf(far))
        return found

    squares = [
        chance * (own + sampled * variance + of_mean + (at - centre) ** 2)
        for own, sampled, chance, at, of_mean in ways
    ]
    scale = varied(variance) + 1 / total
    placebos = []
    for k, (w, x) in enumerate(zip(weights, others, strict=True)):
        rest = [(u, y) for j, (u, y) in enumerate(zip(weights, others, strict=True)) if j != k]
        of_rest = sum(u * y for u, y in rest) / sum(u for u, _ in rest)
        error = 1 / w + 1 / sum(u for u, _ in rest)
        placebos.append((x - of_rest) * math.sqrt(scale / error))
    placebos += [x * math.sqrt(scale / (varied(v) + 1 / total)) for x, v in dates]
    apart = sorted(map(abs, placebos), reverse=True)
    n_beyond = (1 - level) * (1 + len(apart)) - 1
    among = apart[0]
    if n_beyond > 0:
        k = int(n_beyond)
        among = apart[k] + (n_beyond - k) * (apart[k + 1] - apart[k])
    width = max(brentq(lambda x: chance_beyond(x) - (1 - level), 0, 50), among)
    p, rank = chance_beyond(abs(effect)), (1 + sum(x >= abs(effect) for x in apart))
    as_far = rank / (1 + len(apart))
    p = p if abs(effect) > width else max(p, as_far)
    return effect, math.sqrt(sum(squares)), effect - width, effect + width, p, as_far, placebos


@pytest.mark.parametrize(("n", "level"), [(4, 0.95), (9, 0.95), (30, 0.95), (30, 0.8)])
@pytest.mark.parametrize("change", [-0.6, 0.02, 0.11, 0.4])
def test_one_unit_is_held_against_all_ways_its_controls_may_spread(n, level, change):
    rng = np.random.default_rng(n)
    variances = rng.uniform(0.0005, 0.01, n)
    others = rng.normal(0, np.sqrt(0.05**2 + variances))
    dates = [(0.03, 0.004), (-0.07, 0.001)][: n % 3]
    found = one_among_controls(change, 0.003, others, variances, dates=dates, level=level)
    effect, se, lo, hi, p, as_far, placebos = plain_one(
        change, 0.003, others.tolist(), variances.tolist(), dates, level
    )
    told = (found.effect, found.se, found.lo, found.hi, found.p, found.placebo_p)
    assert told == pytest.approx((effect, se, lo, hi, p, as_far), rel=1e-6)
    assert found.placebos == pytest.approx(placebos)
    assert (found.reason, found.n_controls) == ("", n)


def test_controls_that_all_changed_alike_still_leave_a_spread():
    found = one_among_controls(0.2, 0.01, [0.1] * 5, [0.01] * 5)
    plain = plain_one(0.2, 0.01, [0.1] * 5, [0.01] * 5, [], 0.95)
    assert (found.effect, found.se, found.lo) == pytest.approx(plain[:3], rel=1e-5)
    few = one_among_controls(0.2, 0.01, [0.1] * 3, [0.01] * 3)
    assert (few.reason, few.n_controls, len(few.placebos)) == ("few_controls", 3, 0)
    assert all(math.isnan(x) for x in (few.effect, few.se, few.lo, few.hi, few.p, few.placebo_p))
    assert event_study.MIN_CONTROLS == 4
