"""What changed between two editions, and how it is written."""

import io
from datetime import date

import polars as pl

from fmbstats.recommendations.diff import compare_editions

D2, D3, FIRST = date(2018, 2, 27), date(2020, 4, 2), date(2015, 11, 15)


def pair(make_edition, old_cases, new_cases, codes=("F32", "F33"), **kinds):
    entry = {"e": (list(codes), FIRST)}
    return compare_editions(
        make_edition(D2, entry, old_cases, case_codes=kinds.get("old_codes")),
        make_edition(D3, entry, new_cases, case_codes=kinds.get("new_codes")),
    )


def test_equal_editions_have_no_changes(invented_editions):
    found = compare_editions(invented_editions[2], invented_editions[2])
    assert found.frame.is_empty()
    assert found.text() == "From 2020-04 to 2020-04: no changes."
    assert found.html() == "<p>inga ändringar.</p>"


def test_the_invented_editions(invented_editions):
    found = compare_editions(*invented_editions[1:])
    assert found.frame.select("kind", "item_id", "change", "old", "new", "is_silent").rows() == [
        ("case", "2", "length", "3 mo", "3 wk", True),
        ("case", "51", "new", None, "4 wk", False),
        ("case", "50", "withdrawn", "2 wk", None, False),
    ]
    assert found.text().splitlines() == [
        "From 2018-02 to 2020-04: 1 length corrected (1 silently), 1 new, 1 withdrawn.",
        "",
        "Length corrected (1)",
        "  silently  2        Påhittad ryggvärk                   M99.0, M99.1          "
        "3 mo → 3 wk",
        "",
        "New (1)",
        "  case      51       Påhittad skada                      T90.0                 4 wk",
        "",
        "Withdrawn (1)",
        "  case      50       Påhittad skada                      T90.0                 2 wk",
    ]


def test_a_correction_with_a_new_version_is_not_silent(make_edition):
    found = pair(
        make_edition,
        [("a", ["F32"], 3, "mo", FIRST)],
        [("a", ["F32"], 6, "mo", FIRST, {"version": "2"})],
    )
    assert found.of("length")["is_silent"].to_list() == [False]


def test_changed_codes_name_what_went_and_came(make_edition):
    found = pair(make_edition, [("a", ["F32"], 3, "mo", FIRST)], [("a", ["F33"], 3, "mo", FIRST)])
    assert found.of("codes").select("old", "new").rows() == [("without F32", "with F33")]


def test_a_fuller_code_list_of_the_other_service_is_no_change(make_edition):
    cases = ([("a", ["F32"], 3, "mo", FIRST)], [("a", ["F32", "F33"], 3, "mo", FIRST)])
    assert pair(make_edition, *cases, old_codes="one").frame.is_empty()
    assert pair(make_edition, *cases).of("codes").height == 1


def test_the_page_is_swedish_whole_and_escapes_all_text(make_edition):
    hostile = [("a", ["F32"], 3, "mo", FIRST), ("b", ["F32"], 2, "wk", FIRST)]
    found = pair(make_edition, hostile[:1], hostile)
    row = found.frame.with_columns(pl.lit("<script>alert(1)</script>").alias("item"))
    page = type(found)(found.old, found.new, row).page()
    assert page.startswith('<!doctype html>\n<html lang="sv">')
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page
    assert "<h2>Nya (1)</h2>" in page
    assert "<td>2 v</td>" in page
    assert '<html lang="en">' in found.page("en")
    assert "<td>2 wk</td>" in found.page("en")


def test_the_csv_reads_back(invented_editions):
    found = compare_editions(*invented_editions[1:])
    again = pl.read_csv(io.StringIO(found.csv()), infer_schema=False)
    assert again.columns == found.frame.columns
    assert again.height == 3


def test_committed_silent_corrections_of_2020(committed):
    by_name = {e.name: e for e in committed.editions}
    found = compare_editions(by_name["2018-02"], by_name["2020-04"])
    silent = found.of("length").filter("is_silent")
    assert sorted(silent["item_id"], key=int) == ["68", "97", "104", "159", "320", "440", "575"]
    assert silent.height == found.of("length").height
