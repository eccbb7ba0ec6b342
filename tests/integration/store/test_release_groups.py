"""What is told of a group depends on the group alone, whatever else the register comes to hold."""

from datetime import date, timedelta

import numpy as np
import pytest

from fmbstats import open_store
from fmbstats.release import store_for

YEARS = (2016, 2017)
CODES = ("S835", "S836")  # of one entry, with other possible cases
HEAD = "person_id,start_date,last_date,code,sex,birth_year,county_code,entry_day,degree_pct,unit"
TABLES = {
    # Sets are numbered by what they hold, among those that are told: here they stand with it.
    "release_ledger": "release_ledger.* exclude (match_id), longest_days_30, evidence",
    "mart_degree_steps": "*",
    "release_counts": "*",
    "release_levels": "*",
}


def lines_of(years, codes, seed):
    """160 spells of each code and year."""
    draw = np.random.default_rng(seed)
    for year in years:
        for k in range(160 * len(codes)):
            start = date(year, 1, 1) + timedelta(int(draw.integers(365)))
            last = start + timedelta(int(draw.integers(15, 300)))
            person = f"{seed}-{year}-{k}"
            sex, county = ("women", "men")[k % 2], ("01", "12", "14")[k % 3]
            code = codes[k % len(codes)]
            yield f"{person},{start},{last},{code},{sex},1970,{county},14,100,{k % 2}"


#: Eight spells of one year each: whether a county is named is chance.
FEW = ("03", "04", "05", "06", "07", "08", "09", "10", "13", "17", "18", "19", "20", "21")


def lines_of_few():
    for county in FEW:
        for k in range(8):
            person, last = f"few-{county}-{k}", f"2016-0{k % 3 + 4}-20"
            yield f"{person},2016-03-{k + 1:02},{last},S835,men,1970,{county},14,100,0"


@pytest.fixture
def told(build, tmp_path, keep_secret):
    """Build a release of spells; return what it tells of `YEARS`."""

    def give(name, lines, strata=""):
        folder = tmp_path / name
        folder.mkdir()
        register, mapping = folder / "spells.csv", folder / "mapping.toml"
        rows = [HEAD, *lines] if strata else [line.rpartition(",")[0] for line in (HEAD, *lines)]
        register.write_text("\n".join(rows) + "\n", "utf-8")
        mapping.write_text(strata, "utf-8")
        keep_secret(folder / "store.duckdb")
        options = ("--extraction", "2019-06-30", "--mapping", str(mapping))
        made = build(register, to=name, options=options)
        assert made.code == 0, made.output
        with open_store(made.store) as exact, store_for(exact, 5) as release:
            places = release.sql("select * from release_places where name < '2018' order by all")
            return {"release_places": places} | {
                table: release.sql(
                    f"select {picked} from {table} "
                    + "left join raw_possible_sets using (match_id) " * ("match_id" in picked)
                    + f"where start_year in {YEARS} order by all"
                )
                for table, picked in TABLES.items()
            }

    return give


def test_a_year_a_stratum_and_an_entry_more_leave_the_other_groups_as_they_were(told):
    own = [*lines_of(YEARS, CODES, 1), *lines_of_few()]
    before = told("before", own)
    # S832 belongs to the entry of the others, and comes before them; its cases are others again.
    more = [*lines_of((2018,), ("S832", "C50", *CODES), 2)]
    after = told("after", [*more, *own], strata='[strata]\nunit = "unit"\n')
    ledger = after["release_ledger"]
    assert len(ledger[ledger["margin"] == "own"])
    after["release_ledger"] = ledger[ledger["margin"] != "own"].reset_index(drop=True)
    assert before["release_ledger"]["longest_days_30"].nunique() == 2
    named = before["release_places"].query("kind == 'county'")["name"]
    assert 0 < named.isin(FEW).sum() < len(FEW)
    for table, rows in before.items():
        assert len(rows)
        assert rows.equals(after[table]), table
