"""Phrases, numbers, dates: both languages whole, every reason its own words."""

from __future__ import annotations

import re
import string

import numpy as np
import pandas as pd
import pytest
from babel.numbers import format_decimal

from fmbstats import tables, words
from fmbstats.errors import UnknownNameError
from fmbstats.told import Told, sentence
from fmbstats.words import Absent, catalogue
from fmbstats.words.__main__ import write
from fmbstats.words.catalogue import texts

NBSP = "\N{NO-BREAK SPACE}"


CATALOGUES = {language: texts(language).phrases for language in words.LANGUAGES}


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_no_translation_is_missing():
    keys = {language: set(phrases) for language, phrases in CATALOGUES.items()}
    every = set().union(*keys.values())
    assert {language: sorted(every - found) for language, found in keys.items()} == {
        language: [] for language in words.LANGUAGES
    }


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_phrase_needs_the_same_values_in_every_language_and_has_no_stray_blanks(language):
    english = CATALOGUES["en"]
    for key, text in CATALOGUES[language].items():
        assert text, key
        assert _fields(text) == _fields(english[key]), key
        assert "" not in _fields(text), key
        # A phrase of several lines may be laid out with blanks.
        assert "\n" in text or (text == text.rstrip(" ") and "  " not in text), key


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_catalogues_are_sorted_by_key(language):
    lines = (catalogue.CATALOGUES / f"{language}.po").read_text("utf-8").splitlines()
    keys = [line for line in lines if line.startswith("msgid")][1:]
    assert keys == sorted(keys)
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("language", ["sv", "en"])  # other languages count otherwise
def test_what_follows_a_count_agrees_with_it(language):
    """A plural that some phrase chooses by a count stands right after a count in no other."""
    chosen = re.compile(r"\{(\w+)\}[ \xa0]\{\1:(\w+)[^|}]*\|(\w+)[^|}]*\}")
    plurals = {m[3] for text in CATALOGUES[language].values() for m in chosen.finditer(text)}
    plurals -= {"are", "lie"}
    assert len(plurals) > 8
    bare = re.compile(r"\{(?!share\})\w+\}[ \xa0](?:" + "|".join(sorted(plurals)) + r")\b")
    known = ("finding.reached.words",)
    assert [k for k, t in CATALOGUES[language].items() if bare.search(t) and k not in known] == []


@pytest.mark.parametrize("n", [0, 1, 2, 1234, "1", f"1{NBSP}001", Told("n_spells", 1), "··"])
def test_a_phrase_agrees_with_its_count(n):
    is_one = str(getattr(n, "estimate", n)) in ("1", "1.0")
    if not isinstance(n, Told):
        assert ("diagnoser" in words.phrase("overview.fold.rest", "sv", n=n)) != is_one
    english = str(sentence("overview.fold.rest", "en", n=n))
    assert ("diagnosis that is" in english, "diagnoses that are" in english) == (is_one, not is_one)


def test_no_english_phrase_is_left_in_swedish():
    swedish = re.compile(r"[åäö]|\b(och|sjukfall|dagar|län|andel|gräns)\b", re.IGNORECASE)
    left = {
        key: re.sub("Försäkringskassan|Skåne", "", text)
        for key, text in CATALOGUES["en"].items()
        if not key.startswith("county_name.")
    }
    assert [key for key, english in left.items() if swedish.search(english)] == []


@pytest.fixture
def finnish(tmp_path, monkeypatch):
    """Return a third language: a catalogue of a few phrases, in a folder of one's own."""
    monkeypatch.setattr(catalogue, "_FILES", dict(catalogue._FILES))
    path = tmp_path / "fi.po"
    page = {
        "word.and": "ja",
        "unit.days.many": "päivää",
        "stratum.sex": "Sukupuoli",
        "stratum.sex.women": "Naiset",
        "column.n_spells": "Sairauslomia",
    }
    write(path, "fi_FI", page)
    return words.add_language(path)


