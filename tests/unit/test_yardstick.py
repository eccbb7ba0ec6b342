"""The yardstick as a physician would draw it: cases, what is possible, which limits follow."""

import math
from datetime import date, timedelta

import numpy as np
import pytest

from fmbstats.recommendations.yardstick import (
    DatedLimit,
    Limits,
    PossibleSets,
    bounds,
    main_day,
    standing_day,
    webcert_days,
    year_limits,
)
from fmbstats.results.headline import answer_form

# Name of a case: least and largest time, as FMB states it.
CASES = {
    "no leave": ("", "0 d"),
    "light": ("", "2 wk"),
    "medium": ("2 wk", "3 mo"),
    "heavy": ("3 mo", "12 mo"),
    "open": ("2 wk", ""),
}
INF = math.inf


def case(name, **other):
    least, largest = (said.split() or [None, None] for said in CASES[name])
    found = {
        "case_id": name,
        "edition": "2017-01-30",
        "min_number": least[0] and int(least[0]),
        "min_unit": least[1],
        "max_number": largest[0] and int(largest[0]),
        "max_unit": largest[1],
        "limit_kind": None,
        "limit_reason": None,
    }
    found |= {"number": found["max_number"], "unit": found["max_unit"]}
    return found | other


def rows(names):
    return [case(name.strip()) for name in names.split("+")]


@pytest.mark.parametrize(
    ("possible", "longest", "shortest", "stated", "least_min", "most_min"),
    [
        # possible cases         longest shortest stated  least times
        ("light",                     14,      14,    14,     0,   0),
        ("light + medium",            90,      14,    90,     0,  14),
        ("medium + heavy",           365,      90,   365,    14,  90),
        ("light + open",             INF,      14,    14,     0,  14),
        ("open",                     INF,     INF,   None,   14,  14),
        ("no leave",                   0,       0,     0,     0,   0),
        ("no leave + light",          14,       0,    14,     0,   0),
    ],
)  # fmt: skip
def test_limits_of_a_set_of_possible_cases(
    possible, longest, shortest, stated, least_min, most_min
):
    found = bounds(rows(possible), 30)
    assert (found["longest"], found["shortest"]) == (longest, shortest)
    assert found["stated"] == stated or (stated is None and math.isnan(found["stated"]))
    assert (found["least_min"], found["most_min"]) == (least_min, most_min)


def test_a_year_of_twelve_months_has_365_days_for_the_chain_and_372_in_webcert():
    heavy = rows("heavy")
    assert bounds(heavy, 30)["longest"] == 365
    assert bounds(heavy, 31)["longest"] == webcert_days(heavy) == 372
    assert math.isnan(webcert_days(rows("open")))
    assert webcert_days(rows("light + medium")) == 93


def test_no_case_at_all_bounds_nothing():
    found = bounds([], 30)
    assert (found["longest"], found["shortest"]) == (INF, INF)
    assert math.isnan(found["stated"])


def test_equal_sets_share_a_number_in_whatever_order_they_come():
    sets = PossibleSets({})
    first = sets.number(rows("light + medium"), rows("light + medium"))
    assert sets.number(rows("medium + light"), rows("light + medium")) == first
    assert sets.number(rows("light + open"), rows("light + open")) == first + 1
    assert sets.sets["n_cases"].to_list() == [2, 2]
    assert sets.sets["n_without_limit"].to_list() == [0, 1]
    assert sets.members.rows() == [
        (0, "light", "2017-01-30"),
        (0, "medium", "2017-01-30"),
        (1, "light", "2017-01-30"),
        (1, "open", "2017-01-30"),
    ]


def test_what_is_known_narrows_a_set_and_points_back_to_the_one_without_it():
    sets, every = PossibleSets({}), rows("light + heavy")
    known = sets.number(every, rows("heavy"), "code")
    found = sets.sets.row(known, named=True)
    assert (found["evidence"], found["shortest_days_30"]) == ("code", 365)
    base = sets.sets.row(found["base_id"], named=True)
    assert (base["evidence"], base["shortest_days_30"]) == (None, 14)
    arrays = {name: sets.sets[name].to_numpy() for name in sets.sets.columns}
    limits = Limits.of_arrays(arrays, 30)
    assert limits.shortest[known] == 365
    assert limits.without_evidence().shortest[known] == 14


def test_a_code_is_judged_when_one_of_its_cases_has_a_limit_though_none_is_left():
    sets = PossibleSets({})
    left = sets.number(rows("light + open"), rows("open"), "code")
    never = sets.number(rows("open"), rows("open"))
    judged = sets.sets["is_judged"].to_list()
    assert judged[left]
    assert not judged[never]
    arrays = {name: sets.sets[name].to_numpy() for name in sets.sets.columns}
    limits = Limits.of_arrays(arrays, 30)
    assert limits.longest[left] == INF  # no spell is surely too long
    assert math.isnan(limits.longest[never])  # and here nothing is asked
    assert math.isnan(limits.longest[-1])  # the id -1: no recommendation


