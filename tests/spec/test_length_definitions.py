"""The definitions, as tables small enough to check by hand.

Each row of a drawing is one spell: `=` a day on sick leave that is seen, `.` one that is not seen
(the employer's days), `|` the last day of a spell that ended, `>` the last day known of a spell
still going on.
"""

from __future__ import annotations

import numpy as np
import pytest

from fmbstats.stats.diagnosis_change import transitions
from fmbstats.stats.exceedance import (
    adherence_over_limits,
    length_index,
    limit_flags,
    limit_shares,
    median_to_limit,
)
from fmbstats.stats.survival import fit_curve, fit_curves


def read(drawing):
    """Ledger columns (time, cause, entry) of a drawing."""
    lines = [line.strip() for line in drawing.strip().splitlines()]
    time = [len(line) for line in lines]
    cause = [line[-1] == "|" for line in lines]
    entry = [line.count(".") for line in lines]
    return np.array(time), np.array(cause), np.array(entry)


def curve_of(drawing, **settings):
    time, cause, entry = read(drawing)
    return fit_curve(time, cause, entry=entry, **settings)


COMPLETED = """
    ==|
    ====|
    =====|
    =========|
"""


def test_a_spell_as_long_as_the_limit_adheres_and_one_day_more_exceeds():
    """Lengths 3, 5, 6, 10."""
    curve = curve_of(COMPLETED)
    assert curve.survival_at(5) == 0.5
    assert curve.survival_at(4) == 0.75
    assert curve.survival_at(0) == 1


def test_over_within_and_under():
    """Limits 4 to 6 days: one shorter (3), two within (5 and 6), one longer (10)."""
    shares = limit_shares(curve_of(COMPLETED), 6, 4)
    assert [s.estimate for s in (shares.under, shares.inside, shares.over)] == [0.25, 0.5, 0.25]
    assert shares.over_or_on.estimate == 0.5
    assert shares.flags["hangs_on_edge"]
    assert not shares.flags["truncated_r"]


def test_variance_of_completed_spells_is_binomial():
    shares = limit_shares(curve_of(COMPLETED), 6, 4)
    for share, p in ((shares.under, 0.25), (shares.inside, 0.5), (shares.over, 0.25)):
        assert share.se == pytest.approx(np.sqrt(p * (1 - p) / 4))


def test_an_ongoing_spell_is_neither_dropped_nor_taken_as_ended():
    """Of 3 at risk on day 4 one ends: 2/3; dropping the ongoing one would give 1/2."""
    curve = curve_of(
        """
        =>
        ===|
        =====|
        ======|
        """
    )
    assert curve.survival_at(4) == pytest.approx(2 / 3)
    assert curve.at_risk_at(2) == 4
    assert curve.at_risk_at(3) == 3
    assert curve.n_censored == 1


def test_ends_come_before_censorings_on_the_same_day():
    curve = curve_of("==|\n==>\n====|")
    assert curve.survival_at(3) == pytest.approx(2 / 3)


def test_employees_are_seen_from_day_three_here():
    """Two unseen days: nothing is known of spells of 1 or 2 days, all is given T > 2."""
    curve = curve_of(
        """
        ..=|
        ..==|
        ..===|
        ..====|
        """
    )
    assert curve.entry_day == 2
    assert curve.survival_at(4) == 0.75
    assert np.isnan(curve.survival_at(2))
    flags = limit_flags(curve, 2)
    assert flags["truncated_r"]
    assert not flags["beyond_followup"]


def test_delayed_entry_from_day_nought_uses_the_others_for_the_first_days():
    """Day 1: two at risk, one ends (1/2). Day 4: the other and both employees, one ends (2/3)."""
    curve = curve_of("|\n====|\n..=|\n..==>", min_at_risk=None)
    assert curve.entry_day == 0
    assert curve.survival_at(2) == 0.5
    assert curve.survival_at(4) == pytest.approx(0.5 * 2 / 3)


