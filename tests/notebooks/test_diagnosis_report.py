"""What a report says: every number stands in adherence.csv, every word in one language."""

from __future__ import annotations

import re
from functools import cache

import pytest

from fmbstats import words
from fmbstats.batch.yearly import measures_csv
from fmbstats.diagnosis import open_store
from fmbstats.gate.tracing import n_traced, read_table, rows_of, untraced
from fmbstats.overview import Overview
from fmbstats.pages.diagnosis_report import PARTS, DiagnosisReport
from fmbstats.pages.overview_report import OverviewReport
from fmbstats.pages.table import OVERVIEW, shown_by
from fmbstats.results import Release
from fmbstats.sources.fmb.edition_tables import read_editions

FIVE = ("F32", "F43.0", "M54.5", "F43.8", "M51")
RELEASE = Release(5)


@pytest.fixture(scope="module")
def opened(small_store):
    with open_store(small_store) as store:
        yield store


@pytest.fixture(scope="module")
def sections(opened):
    """Return the sections of a report, made once per entry and language."""

    @cache
    def make(entry: str, language: str = "sv"):
        diagnosis = _entry(opened, entry).with_settings(release=RELEASE)
        return DiagnosisReport(diagnosis, language).sections()

    return make


@pytest.fixture(scope="module")
def page_html(sections):
    """Return the HTML of a report's sections, drawn once."""

    @cache
    def make(entry: str, language: str = "sv") -> str:
        return _html(sections(entry, language), language)

    return make


@pytest.fixture(scope="module")
def page(page_html, read_page):
    """Return the parsed HTML of a report's sections."""

    @cache
    def make(entry: str, language: str = "sv"):
        return read_page(page_html(entry, language))

    return make


def _entry(store, code):
    found = store.sql(
        "select entry_id from mart_entry_codes where code = ?", [code.replace(".", "")]
    )
    return store.diagnosis(found["entry_id"].iloc[0], year=2017)


def _html(sections, language) -> str:
    return f'<html lang="{language}">' + "".join(s._repr_html_() for s in sections)


@pytest.fixture(scope="module")
def overview_sections(opened):
    """Return the sections of the overview, made once per language."""
    overview = Overview.of(opened, year=2017, release=RELEASE)
    editions = read_editions(opened.data_folder / "fmb")

    @cache
    def make(language: str):
        return OverviewReport(overview, language, editions=editions).sections()

    return make


@pytest.fixture(scope="module")
def table(opened, sections, overview_sections, tmp_path_factory):
    """Return adherence.csv with what the five reports and the overview show."""
    overview = Overview.of(opened, year=2017, release=RELEASE)
    slugs = overview.entries.set_index("entry_id")["slug"]
    shown = {slugs[_entry(opened, code).key]: shown_by(sections(code)) for code in FIVE}
    path = tmp_path_factory.mktemp("table") / "adherence.csv"
    path.write_text(measures_csv(overview, shown | {OVERVIEW: shown_by(overview_sections("sv"))}))
    return read_table(path)


@pytest.fixture(scope="module")
def rows(table, opened):
    """Return what a report may take its numbers from."""

    def of(entry: str):
        store = opened.entry_table.set_index("entry_id")
        return rows_of(table, store.at[_entry(opened, entry).key, "slug"])

    return of


@pytest.mark.parametrize("entry", FIVE)
def test_every_number_of_a_report_stands_in_adherence_csv(entry, page_html, rows):
    html = page_html(entry)
    assert [str(found) for found in untraced(html, rows(entry))] == []
    assert n_traced(html, rows(entry)) > 200


@pytest.mark.slow
@pytest.mark.parametrize("entry", FIVE)
def test_every_number_of_an_english_report_stands_in_the_same_table(entry, page_html, rows):
    html = page_html(entry, "en")
    assert [str(found) for found in untraced(html, rows(entry))] == []
    assert n_traced(html, rows(entry)) > 200


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_number_of_the_overview_stands_in_adherence_csv(language, overview_sections, table):
    html = _html(overview_sections(language), language)
    own = rows_of(table, OVERVIEW)
    assert [str(found) for found in untraced(html, own)] == []
    assert n_traced(html, own) > 1500


