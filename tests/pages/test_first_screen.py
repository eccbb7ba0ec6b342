"""All pages of a year in real Chromium: the first screen, and the size of the text."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow
SCREEN_PX, SMALLEST_PX = 800, 11
N_DIAGNOSES = 116
#: Spells of the project's own synthetic register: with fewer most charts would not be drawn.
N_SPELLS = 600_000

MEASURED = r"""() => {
    const shown = e => e.checkVisibility();
    const finding = document.querySelector('h1').getBoundingClientRect();
    // Start years carry the finding of no year: with too few spells to tell they come first.
    const chart = [...document.querySelectorAll('figure:not(#fig-years) svg')].filter(shown)[0];
    const box = chart ? chart.getBoundingClientRect() : null;
    document.querySelectorAll('details').forEach(d => d.open = true);
    const small = [], beside = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const text = walk.currentNode.textContent.trim(), e = walk.currentNode.parentElement;
        if (!text || !shown(e) || e.closest('.gone, script, style, title')) continue;
        const svg = e.closest('svg');
        // A picture that is scaled scales its text.
        const scale = svg ? svg.getBoundingClientRect().width / svg.getAttribute("width") : 1;
        const px = parseFloat(getComputedStyle(e).fontSize) * scale;
        if (px < SMALLEST) small.push([text, px]);
        if (svg) {
            const [inner, outer] = [e.getBoundingClientRect(), svg.getBoundingClientRect()];
            if (inner.left < outer.left - 1.5 || inner.right > outer.right + 1.5) beside.push(text);
        }
    }
    return {finding: finding.bottom, chart: box && box.bottom, small, beside};
}"""


@pytest.fixture(scope="module")
def year(data_raw, shared_folder, keep_secret, run_main):
    """Return the folder of a whole year's reports in both languages."""

    def make(folder):
        from fmbstats.store.build import build_store
        from fmbstats.synth import draw_register

        store = folder / "store.duckdb"
        keep_secret(store)
        build_store(data_raw, store, draw_register(N_SPELLS, data_raw=data_raw))
        code = run_main("report", "--to", folder, "--store", store, "--data", data_raw, "--jobs", 2,
                        "--language", "sv,en")  # fmt: skip
        assert code == 0

    return shared_folder("whole-year", make)


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("folder", ["2017", "2017-en"])
def test_finding_and_chart_stand_on_the_first_screen_in_text_large_enough(
    folder, width, browser, year
):
    pages = sorted((year / folder).glob("*.html"))
    view = browser.new_page(viewport={"width": width, "height": SCREEN_PX})
    low, without, small, beside = {}, [], {}, {}
    for path in pages:
        view.goto(path.as_uri())
        found = view.evaluate(MEASURED.replace("SMALLEST", str(SMALLEST_PX - 0.01)))
        if found["finding"] > SCREEN_PX or (found["chart"] or 0) > SCREEN_PX:
            low[path.stem] = found
        without += [path.stem] if found["chart"] is None else []
        small |= {path.stem: found["small"]} if found["small"] else {}
        beside |= {path.stem: found["beside"]} if found["beside"] else {}
    view.close()
    assert len(pages) >= N_DIAGNOSES + 3
    # Facts, lists and diagnoses with too few spells have no chart.
    assert len(without) <= N_DIAGNOSES // 8, without
    assert (low, small, beside) == ({}, {}, {})
