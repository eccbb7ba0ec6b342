"""Which recommendation a code finds, under both look-ups; limits in days."""

from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fmbstats.codes import CodeError
from fmbstats.recommendations import Recommendations, limit_days
from fmbstats.recommendations.limits import days_said

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
        ("F438A", "F438", "shorter", 180, 180, ("shorter", 372)),
        ("F43.8", "F438", "exact", 180, 180, ("exact", 372)),
        ("F439", None, "none", None, None, ("none", None)),
        ("S832", "S832", "exact", 10, 84, ("exact", 84)),
        ("F43", "F43", "category", 0, 365, ("none", None)),
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
        "1 open-ended case, no limit",
        "1 case without number",
    )


def test_open_ended_cases_have_no_limit_but_webcert_takes_their_number(committed):
    assert committed.on("F438", DAY).max_limit_days == 180
    assert committed.on("F438", DAY, month_days=31).max_limit_days == 186
    assert committed.on("F438", DAY, lookup="webcert").max_limit_days == 372


def test_a_code_without_number_does_not_fall_back_to_a_broader_one(committed):
    found = committed.on("M659B", DAY, lookup="webcert")
    assert (found.match_level, found.max_limit_days) == ("exact", None)


def test_webcert_takes_the_largest_over_at_most_three_diagnoses(committed):
    assert committed.webcert_limit(["M545", "F32"], DAY) == 186
    assert committed.webcert_limit(["F439"], DAY) is None
    with pytest.raises(ValueError, match="4 diagnoses; Webcert takes at most three"):
        committed.webcert_limit(["F32"] * 4, DAY)


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
    assert alone.limits_table().is_empty()
    assert alone.match_table(["F32"]).is_empty()
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
    table = committed.match_table(["Z853", "F438A", "zz", None, "F43.8A"])
    assert table.rows() == [
        ("Z853", "Z853", "exact", date(2019, 6, 18), None),
        ("F438A", "F438", "shorter", date(2015, 11, 15), None),
        ("F43.8A", "F438", "shorter", date(2015, 11, 15), None),
    ]


def test_the_code_map_of_the_newest_day(committed):
    assert committed.code_map(["F438A", "F43", "F439", "!", "F43"]).rows() == [
        ("F438A", "F438", "shorter"),
        ("F43", "F43", "category"),
        ("F439", None, "none"),
        ("!", None, "none"),
    ]


CODES = ["F32", "F43", "F438A", "M54", "M544", "C50", "D25", "N80", "G41", "S12", "S83", "R05",
         "F30", "F17", "M65", "M659", "M659B", "O47", "Z853", "X99"]  # fmt: skip


@pytest.fixture(scope="module")
def tables(committed):
    """The tables to join, made once."""
    by_code = {code: committed.match_table([code]) for code in CODES}
    limits = {days: committed.limits_table(days) for days in (30, 31)}
    return by_code, limits, committed.case_limits_table()


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
def test_the_tables_to_join_give_what_asking_gives(code, day, month_days, committed, tables):
    asked = committed.on(code, day, month_days)
    by_code, all_limits, all_cases = tables
    match = valid(by_code[code], day)
    if asked.match_level == "none":
        assert match.is_empty()
        return
    assert match.select("matched_code", "match_level").rows() == [
        (asked.matched_code, asked.match_level)
    ]
    is_matched = pl.col("matched_code") == asked.matched_code
    limits = valid(all_limits[month_days].filter(is_matched), day)
    assert limits.select("min_limit_days", "max_limit_days", "n_cases", "n_entries").rows() == [
        (asked.min_limit_days, asked.max_limit_days, asked.cases.height, asked.entries.height)
    ]
    cases = valid(all_cases.filter(is_matched), day)
    assert sorted(cases["case_id"]) == sorted(asked.cases["case_id"])


def test_periods_of_a_matched_code_never_overlap(committed):
    table = committed.limits_table().sort("matched_code", "valid_from")
    overlap = table.with_columns(
        pl.col("valid_from").shift(-1).over("matched_code").alias("next")
    ).filter(
        pl.col("next").is_not_null()
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("next")))
    )
    assert overlap.is_empty()
    assert table.select(pl.struct("matched_code", "valid_from").is_unique().all()).item()


def test_webcert_never_finds_less_specific_limits_than_its_own_rule(committed):
    """Its limit is never under the largest true maximum by months of 31 days."""
    table = committed.limits_table(31).filter("is_own_code")
    assert table.filter(pl.col("webcert_limit_days") < pl.col("max_limit_days")).is_empty()
