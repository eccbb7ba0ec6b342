"""Index, overview and changes made by the main job, read back and driven in a browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

PROJECT = Path(__file__).parents[2]
N_ENTRIES = 116
MADE = {"depressiv-episod", "akut-lumbago", "metastaserad-cancer"}


@pytest.fixture(scope="module")
def table(site):
    """Return the rows that pages have told, by their id."""
    frame = pd.read_csv(site / "adherence.csv", dtype={"stratum": str, "row": str})
    return frame[frame["row"].notna()].set_index("row")


@pytest.fixture
def open_page(browser, site):
    opened = []

    def show(name: str, *, java_script: bool = True, width: int = 1200):
        context = browser.new_context(
            java_script_enabled=java_script, viewport={"width": width, "height": 900}
        )
        opened.append(context)
        page = context.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{(site / name.split('?')[0]).as_uri()}{name[len(name.split('?')[0]) :]}")
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        return page

    yield show
    for context in opened:
        context.close()


def text_of(element) -> str:
    return " ".join("".join(element.itertext()).replace("\N{NO-BREAK SPACE}", " ").split())


def one(tree, path):
    (found,) = tree.xpath(path)
    return found


def test_the_overview_is_made_in_the_batch(site, read_tree):
    done = json.loads((site / "manifest.json").read_text())["reports"]
    assert done["overview"]["status"] == "done"
    tree = read_tree(site / "overview.html")
    sections = [e.get("id") for e in tree.xpath("//section[@id]")]
    assert sections == ["answer", "told", "answers", "changes", "about"]
    # What is published and real stands outside the field of invented spells, and before it.
    field = one(tree, "//div[@class='field']")
    assert field.xpath(".//section/@id") == ["answers"]
    assert "påhittade" in text_of(one(field, ".//p[@class='says']"))


def test_the_finding_is_of_real_published_counts(site, read_tree, table):
    tree = read_tree(site / "overview.html")
    answer = one(tree, "//section[@id='answer']")
    assert (answer.get("data-kind"), answer.get("data-year")) == ("real", "2017")
    assert re.fullmatch(
        r"Från \d+ till \d+ av 100 sjukfall nådde ett halvår, beroende på diagnos",
        text_of(one(tree, "//h1")),
    )
    told = [table.loc[e.get("data-row")] for e in tree.xpath("//h1//data")]
    assert all(row["part"] == "published" for row in told)
    published = table[(table["metric"] == told[0]["metric"]) & (table["slug"] == "overview")]
    of_year = published[published["data_vintage"] == told[0]["data_vintage"]]
    assert [row["estimate"] for row in told] == [
        of_year["estimate"].min(),
        of_year["estimate"].max(),
    ]


def test_the_forms_of_answer_add_up_to_all_entries(site, read_tree, table):
    tree = read_tree(site / "overview.html")
    counts = table[(table["slug"] == "overview") & (table["metric"] == "n_entries")]
    n = counts.set_index("stratum")["estimate"]
    told = [n.get(form, 0) for form in ("one", "between", "least", "most")]
    assert sum(told) == n["told"]
    assert sum(told) + n["cannot"] + n["rest"] == n["entries"] == N_ENTRIES
    assert n["both"] == told[0] + told[1]
    # Every entry stands once: as a bar, or by name below with the reason for none.
    bars = tree.xpath(
        "//section[@id='answers']//figure//*[local-name()='svg' and contains(@class,'wide')]"
        "//*[local-name()='g' and @tabindex]"
    )
    named = tree.xpath("//section[@id='answers']//ul[@class='names']/li")
    assert len(bars) == n["told"]
    assert len(named) == n["cannot"] + n["rest"]
    assert all(text_of(one(li, "./span")) for li in named)


def test_the_index_holds_every_listed_entry_with_its_time_and_its_answer(site, read_tree, table):
    tree = read_tree(site / "index.html")
    rows = {text_of(r.find("th/span")): r for r in tree.xpath("//tr[@data-words]")}
    assert set(rows) == {"Depressiv episod", "Akut lumbago", "Metastaserad cancer"}
    time, reached, answer = (text_of(cell) for cell in rows["Depressiv episod"].findall("td"))
    assert time == "från ingen alls till 6 månader"
    assert reached == "30,7 % (2017)"  # of the spells that were published
    # Which of the two forms it is depends on how many spells have the limit that cannot be seen.
    told = [table.loc[d.get("data-row")] for d in rows["Depressiv episod"].xpath("td[3]//data")]
    assert {row["slug"] for row in told} == {"depressiv-episod"}
    metrics = ["share_over_longest", "share_over_shortest"]
    assert [row["metric"] for row in told] == metrics[: len(told)]
    low, *high = [f"{100 * row['estimate']:.0f} %" for row in told]
    assert answer == (f"{low} till {high[0]}" if high else f"minst {low}")
    # No share where none can be told, and no bar that could be taken for one.
    assert text_of(rows["Metastaserad cancer"].findall("td")[2]) == "ingen gräns i dagar"
    assert rows["Metastaserad cancer"].xpath(".//*[local-name()='svg']") == []


def test_the_index_links_to_reports_overview_and_changes(site):
    text = (site / "index.html").read_text()
    for name in ("overview.html", "fmb-changes.html", "method.html", "depressiv-episod.html"):
        assert f'href="{name}"' in text
        assert (site / name).is_file()
    assert 'href="adherence.csv"' in (site / "overview.html").read_text()


def test_no_link_of_a_page_leads_nowhere(site, read_tree):
    n = 0
    for path in site.glob("*.html"):
        for link in read_tree(path).xpath("//a/@href | //form/@action"):
            if link.startswith(("data:", "https:")):
                continue
            name, _, anchor = link.partition("#")
            target = site / (name.split("?")[0] or path.name)
            assert target.is_file(), (path.name, link)
            if anchor:
                assert read_tree(target).get_element_by_id(anchor, None) is not None, link
            n += 1
    assert n > 150


def test_without_scripts_the_whole_table_is_seen(open_page):
    page = open_page("index.html", java_script=False)
    assert page.locator("tr[data-words]:visible").count() == 3
    assert not page.locator("#look").is_visible()


def slugs(page) -> list[str]:
    links = page.locator("tr[data-words]:visible th a").evaluate_all("a => a.map(x => x.pathname)")
    return [link.rsplit("/", 1)[1].removesuffix(".html") for link in links]


def test_searching_filters_and_says_how_many(open_page):
    page = open_page("index.html")
    status = page.locator("#status")
    assert status.get_attribute("role") == "status"
    assert status.inner_text() == "Visar alla 3."
    for wanted, found in (
        ("depr", ["depressiv-episod"]),
        ("f32.1", ["depressiv-episod"]),
        ("m545", ["akut-lumbago"]),
        ("M54", ["akut-lumbago"]),
        ("  LUMBAGO, akut ", ["akut-lumbago"]),
        ("ont i ryggen", ["akut-lumbago"]),
        ("nedstamd", ["depressiv-episod"]),
    ):
        page.fill("#search", wanted)
        assert slugs(page) == found, wanted
        assert status.inner_text().startswith("Visar 1 av 3"), wanted
    page.fill("#search", "rygg")
    assert "vardagsord" in status.inner_text()


def test_a_search_without_a_hit_suggests_what_can_be_found(open_page):
    page = open_page("index.html")
    for wanted in ("lumbagu", "zzz"):
        page.fill("#search", wanted)
        assert slugs(page) == []
        links = page.locator("#advice a")
        assert links.count() >= 1, wanted
        first = links.first.inner_text()
        page.fill("#search", first)
        assert slugs(page), first


def test_the_state_of_the_search_is_in_the_address(open_page):
    page = open_page("index.html")
    page.fill("#search", "akut")
    page.click("button[data-group='real']")
    assert slugs(page) == []
    chip = page.locator("button[data-group]", has_text="Psykisk")
    chip.click()
    assert chip.get_attribute("aria-pressed") == "true"
    page.fill("#search", "depr")
    address = page.evaluate("location.href")
    assert "q=depr" in address
    again = open_page(f"index.html?{address.split('?')[1]}")
    assert again.input_value("#search") == "depr"
    assert slugs(again) == ["depressiv-episod"]
    assert again.locator("button[aria-pressed=true]").inner_text().startswith("Psykisk")


def test_searching_by_keyboard_alone(open_page):
    page = open_page("index.html")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "search":
            break
    page.keyboard.type("depr")
    assert slugs(page) == ["depressiv-episod"]
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('tr[data-words]') !== null"):
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("depressiv-episod.html")


@pytest.mark.parametrize("name", ["index", "overview", "fmb-changes", "depressiv-episod"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(open_page, name):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(f"{name}.html")
    found = Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
    for width in (320, 1024, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


@pytest.mark.slow
@pytest.mark.parametrize("name", ["index", "overview", "fmb-changes", "depressiv-episod"])
@pytest.mark.parametrize("width", [320, 1024, 1440])
def test_nothing_is_wider_than_the_screen_that_it_is_opened_on(open_page, name, width):
    page = open_page(f"{name}.html", width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_changes_are_counted_kind_by_kind(site, read_tree):
    tree = read_tree(site / "fmb-changes.html")
    sections = tree.xpath("//section[starts-with(@id, 'change-')]")
    assert len(sections) >= 3
    for section in sections:
        n = int(re.search(r"\((\d+)\)$", text_of(section.find("h2")))[1])
        rows = len(section.xpath(".//tbody/tr"))
        # Of the new and the withdrawn, cases are counted; entries stand in the table beside them.
        assert 0 < n <= rows


@pytest.mark.slow
def test_a_round_is_made_in_its_own_folder(tmp_path, run_main, small_store, data_raw, read_tree):
    options = ("--to", tmp_path, "--store", small_store, "--data", data_raw)
    assert run_main("report", "--round", "ki-2016", "--only", "overview,F33", *options) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ki-2016"]
    tree = read_tree(tmp_path / "ki-2016" / "overview.html")
    answer = one(tree, "//section[@id='answer']")
    assert (answer.get("data-overview"), answer.get("data-year")) == ("ki-2016", "2016")
    kind = text_of(one(answer, "./p[@class='kind']"))
    assert "Karolinska institutets uppföljning 2016" in kind
    text = text_of(one(tree, "//main"))
    assert "Depressiv episod" in text
    assert "Akut lumbago" not in text
    index = read_tree(tmp_path / "ki-2016" / "index.html")
    assert text_of(one(index, "//h1")) == "Karolinska institutets uppföljning 2016"


def test_a_second_run_imports_no_estimator_and_writes_nothing(site, small_store, data_raw):
    import subprocess
    import sys

    def times():  # a lock may be touched
        return {
            p: p.stat().st_mtime_ns for p in site.rglob("*") if p.is_file() and p.suffix != ".lock"
        }

    before = times()
    code = (
        "import sys; from fmbstats.cli import main; code = main(sys.argv[1:]); "
        "print(sorted({'pandas', 'matplotlib', 'scipy.stats', 'papermill'} & set(sys.modules))); "
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "report", "--only", "overview,F32,M54.5,C77", "--to",
         str(site.parent), "--store", str(small_store), "--data", str(data_raw)],
        capture_output=True, text=True, check=True, cwd=PROJECT,
    )  # fmt: skip
    assert "0 reports made, 4 up to date, 0 failed" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
    assert times() == before
