"""The ledger by start month and by free strata against plain Python."""

import zipfile
from collections import Counter
from datetime import date

import duckdb
import pandas as pd
import polars as pl
import pytest

from fmbstats.cli import main
from fmbstats.diagnosis import open_store
from fmbstats.errors import NotEstimableError, SourceError, UnknownNameError
from fmbstats.release import store_for
from fmbstats.release.exchange import export_margins, merge_margins, read_margins
from fmbstats.store import derived
from fmbstats.store.ledger import export_ledger, merge_ledgers
from fmbstats.store.ledger_file import read_ledger, write_ledger
from fmbstats.store.ledger_tables import refuse_implausible
from fmbstats.store.months import month_number, month_start
from fmbstats.store.tables import create, insert, sql_text
from tests.quick import quick

CUTOFF = date(2019, 6, 25)
NUMBERS = ["stratum", "metric", "n_spells", "estimate", "lo", "hi", "flags"]


def plain_counts(file):
    """(code, first of the month, county, days, is_ended) -> spells, without any SQL."""
    counts = Counter()
    for spell in pl.read_csv(file, try_parse_dates=True, infer_schema_length=None).iter_rows(
        named=True
    ):
        start, last = spell["start_date"], spell["last_date"]
        is_ended = last is not None and last <= CUTOFF
        days = ((last if is_ended else CUTOFF) - start).days + 1
        if days > spell["entry_day"]:
            key = (spell["code"], start.replace(day=1), f"{spell['county_code']:02}", days)
            counts[(*key, is_ended)] += 1
    return counts


def test_months_and_counties_are_those_of_the_spells(store, register_file):
    with open_store(store) as opened:
        rows = opened.polars(
            "select code, start_month, county_code, duration_day, end_reason > 0, sum(n) "
            "from mart_month_ledger group by all"
        ).rows()
    assert {tuple(row[:-1]): row[-1] for row in rows} == plain_counts(register_file("spells"))


def test_months_add_up_to_the_years(store):
    with open_store(store) as opened:
        differing = opened.polars(
            "with months as (select answer_no, year(month_start(month_no)) as start_year, course, "
            "sum(n) as n from mart_months group by all) select count(*) from mart_lengths as years "
            "full join months using (answer_no, start_year, course) "
            "where years.n is distinct from months.n"
        ).item()
        assert differing == 0
        counts = opened.months.counts()
        ends = date(2014, 1, 1), date(2018, 12, 1)
        assert opened.months.span == tuple(map(month_number, ends))
        of_places = opened.months.counts(by_county=True)
    assert counts.n.sum() == of_places.n.sum()
    assert set(of_places.county_code) >= {"01", "25"}


@pytest.mark.parametrize("day", [date(1990, 1, 31), date(2016, 12, 1), date(2053, 12, 31)])
def test_a_month_is_its_number(day):
    assert month_start(month_number(day)) == day.replace(day=1)
    with duckdb.connect() as connection:
        connection.execute(sql_text("stg_cell_macros"))
        found = connection.execute(
            "select month_number(?::date), month_start(month_number(?::date))", [day, day]
        ).fetchall()[0]
    assert found == (month_number(day), day.replace(day=1))


def test_a_store_without_months_says_so(store):
    with duckdb.connect(str(store)) as connection:
        # As a merge leaves it of ledgers that were exported before months were kept.
        connection.execute("create table no_months as from mart_month_counties limit 0")
        connection.execute("drop view mart_month_counties")
        connection.execute("alter table no_months rename to mart_month_counties")
    with open_store(store) as opened, pytest.raises(NotEstimableError) as error:
        opened.months.counts()
    assert str(error.value) == (
        "This store does not know in which month a spell started: it was merged from ledgers "
        "exported before months were kept. Build it from a register, or export the ledgers again "
        "with this version."
    )


