"""One registry says what every measure is; told values carry their rows to pages and table."""

from __future__ import annotations

import math
import re
from html import unescape

import pytest

from fmbstats import measures, words
from fmbstats.errors import UnknownNameError
from fmbstats.told import Telling, Told, cell_text, row_id, sentence, tell
from fmbstats.words import Absent

NBSP = "\N{NO-BREAK SPACE}"
DATA = re.compile(r'<data value="([^"]*)" data-row="([^"]*)"(?: data-of="([^"]*)")?>([^<]*)</data>')


@pytest.mark.parametrize("key", measures.MEASURES)
def test_every_measure_has_words_in_both_languages(key):
    for language in words.LANGUAGES:
        assert words.phrase(f"metric.{key}", language)


def test_every_measure_stands_once_and_is_of_a_known_kind():
    entries = list(measures._all())
    assert len(entries) == len(measures.MEASURES)
    assert {entry.kind for entry in entries} <= set(measures.KINDS)
    assert {entry.follows for entry in entries} <= set(measures.FOLLOWS)


def test_what_a_measure_is_nested_in_is_a_measure_of_the_same_unit():
    for measure in measures.MEASURES.values():
        if measure.nested_in:
            assert measures.measure(measure.nested_in).unit == measure.unit, measure.key


@pytest.mark.parametrize(
    "make",
    [
        lambda: measures.measure("share_over_longst"),
        lambda: Told("share_over_longst"),
        lambda: Told("n_spells", by="cuonty"),
        lambda: measures.checked_group("cuonty"),
    ],
)
def test_an_unknown_name_is_an_error_that_tells_the_nearest(make):
    with pytest.raises(UnknownNameError, match=r"Did you mean '(share_over_longest|county)'"):
        make()


def test_a_column_that_the_table_does_not_have_is_an_error():
    with pytest.raises(ValueError, match="person_id"):
        Told("n_spells", 3, more={"person_id": "1"})
    with pytest.raises(ValueError, match="person_id"):
        Telling(person_id="1")


@pytest.mark.parametrize(
    ("told", "options", "swedish", "english"),
    [
        (Told("share_over_longest", 0.3, 0.289, 0.31), {}, "30,0 %", "30.0%"),
        (
            Told("share_over_longest", 0.3, 0.289, 0.31),
            {"interval": True},
            "30,0 % (28,9–31,0 %)",
            "30.0% (28.9–31.0%)",
        ),
        (
            Told("quantile_50_days", 41, 39, math.nan),
            {"interval": True},
            "41 (39 – ej uppnådd)",
            "41 (39 – not reached)",
        ),
        (Told("share_on_leave", 0.5, 0.5, 0.5), {"interval": True}, "50,0 % (50,0 %)", None),
        (Told("n_spells", 25616), {"unit": True}, "25 616 sjukfall", "25,616 spells"),
        (Told("recommended_max_days", 90), {"unit": True}, "90 dagar", "90 days"),
        (Told("q_value", 0.0000004), {}, "<0,001", "<0.001"),
        (
            Told("difference_share_over_limit", -0.021),
            {},
            "−2,1 procentenheter",
            "−2.1 percentage points",
        ),
        (Told("share_over_longest", reason=Absent.NO_LIMIT), {}, None, None),
        (Told("share_over_longest", flags="truncated_r"), {"interval": True}, None, None),
    ],
)
def test_a_number_is_written_as_its_measure_says(told, options, swedish, english):
    for language, expected in (("sv", swedish), ("en", english)):
        text = told.text(language, **options)
        if expected is not None:
            assert text.replace(NBSP, " ") == expected
        # What is told in HTML reads the same, and each number in it stands in its row.
        html = told.html(language, **options)
        assert unescape(re.sub("<[^>]+>", "", html)) == text
        for value, row, column, _ in DATA.findall(html):
            assert value == told.cells.get(column or "estimate", "")
            assert row == row_id(told.cells)


def test_a_missing_number_says_why_in_cell_and_flag():
    told = Told("share_over_longest", reason=Absent.NO_LIMIT)
    assert told.text("sv") == Absent.NO_LIMIT.text("sv")
    assert told.cells["flags"] == "no_limit"
    assert "estimate" not in told.cells
    assert Told("share_over_range", lo=0.2, hi=0.4).cells["flags"] == "bounds_only"
    assert Told("share_over_range").cells["flags"] == "missing"


def test_a_telling_gathers_each_row_once_with_what_the_report_is_about():
    over = Told("share_over_longest", 0.3, part="measures")
    with Telling(slug="f32", dx="F32", start_year=2017) as telling:
        over.html()
        sentence("absent.suppressed.short", "en", threshold=Told("threshold", 5))
        over.html("en", interval=True)
    assert [row["metric"] for row in telling.rows] == ["share_over_longest", "threshold"]
    assert {row["slug"] for row in telling.rows} == {"f32"}


def test_the_same_number_with_two_values_is_refused():
    with Telling(slug="f32") as telling:
        tell(Told("n_spells", 12))
        tell(Told("n_spells", 12))
        tell(Told("n_spells", 12, by="sex", stratum="men"))
        with pytest.raises(ValueError, match=r"told twice with other \['estimate'\]"):
            tell(Told("n_spells", 13))
    assert len(telling.rows) == 2


def test_tellings_nest_and_the_innermost_gathers():
    with Telling(slug="index") as outer, Telling(slug="f32") as inner:
        tell(Told("n_spells", 12))
    assert not outer.rows
    assert inner.rows[0]["slug"] == "f32"


def test_text_from_data_cannot_become_markup_or_hide():
    html = sentence(
        "answer.unseen", "sv", n=Told("n_spells", 9), name="<b>x", entry_day="14",
        limits="", longest="", shortest="", reason="",
    )  # fmt: skip
    assert "<b>" not in html
    told = Told(
        "recommended_max_days", 7, label='"><script>', stratum="a\N{RIGHT-TO-LEFT OVERRIDE}b"
    )
    assert "script" not in told.html()
    assert told.cells["stratum"] == "a[U+202E]b"
    assert cell_text("a\x1b[31mb") == "a[U+001B][31mb"


@pytest.mark.parametrize(("threshold", "smallest"), [(3, 6), (5, 6), (6, 6), (7, 12), (10, 12)])
def test_pages_name_the_smallest_group_that_the_rule_tells(threshold, smallest):
    from fmbstats.pages.frame import Frame
    from fmbstats.pages.site.index import method_page

    _, rows = method_page(Frame("T", has_search=False), language="sv", threshold=threshold)
    (row,) = [row for row in rows if row["metric"] == "smallest_group"]
    assert float(row["estimate"]) == smallest
