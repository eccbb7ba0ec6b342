"""Index, method and changes are what follows from the tables, wherever in them a change is made."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from fmbstats.gate.rows import public_names, read_measured, read_rows
from fmbstats.gate.site_pages import SITE, SitePages
from fmbstats.gate.told_page import Rows
from fmbstats.words import phrase

INDEX, METHOD, CHANGES = SITE
LANGUAGES = ("sv", "en")
DATA = r"<data [^>]*>[^<]*</data>"


@pytest.fixture(scope="module")
def faults(reports, reports_english, data_raw):
    """Return a function (language, name -> page) -> pages found to be others; and all pages."""

    def opened(folder):
        data = [(folder / f"adherence.{kind}").read_bytes() for kind in ("csv", "parquet")]
        rows = pd.concat([read_rows(data[0]), read_measured(data[1])], ignore_index=True)
        there = frozenset(path.name for path in folder.iterdir())
        site = SitePages(Rows(rows, public_names(data_raw)), there, 5)
        return site, {path.name: path.read_text("utf-8") for path in folder.glob("*.html")}

    known = dict(zip(LANGUAGES, map(opened, (reports, reports_english)), strict=True))

    def found(language, changed):
        site, pages = known[language]
        return [name for name, _ in site.faults(pages | changed)]

    return found, {language: pages for language, (_, pages) in known.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_made_is_made_again(faults, language):
    assert faults[0](language, {}) == []


def swapped(pattern, first=0, second=1):
    """Put two things of a form in each other's place."""

    def change(text, language):
        found = list(re.finditer(pattern, text))
        one, other = found[first], found[second]
        assert one[0] != other[0]
        between = text[one.end() : other.start()]
        return text[: one.start()] + other[0] + between + one[0] + text[other.end() :]

    return change


def said(key, other):
    """Say one phrase of ours where another stands."""

    def change(text, language):
        return text.replace(f">{phrase(key, language)}<", f">{phrase(other, language)}<", 1)

    return change


def replaced(pattern, new):
    return lambda text, language: re.sub(pattern, new, text, count=1)


LINES = r"(?<=</th>)<td>.*?</td>(?=</tr>)"
ANSWER = r'<span class="ans told">.*?</span></span>'
GROUP = r'(?<=rowgroup">)[^<]*|(?<=lang="sv">)[^<]*(?=</th>)'
LIMITS = r"(?<=</th>)<td>[^<]*<data.*?</td>"
BUTTON = "<span>{}</span></button>"
LENGTH = r'(?<=<td class="num" data-head="20\d\d-\d\d">)[^–]+?(?=</td>)'


def unanswered(text, language):
    new = f'<span class="ans"><span>{phrase("form.cannot", language)}</span></span>'
    return re.sub(ANSWER, new, text, count=1)


def real(text, language):
    """Call invented numbers those of a register."""
    both = [phrase(f"index.head.over.{x}", language) for x in ("source", "register")]
    return re.sub(r'<p class="says small-only">.*?</p>', "", text).replace(*both)


PLANTED = {
    "the answer of another diagnosis": (INDEX, swapped(ANSWER)),
    "another number in the first sentence": (INDEX, swapped(DATA)),
    "the number of a column in another": (INDEX, swapped(rf"<td[^>]*>(?:[^<]*{DATA}[^<]*)</td>")),
    "the recommendation of another diagnosis": (INDEX, swapped(LIMITS)),
    "the whole line of another diagnosis": (INDEX, swapped(LINES)),
    "no answer in place of one": (INDEX, unanswered),
    "the codes of another diagnosis": (INDEX, swapped(r'(?<=class="codes">)[^<]*')),
    "the link of another diagnosis": (INDEX, swapped(r'(?<=<a href=")[a-z-]+(?=\.html">)', 2, 4)),
    "one group for another": (INDEX, swapped(GROUP)),
    "a heading of a column": (INDEX, swapped(r'(?<=<th scope="col">)[^<]*')),
    "how many lines a button shows": (INDEX, replaced(BUTTON.format(r"\d+"), BUTTON.format(9))),
    "words of a search": (INDEX, replaced(r'data-words="', 'data-words="anna ')),
    "without the mark of invented numbers": (INDEX, real),
    "a title of its own": (INDEX, replaced(r"<h1>.*?</h1>", "<h1>Anna</h1>")),
    "a title with a number": (INDEX, replaced(r"<h1>.*?</h1>", "<h1>3 personer</h1>")),
    "words at the foot": (INDEX, replaced("</p></div></footer>", " Anna</p></div></footer>")),
    "text after the page": (INDEX, replaced("</html>", "</html> ")),
    "paragraphs of each other": (METHOD, swapped(r"(?<=</h2>\n)<p>.*?</p>")),
    "a word that is gone": (METHOD, replaced(r" (?:inte|not) ", " ")),
    "a smaller group": (METHOD, replaced(rf"{DATA}", "5")),
    "another page's name": (METHOD, said("site.method", "site.changes")),
    "a change that is gone": (CHANGES, replaced(r"<tr><th scope=\"row\".*?</tr>", "")),
    "a length before for the one after": (CHANGES, swapped(LENGTH)),
    "a kind of change for another": (CHANGES, swapped(r"(?<=\">)[^<]*(?= \(<data)")),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", PLANTED)
def test_what_does_not_follow_is_found(faults, what, language):
    found, pages = faults
    name, change = PLANTED[what]
    changed = change(pages[language][name], language)
    assert changed != pages[language][name]
    assert found(language, {name: changed}) == [name]
