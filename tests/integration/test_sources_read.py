"""What a build says of the rows that it read and of codes that match nothing."""

from __future__ import annotations

import shutil

import pytest

import fmbstats
from fmbstats.cli import main
from fmbstats.gate import run_gate

N_BAD, N_FEW = 9, 2
TEXTS = (".html", ".csv", ".json")


@pytest.fixture(scope="module")
def bad_folder(tmp_path_factory, data_raw):
    """Return a folder with data_raw, a register (r.csv) and the store built from it."""
    folder = tmp_path_factory.mktemp("bad")
    lines = ["person_id,start_date,last_date,code"]
    lines += [f"{n},2017-03-{n % 28 + 1:02},2017-08-01,F32" for n in range(1, 500)]
    lines += [f"{500 + n},2017-03-01,2017-08-01,XYZ" for n in range(N_BAD)]
    lines += [f"{600 + n},2017-03-01,2017-08-01,Q?" for n in range(N_FEW)]
    lines += [f"{610 + n},2017-03-01,2017-08-01,19811218" for n in range(6)]
    lines += [lines[1], "700,2017-03-01,2017-02-01,F32"]
    (folder / "r.csv").write_text("\n".join(lines) + "\n")
    shutil.copytree(data_raw, folder / "data_raw")
    build(folder)
    return folder


def build(folder):
    data, store, register = (folder / name for name in ("data_raw", "s.duckdb", "r.csv"))
    arguments = ["build", "--data", data, "--store", store, "--register", register,
                 "--extraction", "2019-01-01", "--format", "spells"]  # fmt: skip
    assert main([str(a) for a in arguments]) == 0


def test_a_build_counts_rows_and_odd_codes(bad_folder, capsys):
    build(bad_folder)
    told = capsys.readouterr().err
    # 499 + 9 + 2 + 6 + 1 repeated + 1 bad
    assert "Of 518 lines read, 1 were exact repetitions (dropped), 1 rejected." in told
    assert "r.csv, line 519, column 'last_date': the spell ends before it starts" in told
    with fmbstats.open_store(bad_folder / "s.duckdb") as store:
        odd = dict(store.polars("select code, n from unknown_codes").iter_rows())
        read = store.settings
    assert odd == {"XYZ": N_BAD, "19811218": 6, "Q?": N_FEW}
    assert (read.n_rows_read, read.n_duplicates, read.n_rejected) == (518, 1, 1)


@pytest.mark.slow
def test_no_page_holds_what_no_code_is(bad_folder, tmp_path, run_main):
    """A text in the place of a code may be somebody's number."""
    given = ("--store", bad_folder / "s.duckdb", "--data", bad_folder / "data_raw")
    assert run_main("report", "--only", "F32,overview", *given, "--to", tmp_path / "r") == 0
    folder = tmp_path / "r" / "2017"
    texts = [p.read_text("utf-8") for p in folder.rglob("*.*") if p.suffix in TEXTS]
    assert len(texts) > 3
    assert not any("19811218" in text for text in texts)
    assert run_gate(folder).findings == ()
