"""MiDAS part rows made into spells agree with the rules worked out row by row in plain Python."""

import random
import zlib
from datetime import date, timedelta
from itertools import groupby

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmbstats.sources.registers import midas
from fmbstats.store import part_rows
from fmbstats.store.staging import stage_register
from tests.quick import part_of

HEADER = (
    "lopnr", "OMFATTNING", "DEL_FROM_DATUM", "DEL_TOM_DATUM", "FALL_FROM_DATUM", "FALL_TOM_DATUM",
    "FORSAKRADTYP_KOD", "DIAGNOS_KOD", "KON_KOD", "fodelsear", "KOMMUN_KOD",
)  # fmt: skip
EXTRACTION = date(2017, 6, 30)
CUTOFF = EXTRACTION - timedelta(days=5)
DAY_ONE = date(2017, 1, 1)
CODES = ("F32", "F43", "M54", "-00", "okänd")

PART = st.tuples(
    st.sampled_from([0, 0.25, 0.5, 1]),
    st.integers(0, 60),  # first day of the part, from the spell's
    st.integers(0, 40),  # days after it
    st.sampled_from(CODES),
    st.sampled_from([1970, 1970, 1970, ""]),
    st.sampled_from(["0180", "0180", "1480", ""]),
)
SPELL = st.tuples(
    st.integers(1, 3),  # person
    st.integers(0, 140),  # first day
    st.sampled_from([8, 8, 2, 0]),
    st.sampled_from([None, 0, 5]),  # days from the last part to the spell's end
    st.lists(PART, min_size=1, max_size=5),
    st.integers(0, 20),  # 0: sex differs, 1: last day, 2: birth year
)


def rows_of(spell):
    """Part rows as tuples of the values in the file."""
    person, day, kind, more, parts, fault = spell
    first = DAY_ONE + timedelta(days=day)
    ends = [first + timedelta(days=a + b) for _, a, b, *_ in parts]
    last = "" if more is None else (max(ends) + timedelta(days=more)).isoformat()
    rows = {}
    for number, (degree, start, days, code, birth, place) in enumerate(parts):
        is_other = number == len(parts) - 1 > 0
        begin = first + timedelta(days=start)
        rows.setdefault(
            (start, days, code),
            (
                person, degree, begin.isoformat(), (begin + timedelta(days=days)).isoformat(),
                first.isoformat(),
                (max(ends) + timedelta(days=99)).isoformat() if fault == 1 and is_other else last,
                kind, code, 1 if fault == 0 and is_other else 2,
                1950 if fault == 2 and is_other else birth, place,
            ),
        )  # fmt: skip
    return list(rows.values())


def part_order(row):
    """By first day, length, and a check sum of the code."""
    code = "" if row[7] == "-00" else row[7]
    return row[2], row[3], zlib.crc32(code.encode()) % 2**24


def by_hand(rows):
    """Spells, segments and counts of one spell's rows."""
    person, first, kind = rows[0][0], date.fromisoformat(rows[0][4]), rows[0][6]
    parts = sorted(set(rows), key=part_order)
    ends = {date.fromisoformat(r[5]) if r[5] else None for r in parts}
    ends = {end if end is None or end <= EXTRACTION else None for end in ends}
    births = {r[9] for r in parts if r[9] != ""}
    if len(ends) > 1 or len(births) > 1 or len({r[8] for r in parts}) > 1:
        return "rejected", len(rows)
    last = ends.pop()
    if kind == 8 and last is not None and (last - first).days + 1 <= 14:
        return "rejected", len(rows)
    if kind == 0:
        return "excluded", len(rows) - len(parts)
    known = [r[7] for r in parts if r[7] != "-00"]
    days = {}
    for r in parts:
        if r[7] != "-00":
            begin = date.fromisoformat(r[2])
            n = (min(date.fromisoformat(r[3]), EXTRACTION) - begin).days + 1
            n += (begin - first).days if r[2] == parts[0][2] else 0
            days[r[7]] = days.get(r[7], 0) + n
    degrees = [round(r[1] * 100) for r in parts if r[1]]
    segments = {
        ((a - first).days + 1, (b - first).days + 1, round(r[1] * 100), code)
        for r in parts
        for a in [date.fromisoformat(r[2])]
        for b in [min(date.fromisoformat(r[3]), EXTRACTION)]
        for code in [None if r[7] == "-00" else r[7]]
        if r[1] and b >= a
    }
    spell = (
        str(person), first, last, known[0] if known else None, known[-1] if known else None,
        max(days, key=days.get) if known else None, "women" if parts[0][8] == 2 else "men",
        next(iter(births), None), next((r[10][:2] for r in parts if r[10]), None),
        degrees[0] if degrees else None, 14 if kind == 8 else 0, 0 if last is None else 1,
    )  # fmt: skip
    return "kept", len(rows) - len(parts), spell, segments


def staged(folder, files):
    paths = []
    for number, rows in enumerate(files):
        path = folder / f"midas-{number}.txt"
        lines = ["\t".join(HEADER), *("\t".join(map(str, row)) for row in rows)]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        paths.append(path)
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false; set preserve_insertion_order = false")
        result = stage_register(
            connection, midas.read(paths, midas.MidasSettings(EXTRACTION)), max_share_rejected=1.0
        )
        spells = connection.execute(
            "select person_id, start_date, last_date, code, code_last, code_longest, sex, "
            "birth_year, county_code, degree_pct, entry_day, end_reason from raw_spells"
        ).fetchall()
        segments = connection.execute(
            "select person_id, start_date, from_day, to_day, part.degree_pct, part.code "
            "from raw_segments as part join raw_spells using (spell_id)"
        ).fetchall()
        counts = connection.execute("select * from stg_counts").fetchall()[0]
    return result, sorted(spells, key=str), sorted(segments, key=str), counts


@settings(max_examples=part_of(15), deadline=None)
@given(st.lists(SPELL, min_size=1, max_size=8, unique_by=lambda s: s[:2]), st.randoms())
def test_spells_are_what_the_rules_say(tmp_path_factory, spells, chance):
    rows = [row for spell in spells for row in rows_of(spell)]
    rows += random.Random(len(rows)).choices(rows, k=len(rows) // 3)
    rows.sort(key=lambda r: (r[0], r[4]))
    expected = [by_hand(list(own)) for _, own in groupby(rows, key=lambda r: (r[0], r[4]))]
    kept = [e for e in expected if e[0] == "kept"]
    wanted = (
        sorted((e[2] for e in kept), key=str),
        sorted(((*e[2][:2], *s) for e in kept for s in e[3]), key=str),
        (
            sum(e[1] for e in expected if e[0] != "rejected"),
            sum(e[1] for e in expected if e[0] == "rejected"),
            sum(e[0] == "excluded" for e in expected),
            0,
        ),
    )
    shuffled = chance.sample(rows, len(rows))
    half = len(rows) // 2
    orders = ([rows], [shuffled], [part for part in (shuffled[:half], shuffled[half:]) if part])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(part_rows, "_ROWS_AT_ONCE", 5)  # spells are cut apart and joined again
        for files in orders:
            result, *found = staged(tmp_path_factory.mktemp("midas"), files)
            assert tuple(found) == wanted
            assert result.info.n_rows_read == len(rows)
            assert result.rejects.height == wanted[2][1]
