"""`fmbstats lab` as an analyst meets it: real JupyterLab, real kernel, real Chromium."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"
PATIENCE_S = 90

pytestmark = pytest.mark.slow


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Copies of the notebooks, a small store, and an empty home."""
    from fmbstats.store.build import build_store
    from fmbstats.store.paths import source_hash
    from fmbstats.synth import draw_register

    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    (folder / "home").mkdir()
    data = ROOT / "data_raw"
    path = folder / "private" / "store.duckdb"
    build_store(data, path, draw_register(20_000, data_raw=data))
    assert source_hash(data), "the store must count as fresh, or lab builds it anew"
    return folder


@pytest.fixture(scope="module")
def lab(folder):
    """A running `fmbstats lab`: its address with the token, and its process."""
    log = folder / "lab.log"
    environment = {
        **os.environ,
        "HOME": str(folder / "home"),
        "JUPYTER_RUNTIME_DIR": str(folder / "r"),
        "NO_PROXY": "127.0.0.1",
    }
    command = [sys.executable, "-c", "from fmbstats.cli import script; script()", "lab"]
    command += ["--no-browser", "--allow-root", "--port", str(free_port())]
    command += ["--notebooks", str(folder / "notebooks"), "--data", str(ROOT / "data_raw")]
    command += ["--store", str(folder / "private" / "store.duckdb")]
    with log.open("w") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, env=environment)
    try:
        yield wait_for_address(log, process), process
    finally:
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        code = process.wait(60)
        _, alive = psutil.wait_procs(children, timeout=20)
        for child in alive:
            child.kill()
        assert code == 0
        assert alive == [], "a kernel was left running"


def wait_for_address(log, process):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+/lab\?token=\w+", log.read_text())
        if found:
            return found[0]
        time.sleep(0.3)
    raise AssertionError(log.read_text())


@pytest.fixture
def page(browser, lab):
    """A page that remembers which hosts were asked."""
    context = browser.new_context(viewport={"width": 1500, "height": 1000})
    opened = context.new_page()
    opened.hosts = set()
    opened.on("request", lambda request: opened.hosts.add(request.url.split("/")[2]))
    opened.set_default_timeout(PATIENCE_S * 1000)
    yield opened
    assert opened.hosts <= {lab[0].split("/")[2], ""}, "a request left the machine"
    context.close()


def open_notebook(page, lab, name):
    page.goto(lab[0].replace("/lab?", f"/lab/tree/{name}?"))
    page.locator(f"{PANEL} .jp-Cell").first.wait_for()

    # The session may come after the notebook: until then JupyterLab asks which kernel is meant.
    select = page.locator(".jp-Dialog button", has_text="Select")
    idle = page.locator(f"{PANEL} .jp-NotebookPanel-toolbar [data-status=idle]")
    quiet_since, until = None, time.monotonic() + PATIENCE_S
    while quiet_since is None or time.monotonic() - quiet_since < 3:
        assert time.monotonic() < until, f"{name} has no kernel"
        if select.count():
            select.click()
        is_quiet = idle.count() and not select.count()
        quiet_since = (quiet_since or time.monotonic()) if is_quiet else None
        time.sleep(0.2)


def run_all(page):
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    # JupyterLab goes to the last cell and hides those far from it.
    prompt = page.locator(f"{PANEL} .jp-InputPrompt:visible", has_text=re.compile(r"\[[\d*]+\]"))
    prompt.first.wait_for()


def test_explore_follows_the_widgets_and_saves_no_numbers(page, lab, folder):
    open_notebook(page, lab, "explore.ipynb")
    run_all(page)
    box = page.get_by_role("combobox", name="Diagnos")
    box.wait_for()
    page.get_by_text("Exakta tal för internt bruk").first.wait_for()
    box.fill("M54.5")
    box.press("Tab")
    page.locator(".fmb-title", has_text="M54.5").first.wait_for()
    page.get_by_label("Dela upp på").select_option("Kön")
    page.locator(".widget-html img[alt*=Kvinnor]").wait_for()
    page.get_by_text('.adherence(by="sex")').first.wait_for()
    page.keyboard.press("Control+s")
    stored = folder / "notebooks" / "explore.ipynb"
    before = stored.stat().st_mtime
    time.sleep(2)
    content = json.loads(stored.read_text("utf-8"))
    assert all(not cell.get("outputs") for cell in content["cells"]), before
    assert "widgets" not in content["metadata"]