def test_a_later_correction_is_seen_beside_what_was_in_force():
    corrected = {"light": case("light", max_number=4, max_unit="wk")}
    sets = PossibleSets(corrected)
    number = sets.number(rows("light"), rows("light"))
    found = sets.sets.row(number, named=True)
    assert (found["longest_days_30"], found["newest_longest_days_30"]) == (14, 28)


def test_as_stated_leaves_out_that_a_case_without_limit_is_possible():
    limits = Limits.plain([14, 30, np.nan], [np.inf, 90, np.nan])
    assert limits.as_stated().longest[:2].tolist() == [14, 90]
    assert math.isnan(limits.as_stated().longest[2])


@pytest.mark.parametrize(
    ("spells", "entry_day", "day"),
    [
        # spells with the limit 14, 60, 90
        ((50, 30, 20), 0, 14),
        ((50, 30, 20), 14, 60),  # the register does not see the first two weeks
        ((50, 20, 20), 14, 90),  # equally common: the larger
        ((50, 0, 0), 14, None),
    ],
)
def test_the_one_day_is_the_limit_of_most_spells_that_are_seen(spells, entry_day, day):
    limits = Limits.plain([14, 60, 90], [14, 60, 90])
    assert main_day(dict(enumerate(spells)), limits, entry_day) == day


def test_limits_of_a_year_in_which_fmb_was_revised():
    """Of 100 spells 60 began under limit 60, withdrawn on 30 January; then only an open case."""
    limits = Limits.plain([60, 60, np.inf], [60, np.inf, np.inf])
    revised = date(2017, 1, 30)
    found = year_limits(
        {0: 60, 1: 30, 2: 10},
        limits,
        {0: revised},
        [(60, date(2015, 11, 15), revised), (60, revised, date.max), (math.nan, revised, date.max)],
        year=2017,
        entry_day=14,
    )
    assert found.main_day == 60
    assert found.unlimited_share == pytest.approx(0.4)
    assert found.only_unlimited_share == pytest.approx(0.1)
    assert found.lifted_until == revised - timedelta(days=1)
    assert found.limits == (DatedLimit(60),)


def test_a_limit_that_comes_and_one_that_goes_are_dated():
    revised = date(2017, 1, 30)
    found = year_limits(
        {0: 1},
        Limits.plain([60], [60]),
        {},
        [(60, date(2015, 11, 15), revised), (90, revised, date.max)],
        year=2017,
        entry_day=14,
    )
    gone, come = DatedLimit(60, until=date(2017, 1, 29)), DatedLimit(90, since=revised)
    assert found.limits == (gone, come)
    assert found.withdrawn == (gone,)
    assert found.lifted_until is None


def test_without_spells_no_share_is_told():
    found = year_limits({}, Limits.plain([60], [60]), {}, [], year=2017, entry_day=14)
    assert found.main_day is None
    assert math.isnan(found.unlimited_share)


def test_the_standing_day_lies_in_the_longest_stretch_without_a_change():
    half = date(2017, 7, 2)
    assert standing_day([(date(2015, 1, 1), half)], 2017) == date(2017, 1, 1)
    assert standing_day([(half, date.max)], 2017) == half
    assert standing_day([], 2017) == date(2017, 12, 31)


# -- edges that a changed sign in the code was not noticed at --------------------------------------


def test_the_id_below_all_sets_stands_for_no_recommendation():
    sets = PossibleSets({})
    sets.number(rows("light"), rows("light"))
    found = sets.sets
    assert found["match_id"].to_list() == [0]
    assert found["webcert_days"].to_list() == [14]
    limits = Limits.of_arrays({name: found[name].to_numpy() for name in found.columns}, 30)
    assert (limits.is_judged.dtype, limits.is_judged.tolist()) == (bool, [True, False])
    assert limits.base.tolist() == [0, -1]
    assert math.isnan(limits.stated[-1])


def test_plain_limits_are_their_own_base_and_state_the_finite_end():
    limits = Limits.plain([14, 30, 60], [90, np.inf, 60])
    assert limits.stated[:3].tolist() == [90, 30, 60]
    assert limits.base.tolist() == [0, 1, 2, -1]
    assert limits.least_min.tolist() == limits.most_min.tolist() == [0, 0, 0, 0]
    assert limits.is_judged.tolist() == [True, True, True, False]
    # Whole numbers are days like any others.
    assert Limits.plain([14], [90]).longest.tolist()[:1] == [90]
    assert limits.without_evidence().base.tolist() == limits.base.tolist()