@pytest.mark.parametrize("entry", FIVE)
def test_the_numbers_are_the_same_in_both_languages(entry, sections):
    assert shown_by(sections(entry)) == shown_by(sections(entry, "en"))


def _changed(html: str, place: int) -> str:
    """Change the digit at a place of the page."""
    return html[:place] + str((int(html[place]) + 1) % 10) + html[place + 1 :]


@pytest.mark.parametrize(
    ("section", "before"),
    [
        ("headline", "varade minst "),
        ("measures", "Längre än gränsen</th><td>"),
        ("sex", 'Kvinnor</th><td class="num">'),
        ("county", "Skåne län</th><td>"),
        ("trend", "2016</th><td>"),
        ("degree", "medeltal "),
        ("published", "SRS-modeller</th><td>F32</td><td>"),
    ],
)
def test_a_page_with_one_changed_digit_is_refused(section, before, page_html, rows):
    html = page_html("F32")
    place = html.index(before, html.index(f'<section id="{section}"')) + len(before)
    assert html[place].isdigit(), html[place - 40 : place + 20]
    found = untraced(_changed(html, place), rows("F32"))
    assert [one.section for one in found] == [section]


def test_a_changed_alternative_text_is_refused(page_html, rows):
    html = page_html("F32")
    place = html.index("Diagram", html.index('<section id="published"'))
    place = html.index(" mellan ", place) + len(" mellan ")
    found = untraced(_changed(html, place), rows("F32"))
    assert [(one.section, one.kind) for one in found] == [("published", "alt")]


def test_a_number_whose_row_is_gone_is_refused(page_html, rows):
    html, own = page_html("F32"), rows("F32")
    for part in ("curve", "county", "end_reasons", "sensitivity", "population"):
        assert part in {found.section for found in untraced(html, own[own["part"] != part])}


