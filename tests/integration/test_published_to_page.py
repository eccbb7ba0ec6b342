"""Published statistics from the publisher's file to page, `adherence.csv` and gate.

Expected shares are worked out by hand in the comments; the synthetic register has no part in them.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fmbstats.cli import main
from fmbstats.gate import run_gate
from fmbstats.gate.rows import read_rows
from fmbstats.store.paths import DATA_VARIABLE

N_SPELLS = 8_000
PAGE, OTHER = "depressiv-episod", "obstruktiv-somnapne-osa"

EXAMPLES = Path(__file__).parents[1] / "fixtures" / "published"
# Ongoing spells; a 0 stands for 0 to 4. 935 women and 440 men that are shown, 3 hidden cells.
INERA = (EXAMPLES / "inera.csv").read_text("cp1252")
# Certificates; * stands for 0 to 7. Bands end on days 28 and 182.
MAPPING = (EXAMPLES / "notes.toml").read_text("utf-8")
NOTES = (EXAMPLES / "notes.csv").read_text("utf-8")
OPEN = [
    {
        "dimensions": {"ar": "2024", "manad": "04", "kon_kod": "K",
                       "diagnoskapitel_kod": "F00-F99"},
        "observations": {"antal": {"value": 4321, "rojd": False}},
    }
]  # fmt: skip


def run(*arguments):
    return main([str(a) for a in arguments])


@pytest.fixture(scope="module")
def place(tmp_path_factory, data_raw):
    """Return a folder with data_raw that holds the imported sources, and the files themselves."""
    folder = tmp_path_factory.mktemp("published")
    shutil.copytree(data_raw, folder / "data_raw")
    (folder / "inera.csv").write_bytes(INERA.encode("cp1252"))
    (folder / "m.toml").write_text(MAPPING, "utf-8")
    (folder / "n.csv").write_text(NOTES, "utf-8")
    (folder / "open.json").write_text(json.dumps(OPEN), "utf-8")
    to = ("--data", folder / "data_raw")
    assert run("import", "inera", folder / "inera.csv", *to) == 0
    mapping = ("--mapping", folder / "m.toml", "--name", "nhs", "--label", "NHS fit notes")
    assert run("import", "bands", folder / "n.csv", *mapping, *to) == 0
    assert run("import", "fk", folder / "open.json", *to) == 0
    return folder


@pytest.fixture(scope="module")
def report(place, run_main):
    """Return a function that builds from the sources as they are and makes the two reports."""
    from fmbstats.store.build import build_store
    from fmbstats.synth import draw_register

    data, store = place / "data_raw", place / "s.duckdb"

    def make(*options):
        build_store(data, store, draw_register(N_SPELLS, data_raw=data))
        given = ("--to", place / "r", "--store", store, "--data", data)
        assert run_main("report", "--only", "F32,G47.3", *given, *options) == 0
        return place / "r" / "2017"

    return make


@pytest.fixture(scope="module")
def made(report):
    return report()


def cells(page, section, first):
    """Return the rows of a part's tables whose first cell is `first`."""
    rows = [row for table in page.of(section) for row in table.rows if row and row[0] == first]
    assert rows, f"no row {first!r}"
    return rows


def test_the_page_shows_the_shares_worked_out_by_hand(made, read_page):
    page = read_page(made / f"{PAGE}.html")
    # Columns: source, code, what is counted, spells, limit, share, what a length is.
    by_limit = {row[4]: row for row in cells(page, "others", "Inera 2017")}
    # Over 90 days: 120 + 60 + 5 women and 60 + 30 men of 1 375; with 12 hidden 287 of 1 387.
    assert by_limit["90"][2:4] == ["pågående sjukfall", "1 375–1 387"]
    assert by_limit["90"][5] == "20,0–20,7 %"
    # Over 180 days: 60 + 5 and 30, 95 of 1 375; 107 of 1 387.
    assert by_limit["180"][5] == "6,9–7,7 %"
    by_limit = {row[4]: row for row in cells(page, "others", "NHS fit notes 2019/20")}
    # Inside 29-182: least 15 of 142; most 15 + 20 + 7 of 142.
    assert by_limit["180"][3] == "135–142"
    assert by_limit["180"][5] == "10,6–29,6 %"
    assert cells(page, "others", "Försäkringskassan 2024-04")[0][-1] == "4 321"


