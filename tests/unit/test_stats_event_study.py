"""Staggered adoption and single treated units: published numbers, exactness, and failures."""

import numpy as np
import pytest

from fmbstats.stats.event_study import (
    NEVER,
    cloglog,
    effects_fitted,
    group_time,
    imputation_weights,
    one_among_controls,
    overall_weights,
    randomise,
    relative_magnitudes,
    two_way_weights,
    wild_bootstrap_p,
)
from fmbstats.stats.trends import interrupted

# Mean log employment of 500 counties by year and group of states: computed from mpdta, the example
# of R's did; the effects are those printed in the README of d2cml-ai/csdid (20f5379), a port of
# it, which are the ones that did's own vignette shows (never-treated controls, no covariates).
MPDTA = {
    0: [5.65463, 5.592, 5.604808, 5.638896, 5.661133],
    2004: [6.179697, 6.106564, 6.059452, 6.026704, 6.085388],
    2006: [6.573994, 6.517884, 6.527941, 6.557435, 6.543041],
    2007: [5.842906, 5.810783, 5.820866, 5.823866, 5.820048],
}
PUBLISHED = {
    2004: {2004: -0.0105, 2005: -0.0704, 2006: -0.1373, 2007: -0.1008},
    2006: {2006: -0.0046, 2007: -0.0412},
    2007: {2007: -0.0261},
}


@pytest.mark.parametrize("group", PUBLISHED)
def test_effects_of_r_did_on_its_published_example(group):
    y = np.array([MPDTA[0], MPDTA[group]])
    found = group_time([NEVER, group - 2003], [309, 1], 5)
    effects = dict(zip(found.period + 2003, found.effects(y), strict=True))
    for year, effect in PUBLISHED[group].items():
        assert effects[year] == pytest.approx(effect, abs=1e-4)


def staggered(rng, effect, n_units=12, n_periods=10, noise=0.0):
    first = np.arange(n_units) % 6 + 2
    event = np.arange(n_periods) - first[:, None]
    y = rng.normal(size=(n_units, 1)) + rng.normal(size=n_periods)
    y = y + np.where(event >= 0, effect(event, first[:, None]), 0.0)
    return first, rng.random(n_units) + 0.5, y + noise * rng.normal(size=y.shape)


@pytest.mark.parametrize("n_base", [1, 4])
def test_without_noise_a_constant_effect_is_exact(n_base):
    first, size, y = staggered(np.random.default_rng(1), lambda event, first: 0.1 + 0 * event)
    for weights in (
        overall_weights(first, size, 10, n_base=n_base),
        group_time(first, size, 10, n_base=n_base).overall(),
        imputation_weights(first, size, 10),
        two_way_weights(first, size, 10),
    ):
        assert (weights * y).sum() == pytest.approx(0.1)
    same = overall_weights(first, size, 10, n_base=n_base)
    assert same == pytest.approx(group_time(first, size, 10, n_base=n_base).overall())


@pytest.mark.parametrize("at", [-3, 0, 2])
def test_weights_of_many_draws_and_parts_are_those_of_each(at):
    first, size, _ = staggered(np.random.default_rng(1), lambda event, first: 0 * event)
    drawn, sizes = np.array([first, first[::-1]]), np.array([size, size[::-1], 0 * size])
    together = overall_weights(drawn, sizes, 10, n_base=2, n_mixed=1, at=at)
    for weights, dates in zip(together, drawn, strict=True):
        for part, own in zip(weights, sizes, strict=True):
            alone = group_time(dates, own, 10, n_base=2, n_leads=8, n_mixed=1).at(at)
            assert part == pytest.approx(np.zeros(part.shape) if alone is None else alone)


def test_two_way_fixed_effects_fail_where_effects_grow_and_differ():
    first, size, y = staggered(
        np.random.default_rng(2), lambda event, first: 0.05 * (event + 1) * (first < 4)
    )
    usable = (np.arange(10) >= first[:, None]) & (np.arange(10) < first.max())
    effects = 0.05 * (np.arange(10) - first[:, None] + 1) * (first[:, None] < 4)
    truth = (effects * usable * size[:, None]).sum() / (usable * size[:, None]).sum()
    assert (overall_weights(first, size, 10) * y).sum() == pytest.approx(truth)
    assert (imputation_weights(first, size, 10) * y).sum() == pytest.approx(truth)
    assert abs((two_way_weights(first, size, 10) * y).sum() - truth) > 0.2 * truth


def test_randomisation_holds_its_level_and_its_interval_the_truth():
    rng = np.random.default_rng(3)
    inside, rejected = 0, 0
    for _ in range(40):
        first, size, y = staggered(rng, lambda event, first: 0.3 + 0 * event, noise=0.2)
        first = rng.permutation(first)
        event = np.arange(10) - first[:, None]
        y = rng.normal(0, 0.2, y.shape) + 0.3 * (event >= 0)
        found = randomise(
            y, first, lambda own, size=size: overall_weights(own, size, 10), n_draws=99,
            seed=int(rng.integers(1 << 30)),
        )  # fmt: skip
        inside += found.lo <= 0.3 <= found.hi
        rejected += found.p <= 0.05
    assert inside >= 33  # 95 % expected; fewer come with a chance below 1 %
    assert rejected >= 20
    weights = overall_weights(first, size, 10)
    assert wild_bootstrap_p(y, weights, first, size, n_draws=199) < 0.1