def test_where_only_a_case_without_limit_is_possible_nothing_is_stated_in_its_place():
    assert Limits.plain([np.inf], [np.inf]).as_stated().longest[0] == INF


def test_least_times_follow_the_months_too_and_are_0_without_cases():
    assert bounds(rows("heavy"), 31)["least_min"] == 93
    assert (bounds([], 30)["least_min"], bounds([], 30)["most_min"]) == (0, 0)


REVISED = date(2017, 1, 30)


def lifted(ends, spells=(1, 1), shortest=(60, 60), longest=(60, np.inf), year=2017):
    """Return what is said of a limit of 60 days beside a set with an open case."""
    found = year_limits(
        dict(enumerate(spells)),
        Limits.plain(shortest, longest),
        {0: ends},
        [],
        year=year,
        entry_day=14,
    )
    return found.lifted_until


@pytest.mark.parametrize(
    ("case", "day"),
    [
        ({"ends": REVISED}, date(2017, 1, 29)),
        ({"ends": date(2017, 12, 31)}, date(2017, 12, 30)),
        # in force to the last day of the year, or beyond: nothing was lifted
        ({"ends": date(2018, 1, 1)}, None),
        ({"ends": date(2018, 1, 15)}, None),
        # all years at once have no day
        ({"ends": REVISED, "year": None}, None),
        # what lasts has a limit, too; or nothing lasts
        ({"ends": REVISED, "longest": (60, 90)}, None),
        ({"ends": REVISED, "spells": (1, 0)}, None),
        # a limit that the register does not see
        ({"ends": REVISED, "longest": (14, np.inf)}, None),
        # what was open before it went had no limit to lift
        ({"ends": REVISED, "longest": (np.inf, np.inf)}, None),
    ],
)
def test_when_a_limit_was_lifted(case, day):
    assert lifted(**case) == day


@pytest.mark.parametrize(
    ("shortest", "gone", "is_lasting"),
    [
        ((60, 0), {0: REVISED}, False),  # only the withdrawn one can be seen
        ((0, 60), {0: REVISED}, True),
        ((60, np.inf), {0: REVISED}, True),  # none of what lasts has a limit: 0
        ((60, 0), {}, True),
        ((60, 60), {0: REVISED, 1: REVISED}, True),  # nothing lasts
    ],
)
def test_whether_the_upper_bound_rests_on_limits_that_last(shortest, gone, is_lasting):
    limits = Limits.plain(shortest, (90, 90))
    found = year_limits({0: 1, 1: 9}, limits, gone, [], year=2017, entry_day=14)
    assert found.is_upper_lasting == is_lasting
    form = answer_form(0.2, 0.9, has_unlimited=False, is_upper_lasting=found.is_upper_lasting)
    assert form == ("between" if is_lasting else "least")


def test_sets_without_spells_or_without_any_limit_count_for_nothing():
    limits = Limits.plain([60, 60, np.nan], [60, np.inf, np.nan])
    found = year_limits({0: 1, 1: 0, 2: 5}, limits, {}, [], year=2017, entry_day=14)
    assert (found.main_day, found.unlimited_share) == (60, 0)
    # A set that no spell has does not keep a limit from being lifted.
    found = year_limits(
        {0: 1, 1: 1, 2: 0},
        Limits.plain([60, 60, 90], [60, np.inf, 90]),
        {0: REVISED},
        [],
        year=2017,
        entry_day=14,
    )
    assert found.lifted_until == date(2017, 1, 29)


@pytest.mark.parametrize(
    ("start", "end", "since", "until"),
    [
        ("2016-01-01", "2019-01-01", None, None),
        ("2017-01-01", "2018-01-01", None, None),  # the whole year
        ("2017-01-02", "2018-01-01", "2017-01-02", None),
        ("2016-01-01", "2017-12-31", None, "2017-12-30"),
        ("2016-01-01", "2018-01-15", None, None),
    ],
)
def test_a_limit_is_dated_where_it_does_not_hold_all_the_year(start, end, since, until):
    start, end = date.fromisoformat(start), date.fromisoformat(end)
    found = year_limits({}, Limits.plain([], []), {}, [(60, start, end)], year=2017, entry_day=14)
    wanted = (day and date.fromisoformat(day) for day in (since, until))
    assert found.limits == (DatedLimit(60, *wanted),)


def test_over_all_years_limits_are_told_in_order_without_days():
    cases = [(90, REVISED, date.max), (60, date.min, REVISED), (90, date.min, REVISED)]
    found = year_limits({}, Limits.plain([], []), {}, cases, year=None, entry_day=14)
    assert found.limits == (DatedLimit(60), DatedLimit(90))
