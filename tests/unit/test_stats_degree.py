"""Degrees by day and net days, against sums done by hand and against one another."""

from __future__ import annotations

import numpy as np
import pytest

from fmbstats.stats.degree import clip_periods, degree_by_day, net_days
from fmbstats.stats.survival import fit_curve


def test_net_days_of_completed_spells_are_a_plain_mean():
    """Spell 1: 10 days full, then 10 days half = 15 net. Spell 2: 4 days at 25 % = 1 net."""
    got = net_days([20, 4], 1, [0, 0, 1], [1, 11, 1], [10, 20, 4], [100, 50, 25], tau=30)
    assert got.net == pytest.approx((15 + 1) / 2)
    assert got.gross == pytest.approx((20 + 4) / 2)
    # Completed spells: the error of a mean of 15 and 1 (divisor n).
    assert got.net_se == pytest.approx(np.std([15, 1]) / np.sqrt(2))


def test_only_days_up_to_tau_count():
    got = net_days([20, 4], 1, [0, 0, 1], [1, 11, 1], [10, 20, 4], [100, 50, 25], tau=12)
    assert got.net == pytest.approx((11 + 1) / 2)
    assert got.net_se == pytest.approx(np.std([11, 1]) / np.sqrt(2))


def test_full_time_net_days_are_gross_days_and_have_their_error():
    rng = np.random.default_rng(2)
    length, cut = rng.integers(15, 200, 400), rng.integers(60, 300, 400)
    time, cause = np.minimum(length, cut), length <= cut
    got = net_days(time, cause, np.arange(400), 1, time, 100, tau=150, entry=14)
    mean, se = fit_curve(time, cause, entry=14).restricted_mean(150)
    assert got.net == pytest.approx(got.gross)
    assert got.net + 14 == pytest.approx(mean)
    assert got.net_se == pytest.approx(se)
    assert got.entry_day == 14


def test_net_days_of_a_person_are_summed_before_squaring():
    time = np.tile([20, 40, 60, 80], 5)
    spell = np.arange(20)
    alone = net_days(time, 1, spell, 1, time, 100, tau=90)
    twice = net_days(
        np.repeat(time, 2), 1, np.arange(40), 1, np.repeat(time, 2), 100, tau=90,
        person=np.repeat(spell, 2),
    )  # fmt: skip
    assert twice.net == alone.net
    assert twice.net_se == pytest.approx(alone.net_se)


def test_net_days_beyond_the_follow_up_are_not_estimable():
    got = net_days([20, 30], [1, 0], [0, 1], 1, [20, 30], 100, tau=60)
    assert np.isnan([got.net, got.net_se, got.gross]).all()


def test_degrees_by_day_among_those_still_on_leave():
    curve = fit_curve([3, 5], 1)
    table = degree_by_day(curve, [1, 1, 4], [3, 3, 5], [100, 50, 25])
    assert table.degrees == (25, 50, 100)
    np.testing.assert_allclose(table.share[2], [0.5, 0.5, 0.5, 0, 0])
    np.testing.assert_allclose(table.share.sum(axis=0) + table.missing, 1)
    np.testing.assert_allclose(table.mean, [0.75, 0.75, 0.75, 0.25, 0.25])


def test_days_without_a_known_degree_are_missing_and_not_nought():
    table = degree_by_day(fit_curve([4, 4], 1), [1, 3], [2, 4], [100, 50], n=[2, 1])
    np.testing.assert_allclose(table.missing, [0, 0, 0.5, 0.5])
    np.testing.assert_allclose(table.mean, [1, 1, 0.5, 0.5])


def test_more_degrees_than_spells_is_an_error():
    with pytest.raises(ValueError, match="more spells with a degree on a day than at risk on it"):
        degree_by_day(fit_curve([4], 1), [1, 1], [4, 4], [100, 50])


def test_periods_are_cut_at_entry_and_at_the_last_day_seen():
    spell, begin, end, degree = clip_periods(
        [0, 0, 1], [1, 20, 1], [19, 60, 10], [100, 50, 25], time=[40, 12], entry=[14, 14]
    )
    assert spell.tolist() == [0, 0]
    assert begin.tolist() == [15, 20]
    assert end.tolist() == [19, 40]
    assert degree.tolist() == [100, 50]
