"""Published statistics from a publisher's file to the numbers that `show` prints."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from fmbstats.cli import main
from fmbstats.published import published_bounds, published_figures, published_sources
from fmbstats.sources.sidecar import check_hashes
from fmbstats.store.published_tables import published_frames

EXAMPLES = Path(__file__).parents[1] / "fixtures" / "published"
INERA = (EXAMPLES / "inera.csv").read_text("cp1252")
MAPPING = (EXAMPLES / "notes.toml").read_text("utf-8")
NOTES = (EXAMPLES / "notes.csv").read_text("utf-8")
HOSTILE = "=cmd|' /C calc'!A0 <script>alert(1)</script> ../\u202e"


@pytest.fixture
def inera_file(tmp_path):
    path = tmp_path / "inera.csv"
    path.write_bytes(INERA.encode("cp1252"))
    return path


@pytest.fixture
def mapped(tmp_path):
    (tmp_path / "m.toml").write_text(MAPPING, "utf-8")
    (tmp_path / "n.csv").write_text(NOTES, "utf-8")
    return tmp_path / "n.csv", "--mapping", tmp_path / "m.toml"


def run(*arguments):
    return main([str(a) for a in arguments])


def test_inera_zeros_widen_the_bounds_and_are_of_ongoing_spells(inera_file, tmp_path, capsys):
    data = tmp_path / "data"
    assert run("import", "inera", inera_file, "--data", data) == 0
    assert "bands.csv: 16 rows, 1 codes (F32)" in capsys.readouterr().out
    check_hashes(data / "inera")
    (found,) = (b for b in published_bounds("F32", 90, data_raw=data) if b.sex == "all")
    # women 120 + 60 + [0, 4] + 5, men 60 + 30 + [0, 4] + [0, 4] beyond day 90; 1 100 before
    assert (found.lo, found.hi) == (275 / 1375, 287 / 1387)
    assert (found.n_spells, found.n_most, found.entry_day) == (1375, 1387, 0)
    assert found.is_stock
    assert found.is_sum
    assert found.bounds.reason_for_width == "suppressed"


def test_other_content_is_never_overwritten_unasked(inera_file, tmp_path, capsys):
    data = tmp_path / "data"
    assert run("import", "inera", inera_file, "--data", data) == 0
    assert run("import", "inera", inera_file, "--data", data) == 0
    assert "unchanged" in capsys.readouterr().out
    inera_file.write_bytes(INERA.replace("2017;100", "2017;101").encode("cp1252"))
    before = (data / "inera" / "bands.csv").read_bytes()
    assert run("import", "inera", inera_file, "--data", data) == 11
    assert capsys.readouterr().err == (
        f"fmbstats: {data / 'inera'} is there already and holds something else. Give another "
        "--name, or --replace.\n"
    )
    assert (data / "inera" / "bands.csv").read_bytes() == before
    assert run("import", "inera", inera_file, "--data", data, "--replace") == 0
    assert (data / "inera" / "bands.csv").read_bytes() != before
    assert [p.name for p in data.iterdir()] == ["inera"]


def test_a_mapped_table_by_sex_is_added_up(mapped, tmp_path):
    data = tmp_path / "data"
    assert run("import", "bands", *mapped, "--name", "nhs", "--data", data) == 0
    found = {b.sex: b for b in published_bounds("F32", 182, data_raw=data)}
    assert (found["women"].lo, found["women"].hi) == (10 / 57, 10 / 50)
    assert (found["all"].lo, found["all"].hi) == (15 / 142, 15 / 135)
    assert found["all"].counted == "certificates"
    assert not found["all"].is_stock


def test_what_is_counted_must_be_said(mapped, tmp_path, capsys):
    mapped[2].write_text(MAPPING.replace('counts = "certificates"', ""))
    assert run("import", "bands", *mapped, "--name", "nhs", "--data", tmp_path / "d") == 11
    assert "m.toml: what is counted is not said" in capsys.readouterr().err
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("name", ["../x", "fmb", "register", "A", "a" * 41, "srs"])
def test_no_name_leaves_its_folder_or_takes_another_ones(mapped, tmp_path, name):
    data = tmp_path / "data"
    assert run("import", "bands", *mapped, "--name", name, "--data", data) == 11
    assert not data.exists()


@pytest.fixture
def srs_files(tmp_path):
    """Two versions of one model: 21 break points, percentiles (one not reached), three terms."""
    points = [f"models_3_0,F32,100,90,10,20,{k},{k / 20},{15 + 3 * k}" for k in range(21)]
    points += [f"models_2_1,F32,50,50,0,20,{k},{k / 20},{15 + k}" for k in range(21)]
    head = "model_set,icd10,n_spells,n_events,n_censored,k,break_index,quantile,days"
    texts = {
        "b": "\n".join([head, *points]) + "\n",
        "p": "model_set,icd10,event_p50,adj_p10,adj_p25,adj_p50,adj_p75,adj_p90\n"
        "models_3_0,F32,45,16,20,40,70,\n",
        "c": "icd10,interval,day_from,day_to,term,log_hazard\nF32,1,15,18,SexMale,-0.1\n",
    }
    paths = [tmp_path / f"{name}.csv" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text)
    return paths


def test_the_models_figures_from_the_command_line(srs_files, tmp_path, capsys):
    data = tmp_path / "data"
    assert run("import", "srs", *srs_files, "--data", data, "--date", "2026-01-02") == 0
    assert capsys.readouterr().out == f"written: {data / 'srs'}\n"
    check_hashes(data / "srs")
    assert run("check", data) == 0
    (found,) = published_bounds("F32", 45, data_raw=data)
    # Break point 10 of 20 is day 45: half of the 90 ended spells are longer; 10 had not ended.
    assert found.n_spells == 100
    assert found.lo <= 45 / 100 <= 55 / 100 <= found.hi
    assert published_sources(data)["srs"]["fetched_date"] == "2026-01-02"
    assert run("import", "srs", *srs_files, "--data", data, "--date", "2026-01-02") == 0
    assert "unchanged" in capsys.readouterr().out
    assert run("import", "srs", *srs_files, "--data", data, "--name", "other") == 2


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (0, ",45", ",soon", "b.csv, line 12, column 'days': 'soon' is not a whole number"),
        (1, ",16,", ",16.5,", "p.csv, line 2, column 'adj_p10': '16.5' is not a whole number"),
        (1, "adj_p10", "p10", "p.csv, line 1: column 'adj_p10' is missing"),
        (2, "-0.1", "low", "c.csv, line 2, column 'log_hazard': 'low' is not a number"),
    ],
)
def test_faulty_figures_of_the_models_are_refused_whole(
    srs_files, tmp_path, capsys, file, old, new, said
):
    path = srs_files[file]
    path.write_text(path.read_text().replace(old, new, 1))
    assert run("import", "srs", *srs_files, "--data", tmp_path / "d") == 11
    assert capsys.readouterr().err.startswith(f"fmbstats: {said}")
    assert not (tmp_path / "d").exists()


def test_open_statistics_are_figures_and_hidden_ones_stay_hidden(tmp_path):
    row = {"ar": "2024", "manad": "04", "kon_kod": "K", "diagnoskapitel_kod": "F00-F99"}
    path, data = tmp_path / "open.json", tmp_path / "data"
    path.write_text(
        json.dumps(
            [{"dimensions": row, "observations": {"antal": {"value": 7, "rojd": False}}},
             {"dimensions": row | {"kon_kod": "M"},
              "observations": {"antal": {"value": 0, "rojd": True}}}]
        )
    )  # fmt: skip
    assert run("import", "fk", path, "--data", data) == 0
    found = {f.row.sex: f.row for f in published_figures("F32", data_raw=data)}
    assert (found["women"].value, found["women"].period) == (7, "2024-04")
    assert (found["men"].value, found["men"].is_suppressed) == (None, True)
    assert published_figures("M54", data_raw=data) == []
    assert published_bounds("F32", 90, data_raw=data) == []


def test_a_workbook_with_a_hidden_cell(tmp_path):
    path, data = tmp_path / "fk.xlsx", tmp_path / "data"
    grid = [["Startade sjukfall under 2019"], [], [], ["", "F32"],
            ["15-29 dagar", 50], ["30-89 dagar", ".."], [">=90 dagar", 30]]  # fmt: skip
    workbook = xlsxwriter.Workbook(str(path))
    sheet = workbook.add_worksheet("a")
    for n, cells in enumerate(grid):
        sheet.write_row(n, 0, cells)
    workbook.close()
    assert run("import", "fk", path, "--name", "fk-2019", "--data", data) == 0
    (found,) = published_bounds("F32", 29, data_raw=data)
    assert (found.lo, found.hi) == (30 / 80, 34 / 84)


def test_hostile_words_stay_text_and_reach_the_store(inera_file, tmp_path, data_raw):
    copied = shutil.copytree(data_raw, tmp_path / "data_raw")
    label = ("--label", HOSTILE, "--title", HOSTILE)
    assert run("import", "inera", inera_file, "--data", copied, *label) == 0
    assert published_sources(copied)["inera"]["label"] == HOSTILE
    frames = published_frames(copied)
    about = frames["mart_published_sources"].filter(pl.col("source") == "inera")
    assert about["label"].to_list() == [HOSTILE]
    assert frames["mart_published_bands"].filter(pl.col("source") == "inera").height == 16
    assert frames["mart_published_bands"].filter(pl.col("source") == "fk").height == 245


def test_check_tells_of_every_cell(inera_file, mapped, capsys):
    text = INERA.replace(";300;", ";<5;").replace(";140;", ";x;")
    inera_file.write_bytes(text.encode("cp1252"))
    mapped[0].write_text(NOTES.replace(",40", ",many").replace("M,long", "M,longest"))
    assert run("check", inera_file) == 11
    printed = capsys.readouterr().out
    assert "2 rejected" in printed
    assert "inera.csv, line 4, column 'field 4': '<5' is not a count" in printed
    assert "column 'field 12': 'x' is not a count" in printed
    assert run("check", *mapped) == 11
    printed = capsys.readouterr().out
    assert "n.csv, line 2, column 'Count': 'many' is not a count" in printed
    assert "n.csv, line 7, column 'Duration': the band 'longest' is not in the mapping" in printed
