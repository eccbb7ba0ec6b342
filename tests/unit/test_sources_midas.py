"""MiDAS part-spell rows: what makes a spell, what is left out, what is rejected."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl
import pytest

from fmbstats.errors import SourceError
from fmbstats.sources.registers import midas
from fmbstats.store.staging import stage_register

# Of one process; what is staged is seen by its own cursor alone.
DATABASE = duckdb.connect()
COLUMNS = (
    "lopnr", "OMFATTNING", "DEL_FROM_DATUM", "DEL_TOM_DATUM", "FALL_FROM_DATUM", "FALL_TOM_DATUM",
    "FORSAKRADTYP_KOD", "DIAGNOS_KOD", "KON_KOD", "fodelsear", "KOMMUN_KOD",
)  # fmt: skip
SETTINGS = midas.MidasSettings(date(2019, 6, 30))


def part(
    person=1, degree="1", start="2017-01-15", end="2017-02-28", first="2017-01-01",
    last="2017-02-28", kind=8, code="F32", sex="2", birth=1970, place="0180",
):  # fmt: skip
    fields = (person, degree, start, end, first, last, kind, code, sex, birth, place)
    return "\t".join(map(str, fields))


def staged(tmp_path, *rows, settings=SETTINGS, columns=COLUMNS):
    path = tmp_path / "midas.txt"
    path.write_text("\n".join(["\t".join(columns), *rows]) + "\n")
    with DATABASE.cursor() as connection:
        connection.execute("set enable_progress_bar = false")
        result = stage_register(connection, midas.read(path, settings), 1.0)
        spells = connection.sql("select * from raw_spells order by person_id, start_date").pl()
        segments = connection.sql("select * from raw_segments order by all").pl()
    return result, spells, segments


def test_rows_of_one_spell_become_one_spell_with_segments(tmp_path):
    rows = [
        part(end="2017-01-31"),
        part(start="2017-02-01", degree="0.5"),
        part(end="2017-01-31"),
    ]
    result, spells, segments = staged(tmp_path, *rows)
    spell = spells.row(0, named=True)
    assert spells.height == 1
    assert (spell["start_date"], spell["last_date"]) == (date(2017, 1, 1), date(2017, 2, 28))
    assert (spell["occupation"], spell["entry_day"], spell["degree_pct"]) == ("employed", 14, 100)
    assert (spell["sex"], spell["county_code"], spell["end_reason"]) == ("women", "01", 1)
    assert segments.drop("spell_id").rows() == [(15, 31, 100, "F32"), (32, 59, 50, "F32")]
    assert (result.info.n_rows_read, result.info.n_duplicates) == (3, 1)


def test_others_than_employees_enter_on_day_zero(tmp_path):
    _, spells, _ = staged(
        tmp_path, *(part(person=kind, kind=kind, start="2017-01-02") for kind in range(2, 7))
    )
    assert spells.select("person_id", "occupation", "entry_day").rows() == [
        ("2", "unemployed", 0),
        ("3", "self_employed", 0),
        ("4", "parental_leave", 0),
        ("5", "self_employed", 0),
        ("6", "student", 0),
    ]


def test_other_kinds_of_insured_are_left_out_and_counted(tmp_path):
    left_out = [part(person=10 + n, kind=kind) for n, kind in enumerate(midas.EXCLUDED_TYPES)]
    result, spells, _ = staged(tmp_path, *left_out, part(person=2))
    assert spells["person_id"].to_list() == ["2"]
    assert (result.n_excluded, result.info.n_rejected) == (len(left_out), 0)


def test_the_first_known_diagnosis_counts_and_last_and_longest_are_kept(tmp_path):
    rows = [
        part(end="2017-01-20", code="-00"),
        part(start="2017-01-21", end="2017-01-25", code="F43"),
        part(start="2017-01-26", end="2017-02-20", code="f43.8a"),
        part(start="2017-02-21", code="M54"),
    ]
    _, spells, _ = staged(tmp_path, *reversed(rows))
    assert spells.select("code", "code_last", "code_longest").rows() == [("F43", "M54", "F438A")]


def test_the_sick_pay_period_belongs_to_the_first_diagnosis(tmp_path):
    rows = [
        part(end="2017-01-24", code="F43"),  # 10 days, and 14 before them
        part(start="2017-01-25", end="2017-02-15", last="2017-02-15", code="M54"),  # 22 days
    ]
    rows[0] = part(end="2017-01-24", last="2017-02-15", code="F43")
    _, spells, _ = staged(tmp_path, *rows)
    assert spells["code_longest"].to_list() == ["F43"]


def test_ongoing_spells_have_no_last_day(tmp_path):
    rows = [
        part(person=1, last="", end="2019-06-30"),
        part(person=2, last="9999-12-31", end="2019-06-30"),
        part(person=3, last="2019-08-31", end="2019-08-31"),
    ]
    _, spells, segments = staged(tmp_path, *rows)
    assert spells["last_date"].to_list() == [None] * 3
    assert spells["end_reason"].to_list() == [0] * 3
    assert segments["to_day"].to_list() == [911] * 3


def test_rows_that_contradict_each_other_reject_the_spell(tmp_path):
    others = [{"last": "2017-03-01"}, {"last": "", "start": "2017-01-16"}, {"sex": "1"}]
    pairs = [
        row
        for person, other in enumerate([*others, {"birth": 1971}], start=11)
        for row in (part(person=person), part(person=person, **other))
    ]
    result, spells, _ = staged(tmp_path, *pairs, part(person=2))
    assert spells["person_id"].to_list() == ["2"]
    assert result.info.n_rejected == len(pairs) == 8
    assert result.rejects["line"].to_list() == list(range(2, 10))
    assert all("disagree on its last day" in reason for reason in result.rejects["reason"])


def test_an_employees_short_spell_cannot_be_in_the_register(tmp_path):
    row = part(start="2017-01-02", end="2017-01-14", last="2017-01-14")
    result, spells, _ = staged(tmp_path, row, part(person=2))
    assert spells["person_id"].to_list() == ["2"]
    assert "at most 14 days" in result.rejects["reason"][0]


BAD = [
    ({"degree": "0.33"}, "OMFATTNING"),
    ({"degree": "half"}, "OMFATTNING"),
    ({"start": "2017-03-01"}, "DEL_TOM_DATUM"),
    ({"start": "2016-12-30"}, "DEL_FROM_DATUM"),
    ({"end": "2017-03-05"}, "DEL_TOM_DATUM"),
    ({"first": "2019-07-02", "start": "2019-07-03", "end": "2019-08-01", "last": "2019-08-01"},
     "FALL_FROM_DATUM"),
    ({"kind": 7}, "FORSAKRADTYP_KOD"),
    ({"place": "180"}, "KOMMUN_KOD"),
    ({"person": "x"}, "lopnr"),
]  # fmt: skip


@pytest.fixture(scope="module")
def among_good(tmp_path_factory):
    """All bad parts in one file, each of a person of its own, with a good one behind it."""
    rows = []
    for n, (bad, _) in enumerate(BAD, start=1):
        rows += [part(**({"person": n} | bad)), part(person=100 + n)]
    return staged(tmp_path_factory.mktemp("bad"), *rows)


@pytest.mark.parametrize("number", range(len(BAD)), ids=[str(bad) for bad, _ in BAD])
def test_a_bad_part_is_rejected(among_good, number):
    result, spells, _ = among_good
    assert set(spells["person_id"]) == {str(101 + n) for n in range(len(BAD))}
    rejects = result.rejects.filter(pl.col("line") == 2 * number + 2)
    assert rejects["column"][0] == BAD[number][1]


def test_degree_zero_prolongs_the_spell_without_a_segment(tmp_path):
    _, spells, segments = staged(
        tmp_path, part(end="2017-01-31"), part(start="2017-02-01", degree="0")
    )
    assert spells["last_date"].to_list() == [date(2017, 2, 28)]
    assert segments.drop("spell_id").rows() == [(15, 31, 100, "F32")]


def test_benefits_named_in_the_settings_are_left_out(tmp_path):
    columns = ("DELFORMAN2_KOD", *COLUMNS)
    settings = midas.MidasSettings(date(2019, 6, 30), excluded_benefits=("FP",))
    _, spells, _ = staged(
        tmp_path, "FP\t" + part(), "SP\t" + part(person=2), settings=settings, columns=columns
    )
    assert spells["person_id"].to_list() == ["2"]


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(SourceError, match="column 'KOMMUN_KOD' is missing"):
        staged(tmp_path, part(), columns=COLUMNS[:-1])


def test_a_file_without_a_good_row_has_no_spells(tmp_path):
    result, spells, segments = staged(tmp_path, part(degree="0.3"), part(sex="7"))
    assert (spells.height, segments.height) == (0, 0)
    assert (result.info.n_rows_read, result.info.n_rejected) == (2, 2)
