"""A user's own register: where it is found, its settings, and what is said of it."""

import hashlib
import json

import pytest

from fmbstats.store.own_register import RegisterRequest, find_register

TOML = 'extraction_date = 2019-06-30\nname = "Region Prov"\nlag = 25\n'


@pytest.fixture
def own(data_folder, register_file):
    """data_raw with a MiDAS extract and settings in its register folder."""
    folder = data_folder / "register"
    (folder / "extract.tsv").write_bytes(register_file("midas").read_bytes())
    (folder / "register.toml").write_text(TOML)
    (folder / "README.md").write_text("not data")
    return data_folder


def test_files_in_the_folder_replace_the_synthetic_register(own, build, rows):
    outcome = build(data=own, options=())
    assert outcome.code == 0, outcome.output
    assert "spells (real: Region Prov)" in outcome.output
    assert rows(
        outcome.store,
        "select register_name, is_synthetic, lag_days, gap_days, cutoff_date::varchar, "
        "length_basis, is_merged from meta_settings",
    ) == [("Region Prov", False, 25, 5, "2019-05-31", "paid_days", False)]
    content = (own / "register" / "extract.tsv").read_bytes()
    assert rows(outcome.store, "select register_files from meta_settings") == [
        (json.dumps({"extract.tsv": hashlib.sha256(content).hexdigest()}),)
    ]


def test_the_command_line_goes_before_the_settings_file(own, build, rows):
    options = ("--name", "Annat namn", "--lag", "0", "--length-basis", "episode_days")
    outcome = build(data=own, options=options)
    assert rows(
        outcome.store,
        "select register_name, cutoff_date::varchar, length_basis from meta_settings",
    ) == [("Annat namn", "2019-06-25", "episode_days")]


def test_settings_for_no_register_are_refused(data_folder, build):
    outcome = build(data=data_folder, options=("--lag", "3"))
    assert outcome.code == 2
    assert "lag: given without a register" in outcome.output


@pytest.mark.parametrize(
    ("toml", "code", "message"),
    [
        (
            "lagg = 3",
            2,
            "register.toml: key 'lagg' is unknown. Did you mean 'lag'? Known keys:",
        ),
        (
            "lag = -1",
            11,
            "register.toml, lag: -1 came; expected whole days, 0 to 3650, without quotes.",
        ),
        (
            "gap = true",
            11,
            "register.toml, gap: True came; expected whole days, 0 to 3650, without quotes.",
        ),
        ('extraction_date = "2019"', 11, "came; expected a date such as 2019-06-30, without"),
        ("max_reject_share = 2", 11, "max_reject_share: 2 came; expected a share from 0 to 1."),
        ('format = "xlsx"', 11, "expected one of 'midas', 'spells', 'certificates'."),
        ("lag =", 11, "register.toml: is not TOML"),
        (
            'mapping = "../../../etc/passwd"',
            11,
            "register.toml, mapping: '../../../etc/passwd' leads out of the folder of",
        ),
        ('deaths = "/etc/hosts"', 11, "name it on the command line with --deaths."),
        ("", 11, "The extraction date of the register is not known; without it nobody knows"),
    ],
)
def test_settings_that_cannot_be_used(own, build, toml, code, message):
    (own / "register" / "register.toml").write_text(toml)
    outcome = build(data=own, options=())
    assert outcome.code == code
    assert message in outcome.output
    assert not outcome.store.exists()


def test_files_of_two_formats_are_refused(build, register_file):
    outcome = build(register_file("midas"), register_file("spells"))
    assert outcome.code == 11
    assert "different formats (midas.tsv: midas, spells.csv: spells)" in outcome.output


def test_two_files_of_one_name_are_refused(tmp_path, build, register_file):
    other = tmp_path / "spells.csv"
    other.write_bytes(register_file("spells").read_bytes())
    outcome = build(register_file("spells"), other)
    assert outcome.code == 11
    assert "spells.csv: two files of this name" in outcome.output


def test_a_file_that_is_no_register_is_refused(build, data_raw):
    outcome = build(data_raw / "fmb" / "2020-04" / "cases.csv")
    assert outcome.code == 11
    assert "not a register. Expected a MiDAS extract" in outcome.output


def test_a_mapping_names_the_columns(tmp_path, build, rows):
    table, mapping = tmp_path / "egen.csv", tmp_path / "kolumner.toml"
    table.write_text("lopnr;from;tom;diagnos;kon\n7;2017-01-02;2017-03-01;f32.1;2\n")
    mapping.write_text(
        "[register]\nextraction_date = 2018-06-30\n[file]\nseparator = ';'\n[columns]\n"
        "person_id = 'lopnr'\nstart_date = 'from'\nlast_date = 'tom'\ncode = 'diagnos'\n"
        "sex = 'kon'\n[values.sex]\n1 = 'men'\n2 = 'women'\n"
    )
    outcome = build(table, options=("--mapping", str(mapping)))
    assert outcome.code == 0, outcome.output
    query = "select code, sex, age_group, county_code, duration_day, n from mart_ledger"
    assert rows(outcome.store, query) == [("F321", "women", "unknown", "unknown", 59, 1)]


