"""The main job, end to end, as a newcomer runs it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pytest

SLUGS = [
    "akut-lumbago",
    "depressiv-episod",
    "metastaserad-cancer",
    "obstruktiv-somnapne-osa",
    "utmattningssyndrom",
]


@pytest.mark.slow
def test_the_main_job_leaves_reports_index_table_and_manifest(reports):
    assert (reports.parent / "exit_code").read_text() == "0"
    assert sorted(p.stem for p in (reports / "notebooks").glob("*.ipynb")) == SLUGS
    assert {f"{slug}.html" for slug in SLUGS} <= {p.name for p in reports.glob("*.html")}
    assert not (reports / "failed").exists()
    done = json.loads((reports / "manifest.json").read_text())["reports"]
    assert {slug: done[slug]["status"] for slug in SLUGS} == dict.fromkeys(SLUGS, "done")


@pytest.mark.slow
def test_the_index_links_to_every_report(reports, read_page):
    text = (reports / "index.html").read_text()
    assert [slug for slug in SLUGS if f'href="{slug}.html"' not in text] == []
    assert "Depressiv episod" in read_page(text).text_of("") or "Depressiv episod" in text


@pytest.mark.slow
def test_the_measures_have_every_entry_stratum_and_measure_once(reports):
    frame = pd.read_parquet(reports / "adherence.parquet")
    assert sorted(set(frame["slug"])) == sorted(set(SLUGS) - {"overview"})
    assert set(frame["by"]) == {"all", "sex", "age", "county", "year"}
    assert not frame.duplicated(["rec_id", "by", "stratum", "metric"]).any()
    assert_says_something(frame)


@pytest.mark.slow
def test_adherence_csv_has_what_is_told_once_and_as_it_is_measured(reports):
    told = pd.read_csv(reports / "adherence.csv", dtype={"stratum": str, "rec_id": str})
    assert told["row"].notna().all()
    assert not told.duplicated("row").any()
    # The site's own pages tell numbers, too: how many entries, how many changes.
    assert set(told["slug"]) == {*SLUGS, "index", "fmb-changes", "method"}
    assert_says_something(told)
    key = ["rec_id", "by", "stratum", "metric"]
    both = told[told["part"] != "published"].merge(
        pd.read_parquet(reports / "adherence.parquet"), on=key, suffixes=("", "_measured")
    )
    both = both[both["limit_days"].isna() | (both["limit_days"] == both["limit_days_measured"])]
    assert len(both) > 30
    for name in ("estimate", "lo", "hi"):
        is_there = both[name].notna()
        a, b = both.loc[is_there, name], both.loc[is_there, f"{name}_measured"]
        assert a.to_numpy() == pytest.approx(b.to_numpy(), rel=1e-9)


def assert_says_something(frame):
    """A row says a number, or two, or why there is none."""
    shares = frame[frame["metric"].str.startswith("share_")]["estimate"].dropna()
    assert len(shares)
    assert shares.between(0, 1).all()
    assert (frame[frame["estimate"].isna() & frame["lo"].isna()]["flags"].fillna("") != "").all()


def test_one_report_by_its_slug_leaves_index_table_and_manifest(one_report):
    assert (one_report.parent / "exit_code").read_text() == "0"
    assert (one_report / "akut-lumbago.html").stat().st_size > 10_000
    assert 'href="akut-lumbago.html"' in (one_report / "index.html").read_text()
    told = set(pd.read_csv(one_report / "adherence.csv")["slug"])
    assert told - {"index", "fmb-changes", "method"} == {"akut-lumbago"}
    done = json.loads((one_report / "manifest.json").read_text())["reports"]
    assert done["akut-lumbago"]["status"] == "done"


def test_a_second_run_makes_nothing_anew(one_report, run_main, capsys, small_store, data_raw):
    before = {p: p.stat().st_mtime_ns for p in one_report.glob("*.html")}
    given = ("--to", one_report.parent, "--store", small_store, "--data", data_raw)
    assert run_main("report", "--only", "akut-lumbago", *given) == 0
    assert capsys.readouterr().out.startswith("0 reports made, ")
    assert {p: p.stat().st_mtime_ns for p in one_report.glob("*.html")} == before
    # Nor does it load what only the making of pages and stores needs.
    asked = ["report", "--only", "akut-lumbago", *map(str, given)]
    code = f"from fmbstats.cli import main\nimport sys\nmain({asked})\nprint(*sys.modules)"
    run = [sys.executable, "-c", code]
    said, loaded = subprocess.run(run, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )[:2]
    assert said.startswith("0 reports made, ")
    assert set(loaded.split()).isdisjoint(
        {"jinja2", "numpy", "pandas", "papermill", "polars", "scipy"}
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("XYZ", "fmbstats: Entry 'XYZ' is unknown."),
        ("../x", "fmbstats: Entry '../x' is unknown."),
        ("F32,ZZ9", "fmbstats: Entry 'ZZ9' is unknown."),
    ],
)
def test_an_unknown_name_ends_with_2_and_writes_nothing(
    name, said, tmp_path, run_main, capsys, data_raw
):
    store, to = tmp_path / "made" / "store.duckdb", tmp_path / "to"
    assert run_main("report", "--only", name, "--to", to, "--store", store, "--data", data_raw) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(said)
    assert "Give an ICD-10-SE code, an FMB entry's id or its slug" in shown.err
    assert shown.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_year_without_spells_is_said_before_anything_is_written(
    tmp_path, run_main, capsys, small_store, data_raw
):
    code = run_main("report", "--year", 1999, "--to", tmp_path / "to", "--store", small_store,
                    "--data", data_raw)  # fmt: skip
    assert code == 2
    assert "1999" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_released_files_tell_no_path_of_the_machine(one_report):
    project = Path(__file__).parents[2]
    folders = (one_report.parent.parent, tempfile.gettempdir(), Path.home(), project, "/home")
    hints = (*(f"{folder}/" for folder in folders), "store.duckdb")
    told = [
        (path.name, hint)
        for path in sorted(one_report.rglob("*"))
        if path.is_file() and path.suffix in (".html", ".csv", ".ipynb", ".json", ".key")
        for hint in hints
        if hint in path.read_text()
    ]
    assert told == []
