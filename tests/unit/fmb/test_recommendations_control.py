"""Content control: each finding on an invented edition, then the known ones of 2020-04."""

from datetime import date

import polars as pl

from fmbstats.recommendations.content_control import check_content
from fmbstats.sources.fmb.edition_tables import SCHEMAS, Edition

DAY, FIRST = date(2020, 4, 2), date(2015, 11, 15)


def edited(edition, table, **columns):
    """Give an edition with columns of one table set."""
    tables = {t: getattr(edition, t) for t in SCHEMAS}
    tables[table] = tables[table].with_columns(
        **{name: pl.Series(values, dtype=SCHEMAS[table][name]) for name, values in columns.items()}
    )
    return Edition(**tables, source=edition.source)


def test_two_limits_for_cases_that_nothing_tells_apart(make_edition):
    cases = [("a", ["F32"], 3, "mo", FIRST), ("b", ["F32"], 6, "mo", FIRST)]
    report = check_content(make_edition(DAY, {"e": (["F32"], FIRST)}, cases))
    assert report.of("two_limits").select("item_id", "finding").rows() == [
        ("a", "3 mo, while case b says 6 mo, by equal criteria")
    ]
    assert report.n_errors == 1


def test_a_text_that_says_otherwise_than_the_number(make_edition):
    cases = [("a", ["F32"], 3, "mo", FIRST), ("b", ["F33"], 4, "mo", FIRST)]
    edition = make_edition(DAY, {"e": (["F32", "F33"], FIRST)}, cases)
    edition = edited(edition, "cases", text_lengths=["6 mo", "120 d"])
    assert check_content(edition).of("text_number")["item_id"].to_list() == ["a"]


def test_a_sentence_that_names_only_other_lengths(make_edition):
    edition = make_edition(DAY, {"e": (["F32"], FIRST)}, [("a", ["F32"], 0, "d", FIRST)])
    edition = edited(edition, "cases", text_lengths=["0 d"], sentence_lengths=["1 wk | 2 wk"])
    report = check_content(edition)
    assert report.of("sentence_number")["finding"].to_list() == [
        "the sentence names 1 wk, 2 wk; stored is 0 d"
    ]
    assert report.n_errors == 0


def test_codes_claimed_twice_unknown_stray_or_uncovered(make_edition):
    edition = make_edition(
        DAY,
        {"e": (["F32", "F33"], FIRST), "f": (["F32"], FIRST)},
        [("a", ["F32"], 3, "mo", FIRST), ("b", ["Q11"], 3, "mo", FIRST)],
    )
    report = check_content(edition, {"F32", "F33"})
    findings = report.frame.filter(pl.col("check") != "no_number")
    assert findings.select("check", "item_id", "codes", "finding").rows() == [
        ("two_entries", "e", "F32", "also claimed by entry f"),
        ("no_entry", "b", "Q11", "no entry has any of its codes"),
        ("unknown_code", "b", "Q11", "Q11 is not in the code list"),
        ("no_case", "e", "F33", "no case has this code"),
    ]
    assert check_content(edition).of("unknown_code").is_empty()


def test_a_one_code_edition_is_not_blamed_for_its_service(make_edition):
    edition = make_edition(
        DAY, {"e": (["F32", "F33"], FIRST)}, [("a", ["F32"], 3, "mo", FIRST)], case_codes="one"
    )
    assert check_content(edition).of("no_case").is_empty()


def test_starts_that_run_day_by_day(make_edition):
    cases = [(str(n), ["D25"], n + 3, "wk", date(2015, 11, 15 + n)) for n in range(4)]
    report = check_content(make_edition(DAY, {"e": (["D25"], FIRST)}, cases))
    assert report.of("fill_dates")["finding"].to_list() == [
        "2015-11-15 to 2015-11-18, with cases 1, 2, 3"
    ]


def test_every_finding_says_what_to_do(committed):
    for edition in committed.editions:
        report = check_content(edition)
        assert not report.frame.is_empty()
        assert report.frame.filter(pl.col("advice").str.len_chars() < 10).is_empty()
        assert report.frame.filter(pl.col("item_id") == "").is_empty()


def test_the_2020_edition(committed):
    report = check_content(committed.newest)
    counts = dict(report.frame["check"].value_counts().iter_rows())
    assert counts == {
        "two_limits": 2, "text_number": 2, "fill_dates": 5, "open_ended": 21, "relative": 3,
        "sentence_number": 3, "no_case": 3, "no_number": 81, "doubtful": 14,
    }  # fmt: skip
    assert report.of("text_number").select("item_id", "codes", "finding").rows() == [
        (
            "365",
            "M05, M06",
            "says 'ofta i mer än 3 månader, ibland upp till 6 månader', stores 3 mo",
        ),
        ("368", "M32", "says 'Upp till 6 månader', stores 3 mo"),
    ]
    assert report.of("relative")["item_id"].to_list() == ["258", "388", "186"]
    assert "case 368" in report.text()


def test_case_320_was_a_mismatch_before_it_was_corrected(committed):
    by_name = {e.name: e for e in committed.editions}
    for name, found in (("2016-09", True), ("2018-02", True), ("2020-04", False)):
        ids = check_content(by_name[name]).of("text_number")["item_id"].to_list()
        assert ("320" in ids) is found
