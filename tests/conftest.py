"""What tests of several folders share: a small store, reports made from it, a page's contents."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

# Beside JupyterLab jsonschema makes 38 grammars of addresses when it is loaded, for two seconds in
# each worker process: no notebook holds what they are for.
sys.modules.setdefault("rfc3987_syntax", None)

# A change is judged by the same examples everywhere; HYPOTHESIS_PROFILE=explore draws new ones.
# No test rests on how busy the machine is: neither deadlines nor the speed of drawing count.
ANY_SPEED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("quick", derandomize=True, max_examples=40, **ANY_SPEED)
settings.register_profile("same", derandomize=True, **ANY_SPEED)
settings.register_profile("explore", derandomize=False, **ANY_SPEED)


def _is_quick(config) -> bool:
    return config.option.markexpr == "not slow"


def pytest_configure(config):
    """Draw some of the examples in the quick run, all of them elsewhere."""
    usual = "quick" if _is_quick(config) else "same"
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", usual))


def pytest_itemcollected(item):
    """Count a property as slow too where all of its examples are drawn."""
    if not _is_quick(item.config) and is_hypothesis_test(getattr(item, "obj", None)):
        item.add_marker(pytest.mark.slow)


ROOT = Path(__file__).parents[1]
N_SMALL, N_TINY = 30_000, 4_000
# Real counts; no limit at all; limits the register cannot see; few spells; several codes.
ENTRIES = "F32,C77,M54.5,G47.3,F43.8"


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Leave modules and tests, which all stay, to no collector of garbage while tests run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_unconfigure():
    gc.unfreeze()


def pytest_collection_modifyitems(items):
    """Run first what forks: a fork of a process that has threads of Polars stands still."""
    items.sort(key=lambda item: "fuzz" not in item.path.parts)


# Workers cost seconds to start: for so few files they only make the answer later.
FEW_FILES = 6


def pytest_xdist_auto_num_workers(config):
    """Run few files in this process, without ``-n 0``; many as ``-n auto`` does."""
    paths = [Path(str(argument).split("::")[0]) for argument in config.args]
    files = [f for p in paths for f in (p.rglob("test_*.py") if p.is_dir() else [p])]
    return 0 if len(files) <= FEW_FILES else None


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory):
    """Return a function (name, make) -> folder, made once for all worker processes."""
    base = tmp_path_factory.getbasetemp()
    root = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base

    def once(name: str, make) -> Path:
        from filelock import FileLock

        folder = root / f"shared-{name}"
        with FileLock(root / f"shared-{name}.lock"):
            if not (folder / "done").exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                (folder / "done").touch()
        return folder

    return once


@pytest.fixture(scope="session")
def data_raw(shared_folder):
    """Return a copy of data_raw: it stays as it is while the tests run."""
    copied = shared_folder("data", lambda to: shutil.copytree(ROOT / "data_raw", to / "data_raw"))
    return copied / "data_raw"


#: Which small groups a release leaves out is drawn by the store's secret: the same in every run.
SECRET = "5e" * 32


def _keep_secret(store: Path) -> None:
    """Put the tests' secret beside a store before it is built."""
    from fmbstats.store.secret import secret_path

    secret_path(store).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret_path(store).write_text(SECRET + "\n", encoding="ascii")
    secret_path(store).chmod(0o600)


@pytest.fixture(scope="session")
def keep_secret():
    """Return the function that puts the tests' secret beside a store before it is built."""
    return _keep_secret


def _store(data: Path, n_spells: int):
    def make(folder: Path) -> None:
        from fmbstats.store.build import build_store
        from fmbstats.synth import draw_register

        _keep_secret(folder / "store.duckdb")
        build_store(data, folder / "store.duckdb", draw_register(n_spells, data_raw=data))

    return make


@pytest.fixture(scope="session")
def small_store(data_raw, shared_folder):
    """Return the path of a store with 30 000 synthetic spells."""
    return shared_folder("small-store", _store(data_raw, N_SMALL)) / "store.duckdb"


@pytest.fixture(scope="session")
def tiny_store(data_raw, shared_folder):
    """Return the path of a store so small that most numbers must be protected."""
    return shared_folder("tiny-store", _store(data_raw, N_TINY)) / "store.duckdb"


