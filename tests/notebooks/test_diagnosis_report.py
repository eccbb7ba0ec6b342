"""What a page says: read from the page alone; every number in adherence.csv; one language."""

from __future__ import annotations

import csv
import io
import math
import re
from functools import cache

import lxml.html
import pytest

from fmbstats import words
from fmbstats.diagnosis import open_store
from fmbstats.gate.again import OpenLedger
from fmbstats.gate.findings import Findings
from fmbstats.gate.rows import public_names, read_rows
from fmbstats.gate.told_page import CHECK, Rows, check_pages, page_classes
from fmbstats.gate.told_pictures import Pictures
from fmbstats.overview import Overview
from fmbstats.pages.diagnosis.page import PARTS, DiagnosisPage
from fmbstats.pages.frame import Frame, parts_page
from fmbstats.pages.site.overview import OverviewPage
from fmbstats.pages.table import table_csv, told_frame
from fmbstats.release import store_for
from fmbstats.release.open_data import released_ledger
from fmbstats.release.rule import Rule
from fmbstats.results.about import Release
from fmbstats.sources.fmb.edition_tables import read_editions
from fmbstats.store import lookups
from tests.quick import quick

FIVE = ("F32", "F43.0", "M54.5", "F43.8", "C77")
LANGUAGES = ("sv", "en")
OVERVIEW = "overview"
RELEASE = Release(5)
DATA = re.compile(r"<data [^>]*>([^<]*)</data>")


@pytest.fixture(scope="module")
def exact(small_store):
    with open_store(small_store) as store:
        yield store


@pytest.fixture(scope="module")
def opened(exact):
    return store_for(exact, 5)


@pytest.fixture(scope="module")
def report(opened):
    """Return a function (entry, language) -> page and its parts, made once."""

    @cache
    def make(entry: str, language: str = "sv"):
        page = DiagnosisPage(_entry(opened, entry).with_settings(release=RELEASE), language)
        return page, page.parts()

    return make


@pytest.fixture(scope="module")
def overview(opened):
    return Overview.of(opened, year=2017, release=RELEASE)


@pytest.fixture(scope="module")
def overview_parts(overview, opened):
    """Return a function language -> parts of the overview, made once."""
    editions = read_editions(opened.data_folder / "fmb")
    return cache(
        lambda language: OverviewPage(overview, language, editions=tuple(editions)).parts()
    )


@pytest.fixture(scope="module")
def html(report, overview_parts):
    """Return a function (entry or "overview", language) -> the whole page."""

    @cache
    def make(entry: str, language: str = "sv") -> str:
        parts = overview_parts(language) if entry == OVERVIEW else report(entry, language)[1]
        return parts_page(Frame("T", has_search=False), parts, language)

    return make


@pytest.fixture(scope="module")
def tree(html):
    return lambda entry, language="sv": lxml.html.document_fromstring(html(entry, language))


@pytest.fixture(scope="module")
def table(overview, report, overview_parts):
    """Return adherence.csv with what the five pages and the overview tell, as bytes."""
    shown = {}
    for entry in FIVE:
        page, parts = report(entry)
        shown[page.telling.rows[0]["slug"]] = [row for part in parts for row in part.rows]
    shown[OVERVIEW] = [row for part in overview_parts("sv") for row in part.rows]
    return table_csv(told_frame(overview, shown)).encode("utf-8")


@pytest.fixture(scope="module")
def rows(table):
    """Return the rows by id, cells as they stand in the file."""
    lines = csv.DictReader(io.StringIO(table.decode("utf-8")))
    return {line["row"]: line for line in lines if line["row"]}


@pytest.fixture(scope="module")
def public():
    return public_names()


@pytest.fixture(scope="module")
def pictures(opened):
    """What the gate draws pictures again with: the ledger that the pages' folder would hold."""
    ids = [entry for entry, _, _ in lookups.entry_names(opened)]
    frame = released_ledger(opened, ids, 30).to_pandas()
    return Pictures(OpenLedger(frame, Rule(5), opened.entry_day, 30, {}), page_classes())


@pytest.fixture(scope="module")
def refused(table, public, pictures):
    """Return a function pages by name -> what the gate finds, and how many numbers it looks at."""
    frame = read_rows(table)

    def check(pages: dict[str, str], without: str = ""):
        findings = Findings()
        kept = frame[frame["part"] != without] if without else frame
        check_pages(pages, Rows(kept, public), findings, pictures)
        return findings.found, findings.n_looks.get(CHECK, 0)

    return check


