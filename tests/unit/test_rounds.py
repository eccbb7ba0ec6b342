"""Evaluation rounds: what a file may say, and which entries it means."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmbstats.batch.asked import read_request
from fmbstats.errors import SourceError, UnknownNameError
from fmbstats.pages.selection import entries_of_round
from fmbstats.rounds import Round, find_round, read_round, read_rounds
from fmbstats.sources.fmb.edition_tables import newest_edition, read_editions
from fmbstats.store.paths import source_hash

DATA_RAW = Path(__file__).parents[2] / "data_raw"
GOOD = """name = "one"
title = "En runda"
year = 2016
edition = "2016-09"
entries = ["F32", "F30-F31"]
source = "ett brev"
is_complete = true
"""


@pytest.fixture
def write_round(tmp_path):
    def write(text: str, name: str = "one") -> Path:
        path = tmp_path / "rounds" / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def editions():
    return read_editions(DATA_RAW / "fmb")


def test_a_round_says_what_its_file_says(write_round):
    found = read_round(write_round(GOOD))
    assert found == Round("one", "En runda", 2016, "2016-09", ("F32", "F30-F31"), "ett brev", True)
    assert not found.is_all
    assert found.previous is None


BOTH = GOOD.replace('"En runda"', '{ sv = "En runda", en = "A round" }').replace(
    '"ett brev"', '{ en = "a letter", sv = "ett brev" }'
)


def test_texts_of_a_round_come_in_both_languages(write_round):
    found = read_round(write_round(BOTH))
    assert found.title == {"sv": "En runda", "en": "A round"}
    assert [found.title_in(language) for language in ("sv", "en")] == ["En runda", "A round"]


def test_a_single_text_is_swedish_and_refused_on_english_pages(write_round, tmp_path):
    found = read_round(write_round(GOOD))
    found.check_language("sv")
    said = (
        "rounds/one.toml, field 'title': is one text, expected one for each language of the pages. "
        'Write title = { sv = "...", en = "..." }, or leave out --language.'
    )
    with pytest.raises(SourceError) as caught:
        read_request(
            tmp_path, round_name="one", only="", year=None, default_year=2017, language="en"
        )
    assert str(caught.value) == said
    assert caught.value.exit_code >= 10


def test_shipped_rounds_are_in_both_languages():
    for found in read_rounds(DATA_RAW).values():
        for language in ("sv", "en"):
            found.check_language(language)
        assert found.title_in("sv") != found.title_in("en")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"En runda"', '{ sv = "En runda" }',
         "title, en: is missing; expected a text of at most 500 characters."),
        ('"En runda"', '{ sv = "En runda", en = "" }',
         "title, en: '' came; expected a text of at most 500 characters."),
        ('name = "one"', 'name = "two"',
         "name: 'two' came; expected 'one', the name of the file."),
        ('name = "one"', 'name = "../x"',
         "name: '../x' came; expected small letters a-z, digits and hyphens, such as "
         "'ki-2016'."),
        ('name = "one"', 'name = "2016"',
         "name: '2016' came; expected small letters a-z, digits and hyphens, such as "
         "'ki-2016'."),
        ("year = 2016", 'year = "2016"',
         "year: '2016' came; expected a year, 1990 to 2100, without quotes."),
        ("year = 2016", "year = true",
         "year: True came; expected a year, 1990 to 2100, without quotes."),
        ("year = 2016\n", "", "year: is missing; expected a year, 1990 to 2100, without quotes."),
        ("is_complete = true", "is_complete = 1",
         "is_complete: 1 came; expected true or false, without quotes."),
        ('title = "En runda"', 'title = " "',
         "title: ' ' came; expected a text of at most 500 characters, or a section with "
         "sv, en."),
        ('entries = ["F32", "F30-F31"]', "entries = []",
         "entries: [] came; expected one of 'all', or a list of 1 to 1000 items, each a text of at "
         "most 100 characters."),
        ('entries = ["F32", "F30-F31"]', 'entries = ["F32", 5]',
         "entries, item 2: 5 came; expected a text of at most 100 characters."),
        ('entries = ["F32", "F30-F31"]', 'entries = ["F32", "F32"]',
         "entries: named twice: F32."),
        ("is_complete", "is_completed",
         "key 'is_completed' is unknown. Did you mean 'is_complete'? Known keys: name, title, "
         "year, edition, entries, source, is_complete, previous."),
        ('source = "ett brev"', 'source = "ett brev"\nprevious = "one"',
         "previous: 'one' came; expected another round."),
    ],
)  # fmt: skip
def test_a_bad_field_is_named_with_its_file(write_round, old, new, said):
    path = write_round(GOOD.replace(old, new))
    with pytest.raises((SourceError, UnknownNameError)) as caught:
        read_round(path)
    assert str(caught.value) in (f"{path.name}, {said}", f"{path.name}: {said}")


def test_text_that_is_no_toml_is_refused_with_its_line(write_round):
    path = write_round('name = "one"\ntitle = En runda\n')
    with pytest.raises(SourceError) as caught:
        read_round(path)
    assert str(caught.value).startswith(f"{path.name}: is not TOML (")
    assert "line 2" in str(caught.value)


def test_a_file_in_another_encoding_is_refused(write_round):
    path = write_round(GOOD)
    path.write_bytes(GOOD.replace("En", "Årets").encode("cp1252"))
    with pytest.raises(
        SourceError, match=r"is not UTF-8, so the file is not TOML\. Save it again in UTF-8\.$"
    ):
        read_round(path)


def test_an_unknown_previous_round_is_refused(write_round, tmp_path):
    write_round(GOOD + 'previous = "zero"\n')
    with pytest.raises(SourceError) as caught:
        read_rounds(tmp_path)
    assert str(caught.value).endswith(
        "one.toml, field 'previous': there is no round 'zero'. Known: one."
    )


def test_an_unknown_round_names_the_known_ones():
    with pytest.raises(UnknownNameError) as caught:
        find_round(DATA_RAW, "ki-2017")
    assert caught.value.exit_code == 2
    assert str(caught.value) == (
        "Round 'ki-2017' is unknown. Did you mean 'ki-2016'? "
        f"Known: all, ki-2016 (in {DATA_RAW / 'rounds'})."
    )


def test_shipped_rounds_hold_what_is_known(editions):
    rounds = read_rounds(DATA_RAW)
    assert rounds["all"].is_complete
    assert rounds["all"].is_all
    assert len(entries_of_round(editions, rounds["all"])) == newest_edition(editions).entries.height
    ki = rounds["ki-2016"]
    assert not ki.is_complete
    slugs = {slug for _, slug, _ in entries_of_round(editions, ki)}
    assert {"depressiv-episod", "bipolar-sjukdom", "epilepsi", "brostcancer"} <= slugs
    assert "akut-lumbago" not in slugs


@pytest.mark.parametrize(
    ("entries", "edition", "said"),
    [
        (("F32",), "2016-10",
         "rounds/one.toml, field 'edition': '2016-10' came, expected one of 2015-11, 2016-09, "
         "2017-10, 2018-02, 2020-04, 2021-05 (folders of data_raw/fmb)."),
        (("F32", "X70-X84"), "2016-09",
         "rounds/one.toml, field 'entries': no entry of 2020-04 has a code in 'X70-X84'."),
    ],
)  # fmt: skip
def test_a_round_about_nothing_is_refused(editions, entries, edition, said):
    with pytest.raises(SourceError) as caught:
        entries_of_round(editions, Round("one", "A", 2016, edition, entries, "-", True))
    assert str(caught.value) == said


def test_an_unknown_entry_of_a_round_is_named(editions):
    with pytest.raises(SourceError, match=r"^rounds/one\.toml, field 'entries': Entry 'F99X'"):
        entries_of_round(editions, Round("one", "A", 2016, "2016-09", ("F99X",), "-", True))


def test_options_of_a_run_are_put_together():
    plain = read_request(DATA_RAW, round_name=None, only="", year=None, default_year=2017)
    assert (plain.year, plain.round, plain.members, plain.with_overview) == (2017, None, None, True)
    single = read_request(DATA_RAW, round_name=None, only="F32", year=2015, default_year=2017)
    assert (single.year, single.with_overview) == (2015, False)
    assert [slug for _, slug, _ in single.selected] == ["depressiv-episod"]
    alone = read_request(DATA_RAW, round_name=None, only="overview", year=None, default_year=2017)
    assert (alone.selected, alone.with_overview) == ((), True)
    of_round = read_request(
        DATA_RAW, round_name="ki-2016", only="overview", year=None, default_year=2017
    )
    assert (of_round.with_overview, of_round.selected, of_round.year) == (True, (), 2016)
    assert len(of_round.members) == 20
    whole = read_request(DATA_RAW, round_name="ki-2016", only="", year=2016, default_year=2017)
    assert whole.year == 2016
    assert len(whole.selected) == len(whole.members) < 116


@pytest.mark.parametrize(
    ("only", "year", "said"),
    [
        ("", 2017,
         "The round 'ki-2016' is about 2016, --year says 2017. Leave out --year, or write a round "
         "for that year."),
        ("M54.5", None, "--only M54.5 names no entry of the round 'ki-2016'."),
    ],
)  # fmt: skip
def test_options_that_contradict_the_round_are_refused(only, year, said):
    with pytest.raises(UnknownNameError) as caught:
        read_request(DATA_RAW, round_name="ki-2016", only=only, year=year, default_year=2017)
    assert str(caught.value) == said
    assert caught.value.exit_code == 2


def test_a_new_round_leaves_the_store_as_it_is(tmp_path, write_round):
    (tmp_path / "fmb").mkdir()
    (tmp_path / "fmb" / "a.csv").write_text("x")
    before = source_hash(tmp_path)
    write_round(GOOD)
    assert source_hash(tmp_path) == before
    (tmp_path / "fmb" / "a.csv").write_text("y")
    assert source_hash(tmp_path) != before
