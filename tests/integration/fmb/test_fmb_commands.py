"""The commands on fmb: what they print, their exit codes, and that nothing is half-loaded."""

import shutil
from pathlib import Path

import pytest

from fmbstats.cli import main
from fmbstats.sources.fmb.edition_tables import read_editions

ROOT = Path(__file__).parents[3]
FIXTURES = ROOT / "tests" / "fixtures" / "fmb"
DATA = ["--data", str(ROOT / "data_raw")]


@pytest.fixture
def run(capsys):
    """Run a command; give exit code, output and errors."""

    def call(*arguments):
        code = main([str(a) for a in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def files(edition):
    return sorted(FIXTURES.glob(f"{edition}_*"))


def tree(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_editions_are_listed_with_their_quality(run):
    code, out, _ = run("fmb", "editions", *DATA)
    assert code == 0
    assert [line.split()[:3] for line in out.splitlines()] == [
        ["2015-11", "partial", "13"],
        ["2016-09", "production", "112"],
        ["2017-10", "development", "57"],
        ["2018-02", "production", "111"],
        ["2020-04", "production", "116"],
        ["2021-05", "partial", "2"],
    ]


@pytest.mark.parametrize(
    ("day", "limit", "edition"),
    [
        ("2017-01-29", "limit: 90 to 180 days", "[2016-09, from 2015-11-15]"),
        ("2017-01-30", "limit: 0 to 180 days", "[2020-04, from 2017-01-30]"),
    ],
)
def test_show_on_both_sides_of_the_revision(day, limit, edition, run):
    code, out, _ = run("fmb", "show", "F32", "--on", day, *DATA)
    assert code == 0
    assert limit in out
    assert edition in out
    assert out.endswith(
        "Through time\n"
        "  2015-11-15 – 2017-01-29  F32     90 to 180 days                2 cases"
        ", edition 2016-09\n"
        "  2017-01-30 – still       F32     0 to 180 days                 3 cases"
        ", edition 2020-04\n"
    )


def test_show_by_webcerts_rules(run):
    code, out, _ = run("fmb", "show", "F43.8A", "--lookup", "webcert", *DATA)
    assert code == 0
    assert "limit: 372 days (months of 31 days, look-up webcert)" in out
    assert "1 case without limit: the number taken all the same" in out


def test_show_through_time_says_one_limit_once_and_none_in_words(run):
    code, out, _ = run("fmb", "show", "F43.8A", *DATA)
    assert code == 0
    assert out.endswith(
        "  2015-11-15 – 2017-01-29  F43.8   365 days                      1 case"
        ", edition 2016-09\n"
        "  2017-01-30 – still       F43.8   from 180 days, no upper limit 2 cases"
        ", edition 2020-04\n"
    )


def test_show_of_a_code_without_recommendation(run):
    code, out, _ = run("fmb", "show", "F43.9", *DATA)
    assert (code, out) == (
        0, "F43.9 on 2021-05-25: no recommendation\n  - FMB has no recommendation for F43.9\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fmb", "show", "rygg"], "fmbstats: 'rygg' is not an ICD-10-SE code: expected"),
        (
            ["fmb", "diff", "2018-2", "2020-04"],
            "edition '2018-2' is unknown. Did you mean '2018-02'",
        ),
        (["fmb", "check", "2021-01"], "edition '2021-01' is unknown."),
        (["fmb", "icf", "X99"], "edition 2020-04 has no entry for X99"),
        (["import", "fmb"], "Error: Give the edition's two files, a sheet, or --fetch."),
        (["import", "codes"], "Error: Give at least one file."),
    ],
)
def test_wrong_usage_ends_with_2_and_a_reason(arguments, message, run):
    needs_data = [] if arguments[0] == "import" else DATA
    code, out, err = run(*arguments, *needs_data)
    assert code == 2
    assert message in err
    assert not out


def test_diff_on_the_terminal_as_csv_and_as_page(run, tmp_path):
    csv, page = tmp_path / "out" / "diff.csv", tmp_path / "out" / "diff.html"
    code, out, err = run("fmb", "diff", "2018-02", "2020-04", "--csv", csv, "--html", page, *DATA)
    assert code == 0
    assert out.startswith("From 2018-02 to 2020-04: 7 length corrected (7 silently), 64 new, ")
    assert (
        "  silently  320      Lumbago-ischias, diskbråck          M54.4                 3 mo" in out
    )
    assert f"written: {csv}" in err
    assert csv.read_text("utf-8").startswith(
        "kind,item_id,item,case,codes,change,old,new,is_silent\n"
    )
    assert '<html lang="sv">' in page.read_text("utf-8")


def test_check_finds_case_368(run, tmp_path):
    code, out, _ = run("fmb", "check", "2020-04", "--csv", tmp_path / "c.csv", *DATA)
    assert code == 0
    assert "case 368     M32          says 'Upp till 6 månader', stores 3 mo" in out
    assert "Codes were not looked up" in out
    assert (tmp_path / "c.csv").read_text("utf-8").count("\n") == 135