def test_free_strata_are_counted_one_at_a_time(store):
    with duckdb.connect(str(store)) as connection:
        connection.execute(sql_text("stg_cell_macros"))
        for name in ("mart_strata_cells", "mart_strata", "spell_strata"):
            connection.execute(f"drop table {name}")
        connection.execute(
            "create table spell_strata as select spell_id, (spell_id % 2)::smallint as value_1, "
            "case when spell_id % 3 > 0 then 2::smallint end as value_2, null::smallint as value_3 "
            "from spell_cells"
        )
        strata, values = ["unit", "unit", "job"], ["a", "b", "x"]
        names = pl.DataFrame({"value_no": [0, 1, 2], "stratum": strata, "value": values})
        insert(connection, "mart_strata", names)
        derived.add_strata(connection)
        connection.execute("drop view mart_strata_ledger")
        create(connection, "mart_strata_ledger", "view")
        found = dict(
            connection.execute(
                "select value, sum(n)::int from mart_strata_ledger group by value"
            ).fetchall()
        )
        wanted = dict(
            connection.execute(
                "select if(spell_id % 2 = 0, 'a', 'b') as value, count(*) from spell_cells "
                "group by 1 union all select 'x', count(*) from spell_cells where spell_id % 3 > 0"
            ).fetchall()
        )
    assert found == wanted


@pytest.mark.parametrize(
    ("layout", "column"),
    [
        ("spells", "county_code"),
        *quick(("midas", "KOMMUN_KOD"), ("certificates", "county_code")),
    ],
)
def test_strata_of_a_mapping_reach_the_ledger(build_once, layout, column):
    with duckdb.connect(str(build_once(layout, plats=column)), read_only=True) as connection:
        found = connection.execute(
            "select left(value, 2), duration_day, sum(n)::int from mart_strata_ledger "
            "where stratum = 'plats' group by all order by all"
        ).fetchall()
        wanted = connection.execute(
            "select county_code, duration_day, sum(n)::int from mart_ledger "
            "where county_code <> 'unknown' group by all order by all"
        ).fetchall()
    assert found == wanted
    assert len({county for county, *_ in found}) > 10


@pytest.fixture(scope="module")
def with_places(build_once):
    """A store whose register brought a stratum of its own: the county, under another name."""
    return build_once("spells", plats="county_code")


@pytest.mark.parametrize("year", [2017, None, [2015, 2016]])
def test_measures_by_a_stratum_of_the_registers_own(with_places, year):
    """The county is told alike under both names, all measures and intervals."""
    with open_store(with_places) as opened:
        assert opened.strata[-1] == "plats"
        for name in ("F32", "M54.5"):
            diagnosis = opened.diagnosis(name, year=year)
            own, known = (diagnosis.adherence(by=by).frame for by in ("plats", "county"))
            assert set(own["by"]) == {"plats"}
            known = known[known["stratum"] != "unknown"]
            pd.testing.assert_frame_equal(
                own[NUMBERS].reset_index(drop=True), known[NUMBERS].reset_index(drop=True)
            )
            curves = diagnosis.curve(by="plats").curves
            assert set(curves) <= set(own["stratum"])
        with pytest.raises(UnknownNameError) as error:
            diagnosis.adherence(by="place")
    assert "The register's own: 'plats'." in str(error.value)


def test_show_tells_measures_by_a_stratum_of_the_registers_own(with_places, capfd):
    assert main(["show", "F32", "--by", "plats", "--store", str(with_places)]) == 0
    said = capfd.readouterr().out
    assert "plats" in said
    assert main(["show", "F32", "--by", "place", "--store", str(with_places)]) != 0
    assert "The register's own: 'plats'." in capfd.readouterr().err


def test_groups_of_the_registers_own_are_compared(with_places):
    with open_store(with_places) as opened:
        f32 = opened.diagnosis("F32", year=2017)
        own, known = (f32.compare(by, "01", ["12", "14"]) for by in ("plats", "county"))
    pd.testing.assert_frame_equal(own.frame, known.frame)
    assert own.mix == known.mix == ["sex", "age_group"]


