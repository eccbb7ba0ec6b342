"""Turnbull's estimate and published totals against answers made elsewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from fmbstats.published import published_bounds
from fmbstats.stats.banded import turnbull
from fmbstats.stats.bounds import exceedance_bounds_from_bands

# Log-likelihood at the maximum, and where R's answer stops short of it
LOG_LIKELIHOOD_MAX = -147020.11
LOG_LIKELIHOOD_R = -147024.28


def log_likelihood(survival, lower, upper, counts):
    """Of a step function under half-open intervals; a day known exactly is (day-, day]."""
    before = np.where(lower == upper, np.nextafter(upper, -np.inf), lower)
    mass = np.array([survival(a) - survival(b) for a, b in zip(before, upper, strict=True)])
    assert (mass > 0).all()
    return float(counts @ np.log(mass))


def step(days, survival):
    def at(t):
        if math.isinf(t):
            return 0.0
        passed = np.searchsorted(days, t, side="right")
        return 1.0 if passed == 0 else float(survival[passed - 1])

    return at


def left_open(fit, day):
    """P(T > day): the two values between which the estimate leaves it open, inside a cell."""
    beyond = np.append(np.cumsum(fit.mass[::-1])[::-1], 0.0)
    above = np.searchsorted(fit.edges_days, day, side="left")
    below = np.searchsorted(fit.edges_days, day, side="right") - 1
    return beyond[above], beyond[below]


def is_optimal(fit, lower, upper, counts):
    """The KKT condition from its definition, by loops over intervals and cells."""
    before = np.where(lower == upper, np.nextafter(upper, -np.inf), lower)
    gradients = []
    for left, right in zip(fit.edges_days[:-1], fit.edges_days[1:], strict=True):
        total = 0.0
        for a, b, n in zip(before, upper, counts, strict=True):
            inside = (fit.edges_days[:-1] >= a) & (fit.edges_days[1:] <= b)
            if a <= left and right <= b:
                total += n / fit.mass[inside].sum()
        gradients.append(total / counts.sum())
    return max(gradients) <= 1 + 1e-6, max(gradients)


def test_overlapping_bands_reach_a_higher_likelihood_than_r(read_oracle):
    data = read_oracle("input", "banded_overlap")
    r = read_oracle("expected", "banded_overlap_turnbull")
    lower, upper = data["lo"], np.where(np.isnan(data["hi"]), np.inf, data["hi"])
    fit = turnbull(lower, data["hi"], data["n"])
    of_r = log_likelihood(step(r["day"], r["surv"]), lower, upper, data["n"])
    assert of_r == pytest.approx(LOG_LIKELIHOOD_R, abs=0.01)
    assert fit.log_likelihood >= of_r
    assert fit.log_likelihood == pytest.approx(LOG_LIKELIHOOD_MAX, abs=0.01)
    assert fit.is_converged
    assert fit.kkt_max <= 1 + 1e-6
    assert is_optimal(fit, lower, upper, data["n"])[0]
    assert fit.mass.sum() == pytest.approx(1, abs=1e-12)
    ours = [left_open(fit, day)[0] for day in r["day"]]
    assert np.abs(np.array(ours) - r["surv"]).max() == pytest.approx(0.0067, abs=0.0002)


@pytest.mark.parametrize("treatment", [1, 2])
def test_breast_deterioration_reaches_at_least_r(read_oracle, treatment):
    data, r = read_oracle("input", "bcdeter"), read_oracle("expected", "bcdeter_turnbull")
    rows, answer = data["treat"] == treatment, r["treat"] == treatment
    lower, upper = data["lower"][rows], data["upper"][rows]
    upper = np.where(np.isnan(upper), np.inf, upper)
    ones = np.ones(rows.sum())
    fit = turnbull(lower, upper)
    of_r = log_likelihood(step(r["time"][answer], r["surv"][answer]), lower, upper, ones)
    assert fit.log_likelihood >= of_r
    assert fit.log_likelihood - of_r < 0.002
    assert fit.is_converged
    assert is_optimal(fit, lower, upper, ones)[0]


def test_turnbull_without_censored_days_is_the_empirical_distribution():
    days = np.array([5.0, 5, 7, 9, 9, 9, 20])
    fit = turnbull(days, days)
    for day in (4, 5, 8, 9, 19, 20):
        assert left_open(fit, day)[0] == pytest.approx((days > day).mean(), abs=1e-9)


def test_turnbull_with_right_censoring_is_kaplan_meier():
    time = np.array([3.0, 5, 5, 8, 10, 12])
    is_ended = np.array([1, 1, 0, 1, 0, 1], bool)
    fit = turnbull(time, np.where(is_ended, time, np.inf))
    curve = stats.ecdf(stats.CensoredData.right_censored(time, ~is_ended)).sf
    for day in (3, 5, 8, 9):
        assert left_open(fit, day)[1] == pytest.approx(curve.evaluate(day), abs=2e-6)


# As published: cumulative % ended at 29, 89, 179, 364 days, start year 2017
FK_2017 = {
    "F32": (12.6, 48.1, 69.3, 86.1),
    "F43": (18.9, 52.6, 70.9, 88.4),
    "M54": (36.7, 73.5, 86.4, 95.8),
    "S52": (16.2, 80.5, 94.6, 99.0),
}


@pytest.mark.parametrize("code", FK_2017)
def test_published_counts_give_the_published_shares(code):
    for limit, ended_pct in zip((29, 89, 179, 364), FK_2017[code], strict=True):
        (found,) = [b for b in published_bounds(code, limit) if b.year == 2017]
        assert found.lo == found.hi
        assert round(100 * (1 - found.lo), 1) == ended_pct
        assert found.bounds.reason_for_width == "at_edge"


def test_median_width_of_the_bounds_at_sixty_days():
    # computed from the workbook by hand: 0.37 over the 23 public diagnoses
    from fmbstats.published import published_codes

    widths = [
        b.bounds.width
        for code in published_codes()
        for b in published_bounds(code, 60)
        if b.year == 2017
    ]
    assert len(widths) == 23
    assert np.median(widths) == pytest.approx(0.37, abs=0.005)


def test_quantiles_agree_with_the_counts_of_2017_within_one_and_a_half_points():
    # two independent real sources, six codes: F32, F43, M54, M17, S52, G56
    n_compared = 0
    for code in ("F32", "F43", "M54", "M17", "S52", "G56"):
        for limit in (29, 89, 179):
            found = published_bounds(code, limit)
            (fk,) = [b for b in found if b.year == 2017]
            (srs,) = [b for b in found if b.source == "srs"]
            assert srs.lo - 0.015 <= fk.lo <= srs.hi + 0.015
            n_compared += 1
    assert n_compared == 18


def test_suppressed_cells_are_an_interval_never_zero():
    hidden = exceedance_bounds_from_bands([0, 14, 30], [math.nan, 20, 30], 14)
    assert (hidden.lo, hidden.hi) == (50 / 54, 1.0)
    assert hidden.reason_for_width == "suppressed"
