"""What the gate takes for said already, and what for a number somebody must have released.

Every row is a sentence as it could stand on a page, and the numbers in it that need a row of the
released table: dates, codes, versions and our own phrases need none.
"""

from __future__ import annotations

import pytest

from fmbstats.gate.known_text import (
    KnownText,
    is_county_count,
    is_day,
    plain_numbers,
)
from fmbstats.words import phrase

PUBLIC = frozenset(
    {
        "Lindrig, upp till 3 månader hos 2 av grupperna",
        "Sårskada, arbete där händerna 4 gånger används mycket",
        "Ryggont 2 veckor",
        "Ryggont 2 veckor, sedan 3 på halvtid",
        "https://example.org/fmb",
        "1234",
    }
)
N = "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def known():
    return {language: KnownText(language, PUBLIC) for language in ("sv", "en")}


@pytest.mark.parametrize(
    ("language", "text", "needs_a_row"),
    [
        ("sv", "Den 2 april 2020 rekommenderades annat.", []),
        ("sv", "Utgåva 2017-01 och 2017-01-30.", []),
        ("sv", "År 2017 började sjukfallen.", []),
        ("sv", "Av 2017 sjukfall", ["2017"]),  # a count in the shape of a year
        ("sv", "2017 % av alla", ["2017 %"]),
        ("sv", "F32.1, F438A och M54-M55 med b152", []),
        ("sv", "F32.1 hos 7", ["7"]),
        ("sv", "fmbstats 0.9.1", []),
        ("sv", "a0b1c2d3e4f5a6b7", []),  # a checksum
        ("sv", "123456789012", ["123456789012"]),  # digits alone are none
        ("sv", "den 90:e percentilen", []),
        ("sv", "den 91 percentilen", ["91"]),
        ("sv", f"25{N}616 sjukfall", [f"25{N}616"]),
        ("sv", "28,9–31,0 %", ["28,9", "31,0 %"]),
        ("sv", "−3,5 dagar", ["−3,5"]),
        ("en", "25,616 spells, 30.7%", ["25,616", "30.7%"]),
        ("en", "on 30 January 2017", []),
        ("en", "on 30 Januari 2017", ["30"]),  # no English date
        ("sv", "lindrig, upp till 3 månader hos 2 av grupperna", []),  # a public wording
        ("sv", "upp till 3 månader hos 2 av", ["3", "2"]),  # a piece of it
        ("sv", "1234", ["1234"]),  # a public name that is nothing but a number excuses none
        ("sv", "Sårskada, arbete där händerna 4 gånger …", []),  # cut at a word
        ("sv", "händerna 4 gånger …", ["4"]),  # cut at its beginning too
        # What stands beside a name that is cut is read all the same.
        ("sv", "7 och Sårskada, arbete där händerna 4 gånger …12", ["7", "12"]),
        ("sv", f"7 Sårskada,{N}arbete där händerna 4 gånger, …x9", ["7", "9"]),
        ("sv", "över ögonen hos 4 …", ["4"]),  # it would stand after every name
        # The longer of two names that begin alike.
        ("sv", "Ryggont 2 veckor, sedan 3 på halvtid", []),
        ("sv", "Om ryggont 2 veckor, sedan 3 på halvtid, och 5", ["5"]),
    ],
)
def test_numbers_that_need_a_row(known, language, text, needs_a_row):
    assert [number.text for number in known[language].numbers(text)] == needs_a_row


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("sv", "två kvinnor", ["två"]),
        ("sv", "en kvinna", ["en"]),
        ("sv", "en ung kvinna", ["en"]),
        ("sv", "en gräns", []),
        ("sv", "tvåa", []),
        ("en", "Twelve men", ["Twelve"]),
        ("en", "a single person", ["single"]),
        ("en", "by sex", []),  # six in Swedish only
        ("sv", "sex personer", ["sex"]),
    ],
)
def test_numbers_in_words(known, language, text, found):
    assert known[language].in_words(text) == found


@pytest.mark.parametrize(
    ("text", "value", "decimals", "is_percent"),
    [
        ("0", 0, 0, False),
        ("12,30", 12.3, 2, False),
        (f"1{N}234{N}567", 1234567, 0, False),
        ("45,6 %", 45.6, 1, True),
        (f"45,6{N}%", 45.6, 1, True),
        ("−2", -2, 0, False),
        ("+2", 2, 0, False),
    ],
)
def test_numbers_as_swedish_writes_them(text, value, decimals, is_percent):
    (number,) = plain_numbers(text, "sv")
    assert (number.value, number.decimals, number.is_percent) == (value, decimals, is_percent)
    assert number.text == text


def test_both_ends_of_an_interval_are_per_cent():
    low, high = plain_numbers("28,9–31,0 %", "sv")
    assert low.is_percent
    assert high.is_percent


def test_text_around_a_number_is_kept():
    (number,) = plain_numbers("längre än 180 dagar", "sv")
    assert (number.before, number.after) == ("längre än ", " dagar")


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("längre än 180 dagar", True),
        ("dag 180", True),
        ("180–365 dagar", True),
        ("minst 181 dagar", True),  # longer than 180 is at least 181
        ("181 dagar", False),
        ("180 sjukfall", False),
        ("180", False),
        ("180,5 dagar", False),
        ("180 % dagar", False),
        ("15–180", True),
        ("15-180", True),
        ("180-365 dagar", True),
        ("15–180;", True),
        ("15–180 kvinnor", False),
        ("at least 181 dagar", True),
        ("högst 181 dagar", False),
    ],
)
def test_days_that_are_limits(known, text, is_told):
    number = known["sv"].numbers(text)[-1 if text.startswith("15") else 0]
    assert is_day(number, {180.0}) is is_told


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("21 län", True),
        ("22 län", False),
        ("0 län", True),
        ("7 sjukfall", False),
        ("7,0 län", False),
    ],
)
def test_counts_of_counties(text, is_one):
    assert is_county_count(plain_numbers(text, "sv")[0]) is is_one


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("Sjukfall med uppgift", []),
        ("Sjukfall med Karlsson", ["Karlsson"]),
        ("Sårsk. och sårska…", ["Sårsk", "sårska"]),  # no text of ours cuts a word
        ("Län.", []),
        ("Kar.", ["Kar"]),
        ("Karls\N{ZERO WIDTH SPACE}son", ["Karls", "son", "\N{ZERO WIDTH SPACE}"]),
        ("٣ sjukfall", ["٣"]),  # a digit of another script
        ("⅔ sjukfall", ["⅔"]),
        ("½ sjukfall", []),  # parts of a degree are ours
        ("R\N{SUPERSCRIPT TWO}", ["R\N{SUPERSCRIPT TWO}"]),  # a word, not a hidden number
        ("3\N{SUPERSCRIPT TWO}", ["\N{SUPERSCRIPT TWO}"]),
    ],
)
def test_words_that_nothing_of_ours_holds(known, text, unknown):
    assert known["sv"].unknown_words(text) == unknown


def test_names_of_the_release_itself_are_known():
    assert KnownText("sv", PUBLIC).unknown_words("Kliniken Björken") == ["Kliniken", "Björken"]
    assert not KnownText("sv", PUBLIC, frozenset({"Kliniken Björken"})).unknown_words("Björken")


def test_addresses_of_public_sources(known):
    assert known["sv"].public_addresses == {"https://example.org/fmb"}


def test_our_own_phrases_need_no_row(known):
    for language in ("sv", "en"):
        said = phrase("index.examples", language)
        assert known[language].unknown_words(said) == []
