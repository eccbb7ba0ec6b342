"""Sorting packed numbers says the same as looking at every pair of spells."""

from collections import Counter

import duckdb
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from fmbstats.store.packed_sort import counted, near_persons, numbers_in_parts
from fmbstats.store.tables import sql_text
from tests.quick import part_of

spells = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 400), st.integers(1, 60)), max_size=30
)


def connection_with(rows):
    """A connection with ``spell_cells`` of (person, first day, days)."""
    connection = duckdb.connect()
    connection.execute(sql_text("stg_cell_macros"))
    connection.execute(
        "create table spell_cells (spell_id bigint, person_id bigint, coded_cell bigint, "
        "traits bigint, gap_days integer)"
    )
    for number, (person, first_day, n_days) in enumerate(rows):
        connection.execute(
            "insert into spell_cells values (?, ?, ? * 8, ?, 0)",
            [number, person + (1 << 40), n_days, first_day],
        )
    connection.execute(f"create view stg_spans as {sql_text('stg_spans')}")
    return connection


def near_by_pairs(rows, gap_days):
    """Persons of whom a spell starts soon after an earlier one, or inside it."""
    return {
        person
        for i, (person, first_day, n_days) in enumerate(rows)
        for j, (other, later_day, _) in enumerate(rows)
        if i != j
        and person == other
        and (later_day, j) > (first_day, i)
        and later_day - (first_day + n_days) <= gap_days
    }


@settings(deadline=None, max_examples=part_of(40))
@given(spells, st.sampled_from([1, 4, 1000]))
def test_near_persons_are_those_of_all_pairs(rows, max_numbers):
    with connection_with(rows) as connection:
        parts = list(numbers_in_parts(connection, "stg_spans", max_numbers))
    assert sum(map(len, parts)) == len(rows)
    found = zip(*(near_persons(part, (14, -1)) for part in parts), strict=True)
    near, overlapping = map(pl.concat, found)
    assert sorted(near) == sorted(near_by_pairs(rows, 14))
    assert sorted(overlapping) == sorted(near_by_pairs(rows, -1))


@given(st.lists(st.integers(-3, 2**62), max_size=50), st.integers(0, 3))
def test_counted_counts_every_number(numbers, n_times):
    numbers = numbers * n_times
    found = counted(pl.Series(numbers, dtype=pl.Int64))
    assert found.rows() == sorted(Counter(numbers).items())
