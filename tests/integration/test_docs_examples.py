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


@pytest.mark.slow
def test_the_site_builds_offline_and_without_a_warning(tmp_path):
    mkdocs = pytest.importorskip("mkdocs.commands.build", reason="uv sync --group docs")
    from mkdocs.config import load_config

    config = load_config(
        str(ROOT / "notebooks" / "docs" / "mkdocs.yml"), site_dir=str(tmp_path), strict=True
    )
    mkdocs.build(config)
    made = (tmp_path / "commands.html").read_text("utf-8")
    assert "fmbstats ledger export" in made
    for page in tmp_path.glob("*.html"):
        text = page.read_text("utf-8")
        assert not re.findall(r'<(?:script|link)[^>]+(?:src|href)="https?://', text), page.name