def _entry(store, code):
    found = store.sql(
        "select entry_id from mart_entry_codes where code = ?", [code.replace(".", "")]
    )
    return store.diagnosis(found["entry_id"].iloc[0], year=2017)


def text_of(element) -> str:
    return " ".join("".join(element.itertext()).replace("\N{NO-BREAK SPACE}", " ").split())


def one(tree, path):
    (found,) = tree.xpath(path)
    return found


# -- read from the page alone -------------------------------------------------------------------

# Entry -> finding, limit in days of the card, and whether the answer is of real statistics.
ANSWERS = {
    "F32": (r"Tre av tio sjukfall nådde 180 dagar, den längsta tid som rekommenderas", True),
    "F43.0": (r".*sjukfall.*", True),
    "F43.8": (r"Högst \d+ av 100 sjukfall pågick längre än rekommenderat", True),
    "M54.5": (r"Statistiken börjar först efter den rekommenderade tiden", True),
    "C77": (r"FMB anger ingen längsta tid i dagar för diagnosen", False),
}
LIMITS = {"F32": {90, 180}, "C77": set()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("entry", FIVE)
def test_a_reader_of_the_page_alone_learns_what_how_much_when_and_of_whom(
    entry, language, tree, opened, rows
):
    page = tree(entry, language)
    answer = one(page, "//section[@id='answer']")
    finding, is_real = ANSWERS[entry]
    if language == "sv":
        assert re.fullmatch(finding, text_of(one(answer, ".//h1")))
    # The year stands in the line above the finding, with name and code.
    kind = text_of(one(answer, "./p[@class='kind']"))
    diagnosis = _entry(opened, entry)
    name = diagnosis.recommendation.entries[0].name
    assert " ".join(name.split()) in kind
    assert "2017" in kind
    assert answer.get("data-year") == "2017"
    # Real or invented: the mark, the field, and its sentence say the same.
    assert answer.get("data-kind") == ("real" if is_real else "example")
    field = one(page, "//div[contains(concat(' ', @class, ' '), ' field ')]")
    assert ("answer" in field.xpath(".//section/@id")) is not is_real
    said = {"sv": "påhittade", "en": "invented"}[language]
    assert said in text_of(one(field, ".//p[@class='says']"))
    # A number in the finding or below it is of the source that the mark names.
    for data in answer.xpath(".//h1//data | ./p[@class='lead']//data"):
        row = rows[data.get("data-row")]
        assert (row["part"] == "published") is is_real or row["metric"].endswith("_days"), row


@pytest.mark.parametrize("entry", FIVE)
def test_the_limits_on_the_card_are_those_in_force(entry, report, tree, rows):
    page, _ = report(entry)
    card = one(tree(entry), "//div[@class='card']")
    cells = card.xpath(".//dd")
    assert len(cells) == len(page.cases.now) or not page.cases.limits
    told = {float(rows[d.get("data-row")]["limit_days"] or "nan") for d in card.xpath(".//data")}
    assert {d for d in told if d == d} <= {*map(float, page.cases.limits)} | {0.0}
    if entry in LIMITS:
        assert LIMITS[entry] <= {*page.cases.limits, 0}


def test_the_register_s_answer_is_read_from_its_field(tree, rows):
    said = one(tree("F32"), "//*[@id='register']")
    share, low, high = (
        next(d for d in said.xpath(".//data") if test(rows[d.get("data-row")], d.get("data-of")))
        for test in (
            lambda row, of: row["metric"] == "share_over_longest" and not of,
            lambda row, of: row["metric"] == "share_over_longest" and of == "lo",
            lambda row, of: row["metric"] == "share_over_longest" and of == "hi",
        )
    )
    values = [float(d.get("value")) for d in (low, share, high)]
    assert values == sorted(values)
    assert 0 < values[0] < values[2] < 1
    assert re.search(r"Av [\d ]+ sjukfall pågick minst \d\d,\d %", text_of(said))


# -- every number in the table ------------------------------------------------------------------


def number_in(text: str, language: str) -> float:
    """Read a number as a person does; words for small ones are not read."""
    bare = re.sub(r"[^\d,.−-]", "", text.replace("\N{MINUS SIGN}", "-"))
    bare = bare.replace(",", ".") if language == "sv" else bare.replace(",", "")
    return float(bare)


def decimals_of(text: str, language: str) -> int:
    found = re.search(r"[,](\d+)" if language == "sv" else r"[.](\d+)", text)
    return len(found[1]) if found else 0


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", "av sjukfallen slutade högst tre dagar från den längsta gränsen."),
        ("en", "of the spells ended within three days of the longest limit."),
    ],
)
def test_a_page_says_how_many_ended_near_the_limit(language, said, tree, rows):
    (paragraph,) = (p for p in tree("F32", language).iter("p") if said in text_of(p))
    told = [rows[data.get("data-row")] for data in paragraph.iter("data")]
    assert [row["metric"] for row in told] == ["share_ending_near_longest"] * 3
    assert text_of(paragraph).endswith(said)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("entry", [*FIVE, OVERVIEW])
