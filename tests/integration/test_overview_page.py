"""Overview, index and changes made by the main job, read back and driven in a browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pages(make_reports, small_store):
    """Return the folder of a run that made the overview and one report."""
    return make_reports("overview", small_store, only="overview,F32,M54.5,C77")


@pytest.fixture
def open_page(browser, pages):
    opened = []

    def show(name: str, *, java_script: bool = True, width: int = 1200):
        context = browser.new_context(
            java_script_enabled=java_script, viewport={"width": width, "height": 900}
        )
        opened.append(context)
        page = context.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto((pages / name).as_uri())
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        return page

    yield show
    for context in opened:
        context.close()


def test_the_overview_is_made_in_the_batch(pages, read_page):
    done = json.loads((pages / "manifest.json").read_text())["reports"]
    assert done["overview"]["status"] == "done"
    page = read_page(pages / "overview.html")
    assert [level for level, _ in page.headings].count(1) == 1
    assert page.headings[0] == (1, "Översikt 2017")
    assert [text for level, text in page.headings if level == 2] == [
        "Alla diagnosinformationer",
        "Störst andel över längsta gränsen",
        "Alla mått",
        "Förändring från året före",
        "Längden i förhållande till rekommendationen",
        "Kan inte bedömas, och varför",
        "Ändrade rekommendationer",
        "Källor och inställningar",
    ]
    assert len((pages / "overview.html").read_bytes()) < 1_500_000


def test_every_figure_has_words_and_its_data(pages, read_page):
    page = read_page(pages / "overview.html")
    assert len(page.images) >= 3
    assert all(re.fullmatch(r".{60,}\. Syntetiska data\.", i["alt"]) for i in page.images)
    assert all("25 juni 2019" in t.caption for t in page.of("forest"))
    assert len(page.of("forest")) + 1 == len(page.images)


def test_the_table_holds_every_entry_once(pages, read_page):
    (table,) = read_page(pages / "overview.html").of("measures")
    entries = [row for row in table.rows if len(row) == len(table.head)]
    assert len(entries) == 116
    assert len({row[0] for row in entries}) == 116
    row = next(row for row in entries if row[0] == "Depressiv episod")
    assert re.fullmatch(r"\d\d,\d % \(\d\d,\d–\d\d,\d %\)", row[4])
    assert row[5] == "gräns ≤ 14"


def test_the_overview_prints_what_the_table_of_measures_holds(pages, read_page):
    import pandas as pd

    frame = pd.read_csv(pages / "adherence.csv", dtype={"stratum": str})
    mine = frame[(frame["by"] == "all") & (frame["slug"] == "depressiv-episod")]
    value = mine.set_index("metric")["estimate"]
    (table,) = read_page(pages / "overview.html").of("measures")
    row = next(row for row in table.rows if row[0] == "Depressiv episod")
    assert row[2].replace(" ", "") == f"{value['n_spells']:.0f}"
    assert row[4].startswith(f"{100 * value['share_over_longest']:.1f} %".replace(".", ","))
    assert row[6].startswith(f"{value['excess_days_longest']:.1f} ".replace(".", ","))


def test_who_cannot_be_judged_adds_up(pages, read_page):
    reasons, entries = read_page(pages / "overview.html").of("not-judged")
    listed = [row for row in entries.rows if len(row) == len(entries.head)]
    assert sum(int(row[1]) for row in reasons.rows) == len(listed) > 10


def test_the_index_links_to_reports_overview_and_changes(pages):
    text = (pages / "index.html").read_text()
    for name in ("overview.html", "fmb-changes.html", "adherence.csv", "depressiv-episod.html"):
        assert f'href="{name}"' in text
        assert (pages / name).is_file()
    assert text.count("data:image/svg+xml;base64,") == 2  # C77 has too few for a curve


def test_without_scripts_the_whole_table_is_seen(open_page):
    page = open_page("index.html", java_script=False)
    assert page.locator("tbody tr:visible").count() == 3
    assert not page.locator("#controls").is_visible()


def test_searching_filters_and_says_how_many(open_page):
    page = open_page("index.html")
    status = page.locator("#status")
    assert status.inner_text() == "3 av 3 visas."
    for wanted, slugs in (
        ("depr", ["depressiv-episod"]),
        ("f32.1", ["depressiv-episod"]),
        ("m545", ["akut-lumbago"]),
        ("M54", ["akut-lumbago"]),
        ("zzz", []),
    ):
        page.fill("#search", wanted)
        links = page.locator("tbody tr:visible a").evaluate_all("a => a.map(x => x.pathname)")
        assert [link.rsplit("/", 1)[1].removesuffix(".html") for link in links] == slugs
    assert status.inner_text() == "Ingen diagnos passar sökningen."
    page.click("#clear")
    page.select_option("#group", "Psykisk sjukdom")
    assert page.locator("tbody tr:visible").count() == 1
    assert status.get_attribute("role") == "status"


def test_sorting_by_keyboard_alone(open_page):
    page = open_page("index.html")
    page.focus("#clear")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Sjukfall":
            break
    head = page.locator("thead th", has_text="Sjukfall")
    for order in ("ascending", "descending"):
        page.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == order
        shown = page.locator("tbody td:nth-child(6)").evaluate_all(
            "cells => cells.map(c => c.dataset.order)"
        )
        known = [int(n) for n in shown if n is not None]
        assert known == sorted(known, reverse=order == "descending")
        assert None not in shown[: len(known)]  # what is no number stands last
    assert page.locator("thead th[aria-sort]").count() == 1
    assert (
        page.locator("#status").inner_text() == "3 av 3 visas, sorterat efter Sjukfall, fallande."
    )


@pytest.mark.parametrize("name", ["index.html", "overview.html", "fmb-changes.html"])
def test_axe_finds_nothing(open_page, name):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(open_page(name)).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []


@pytest.mark.parametrize("name", ["index.html", "overview.html", "fmb-changes.html"])
def test_nothing_is_wider_than_a_telephone(open_page, name):
    page = open_page(name, width=380)
    assert page.evaluate("document.documentElement.scrollWidth") <= 380


@pytest.mark.parametrize("width", [1024, 1100, 1280, 1440])
def test_no_column_of_the_index_is_out_of_view_on_a_laptop(open_page, width):
    """With the longest names: two words of 24 letters, seven codes, and reasons for numbers."""
    page = open_page("index.html", width=width)
    widths = page.evaluate(
        """() => {
          const row = document.querySelector("#entries tbody tr");
          row.cells[0].textContent = "Överkänslighetsreaktioner sköldkörtelsjukdomarna";
          row.cells[1].textContent = "Graviditetskomplikationer, förlossningskomplikationer";
          row.cells[2].textContent = "J12, J13, J14, J15, J16, J17, J18";
          row.cells[3].textContent = "180–365 dagar";
          row.cells[5].textContent = "1\u00a0000\u00a0000";
          const box = document.querySelector(".table-scroll");
          return [box.scrollWidth, box.clientWidth];
        }"""
    )
    assert widths[0] <= widths[1]


@pytest.mark.slow
def test_a_round_is_made_in_its_own_folder(tmp_path, run_main, small_store, data_raw, read_page):
    options = ("--to", tmp_path, "--store", small_store, "--data", data_raw)
    assert run_main("report", "--round", "ki-2016", "--only", "overview,F33", *options) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ki-2016"]
    page = read_page(tmp_path / "ki-2016" / "overview.html")
    assert page.headings[0] == (1, "Karolinska institutets uppföljning 2016")
    assert "Listan är ofullständig" in page.text_of("headline")
    (table,) = page.of("measures")
    entries = {row[0] for row in table.rows if len(row) == len(table.head)}
    assert "Depressiv episod" in entries
    assert "Akut lumbago" not in entries
    assert "Andel 2015" in " ".join(page.of("change")[-1].head)
    index = (tmp_path / "ki-2016" / "index.html").read_text()
    assert "<h1>Karolinska institutets uppföljning 2016</h1>" in index


def test_a_second_run_imports_no_estimator_and_writes_nothing(pages, small_store, data_raw):
    import subprocess
    import sys

    before = {p: p.stat().st_mtime_ns for p in pages.rglob("*") if p.is_file()}
    code = (
        "import sys; from fmbstats.cli import main; code = main(sys.argv[1:]); "
        "print(sorted({'pandas', 'matplotlib', 'scipy.stats', 'papermill'} & set(sys.modules))); "
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "report", "--only", "overview,F32,M54.5,C77", "--to",
         str(pages.parent), "--store", str(small_store), "--data", str(data_raw)],
        capture_output=True, text=True, check=True, cwd=PROJECT,
    )  # fmt: skip
    assert "0 reports made, 4 up to date, 0 failed" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
    assert {p: p.stat().st_mtime_ns for p in pages.rglob("*") if p.is_file()} == before
