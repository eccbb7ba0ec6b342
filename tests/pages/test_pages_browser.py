"""The pages in real Chromium: no request, no accessibility fault, keyboard, print, small screen."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.slow
PAGES = ("index", "depressiv-episod", "akut-lumbago", "obstruktiv-somnapne-osa")
A4_HEIGHT_PT = 841.89


@pytest.fixture
def visit(browser, reports):
    """Return a function that opens a page; `requests` of it lists what it asked for."""
    opened = []

    def open_page(name: str, width: int = 1000):
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.requested = []
        page.complaints = []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto((reports / f"{name}.html").as_uri())
        opened.append(page)
        return page

    yield open_page
    for page in opened:
        page.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_but_itself(name, visit):
    page = visit(name)
    page.wait_for_load_state("networkidle")
    beside = [url for url in page.requested if not url.startswith("data:image/")]
    assert beside == [page.url]
    assert page.complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation(name, visit):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(name)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = Axe().run(page).response
    told = [
        (v["id"], v["impact"], v["nodes"][0]["html"][:120], len(v["nodes"]))
        for v in found["violations"]
    ]
    assert told == []
    assert any(p["id"] == "color-contrast" for p in found["passes"])


@pytest.mark.parametrize("name", PAGES)
def test_everything_that_can_be_used_is_reached_by_keyboard(name, visit):
    page = visit(name)
    wanted = page.evaluate(
        """() => {
        const usable = 'a[href],button,input,select,summary,[tabindex]';
        const all = [...document.querySelectorAll(usable)];
        const shown = all.filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility());
        shown.forEach((e, k) => e.dataset.place = k);
        return shown.length;
        }"""
    )
    reached = set()
    for _ in range(wanted + 10):
        page.keyboard.press("Tab")
        place = page.evaluate("document.activeElement.dataset.place ?? ''")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        if place:
            assert outline != "none"
        reached.add(place)
    assert len(reached - {""}) == wanted


@pytest.mark.parametrize("name", PAGES)
def test_a_small_screen_scrolls_only_down(name, visit):
    page = visit(name, width=380)
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    wide = page.evaluate(
        """() => [...document.querySelectorAll('.table-scroll')].filter(
            e => e.scrollWidth > e.clientWidth + 1
                 && getComputedStyle(e).overflowX !== 'auto').length"""
    )
    assert wide == 0


@pytest.mark.parametrize("name", PAGES[1:])
def test_a_printed_report_cuts_no_figure_and_fits_the_width(name, visit, tmp_path):
    page = visit(name)
    n_figures = page.locator("figure").count()
    out = tmp_path / "report.pdf"
    page.emulate_media(media="print")
    # What is as high as a page could not be kept whole: no figure is.
    heights = page.evaluate(
        "[...document.querySelectorAll('figure')].map(e => e.getBoundingClientRect().height)"
    )
    rules = page.evaluate(
        "[...document.querySelectorAll('figure')].map(e => getComputedStyle(e).breakInside)"
    )
    assert set(rules) <= {"avoid"}
    assert all(height < A4_HEIGHT_PT * 96 / 72 - 140 for height in heights)
    page.pdf(path=out, format="A4", prefer_css_page_size=True)
    from pypdf import PdfReader

    printed = PdfReader(out)
    assert 2 <= len(printed.pages) <= 25
    assert all(abs(float(p.mediabox.height) - A4_HEIGHT_PT) < 2 for p in printed.pages)
    assert len(heights) == n_figures
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", out, "-"], capture_output=True, text=True, check=True)
        assert "SYNTETISKA DATA" in text.stdout


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_page_says_its_language_and_what_its_data_are(
    language, reports, reports_english, read_page
):
    folder = reports if language == "sv" else reports_english
    mark = "SYNTETISKA DATA" if language == "sv" else "SYNTHETIC DATA"
    pages = sorted(folder.glob("*.html"))
    assert len(pages) >= 6
    for path in pages:
        text = path.read_text()
        assert re.search(rf'<html\s+lang="{language}"', text), path.name
        head = text.split("<head>")[0]
        # The changes between editions are facts about FMB: there is no register in them.
        assert mark in head or path.stem == "fmb-changes", path.name
        found = read_page(text)
        levels = [level for level, _ in found.headings]
        assert levels.count(1) == 1, path.name
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels)), path.name
        assert path.stat().st_size < 1_500_000
        assert "http://" not in re.sub(r"base64,[^\"]*", "", text).replace("http://www.w3.org", "")


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_head_cell_has_a_scope_and_every_picture_a_sentence(
    language, reports, reports_english
):
    folder = reports if language == "sv" else reports_english
    n_pictures = 0
    for path in sorted(folder.glob("*.html")):
        text = path.read_text()
        heads = re.findall(r"<th\b[^>]*>", text)
        assert [h for h in heads if 'scope="' not in h] == [], path.name
        for picture in re.findall(r"<img\b[^>]*>", text):
            n_pictures += 1
            alt = re.search(r'alt="([^"]*)"', picture).group(1)
            assert re.fullmatch(r"(?s)[A-ZÅÄÖ].{30,}\.", alt), (path.name, alt)
    assert n_pictures > 25
