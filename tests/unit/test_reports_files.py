"""Whole files or none, manifests, parameters, timings."""

import json
from pathlib import Path

import pytest

from fmbstats.atomic import sweep, write_text
from fmbstats.batch import manifest
from fmbstats.batch.parameters import check_parameters
from fmbstats.batch.timings import timings_page
from fmbstats.errors import SourceError, StoreError, UnknownNameError

SMALL = Path(__file__).parents[1] / "fixtures" / "reports" / "small.ipynb"


def test_sweep_takes_only_temporary_files(tmp_path):
    for name in (".a.html.12-13.tmp", ".batch.lock", "a.tmp", "a.html"):
        (tmp_path / name).touch()
    assert sweep(tmp_path) == 1
    assert {p.name for p in tmp_path.iterdir()} == {".batch.lock", "a.tmp", "a.html"}


def test_manifest_round_trip(tmp_path):
    write_text(tmp_path / "a.html", "page")
    files = {"a.html": manifest.file_digest(tmp_path / "a.html")}
    entry = manifest.Entry("done", "k", files, seconds=1.5, cell_seconds={"c": 1.0})
    manifest.save(tmp_path, {"a": entry}, language="sv")
    loaded = manifest.load(tmp_path)["a"]
    assert loaded.files == files
    assert manifest.why_stale(tmp_path, loaded, "k") == ""
    assert manifest.why_stale(tmp_path, loaded, "other").startswith("its notebook")
    assert manifest.why_stale(tmp_path, None, "k") == "not made yet"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 99, "reports": {}}', "\x00"])
def test_an_unreadable_manifest_means_nothing_is_made(tmp_path, content):
    (tmp_path / manifest.NAME).write_text(content)
    assert manifest.load(tmp_path) == {}


def test_parameters_that_fit_are_accepted():
    check_parameters([(SMALL, {"entry": "F32", "year": 2017, "release": False})])


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"entri": "F32"}, UnknownNameError),
        ({"release": 1}, TypeError),
        ({"year": 2.5j}, TypeError),
    ],
)
def test_parameters_that_do_not_fit_are_refused(parameters, error):
    with pytest.raises(error, match=r"^small\.ipynb: parameter '"):
        check_parameters([(SMALL, parameters)])


@pytest.mark.parametrize("content", ["", "{}", '{"cells": 3}', '{"cells": []}'])
def test_what_is_no_notebook_is_refused(tmp_path, content):
    path = tmp_path / "n.ipynb"
    path.write_text(content)
    with pytest.raises(SourceError, match=r"n\.ipynb: "):
        check_parameters([(path, {})])


def test_timings_have_the_slowest_first(tmp_path):
    entries = {
        "quick": manifest.Entry("done", "k", {}, seconds=0.5, cpu_seconds=0.4),
        "slow": manifest.Entry("done", "k", {}, 2.0, 1.0, {"c1": 0.1, "c2": 1.8}),
    }
    manifest.save(tmp_path, entries)
    text = timings_page({tmp_path: None})
    assert text.index("slow") < text.index("quick")
    assert "c2: 1.80 s" in text
    assert "2 reports, 2 done; median 1.25 s" in text
    assert json.loads((tmp_path / manifest.NAME).read_text())["format"] == manifest.FORMAT


def test_timings_need_a_manifest(tmp_path):
    with pytest.raises(StoreError, match=r"no manifest\.json with reports"):
        timings_page({tmp_path: None})
