"""Validity periods: each rule on an invented history, then on the committed one."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fmbstats.errors import ContradictionError
from fmbstats.recommendations.join_tables import Recommendations
from fmbstats.sources.fmb.answers import write_history

D1, D2, D3 = date(2016, 9, 2), date(2018, 2, 27), date(2020, 4, 2)
FIRST = date(2015, 11, 15)
REVISED = date(2017, 1, 30)


@pytest.fixture
def periods(make_edition, rows):
    """Give (code, case, from, to, ended_by, edition) of editions made of case tuples."""

    def make(*editions):
        made = []
        for day, cases, *rest in editions:
            every = sorted({code for case in cases for code in case[1]} | {"M99"})
            made.append(make_edition(day, {"e": (every, FIRST)}, cases, *rest))
        found = Recommendations(made).history.filter(pl.col("case_id").is_not_null())
        return rows(found, "code", "case_id", "valid_from", "valid_to", "ended_by", "edition")

    return make


def test_a_case_in_the_newest_edition_is_in_force(periods):
    assert periods((D1, [("a", ["F32"], 3, "mo", FIRST)])) == [
        ("F32", "a", FIRST, None, None, "2016-09")
    ]


def test_a_vanished_case_ends_where_its_successor_begins(periods):
    assert periods(
        (D1, [("a", ["F32"], 3, "mo", FIRST)]),
        (D2, [("b", ["F32"], 6, "mo", REVISED)]),
    ) == [
        ("F32", "a", FIRST, REVISED, "successor", "2016-09"),
        ("F32", "b", REVISED, None, None, "2018-02"),
    ]


def test_without_a_successor_it_ends_with_the_next_edition(periods):
    assert periods((D1, [("a", ["F32"], 3, "mo", FIRST)]), (D2, [])) == [
        ("F32", "a", FIRST, D2, "next_edition", "2016-09")
    ]


def test_a_code_left_out_of_the_successor_ends_with_it(periods):
    found = periods(
        (D1, [("a", ["F30", "F31"], 6, "mo", FIRST)]),
        (D2, [("b", ["F31"], 6, "mo", REVISED)]),
    )
    assert found[0] == ("F30", "a", FIRST, REVISED, "successor", "2016-09")


def test_a_partial_or_development_edition_neither_ends_nor_starts(periods):
    production = (D1, [("a", ["F32"], 3, "mo", FIRST)])
    for quality in ("partial", "development"):
        between = (date(2017, 10, 26), [("x", ["F33"], 1, "wk", FIRST)], quality)
        assert periods(production, between) == [("F32", "a", FIRST, None, None, "2016-09")]


def test_a_correction_rules_from_the_edition_that_has_it_and_is_kept_as_a_change(make_edition):
    found = Recommendations(
        [
            make_edition(D2, {"e": (["M544"], FIRST)}, [("320", ["M544"], 3, "mo", FIRST)]),
            make_edition(D3, {"e": (["M544"], FIRST)}, [("320", ["M544"], 3, "wk", FIRST)]),
        ]
    )
    assert found.on("M544", date(2016, 1, 1)).max_limit_days == 90
    assert found.on("M544", date(2020, 4, 1)).max_limit_days == 90
    assert found.on("M544", D3).max_limit_days == 21
    assert found.history["ended_by"].to_list() == ["correction", None]
    assert found.history["published_from"].to_list() == [D2, D3]
    assert set(found.history["changes"]) == {"2020-04 length corrected silently: 3 mo → 3 wk"}


def test_before_the_first_edition_its_content_holds_and_is_marked(make_edition):
    found = Recommendations(
        [make_edition(D1, {"e": (["M544"], FIRST)}, [("1", ["M544"], 3, "wk", FIRST)])]
    )
    row = found.history.row(0, named=True)
    assert (row["valid_from"], row["published_from"]) == (FIRST, D1)


def test_the_same_id_with_another_start_is_a_new_version(periods):
    later = date(2016, 6, 17)
    assert periods(
        (D1, [("a", ["S12"], 3, "wk", FIRST)]),
        (D2, [("a", ["S12"], 5, "wk", later)]),
    ) == [
        ("S12", "a", FIRST, later, "new_version", "2016-09"),
        ("S12", "a", later, None, None, "2018-02"),
    ]


def test_a_case_that_an_earlier_edition_lacks_was_not_public_then(make_edition, rows):
    """The new ids state a start of 2015, but the edition of 2018 still has the old one."""
    found = Recommendations(
        [
            make_edition(D2, {"e": (["D25"], FIRST)}, [("152", ["D25"], 3, "wk", FIRST)]),
            make_edition(D3, {"e": (["D25"], FIRST)}, [("601", ["D25"], 4, "wk", FIRST)]),
        ]
    )
    assert rows(found.history, "case_id", "valid_from", "valid_to", "ended_by") == [
        ("152", FIRST, D3, "successor"),
        ("601", D3, None, None),
    ]
    assert found.on("D25", date(2019, 1, 1)).max_limit_days == 21


def test_an_end_that_only_a_development_edition_states_is_believed(make_edition, rows):
    old = ("484", ["F438"], 12, "mo", FIRST)
    ended = (*old, {"valid_to": date(2017, 1, 29)})
    found = Recommendations(
        [
            make_edition(D1, {"e": (["F438"], FIRST)}, [old]),
            make_edition(date(2017, 10, 26), {"e": (["F438"], FIRST)}, [ended], "development"),
            make_edition(D2, {"e": (["M99"], FIRST)}, []),
        ]
    )
    held = found.history.filter(pl.col("case_id").is_not_null())
    assert rows(held, "case_id", "valid_to", "ended_by") == [("484", REVISED, "stated")]


def test_a_code_that_a_later_edition_drops_ends_with_it(make_edition, rows):
    found = Recommendations(
        [
            make_edition(
                D2, {"e": (["F30", "F31"], FIRST)}, [("a", ["F30", "F31"], 6, "mo", FIRST)]
            ),
            make_edition(D3, {"e": (["F31"], FIRST)}, [("a", ["F31"], 6, "mo", FIRST)]),
        ]
    )
    assert rows(found.history, "code", "valid_to", "ended_by") == [
        ("F30", D3, "left_out"),
        ("F31", None, None),
    ]


def test_a_stated_end_is_the_last_day(periods):
    last = date(2017, 1, 29)
    assert periods((D1, [("a", ["F32"], 3, "mo", FIRST, {"valid_to": last})])) == [
        ("F32", "a", FIRST, REVISED, "stated", "2016-09")
    ]


def test_codes_of_a_one_code_edition_are_completed_from_another(make_edition, rows):
    thin = make_edition(
        D1, {"e": (["F11", "F12"], FIRST)}, [("490", ["F12"], 3, "wk", FIRST)], case_codes="one"
    )
    full = make_edition(
        date(2017, 10, 26),
        {"e": (["F11", "F12"], FIRST)},
        [("490", ["F11", "F12"], 3, "wk", FIRST)],
        "development",
    )
    found = Recommendations([thin, full]).history
    assert rows(found, "code", "edition", "codes_from") == [
        ("F11", "2016-09", "2017-10"),
        ("F12", "2016-09", "2017-10"),
    ]


def test_a_code_of_an_entry_without_case_is_known_but_has_no_limit(make_edition):
    found = Recommendations(
        [make_edition(D3, {"e": (["M202", "M201"], FIRST)}, [("a", ["M201"], 3, "wk", FIRST)])]
    ).on("M202", D3)
    assert (found.match_level, found.cases.height, found.max_limit_days) == ("exact", 0, None)
    assert found.notes == ("the entry names the code but no case has it",)
    assert found.entries["entry_id"].to_list() == ["e"]


def test_an_edition_that_contradicts_itself_stops_and_names_both(make_edition):
    twice = [("a", ["F32"], 3, "mo", FIRST), ("a", ["F32"], 6, "mo", FIRST)]
    with pytest.raises(ContradictionError) as caught:
        Recommendations([make_edition(D3, {"e": (["F32"], FIRST)}, twice)])
    assert str(caught.value) == (
        "edition 2020-04: case a has contradictory limits: 3 mo and 6 mo. "
        "Ask the publisher which one holds; nothing was loaded."
    )


def test_a_code_claimed_by_two_entries_is_a_tie(make_edition, rows):
    found = Recommendations(
        [
            make_edition(
                D3,
                {"e": (["F32"], FIRST), "f": (["F32", "F33"], FIRST)},
                [("a", ["F32"], 3, "mo", FIRST), ("b", ["F32", "F33"], 6, "mo", FIRST)],
            )
        ]
    )
    assert rows(found.ties, "code", "edition", "entry_ids") == [("F32", "2020-04", "e,f")]
    assert found.on("F32", D3).notes == ("claimed by two entries in 2020-04: e,f",)


def test_a_time_without_recommendation_between_two_is_a_gap(make_edition, rows):
    ended = ("a", ["F32"], 3, "mo", FIRST, {"valid_to": D1})
    found = Recommendations(
        [
            make_edition(D1, {"e": (["M99"], FIRST)}, [ended]),
            make_edition(D3, {"g": (["F32"], D2)}, [("b", ["F32"], 3, "mo", D2)]),
        ]
    )
    assert found.on("F32", D1).max_limit_days == 90
    assert found.on("F32", date(2016, 9, 3)).notes == (
        "no recommendation for F32 was in force on 2016-09-03",
    )
    assert rows(found.gaps(), "code", "gap_from", "gap_to") == [("F32", date(2016, 9, 3), D2)]


# --- the committed history


def test_committed_periods_of_a_code_and_case_never_overlap(committed):
    table = committed.in_force_table().filter(pl.col("case_id").is_not_null())
    ordered = table.sort("code", "case_id", "valid_from").with_columns(
        pl.col("valid_to").shift().over("code", "case_id").alias("ended"),
        pl.int_range(pl.len()).over("code", "case_id").alias("number"),
    )
    later = ordered.filter(pl.col("number") > 0)
    corrected = {"206", "265", "337", "429", "430", "440"}
    assert set(later["case_id"]) == corrected | {"193", "194", "195"}  # with a second start
    assert later.filter(
        pl.col("ended").is_null() | (pl.col("ended") > pl.col("valid_from"))
    ).is_empty()


def test_what_was_first_published_later_is_not_in_force_in_2017(committed):
    late = [*map(str, range(601, 605)), *map(str, range(606, 610)), *map(str, range(611, 615))]
    table = committed.in_force_table().filter(pl.col("case_id").is_in(late))
    assert set(table["valid_from"]) == {D3}
    rectal = committed.on("C20", date(2017, 6, 1)).cases.filter(pl.col("case_id") == "429")
    assert rectal["limit_days"].to_list() == [None]  # 8 weeks came with the edition of 2018


def test_codes_that_no_case_of_2016_has_come_from_the_first_complete_edition(committed):
    first = next(e for e in committed.editions if e.name == "2016-09")
    named = set(first.case_codes["code"])
    day = date(2016, 10, 1)
    covered = {c for c in committed.known_codes(day) if committed.on(c, day).cases.height}
    assert len(covered - named) > 100


def test_the_seventeen_psychiatric_entries_change_on_30_january_2017(committed):
    table = committed.in_force_table().filter(pl.col("case_id").is_not_null())
    old = table.filter(pl.col("valid_to") == REVISED)
    new = table.filter(pl.col("valid_from") == REVISED)
    newest = committed.newest.entries
    psychiatric = newest.filter(pl.col("valid_from") == REVISED)["entry_id"]
    assert len(psychiatric) == 17
    assert set(psychiatric) <= set(new["entry_id"])
    assert new.filter(pl.col("entry_id").is_in(psychiatric.implode()))["case_id"].n_unique() == 54
    assert set(old["edition"]) == {"2016-09"}
    assert set(new["code"]) & set(old["code"]) >= {"F32", "F430", "F438", "F411", "F900"}


def test_f32_on_both_sides_of_the_revision(committed):
    before = committed.on("F32", date(2017, 1, 29))
    after = committed.on("F32", REVISED)
    assert (before.editions, after.editions) == (("2016-09",), ("2020-04",))
    assert before.entries["entry_id"].to_list() == ["463"]
    assert after.entries["entry_id"].to_list() == ["508"]
    assert (before.min_limit_days, before.max_limit_days) == (90, 180)
    assert (after.min_limit_days, after.max_limit_days) == (0, 180)


def test_case_320_is_reported_as_silently_corrected(committed, rows):
    silent = committed.changes.filter(
        (pl.col("item_id") == "320") & (pl.col("change") == "length") & pl.col("is_silent")
    )
    assert rows(silent, "from_edition", "to_edition", "old", "new") == [
        ("2018-02", "2020-04", "3 mo", "3 wk")
    ]
    said = committed.history.filter(pl.col("case_id") == "320")["changes"].unique().to_list()
    assert said == [
        "2016-09 text says otherwise than the number; "
        "2018-02 text says otherwise than the number; "
        "2020-04 length corrected silently: 3 mo → 3 wk"
    ]
    assert committed.on("M54.4", date(2016, 5, 1)).cases.filter(pl.col("case_id") == "320")[
        "limit_days"
    ].to_list() == [21]


def test_revised_breast_cancer_ends_the_old_cases(committed):
    before = committed.on("C50", date(2019, 6, 17))
    after = committed.on("C50", date(2019, 6, 18))
    assert before.cases["case_id"].to_list() == [str(i) for i in range(412, 419)]
    assert after.cases["case_id"].to_list() == [str(i) for i in range(633, 641)]


def test_the_committed_history_is_what_follows_from_the_editions(committed, tmp_path):
    write_history(tmp_path, committed.history, committed.changes)
    shipped = Path(__file__).parents[3] / "data_raw" / "fmb"
    for name in ("history.csv", "changes.csv"):
        assert (tmp_path / name).read_bytes() == (shipped / name).read_bytes(), name
