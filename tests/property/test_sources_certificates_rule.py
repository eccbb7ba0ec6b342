"""The gap rule by SQL against a check that goes day by day."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fmbstats.sources.registers import certificates
from fmbstats.store.staging import stage_register
from tests.quick import part_of

ORIGIN = date(2017, 1, 1)
EXTRACTION = date(2017, 12, 31)
CODES = ("F32", "F43", "M54")
DEGREES = tuple(certificates.DEGREE_OF)

period = st.tuples(st.integers(0, 80), st.integers(1, 25), st.sampled_from(DEGREES))
certificate = st.tuples(
    st.lists(period, min_size=1, max_size=2),
    st.integers(0, 80),  # signed on this day
    st.sampled_from(CODES),
    st.sampled_from([False, False, False, True]),  # withdrawn
)
person = st.lists(certificate, min_size=1, max_size=7)


def rows_of(persons):
    rows = []
    for number, listed in enumerate(persons, start=1):
        for periods, signed, code, is_withdrawn in listed:
            row = {
                "certificate_id": f"C{len(rows)}",
                "person_id": f"P{number}",
                "signed_date": ORIGIN + timedelta(signed),
                "code": code,
                "occupation": "ARBETSSOKANDE",
                "is_withdrawn": is_withdrawn,
                "sex": "women",
                "birth_year": 1970,
                "county_code": "01",
            }
            for place in range(4):
                start, length, degree = periods[place] if place < len(periods) else (None,) * 3
                row[f"degree_{place + 1}"] = degree
                row[f"from_{place + 1}"] = (start is not None and ORIGIN + timedelta(start)) or None
                row[f"to_{place + 1}"] = (
                    None if start is None else ORIGIN + timedelta(start + length - 1)
                )
            rows.append(row)
    schema = {c.name: pl.String for c in certificates.CONTRACT.columns}
    dates = {n: pl.Date for n in schema if n.startswith(("from", "to_", "signed"))}
    kept = {n: t for n, t in (schema | dates).items() if rows and n in rows[0]}
    return pl.DataFrame(rows, schema=kept | {"is_withdrawn": pl.Boolean, "birth_year": pl.Int64})


def by_day(persons, gap):
    """Spells by walking through the days: {(person, first day): (last, n, gap, days per code)}."""
    spells = {}
    for number, listed in enumerate(persons, start=1):
        parts = sorted(
            (start, signed, length, code)
            for periods, signed, code, is_withdrawn in listed
            if not is_withdrawn
            for start, length, _ in periods
        )
        # Every day belongs to the period that covers it and started first.
        owner = {}
        for start, signed, length, code in parts:
            for day in range(start, start + length):
                owner.setdefault(day, (start, signed, code))
        idle, current = None, None
        for day in range(0, max(owner, default=-1) + 1):
            if day not in owner:
                idle = None if idle is None else idle + 1
                continue
            if idle is None or idle > gap:
                current = spells.setdefault((f"P{number}", day), {"days": []})
            current["days"].append((day, owner[day]))
            idle = 0
    return {
        key: (spell["days"][-1][0], len(spell["days"]), Counter(o[2] for _, o in spell["days"]))
        for key, spell in spells.items()
    }


def by_sql(persons, gap, path):
    rows_of(persons).write_parquet(path)
    source = certificates.read(
        path, certificates.CertificateSettings(EXTRACTION, gap_days=gap, employee_entry_day=0)
    )
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        stage_register(connection, source)
        spells = connection.sql("select * from raw_spells").pl()
        segments = connection.sql("select * from raw_segments order by spell_id, from_day").pl()
    return spells, segments


def compare(persons, gap, path):
    expected = by_day(persons, gap)
    spells, segments = by_sql(persons, gap, path)
    found = {
        (r["person_id"], (r["start_date"] - ORIGIN).days): r for r in spells.iter_rows(named=True)
    }
    assert found.keys() == expected.keys()
    days_of = {key[0]: rows for key, rows in segments.group_by("spell_id", maintain_order=True)}
    for key, (last, n_days, per_code) in expected.items():
        spell = found[key]
        assert (spell["last_date"] - ORIGIN).days == last
        assert last - key[1] + 1 - spell["gap_days"] == n_days
        assert per_code[spell["code_longest"]] == max(per_code.values())
        rows = days_of[spell["spell_id"]]
        assert rows["from_day"].to_list() == [1, *(rows["to_day"] + 1)[:-1]]
        assert rows["to_day"][-1] == n_days
        counted = Counter()
        for code, n in rows.select("code", pl.col("to_day") - pl.col("from_day") + 1).iter_rows():
            counted[code] += n
        assert counted == per_code


def without_ties(persons):
    """Two periods of a person that start and are signed on one day have no first one."""
    result = []
    for listed in persons:
        seen, kept = set(), []
        for entry in listed:
            keys = {(start, entry[1]) for start, _, _ in entry[0]}
            if len(keys) == len(entry[0]) and not keys & seen:
                seen |= keys
                kept.append(entry)
        result.append(kept)
    return [listed for listed in result if listed]


@settings(max_examples=part_of(20), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    persons=st.lists(person, min_size=5, max_size=20).map(without_ties),
    gap=st.sampled_from([0, 5, 14]),
)
@pytest.mark.slow
def test_some_two_hundred_persons_day_by_day(tmp_path_factory, persons, gap):
    compare(persons, gap, tmp_path_factory.mktemp("certificates") / "some.parquet")


@pytest.mark.slow
@settings(max_examples=part_of(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), gap=st.sampled_from([0, 5, 14]))
def test_ten_thousand_persons_day_by_day(tmp_path_factory, seed, gap):
    """Hypothesis chooses the seeds of 40 × 260 persons: so many lists are too slow to shrink."""
    import random

    draw = random.Random(seed)
    persons = [
        [
            (
                [
                    (draw.randint(0, 80), draw.randint(1, 25), draw.choice(DEGREES))
                    for _ in range(draw.randint(1, 2))
                ],
                draw.randint(0, 80),
                draw.choice(CODES),
                draw.random() < 0.25,
            )
            for _ in range(draw.randint(1, 7))
        ]
        for _ in range(260)
    ]
    persons = without_ties(persons)
    assert len(persons) >= 250
    compare(persons, gap, tmp_path_factory.mktemp("certificates") / "many.parquet")


def test_a_short_certificate_inside_a_long_one_does_not_part_a_spell(tmp_path):
    """Comparing with the previous end instead of the latest would make two spells here."""
    full = DEGREES[0]
    persons = [
        [
            ([(0, 60, full)], 0, "F32", False),
            ([(5, 4, full)], 5, "F32", False),
            ([(63, 10, full)], 63, "F43", False),
        ]
    ]
    spells, _ = by_sql(persons, 5, tmp_path / "nested.parquet")
    assert spells.select("code", "code_last", "code_longest", "gap_days").rows() == [
        ("F32", "F43", "F32", 3)
    ]


@pytest.mark.parametrize(("idle", "n_spells"), [(5, 1), (6, 2)])
def test_five_whole_days_join_six_do_not(tmp_path, idle, n_spells):
    persons = [
        [([(0, 10, DEGREES[0])], 0, "F32", False), ([(10 + idle, 5, DEGREES[0])], 1, "F32", False)]
    ]
    spells, _ = by_sql(persons, 5, tmp_path / "gap.parquet")
    assert spells.height == n_spells


def test_gap_days_are_counted_up_to_the_cut_off_only(tmp_path):
    """Extraction 31 Dec 2017, gap 5: cut-off 26 Dec; a spell's gap 25-28 Dec counts two days."""
    december = (date(2017, 12, 10) - ORIGIN).days
    persons = [
        [
            ([(december, 15, DEGREES[0])], december, "F32", False),
            ([(december + 19, 30, DEGREES[0])], december + 19, "F32", False),
        ]
    ]
    spells, segments = by_sql(persons, 5, tmp_path / "cutoff.parquet")
    assert spells.select("gap_days", "last_date", "end_reason").rows() == [(2, None, 0)]
    # Segments stop at the extraction: 15 days, then 29-31 December.
    assert segments.select("from_day", "to_day").rows() == [(1, 15), (16, 18)]