def test_the_table_holds_the_same_numbers(made):
    table = read_rows((made / "adherence.csv").read_bytes())
    rows = table[(table["slug"] == PAGE) & (table["part"] == "published")]
    at = rows[(rows["data_vintage"] == "inera 2017 ongoing") & (rows["limit_days"] == 180)]
    share = at[at["metric"] == "share_over_range"].iloc[0]
    assert (share["lo"], share["hi"]) == pytest.approx((95 / 1375, 107 / 1387), abs=1e-9)
    own = rows[rows["data_vintage"] == "inera 2017 ongoing"]
    n = own[own["metric"] == "n_spells_range"].iloc[0]
    assert (n["lo"], n["hi"], n["flags"]) == (1375, 1387, "hidden_cells")
    assert at["label"].unique().tolist() == ["Inera 2017"]
    notes = rows[rows["label"] == "NHS fit notes 2019/20"]
    at = notes[(notes["limit_days"] == 180) & (notes["metric"] == "share_over_range")].iloc[0]
    assert (at["lo"], at["hi"]) == pytest.approx((15 / 142, 42 / 142), abs=1e-9)
    figure = rows[rows["data_vintage"].str.startswith("fk-open")].iloc[0]
    assert (figure["estimate"], figure["stratum"]) == (4321, "F00-F99")


def test_the_gate_lets_the_pages_pass_and_refuses_a_changed_number(
    made, place, tmp_path, monkeypatch
):
    monkeypatch.setenv(DATA_VARIABLE, str(place / "data_raw"))
    result = run_gate(made)
    assert result.findings == ()
    assert result.n_looks["told numbers"] > 300
    spoilt = shutil.copytree(made, tmp_path / "2017")
    page = spoilt / f"{PAGE}.html"
    page.write_text(
        page.read_text("utf-8").replace("30,7\u00a0%</data>", "30,8\u00a0%</data>"), "utf-8"
    )
    found = [f for f in run_gate(spoilt).findings if f.check == "told numbers"]
    assert found
    assert {f.file for f in found} == {f"{PAGE}.html"}


@pytest.mark.slow
def test_a_changed_source_makes_the_reports_of_its_codes_stale_and_no_other(
    made, place, report, capsys
):
    def changed():
        return {p.name: p.stat().st_mtime_ns for p in made.glob("*.html")}

    report()
    assert capsys.readouterr().out.startswith("0 reports made")
    before = changed()
    path = place / "inera.csv"
    path.write_bytes(INERA.replace(";120;60;", ";120;61;").encode("cp1252"))
    assert run("import", "inera", path, "--data", place / "data_raw", "--replace") == 0
    capsys.readouterr()
    report()
    assert capsys.readouterr().out.startswith("1 report made, 1 up to date, 0 failed")
    after = changed()
    assert after[f"{PAGE}.html"] != before[f"{PAGE}.html"]
    assert after[f"{OTHER}.html"] == before[f"{OTHER}.html"]
    # What the publisher calls it stands on the page too.
    named = ("--title", "Other words", "--replace", "--data", place / "data_raw")
    assert run("import", "inera", path, *named) == 0
    capsys.readouterr()
    report()
    assert capsys.readouterr().out.startswith("1 report made, 1 up to date, 0 failed")
    assert run("gate", made) == 1
    assert "known by --data" in capsys.readouterr().out
    assert run("gate", made, "--data", place / "data_raw") == 0
    capsys.readouterr()
    # What was left as it stood is what a fresh folder says.
    report("--to", place / "fresh")
    for name in (f"{PAGE}.html", f"{OTHER}.html", "adherence.csv"):
        assert (place / "fresh" / "2017" / name).read_bytes() == (made / name).read_bytes()
