"""adherence.csv of a folder holds the numbers of all its reports, whichever run made them."""

import csv
import json

import nbformat
import pytest

from fmbstats.gate.tracing import n_traced, read_table, rows_of, untraced
from fmbstats.pages.blocks import VALUES_MIME

SLUGS = {"F32": "depressiv-episod", "C77": "metastaserad-cancer"}


def run(run_main, data_raw, store, folder, only, *options):
    given = ["--only", only, "--to", folder, "--store", store, "--data", data_raw]
    assert run_main("report", *given, *options) == 0
    return folder / "2017"


@pytest.mark.slow
def test_a_later_run_for_one_report_keeps_the_numbers_of_the_others(
    run_main, data_raw, small_store, tmp_path
):
    folder = run(run_main, data_raw, small_store, tmp_path / "a", "F32")
    first = read_table(folder / "adherence.csv")
    folder = run(run_main, data_raw, small_store, tmp_path / "a", "C77")
    both = read_table(folder / "adherence.csv")
    for slug in SLUGS.values():
        html = (folder / f"{slug}.html").read_text("utf-8")
        assert untraced(html, rows_of(both, slug)) == []
    kept = both[both["slug"] == SLUGS["F32"]].reset_index(drop=True)
    assert kept.astype(str).equals(first.reset_index(drop=True).astype(str))
    together = run(run_main, data_raw, small_store, tmp_path / "b", "C77,F32", "--jobs", "1")
    name = "adherence.csv"
    assert (together / name).read_bytes() == (folder / name).read_bytes()


def test_the_main_job_writes_every_number_of_its_pages(reports, reports_english):
    table = read_table(reports / "adherence.csv")
    english = reports_english / "adherence.csv"
    assert english.read_bytes() == (reports / "adherence.csv").read_bytes()
    pages = [p for p in reports.glob("*.html") if (reports / f"notebooks/{p.stem}.ipynb").exists()]
    assert len(pages) >= 5
    for page in pages:
        for folder in (reports, reports_english):
            html, rows = (folder / page.name).read_text("utf-8"), rows_of(table, page.stem)
            assert [str(found) for found in untraced(html, rows)] == []
            assert n_traced(html, rows) > 10  # an entry with few spells says little
            assert VALUES_MIME not in html


def test_the_numbers_travel_in_valid_notebooks(reports):
    for path in (reports / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        bundles = [
            output["data"]
            for cell in notebook["cells"]
            for output in cell.get("outputs", ())
            if VALUES_MIME in output.get("data", {})
        ]
        assert len(bundles) >= 4
        for data in bundles:
            assert "text/html" in data
            rows = list(csv.DictReader(data[VALUES_MIME]))
            assert all(row["metric"] and row["part"] for row in rows)
        assert "NaN" not in json.dumps([data[VALUES_MIME] for data in bundles])


def test_every_row_says_what_it_is_or_why_it_is_empty(reports):
    with (reports / "adherence.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for row in rows:
        assert row["slug"]
        assert row["metric"]
        assert row["part"]
        assert row["estimate"] or row["flags"], row
    assert {"curve", "county", "end_reasons", "published"} <= {row["part"] for row in rows}