def test_the_curve_starts_where_enough_are_at_risk():
    """One early entrant who leaves on day 2 would send the curve to 0 for good."""
    time = np.array([2, *range(20, 35)])
    entry = np.array([0, *[14] * 15])
    at_once = fit_curve(time, 1, entry=entry, min_at_risk=None)
    waiting = fit_curve(time, 1, entry=entry)
    assert at_once.survival_at(20) == 0
    assert waiting.entry_day == 14
    assert waiting.n_before_start == 1
    assert waiting.survival_at(20) == pytest.approx(14 / 15)


def test_a_spell_that_is_over_before_it_is_seen_is_an_error_and_counted():
    curve = fit_curve([10, 20], 1, entry=[14, 14])
    assert curve.n_rejected == 1
    assert curve.n_spells == 1


def test_nothing_is_said_beyond_the_follow_up():
    curve = curve_of("==|\n====>")
    assert curve.survival_at(5) == 0.5
    assert np.isnan(curve.survival_at(6))
    assert limit_flags(curve, 6)["beyond_followup"]
    assert np.isnan(curve.restricted_mean(7)[0])


def test_when_all_have_ended_nobody_exceeds_and_there_is_no_interval():
    curve = curve_of(COMPLETED)
    assert curve.survival_at(30) == 0
    assert np.isnan(curve.interval_at(30)).all()
    assert not limit_flags(curve, 30)["beyond_followup"]


def test_median_lies_in_the_middle_of_a_stretch_at_one_half():
    """Half have ended from day 5 until day 6."""
    assert curve_of(COMPLETED).quantile(0.5)[0] == 5.5
    assert curve_of(COMPLETED).quantile(0.3)[0] == 5


def test_a_median_that_is_not_reached():
    curve = curve_of("==|\n====>\n=====>")
    assert np.isnan(curve.quantile(0.5)[0])
    assert np.isnan(median_to_limit(curve, 4)[0])


def test_median_as_a_multiple_of_the_limit():
    assert median_to_limit(curve_of(COMPLETED), 11)[0] == 0.5


def test_excess_days_are_the_days_beyond_the_limit_per_started_spell():
    """Beyond 5 days: 0, 0, 1 and 5 days; up to day 8 only 0, 0, 1 and 3."""
    curve = curve_of(COMPLETED)
    assert curve.excess_days(5, 20)[0] == (0 + 0 + 1 + 5) / 4
    assert curve.excess_days(5, 8)[0] == (0 + 0 + 1 + 3) / 4
    assert curve.restricted_mean(20)[0] == (3 + 5 + 6 + 10) / 4
    assert curve.restricted_mean(4)[0] == (3 + 4 + 4 + 4) / 4


def test_several_cases_give_an_interval_and_never_a_mean():
    both = adherence_over_limits(curve_of(COMPLETED), [3, 6])
    assert (both.lowest.estimate, both.highest.estimate) == (0.25, 0.75)
    assert both.is_variant_unknown
    assert not adherence_over_limits(curve_of(COMPLETED), [6, 6]).is_variant_unknown


def test_an_empty_group_has_no_answer_but_does_not_stop_the_others():
    curves = fit_curves([0, 0, 2], [5, 9, 4], 1, n_groups=3)
    np.testing.assert_array_equal(curves.survival_at(4), [1, np.nan, 0])
    assert limit_flags(curves, 4)["no_spells"].tolist() == [False, True, False]
    assert len(curves[1].day) == 0
    assert np.isnan(curves[1].quantile(0.5)).all()
    assert np.isnan(curves[1].excess_days(2, 4)).all()


def test_index_weighs_each_diagnosis_by_its_spells():
    """10 spells of mean 30 against 20, 30 spells of mean 10 against 20: 600 days of 800."""
    index, se, lo, hi = length_index([10, 30], [30, 10], [1, 1], [20, 20])
    assert index == 0.75
    assert se == pytest.approx(np.sqrt(10**2 + 30**2) / 800)
    assert lo < index < hi
    assert np.isnan(length_index([10, 30], [30, np.nan], [1, 1], [20, 20])[0])
    assert np.isnan(length_index([0], [30], [1], [20])[0])


def test_transitions_from_first_to_last_diagnosis():
    table = transitions(["F43", "F43", "F32"], ["F43", "F32", "F32"], n=[6, 2, 5])
    assert table.codes.tolist() == ["F32", "F43"]
    assert table.counts.tolist() == [[5, 0], [2, 6]]
