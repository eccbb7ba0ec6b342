"""The bunching estimate finds what was planted, and nothing where nothing was."""

from __future__ import annotations

import numpy as np
import pytest

from fmbstats.stats.bunching import placebo_limits, steering
from fmbstats.stats.rhythm import fit_logistic, heaping_terms, spline_basis
from fmbstats.stats.survival import fit_curve

LAST_DAY = 300
DAYS = np.arange(1, LAST_DAY + 1)
LIMIT = 60


def rhythm(week, month):
    """Factors by which whole weeks, the day after, and months raise the hazard."""
    is_week, is_after, is_month, *_ = heaping_terms(DAYS).T
    return (1 + week * is_week) * (1 + 0.5 * week * is_after) * (1 + month * is_month)


TARGET = 0.012 * np.exp(-0.3 * DAYS / 100) * rhythm(3, 1.5)
REFERENCE = 0.009 * np.exp(-0.2 * DAYS / 100) * rhythm(2.5, 1)


def planted(hazard, day, share):
    out = hazard.copy()
    out[day - 1] = 1 - (1 - out[day - 1]) * (1 - share)
    return out


def draw(rng, hazard, n_spells, entry=14):
    """Curve of spells that end by `hazard`, 0.05 % of them censored a day."""
    alive, rows = n_spells, []
    for day in DAYS[entry:]:
        ended = rng.binomial(alive, hazard[day - 1])
        censored = rng.binomial(alive - ended, 0.0005)
        rows += [(day, 1, ended), (day, 0, censored)]
        alive -= ended + censored
    rows.append((LAST_DAY, 0, alive))
    return fit_curve(*np.array(rows).T[:2], entry=entry, n=np.array(rows).T[2])


def window_share(hazard):
    return 1 - np.prod(1 - hazard[LIMIT - 4 : LIMIT + 3])


def test_recovers_a_planted_excess():
    rng = np.random.default_rng(11)
    hazard = planted(TARGET, LIMIT, 0.08)
    result = steering(draw(rng, hazard, 40_000), draw(rng, REFERENCE, 150_000), LIMIT)
    truth = window_share(hazard) - window_share(TARGET)
    assert result.reason == ""
    assert result.lo < truth < result.hi
    assert result.excess_share == pytest.approx(truth, abs=3 * result.se)
    assert result.se < truth / 8
    assert result.excess_spells == pytest.approx(result.excess_share * result.n_at_risk)
    assert result.excess_share == result.observed_share - result.expected_share


def test_plain_bunching_on_weeks_and_months_is_not_called_steering():
    rng = np.random.default_rng(12)
    result = steering(draw(rng, TARGET, 40_000), draw(rng, REFERENCE, 150_000), LIMIT)
    assert result.lo < 0 < result.hi
    assert abs(result.excess_share) < 0.015
    # Without the reference the same days would look steered.
    before = result.observed_hazard[(result.day < LIMIT - 3) & (result.day % 7 > 1)].mean()
    assert result.observed_hazard[result.is_window].mean() > 1.3 * before


def test_placebo_limits_find_nothing_and_leave_the_true_window_out():
    rng = np.random.default_rng(13)
    target, reference = (
        draw(rng, planted(TARGET, LIMIT, 0.08), 40_000),
        draw(rng, REFERENCE, 150_000),
    )
    result = steering(target, reference, LIMIT, n_draws=100)
    placebo = placebo_limits(target, reference, result, range(25, 200, 7), n_draws=100)
    assert len(placebo.results) >= 18
    assert all(
        r.last_day < result.first_day or r.first_day > result.last_day for r in placebo.results
    )
    assert placebo.share_found <= 0.2
    assert placebo.p == 1 / (1 + len(placebo.results))


def test_the_same_seed_gives_the_same_limits():
    rng = np.random.default_rng(14)
    target, reference = draw(rng, TARGET, 5_000), draw(rng, REFERENCE, 20_000)
    first, second = (steering(target, reference, LIMIT, n_draws=50, seed=3) for _ in range(2))
    other = steering(target, reference, LIMIT, n_draws=50, seed=4)
    assert (first.lo, first.hi) == (second.lo, second.hi)
    assert first.lo != other.lo
    assert first.excess_share == other.excess_share


@pytest.mark.parametrize(
    ("limit", "n_spells", "reason"),
    [(16, 5_000, "truncated_r"), (290, 300, "beyond_followup"), (LIMIT, 30, "beyond_followup")],
)
def test_says_why_it_cannot_be_estimated(limit, n_spells, reason):
    rng = np.random.default_rng(15)
    result = steering(draw(rng, TARGET, n_spells), draw(rng, REFERENCE, 20_000), limit)
    assert result.reason == reason
    assert np.isnan([result.excess_share, result.lo, result.hi, result.p]).all()


def test_too_few_ends_outside_the_window():
    rng = np.random.default_rng(16)
    result = steering(draw(rng, TARGET / 200, 200), draw(rng, REFERENCE, 20_000), LIMIT)
    assert result.reason == "small_n"


def test_logistic_fits_solve_the_score_equations():
    rng = np.random.default_rng(17)
    design = np.column_stack([np.ones(80), rng.normal(size=(80, 3))])
    total = rng.integers(20, 60, size=(5, 80)).astype(float)
    offset = rng.normal(size=80) / 4
    chance = 1 / (1 + np.exp(-(design @ [0.2, -0.5, 0.3, 0.1] + offset)))
    ends = rng.binomial(total.astype(int), chance).astype(float)
    coefficients = fit_logistic(design, ends, total, offset)
    fitted = 1 / (1 + np.exp(-(coefficients @ design.T + offset)))
    np.testing.assert_allclose((ends - total * fitted) @ design, 0, atol=1e-2)
    assert np.abs(coefficients.mean(axis=0) - [0.2, -0.5, 0.3, 0.1]).max() < 0.1


def test_a_fit_without_any_end_stays_finite():
    design = np.column_stack([np.ones(20), np.linspace(-1, 1, 20)])
    coefficients = fit_logistic(design, np.zeros((1, 20)), np.full((1, 20), 5.0), np.zeros(20))
    assert np.isfinite(coefficients).all()
    assert coefficients[0, 0] < -5


def test_spline_is_straight_beyond_its_end_knots():
    basis = spline_basis(np.arange(20.0, 100.0), 4)
    outside = basis(np.array([100.0, 110.0, 120.0, 130.0]))
    np.testing.assert_allclose(np.diff(outside, n=2, axis=0), 0, atol=1e-12)
    assert outside.shape == (4, 3)


def test_heaping_days():
    week, after, month, both, both_after = heaping_terms([28, 29, 30, 35, 36, 60, 61, 91, 92]).T
    assert week.tolist() == [1, 0, 0, 1, 0, 0, 0, 1, 0]
    assert after.tolist() == [0, 1, 0, 0, 1, 0, 0, 0, 1]
    assert month.tolist() == [0, 1, 1, 0, 0, 1, 1, 1, 1]
    assert both.tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 0]
    assert both_after.tolist() == [0, 1, 0, 0, 0, 0, 0, 0, 1]