@pytest.fixture(scope="session")
def run_main():
    """Return a function that runs the command line inside the project."""

    def run(*arguments: object) -> int:
        from fmbstats.cli import main

        with contextlib.chdir(ROOT):
            return main([str(argument) for argument in arguments])

    return run


@pytest.fixture(scope="session")
def make_reports(data_raw, shared_folder, run_main):
    """Return a function (name, store, *options) -> folder of the year's reports."""

    def make(name: str, store: Path, *options: object, only: str = ENTRIES) -> Path:
        def run(folder: Path) -> None:
            code = run_main(
                "report", "--only", only, "--to", folder, "--store", store, "--data", data_raw,
                "--jobs", 2, *options,
            )  # fmt: skip
            (folder / "exit_code").write_text(str(code))

        return shared_folder(f"reports-{name}", run) / "2017"

    return make


@pytest.fixture(scope="session")
def reports(make_reports, small_store):
    """Return the folder of Swedish reports on five entries, made by the main job."""
    return make_reports("sv", small_store)


@pytest.fixture(scope="session")
def reports_english(make_reports, small_store):
    """Return the folder of the same reports in English."""
    return make_reports("en", small_store, "--language", "en")


@pytest.fixture(scope="session")
def one_report(make_reports, small_store):
    """Return the folder of a report on M54.5 with the pages beside it."""
    return make_reports("one", small_store, only="M54.5")


@pytest.fixture(scope="session")
def site(make_reports, small_store):
    """Return the folder of a run with index, overview, changes, method and three diagnoses."""
    return make_reports("overview", small_store, only="overview,F32,M54.5,C77")


@pytest.fixture(scope="session")
def read_tree():
    """Return a function path -> tree of the page (lxml), for marks and places in it."""
    import lxml.html

    return lambda path: lxml.html.document_fromstring(Path(path).read_bytes())


@dataclass
class Table:
    """A table of a page: the section it stands in, caption, heads and rows of text."""

    section: str
    caption: str = ""
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


class Page(HTMLParser):
    """What a page holds: tables, headings, pictures, lines of text by section."""

    SILENT = ("style", "script", "title")
    INLINE = ("bdi", "strong", "em", "a", "span", "data", "time")

    def __init__(self, html: str):
        super().__init__()
        self.html, self.tables, self.headings, self.images = html, [], [], []
        self.lines: list[tuple[str, str]] = []
        self._section, self._open, self._text = "", [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "section":
            self._section = found.get("id", "")
        elif tag == "table":
            self.tables.append(Table(self._section))
        elif tag == "tr" and self.tables:
            self.tables[-1].rows.append([])
        elif tag == "img":
            self.images.append(found)
        if tag not in ("img", "meta", "br", "link", *self.INLINE):
            self._open.append(tag)
            self._text = ""

    def handle_data(self, data):
        if not set(self._open) & set(self.SILENT):
            self._text += data

    def handle_endtag(self, tag):
        if tag in self.INLINE:
            return
        text = " ".join(self._text.replace("\N{NO-BREAK SPACE}", " ").split())
        if self._open and self._open[-1] == tag:
            self._open.pop()
            self._keep(tag, text)
        self._text = ""

    def _keep(self, tag, text):
        if text:
            self.lines.append((self._section, text))
        table = self.tables[-1] if self.tables else None
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append((int(tag[1]), text))
        elif tag == "caption":
            table.caption = text
        elif tag in ("th", "td"):
            table.rows[-1].append(text)
        elif tag == "thead":
            table.head = table.rows.pop()

    def of(self, section: str) -> list[Table]:
        """Return the tables of a section."""
        return [table for table in self.tables if table.section == section]

    def text_of(self, section: str) -> str:
        """Return the text of a section, outside tables too."""
        return " ".join(text for where, text in self.lines if where == section)


@pytest.fixture(scope="session")
def read_page():
    """Return a function (path or HTML) -> Page."""
    return lambda source: Page(source.read_text() if isinstance(source, Path) else source)


@pytest.fixture(scope="module")
def browser():
    """Real Chromium; where it is not installed the test is skipped and says what to install."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path, args=[*flags, "--disable-sync", "--no-first-run"]
        )
        yield started
        started.close()
