"""The gate takes what the publisher says of the publication, there and whole, and nothing more."""

from __future__ import annotations

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


def found(folder, text: str, place: str) -> list[str]:
    """What the gate finds in a page that says a text in a place, but for the changed hash."""
    path = folder / PAGE
    before = path.read_text("utf-8")
    path.write_text(before.replace(place, f"{place}{text}", 1), "utf-8")
    what = [f.what for f in run_gate(folder).findings if "changed since" not in f.what]
    path.write_text(before, "utf-8")
    return what


ABOUT, MAIN = '<dl class="about">', "</figcaption>"


@pytest.mark.parametrize("fact", quick(*reversed(FACTS.values())))
def test_a_fact_passes_where_pages_tell_of_the_publication(folder, says, fact):
    line = f"<dt></dt><dd>{fact}</dd>"
    says()
    assert found(folder, line, ABOUT)
    says(**FACTS)
    assert not found(folder, line, ABOUT)
    # Elsewhere it says something of somebody.
    assert found(folder, f"<p>{fact}</p>", MAIN)
    assert found(folder, f"<dt></dt><dd>{fact[:-3]}</dd>", ABOUT)


NO_FACTS = ("2 sjukfall i Xantippa", "Anna 19811218-9876", "/home/anna/x")


@pytest.mark.parametrize("fact", quick(*NO_FACTS))
def test_what_counts_or_names_persons_is_no_fact(folder, says, fact):
    says(publisher=fact)
    assert found(folder, f"<dt></dt><dd>{fact}</dd>", ABOUT)
