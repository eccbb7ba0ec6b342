"""Columns of few texts: whatever the texts and however they come, each is judged as by itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmbstats.sources.registers import judging
from fmbstats.sources.registers.categories import gather, numbered
from fmbstats.sources.registers.contracts import Column, Contract
from fmbstats.sources.registers.encoding import CodeBook
from fmbstats.sources.registers.judging import FewTexts
from fmbstats.sources.registers.packed import Bits
from tests.quick import part_of

CONTRACT = Contract("t", "t", ())
CODE = Column("code", "code", "code")
DAY = Column("day", "date", "date", min="1990-01-01", nullable=True, null_values=("9999-12-31",))
COLUMNS = st.lists(
    st.lists(
        st.none() | st.sampled_from(["F32", " F32", "", "en längre text än tolv byte", "M54"])
    ),
    min_size=1,
    max_size=4,
)


def judged(few, values):
    """Values and oddness of a block."""
    found, is_odd = few.judge(pl.Series("code", values, dtype=pl.String))
    return found.to_list(), [False] * len(values) if is_odd is None else is_odd.tolist()


def cleaned(text):
    """A text without blanks around it; None where nothing is left."""
    return (text or "").strip() or None


@settings(max_examples=part_of(40))
@given(COLUMNS)
def test_each_text_is_judged_as_by_itself_block_after_block(columns):
    few = FewTexts(CODE, CONTRACT, None)
    for values in columns * 2:
        found = [cleaned(v) for v in values]
        assert judged(few, values) == (found, [v is None for v in found])


@settings(max_examples=part_of(40))
@given(COLUMNS)
def test_chunks_and_slices_change_nothing(columns):
    few = FewTexts(CODE, CONTRACT, None)
    chunks = [pl.Series("code", values, dtype=pl.String) for values in columns]
    column = pl.concat(chunks, rechunk=False).slice(1)
    assert few.judge(column)[0].to_list() == [cleaned(v) for v in column]


def test_days_are_looked_up_and_what_is_none_is_odd():
    few = FewTexts(DAY, CONTRACT, None)
    texts = ["2017-01-30", None, "9999-12-31", "2017-01-3", "1980-01-01", "igår", "2017-02-29"]
    found, is_odd = few.judge(pl.Series("day", texts))
    assert found.dtype == pl.Date
    assert found.cast(pl.String).to_list()[:3] == ["2017-01-30", None, None]
    assert is_odd.tolist() == [False, False, False, True, True, True, True]


def test_numbers_stay_those_of_their_texts_when_no_block_is_left():
    book = CodeBook()
    few = FewTexts(CODE, CONTRACT, book.values)
    first = judged(few, ["F32", "M54"])[0]
    assert judged(few, ["K80", "M54", "F32"])[0][1:] == first[::-1]
    assert judged(few, ["Z99", "F32", "K80"])[0][1] == first[0]


def test_a_column_of_too_many_texts_is_judged_block_by_block(monkeypatch):
    monkeypatch.setattr(judging, "_MAX_TEXTS", 100)
    few = FewTexts(CODE, CONTRACT, None)
    blocks = [[*map(str, range(n, n + 60)), None, " x"] for n in (0, 40, 80, 20)]
    for values in blocks * 2:
        found = [cleaned(v) for v in values]
        assert judged(few, values) == (found, [v is None for v in found])
    assert len(few._places) < 200


def test_texts_that_share_their_first_bits_are_told_apart(monkeypatch):
    monkeypatch.setattr(judging, "_SLOT", Bits(63, 1))
    few = FewTexts(CODE, CONTRACT, None)
    for values in [["F32", "M54", "K80", None], ["K80", None, "F32", "Z73"]] * 2:
        assert judged(few, values) == (values, [v is None for v in values])


def test_new_texts_that_repeat_are_learnt_from_some_rows(monkeypatch):
    asked = []
    monkeypatch.setattr(
        judging, "numbered", lambda texts: asked.append(len(texts)) or numbered(texts)
    )
    few = FewTexts(CODE, CONTRACT, None)
    for values in (["F32", "M54"] * 20_000, ["K80"] * 30_000 + [None, "Z73"]):
        assert judged(few, values) == (values, [v is None for v in values])
    assert max(asked) <= judging._MANY_NEW


def test_several_threads_judge_alike():
    book = CodeBook()
    few = FewTexts(CODE, CONTRACT, book.values)
    blocks = [[f"M{(n * k) % 997}" for n in range(5000)] for k in range(1, 13)]
    with ThreadPoolExecutor(4) as workers:
        found = list(workers.map(lambda values: judged(few, values)[0], blocks))
    names = dict(book.frame().iter_rows())
    assert [[names[number] for number in numbers] for numbers in found] == blocks


def test_numbered_texts_are_given_back():
    texts = pl.Series(["F32", "", None, "en längre text än tolv byte", "F32", ""])
    numbers, known = numbered(texts)
    assert known.gather(numbers).to_list() == texts.to_list()
    assert [n == 0 for n in numbers] == [False, False, True, False, False, False]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([None, 5, -3], pl.Int8),
        ([None, 0.25, None], pl.Float64),
        ([None, date(2017, 1, 30), date(1990, 1, 1)], pl.Date),
        ([None, "a", "b"], pl.String),
        ([7, 8, 9], pl.Int64),
        ([None, None, None], pl.Int32),
    ],
)
def test_gathering_is_what_polars_gathers(values, kind):
    table = pl.Series("x", values, dtype=kind)
    for places in ([1, 1, 2], [0, 2, 1], []):
        numbers = pl.Series(places, dtype=pl.UInt16).to_numpy()
        found = gather(table, numbers)
        assert found.dtype == table.dtype
        assert found.name == "x"
        assert found.to_list() == [table[n] for n in places]
