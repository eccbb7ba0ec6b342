"""What a file of protected margins cannot say: one drawn file, and one thing wrong at a time.

A hundred and twenty spells of F32 of 2017, told by sex, by age and by county alike; nothing may
differ by more than so many spells from the truth.
"""

from __future__ import annotations

import polars as pl
import pytest

from fmbstats.release.exchange import TABLES, faults, most_off

TEXT = pl.String
TEXTS = {"margin", "entry_id", "code", "stratum", "sex", "age_group", "subject", "match_level",
         "evidence", "cases"}  # fmt: skip
OFF = most_off({"base": 6, "n_summed": 1})
SETTINGS = {
    "base": 6,
    "entry_day": 14,
    "cutoff_date": "2018-06-30",
    "extraction_date": "2018-07-14",
    "gap_days": 5,
    "lag_days": 9,
    "is_merged": False,
    "n_rows_read": 130,
    "n_rejected": 10,
}


def margin(name, stratum, n, **more):
    is_persons = name == "county_persons"
    row = {
        "margin": name, "entry_id": "F32", "code": None, "stratum": stratum,
        "sex": "women" if is_persons else None, "age_group": "30-39" if is_persons else None,
        "start_year": 2017, "match_id": 0, "entry_day": 14, "duration_day": 90, "end_reason": 1,
        "n": n,
    }  # fmt: skip
    return row | more


MARGINS = (
    margin("all", "all", 120),
    margin("sex", "women", 72),
    margin("sex", "men", 48),
    margin("age", "30-39", 120),
    margin("county", "01", 120),
    margin("county_persons", "01", 120),
    margin("entry_day", "all", 120),
    margin("code", "F32", 120, code="F32"),
    margin("month", "2017-03", 120),
)
FIRST = {
    "degrees": [
        {"subject": "F32", "start_year": 2017, "degree_pct": 100, "day": 15, "n_change": 120}
    ],
    "started": [{"entry_id": "F32", "code": None, "start_year": 2017, "n": 120}],
    "levels": [
        {"entry_id": "F32", "code": None, "start_year": 2017, "match_level": "exact", "n": 120}
    ],
    "sets": [{"match_id": 0, "base_id": 0, "evidence": None, "cases": "a"}],
}


def said(rows=MARGINS, settings=None, **changed):
    """What is found in the file with other rows of margins, settings or tables."""
    drawn = {"margins": list(rows)} | FIRST | changed
    tables = {
        table: pl.DataFrame(
            drawn[table], schema={f.name: TEXT if f.name in TEXTS else pl.Int64 for f in fields}
        )
        for table, fields in TABLES.items()
    }
    return list(faults(tables, SETTINGS | (settings or {}), OFF))


def test_a_file_that_adds_up_is_taken():
    assert said() == []


@pytest.mark.parametrize(
    ("place", "changed", "fault"),
    [
        (0, {"n": 121}, "is no multiple of 6"),
        (0, {"duration_day": 14}, "ends on or before its entry day"),
        (0, {"duration_day": 733}, "lasts longer than anybody is followed"),
        (0, {"entry_day": 0}, "is seen from another day than 14 on"),
        (0, {"start_year": 2019}, "begins after the cut-off 2018-06-30"),
        (0, {"match_id": 1}, "has an unknown set"),
        (0, {"stratum": "some"}, "is of no group by all"),
        (1, {"stratum": "Anna"}, "is of no group by sex"),
        (3, {"stratum": "7"}, "is of no group by age"),
        (4, {"stratum": "02"}, "is of no group by county"),  # no county has had that number
        (8, {"stratum": "2017-13"}, "is of no group by month"),
    ],
)
def test_a_row_that_cannot_be_is_named_by_its_line(place, changed, fault):
    rows = [row | (changed if k == place else {}) for k, row in enumerate(MARGINS)]
    assert f"margins.csv, line {place + 2}: the row {fault}." in said(rows)


@pytest.mark.parametrize("changed", [{"duration_day": 732}, {"match_id": -1}, {"duration_day": 15}])
def test_rows_at_their_ends_are_taken(changed):
    assert said([MARGINS[0] | changed, *MARGINS[1:]]) == []


