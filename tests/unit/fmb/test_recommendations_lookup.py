"""Which recommendation a code finds, under both look-ups; limits in days."""

import math
from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fmbstats.codes import CodeError
from fmbstats.recommendations.join_tables import Recommendations
from fmbstats.recommendations.limits import days_said, limit_days

DAY = date(2018, 6, 1)


@pytest.mark.parametrize(
    ("number", "unit", "by_30", "by_31"),
    [
        (10, "d", 10, 10), (0, "d", 0, 0), (3, "wk", 21, 21), (26, "wk", 182, 182),
        (1, "mo", 30, 31), (3, "mo", 90, 93), (6, "mo", 180, 186), (11, "mo", 330, 341),
        (12, "mo", 365, 372), (24, "mo", 730, 744), (None, None, None, None),
    ],
)  # fmt: skip
def test_limits_in_days_by_both_month_conventions(number, unit, by_30, by_31):
    assert limit_days(number, unit) == by_30
    assert limit_days(number, unit, 31) == by_31


def test_other_units_and_conventions_are_refused():
    with pytest.raises(ValueError, match="unit is 'y'; expected d, wk or mo"):
        limit_days(1, "y")
    with pytest.raises(ValueError, match="month_days is 28; expected 30 or 31"):
        limit_days(1, "mo", 28)


def test_days_that_a_wording_can_mean():
    assert days_said("3 mo | 2 wk") == {14, 90, 93}
    assert days_said(None) == set()


@pytest.mark.parametrize(
    ("code", "matched", "level", "low", "high", "webcert"),
    [
        ("F438A", "F438", "shorter", 180, None, ("shorter", 372)),
        ("F43.8", "F438", "exact", 180, None, ("exact", 372)),
        ("F439", None, "none", None, None, ("none", None)),
        ("S832", "S832", "exact", 10, 84, ("exact", 84)),
        ("F43", "F43", "category", 0, None, ("none", None)),
        ("F320", "F32", "shorter", 0, 180, ("shorter", 186)),
        ("M545", "M545", "exact", 7, 14, ("exact", 14)),
        ("M54", "M54", "category", 7, 42, ("none", None)),
        ("G20", "G20", "exact", None, None, ("exact", None)),
        ("X99", None, "none", None, None, ("none", None)),
    ],
)
def test_look_up_examples(code, matched, level, low, high, webcert, committed):
    found = committed.on(code, DAY)
    assert (found.matched_code, found.match_level) == (matched, level)
    assert (found.min_limit_days, found.max_limit_days) == (low, high)
    tool = committed.on(code, DAY, lookup="webcert")
    assert (tool.match_level, tool.max_limit_days) == webcert
    assert tool.min_limit_days == tool.max_limit_days


def test_f43_spans_four_entries_and_says_so(committed):
    found = committed.on("F43", DAY)
    assert found.entries["entry_id"].to_list() == ["498", "501", "520", "546"]
    assert found.notes == (
        "4 entries under F43",
        "2 cases without limit: no upper limit",
    )


def test_open_ended_cases_have_no_limit_but_webcert_takes_their_number(committed):
    assert committed.on("F438", DAY).min_limit_days == 180
    assert committed.on("F438", DAY, month_days=31).min_limit_days == 186
    assert committed.on("F438", DAY).max_limit_days is None
    assert committed.on("F438", DAY, lookup="webcert").max_limit_days == 372


def test_a_code_without_number_does_not_fall_back_to_a_broader_one(committed):
    found = committed.on("M659B", DAY, lookup="webcert")
    assert (found.match_level, found.max_limit_days) == ("exact", None)


def test_a_code_with_own_and_finer_recommendations_says_so(committed):
    assert committed.on("S83", DAY).notes == (
        "sub-codes with recommendations of their own: S83.2, S83.5, S83.6",
    )


def test_before_the_first_edition_nothing_was_in_force(committed):
    found = committed.on("F32", date(2015, 11, 14))
    assert found.match_level == "none"
    assert found.notes == ("the first known recommendation for F32 begins on 2015-11-15",)


