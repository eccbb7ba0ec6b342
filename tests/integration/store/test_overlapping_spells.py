"""Spells of one person that share days become one: nobody is on sick leave twice on a day."""

import random
from collections import defaultdict
from datetime import date, timedelta

import duckdb

from fmbstats.store.check_register import check_file

HEADER = (
    "spell_id,person_id,start_date,last_date,code,sex,birth_year,county_code,occupation,degree_pct"
)
EXTRACTION = date(2019, 6, 30)


def rows_at_random(seed):
    """Spells of 60 persons, crowded into two years; one in ten is ongoing."""
    draw = random.Random(seed)
    rows = []
    for number in range(1, 601):
        start = date(2016, 1, 1) + timedelta(draw.randrange(730))
        last = None if draw.random() < 0.1 else start + timedelta(draw.randrange(14, 200))
        code = draw.choice(["F321", "F329", "M545", "F438A"])
        rows.append((number, draw.randrange(60), start, last, code))
    return rows


def merged_by_hand(rows):
    """Make spells of rows, day by day: first day, its code, last day or None."""
    of_person = defaultdict(list)
    for number, person, start, last, code in rows:
        of_person[person].append((start, last or date.max, number, code))
    spells = []
    for own in of_person.values():
        chain = None
        for start, last, _, code in sorted(own, key=lambda r: (r[0], -r[1].toordinal(), r[2])):
            if chain and start <= chain[2]:
                chain[2] = max(chain[2], last)
            else:
                chain = [start, code, last]
                spells.append(chain)
    return sorted(
        (start, code, min(last, date(2019, 6, 25)), last < date(2019, 6, 26))
        for start, code, last in spells
    )


def test_spells_that_share_days_are_one(tmp_path, build):
    rows = rows_at_random(7)
    file = tmp_path / "r.csv"
    lines = [f"{n},{p},{s},{e or ''},{c},women,1970,01,student,100" for n, p, s, e, c in rows]
    file.write_text("\n".join([HEADER, *lines]) + "\n")
    outcome = build(file)
    assert outcome.code == 0, outcome.output
    wanted = merged_by_hand(rows)
    told = check_file(file, extraction_date=EXTRACTION).remarks
    assert f"{600 - len(wanted)} spells begin during another spell of their person: a" in " ".join(
        told
    )
    assert (
        f"{600 - len(wanted)} spells began during another spell of their person" in outcome.output
    )
    assert "Of 600 lines read, 0 were exact repetitions (dropped), 0 rejected." in outcome.output
    with duckdb.connect(str(outcome.store), read_only=True) as connection:
        found = connection.execute(
            "select start_date, code, start_date + duration_day - 1, end_reason > 0 "
            "from mart_spells order by all"
        ).fetchall()
    assert [(s, c, e, bool(ended)) for s, c, e, ended in found] == wanted


def test_spells_that_only_touch_stay_apart(tmp_path, build):
    file = tmp_path / "r.csv"
    file.write_text(
        f"{HEADER}\n1,7,2017-01-01,2017-03-31,F321,women,1970,01,student,100\n"
        "2,7,2017-04-01,2017-05-31,F321,women,1970,01,student,100\n"
    )
    outcome = build(file)
    assert "2 spells (real" in outcome.output
    assert "joined" not in outcome.output
    told = check_file(file, extraction_date=EXTRACTION).remarks
    assert told == (
        "1 spells begin on the day after another of their person ends: they stay apart, and are "
        "one in the reading that bridges gaps of up to 14 days.",
    )
