"""A roll-out from protected counts: its folder passes the gate, every planted fault is found."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil

import lxml.html
import polars as pl
import pytest

from fmbstats.pages.rollout import read_written, written
from fmbstats.store.build import build_store
from fmbstats.synth import draw_register, rollout_dates

pytestmark = pytest.mark.slow
TABLE, PAGE, NOTEBOOK = "adherence.csv", "rollout.html", "notebooks/rollout.ipynb"
EFFECT = 0.3


@pytest.fixture(scope="module")
def dates(tmp_path_factory):
    path = tmp_path_factory.mktemp("dates") / "dates.csv"
    rows = (f"{county},{day},{int(county) % 2}\n" for county, day in rollout_dates().items())
    path.write_text("county_code,first_date,kind\n" + "".join(rows))
    return path


@pytest.fixture(scope="module")
def large(shared_folder, data_raw, keep_secret):
    """Return a store of national size with an effect."""

    def make(folder):
        keep_secret(folder / "store.duckdb")
        drawn = draw_register(600_000, data_raw=data_raw, rollout_effect=EFFECT)
        build_store(data_raw, folder / "store.duckdb", drawn)

    return shared_folder("rolled-out", make) / "store.duckdb"


@pytest.fixture(scope="module")
def evaluate(large, dates, data_raw, run_main):
    def run(*options):
        asked = ("--dates", dates, "--draws", 99, "--store", large, "--data", data_raw)
        return run_main("evaluate", "rollout", *asked, *options)

    return run


@pytest.fixture(scope="module")
def swedish(evaluate, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rollout") / "sv"
    assert evaluate("--folder", folder) == 0
    return folder


@pytest.fixture
def folder(swedish, tmp_path):
    return shutil.copytree(swedish, tmp_path / "folder")


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_folder_passes_and_tells_the_effect_its_course_and_what_carries_it(
    swedish, evaluate, tmp_path, run_main, capfd, language
):
    made = swedish if language == "sv" else tmp_path / language
    if made != swedish:
        assert evaluate("--language", language, "--folder", made) == 0
    capfd.readouterr()
    assert run_main("gate", made) == 0, capfd.readouterr().out[:2_000]
    page = lxml.html.parse(made / PAGE).getroot()
    assert not page.xpath("//meta[@name='robots']")
    assert [figure.get("id") for figure in page.iter("figure")] == [
        "fig-without", "fig-rollout", "fig-draws",
    ]  # fmt: skip
    with (made / TABLE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    (top,) = (r for r in rows if r["metric"] == "log_hazard_ratio" and r["by"] == "all")
    assert float(top["lo"]) < EFFECT < float(top["hi"])
    assert float(top["lo"]) > 0
    told = {(r["metric"], r["by"]) for r in rows}
    assert {("n_counties", "quarter"), ("n_counties_waiting", "quarter"),
            ("smallest_log_ratio", "all"), ("date_group", "county")} <= told  # fmt: skip
    cells = json.loads((made / NOTEBOOK).read_text("utf-8"))["cells"]
    assert len([output for cell in cells for output in cell.get("outputs", ())]) == 5
    ledger = pl.read_parquet(made / "ledger.parquet")
    assert set(ledger["margin"]) == {"county_quarter"}
    assert set(ledger["rec_id"]) == {r["stratum"] for r in rows if r["by"] == "entry"}


def test_what_is_exact_says_so_and_is_refused(evaluate, run_main, tmp_path, capfd):
    folder = tmp_path / "exact"
    assert evaluate("--internal", "--folder", folder, "--page", tmp_path / "page.html") == 0
    page = lxml.html.parse(tmp_path / "page.html").getroot()
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert run_main("gate", folder) != 0
    capfd.readouterr()


# -- planted faults ---------------------------------------------------------------------------


def table(folder, change):
    """Change the rows of the table; `change` gives back None for a row that goes."""
    with (folder / TABLE).open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        heads, rows = list(reader.fieldnames), list(reader)
    with (folder / TABLE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, heads, lineterminator="\n")
        writer.writeheader()
        writer.writerows(change(rows))


def one(rows, metric, by, k=0):
    return [r for r in rows if (r["metric"], r["by"]) == (metric, by)][k]


def another(metric, by, value, k=0, column="estimate"):
    """A number that is another one in table, page and notebook alike."""

    def plant(folder):
        known = {}

        def change(rows):
            row = one(rows, metric, by, k)
            known.update(old=row[column], row=row["row"])
            row[column] = value
            return rows

        table(folder, change)
        text = (folder / PAGE).read_text("utf-8")
        old = f'value="{known["old"]}" data-row="{known["row"]}"'
        (folder / PAGE).write_text(text.replace(old, old.replace(known["old"], value)), "utf-8")

    return plant


def added(like, of, stratum, value, **more):
    """A row of which nothing else knows."""

    def plant(folder):
        def change(rows):
            cells = {**one(rows, like, of), "row": "a" * 12, "stratum": stratum,
                     "estimate": value, "lo": "", "hi": ""}  # fmt: skip
            return [*rows, cells | more]

        table(folder, change)

    return plant


def in_page(old, new):
    def plant(folder):
        text = (folder / PAGE).read_text("utf-8")
        assert re.search(old, text)
        (folder / PAGE).write_text(re.sub(old, new, text, count=1), "utf-8")

    return plant


def point_of_the_picture(folder):
    text = (folder / PAGE).read_text("utf-8")
    drawn = re.search(r'\{"Period":\[(\d+),', text)
    more = drawn[0].replace(drawn[1], "9", 1)
    (folder / PAGE).write_text(text.replace(drawn[0], more, 1), "utf-8")


def count_of_the_ledger(folder):
    ledger = pl.read_parquet(folder / "ledger.parquet")
    largest = pl.col("n") == pl.col("n").max()
    ledger.with_columns(
        n=pl.when(largest).then(pl.col("n") * 3).otherwise(pl.col("n"))
    ).write_parquet(folder / "ledger.parquet", compression="zstd")


def name_in_the_dates(folder):
    text = (folder / NOTEBOOK).read_text("utf-8")
    notebook = json.loads(text)
    notebook["metadata"]["papermill"]["parameters"]["dates"] = "01 Anna Ek, 2016-12-01" + " " * 150
    (folder / NOTEBOOK).write_text(json.dumps(notebook), "utf-8")


FOLLOWS, NEW = "it does not follow from the ledger", "no roll-out tells such a number"
WRITTEN = "a number in words that are not its row's"
MORE, SHAPE = "it tells more than a roll-out", "a picture that is not drawn as its numbers say"
PLANTS = {
    "the effect": (another("log_hazard_ratio", "all", "0.9"), FOLLOWS),
    "its interval": (another("log_hazard_ratio", "all", "0.001", column="lo"), FOLLOWS),
    "the effect of a diagnosis": (another("log_hazard_ratio", "entry", "0.301"), FOLLOWS),
    "the effect without a county": (another("log_hazard_ratio", "county", "0.301", k=3), FOLLOWS),
    "the p-value": (another("p_value", "all", "0.001"), FOLLOWS),
    "another p-value": (another("p_value", "assumption", "0.9"), FOLLOWS),
    "a date": (another("adoption_day", "county", "20170115"), FOLLOWS),
    "a date of the quarter": (another("adoption_day", "county", "20161202"), "is of other dates"),
    "a date that is none": (another("adoption_day", "county", "20171301"), "no roll-out follows"),
    "a date as it is printed": (in_page(r'"date">2016-12-01', '"date">2016-12-02'), WRITTEN),
    "a date in other words": (in_page(r' data-as="date">2016-12-01', ">2016-12-02"), "of its row"),
    "how many are left out": (
        added("n_entries", "all", "few", "89", metric="n_entries", by="reason"), NEW,
    ),
    "the interval of a quarter": (
        another("log_hazard_ratio", "quarter", "-0.5", k=9, column="lo"), FOLLOWS,
    ),
    "the share without the reform": (another("share_expected", "quarter", "0.1", k=9), FOLLOWS),
    "the share with it": (another("share_over_fixed_limit", "quarter", "0.1", k=9), FOLLOWS),
    "the smallest effect": (another("smallest_log_ratio", "all", "0.01"), FOLLOWS),
    "a dot of the permutations": (another("log_hazard_ratio", "placebo", "-0.5"), FOLLOWS),
    "a count of the ledger": (count_of_the_ledger, FOLLOWS),
    "a point": (added("log_hazard_ratio", "quarter", "after-9", "0.4", day="9"), NEW),
    "a county that is not told": (added("log_hazard_ratio", "county", "02", "0.3"), NEW),
    "spells of a county": (
        added("adoption_day", "county", "01", "21", metric="n_spells"), NEW,
    ),
    "spells beside an effect": (another("log_hazard_ratio", "county", "12", column="n_spells"),
                                MORE),
    "a point of the picture": (point_of_the_picture, SHAPE),
    "an attribute": (in_page("<h1>", '<h1 data-n="17">'), "an attribute data-n"),
    "a number in a sentence": (in_page("</h1>", " (17)</h1>"), "17 stands in no row"),
    "a name among the dates": (name_in_the_dates, "a parameter of another form"),
}  # fmt: skip


def sealed(folder):
    """Bring the manifest's hashes up to date: the fault itself must be found, not its traces."""
    path = folder / "manifest.json"
    about = json.loads(path.read_text("utf-8"))
    for entry in about["reports"].values():
        for name in entry["files"]:
            content = (folder / name).read_bytes()
            entry["files"][name] = hashlib.sha256(content).hexdigest()
    path.write_text(json.dumps(about), "utf-8")


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_fault_is_found(folder, name, run_main, capfd):
    plant, said = PLANTS[name]
    plant(folder)
    sealed(folder)
    capfd.readouterr()
    assert run_main("gate", folder, "--most", 1000) != 0, name
    assert said in capfd.readouterr().out


def test_dates_are_read_as_they_are_written():
    asked = {"03": (rollout_dates()["03"], "Webcert"), "01": (rollout_dates()["01"], "own")}
    kinds = {county: (day, {"Webcert": "1", "own": "2"}[kind]) for county, (day, kind) in
             asked.items()}  # fmt: skip
    assert read_written(written(asked)) == kinds