def test_a_third_language_is_a_file(finnish):
    assert words.percent(0.123, language=finnish) == f"12,3{NBSP}%"
    assert words.number(1234.5, 1, finnish) == f"1{NBSP}234,5"
    assert words.days(90, finnish) == f"90{NBSP}päivää"
    assert words.joined(["a", "b"], finnish) == "a ja b"
    assert words.date("2017-12-31", finnish) == "31 joulukuuta 2017"
    # What is not translated yet is said in English.
    assert words.phrase("stratum.sex.men", finnish) == "Men"


def test_a_table_speaks_a_third_language(finnish):
    frame = pd.DataFrame({"stratum": ["women"], "n": [1234]})
    with words.speaking(finnish):
        shown = pd.DataFrame(
            {
                words.stratum_title("sex"): [words.stratum("sex", s) for s in frame["stratum"]],
                words.phrase("column.n_spells"): [words.count(n) for n in frame["n"]],
            }
        )
        html = tables.html_table(shown, caption="…")
    for said in ("Sukupuoli", "Naiset", "Sairauslomia", f"1{NBSP}234"):
        assert said in html


def test_one_language_is_spoken_at_a_time():
    with words.speaking("en"):
        assert words.stratum("sex", "women") == "Women"
        with words.speaking("sv"):
            assert words.percent(0.5) == f"50,0{NBSP}%"
        assert Absent.NOT_REACHED.text() == "not reached"
    assert words.stratum("sex", "women") == "Kvinnor"


def test_a_changed_catalogue_is_read_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "_FILES", dict(catalogue._FILES))
    path = tmp_path / "nn.po"
    write(path, "nn_NO", {"word.and": "og"})
    assert words.phrase("word.and", words.add_language(path)) == "og"
    write(path, "nn_NO", {"word.and": "samt"})
    catalogue._read.cache_clear()
    assert words.phrase("word.and", "nn") == "samt"


def test_reasons_carry_the_flag_names_of_results():
    assert {"truncated_r", "beyond_followup", "not_reached", "bounds_only", "small_n"} <= {
        reason.value for reason in Absent
    }
    assert Absent("truncated_r").text() == "gränsen ligger före registrets första dag"


def test_reasons_stay_what_they_are_in_a_data_frame():
    assert pd.Series([Absent.NOT_REACHED, Absent.NO_SPELLS]).tolist()[0] is Absent.NOT_REACHED


def test_a_missing_value_names_phrase_and_value():
    with pytest.raises(KeyError, match=r"absent\.suppressed\.short.*threshold"):
        words.phrase("absent.suppressed.short")


def test_an_unknown_language_is_refused_with_the_known_ones():
    known = " or ".join(f"'{language}'" for language in words.LANGUAGES)
    with pytest.raises(UnknownNameError, match=rf"Language 'se' is unknown\..*Use {known}\."):
        words.phrase("word.and", "se")


@pytest.mark.parametrize(
    ("value", "decimals", "swedish", "english"),
    [
        (12345.64, 1, f"12{NBSP}345,6", "12,345.6"),
        (0, 0, "0", "0"),
        (-0.01, 1, "0,0", "0.0"),
        (-1234, 0, f"\N{MINUS SIGN}1{NBSP}234", "\N{MINUS SIGN}1,234"),
        (np.int64(1_000_000), 0, f"1{NBSP}000{NBSP}000", "1,000,000"),
        (np.float32(0.5), 2, "0,50", "0.50"),
        (None, 0, "uppgift saknas", "missing"),
        (float("nan"), 1, "uppgift saknas", "missing"),
        (Absent.NOT_REACHED, 0, "ej uppnådd", "not reached"),
    ],
)
def test_numbers(value, decimals, swedish, english):
    assert words.number(value, decimals) == swedish
    assert words.number(value, decimals, "en") == english


