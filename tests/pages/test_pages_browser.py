"""The pages in real Chromium: no request, no accessibility fault, keyboard, print, small screen."""

from __future__ import annotations

import io
import itertools
import re
import shutil
import subprocess

import pytest

from fmbstats.store.build import build_store
from fmbstats.synth import draw_register
from fmbstats.words import phrase_forms, phrase_keys

pytestmark = pytest.mark.slow
DIAGNOSES = ("depressiv-episod", "akut-lumbago", "metastaserad-cancer")
MAIN = ("index", "overview", "fmb-changes", "method")
#: Of evaluations: one in doubt, one told in spite of it, one of all diagnoses, and their list; and
#: those of all diagnoses that have most in them.
LONG = ("rollout/rollout", "issued/certificates", "issued-en/certificates")
EVALUATIONS = ("rival", "revision", "drift/drift", "drift/index", *LONG)
PAGES = (*MAIN, *DIAGNOSES, *EVALUATIONS)
A4_HEIGHT_PT = 841.89
A4_WIDTH_PX = 680  # without the margins of a printed page
WORD = re.compile(r"[^\W\d_]+")
NAMED = (
    "svg",
    "g",
    "a",
    "nav",
    "table",
    "aside",
    "section",
    "input",
    "form",
    "button",
    "div",
    "img",
)
LARGEST_BYTES = 220_000


@pytest.fixture(scope="module")
def evaluations(shared_folder, small_store, data_raw, run_main):
    """Return the folder of pages of every kind that an evaluation makes."""

    def make(folder):
        from fmbstats.synth import rollout_dates

        dates = [f"{county},{day}\n" for county, day in rollout_dates().items()]
        (folder / "dates.csv").write_text("county_code,first_date\n" + "".join(dates))
        # So few spells have no diagnosis with enough of them in every county.
        large = folder / "large.duckdb"
        build_store(data_raw, large, draw_register(600_000, data_raw=data_raw))
        revision = ("revision", "F32", "--date", "2017-01-30", "--internal", "--store", small_store)
        for command in (
            (*revision, "--page", folder / "rival.html"),
            (*revision, "--despite-rivals", "--page", folder / "revision.html"),
            ("rollout", "--dates", folder / "dates.csv", "--draws", "99", "--store", large,
             "--folder", folder / "rollout"),
            ("drift", "--store", small_store, "--folder", folder / "drift"),
        ):  # fmt: skip
            assert run_main("evaluate", *command) == 0, command
        issued, store = folder / "certificates.csv", ("--store", folder / "issued.duckdb")
        planted = ("--motivated", "0.3", "--icf-recall", "0.4", "--format", "certificates")
        assert run_main("synth", "--spells", "6000", "--to", issued, *planted) == 0
        known = ("--extraction", "2019-06-30", "--synthetic", *store)
        assert run_main("build", "--register", issued, *known) == 0
        for language, to in (("sv", "issued"), ("en", "issued-en")):
            asked = ("--language", language, "--folder", folder / to, *store)
            assert run_main("evaluate", "certificates", *asked) == 0

    return shared_folder("evaluations", make)