def test_check_looks_codes_up_in_an_imported_list(run, tmp_path):
    target = tmp_path / "codes.csv"
    code, out, _ = run("import", "codes", FIXTURES / "codes.txt", "--to", target)
    assert (code, out) == (0, f"5 codes\nwritten: {target}\n")
    code, out, _ = run("fmb", "check", "2020-04", "--codes", target, *DATA)
    assert code == 0
    assert "A code that ICD-10-SE does not have (306)" in out


def test_ties_and_gaps_are_reported(run):
    code, out, _ = run("fmb", "gaps", *DATA)
    assert (code, out) == (0, "0 tie(s), 0 gap(s); nothing is known before 2015-11-15.\n")


def test_a_tie_and_a_gap_are_named(run, tmp_path):
    folder = tmp_path / "data_raw" / "fmb"
    shutil.copytree(ROOT / "data_raw" / "fmb" / "2020-04", folder / "2020-04")
    path = folder / "2020-04" / "entry_codes.csv"
    path.write_text(path.read_text("utf-8") + "493,F32,Depressiv episod\n", "utf-8")
    code, out, _ = run("fmb", "gaps", "--data", tmp_path / "data_raw")
    assert code == 0
    assert "tie  F32    2020-04  entries 493,508\n1 tie(s), 0 gap(s)" in out


def test_icf_codes_of_an_entry(run):
    code, out, _ = run("fmb", "icf", "F32", *DATA)
    assert code == 0
    assert out.startswith("ICF codes of F32, edition 2020-04\n\nDepressiv episod\n  Impairments, ")
    assert "    b152    Emotionella funktioner\n" in out
    assert "    d240    Att hantera stress och andra psykologiska krav\n" in out


def test_importing_edition_after_edition_keeps_the_history(run, tmp_path):
    folder = tmp_path / "fmb"
    for edition, day in (
        ("rivta_2016", "2016-09-02"),
        ("json_2018", "2018-02-27"),
        ("json_2020", "2020-04-02"),
    ):
        code, out, _ = run("import", "fmb", *files(edition), "--to", folder, "--date", day)
        assert code == 0
    assert out == (
        "<Edition 2020-04 (production): 4 entries, 7 cases, 6 codes>\n"
        f"written: {folder / '2020-04'}\n"
        "From 2018-02 to 2020-04: 1 length corrected (1 silently), 1 new, 1 withdrawn.\n"
    )
    assert [e.name for e in read_editions(folder)] == ["2016-09", "2018-02", "2020-04"]
    history = (folder / "history.csv").read_text("utf-8")
    assert "F990,12,10,2015-11-15,2017-01-30,successor,2016-09" in history
    assert "2020-04 length corrected silently: 3 mo → 3 wk" in history


def test_an_edition_is_not_replaced_unasked(run, tmp_path):
    folder = tmp_path / "fmb"
    arguments = ["import", "fmb", *files("json_2020"), "--to", folder, "--date", "2020-04-02"]
    assert run(*arguments)[0] == 0
    before = tree(folder)
    code, _, err = run(*arguments)
    assert code == 11
    assert err == (
        f"fmbstats: {folder / '2020-04'} is there already. Give another --edition, or --replace.\n"
    )
    assert tree(folder) == before
    assert run(*arguments, "--replace")[0] == 0
    assert tree(folder) == before


@pytest.mark.parametrize("n_bytes", [0, 40, 3000, 12000])
def test_a_truncated_file_loads_nothing(n_bytes, run, tmp_path):
    folder = tmp_path / "fmb"
    run("import", "fmb", *files("json_2018"), "--to", folder, "--date", "2018-02-27")
    before = tree(folder)
    cut = tmp_path / "json_2020_cases.json"
    cut.write_bytes((FIXTURES / cut.name).read_bytes()[:n_bytes])
    whole = FIXTURES / "json_2020_entries.json"
    code, out, err = run("import", "fmb", cut, whole, "--to", folder, "--date", "2020-04-02")
    assert code == 11
    assert err.startswith(f"fmbstats: {cut}")
    assert not out
    assert tree(folder) == before


def test_a_foreign_file_says_file_and_reason(run, tmp_path):
    foreign = tmp_path / "patients.json"
    foreign.write_text('{"resourceType": "Bundle"}', "utf-8")
    code, _, err = run("import", "fmb", foreign, foreign, "--to", tmp_path / "fmb")
    assert (code, err) == (
        11, f"fmbstats: {foreign}: not an FMB document: no list 'data' at the top.\n",
    )  # fmt: skip
    assert not (tmp_path / "fmb").exists()


def test_commands_work_on_another_data_folder(run, tmp_path):
    shutil.copytree(ROOT / "data_raw" / "fmb" / "2020-04", tmp_path / "fmb" / "2020-04")
    code, out, _ = run("fmb", "show", "M54.5", "--data", tmp_path)
    assert code == 0
    assert "limit: 7 to 14 days" in out
