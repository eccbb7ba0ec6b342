"""Published counts are of one code: what they are held against are the cases for that code."""

from __future__ import annotations

import pytest

from fmbstats.pages.diagnosis import answer, groups, real
from fmbstats.pages.diagnosis.page import diagnosis_page

SPLINTED, HAND = "198", "276"  # of FMB's entries: ten codes, and six


@pytest.fixture(scope="module")
def page(small_store):
    return lambda name: diagnosis_page(name, year=2017, language="sv", store=str(small_store))


@pytest.mark.parametrize(
    ("entry", "code", "limits", "n_open"),
    # Of S52 the entry itself has 120 days; S52.5, counted there too, is another entry's.
    [(SPLINTED, "S52", [35, 84, 120], 1), (HAND, "M18", [90], 0), ("F32", "F32", [0, 90, 180], 0)],
)
def test_limits_are_those_that_any_entry_has_for_the_code(page, entry, code, limits, n_open):
    report = page(entry)
    assert report.published.code == code
    assert (report.held.limits, len(report.held.open)) == (limits, n_open)


def test_the_card_names_the_codes_of_cases_that_are_not_for_all(page):
    card = answer.card(page(HAND)).html
    assert "<dt>M65.4</dt><dd>" in card
    assert ">Artrodes av tumme/artrodes av karpometakarpalled i tumme (M18)</dt>" in card
    assert ">Alla</dt>" not in card
    assert "F32" not in answer.card(page("F32")).html


def test_what_it_would_take_is_told_of_the_longest_limit(page):
    assert ">120</data>" in real.told(page(SPLINTED)).html
    # Of F31 none need have been longer than two years.
    assert real.told(page("F31")).html == ""


def test_no_groups_are_drawn_where_it_cannot_be_told(page):
    report = page("M17")
    assert report.headline.form == "cannot"
    assert groups.groups_figure(report) is None
