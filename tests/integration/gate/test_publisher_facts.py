"""The gate takes what the publisher says of the publication, there and whole, and nothing more."""

from __future__ import annotations

import json
import shutil

import pytest

from fmbstats.gate import facts, run_gate
from tests.quick import quick

PAGE = "akut-lumbago.html"
FACTS = {
    "publisher": "Xantippamyndigheten",
    "licence": "Xantippas licens 4.0",
    "contact": "Xantippamyndigheten, fakta@xantippa.example",
}


@pytest.fixture
def folder(one_report, tmp_path):
    return shutil.copytree(one_report, tmp_path / "2017")


@pytest.fixture
def says(tmp_path, monkeypatch):
    """Return a function (facts) that makes them what the publisher says."""

    def write(**said):
        lines = (f'{key} = "{text}"' for key, text in said.items())
        (tmp_path / "publication.toml").write_text("\n".join(lines) + "\n", "utf-8")
        monkeypatch.setattr(facts, "data_folder", lambda: tmp_path)
        facts._facts.cache_clear()

    yield write
    facts._facts.cache_clear()


def found(folder, **texts: str) -> set[tuple[str, str]]:
    """Where the gate finds something, but changed hashes, when a page says texts in places.

    Its notebook says them, too: a page may say nothing beside it.
    """
    paths = (folder / PAGE, folder / "notebooks" / PAGE.replace(".html", ".ipynb"))
    before = [path.read_text("utf-8") for path in paths]
    for place, text in texts.items():
        page, notebook = (path.read_text("utf-8") for path in paths)
        line = PLACES[place] + "\n"
        paths[0].write_text(page.replace(line, f"{line}{text}\n", 1), "utf-8")
        line = json.dumps(line)[1:-1] + '",\n'
        assert line in notebook
        more = json.dumps(text + "\n", ensure_ascii=False) + ",\n"
        paths[1].write_text(notebook.replace(line, line + more, 1), "utf-8")
    where = {(f.file, f.where) for f in run_gate(folder).findings if "changed since" not in f.what}
    for path, text in zip(paths, before, strict=True):
        path.write_text(text, "utf-8")
    return where


PLACES = {"about": '<dl class="about">', "main": "</table>"}


@pytest.mark.parametrize("fact", quick(*reversed(FACTS.values())))
def test_a_fact_passes_where_pages_tell_of_the_publication(folder, says, fact):
    line = f"<dt></dt><dd>{fact}</dd>"
    says()
    assert found(folder, about=line)
    says(**FACTS)
    assert not found(folder, about=line)
    # Elsewhere it says something of somebody, and a part of it is none.
    spoilt = f"<dt></dt><dd>{fact[:-3]}</dd>"
    where = found(folder, main=f"<p>{fact}</p>", about=spoilt)
    assert len({place for file, place in where if file == PAGE}) == 2


NO_FACTS = ("2 sjukfall i Xantippa", "Anna 19811218-9876", "/home/anna/x")


@pytest.mark.parametrize("fact", quick(*NO_FACTS))
def test_what_counts_or_names_persons_is_no_fact(folder, says, fact):
    says(publisher=fact)
    assert found(folder, about=f"<dt></dt><dd>{fact}</dd>")
