"""Editions and other guidelines from a sheet: one line per case."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from fmbstats.errors import SourceError
from fmbstats.recommendations.join_tables import Recommendations
from fmbstats.sources.fmb.answers import read_fmb
from fmbstats.sources.fmb.edition_tables import read_editions, write_edition
from fmbstats.sources.fmb.sheet import write_sheet

DATA_RAW = Path(__file__).parents[3] / "data_raw"
HEADER = "entry,case,codes,wording,number,unit,degree,valid_from,source,seen,workload,age,factor\n"
SHEET = HEADER + (
    'Påhittad rygg,lätt,"M54.5, M54.4",Upp till 2 veckor,2,veckor,heltid,2021-01-01,Bok s. 3,'
    "2026-01-02,lätt,,\n"
    'Påhittad rygg,tungt,"M54.5, M54.4",Upp till 6 veckor,6,veckor,heltid,2021-01-01,Bok s. 3,'
    "2026-01-02,tungt,,\n"
    "Påhittad knä,alla,S83,,30,d,,2021-01-01,Bok s. 4,2026-01-02,,under 50,\n"
    "Påhittad knä,äldre,S83,,30,d,,2021-01-01,Bok s. 4,2026-01-02,tungt,50-,1.5\n"
    "Påhittad trötthet,öppen,R53,några veckor,,,,2021-01-01,Bok s. 5,"
    "2026-01-02,,,\n"
)


def read(tmp_path, text=SHEET, **options):
    path = tmp_path / "s.csv"
    path.write_text(text, "utf-8")
    return read_fmb([path], fetched=date(2026, 1, 2), edition="2021-01", **options)


def test_a_sheet_is_an_edition_like_any_other(tmp_path):
    found = read(tmp_path)
    assert found.source["quality"] == "partial"
    assert found.source["url"] == "Bok s. 3; Bok s. 4; Bok s. 5"
    cases = {r["case_id"]: r for r in found.cases.iter_rows(named=True)}
    assert {k: (r["max_number"], r["max_unit"], r["degree"]) for k, r in cases.items()} == {
        "pahittad-rygg-latt": (2, "wk", "full"),
        "tungt": (6, "wk", "full"),
        "alla": (30, "d", None),
        "pahittad-kna-aldre": (45, "d", None),
        "pahittad-trotthet-oppen": (None, None, None),
    }
    # No number of days is made of words that name none.
    assert cases["pahittad-trotthet-oppen"]["limit_kind"] != "maximum"
    kinds = found.criteria.select("case_id", "criterion", "term").rows()
    assert ("pahittad-kna-aldre", "age", "50-") in kinds
    assert found.entry_codes.filter(pl.col("code") == "M545").height == 1
    folder = write_edition(found, tmp_path / "fmb")
    (again,) = read_editions(folder.parent)
    assert again.cases.equals(found.cases)


@pytest.mark.parametrize("edition", ["2016-09", "2018-02", "2020-04"])
def test_fmb_written_as_a_sheet_says_the_same(tmp_path, edition):
    (fmb,) = (e for e in read_editions(DATA_RAW / "fmb") if e.name == edition)
    again = read(tmp_path, write_sheet(fmb))
    said = ["case_id", "number", "unit", "degree", "max_number", "max_unit", "min_number",
            "min_unit", "limit_kind", "limit_reason", "valid_from", "valid_to"]  # fmt: skip
    for table, columns, key in (
        ("cases", said, ["case_id"]),
        ("entry_codes", ["entry_id", "code"], ["entry_id", "code"]),
        ("case_codes", ["case_id", "code"], ["case_id", "code"]),
    ):
        before, after = (getattr(e, table).select(columns).sort(key) for e in (fmb, again))
        assert before.equals(after), table


def test_limits_of_fmb_and_of_its_sheets_are_the_same_for_every_code(tmp_path):
    production = [e for e in read_editions(DATA_RAW / "fmb") if e.is_production]
    sheets = []
    for edition in production:
        path = tmp_path / f"{edition.name}.csv"
        path.write_text(write_sheet(edition), "utf-8")
        day = date.fromisoformat(edition.source["fetched_date"])
        sheet = read_fmb([path], fetched=day, edition=edition.name, quality="production")
        # A RIV-TA edition has one code per case, whatever it is written as.
        one = {k: edition.source[k] for k in ("case_codes",) if k in edition.source}
        sheets.append(replace(sheet, source=sheet.source | one))
    codes = pl.Series(sorted({c for e in production for c in e.entry_codes["code"]}))
    ends = ["longest_days_30", "shortest_days_30", "longest_days_31", "shortest_days_31"]

    def limits(editions):
        found = Recommendations(editions).possible(codes)
        joined = found.matches.join(found.sets, on="match_id", how="left")
        return joined.select("code", "valid_from", "valid_to", *ends).sort("code", "valid_from")

    assert limits(production).equals(limits(sheets))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("codes", "koder", "line 1: the column 'koder' is unknown; expected entry, case"),
        (",seen", "", "line 1: the column 'seen' is missing"),
        ("M54.4", "rygg", "line 2, column 'codes': 'rygg' is not an ICD-10-SE code"),
        (",2,veckor", ",två,veckor", "line 2, column 'number': 'två' is no whole number"),
        (",2,veckor", ",2,", "line 2, column 'unit': number and unit stand together"),
        (",2,veckor", ",2,fot", "line 2, column 'unit': 'fot' is not one of d, wk, mo"),
        ("heltid", "nästan", "line 2, column 'degree': 'nästan' is not one of full, part"),
        ("2021-01-01,Bok s. 3", "i år,Bok s. 3", "line 2, column 'valid_from': 'i år' is no date"),
        ("Bok s. 3", "", "line 2, column 'source': is empty"),
        (",1.5\n", ",-1\n", "line 5, column 'factor': '-1' is no number above 0"),
    ],
)
def test_a_faulty_sheet_is_refused_with_line_and_column(tmp_path, old, new, said):
    with pytest.raises(SourceError) as caught:
        read(tmp_path, SHEET.replace(old, new, 1))
    assert said in str(caught.value)
    assert str(caught.value).startswith("s.csv, ")


def test_two_lines_of_one_case_must_agree(tmp_path):
    twice = SHEET + SHEET.splitlines()[2].replace("6 veckor,6", "8 veckor,8") + "\n"
    with pytest.raises(SourceError, match="stands twice with different content"):
        read(tmp_path, twice)
