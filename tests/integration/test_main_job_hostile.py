"""Hostile names in the data stand as text in every output."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
import shutil
from urllib.parse import unquote

import polars as pl
import pytest

SCRIPT = "<script>alert('x')</script>"
FORMULA = "=1+1"
RIGHT_TO_LEFT = "\u202edcba"
LONG = "lång " * 400
SLUG = "depressiv-episod"


@pytest.fixture(scope="module")
def hostile(data_raw, tmp_path_factory):
    """Return (data_raw, store) whose names, wordings, criteria and register are hostile."""
    from fmbstats.store.build import build_store
    from fmbstats.synth import draw_register

    folder = tmp_path_factory.mktemp("hostile")
    data = folder / "data_raw"
    shutil.copytree(data_raw, data)
    for edition in sorted((data / "fmb").glob("20*-*")):
        _change(edition / "entries.csv", name=SCRIPT + RIGHT_TO_LEFT, disease_group_name=FORMULA)
        _change(edition / "cases.csv", length_text=f"Upp till {SCRIPT}")
        _change(edition / "criteria.csv", term=f"{FORMULA} <b>{RIGHT_TO_LEFT}</b>")
        _change(edition / "icf.csv", name=LONG + SCRIPT)
    spells, segments, info = draw_register(20_000, data_raw=data)
    info = dataclasses.replace(info, name=f"=cmd|'{SCRIPT}'{RIGHT_TO_LEFT}")
    store = folder / "store.duckdb"
    build_store(data, store, (spells, segments, info))
    return data, store


def _change(path, **values):
    frame = pl.read_csv(path, infer_schema=False)
    for name, value in values.items():
        frame = frame.with_columns(pl.lit(value).alias(name))
    frame.write_csv(path)


@pytest.fixture(scope="module")
def folder(hostile, run_main, tmp_path_factory):
    data, store = hostile
    to = tmp_path_factory.mktemp("hostile-reports")
    arguments = ("--to", to, "--store", store, "--data", data)
    assert run_main("report", "--only", SLUG, *arguments) == 0
    return to / "2017"


@pytest.mark.slow
def test_pages_and_notebooks_hold_hostile_names_as_text(folder):
    n_pages = 0
    for path in sorted(folder.glob("*.html")):
        text = path.read_text()
        n_pages += 1
        assert SCRIPT not in text, path.name
        assert "<b>[U+202E]" not in text, path.name  # a <b> of ours stands round a name
        assert RIGHT_TO_LEFT[0] not in text, path.name
    assert n_pages >= 2
    page = (folder / f"{SLUG}.html").read_text()
    assert "<b>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;[U+202E]dcba</b>" in page
    data = [unquote(a) for a in re.findall(r'href="data:text/csv[^,]*,([^"]*)"', page)]
    cells = [c for text in data for row in csv.reader(text.splitlines()) for c in row]
    assert any(FORMULA in cell for cell in cells)
    assert not [c for c in cells if c.lstrip().startswith(("=", "+", "@"))]
    book = (folder / "notebooks" / f"{SLUG}.ipynb").read_text()
    outputs = [o for c in json.loads(book)["cells"] for o in c.get("outputs", ())]
    html = "".join("".join(o["data"]["text/html"]) for o in outputs)
    assert "<script" not in html.lower()
    assert RIGHT_TO_LEFT[0] not in html


@pytest.mark.slow
def test_no_cell_of_a_csv_is_a_formula_or_hides_a_sign(folder):
    n_cells = 0
    for path in sorted(folder.rglob("*.csv")):
        with path.open(newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    n_cells += 1
                    is_number = re.fullmatch(r"-?\d+(\.\d+)?(e[-+]?\d+)?", cell)
                    assert is_number or not cell.lstrip().startswith(("=", "+", "-", "@")), cell
                    assert RIGHT_TO_LEFT[0] not in cell
    assert n_cells > 1000


def test_the_terminal_shows_hidden_signs_and_cuts_long_names(hostile, run_main, capsys):
    data, store = hostile
    for command in (("show", SLUG), ("list",)):
        assert run_main(*command, "--store", store, "--data", data) == 0
        text = capsys.readouterr().out
        assert RIGHT_TO_LEFT[0] not in text
        assert "[U+202E]dcba" in text or command == ("list",)
        assert max(map(len, text.splitlines())) < 500


def test_parts_of_a_report_hold_no_hostile_element(hostile):
    from fmbstats.diagnosis import open_store
    from fmbstats.pages.diagnosis.page import DiagnosisPage
    from fmbstats.pages.grammar import check_html

    _, path = hostile
    with open_store(path) as store:
        parts = DiagnosisPage(store.diagnosis(SLUG, year=2017), "sv").parts()
    for part in parts:
        assert check_html(str(part.html)) == str(part.html), part.key
        assert SCRIPT not in part.html, part.key
        assert RIGHT_TO_LEFT[0] not in part.html, part.key
    said = " ".join(str(part.html) for part in parts)
    assert "Upp till &lt;script&gt;" in said
    assert "=1+1" in said
    (function,) = [str(part.html) for part in parts if part.key == "method"]
    assert max(len(text) for text in re.findall(r">([^<]*)<", function)) <= 500