def test_a_development_edition_alone_recommends_nothing(committed):
    development = next(e for e in committed.editions if e.name == "2017-10")
    alone = Recommendations([development])
    assert alone.newest is None
    assert alone.on("F32", DAY).match_level == "none"
    assert alone.possible(["F32"]).matches.is_empty()
    assert committed.newest.name == "2020-04"


def test_a_malformed_code_or_look_up_is_refused(committed):
    with pytest.raises(CodeError, match="is not an ICD-10-SE code"):
        committed.on("rygg", DAY)
    with pytest.raises(ValueError, match="lookup is 'other'; expected one of fmbstats, webcert"):
        committed.on("F32", DAY, lookup="other")


def test_the_text_of_a_recommendation(committed):
    assert committed.on("F32", date(2016, 6, 1)).text().splitlines() == [
        "F32 on 2016-06-01",
        "limit: 90 to 180 days (months of 30 days, look-up fmbstats)",
        "",
        "  entry 463  Depressiv episod",
        "  case 464     F32     90 days               Upp till 3 månader"
        "  [2016-09, from 2015-11-15]",
        "  case 465     F32     180 days              Upp till 6 månader"
        "  [2016-09, from 2015-11-15]",
    ]


def test_a_code_that_reached_fmb_later_is_matched_only_then(committed):
    found = committed.possible(["Z853", "F438A", "zz", None, "F43.8A"])
    assert found.matches.rows() == [
        ("Z853", "Z853", "exact", date(2019, 6, 18), None, 0),
        ("F438A", "F438", "shorter", date(2015, 11, 15), date(2017, 1, 30), 1),
        ("F438A", "F438", "shorter", date(2017, 1, 30), None, 2),
        ("F43.8A", "F438", "shorter", date(2015, 11, 15), date(2017, 1, 30), 1),
        ("F43.8A", "F438", "shorter", date(2017, 1, 30), None, 2),
    ]


CODES = ["F32", "F43", "F438A", "M54", "M544", "C50", "D25", "N80", "G41", "S12", "S83", "R05",
         "F30", "F17", "M65", "M659", "M659B", "O47", "Z853", "X99"]  # fmt: skip


@pytest.fixture(scope="module")
def possible(committed):
    """The tables to join, made once."""
    return committed.possible(CODES)


def valid(table, day):
    return table.filter(
        (pl.col("valid_from") <= day) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > day))
    )


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    code=st.sampled_from(CODES),
    day=st.dates(date(2015, 1, 1), date(2021, 12, 31)),
    month_days=st.sampled_from([30, 31]),
)
def test_the_tables_to_join_give_what_asking_gives(code, day, month_days, committed, possible):
    asked = committed.on(code, day, month_days)
    match = valid(possible.matches.filter(pl.col("code") == code), day)
    if asked.match_level == "none":
        assert match.is_empty()
        return
    assert match.select("matched_code", "match_level").rows() == [
        (asked.matched_code, asked.match_level)
    ]
    number = match["match_id"][0]
    found = possible.sets.row(number, named=True)
    assert found["n_cases"] == asked.cases["case_id"].n_unique()
    ends = (found[f"shortest_days_{month_days}"], found[f"longest_days_{month_days}"])
    assert [None if math.isinf(day) else day for day in ends] == [
        asked.min_limit_days, asked.max_limit_days
    ]  # fmt: skip
    members = possible.members.filter(pl.col("match_id") == number)
    assert set(members["case_id"]) == set(asked.cases["case_id"])


def test_periods_of_a_code_never_overlap_and_equal_sets_share_a_number(committed, possible):
    table = possible.matches.sort("code", "valid_from")
    following = table.with_columns(pl.col("valid_from").shift(-1).over("code").alias("next"))
    overlap = following.filter(
        pl.col("next").is_not_null()
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("next")))
    )
    assert overlap.is_empty()
    again = committed.possible(["F438A", "F438", "F43.8"]).matches
    assert again["match_id"].n_unique() == 2
