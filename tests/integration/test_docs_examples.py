"""The examples of the documentation run, in their order, on a small store."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "notebooks" / "docs" / "pages").glob("*.md"))
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def examples(path):
    return BLOCK.findall(path.read_text("utf-8"))


@pytest.mark.parametrize("path", [p for p in PAGES if examples(p)], ids=lambda p: p.stem)
def test_the_examples_of_a_page_run(path, small_store, monkeypatch):
    monkeypatch.setenv("FMBSTATS_STORE", str(small_store))
    names = {}
    for block in examples(path):
        exec(compile(block, path.name, "exec"), names)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The documentation as it is built, a warning being an error."""
    mkdocs = pytest.importorskip("mkdocs.commands.build", reason="uv sync --group docs")
    from mkdocs.config import load_config

    folder, settings = tmp_path_factory.mktemp("docs"), ROOT / "notebooks" / "docs" / "mkdocs.yml"
    mkdocs.build(load_config(str(settings), site_dir=str(folder), strict=True))
    return folder


@pytest.mark.slow
def test_the_site_builds_offline_and_without_a_warning(built):
    assert "fmbstats ledger export" in (built / "commands.html").read_text("utf-8")
    for page in built.glob("*.html"):
        text = page.read_text("utf-8")
        assert not re.findall(r'<(?:script|link)[^>]+(?:src|href)="https?://', text), page.name


@pytest.mark.slow
@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("name", [path.stem for path in PAGES])
def test_axe_finds_nothing_in_the_documentation(name, width, built, browser):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto((built / f"{name}.html").as_uri())
    found = Axe().run(page).response
    page.close()
    for kind in ("violations", "incomplete"):
        assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found[kind]] == [], kind