def test_equal_dates_leave_nothing_to_compare():
    assert overall_weights([3, 3, 3], [1, 1, 1], 6) is None
    assert imputation_weights([0, 0], [1, 1], 4) is None
    assert not len(group_time([3, 3], [1, 1], 6).first)


def test_one_unit_among_controls():
    few = one_among_controls(0.1, 0.01, [0.0, 0.1], [0.01, 0.01])
    assert few.reason == "few_controls"
    others = np.array([-0.2, -0.1, 0.0, 0.1, 0.2])
    found = one_among_controls(1.0, 0.0001, others, np.full(5, 0.0001), dates=[(0.05, 0.0001)])
    assert found.effect == pytest.approx(1.0)
    assert found.placebo_p == pytest.approx(1 / 7)
    assert found.lo > 0
    assert found.p < 0.05
    # Each control's change less the mean of the other four, as uncertain as against all five.
    assert found.placebos[:2] == pytest.approx(np.array([-0.25, -0.125]) * np.sqrt(1.2 / 1.25))
    alike = one_among_controls(0.0, 0.1, [0.1] * 4, [0.1, 0.2, 0.3, 0.4])
    assert alike.effect == pytest.approx(-0.1)
    assert alike.lo < -0.1 < alike.hi


@pytest.mark.parametrize("n", [12, 30])
def test_no_effect_where_placebos_lie_further_out(n):
    """A date of long ago further out than the change: no limits that leave out 0."""
    rng = np.random.default_rng(4)
    others, variance = rng.normal(0, 0.02, n), np.full(n, 0.0001)
    near = one_among_controls(0.15, 0.0001, others, variance)
    assert near.lo > 0
    far = one_among_controls(0.15, 0.0001, others, variance, dates=[(0.16, 0.0001)] * 2)
    assert far.lo <= 0
    assert far.p > 0.05
    assert far.placebo_p == pytest.approx(3 / (n + 3))


def test_controls_that_differ_by_less_than_sampling_narrow_the_interval():
    """Sampling errors of 0.1 that nobody sees: the controls' changes spread by a tenth of that."""
    others, variance = np.array([-0.01, 0.0, 0.01, 0.005, -0.005]), np.full(5, 0.01)
    found = one_among_controls(0.03, 0.01, others, variance)
    assert found.se < 0.03


def test_a_large_unit_is_no_surer_than_what_its_controls_show():
    """Controls spread alike, however large their sampling errors are thought to be."""
    rng = np.random.default_rng(2)
    others, variance = rng.normal(0, 0.05, 40), rng.uniform(0.0005, 0.02, 40)
    found = one_among_controls(0.08, 0.0003, others, variance)
    assert 0.045 < found.se < 0.065


@pytest.mark.parametrize(("own", "sampled", "size"), [(0.05, 0, 0.1), (0.05, 1, 1), (0, 1, 3)])
def test_limits_cover_whatever_the_spread_is_made_of(own, sampled, size):
    rng = np.random.default_rng(6)
    inside = 0
    for _ in range(200):
        v = np.r_[size * 0.001, 0.21 / rng.integers(60, 400, 20)]
        change, *others = rng.normal(0, np.sqrt(own**2 + sampled * v))
        found = one_among_controls(change, v[0], others, v[1:])
        inside += found.lo <= 0 <= found.hi
    assert 183 <= inside <= 199  # 95 % expected; either end comes with a chance below 1 %


def test_an_effect_that_grows_widens_no_interval():
    first, n_periods = np.repeat([4, 6, 8, 10], 2), 14
    rng = np.random.default_rng(5)
    y = rng.normal(0, 1, (8, n_periods))
    since = np.arange(n_periods) - first[:, None]
    growing = np.where(since >= 0, 0.5 + since * (first < 7)[:, None], 0.0)

    def found(outcome):
        return randomise(outcome, first, lambda f: overall_weights(f, np.ones(8), n_periods))

    plain, grown = found(y), found(y + growing)
    assert grown.hi - grown.lo == pytest.approx(plain.hi - plain.lo)
    assert grown.estimate > plain.estimate
    terms, fitted = effects_fitted(tuple(first), n_periods)
    assert terms @ (fitted @ growing.ravel()) == pytest.approx(growing.ravel())


def test_limits_widen_with_the_trends_allowed():
    limits = relative_magnitudes(0.2, 0.05, np.array([0.0, 0.02, 0.01]), 4)
    assert limits[0][1] > limits[1][1] > limits[2][1]
    assert limits[0][2] < limits[2][2]


def test_the_curved_scale_is_corrected():
    rng = np.random.default_rng(4)
    share = rng.binomial(60, 0.3, 200_000) / 60
    value, variance = cloglog(share, share * (1 - share) / 60)
    kept = np.isfinite(value)
    assert value[kept].mean() == pytest.approx(np.log(-np.log(0.3)), abs=0.003)
    assert variance[kept].mean() == pytest.approx(value[kept].var(), rel=0.1)


def test_a_series_needs_two_years_on_each_side():
    month = np.arange(48)
    value = 0.1 * (month >= 25) + 0.01 * month
    assert interrupted(month, value, np.ones(48), 25).reason == "few_months"
    found = interrupted(month, value, np.ones(48), 24)
    assert found.reason == ""
    month = np.arange(60)
    value = 0.3 * (month >= 30) + 0.01 * month + 0.001 * np.sin(month * 17.0)
    found = interrupted(month, value, np.ones(60), 30)
    assert found.effect == pytest.approx(0.3, abs=0.01)
    assert found.lo < 0.3 < found.hi
    assert found.without[-1] == pytest.approx(0.59, abs=0.02)