def test_every_told_number_stands_in_adherence_csv_with_the_value_printed(
    entry, language, tree, rows
):
    n = 0
    for data in tree(entry, language).iter("data"):
        row = rows[data.get("data-row")]
        value = row[data.get("data-of", "estimate")]
        assert value == data.get("value"), row
        text, form = text_of(data), data.get("data-as")
        n += 1
        if not value or form == "words":
            continue
        exact = float(value)
        is_share = row["metric"].startswith("share_") or "%" in text or "procent" in text
        shown = number_in(text, language)
        if form in ("up", "down", "near", "rest"):
            want = {"up": math.ceil, "down": math.floor}.get(form, round)(round(exact * 100, 6))
            assert shown == (100 - want if form == "rest" else want), (text, row)
        else:
            half = 0.5 * 10.0 ** -decimals_of(text, language) + 1e-9
            scales = (1, 100) if is_share or abs(exact) <= 1 else (1,)
            assert any(abs(abs(exact) * s - abs(shown)) <= half for s in scales), (text, row)
    assert n > 5


def test_the_gate_finds_every_number_of_the_pages(html, refused):
    asked = [(entry, language) for entry in (*FIVE, OVERVIEW) for language in LANGUAGES]
    found, n = refused({f"{e}-{language}.html": html(e, language) for e, language in asked})
    assert "\n".join(one.text() for one in found) == ""
    assert n > 5 * len(asked)


@pytest.mark.parametrize("entry", [*FIVE, OVERVIEW])
def test_the_numbers_are_the_same_in_both_languages(entry, report, overview_parts):
    def told(language):
        parts = overview_parts(language) if entry == OVERVIEW else report(entry, language)[1]
        return {
            row["row"]: [row.get(name, "") for name in ("estimate", "lo", "hi", "n_spells")]
            for part in parts
            for row in part.rows
        }

    assert told("sv") == told("en")


def _digit_changed(text: str, start: int, end: int) -> str:
    """Change the first digit of a stretch."""
    place = next(k for k in range(start, end) if text[k].isdigit())
    return text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]


# Where a digit is changed: a pattern whose group holds it.
PLACES = {
    "finding": r"<h1>.*?data-of=\"limit_days\">(\d+)</data>",
    "finding in words": r"<h1><data [^>]*>(Tre) av tio",
    "year before": r"<p class=\"lead\">.*?data-as=\"near\">(\d+)</data>",
    "figure's title": r"<figcaption>.*?data-as=\"rest\">(\d+)</data>",
    "figure's label": r"<svg [^>]*aria-label=\"[^\"]*?(\d+,\d)\s%",
    "mark's title": r"<g [^>]*><title>[^<]*?(\d+,\d)\s%",
    "mark's text": r"<text [^>]*data-row=\"[^\"]*\">(\d+,\d)\s%",
    "table": r"<td class=\"num\"[^>]*><data [^>]*>(\d+,\d)\s%",
    "source's count": r"<p class=\"src\">.*?<data [^>]*>(\d+)\s\d+</data>",
    "value": r"<data value=\"0\.(\d+)\"",
    "register's answer": r"id=\"register\">.*?<data [^>]*>(\d+,\d)\s%",
    "degree": r"id=\"fig-degree\">.*?<data [^>]*>(\d+)\s%",
}