def test_only_margins_by_entry_day_are_seen_from_other_days():
    assert said([*MARGINS[:6], MARGINS[6] | {"entry_day": 0, "duration_day": 9}]) == []


def test_a_row_stands_once_whatever_it_counts():
    found = said([*MARGINS, MARGINS[8] | {"n": 6}])
    assert found[0] == "margins.csv, line 10: the row stands twice."


@pytest.mark.parametrize(
    ("name", "changed", "fault"),
    [
        ("sex", {"n": 0}, "margins.csv by sex: 0 spells of F32 2017, 120 in all."),
        (
            "county",
            {"n": 120 + 6},
            "margins.csv by county_persons: 120 spells of F32 2017 in county 01, 126 by county.",
        ),
    ],
)
def test_margins_that_tell_of_other_numbers_of_spells(name, changed, fault):
    rows = [row for row in MARGINS if row["margin"] != name]
    rows += [row | changed for row in MARGINS if row["margin"] == name and changed["n"]]
    assert fault in said(rows)


def much(n, *names):
    """The file with so many spells in the margins named."""
    return [row | ({"n": n} if row["margin"] in names else {}) for row in MARGINS]


@pytest.mark.parametrize("name", ["age", "code", "entry_day"])
def test_a_margin_may_differ_by_what_chance_can_do_and_not_by_more(name):
    assert said(much(120 + 6, name)) == []
    found = said(much(1200, name), settings={"n_rows_read": 5000})
    other = "in started.csv" if name == "entry_day" else "in all"
    assert found == [f"margins.csv by {name}: 1,200 spells of F32 2017, 120 {other}."]


def test_codes_may_be_absent_and_more_start_than_are_seen():
    assert said([row for row in MARGINS if row["margin"] != "code"]) == []
    started = [FIRST["started"][0] | {"n": 1200}]
    rows = [row | {"n": 1200} if row["margin"] == "entry_day" else row for row in MARGINS]
    assert said(rows, settings={"n_rows_read": 5000}, started=started) == []
    few = [FIRST["started"][0] | {"n": 6}]
    assert "started.csv: 6 spells of F32 2017, 120 in all." in said(started=few)


def test_no_margin_tells_of_more_spells_than_rows_were_read():
    found = said(settings={"n_rows_read": 20})
    assert "margins.csv: 120 spells by all, of 10 rows that were read." in found


@pytest.mark.parametrize(
    ("n", "fault"),
    [
        (6000, "degrees.csv: 6,000 spells of F32 2017 at 100 % from day 15 on, 120 in all."),
        (-6000, "degrees.csv: -6,000 spells of F32 2017 at 100 % from day 15 on, 120 in all."),
    ],
)
def test_as_many_are_on_leave_at_a_degree_as_there_are_spells(n, fault):
    assert said(degrees=[FIRST["degrees"][0] | {"n_change": n}]) == [fault]


def test_what_falls_again_is_counted_day_by_day():
    up = FIRST["degrees"][0] | {"n_change": 120}
    down = [up | {"day": day, "n_change": -120} for day in (20, 30)]
    assert said(degrees=[up, down[0]]) == []
    assert said(degrees=[*down, up | {"n_change": 60}]) == [
        "degrees.csv: -60 spells of F32 2017 at 100 % from day 20 on, 120 in all."
    ]


@pytest.mark.parametrize(
    ("n_rows", "n", "is_found"), [(36, 12, True), (36, 18, False), (12, 12, False)]
)
def test_a_base_is_the_one_that_many_counts_have(n_rows, n, is_found):
    rows = [
        margin("month", f"{2015 + k // 12}-{k % 12 + 1:02}", n if k % 2 else 12,
               start_year=2015 + k // 12)
        for k in range(n_rows)
    ]  # fmt: skip
    said_of_base = [one for one in said(rows, {"n_rows_read": 5000}) if "base" in one]
    wanted = ["settings.json: base is 6, but all counts are multiples of 12."]
    assert said_of_base == (wanted if is_found else [])


def test_a_cut_off_lies_as_long_before_the_extraction_as_the_settings_say():
    found = said(settings={"cutoff_date": "2018-06-29"})
    assert found == ["settings.json: the cut-off 2018-06-29 is not 14 days before 2018-07-14."]
    assert said(settings={"cutoff_date": "2018-06-29", "is_merged": True}) == []