def test_a_release_tells_own_groups_as_it_tells_the_same_spells_by_county(with_places):
    """The same spells get the same path under every name; so nothing is gained by asking twice."""
    with open_store(with_places) as exact, store_for(exact, 5) as released:
        own, known = (
            released.polars(
                "select replace(stratum, 'plats: ', '') as place, * exclude (margin, stratum) "
                f"from release_ledger where margin = '{margin}' and stratum <> 'unknown' "
                "order by all"
            )
            for margin in ("own", "county")
        )
        assert own.equals(known)
        assert own.height > 20
        assert released.strata[-1] == "plats"
        entry = own.drop_nulls("entry_id")["entry_id"][0]
        found = released.diagnosis(entry).adherence(by="plats")
        assert found.strata == sorted(own.filter(entry_id=entry)["place"].unique())


def test_a_release_tells_a_year_of_one_month_as_it_tells_the_month(tmp_path, build):
    """Spells that all began in one month are one group under two names: told once, not twice."""
    file = tmp_path / "march.csv"
    lines = ["person_id,start_date,last_date,code,sex,birth_year,county_code"] + [
        f"{k},2017-03-{1 + k % 28:02},2017-{4 + k % 8:02}-{1 + k % 28:02},{code},"
        f"{('women', 'men')[k % 2]},{1960 + k % 30},{('01', '14')[k % 2]}"
        for k, code in enumerate(["F32", "M54", "F43"] * 70)
    ]
    file.write_text("\n".join(lines) + "\n")
    done = build(file, options=("--extraction", "2018-12-31"))
    assert done.code == 0, done.output
    with open_store(done.store) as exact, store_for(exact, 5) as released:
        months, years = (
            released.polars(
                "select * exclude (margin, stratum) from release_ledger "
                f"where margin = '{margin}' order by all"
            )
            for margin in ("month", "all")
        )
    assert years.height > 20
    assert months.equals(years)


def test_own_strata_travel_with_ledgers_and_old_ledgers_are_read(with_places, finished, tmp_path):
    files, folder = [], tmp_path / "data"
    for k, place in enumerate((with_places, finished / "store.duckdb")):
        with open_store(place) as opened:
            files.append(tmp_path / f"{k}.zip")
            export_ledger(opened, files[-1])
            files.append(tmp_path / f"{k}-margins.zip")
            export_margins(opened, files[-1], 5)
            folder = opened.data_folder
    assert "strata.csv" in zipfile.ZipFile(files[0]).namelist()
    assert "strata.csv" not in zipfile.ZipFile(files[2]).namelist()
    merge_ledgers([files[0], _twin(files[2], tmp_path)], folder, tmp_path / "exact.duckdb")
    merge_margins([files[1], files[3]], folder, tmp_path / "margins.duckdb")
    with open_store(with_places) as first, open_store(tmp_path / "exact.duckdb") as merged:
        wanted, found = (
            opened.diagnosis("F32", year=2017).adherence(by="plats").frame[NUMBERS]
            for opened in (first, merged)
        )
    pd.testing.assert_frame_equal(found, wanted)
    told = read_margins(files[1]).tables["margins"].filter(margin="own")
    with open_store(tmp_path / "margins.duckdb") as merged:
        assert merged.strata[-1] == "plats"
        kept = merged.polars("select stratum, n from release_ledger where margin = 'own'")
    key = ["stratum", "n"]
    assert kept.sort(key).to_dicts() == told.select(key).sort(key).to_dicts() != []


def test_more_spells_by_a_stratum_than_in_all_are_refused(with_places, tmp_path):
    with open_store(with_places) as opened:
        export_ledger(opened, tmp_path / "a.zip")
    ledger = read_ledger(tmp_path / "a.zip")
    strata = ledger.tables["strata"]
    twice = pl.concat([strata, strata.head(1).with_columns(value=pl.lit("another"))])
    with pytest.raises(SourceError, match=r"2 spells of .+ by 'plats', 1 in ledger"):
        refuse_implausible(ledger.tables | {"strata": twice}, ledger.settings, "a.zip")


def _twin(file, folder):
    """The same ledger as of another holder: its register's files are called otherwise."""
    ledger = read_ledger(file)
    said = ledger.settings | {"register_files": '{"other": "00"}'}
    write_ledger(folder / "twin.zip", said, dict(ledger.tables))
    return folder / "twin.zip"