def test_a_page_with_one_changed_digit_is_refused(html, refused):
    page, spoilt = html("F32"), {}
    for where, within in PLACES.items():
        match = re.search(within, page, re.DOTALL)
        if match[1] == "Tre":
            spoilt[where] = page[: match.start(1)] + "Fyra" + page[match.end(1) :]
        else:
            spoilt[where] = _digit_changed(page, *match.span(1))
        assert spoilt[where] != page
    assert {finding.file for finding in refused(spoilt)[0]} == set(PLACES)


@pytest.mark.parametrize("entry", ["F32", "F43.8", OVERVIEW])
def test_no_told_number_can_be_changed_unseen(entry, html, refused):
    """One digit of one number after another, over the whole page."""
    page = html(entry)
    told = [m for m in DATA.finditer(page) if any(c.isdigit() for c in m[1])]
    chosen = told[:: max(1, len(told) // 12)]
    assert len(chosen) >= 10
    spoilt = {match[0]: _digit_changed(page, *match.span(1)) for match in chosen}
    assert {finding.file for finding in refused(spoilt)[0]} == set(spoilt)


def test_a_bound_rounded_to_the_wrong_side_is_refused(html, refused):
    """At most 43 in 100 must not become at most 42, although 42.4 is near both."""
    page = html("F43.8")
    match = re.search(r'data-as="up">(\d+)</data>', page)
    spoilt = page[: match.start(1)] + str(int(match[1]) - 1) + page[match.end(1) :]
    assert refused({"page.html": spoilt})[0]


NAMED = {"published", "measures", "recommendation"}


@pytest.mark.parametrize("is_whole", quick(False, True))
def test_a_number_whose_row_is_gone_is_refused(html, refused, rows, is_whole):
    parts = {row["part"] for row in rows.values() if row["slug"] == "depressiv-episod"}
    assert parts >= NAMED
    for part in parts - {""} if is_whole else NAMED:
        assert refused({"page.html": html("F32")}, without=part)[0], part


# -- order and form -----------------------------------------------------------------------------


def test_the_parts_stand_in_their_order_real_before_invented(tree):
    page = tree("F32")
    anchors = [a for a in page.xpath("//section/@id") if a in PARTS]
    # Counties stand there when enough of them may be shown.
    assert anchors == [key for key in PARTS if key in anchors]
    kept = ("answer", "told", "sources", "history", "years", "method", "about")
    assert set(kept) <= set(anchors)
    levels = [int(h.tag[1]) for h in page.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    contents = [a.get("href")[1:] for a in page.xpath("//nav[@class='contents open']//a")]
    assert all(page.get_element_by_id(anchor) is not None for anchor in contents)


@pytest.mark.parametrize("entry", FIVE)
def test_names_of_the_tables_and_figures_of_a_page_differ(entry, tree):
    page = tree(entry)
    names = [t.get("aria-label") or text_of(t.find("caption")) for t in page.iter("table")]
    assert len(set(names)) == len(names), names
    titles = [text_of(f.find("figcaption")) for f in page.iter("figure")]
    assert len(set(titles)) == len(titles), titles
    ids = page.xpath("//@id")
    assert len(set(ids)) == len(ids)


def test_women_stand_before_men(tree):
    words_drawn = [text_of(t) for t in one(tree("F32"), "//figure[@id='fig-groups']").iter("text")]
    assert words_drawn.index("Kvinnor") < words_drawn.index("Män")


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_have_labels_that_are_sentences_with_numbers(language, tree):
    figures = {figure.get("id"): figure for figure in tree("F32", language).iter("figure")}
    # With more spells counties and ways of ending are shown, too.
    kept = ("lengths", "band", "curve", "groups", "years", "degree")
    assert {f"fig-{key}" for key in kept} <= figures.keys()
    labels = [figure.find("svg").get("aria-label") for figure in figures.values()]
    assert len(set(labels)) == len(labels)
    for label in labels:
        assert re.fullmatch(r"(?s)[A-ZÅÄÖ0-9].{30,}\.", label), label
        assert re.search(r"\d", label), label


@pytest.mark.parametrize("entry", ["M54.5", "C77"])
def test_a_share_that_cannot_be_told_is_never_0_or_100_percent(entry, tree):
    page = tree(entry)
    assert not re.search(r"(?<![\d,–])(?:0|0,0|100|100,0) %", text_of(one(page, "//h1/..")))
    register = page.xpath("//*[@id='register']")
    for said in register:
        assert not re.search(r"(?<![\d,])(?:0,0|100,0) %", text_of(said))


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("C77", "Därför finns inget att jämföra längderna med"),
        ("M54.5", "Sjukfall på högst 14 dagar saknas i källan"),
        ("F43.8", "har FMB ingen övre gräns"),
    ],
)
def test_the_lead_says_the_true_reason_for_what_cannot_be_told(entry, sentence, tree):
    assert sentence in text_of(one(tree(entry), "//section[@id='answer']/p[@class='lead']"))


# -- one language -------------------------------------------------------------------------------

# What is the same in both languages: numbers, codes, names from FMB and of sources.
SAME = re.compile(
    r"[\d\W_]*|[A-Z]\d\d.*|[bd]\d+|[0-9a-f]{16}|Median.*|fmbstats.*|Program|Register|central"
    r"|CSV|Parquet|median|Data \(CSV\)|[¼¾]|T|English|Svenska|ICF.*"
)
SWEDISH = re.compile(
    r"\b(och|eller|sjukfall\w*|gräns\w*|andel\w*|dagar|län|inte|för)\b", re.IGNORECASE
)


def lines_of(tree, names: list[str]) -> set[str]:
    """Return the texts of a page that are not said to be in another language, without names."""
    for element in tree.xpath("//style | //script | //*[@lang and not(self::html)]"):
        element.drop_tree()
    found = set(tree.xpath("//body//text()"))
    found |= set(tree.xpath("//@aria-label | //@data-head"))
    return {_without(" ".join(text.split()), names) for text in found} - {""}


@pytest.mark.parametrize("entry", ["F32", "C77", "M54.5"])
def test_no_line_of_a_page_is_half_translated(entry, tree, opened):
    names = _names_from_data(opened, entry)
    lines = {
        language: {x for x in lines_of(tree(entry, language), names) if not SAME.fullmatch(x)}
        for language in LANGUAGES
    }
    assert len(lines["sv"]) > 50
    assert lines["sv"] & lines["en"] == set()


@pytest.mark.parametrize("entry", FIVE)
def test_an_english_page_holds_no_swedish_word(entry, tree, opened):
    told = lines_of(tree(entry, "en"), _names_from_data(opened, entry))
    assert [line for line in told if SWEDISH.search(line)] == []


def _names_from_data(store, entry) -> list[str]:
    diagnosis = _entry(store, entry)
    entries = diagnosis.recommendation.entries
    own = {diagnosis.title, store.settings.register_name, "Försäkringskassan"}
    own |= {e.disease_group_name for e in entries} | {e.name for e in entries}
    own |= set(diagnosis.icf()["name"])
    for row in store.rows("select length_text, criteria from mart_in_force"):
        own |= {row.length_text, row.criteria}
    own |= {words.county(code, "sv") for code in words.COUNTIES}
    own |= {words.county(code, "en") for code in words.COUNTIES}
    own |= {words.county(code, "sv").removesuffix(" län").removesuffix("s")
            for code in words.COUNTIES}  # fmt: skip
    return sorted({n for n in own if n}, key=len, reverse=True)


def _without(line: str, names: list[str]) -> str:
    for name in names:
        line = line.replace(" ".join(str(name).split()), "")
    return line.strip()


# -- protected and exact ------------------------------------------------------------------------


def test_internal_pages_say_so_and_are_exact(exact):
    page = DiagnosisPage(_entry(exact, "G47.3"), "sv")
    frame = Frame("T", is_internal=True)
    tree = lxml.html.document_fromstring(parts_page(frame, page.parts(), "sv"))
    assert "Intern analys: exakta tal, får inte lämnas ut." in text_of(one(tree, "//body"))
    n = exact.n_spells(2017).get(page.diagnosis.key, 0)
    assert one(tree, "//section[@id='answer']").get("data-spells") == str(n)
    assert str(n) in {d.get("value") for d in tree.iter("data")}


def test_the_threshold_is_said(exact):
    strict = _entry(store_for(exact, 10), "C77").with_settings(release=Release(10))
    text = text_of(lxml.html.fromstring(f"<div>{DiagnosisPage(strict, 'sv').part('about').html}"))
    # Of threshold 10 the rule makes blocks of 12 spells: no smaller group is ever told.
    assert re.search(r"färre än 12 sjukfall", text), text
