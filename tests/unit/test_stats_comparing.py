"""Differences, standardisation, ranks and resampling: their own properties."""

from __future__ import annotations

import re

import numpy as np
import pytest

from fmbstats.stats.contrasts import (
    difference_at,
    excess_days_difference,
    restricted_mean_difference,
)
from fmbstats.stats.expected import observed_expected
from fmbstats.stats.funnel import fit_funnel
from fmbstats.stats.intervals import share_interval, z_value
from fmbstats.stats.logrank import logrank
from fmbstats.stats.multiplicity import benjamini_hochberg
from fmbstats.stats.proportions import wilson
from fmbstats.stats.standardise import standardised_share
from fmbstats.stats.survival import fit_curve, fit_curves


@pytest.fixture(scope="module")
def curves():
    rng = np.random.default_rng(8)
    group = rng.integers(0, 3, 3000)
    length = np.ceil(rng.exponential(np.array([60, 60, 90])[group])).astype(int)
    cut = rng.integers(100, 300, 3000)
    return fit_curves(group, np.minimum(length, cut), length <= cut)


def test_difference_at_a_day(curves):
    for kind in ("log-log", "plain"):
        got = difference_at(curves[2], curves[0], 60, kind=kind)
        assert got.estimate == curves[2].survival_at(60) - curves[0].survival_at(60)
        assert got.lo > 0
        assert got.p < 1e-6
        none = difference_at(curves[1], curves[0], 60, kind=kind)
        assert none.lo < 0 < none.hi
        assert none.p > 0.01
        back = difference_at(curves[0], curves[2], 60, kind=kind)
        assert (back.lo, back.hi) == pytest.approx((-got.hi, -got.lo))
        assert back.p == pytest.approx(got.p)


def test_difference_of_a_share_that_is_one_has_no_loglog_limits():
    first, second = fit_curve([50, 60], 1), fit_curve([5, 60], 1)
    got = difference_at(first, second, 20)
    assert got.estimate == 0.5
    assert np.isnan([got.lo, got.hi, got.p]).all()
    assert np.isfinite(difference_at(first, second, 20, kind="plain").lo)
    with pytest.raises(ValueError, match="kind='log': expected 'log-log' or 'plain'"):
        difference_at(first, second, 20, kind="log")


def test_differences_of_means(curves):
    got = restricted_mean_difference(curves[2], curves[0], 100)
    (m2, e2), (m0, e0) = curves[2].restricted_mean(100), curves[0].restricted_mean(100)
    assert got.estimate == m2 - m0
    assert got.se == pytest.approx(np.hypot(e2, e0))
    excess = excess_days_difference(curves[2], curves[0], 30, 100)
    assert 0 < excess.lo < excess.estimate < got.estimate
    same = restricted_mean_difference(curves[0], curves[0], 100)
    assert same.p == 1


def test_wilson_of_nothing_and_of_impossible_counts():
    assert np.isnan(wilson(0, 0)).all()
    with pytest.raises(ValueError, match="expected 0 <= k <= n"):
        wilson(3, 2)


def test_standardising_a_unit_like_the_standard_changes_nothing():
    got = standardised_share([2, 5, 3], [0.4, 0.4, 0.4], [0.01, 0.01, 0.01])
    assert got.estimate == pytest.approx(0.4)
    assert got.se == pytest.approx(np.sqrt(0.01 * 0.38))
    assert (got.lo, got.hi) == pytest.approx(share_interval(0.4, 0.01 * 0.38))


def test_an_empty_stratum_is_named_and_nothing_is_renormalised():
    got = standardised_share([2, 5, 3], [0.4, np.nan, 0.4], [0.01, np.nan, 0.01])
    assert np.isnan(got.estimate)
    assert got.empty_strata.tolist() == [1]
    without_weight = standardised_share([2, 0, 3], [0.4, np.nan, 0.4], [0.01, np.nan, 0.01])
    assert without_weight.estimate == pytest.approx(0.4)
    with pytest.raises(ValueError, match="weights: expected numbers >= 0, not all 0"):
        standardised_share([0, 0], [0.1, 0.2], [0.1, 0.1])


def test_logrank_without_two_groups_to_compare():
    alone = logrank([0, 0, 0], [5, 6, 7], 1)
    assert (alone.df, np.isnan(alone.p)) == (0, True)
    without_ends = logrank([0, 1], [5, 6], 0)
    assert np.isnan(without_ends.chi2)
    one_empty = logrank([0, 0, 2, 2], [5, 8, 6, 9], 1)
    assert one_empty.df == 1
    assert np.isfinite(one_empty.chi2)


def test_spells_outside_all_units_belong_to_the_standard():
    unit = np.array([0, 0, 1, 1, -1, -1])
    time = np.array([20, 40, 25, 60, 30, 50])
    got = observed_expected(unit, np.zeros(6, int), time, 1)
    assert got.observed.tolist() == [2, 2]
    everyone = observed_expected(np.zeros(6, int), np.zeros(6, int), time, 1)
    assert everyone.expected[0] == pytest.approx(6)
    assert got.expected.sum() < 6
    nobody = observed_expected(unit, np.zeros(6, int), time, 1, n_units=3)
    assert np.isnan(nobody.ratio[2])


def test_funnel_names_what_it_cannot_do():
    with pytest.raises(ValueError, match="expected at least two units with an estimate"):
        fit_funnel([0.4, np.nan], [10, 10])
    with_gap = fit_funnel([0.3, np.nan, 0.5], [100, 100, 100])
    assert np.isnan(with_gap.z[1])
    assert with_gap.centre == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: z_value(95), "level=95: expected a share between 0 and 1, such as 0.95"),
        (lambda: share_interval(0.5, 0.1, kind="x"), "kind='x': expected one of log-log, log"),
        (lambda: fit_curve([1.5], 1), "time: expected whole days, got fractions"),
        (lambda: fit_curve([np.nan], 1), "time: every value must be finite and not negative"),
        (lambda: fit_curve([5], 1, n=[-1]), "n: every value must be finite and not negative"),
        (lambda: fit_curves([3], [5], 1, n_groups=2), "expected a number below n_groups=2"),
        (lambda: fit_curve([5], 1).quantile(50), "p=50: expected a share between 0 and 1"),
        (lambda: fit_curve([5], 1).excess_days(9, 9), "expected 0 <= limit < tau, in days"),
        (lambda: benjamini_hochberg([1.2]), "p: expected numbers between 0 and 1"),
    ],
)
def test_wrong_arguments_say_what_was_expected(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_results_cannot_be_changed():
    curve = fit_curve([5, 9], 1)
    with pytest.raises(ValueError, match="read-only"):
        curve.survival[0] = 0.3
    with pytest.raises(AttributeError):
        curve.entry_day = 3


def test_curves_of_very_long_lengths_take_the_other_way_of_counting(monkeypatch):
    group, time = [0, 1, 1, 0], [4, 9, 9, 7]
    usual = fit_curves(group, time, 1)
    monkeypatch.setattr("fmbstats.stats.risk._LARGEST_TABLE", 0)
    other = fit_curves(group, time, 1)
    np.testing.assert_array_equal(usual.survival, other.survival)
    np.testing.assert_array_equal(usual.day, other.day)