def test_evaluate_follows_the_groups_and_the_limits_typed(page, lab, folder):
    open_notebook(page, lab, "evaluate.ipynb")
    run_all(page)
    page.locator(f"{PANEL} .jp-WindowedPanel-outer").hover()
    page.mouse.wheel(0, -100_000)
    shown = page.locator(".widget-html img[alt*='dag för dag']")
    shown.wait_for()
    assert "2014–2015 minus 2017–2018" in shown.get_attribute("alt")
    page.get_by_label("Jämför", exact=True).select_option("Kön")
    page.locator(".widget-html img[alt*='Kvinnor minus Män']").wait_for()
    page.get_by_label("Jämför", exact=True).select_option("Ålder")
    page.locator(".widget-html img[alt*='16–29 år minus 60+ år']").wait_for()
    # By selection: JupyterLab takes the arrow keys of a list for its own, to walk between cells.
    page.get_by_label("Första gruppen", exact=True).select_option(["30–39 år", "40–49 år"])
    page.locator(".widget-html img[alt*='30–49 år minus 60+ år']").wait_for()
    page.get_by_label("Andra gruppen", exact=True).select_option(["16–29 år", "50–59 år"])
    page.locator(".widget-html img[alt*='30–49 år minus 16–29 år och 50–59 år']").wait_for()
    assert page.locator(".widget-html img").count() == 2, "an old figure is left"
    code = '.compare("age", ["30-39", "40-49"], ["16-29", "50-59"])'
    page.get_by_text(code).first.wait_for()
    limits = page.get_by_label("Gränser, dagar", exact=True)
    limits.focus()
    page.keyboard.type("75")
    page.keyboard.press("Tab")
    page.locator(".widget-html img[alt*='dag 75']").first.wait_for()
    page.locator(".widget-html", has_text="Slutsats").first.wait_for()
    assert page.get_by_text("Traceback (most recent call last)").count() == 0


def test_a_new_notebook_has_sql_completion_and_short_errors(page, lab, folder):
    own = folder / "notebooks" / "mine.ipynb"
    cells = [
        "import fmbstats as fmb\nstore = fmb.open_store()\nyear = 2017",
        "%%sql\nselect count(*) as n_rows, 'x' as word from mart_spells where start_year = $year",
        "%%sql\ndelete from meta_settings",
        'store["depresiv"]',
        'store["F32"].curve(by="sex").plot()',
    ]
    own.write_text(json.dumps(notebook_of(cells)), "utf-8")
    open_notebook(page, lab, "mine.ipynb")
    page.locator(f"{PANEL} .jp-Cell").first.click()
    for number in range(1, len(cells) + 1):
        # One by one: what is queued behind an error is not run.
        page.keyboard.press("Shift+Enter")
        page.locator(f"{PANEL} .jp-InputPrompt", has_text=f"[{number}]").wait_for()
    page.get_by_role("columnheader", name="n_rows").wait_for()
    page.get_by_text("read-only mode").first.wait_for()
    page.get_by_text("UnknownNameError: Diagnosis 'depresiv' is unknown.").first.wait_for()
    page.locator("img[alt*=Kvinnor]").wait_for()
    assert page.get_by_text("Traceback (most recent call last)").count() == 0


def notebook_of(cells):
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}},
        "cells": [
            {
                "id": f"c{k}",
                "cell_type": "code",
                "source": source,
                "metadata": {},
                "outputs": [],
                "execution_count": None,
            }
            for k, source in enumerate(cells)
        ],
    }
