"""`fmbstats check` from the outside: what it prints and how it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from fmbstats.cli import main
from fmbstats.sources.check_files import find_contract
from fmbstats.store.check_register import check_file

DATA_RAW = Path(__file__).parents[2] / "data_raw"
HEADER = "code,sex,area,period,year,counted,length_basis,band_from_day,band_to_day,n_lo,n_hi"


@pytest.fixture
def counts(tmp_path):
    def write(*lines, name="counts.csv"):
        path = tmp_path / name
        parts = [line.split(",") for line in lines]
        rows = [
            f"{code},all,,{year},{year},started,paid_days,{first},{last},{n},{n}"
            for year, code, first, last, n in parts
        ]
        path.write_text("\n".join([HEADER, *rows, ""]), "utf-8")
        return path

    return write


def test_everything_that_is_shipped_is_in_order(capsys):
    assert main(["check", str(DATA_RAW)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok ") for line in printed[:-1])
    assert printed[-1] == f"{len(printed) - 1} files checked, all in order."
    n_files = sum(p.is_file() and p.suffix not in (".md", ".toml") for p in DATA_RAW.rglob("[!.]*"))
    assert len(printed) - 1 == n_files


def test_faults_are_shown_with_line_column_and_reason(counts, tmp_path, capsys):
    path = counts("2017,F32,15,29,5", "17,F32,30,,7", "2017,F43,15,x,-1", "2017,F43,15,x,-1")
    rejects = tmp_path / "rejects.csv"
    assert main(["check", str(path), "--rejects", str(rejects), "--shown", "2"]) == 11
    assert capsys.readouterr().out.splitlines() == [
        f"FAULTS   {path}: published counts per code, group, period and length band, 4 rows; "
        "3 rejected (75.00%), more than 1%: a build would stop",
        "         counts.csv, line 3, column 'year': '17' is below 1990",
        "         counts.csv, line 4, column 'band_to_day': 'x' is not a whole number",
        "         … and 5 more (--rejects FILE writes all)",
        "1 files checked, 1 with faults.",
        f"7 rejected values written to {rejects}.",
    ]
    written = pl.read_csv(rejects, infer_schema=False)
    assert written["line"].to_list() == ["3", "4", "4", "4", "5", "5", "5"]
    assert "'-1" in written["value"].to_list()  # not a formula


def test_a_few_faults_do_not_stop_a_build(counts, capsys):
    lines = [f"{1990 + y},F{c:02},15,29,{y}" for y in range(20) for c in range(10)]
    path = counts(*lines, "2017,F32,,29,5")
    assert main(["check", str(path)]) == 11
    assert "1 rejected (0.50%), a build would leave them out" in capsys.readouterr().out


def test_a_refused_file_is_named_with_its_folder(tmp_path, capsys):
    shutil.copytree(DATA_RAW / "fk", tmp_path / "fk")
    counts = tmp_path / "fk" / "bands.csv"
    counts.write_bytes(counts.read_bytes()[:-30])
    assert main(["check", str(tmp_path)]) == 11
    printed = capsys.readouterr().out
    assert f"REFUSED  {counts}, line " in printed
    assert "REFUSED  bands.csv: its sha256 is not the one in source.json" in printed
    assert f"ok       {tmp_path / 'fk' / 'figures.csv'}" in printed


def test_an_unknown_table_lists_the_known_ones(tmp_path, capsys):
    path = tmp_path / "x.csv"
    path.write_text("apples,pears\n1,2\n")
    assert main(["check", str(path)]) == 11
    printed = capsys.readouterr().out
    assert printed.startswith(
        f"REFUSED  {path}: no known table has these columns ('apples', 'pears' …). Name the "
        "contract with --contract; known are certificates, "
    )


def test_wrong_usage(tmp_path, capsys):
    assert main(["check"]) == 2
    assert main(["check", "--contract", "published_band", "x.csv"]) == 2
    assert "Contract 'published_band' is unknown. Did you mean 'published_bands'" in (
        capsys.readouterr().err
    )
    assert main(["check", str(tmp_path / "none.csv")]) == 11
    assert "none.csv: no such file in" in capsys.readouterr().out
    assert main(["check", str(tmp_path)]) == 11
    assert "no file to check" in capsys.readouterr().err


def test_a_named_contract_is_taken_at_its_word(counts, capsys):
    path = counts("2017,F32,15,29,5")
    assert main(["check", "--contract", "srs_codes", str(path)]) == 11
    assert "columns 'model_set', 'n_spells', 'n_ended', 'n_censored', 'max_day' are missing" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("separator", [";", "\t"])
def test_the_table_is_recognised_although_its_separator_is_wrong(counts, separator, capsys):
    path = counts("2017,F32,15,29,5")
    path.write_text(path.read_text().replace(",", separator))
    assert find_contract(path).name == "published_bands"
    assert main(["check", str(path)]) == 11
    assert "the fields are separated by" in capsys.readouterr().out


def test_parquet_is_held_against_the_same_contract(tmp_path):
    frame = pl.DataFrame(
        {
            "person_id": ["a", "b"],
            "start_date": ["2016-01-01", "2016-02-01"],
            "last_date": ["2016-01-20", "2015-01-01"],
            "code": ["F32", "F43"],
        }
    ).with_columns(pl.col("start_date", "last_date").str.to_date())
    frame.write_parquet(tmp_path / "s.parquet")
    result = check_file(tmp_path / "s.parquet")
    assert result.contract.name == "spells"
    assert (result.n_rows, result.n_rejected) == (2, 1)
    assert result.rejects["reason"].to_list() == ["the spell ends before it starts"]
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "s.parquet").read_bytes()[:-20])
    error = check_file(tmp_path / "cut.parquet").error
    # In brackets the reader's own words.
    assert error.startswith("cut.parquet: is not a whole Parquet file (parquet: File out of spec")
    assert error.endswith("). Export it again.")


@pytest.mark.parametrize(
    ("name", "text", "contract"),
    [
        (
            "m.txt",
            "lopnr\tOMFATTNING\tDEL_FROM_DATUM\tDEL_TOM_DATUM\tFALL_FROM_DATUM\tFALL_TOM_DATUM\t"
            "FORSAKRADTYP_KOD\tDIAGNOS_KOD\tKON_KOD\tfodelsear\tKOMMUN_KOD\n",
            "midas",
        ),
        ("i.csv", "Titel;\nPeriod;<15;15-30;\n", "inera_export"),
        ("o.json", '[{"dimensions": {}, "observations": {}}]', "fk_open"),
        ("s.csv", "person_id,start_date,last_date,code\n", "spells"),
    ],
)
def test_formats_are_told_apart(tmp_path, name, text, contract):
    (tmp_path / name).write_text(text, "cp1252")
    assert find_contract(tmp_path / name).name == contract


FIXTURES = Path(__file__).parents[1] / "fixtures" / "published"
OPEN = (
    "ar;lan_kod;lan_text;kon_kod;diagnoskapitel_kod;diagnoskapitel_text;antal\n"
    "2017;01;Stockholms län;K;F00-F99;Psykiska sjukdomar;100\n"
)


def inera_with_totals(_):
    lines = (FIXTURES / "inera.csv").read_text("cp1252").splitlines()
    ends = {1: "", 2: "Totalt", 3: "900"}
    return "\n".join(f"{line}{ends.get(n, '')};" if n else line for n, line in enumerate(lines))


def notes(_):
    lines = (FIXTURES / "notes.csv").read_text("utf-8").splitlines()
    return "\n".join(f"{line},{'Org' if not n else 'x'}" for n, line in enumerate(lines))


def api(_):
    part = {"ar": "2017", "kon_kod": "K", "diagnoskapitel_kod": "F00-F99"}
    value = {"value": 100, "rojd": False, "enhet": "antal"}
    return json.dumps([{"dimensions": part, "observations": {"antal": value}, "uppdaterad": "nu"}])


PUBLISHED = {
    "notes.csv": (notes, ("--mapping", FIXTURES / "notes.toml"), "'Org'"),
    "open.csv": (lambda _: OPEN, (), "'lan_text', 'diagnoskapitel_text'"),
    "api.json": (api, (), "'uppdaterad', 'enhet'"),
    "inera.csv": (inera_with_totals, (), "'Totalt'"),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_columns_of_published_tables_that_nothing_uses_are_named(tmp_path, capsys, name):
    make, options, unused = PUBLISHED[name]
    path = tmp_path / name
    path.write_text(make(DATA_RAW), "utf-8")
    assert main(["check", str(path), *map(str, options)]) == 0, capsys.readouterr().out
    assert f"Columns that nothing uses: {unused}." in capsys.readouterr().out
