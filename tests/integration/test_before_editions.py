"""Of years before every edition no recommendation is known: no page says that it has no limit."""

from __future__ import annotations

import re

import pytest

import fmbstats
from fmbstats.overview import Overview
from fmbstats.pages.diagnosis import answer, groups
from fmbstats.pages.diagnosis.page import diagnosis_page
from fmbstats.pages.frame import Frame
from fmbstats.pages.site.entries import entries_of
from fmbstats.pages.site.index import index_page
from fmbstats.terminal import diagnosis_text
from fmbstats.words import Absent, phrase

BEFORE = 2014
LANGUAGES = ("sv", "en")


@pytest.fixture(scope="module")
def store(small_store):
    with fmbstats.open_store(small_store) as opened:
        yield opened


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_index_says_that_it_is_not_known(store, language):
    entries = entries_of(Overview.of(store, year=BEFORE))
    assert {str(e.recommended(language)) for e in entries} == {
        phrase("recommended.unknown", language)
    }
    assert {str(e.said(language)) for e in entries} == {phrase("form.unknown", language)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_index_says_of_which_year_the_published_shares_are(store, language):
    entries = entries_of(Overview.of(store, year=BEFORE))
    made, _ = index_page(entries, Frame("index"), language=language, year=BEFORE, pages=())
    years = [f"{e.reached.more['start_year']}" for e in entries if e.reached]
    assert len(set(years)) == 2
    told = re.findall(r'</data> <span class="codes">\(([^()]*)\)</span></td>', made)
    assert [one.split(", ")[-1] for one in told] == years
    assert "M18, 2015" in told  # of one of the entry's six codes


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("code", "title"), [("J20", answer.answer), ("F32", groups.register)])
def test_a_page_says_once_that_it_is_not_known(small_store, code, title, language):
    page = diagnosis_page(code, year=BEFORE, language=language, store=str(small_store))
    card, said = answer.card(page).html, title(page).html
    sentence = Absent.NO_EDITION.sentence(language)
    # Published counts on the page may be of another year: the card says of which.
    assert card.count(phrase("card.no_edition", language, year=str(BEFORE))) == 1
    # Where no published counts are, the title says it.
    headline = phrase("headline.no_edition", language)
    assert (said.count(headline), said.count(sentence)) == ((1, 0) if code == "J20" else (0, 1))
    for text in (phrase("headline.no_limit", language), phrase("form.open", language)):
        assert text not in card + said


def test_the_terminal_says_that_it_is_not_known(store):
    told = diagnosis_text(store.diagnosis("F32", year=BEFORE), None, "sv")
    assert Absent.NO_EDITION.sentence("sv") in told