@pytest.fixture
def visit(browser, site, request):
    """Return a function that opens a page; `requested` lists what it asked for."""
    opened = []

    def open_page(name: str, width: int = 1200, **about):
        page = browser.new_page(viewport={"width": width, "height": 900}, **about)
        page.requested = []
        page.complaints = []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        is_ours = name in EVALUATIONS
        folder = request.getfixturevalue("evaluations") if is_ours else site
        page.goto((folder / f"{name}.html").as_uri())
        opened.append(page)
        return page

    yield open_page
    for page in opened:
        page.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_but_itself(name, visit):
    page = visit(name)
    page.wait_for_load_state("networkidle")
    beside = [url for url in page.requested if not url.startswith("data:")]
    assert beside == [page.url]
    assert page.complaints == []


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation_and_leaves_nothing_open(name, scheme, width, visit):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(name, width=width, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    # Without this axe names one element of all that it leaves open.
    found = Axe().run(page, options={"resultTypes": ["violations", "incomplete", "passes"]})
    for kind in ("violations", "incomplete"):
        told = [(v["id"], node["html"][:120]) for v in found.response[kind] for node in v["nodes"]]
        assert told == [], kind
    judged = [
        node["html"]
        for p in found.response["passes"]
        if p["id"] == "color-contrast"
        for node in p["nodes"]
    ]
    n_texts = page.evaluate(
        "[...document.querySelectorAll('svg text')].filter(e => e.checkVisibility()).length"
    )
    assert sum(html.startswith("<text") for html in judged) >= 0.9 * n_texts


#: Gives texts of pictures whose contrast with what is painted under them is below 4.5: axe judges
#: by the ground that the style sheet declares.
FAINT = r"""() => {
    const parts = c => {
        const m = c.match(/[\d.]+/g).map(Number);
        return m.length < 4 ? [...m, 1] : m;
    };
    const light = c => {
        const f = c.slice(0, 3).map(v => v / 255)
            .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * f[0] + .7152 * f[1] + .0722 * f[2];
    };
    const contrast = (a, b) => {
        const [x, y] = [light(a), light(b)];
        return (Math.max(x, y) + .05) / (Math.min(x, y) + .05);
    };
    const ground = (text, x, y) => {
        for (const e of document.elementsFromPoint(x, y)) {
            const style = getComputedStyle(e);
            const is_mark = e instanceof SVGElement && e.tagName !== 'svg';
            if (e.closest('text') || e.tagName === 'g') continue;
            const paint = is_mark ? style.fill : style.backgroundColor;
            if (paint.startsWith('url')) return null;
            if (!paint.startsWith('rgb')) continue;
            const color = parts(paint), solid = is_mark ? style.opacity * style.fillOpacity : 1;
            if (color[3] * solid >= .5) return color;
        }
        return [255, 255, 255];
    };
    const faint = [];
    for (const text of document.querySelectorAll('svg text')) {
        if (!text.checkVisibility() || !text.textContent.trim()) continue;
        text.scrollIntoView({block: 'center'});
        const box = text.getBoundingClientRect(), own = parts(getComputedStyle(text).fill);
        for (const share of [.1, .5, .9]) {
            const under = ground(text, box.left + share * box.width, box.top + box.height / 2);
            if (under === null || contrast(own, under) < 4.5) faint.push([text.textContent, under]);
        }
    }
    return faint;
}"""


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_text_in_a_picture_stands_out_from_what_is_painted_under_it(name, scheme, width, visit):
    page = visit(name, width=width, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate(FAINT) == []


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
    assert wanted >= (1 if name == "drift/index" else 4)
    reached, unseen = set(), set()
    for _ in range(wanted + 10):
        page.keyboard.press("Tab")
        place, outline, tag = page.evaluate(
            """() => {
            const e = document.activeElement;
            return [e.dataset.place ?? '', getComputedStyle(e).outlineStyle, e.outerHTML];
            }"""
        )
        if place and outline == "none":
            unseen.add(tag[:120])
        reached.add(place)
    assert unseen == set()
    assert len(reached - {""}) == wanted


def _tab_to(page, wanted: str) -> None:
    """Press the tab key until an element is reached."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    pytest.fail(f"{wanted} is not reached by the tab key")


@pytest.mark.parametrize("name", [*DIAGNOSES, "overview"])
def test_the_contents_lead_to_every_part_by_keyboard(name, visit):
    page = visit(name)
    links = page.locator("nav.contents.open a").evaluate_all("a => a.map(x => x.hash)")
    assert len(links) >= 4
    for anchor in links:
        page.evaluate("document.activeElement.blur()")
        _tab_to(page, f'nav.contents.open a[href="{anchor}"]')
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == anchor
        top, height = page.evaluate(
            "hash => [document.querySelector(hash).getBoundingClientRect().top, innerHeight]",
            anchor,
        )
        assert -1 <= top < height, anchor
        page.evaluate("history.replaceState(null, '', location.pathname)")
        page.reload()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [*DIAGNOSES[:2], "overview"])
def test_a_figure_is_saved_as_picture_and_as_data(name, scheme, visit):
    from lxml import etree
    from PIL import Image

    page = visit(name, color_scheme=scheme)
    saved = {}
    for kind, button in (("svg", "svg"), ("png", "png"), ("csv", None)):
        place = f"[data-save={button}]" if button else "a[download]"
        with page.expect_download(timeout=10_000) as download:
            page.locator("figure").first.locator(place).click()
        assert download.value.suggested_filename.endswith(f".{kind}")
        saved[kind] = download.value.path().read_bytes()
    drawn = etree.fromstring(saved["svg"], etree.XMLParser(huge_tree=True))
    said = " ".join(" ".join(drawn.itertext()).split())
    assert page.locator("figure h2, figure h3").first.inner_text() in said
    with Image.open(io.BytesIO(saved["png"])) as picture:
        assert picture.width == 2 * float(drawn.get("width"))
        # On paper's ground, and not empty.
        assert min(picture.convert("RGB").getpixel((1, 1))) > 230
        assert len(set(picture.convert("L").resize((200, 200)).get_flattened_data())) > 20
    assert saved["csv"].count(b"\n") > 2


def test_the_search_of_a_page_leads_to_the_index_by_keyboard(visit):
    page = visit("depressiv-episod")
    _tab_to(page, "input[type=search]")
    page.keyboard.type("rygg")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("index.html?q=rygg")
    assert page.input_value("#search") == "rygg"
    shown = page.locator("tr[data-words]:visible th a").evaluate_all("a => a.map(x => x.pathname)")
    assert [link.rsplit("/", 1)[1] for link in shown] == ["akut-lumbago.html"]


@pytest.mark.parametrize("width", [320, 380, 760])
@pytest.mark.parametrize("name", PAGES)
def test_a_small_screen_scrolls_only_down(name, width, visit):
    page = visit(name, width=width)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert beyond(page, width) == []


def beyond(page, width: int) -> list[str]:
    """What of a page reaches over its right edge."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    return page.evaluate(
        """width => [...document.querySelectorAll('main *')].filter(e => {
            const box = e.getBoundingClientRect();
            return !e.closest('svg svg, .gone, .defs') && e.checkVisibility() && box.width > 1
                   && box.right > width + 1 && !e.closest('svg');
        }).map(e => e.outerHTML.slice(0, 120))""",
        width,
    )


def test_the_contents_and_the_menu_of_a_small_screen_open_by_keyboard(visit):
    page = visit("depressiv-episod", width=320)
    for fold in ("details.menu", "details.contents"):
        _tab_to(page, f"{fold} > summary")
        page.keyboard.press("Enter")
        links = page.locator(f"{fold} a")
        assert links.first.is_visible()
        # One below the other, and none beside the screen.
        boxes = links.evaluate_all("a => a.map(x => x.getBoundingClientRect())")
        assert all(b["top"] >= a["bottom"] - 1 for a, b in itertools.pairwise(boxes))
        assert all(box["right"] <= 320 for box in boxes)


@pytest.mark.parametrize("name", [*DIAGNOSES, *LONG])
def test_a_printed_page_cuts_no_figure_and_fits_the_width(name, visit):
    page = visit(name)
    n_figures = page.locator("figure").count()
    finding = " ".join(page.locator("h1").inner_text().split())
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
    assert len(heights) == n_figures
    page.set_viewport_size({"width": A4_WIDTH_PX, "height": 900})
    assert beyond(page, A4_WIDTH_PX) == []
    from pypdf import PdfReader

    data = page.pdf(format="A4", prefer_css_page_size=True)
    printed = PdfReader(io.BytesIO(data))
    assert 1 <= len(printed.pages) <= (12 if name in LONG else 4)
    assert all(abs(float(p.mediabox.height) - A4_HEIGHT_PT) < 2 for p in printed.pages)
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True)
        pages = [" ".join(p.split()) for p in text.stdout.decode().split("\f")]
        assert finding in pages[0]
        invented = "The spells in this field are invented" if "-en" in name else (
            "Sjukfallen i det här fältet är påhittade"
        )  # fmt: skip
        assert invented in " ".join(pages)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_page_says_its_language_and_what_its_data_are(
    language, reports, reports_english, read_page
):
    folder = reports if language == "sv" else reports_english
    mark = "Exempeldata" if language == "sv" else "Example data"
    pages = sorted(folder.glob("*.html"))
    assert len(pages) >= 8
    for path in pages:
        text = path.read_text()
        assert re.search(rf'<html\s+lang="{language}"', text), path.name
        # The changes between editions are facts about FMB: there is no register in them.
        assert mark in text or path.stem in ("fmb-changes", "method"), path.name
        levels = [level for level, _ in read_page(text).headings]
        assert levels.count(1) == 1, path.name
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels)), path.name
        assert path.stat().st_size < LARGEST_BYTES, path.name
        bare = re.sub(r"base64,[^)\"]*", "", text).replace("http://www.w3.org", "")
        assert "http://" not in bare


