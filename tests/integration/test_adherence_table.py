"""adherence.csv of a folder holds the numbers of all its reports, whichever run made them."""

import csv
import json
import re

import lxml.html
import nbformat
import pytest

from fmbstats.pages.render import VALUES_MIME

#: What a told number may be: any number of its row.
NUMBERS = ("estimate", "lo", "hi", "limit_days", "day", "n_spells", "n_events", "n_at_risk_at_r")
SLUGS = {"F32": "depressiv-episod", "C77": "metastaserad-cancer"}


def run(run_main, data_raw, store, folder, only, *options):
    given = ["--only", only, "--to", folder, "--store", store, "--data", data_raw]
    assert run_main("report", *given, *options) == 0
    return folder / "2017"


def read_rows(folder):
    with (folder / "adherence.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def numbers_of(row):
    """Give the numbers that a row tells, as they are."""
    return [float(row[name]) for name in NUMBERS if row[name]]


def is_of(data, row):
    """Say if a told number is one of its row; what a row has not is told without a number."""
    if data.get("value") == "":
        return row[data.get("data-of", "estimate")] == "" and not re.search(r"\d", data.text)
    value = float(data.get("value"))
    return any(abs(value - n) < 1e-9 * max(1, abs(n)) for n in numbers_of(row))


def not_of_the_table(page, rows):
    """Give the told numbers of a page that are not those of the row they name, and how many fit."""
    by_id = {row["row"]: row for row in rows if row["row"] and row["slug"] == page.stem}
    told = lxml.html.parse(page).getroot().xpath("//data[@data-row]")
    wrong = [
        data.text_content()
        for data in told
        if data.get("data-row") not in by_id or not is_of(data, by_id[data.get("data-row")])
    ]
    return wrong, len(told) - len(wrong)


@pytest.mark.slow
def test_a_later_run_for_one_report_keeps_the_numbers_of_the_others(
    run_main, data_raw, small_store, tmp_path
):
    folder = run(run_main, data_raw, small_store, tmp_path / "a", "F32")
    first = read_rows(folder)
    folder = run(run_main, data_raw, small_store, tmp_path / "a", "C77")
    both = read_rows(folder)
    for slug in SLUGS.values():
        assert not_of_the_table(folder / f"{slug}.html", both)[0] == []
    own = SLUGS["F32"]
    assert [r for r in both if r["slug"] == own] == [r for r in first if r["slug"] == own]
    together = run(run_main, data_raw, small_store, tmp_path / "b", "C77,F32", "--jobs", "1")
    name = "adherence.csv"
    assert (together / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.slow
def test_in_english_every_number_is_the_same(reports, reports_english):
    english = reports_english / "adherence.csv"
    assert english.read_bytes() == (reports / "adherence.csv").read_bytes()
    for folder in (reports, reports_english):
        assert_all_is_told(folder, 5)
    assert {"curve", "degree", "age"} <= {row["part"] for row in read_rows(reports)}


def test_the_main_job_writes_every_number_of_its_pages(site):
    assert_all_is_told(site, 4)


def assert_all_is_told(folder, n_least):
    rows, n_pages = read_rows(folder), 0
    for page in folder.glob("*.html"):
        if (folder / f"notebooks/{page.stem}.ipynb").exists():
            wrong, n_told = not_of_the_table(page, rows)
            assert wrong == [], page.name
            assert n_told >= 5  # an entry with few spells says little
            assert VALUES_MIME not in page.read_text("utf-8")
            n_pages += 1
    assert n_pages >= n_least


def test_the_numbers_travel_in_valid_notebooks(site):
    for path in (site / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        bundles = [
            output["data"]
            for cell in notebook["cells"]
            for output in cell.get("outputs", ())
            if VALUES_MIME in output.get("data", {})
        ]
        assert len(bundles) >= 3  # the card, the answer, how it was made
        for data in bundles:
            assert "text/html" in data
            rows = list(csv.DictReader(data[VALUES_MIME]))
            assert all(row["metric"] and row["part"] for row in rows)
        assert "NaN" not in json.dumps([data[VALUES_MIME] for data in bundles])


def test_every_row_says_what_it_is_or_why_it_is_empty(site):
    rows = read_rows(site)
    for row in rows:
        assert row["slug"]
        assert row["metric"]
        assert row["part"]
        assert row["estimate"] or (row["lo"] and row["hi"]) or row["flags"], row
    parts = {row["part"] for row in rows}
    assert {"measures", "curve", "published", "known", "population"} <= parts
