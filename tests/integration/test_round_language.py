"""An English overview and index of a round are English throughout; only names stay Swedish."""

from __future__ import annotations

import functools
import re

import pytest

from fmbstats import words
from fmbstats.pages.html import index_page
from fmbstats.pages.overview_report import overview_report
from fmbstats.pages.yearly_index import index_of
from fmbstats.rounds import find_round

SWEDISH = re.compile(
    r"\b(och|eller|sjukfall\w*|gräns\w*|andel\w*|dagar|län|inte|för|som|av|utan|rekommenda\w*ion\w*er"
    r"|diagnose[rn]\w*|diagnosinf\w*|uppföljning\w*|runda\w*|typfall\w*)\b",
    re.IGNORECASE,
)
# Numbers, codes, editions and words that are the same in both languages.
SAME = re.compile(
    r"[\d\W_]*|[A-Z]\d\d.*|[0-9a-f]{16}|Median.*|fmbstats.*|p(\W.*)?|ki-2016|Register|Program"
)


@pytest.fixture(scope="module")
def report(small_store):
    """Return a function language -> overview of KI's round."""
    return functools.cache(
        lambda language: overview_report(
            year=2016, round_name="ki-2016", language=language, store=str(small_store)
        )
    )


@pytest.fixture(scope="module")
def names(report):
    """Names that FMB, the codes and the sources have in Swedish alone."""
    made = report("en")
    entries, settings = made.overview.entries, made.overview.store.settings
    found = {*entries["name"], *entries["disease_group_name"], settings.register_name}
    for edition in made.editions:
        found |= set(edition.entries["name"]) | set(edition.entry_codes["code_name"].drop_nulls())
    listed = (" ".join(str(name).split()) for name in found)
    return sorted((name for name in listed if len(name) > 3), key=len, reverse=True)


@pytest.fixture(scope="module")
def lines(report, names, read_page):
    """Return a function language -> lines of overview and index without the names."""

    @functools.cache
    def told(language: str) -> list[str]:
        made = report(language)
        found = find_round(made.overview.store.data_folder, "ki-2016")
        index = index_of(made.overview, language, title=found.title_in(language))
        page = index_page(index, language=language, pages=set())
        pages = [read_page(section._repr_html_()) for section in made.sections()]
        pages.append(read_page(page))
        texts = [line for one in pages for _, line in one.lines]
        texts += [image["alt"] for one in pages for image in one.images]
        return [_without(text, names) for text in texts]

    return told


def _without(text: str, names: list[str]) -> str:
    for name in names:
        text = text.replace(name, "")
    return text.strip()


def test_an_english_round_holds_no_swedish_word(lines):
    told = [line for line in lines("en") if not line.startswith("data:")]
    assert len(told) > 200
    assert [line for line in told if SWEDISH.search(line)] == []


def test_no_line_of_a_round_is_half_translated(lines):
    by_language = [
        {line for line in lines(language) if not SAME.fullmatch(line)}
        for language in words.LANGUAGES
    ]
    assert min(map(len, by_language)) > 60
    assert by_language[0] & by_language[1] == set()


def test_swedish_names_say_that_they_are_swedish(report):
    html = report("en").part("measures")._repr_html_()
    heads = re.findall(r'<th (?:lang="(\w+)" )?scope="row', html)
    assert len(heads) > 10
    assert set(heads) == {"sv"}
    assert 'lang="sv"' not in report("sv").part("measures")._repr_html_()