HEAD = "person_id,start_date,last_date,code\n"


def test_codes_that_are_none_are_kept_listed_and_never_matched(tmp_path, build, rows):
    table = tmp_path / "koder.csv"
    lines = ["F32", "F32!", "f32 ?", "F32.9", "ZZZ", "F32!"]
    table.write_text(
        HEAD + "".join(f"{n},2018-01-02,2018-03-01,{code}\n" for n, code in enumerate(lines))
    )
    outcome = build(table)
    assert outcome.code == 0, outcome.output
    assert rows(outcome.store, "select code, reason, n from unknown_codes order by code") == [
        ("F32!", "malformed", 2),
        ("ZZZ", "malformed", 1),
        ("f32 ?", "malformed", 1),
    ]
    assert rows(
        outcome.store,
        "select code, match_id is not null, entry_id is not null, n from mart_ledger order by code",
    ) == [
        ("F32", True, True, 1),
        ("F32!", False, False, 2),
        ("F329", True, True, 1),
        ("ZZZ", False, False, 1),
        ("f32 ?", False, False, 1),
    ]
    assert "4 spells with codes that match nothing, kept" in outcome.output
    assert "  F32!: malformed, 2 spells" in outcome.output


def test_with_a_code_list_codes_that_do_not_exist_are_listed(tmp_path, data_folder, build, rows):
    (data_folder / "codes").mkdir()
    (data_folder / "codes" / "icd10se.csv").write_text(
        "code,name,level,system\nK80,Gallsten,code,1.2.752.116.1.1.1.3.2\n"
    )
    table = tmp_path / "koder.csv"
    table.write_text(HEAD + "".join(f"{c},2018-01-02,2018-03-01,{c}\n" for c in ("K80", "X99")))
    outcome = build(table, data=data_folder)
    assert rows(outcome.store, "select * from unknown_codes") == [("X99", "not in ICD-10-SE", 1)]


def test_a_missing_diagnosis_is_kept_and_told(build, register_file, tmp_path, rows):
    table = tmp_path / "midas.tsv"
    lines = register_file("midas").read_text().splitlines()[:40]
    place = lines[0].split("\t").index("DIAGNOS_KOD")
    fields = [line.split("\t") for line in lines]
    for row in fields[1:]:
        row[place] = "-00"
    table.write_text("\n".join("\t".join(row) for row in fields) + "\n")
    outcome = build(table)
    n = rows(outcome.store, "select n from unknown_codes where code = '' and reason = 'missing'")
    assert n[0][0] > 0
    assert f"  (none): missing, {n[0][0]} spells" in outcome.output
    assert rows(outcome.store, "select distinct code from mart_ledger") == [(None,)]


def test_too_many_bad_rows_stop_the_build_unless_allowed(tmp_path, build, rows):
    table = tmp_path / "fel.csv"
    good = "".join(f"{n},2018-01-02,2018-03-01,F32\n" for n in range(97))
    bad = "97,2018-01-02,2017-03-01,F32\n98,2018-13-02,,F32\n99,,2018-03-01,F32\n"
    table.write_text(HEAD + good + bad)
    refused = build(table, to="refused")
    assert refused.code == 12
    assert "3 of 100 lines were rejected; at most 1.0% may be" in refused.output
    assert "fel.csv, line 99, column 'last_date': the spell ends before it starts" in refused.output
    assert not refused.store.exists()
    share = ("--extraction", "2019-06-30", "--max-reject-share", "0.03")
    allowed = build(table, to="allowed", options=share)
    assert allowed.code == 0
    assert rows(allowed.store, 'select file, line, "column", value from rejects order by line') == [
        ("fel.csv", 99, "last_date", "2017-03-01"),
        ("fel.csv", 100, "start_date", "2018-13-02"),
        ("fel.csv", 101, "start_date", ""),
    ]
    assert rows(allowed.store, "select n_rejected, max_reject_share from meta_settings") == [
        (3, 0.03)
    ]


def test_a_request_survives_being_written_down(tmp_path):
    folder = tmp_path / "register"
    folder.mkdir()
    (folder / "a.csv").write_text("x")
    (folder / "register.toml").write_text(TOML + 'mapping = "columns.toml"\n')
    request = find_register(folder)
    assert request.files == (folder / "a.csv",)
    assert request.mapping == folder / "columns.toml"
    assert RegisterRequest.from_json(request.to_json()) == request
    assert find_register(tmp_path / "nowhere") is None
