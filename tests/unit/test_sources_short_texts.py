"""Texts as numbers: whatever the texts, numbers give them back."""

from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbstats.sources import short_texts
from fmbstats.sources.short_texts import ShortTexts, gather

COLUMNS = st.lists(st.lists(st.none() | st.text(max_size=14), max_size=40), min_size=1, max_size=4)


def back(known, values):
    numbers, texts = known.numbers(pl.Series(values, dtype=pl.String))
    return texts.gather(numbers).to_list()


@given(COLUMNS)
def test_numbers_give_the_texts_back_block_after_block(columns):
    known = ShortTexts()
    for values in columns * 2:
        assert back(known, values) == values


@given(COLUMNS)
def test_chunks_and_slices_change_nothing(columns):
    known = ShortTexts()
    chunks = [pl.Series(values, dtype=pl.String) for values in columns]
    column = pl.concat(chunks, rechunk=False).slice(1)
    numbers, texts = known.numbers(column)
    assert texts.gather(numbers).to_list() == column.to_list()


def test_equal_texts_have_one_number_and_only_missing_ones_have_0():
    numbers, _ = ShortTexts().numbers(pl.Series(["F32", "", None, "en lång text", "F32", ""]))
    assert numbers[0] == numbers[4]
    assert numbers[1] == numbers[5]
    assert [n == 0 for n in numbers] == [False, False, True, False, False, False]


def test_texts_whose_places_are_taken_are_found_all_the_same(monkeypatch):
    monkeypatch.setattr(short_texts, "_SLOT_BITS", 2)
    values = [f"F{n}" for n in range(300)]
    known = ShortTexts()
    assert back(known, values) == back(known, values) == values


def test_a_column_of_too_many_texts_is_left_to_polars(monkeypatch):
    monkeypatch.setattr(short_texts, "_MAX_TEXTS", 100)
    known = ShortTexts()
    values = [*map(str, range(60)), None]
    assert back(known, values) == values
    others = [*map(str, range(200)), None, *map(str, range(40, 90))]
    assert back(known, others) == others
    assert back(known, values) == values


def test_texts_in_another_form_are_left_to_polars(monkeypatch):
    monkeypatch.setattr(short_texts, "_has_views", lambda column: False)
    values = ["F32", None, "", "F32"]
    assert back(ShortTexts(), values) == values


def test_many_new_texts_are_learnt_from_a_sample(monkeypatch):
    monkeypatch.setattr(short_texts, "_N_SAMPLED", 8)
    values = [f"2017-01-{n % 28 + 1:02}" for n in range(1000)] + ["a text of its own"] * 20
    known = ShortTexts()
    assert back(known, values) == values
    assert len(known.numbers(pl.Series(values))[1]) == 28 + 3


def test_several_threads_number_alike():
    known = ShortTexts()
    blocks = [[f"M{(n * k) % 997}" for n in range(5000)] for k in range(1, 13)]
    with ThreadPoolExecutor(4) as workers:
        found = list(workers.map(lambda values: known.numbers(pl.Series(values))[0], blocks))
    _, texts = known.numbers(pl.Series(["M0"]))
    assert [texts.gather(numbers).to_list() for numbers in found] == blocks


@pytest.mark.parametrize(
    "table",
    [
        pl.Series("x", [None, 5, -3], dtype=pl.Int8),
        pl.Series("x", [None, 0.25, None]),
        pl.Series("x", [None, "2017-01-30", "1990-01-01"]).str.to_date(),
        pl.Series("x", [None, "a", "b"]),
        pl.Series("x", [7, 8, 9]),
        pl.Series("x", [None, None, None], dtype=pl.Int32),
    ],
)
def test_gathering_is_what_polars_gathers(table):
    for places in ([1, 1, 2], [0, 2, 1], []):
        numbers = pl.Series(places, dtype=pl.UInt16).to_numpy()
        found = gather(table, numbers)
        assert found.dtype == table.dtype
        assert found.name == "x"
        assert found.to_list() == [table[n] for n in places]