@pytest.mark.parametrize("value", [0.5, 1.5, 2.5, 0.125, 999.95, 1e6, 123456789.25, -4321.05])
@pytest.mark.parametrize("decimals", [0, 1, 2])
@pytest.mark.parametrize(("language", "locale"), [("sv", "sv_SE"), ("en", "en_GB")])
def test_numbers_are_written_as_babel_writes_them(value, decimals, language, locale):
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    expected = format_decimal(value, format=pattern, locale=locale).replace("-", "\N{MINUS SIGN}")
    assert words.number(value, decimals, language) == expected


def test_no_number_is_ever_written_as_infinite():
    with pytest.raises(ValueError, match="infinite"):
        words.number(float("inf"))


@pytest.mark.parametrize(
    ("value", "swedish", "english"),
    [
        (0.123, f"12,3{NBSP}%", "12.3%"),
        (1, f"100,0{NBSP}%", "100.0%"),
        (0.0, f"0,0{NBSP}%", "0.0%"),
        (Absent.TRUNCATED_R, "gränsen ligger före registrets första dag", None),
    ],
)
def test_percentages(value, swedish, english):
    assert words.percent(value) == swedish
    assert english is None or words.percent(value, language="en") == english


def test_percentages_round_the_decimal_number_that_was_given():
    # 0.285 * 100 is 28.499999999999996 in binary.
    assert words.percent(0.2865, 1, "en") == "28.6%"
    assert words.percent(0.285, 0, "en") == "28%"


def test_days_and_spells_bend_their_nouns():
    assert words.days(1) == f"1{NBSP}dag"
    assert words.days(1234) == f"1{NBSP}234{NBSP}dagar"
    assert words.days(49.5, decimals=1) == f"49,5{NBSP}dagar"
    assert words.days(Absent.NOT_REACHED, "en") == "not reached"
    assert words.spells(1, "en") == f"1{NBSP}spell"


def test_dates():
    assert words.date("2017-12-31T00:00:00") == "31 december 2017"
    assert words.date(np.datetime64("2017-01-02").astype(object), "en") == "2 January 2017"
    assert words.date(None) == "uppgift saknas"


def test_intervals():
    assert words.interval(0.123, 0.145) == f"12,3–14,5{NBSP}%"
    assert words.interval(0.1, 0.1) == f"10,0{NBSP}%"
    assert words.interval(28, 90, "days", 0) == f"28–90{NBSP}dagar"
    assert words.interval(28, Absent.NOT_REACHED, "days", 0) == f"28{NBSP}dagar – ej uppnådd"


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (0.5, "percent", f"50{NBSP}%"),
        ("2020-04-02", "date", "2020-04-02"),
        ("abc", "text", "abc"),
        (None, "text", "uppgift saknas"),
        (Absent.NO_LIMIT, "date", "ingen tidsgräns"),
        (90, "days", "90"),
    ],
)
def test_cells(value, kind, expected):
    assert words.cell(value, kind) == expected


def test_all_21_counties_have_names():
    assert len(words.COUNTIES) == 21
    assert words.county("99") == "99"


def test_strata():
    assert words.stratum("county_code", "12") == "Skåne län"
    assert words.stratum("county_code", "all", "en") == "Sweden"
    assert words.stratum("start_year", 2017) == "2017"
    assert words.stratum("sex", None) == "uppgift saknas"
    assert words.stratum("end_reason", 3, "en") == "Disability benefit"
    assert words.stratum_title("age_group") == "Ålder"


def test_hidden_signs_become_visible():
    assert words.visible("a\u202eb\x00c\u200d") == "a[U+202E]b[U+0000]c[U+200D]"
    assert words.visible("två\n rader\t ") == "två rader"
    assert words.visible("x" * 900).endswith("…")
    assert len(words.visible("x" * 900)) == 500
    assert words.visible("\ud800") == "[U+D800]"


def test_joined():
    assert words.joined([]) == ""
    assert words.joined(["a"]) == "a"
    assert words.joined(["a", "b"]) == "a och b"
