"""The overview's own pieces: grouped tables, differences, and the index with its one script."""

from __future__ import annotations

import base64
import hashlib
import re

import pandas as pd
import pytest

from fmbstats import figures
from fmbstats.figures.differences import alt_difference_plot, difference_plot, signed
from fmbstats.pages.html import Cell, Column, Index, UnsafeHtmlError, index_page, plain_page
from fmbstats.pages.overview_blocks import GroupedTable, probability

CHANGES = pd.DataFrame(
    {
        "label": ["<b>A</b>", "B", "C"],
        "difference": [0.04, 0.0, -0.02],
        "lo": [0.01, -0.01, -0.05],
        "hi": [0.07, 0.01, 0.01],
        "is_sure": [True, False, False],
    }
)


def test_groups_head_their_rows_once():
    data = pd.DataFrame(
        {"Grupp": ["<i>", "<i>", "Y"], "Post": ["a", "b", "c"], "Andel": ["1 (0–2)", "2", "3"]}
    )
    text = GroupedTable(data, "Tabell").html("sv")
    assert text.count("<tbody>") == text.count("</tbody>") == 2
    heads = re.findall(r'<th scope="rowgroup" colspan="2"[^>]*>([^<]*)</th>', text)
    assert heads == ["&lt;i&gt;", "Y"]
    assert "Grupp" not in text
    assert re.findall(r'<th scope="row">(.)</th>', text) == ["a", "b", "c"]
    assert '1 <span style="white-space:nowrap">(0–2)</span>' in text


def test_a_grouped_table_without_rows_says_so():
    assert "<table" not in GroupedTable(pd.DataFrame({"Grupp": [], "Post": []}), "T").html("sv")


@pytest.mark.parametrize(
    ("p", "written"),
    [(0.5, "0,500"), (0.0009, "<\xa00,001"), (0.001, "0,001"), (1.0, "1,000")],
)
def test_probabilities_never_are_zero(p, written):
    assert probability(p, "sv") == written


def test_a_probability_not_known_is_not_applicable():
    assert probability(float("nan"), "en").text("en") == "–"


def test_differences_are_drawn_filled_when_sure():
    _, ax = figures.new_figure("forest", n_rows=3)
    difference_plot(CHANGES, ax, is_synthetic=True)
    shown = {part.get_gid(): part for part in ax.collections}
    assert shown["sure"].get_offsets().tolist() == [[0.04, 0.0]]
    assert shown["unsure"].get_offsets().tolist() == [[0.0, 1.0], [-0.02, 2.0]]
    texts = [t.get_text() for t in ax.texts if t.get_gid() == "difference"]
    assert texts == ["+4,0", "0,0", "−2,0"]
    lowest, highest = ax.get_xlim()
    assert lowest == -highest < -0.07
    assert "SYNTETISKA DATA" in [t.get_text() for t in ax.texts]


def test_words_of_differences_name_the_largest_of_each_direction():
    assert alt_difference_plot(CHANGES, language="en") == (
        "Chart of 3 changes of the share over a fixed limit. 1 of them can be told from chance. "
        "The rise is largest for <b>A</b>, 4.0\xa0percentage points. "
        "The fall is largest for C, 2.0\xa0percentage points."
    )


def test_a_difference_frame_must_be_complete():
    _, ax = figures.new_figure("forest", n_rows=1)
    with pytest.raises(ValueError, match=r"^difference frame lacks column\(s\) is_sure$"):
        difference_plot(CHANGES.drop(columns="is_sure"), ax)


@pytest.mark.parametrize(("share", "written"), [(0.0004, "0,0"), (-0.0004, "0,0"), (0.1, "+10,0")])
def test_a_difference_that_rounds_to_nothing_has_no_sign(share, written):
    assert signed(share) == written


def index(**changes) -> Index:
    about = {
        "title": "Alla",
        "columns": [
            Column("name", "Namn"),
            Column("group", "Grupp"),
            Column("curve", "Kurva", is_picture=True),
            Column("n", "Sjukfall", is_number=True),
        ],
        "rows": [
            {"slug": "a", "name": '"><b>A', "group": "X & Y", "n": Cell("1 234", order="1234"),
             "curve": Cell("En kurva", picture="data:image/svg+xml;base64,AA==")},
            {"slug": "b", "name": "B", "group": "Z", "curve": "ingen kurva",
             "n": Cell("färre än 5", is_absent=True)},
        ],
        "caption": "Poster",
        "group_key": "group",
        "search_keys": ("name",),
        "links": [("overview.html", "Översikt")],
        "controls": dict.fromkeys(
            ("legend", "search", "group", "all_groups", "no_hits", "ascending", "descending",
             "reset", "shown", "sorted"), "ord"),
    }  # fmt: skip
    return Index(**(about | changes))


def test_the_only_script_of_the_index_is_the_one_its_policy_names():
    text = index_page(index(), language="sv", pages={"a"})
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'; base-uri 'none'" in text
    assert "unsafe-eval" not in text
    assert not re.search(r"\son\w+=", text)
    assert not re.search(r"https?://(?!www\.w3\.org)", script)


def test_without_scripts_the_whole_table_stands_there():
    text = index_page(index(), language="sv", pages={"a"})
    assert 'id="controls" hidden' in text
    assert '<a href="a.html">&#34;&gt;&lt;b&gt;A</a>' in text
    assert '<td class="num" data-order="1234">1 234</td>' in text
    assert '<td class="absent right">färre än 5</td>' in text
    assert 'alt="En kurva"' in text
    assert "<option>X &amp; Y</option>" in text
    assert '<a href="overview.html">Översikt</a>' in text


def test_an_index_without_controls_has_no_script():
    text = index_page(index(controls={}), language="en", pages=())
    assert "<script" not in text
    assert "script-src" not in text


def test_a_picture_from_outside_is_refused():
    with pytest.raises(ValueError, match="must lie in the page itself"):
        Cell("x", picture="https://example.org/x.svg")


def test_a_plain_page_is_checked():
    assert "<h1>T</h1>" in plain_page("<h1>T</h1>", title="T")
    with pytest.raises(UnsafeHtmlError):
        plain_page("<script>1</script>", title="T")