def test_swedish_names_in_pictures_of_english_pages_say_so(reports_english, read_tree):
    n_marked = 0
    for path in sorted(reports_english.glob("*.html")):
        for text in read_tree(path).iter("text"):
            said = "".join(text.itertext())
            n_marked += text.get("lang") == "sv"
            # A county's name before its number is a proper name in an English label.
            if re.search("[åäöÅÄÖ]", said) and not re.search(r"\d$", said):
                assert text.get("lang") == "sv", (path.name, said)
    assert n_marked > 10


def test_accessible_names_of_english_pages_are_english(reports_english, read_tree):
    """A name that is spoken whole cannot part languages: it is English, or marked as Swedish."""
    said = (t for key in phrase_keys() for t in phrase_forms(key, "en"))
    english = {w.lower() for text in said for w in WORD.findall(text)}
    n_names = 0
    for path in sorted(reports_english.glob("*.html")):
        for element in read_tree(path).iter("title", *NAMED):
            title = element.text if element.tag == "title" else ""
            names = [element.get("aria-label"), element.get("title"), title]
            lang = next(iter(element.xpath("ancestor-or-self::*[@lang]/@lang")[-1:]), "")
            n_names += any(names)
            unknown = {w for w in WORD.findall(" ".join(filter(None, names)).lower()) if len(w) > 1}
            assert lang == "sv" or unknown <= english, (path.name, unknown - english, names)
    assert n_names > 100


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_head_cell_has_a_scope_and_every_figure_words_and_data(
    language, reports, reports_english, read_tree
):
    folder = reports if language == "sv" else reports_english
    n_figures = 0
    for path in sorted(folder.glob("*.html")):
        tree = read_tree(path)
        assert [h for h in tree.iter("th") if not h.get("scope")] == [], path.name
        for figure in tree.iter("figure"):
            n_figures += 1
            pictures = figure.findall("svg")
            assert len(pictures) == 2, "a wide one and a narrow one"
            for picture in pictures:
                label = picture.get("aria-label") or ""
                assert re.fullmatch(r"(?s)[A-ZÅÄÖ\d].{30,}\.", label), (path.name, label)
            assert figure.xpath(".//a[@download and starts-with(@href, 'data:text/csv')]")
            assert "".join(figure.find(".//p[@class='src']").itertext()).strip()
    assert n_figures > 15
