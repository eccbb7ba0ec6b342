"""Display tables: structure, alignment, and hostile text that stays text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from fmbstats import tables
from fmbstats.media import in_html
from fmbstats.words import Absent


class _Reader(HTMLParser):
    """Collects tags and cell texts as a browser would see them."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if data.strip():
            self.texts.append(data)


def _frame():
    return pd.DataFrame(
        {
            "stratum": ["Kvinnor", "Män"],
            "n_spells": [12345, 678],
            "exceedance": pd.Series([0.1234, Absent.TRUNCATED_R], dtype=object),
        }
    )


def test_heads_scopes_and_caption():
    read = _Reader(tables.html_table(_frame(), "Andelar", formats={"exceedance": "percent1"}))
    heads = [attrs for tag, attrs in read.tags if tag == "th"]
    assert [h["scope"] for h in heads] == ["col", "col", "col", "row", "row"]
    assert [tag for tag, _ in read.tags].count("caption") == 1
    assert read.texts[:4] == ["Andelar", "Grupp", "Sjukfall", "Andel längre än gränsen"]
    assert read.tags[0][1] == {
        "class": "table-scroll",
        "role": "region",
        "aria-label": "Andelar",
        "tabindex": "0",
    }


def test_numbers_are_aligned_and_absent_ones_are_words():
    text = tables.html_table(_frame(), "Andelar", formats={"exceedance": "percent1"})
    assert '<td class="num">12\N{NO-BREAK SPACE}345</td>' in text
    assert '<td class="num">12,3\N{NO-BREAK SPACE}%</td>' in text
    assert '<td class="absent">gränsen ligger före registrets första dag</td>' in text


def test_english_table():
    read = _Reader(tables.html_table(_frame(), "Shares", "en", {"exceedance": "percent"}))
    assert "12,345" in read.texts
    assert "12%" in read.texts
    assert "Spells" in read.texts


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "&lt;b&gt;",
    "\u202eevil\u202c",
    "=cmd|' /C calc'!A0",
    "'; drop table mart_spells; --",
    "x" * 5000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_wherever_it_stands(text):
    frame = pd.DataFrame({text: [text], "n": [1]})
    page = tables.html_table(frame, text, css_class=text[:40])
    read = _Reader(page)
    allowed = {"div", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert {tag for tag, _ in read.tags} <= allowed
    assert not any(name.startswith("on") for _, attrs in read.tags for name in attrs)
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page)
    assert len(page) < 5000


def test_right_to_left_letters_are_isolated():
    assert in_html("שלום <b>") == "<bdi>שלום &lt;b&gt;</bdi>"


def test_an_empty_frame_is_a_sentence():
    text = tables.html_table(pd.DataFrame({"a": []}), "Tom")
    assert text == '<p class="empty">Det finns inget att visa.</p>'


def test_missing_zero_and_not_reached_are_three_things():
    values = [0.0, np.nan, Absent.NOT_REACHED]
    frame = pd.DataFrame({"median_days": pd.Series(values, dtype=object)})
    read = _Reader(tables.html_table(frame, "M", formats={"median_days": "days"}, n_row_headers=0))
    assert read.texts[-3:] == ["0", "uppgift saknas", "ej uppnådd"]


def test_formats_are_guessed_from_the_values():
    frame = pd.DataFrame(
        {
            "text": ["a", "b"],
            "whole": [1000, 2],
            "part": [0.25, 1.0],
            "mixed": pd.Series([3, Absent.NO_SPELLS], dtype=object),
            "when": pd.to_datetime(["2017-01-01", "2018-01-01"]),
        }
    )
    read = _Reader(tables.html_table(frame, "G"))
    assert read.texts[6:11] == ["a", "1\N{NO-BREAK SPACE}000", "0,2", "3", "2017-01-01"]


def test_a_format_for_a_column_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="formats for columns that are not there: nn"):
        tables.html_table(_frame(), "A", formats={"nn": "percent"})


def test_an_unknown_format_names_the_known_ones():
    with pytest.raises(
        ValueError, match="format 'shares' is not one of text, number, percent, days, date"
    ):
        tables.Format.of("shares1")


def test_csv_keeps_numbers_and_guards_formulas():
    frame = pd.DataFrame(
        {
            "stratum": ["=1+1", "@x", " +1", "-1", "Män\u202e"],
            "share": pd.Series([0.5, Absent.NO_SPELLS, 0, 1, 2], dtype=object),
            "n": [1, 2, 3, 4, 5],
        }
    )
    safe = tables.csv_frame(frame)
    assert safe.stratum.tolist() == ["'=1+1", "'@x", "'+1", "'-1", "Män[U+202E]"]
    assert safe.share.tolist() == [0.5, "inga sjukfall", 0, 1, 2]
    assert safe.n.tolist() == [1, 2, 3, 4, 5]
    assert frame.stratum[0] == "=1+1"
