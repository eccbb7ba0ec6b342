"""Certificates: single rows, ids, withdrawal, entry days, periods with idle days."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl
import pytest

from fmbstats.errors import SourceError
from fmbstats.sources.registers import certificates
from fmbstats.store.staging import stage_register

# Of one process; what is staged is seen by its own cursor alone.
DATABASE = duckdb.connect()
COLUMNS = (
    "certificate_id", "person_id", "signed_date", "code",
    *(f"{name}_{number}" for number in range(1, 5) for name in ("degree", "from", "to")),
    "occupation", "is_withdrawn", "sex", "birth_year", "county_code",
)  # fmt: skip
GOOD = {
    "certificate_id": "C1", "person_id": "P1", "signed_date": "2017-01-01", "code": "F32",
    "degree_1": "HELT_NEDSATT", "from_1": "2017-01-01", "to_1": "2017-01-31",
    "occupation": "ARBETSSOKANDE", "is_withdrawn": "false", "sex": "women", "birth_year": "1970",
    "county_code": "01",
}  # fmt: skip


def staged(tmp_path, *rows, **settings):
    path = tmp_path / "certificates.csv"
    lines = [",".join(({**GOOD, **row}).get(c, "") for c in COLUMNS) for row in rows]
    path.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n")
    chosen = certificates.CertificateSettings(date(2019, 6, 30), **settings)
    with DATABASE.cursor() as connection:
        connection.execute("set enable_progress_bar = false")
        result = stage_register(connection, certificates.read(path, chosen), 1.0)
        spells = connection.sql("select * from raw_spells order by person_id, start_date").pl()
        segments = connection.sql("select * from raw_segments order by spell_id, from_day").pl()
    return result, spells, segments


def test_periods_of_one_certificate_follow_each_other_as_segments(tmp_path):
    row = {"degree_2": "HALFTEN", "from_2": "2017-02-04", "to_2": "2017-02-10"}
    _, spells, segments = staged(tmp_path, row)
    # Three idle days join, and are not counted.
    assert spells.select("start_date", "last_date", "gap_days").rows() == [
        (date(2017, 1, 1), date(2017, 2, 10), 3)
    ]
    assert segments.drop("spell_id").rows() == [(1, 31, 100, "F32"), (32, 38, 50, "F32")]


def test_a_withdrawn_certificate_counts_for_nothing(tmp_path):
    late = {"certificate_id": "C2", "to_1": "2017-12-31", "is_withdrawn": "true"}
    result, spells, _ = staged(tmp_path, {}, late)
    assert spells["last_date"].to_list() == [date(2017, 1, 31)]
    assert result.n_withdrawn == 1
    assert result.info.n_rejected == 0


def test_one_id_with_two_contents_rejects_both(tmp_path):
    other = {"code": "M54"}
    result, spells, _ = staged(tmp_path, {}, other, {"certificate_id": "C2", "person_id": "P2"})
    assert spells["person_id"].to_list() == ["P2"]
    assert result.rejects.select("line", "column", "value").rows() == [
        (2, "certificate_id", "C1"),
        (3, "certificate_id", "C1"),
    ]


def test_a_repeated_certificate_is_dropped_and_counted(tmp_path):
    result, spells, segments = staged(tmp_path, {}, {}, {})
    assert spells.height == 1
    assert segments["to_day"].to_list() == [31]
    assert (result.info.n_rows_read, result.info.n_duplicates, result.info.n_rejected) == (3, 2, 0)


def test_first_last_and_longest_diagnosis(tmp_path):
    rows = [
        {"code": "F32", "to_1": "2017-01-10"},
        {"certificate_id": "C2", "code": "F43", "from_1": "2017-01-11", "to_1": "2017-02-28"},
        {"certificate_id": "C3", "code": "M54", "from_1": "2017-03-01", "to_1": "2017-03-05"},
    ]
    _, spells, _ = staged(tmp_path, *rows)
    assert spells.select("code", "code_last", "code_longest").rows() == [("F32", "M54", "F43")]


@pytest.mark.parametrize(("entry_day", "n_spells"), [(14, 0), (0, 1)])
def test_an_employees_short_spell_is_seen_only_where_all_certificates_are(
    tmp_path, entry_day, n_spells
):
    row = {"occupation": "NUVARANDE_ARBETE", "to_1": "2017-01-14"}
    result, spells, _ = staged(tmp_path, row, employee_entry_day=entry_day)
    assert spells.height == n_spells
    assert result.n_excluded == 1 - n_spells
    assert result.info.n_rejected == 0


BAD = [
    ({"to_1": "2016-12-31"}, "to_1", "period 1 ends before it starts"),
    ({"degree_2": "HALFTEN"}, "degree_2", "period 2 lacks its degree, first or last day"),
    ({"degree_1": "FULLT"}, "degree_1", "'FULLT' is not one of"),
    ({"signed_date": "2020-01-01"}, "signed_date", "is signed after the extraction date"),
    ({"from_1": "2019-07-01", "to_1": "2019-07-31"}, "from_1", "starts after the extraction"),
    ({"is_withdrawn": "kanske"}, "is_withdrawn", "'kanske' is not true or false"),
    ({"certificate_id": ""}, "certificate_id", "is missing"),
    ({"county_code": "02"}, "county_code", "'02' is not one of"),
    ({"county_code": "811218-9876"}, "county_code", "holds a personal identity number"),
]


@pytest.fixture(scope="module")
def among_good(tmp_path_factory):
    """All bad certificates in one file, each with a good one behind it."""
    rows = []
    for n, (row, *_) in enumerate(BAD):
        good = {"certificate_id": f"C{n}", "person_id": f"P{n}"}
        rows += [{"certificate_id": f"B{n}", "person_id": f"Q{n}"} | row, good]
    return staged(tmp_path_factory.mktemp("bad"), *rows)


@pytest.mark.parametrize("number", range(len(BAD)), ids=[reason for *_, reason in BAD])
def test_a_bad_certificate_is_rejected(among_good, number):
    result, spells, _ = among_good
    assert set(spells["person_id"]) == {f"P{n}" for n in range(len(BAD))}
    _, column, reason = BAD[number]
    rejects = result.rejects.filter(pl.col("line") == 2 * number + 2)
    assert rejects["column"][0] == column
    assert reason in rejects["reason"][0]


def test_a_spell_certified_beyond_the_extraction_is_ongoing(tmp_path):
    row = {"from_1": "2019-06-20", "to_1": "2019-07-15"}
    _, spells, segments = staged(tmp_path, row)
    assert spells.select("last_date", "end_reason").rows() == [(None, 0)]
    assert segments.select(pl.col("to_day").max()).item() == 11


def test_missing_columns_are_named(tmp_path):
    path = tmp_path / "certificates.csv"
    path.write_text("certificate_id,person_id\nC1,P1\n")
    settings = certificates.CertificateSettings(date(2019, 6, 30))
    with pytest.raises(SourceError, match=r"columns 'signed_date', 'code', .* are missing"):
        next(certificates.read(path, settings).blocks(True))


def test_certificates_are_read_as_they_were_issued(tmp_path):
    more = {
        "unit_id": "VE14", "profession": "läkare", "speciality": "allmänmedicin", "code_2": "m54.5",
        "prognosis_days": "90", "reason_longer": "Väntar på operation.", "icf_codes": "b130; d240",
        "is_fmb_shown": "true", "is_fmb_opened": "", "degree_1": "HALFTEN",
    }  # fmt: skip
    columns = [*COLUMNS, *(n for n in more if n not in COLUMNS)]
    rows = (
        GOOD | more,
        GOOD | more,  # an exact repetition
        GOOD | {"certificate_id": "C2", "is_withdrawn": "true"},
        GOOD | {"certificate_id": "C3", "icf_codes": "trött"},
        GOOD | {"certificate_id": "C4"},
        GOOD | {"certificate_id": "C4", "code": "M54"},
    )
    path = tmp_path / "c.csv"
    lines = [",".join(row.get(c, "") for c in columns) for row in rows]
    path.write_text("\n".join([",".join(columns), *lines]) + "\n")
    found = certificates.read_certificates(
        path, certificates.CertificateSettings(date(2019, 6, 30))
    )
    (row,) = found.rows.rows(named=True)
    assert {name: row[name] for name in more} == more | {
        "code_2": "M545", "prognosis_days": 90, "is_fmb_shown": True, "is_fmb_opened": None,
        "degree_1": 50,
    }  # fmt: skip
    assert found.rejects["column"].to_list() == ["icf_codes"]
    counts = (found.n_read, found.n_duplicates, found.n_rejected, found.n_withdrawn)
    assert counts == (6, 1, 3, 1)
    assert found.n_read == found.rows.height + sum(counts[1:])


@pytest.mark.parametrize("column", ["profession", "speciality", "unit_id"])
def test_what_groups_are_called_by_holds_no_number_of_a_person_and_none_is_said(tmp_path, column):
    path, number = tmp_path / "c.csv", "Dr Ek 19811218-9876"
    rows = (GOOD, GOOD | {"certificate_id": "C2", "reason_longer": number, column: "Läkare"},
            GOOD | {"certificate_id": "C3", column: number})  # fmt: skip
    columns = [*COLUMNS, column, *({"reason_longer"} - set(COLUMNS))]
    lines = [",".join(row.get(c, "") for c in columns) for row in rows]
    path.write_text("\n".join([",".join(columns), *lines]) + "\n")
    found = certificates.read_certificates(
        path, certificates.CertificateSettings(date(2019, 6, 30))
    )
    assert found.rejects.select("line", "column").rows() == [(4, column)]
    (reason,) = found.rejects["reason"]
    assert "personal identity number" in reason
    assert "9876" not in reason
