"""`fmbstats check` says of a register what `fmbstats build` says of it, whatever its format."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fmbstats.cli import main
from fmbstats.store.build import build_store
from fmbstats.store.check_register import check_file
from fmbstats.store.own_register import RegisterRequest, open_register
from fmbstats.synth.writers import write_register

EXTRACTION = date(2019, 6, 30)
HEADER = "spell_id,person_id,start_date,last_date,code"
MAPPING = """
[register]
extraction_date = 2019-06-30
[file]
separator = ";"
[columns]
person_id = "lopnr"
start_date = "fran"
last_date = "till"
code = "diagnos"
"""


def hand_written():
    """200 spells; two repetitions far apart, a contradiction, a bad cell, a late one, an odd code.

    A register of which 203 rows would be taken, 2 + 1 + 1 rejected and 2 dropped.
    """
    rows = [(n, f"p{n}", "2017-03-01", "2017-08-01", "F32") for n in range(1, 201)]
    rows += [rows[0], rows[99]]
    rows += [(300, "q", "2017-01-01", "2017-03-01", "F32"),
             (300, "q", "2017-01-01", "2017-03-02", "F32")]  # fmt: skip
    rows += [(301, "r", "2017-05-01", "2017-04-01", "F32"),
             (302, "s", "2019-07-01", None, "F32"),
             (303, "t", "2017-02-01", "2017-05-01", "Z?")]  # fmt: skip
    return rows


@pytest.fixture
def hand_file(tmp_path):
    def write(layout):
        path = tmp_path / f"r.{layout}"
        columns = HEADER.split(",")
        frame = pl.DataFrame(hand_written(), schema=columns, orient="row")
        if layout == "csv":
            frame.write_csv(path)
        else:
            dates = pl.col("start_date", "last_date").str.to_date()
            frame.with_columns(dates).write_parquet(path)
        return path

    return write


def built(path, data_raw, folder):
    request = RegisterRequest((path,), extraction_date=EXTRACTION)
    return build_store(data_raw, folder / "s.duckdb", open_register(request), 1.0)


def same(result, store):
    info = store.register
    assert (result.n_rows, result.n_rejected) == (info.n_rows_read, info.n_rejected)
    assert (result.n_duplicates, result.n_excluded) == (info.n_duplicates, store.n_excluded)
    assert result.n_withdrawn == store.n_withdrawn
    assert result.rejects.sort(pl.all()).equals(store.rejects.sort(pl.all()))


def first_of(*layouts):
    """One layout in the quick tests, the others in the slow ones."""
    return [layouts[0], *(pytest.param(x, marks=pytest.mark.slow) for x in layouts[1:])]


@pytest.mark.parametrize("layout", first_of("csv", "parquet"))
def test_repetitions_contradictions_and_bad_cells_are_those_of_the_build(
    hand_file, layout, tmp_path, data_raw
):
    path = hand_file(layout)
    result = check_file(path, extraction_date=EXTRACTION)
    assert (result.n_rows, result.n_rejected, result.n_duplicates) == (207, 4, 2)
    assert result.n_malformed_codes == 1
    first = 2 if layout == "csv" else 1
    found = {(line - first, column) for _, line, column, *_ in result.rejects.rows()}
    assert found == {(202, "spell_id"), (203, "spell_id"), (204, "last_date"), (205, "start_date")}
    same(result, built(path, data_raw, tmp_path))


@pytest.mark.parametrize("layout", first_of("spells", "midas", "certificates"))
def test_faults_of_every_format_are_those_of_the_build(layout, tmp_path, data_raw):
    suffix = "tsv" if layout == "midas" else "csv"
    path = tmp_path / f"r.{suffix}"
    write_register(
        path, data_raw=data_raw, n_spells=1_500, seed=5, layout=layout, share_faults=0.05
    )
    result = check_file(path, extraction_date=EXTRACTION)
    assert result.n_rejected > 0
    assert result.n_duplicates > 0
    same(result, built(path, data_raw, tmp_path))


def test_files_of_one_register_are_compared_with_each_other(hand_file, tmp_path, capsys):
    rows = "\n".join(f"{n},p{n},2017-03-01,2017-08-01,F32" for n in range(1, 51))
    paths = [tmp_path / name for name in ("a.csv", "b.csv")]
    for path in paths:
        path.write_text(f"{HEADER}\n{rows}\n")
    assert main(["check", *map(str, paths), "--together"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"ok       {tmp_path}/{{a.csv,b.csv}}: a plain spell table, one row per spell, 100 rows "
        "(50 exact repetitions, no extraction date: rows after it not looked for)",
        "1 files checked, all in order.",
    ]
    assert main(["check", *map(str, paths)]) == 0
    assert "repetitions" not in capsys.readouterr().out
    other = tmp_path / "bands.csv"
    other.write_text("code,sex,area,period,year,counted,length_basis,band_from_day,band_to_day,"
                     "n_lo,n_hi\n")  # fmt: skip
    assert main(["check", str(paths[0]), str(other), "--together"]) == 11
    assert "--together takes files of one register" in capsys.readouterr().err


def test_a_mapped_spell_table(tmp_path, capsys):
    (tmp_path / "m.toml").write_text(MAPPING)
    path = tmp_path / "mine.csv"
    lines = ["lopnr;fran;till;diagnos;extra", "1;2017-03-01;2017-05-01;F32;x",
             "2;2017-03-01;2017-02-01;F32;x", "3;2019-07-01;;F32;x", "4;2017-03-01;;F32;x",
             "4;2017-03-01;;F32;x"]  # fmt: skip
    path.write_text("\n".join(lines) + "\n")
    assert main(["check", str(path), "--mapping", str(tmp_path / "m.toml")]) == 11
    said = capsys.readouterr().out
    assert "5 rows (1 exact repetitions); 2 rejected (40.00%)" in said
    assert "mine.csv, line 3, column 'till': the spell ends before it starts" in said
    assert "line 4, column 'fran': starts after the extraction date 2019-06-30" in said
    # what lies in register.toml beside the file is used unasked
    (tmp_path / "register.toml").write_text('mapping = "m.toml"\n')
    assert main(["check", str(path)]) == 11
    assert capsys.readouterr().out == said
    (tmp_path / "m.toml").write_text(MAPPING.replace("lopnr", "id"))
    assert main(["check", str(path), "--mapping", str(tmp_path / "m.toml")]) == 11
    assert "column 'id' is missing" in capsys.readouterr().out


def test_nothing_of_the_register_stays(hand_file, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    (scratch / "fmbstats-check-999999999-old").mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    assert check_file(hand_file("csv")).n_rows == 207
    path = hand_file("csv")
    path.write_text(HEADER + "\n1,p,2017")
    assert "cut off" in check_file(path).error
    assert list(Path(scratch).iterdir()) == []


def test_columns_that_nothing_uses_are_named(tmp_path):
    path = tmp_path / "r.csv"
    rows = "".join(f"p{n};2017-01-01;2017-03-01;F32;x;y\n" for n in range(9))
    path.write_text("person_id;fran;till;diagnos;Yrke;Kommun\n" + rows)
    (tmp_path / "m.toml").write_text(MAPPING.replace('"lopnr"', '"person_id"'))
    found = check_file(path, mapping=tmp_path / "m.toml")
    assert found.is_ok
    assert found.remarks == ("Columns that nothing uses: 'Yrke', 'Kommun'.",)


@pytest.mark.parametrize(
    ("layout", "unused", "used"),
    [
        (
            "midas",
            {"DAGBELOPP", "DEL_DAGAR_NETTO", "FALL_FROM_DATUM2"},
            {"KOMMUN_KOD", "lopnr", "SSYK3"},
        ),
        ("certificates", {"care_giver_id"}, {"reason_longer", "unit_id", "code_2"}),
    ],
)
def test_columns_of_a_format_are_used_or_named(tmp_path, data_raw, layout, unused, used):
    path = tmp_path / "r.csv"
    write_register(path, data_raw=data_raw, n_spells=50, seed=5, layout=layout)
    separator = "\t" if layout == "midas" else ","
    frame = pl.read_csv(path, separator=separator, infer_schema=False)
    missing = [name for name in (*unused, *used) if name not in frame.columns]
    path = tmp_path / f"r.{'tsv' if layout == 'midas' else 'csv'}"
    frame.with_columns(pl.lit(None, pl.String).alias(name) for name in missing).write_csv(
        path, separator=separator
    )
    found = check_file(path, extraction_date=EXTRACTION)
    assert found.error is None
    told = " ".join(found.remarks)
    assert {name for name in (*unused, *used) if f"'{name}'" in told} == unused
