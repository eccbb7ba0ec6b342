"""A table of deaths ends spells by death, whatever format the register came in."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from fmbstats.errors import RejectedRowsError, SourceError
from fmbstats.store.own_register import RegisterRequest, open_register
from fmbstats.store.spell_cells import keep_register
from fmbstats.store.tables import open_draft

EXTRACTION = date(2019, 6, 30)
# person, first and last day ("" = ongoing)
SPELLS = (
    (11, "2017-01-01", "2017-06-30"),  # dies on 1 March, within the spell
    (12, "2017-01-01", "2017-06-30"),  # lives
    (13, "2017-01-01", "2017-06-30"),  # dies on the last day
    (14, "2017-01-01", "2017-06-30"),  # dies a year later
    (15, "2019-01-01", ""),  # dies while it is ongoing
    (16, "2017-01-01", "2017-06-30"),  # was dead before
)
DEATHS = {11: "2017-03-01", 13: "2017-06-30", 14: "2018-06-30", 15: "2019-03-01", 16: "2016-12-31"}
# person -> days, end reason
RIGHT = {11: (60, 5), 12: (181, 1), 13: (181, 5), 14: (181, 1), 15: (60, 5)}


def plain(person="{}"):
    rows = [f"{person.format(p)},{first},{last},F32,unemployed,{p}" for p, first, last in SPELLS]
    return "\n".join(["person_id,start_date,last_date,code,occupation,birth_year", *(
        r.rpartition(",")[0] + f",19{p[0]}" for r, p in zip(rows, SPELLS, strict=True)
    ), ""])  # fmt: skip


def midas():
    head = (
        "lopnr\tOMFATTNING\tDEL_FROM_DATUM\tDEL_TOM_DATUM\tFALL_FROM_DATUM\tFALL_TOM_DATUM\t"
        "FORSAKRADTYP_KOD\tDIAGNOS_KOD\tKON_KOD\tfodelsear\tKOMMUN_KOD"
    )
    rows = [
        f"{p}\t1\t{first}\t{last or '2019-06-30'}\t{first}\t{last}\t2\tF32\t2\t19{p}\t0180"
        for p, first, last in SPELLS
    ]
    return "\n".join([head, *rows, ""])


def certificates():
    head = (
        "certificate_id,person_id,signed_date,code,degree_1,from_1,to_1,degree_2,from_2,to_2,"
        "degree_3,from_3,to_3,degree_4,from_4,to_4,occupation,is_withdrawn,sex,birth_year,"
        "county_code"
    )
    rows = [
        f"C{p},{p},{first},F32,HELT_NEDSATT,{first},{last or '2019-12-31'},,,,,,,,,,"
        f"ARBETSSOKANDE,false,women,19{p},01"
        for p, first, last in SPELLS
    ]
    return "\n".join([head, *rows, ""])


def kept(tmp_path, register, deaths, name="r.csv", mapping=None):
    path = tmp_path / name
    path.write_text(register, "utf-8")
    request = RegisterRequest((path,), mapping=mapping, extraction_date=EXTRACTION, deaths=deaths)
    with open_draft(tmp_path / f"{deaths.stem}-{len(register)}.duckdb") as connection:
        staged = keep_register(connection, open_register(request), 0.01)
        found = connection.sql(
            "select cell_days(coded_cell), cell_end_reason(coded_cell), "
            "traits_start(traits), cell_year(coded_cell) from spell_cells order by all"
        ).fetchall()
    return staged, sorted((days, reason) for days, reason, _, _ in found)


@pytest.fixture
def deaths(tmp_path):
    path = tmp_path / "deaths.csv"
    rows = [f"{person};{day}" for person, day in DEATHS.items()]
    path.write_text("\n".join(["lopnr;Date", *rows, "11;2017-03-01", "99;2017-01-01", ""]))
    return path


@pytest.mark.parametrize(
    "register",
    [plain(), plain("P{}"), midas(), certificates()],
    ids=["plain", "texts", "midas", "certificates"],
)
def test_spells_end_on_the_day_of_death(tmp_path, deaths, register):
    if ",P11," in register or "\nP11," in register:
        deaths.write_text(deaths.read_text().replace("\n1", "\nP1"))
    staged, found = kept(tmp_path, register, deaths)
    assert found == sorted(RIGHT.values())
    assert staged.n_excluded == 1
    assert staged.remarks[-2:] == (
        "1 spells began after their person's death and were left out.",
        "3 spells ended by death (7 deaths in deaths.csv).",
    )


def test_deaths_in_parquet_are_held_to_its_types(tmp_path, deaths):
    frame = pl.DataFrame({"person": list(DEATHS), "date": list(DEATHS.values())})
    path = tmp_path / "d.parquet"
    frame.with_columns(pl.col("date").str.to_date()).write_parquet(path)
    assert kept(tmp_path, plain(), path)[1] == sorted(RIGHT.values())
    frame.with_columns(pl.lit(17000).alias("date")).write_parquet(path)
    with pytest.raises(SourceError, match="'date': holds numbers such as 17000, not dates"):
        kept(tmp_path, plain(), path)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("person;day\n11;2017-03-01\n", SourceError, "0 columns hold the day of death"),
        ("person;date\n11;2017-03-01\n11;2017-03-02\n", RejectedRowsError, "died on several days"),
        ("person;date\n11;2019-07-01\n", RejectedRowsError, "after the extraction date"),
        ("person;date\n77;2017-03-01\n", SourceError, "none of its 1 persons died during a spell"),
    ],
)
def test_deaths_that_cannot_be_used_are_refused(tmp_path, text, error, message):
    path = tmp_path / "deaths.csv"
    path.write_text(text)
    with pytest.raises(error, match=message):
        kept(tmp_path, plain(), path)


def test_deaths_may_be_written_otherwise_than_the_register(tmp_path, deaths):
    """A key for the register's own files would break them: the table has its own section."""
    deaths.write_text(deaths.read_text().replace("-", ""))
    with pytest.raises(SourceError, match=r"Set \[deaths_file\] dates = \"YYYYMMDD\" in a mapping"):
        kept(tmp_path, plain(), deaths)
    mapping = tmp_path / "m.toml"
    mapping.write_text('[deaths_file]\ndates = "YYYYMMDD"\n')
    assert kept(tmp_path, plain(), deaths, mapping=mapping)[1] == sorted(RIGHT.values())
    days = pl.Series([date.fromisoformat(day) for day in DEATHS.values()])
    frame = pl.DataFrame({"person": list(DEATHS), "date": days.cast(pl.Datetime("us", "UTC"))})
    frame.write_parquet(tmp_path / "d.parquet")
    with pytest.raises(SourceError, match=r"such as \[deaths_file\] time_zone"):
        kept(tmp_path, plain(), tmp_path / "d.parquet")
    mapping.write_text('[file]\ndates = "YYYYMMDD"\n[deaths_file]\ndates = "YYYY-MM-DD"\n')
    deaths.write_text("lopnr;Date\n" + "".join(f"{p};{day}\n" for p, day in DEATHS.items()))
    register = plain().replace("-", "")
    assert kept(tmp_path, register, deaths, mapping=mapping)[1] == sorted(RIGHT.values())