def test_the_sections_stand_in_the_order_of_the_parts(page):
    levels = [level for level, _ in page("F32").headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert levels[1:] == [2] * (len(PARTS) - 1)


@pytest.mark.parametrize("entry", FIVE)
def test_captions_of_a_page_differ(entry, page):
    captions = [table.caption for table in page(entry).tables]
    assert len(set(captions)) == len(captions), captions


def test_women_stand_before_men_in_table_and_legend(page):
    assert [row[0] for row in page("F32").of("sex")[-1].rows] == ["Kvinnor", "Män"]
    first = next(image for image in page("F32").images if "Kvinnor" in image["alt"])
    assert first["alt"].index("Kvinnor") < first["alt"].index("Män")


def test_alternative_texts_are_sentences_with_numbers(page):
    for language in ("sv", "en"):
        alts = [image["alt"] for image in page("F32", language).images]
        assert len(alts) >= 9
        assert len(set(alts)) == len(alts)
        for alt in alts:
            assert re.fullmatch(r"[A-ZÅÄÖ].{40,}\.", alt), alt
            assert re.search(r"\d", alt), alt


def test_real_counts_stand_first_and_are_said_to_be_real(page):
    found = page("F32")
    assert [text for _, text in found.headings][1] == "Verklig, publicerad statistik"
    ended = next(t for t in found.of("published") if "andel avslutade" in t.caption)
    row = next(row for row in ended.rows if row[:2] == ["F32", "2017"])
    assert row[ended.head.index("Avslutade dag 179")] == "69,3 %"
    assert "SYNTETISKA DATA" in found.text_of("headline")


def test_a_published_limit_has_one_row_per_source_with_both_month_conventions(page):
    table = page("F32").of("published")
    bounds = next(t for t in table if t.caption.startswith("Andel längre än gränsen"))
    keys = [(row[0], row[1], row[3]) for row in bounds.rows]
    assert len(set(keys)) == len(keys) == 6
    other = bounds.head.index("Med 31 dagar per månad")
    assert {row[other].split(":")[0] for row in bounds.rows} == {"93 dagar", "186 dagar"}


@pytest.mark.parametrize(
    ("entry", "section", "sentence"),
    [
        ("C77", "published", "ingen publicerad statistik"),
        ("C77", "trend", "anger ingen längsta tid"),
        ("M54.5", "county", "Därför kan andelen som är längre inte skattas"),
        ("M54.5", "bunching", "Därför kan andelen som är längre inte skattas"),
    ],
)
def test_a_section_without_data_says_the_true_reason_and_shows_nothing(
    entry, section, sentence, page, sections
):
    found = next(s for s in sections(entry) if s.key == section)
    assert found.is_empty
    assert page(entry).of(section) == []
    assert sentence in page(entry).text_of(section)


def test_a_limit_the_register_cannot_see_is_never_0_or_100_percent(page):
    text = page("M54.5").text_of("headline") + page("M54.5").text_of("measures")
    assert "kan inte sägas: registret innehåller bara sjukfall längre än 14 dagar" in text
    against = next(t for t in page("M54.5").of("measures") if "mot gränsen" in t.caption)
    shares = [row[1:] for row in against.rows if "gränsen" in row[0]]
    assert {cell for row in shares for cell in row} == {"gränsen ligger före registrets första dag"}


# What is the same in both languages: numbers, codes, names from FMB and of sources.
SAME = re.compile(
    r"[\d\W_]*|[A-Z]\d\d.*|[bd]\d+|[0-9a-f]{16}|Median.*|fmbstats.*|Program|Register|central"
)


@pytest.mark.parametrize("entry", ["F32", "C77", "M54.5"])
def test_no_line_of_a_report_is_half_translated(entry, page, opened):
    names = _names_from_data(opened, entry)
    lines = {
        language: {
            text
            for _, line in page(entry, language).lines
            if not SAME.fullmatch(text := _without(line, names))
        }
        for language in ("sv", "en")
    }
    assert len(lines["sv"]) > 60
    assert lines["sv"] & lines["en"] == set()


def test_an_english_report_holds_no_swedish_word(page, opened):
    swedish = re.compile(r"\b(och|eller|sjukfall\w*|gräns\w*|andel\w*|dagar|län|inte|för)\b", re.I)
    names = _names_from_data(opened, "F32")
    told = [_without(line, names) for _, line in page("F32", "en").lines]
    told += [image["alt"] for image in page("F32", "en").images]
    assert [line for line in told if swedish.search(line)] == []


def _names_from_data(store, entry) -> list[str]:
    diagnosis = _entry(store, entry)
    cases = diagnosis.recommendation
    own = {diagnosis.title, store.settings.register_name, "Försäkringskassan"}
    own |= set(cases.entries["disease_group_name"]) | set(diagnosis.icf()["name"])
    for frame in (cases.cases, store.sql("select length_text, criteria from mart_in_force")):
        own |= set(frame["length_text"].dropna()) | set(frame["criteria"].dropna())
    own |= {words.county(code, "sv") for code in words.COUNTIES}
    own |= {words.county(code, "en") for code in words.COUNTIES}
    return sorted(own, key=len, reverse=True)


def _without(line: str, names: list[str]) -> str:
    for name in names:
        line = line.replace(" ".join(str(name).split()), "")
    return line.strip()


def test_internal_reports_say_so_and_are_exact(opened, read_page):
    report = DiagnosisReport(_entry(opened, "G47.3"), "sv")
    head = read_page(report.part("headline")._repr_html_())
    assert "Intern analys: exakta tal, får inte lämnas ut." in head.text_of("headline")
    rows = read_page(report.part("measures")._repr_html_()).tables[0].rows
    exact = opened.n_spells(2017).get(report.diagnosis.key, 0)
    assert [row[1] for row in rows if row[0] == "Sjukfall"] == [words.count(exact)]


def test_the_threshold_is_shown(opened, read_page):
    strict = _entry(opened, "C77").with_settings(release=Release(10))
    report = DiagnosisReport(strict, "sv")
    assert "Antal under 10 visas inte" in read_page(report.part("headline")._repr_html_()).text_of(
        "headline"
    )
    settings = read_page(report.part("provenance")._repr_html_()).tables[0].rows
    assert ["Minsta antal som visas", "10"] in settings
