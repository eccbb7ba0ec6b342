"""The same numbers from scipy and statsmodels, where they can do it."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from scipy.stats import CensoredData, ecdf
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight, survdiff
from statsmodels.stats.proportion import proportion_confint

from fmbstats.stats.competing import fit_incidence
from fmbstats.stats.expected import observed_expected
from fmbstats.stats.funnel import effective_n, fit_funnel, funnel_limits
from fmbstats.stats.logrank import logrank
from fmbstats.stats.multiplicity import benjamini_hochberg
from fmbstats.stats.proportions import wilson
from fmbstats.stats.standardise import poisson_limits
from fmbstats.stats.survival import fit_curve


@pytest.fixture(scope="module")
def spells():
    rng = np.random.default_rng(5)
    n = 1200
    length = np.ceil(rng.lognormal(4, 1, n)).astype(int)
    length = np.where(rng.random(n) < 0.5, np.maximum(length // 7 * 7, 1), length)
    cut = rng.integers(30, 700, n)
    entry = np.where(rng.random(n) < 0.7, 14, 0)
    time, cause = np.minimum(length, cut), np.where(length <= cut, rng.integers(1, 4, n), 0)
    seen = time > entry
    group, stratum = rng.integers(0, 3, n), rng.integers(0, 4, n)
    return {
        key: value[seen]
        for key, value in {
            "time": time,
            "cause": cause,
            "entry": entry,
            "group": group,
            "stratum": stratum,
        }.items()
    }


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined:RuntimeWarning")
def test_curve_equals_scipy_ecdf(spells):
    time, cause = spells["time"], spells["cause"]
    theirs = ecdf(CensoredData.right_censored(time, cause == 0)).sf
    curve = fit_curve(time, cause)
    np.testing.assert_allclose(
        curve.survival_at(theirs.quantiles), theirs.probabilities, atol=1e-13
    )
    limits = theirs.confidence_interval(method="log-log")
    lo, hi = curve.interval_at(theirs.quantiles)
    inside = ~np.isnan(lo)
    assert inside.sum() > 100
    np.testing.assert_allclose(lo[inside], limits.low.probabilities[inside], atol=1e-12)
    np.testing.assert_allclose(hi[inside], limits.high.probabilities[inside], atol=1e-12)


def test_curve_with_entry_equals_statsmodels(spells):
    time, entry = spells["time"], spells["entry"]
    event = (spells["cause"] > 0).astype(int)
    theirs = SurvfuncRight(time, event, entry=entry)
    curve = fit_curve(time, event, entry=entry, min_at_risk=None)
    np.testing.assert_allclose(curve.survival_at(theirs.surv_times), theirs.surv_prob, atol=1e-13)
    se = np.sqrt(curve.variance_at(theirs.surv_times))
    np.testing.assert_allclose(se, theirs.surv_prob_se, atol=1e-13)


@pytest.mark.parametrize("extra", [{}, {"strata": "stratum"}, {"entry": "entry"}])
def test_logrank_equals_statsmodels(spells, extra):
    """Not strata and entry together: there statsmodels fails with an IndexError."""
    event = (spells["cause"] > 0).astype(int)
    extra = {key: spells[column] for key, column in extra.items()}
    chi2, p = survdiff(spells["time"], event, spells["group"], **extra)
    got = logrank(spells["group"], spells["time"], event, **extra)
    assert got.df == 2
    assert got.chi2 == pytest.approx(chi2, rel=1e-10)
    assert got.p == pytest.approx(p, rel=1e-8)


def test_strata_with_entry_add_up(spells):
    event, total = spells["cause"] > 0, np.zeros(3)
    columns = spells["group"], spells["time"], event
    both = logrank(*columns, entry=spells["entry"], strata=spells["stratum"])
    for stratum in range(4):
        mine = spells["stratum"] == stratum
        alone = logrank(*(x[mine] for x in columns), entry=spells["entry"][mine])
        total += alone.expected
    np.testing.assert_allclose(both.expected, total)


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_incidence_equals_statsmodels(spells):
    time, cause = spells["time"], spells["cause"]
    theirs = CumIncidenceRight(time, cause)
    got = fit_incidence(time, cause)
    for k in range(3):
        np.testing.assert_allclose(got.share_at(k + 1, theirs.times), theirs.cinc[k], atol=1e-12)
        se = np.sqrt(got.variance_at(k + 1, theirs.times))
        np.testing.assert_allclose(se[:-1], theirs.cinc_se[k][:-1], atol=1e-12)


def test_logrank_is_right_at_two_million_spells():
    """On so many spells whole-number products of 64 bits wrap; statsmodels uses doubles."""
    day = np.tile(np.arange(15, 115), 2)
    group = np.repeat([0, 1], 100)
    n = np.where(group == 0, 9_990, 10_010) + (day * group) % 7 * 10
    test = logrank(group, day, day < 100, entry=14, n=n)
    small = logrank(group, day, day < 100, entry=14, n=n / 10)
    assert n.sum() > 2_000_000
    rows = np.repeat(np.arange(200), n // 10)
    chi2, _ = survdiff(day[rows], (day[rows] < 100).astype(int), group[rows])
    assert small.chi2 == pytest.approx(chi2, rel=1e-9)
    # Ten times the spells: ten times the statistic, but for the n - 1 of the variance.
    assert test.chi2 == pytest.approx(10 * chi2, rel=1e-3)
    assert np.linalg.eigvalsh(test.variance).min() > -1e-6


def test_intervals_of_shares_equal_statsmodels():
    k, n = np.array([0, 1, 5, 9, 10]), 10
    np.testing.assert_allclose(wilson(k, n), proportion_confint(k, n, method="wilson"), atol=1e-12)


def test_adjusted_p_values_equal_scipy():
    p = np.random.default_rng(1).random(40) ** 3
    theirs = scipy.stats.false_discovery_control(p, method="bh")
    np.testing.assert_allclose(benjamini_hochberg(p), theirs, rtol=1e-12)
    with_gap = benjamini_hochberg(np.insert(p, 3, np.nan))
    assert np.isnan(with_gap[3])
    np.testing.assert_allclose(np.delete(with_gap, 3), theirs, rtol=1e-12)


def test_poisson_limits_equal_chi_square_quantiles():
    count = np.array([0, 1, 10, 250])
    lo, hi = poisson_limits(count)
    np.testing.assert_allclose(lo[1:], scipy.stats.chi2.ppf(0.025, 2 * count[1:]) / 2)
    np.testing.assert_allclose(hi, scipy.stats.chi2.ppf(0.975, 2 * (count + 1)) / 2)
    assert lo[0] == 0


def test_funnel_limits_widen_with_level_and_spread():
    n, centre = 200, 0.4
    lo, hi = funnel_limits(centre, n)
    # Nearly where the interval of a unit just holds the centre.
    assert wilson(lo * n, n)[1] == pytest.approx(centre, abs=0.002)
    assert wilson(hi * n, n)[0] == pytest.approx(centre, abs=0.002)
    outer = funnel_limits(centre, n, level=0.998)
    assert outer[0] < lo < hi < outer[1]
    wide = funnel_limits(centre, n, tau2=0.01)
    assert wide[0] < lo < hi < wide[1]


def test_effective_n_of_completed_spells_is_n():
    curve = fit_curve([5, 9, 20, 40, 41, 60, 80, 90], 1)
    assert effective_n(curve.survival_at(30), curve.variance_at(30)) == pytest.approx(8)
    assert np.isnan(effective_n(1.0, 0.0))


def test_no_overdispersion_among_equal_units():
    funnel = fit_funnel(np.full(21, 0.4), np.linspace(100, 900, 21))
    assert funnel.tau2 == funnel.tau2_winsorised == 0
    np.testing.assert_allclose(funnel.z_adjusted, 0, atol=1e-12)


def test_expected_ends_add_up_to_the_observed(spells):
    got = observed_expected(
        spells["group"], spells["stratum"], spells["time"], spells["cause"], entry=spells["entry"]
    )
    assert got.expected.sum() == pytest.approx(got.observed.sum())
    np.testing.assert_allclose(got.ratio, got.observed / got.expected)
    assert ((got.lo < got.ratio) & (got.ratio < got.hi)).all()
    assert got.n_spells.sum() == len(spells["time"])
    np.testing.assert_allclose(got.p, scipy.stats.chi2.sf(got.chi2, 1))
