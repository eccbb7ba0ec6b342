"""An English overview and index of a round are English throughout; only names stay Swedish."""

from __future__ import annotations

import functools
import re

import lxml.html
import pytest

from fmbstats import words
from fmbstats.pages.frame import Frame, parts_page
from fmbstats.pages.site.entries import entries_of
from fmbstats.pages.site.index import index_page
from fmbstats.pages.site.overview import overview_page
from fmbstats.rounds import find_round

SWEDISH = re.compile(
    r"\b(och|eller|sjukfall\w*|gräns\w*|andel\w*|dagar|län|inte|för|som|av|utan|rekommenda\w*ion\w*er"
    r"|diagnose[rn]\w*|diagnosinf\w*|uppföljning\w*|runda\w*|typfall\w*)\b",
    re.IGNORECASE,
)
# Numbers, codes, editions and words that are the same in both languages.
SAME = re.compile(
    r"[\d\W_]*|\(?[A-Z]\d\d.*|[0-9a-f]{16}|fmbstats.*|ki-2016|CSV|T|Register|Program"
    r"|[\w (]*(?:SVG|PNG|CSV|Parquet)\W*"
)


@pytest.fixture(scope="module")
def report(small_store):
    """Return a function language -> overview of KI's round."""
    return functools.cache(
        lambda language: overview_page(
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
def pages(report):
    """Return a function language -> overview and index of the round."""

    @functools.cache
    def made(language: str) -> list[str]:
        page = report(language)
        overview = page.overview
        found = find_round(overview.store.data_folder, "ki-2016")
        index, _ = index_page(
            entries_of(overview), Frame("T"), language=language, year=2016, pages=(),
            title=found.title_in(language),
        )  # fmt: skip
        return [parts_page(Frame("T"), page.parts(), language), index]

    return made


@pytest.fixture(scope="module")
def lines(pages, names):
    """Return a function language -> texts of overview and index without the names."""

    @functools.cache
    def told(language: str) -> list[str]:
        texts: list[str] = []
        for page in pages(language):
            tree = lxml.html.document_fromstring(page)
            for element in tree.xpath("//style | //script | //*[@lang and not(self::html)]"):
                element.drop_tree()
            texts += tree.xpath("//body//text()")
            texts += tree.xpath("//@aria-label | //@data-head | //@placeholder | //@data-none")
        return [_without(" ".join(text.split()), names) for text in texts]

    return told


def _without(text: str, names: list[str]) -> str:
    for name in names:
        text = text.replace(name, "")
    # Which names stand beside a figure, cut at a word, depends on the protected numbers.
    piece = text.strip().removesuffix("…").rstrip(" ,")
    is_cut = text.strip().endswith("…") and any(name.startswith(piece) for name in names)
    return "" if is_cut else text.strip()


def test_an_english_round_holds_no_swedish_word(lines):
    told = lines("en")
    assert len(told) > 200
    assert [line for line in told if SWEDISH.search(line)] == []


def test_no_line_of_a_round_is_half_translated(lines):
    by_language = [
        {line for line in lines(language) if not SAME.fullmatch(line)}
        for language in words.LANGUAGES
    ]
    assert min(map(len, by_language)) > 40
    assert by_language[0] & by_language[1] == set()


def test_swedish_names_say_that_they_are_swedish(pages):
    for page in pages("en"):
        named = lxml.html.document_fromstring(page).xpath("//*[@lang='sv']")
        assert len(named) > 10
    for page in pages("sv"):
        assert lxml.html.document_fromstring(page).xpath("//body//*[@lang='sv']") == []
