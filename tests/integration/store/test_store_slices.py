"""One diagnosis read as whole numbers counts what the ledger in words counts."""

import pytest

from fmbstats.settings import READINGS
from fmbstats.store import Store

STRATA = ("sex", "age_group", "county_code", "start_year")
COURSE = ["match_id", "entry_day", "duration_day", "end_reason"]
IN_SQL = (
    "select {column}, coalesce(match_id, -1), entry_day, duration_day, end_reason, sum(n)::bigint "
    "from {table} where {where} group by all"
)


@pytest.fixture
def store(build_once):
    with Store(build_once("spells")) as opened:
        yield opened


@pytest.fixture
def in_words(store):
    """Counts by SQL on a table or view of words."""

    def fetch(column, where, table="mart_ledger"):
        query = IN_SQL.format(column=column, table=table, where=where)
        frame = store.sql(query)
        return {tuple(row[:-1]): row[-1] for row in frame.itertuples(index=False)}

    return fetch


def counted(frame, *columns):
    """Counts of a frame's rows by columns and course."""
    summed = frame.groupby([*columns, *COURSE])["n"].sum()
    return dict(zip(summed.index, summed, strict=True))


@pytest.mark.slow
def test_every_entry_by_every_stratum(store, in_words):
    n_spells = 0
    for entry_id in store.entry_table["entry_id"]:
        ledger = store.reader.ledger("entry", entry_id)
        for column in STRATA:
            assert counted(ledger, column) == in_words(column, f"entry_id = '{entry_id}'")
        n_spells += ledger["n"].sum()
    everything = store.sql("select sum(n) as n from mart_ledger where entry_id is not null")
    assert n_spells == everything["n"].iloc[0] > 1_000


@pytest.mark.slow
def test_every_code_with_all_under_it(store, in_words):
    known = store.sql("select distinct code from mart_ledger where code is not null")["code"]
    for code in {code[:3] for code in known}:
        ledger = store.reader.ledger("code", code)
        assert counted(ledger, "code") == in_words("code", f"starts_with(code, '{code}')")


@pytest.mark.parametrize("year", [pytest.param(2015, marks=pytest.mark.slow), 2017])
def test_one_year_alone(store, in_words, year):
    for entry_id in store.n_spells(year):
        where = f"entry_id = '{entry_id}' and start_year = {year}"
        ledger = store.reader.ledger("entry", entry_id, year)
        lengths = store.reader.lengths("entry", entry_id, year)
        assert counted(ledger, "county_code") == in_words("county_code", where)
        assert counted(lengths, "start_year") == in_words("start_year", where)


@pytest.mark.slow
def test_other_readings_are_the_view_of_other_readings(store, in_words):
    n_changed = 0
    for entry_id in store.n_spells(2017):
        lengths = store.reader.lengths("entry", entry_id, 2017)
        changes = store.reader.changes("entry", entry_id, 2017)
        for basis in READINGS:
            where = f"basis = '{basis}' and entry_id = '{entry_id}' and start_year = 2017"
            found = store.reader.reading(basis, lengths, changes).assign(basis=basis)
            assert counted(found, "basis") == in_words("basis", where, "mart_ledger_basis")
            n_changed += counted(found) != counted(lengths)
    assert n_changed > 0


def test_what_has_no_spells_is_an_empty_frame_of_the_same_columns(store):
    whole = store.reader.ledger("entry", next(iter(store.n_spells(2017))))
    for nothing in (
        store.reader.ledger("entry", "no such entry"),
        store.reader.ledger("code", "Q99"),
        store.reader.ledger("code", "F32", 1999),
    ):
        assert len(nothing) == 0
        assert list(nothing.columns) == list(whole.columns)
    assert store.reader.lengths("code", "Q99").empty
