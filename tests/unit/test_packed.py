"""Numbers that hold several columns: Python and DuckDB read each other's."""

from importlib import resources

import duckdb
import numpy as np
import polars as pl
import pytest

from fmbstats.sources.registers import packed
from fmbstats.sources.registers.packed import Bits, Cell, Segment, SpellTraits


def fields_of(layout):
    fields = vars(layout) if isinstance(layout, type) else {}
    return {name: bits for name, bits in fields.items() if isinstance(bits, Bits)}


# Several fields read as one number.
SEVERAL = {"whole", "start", "above_days"}
LAYOUTS = [value for value in vars(packed).values() if fields_of(value)]


@pytest.fixture(scope="module")
def macros():
    """Return a connection that knows the store's macros."""
    connection = duckdb.connect()
    sql = resources.files("fmbstats.sql").joinpath("stg_cell_macros.sql").read_text("utf-8")
    connection.execute(sql)
    return connection


@pytest.mark.parametrize(
    ("layout", "macro"),
    [
        (
            Cell,
            "pack_cell({answer}, {year} + 1990, {sex}, {age}, {county}, {entry_day}, {days}, "
            "{end_reason})",
        ),
        (Segment, "pack_segment({from_day}, {to_day}, {degree}, {code})"),
        (
            SpellTraits,
            "pack_traits(date '1980-01-01' + {first_day}, {degree}, {is_whole} = 1, "
            "{code_last} - 1, {code_longest} - 1)",
        ),
    ],
)
def test_python_reads_what_duckdb_packs(macros, layout, macro):
    draw = np.random.default_rng(4)
    fields = {n: b for n, b in fields_of(layout).items() if n not in SEVERAL}
    for k in range(50):
        # First every field at its most and its least, then anything between.
        value = {n: (0, b.most, int(draw.integers(0, b.most + 1)))[min(k, 2)]
                 for n, b in fields.items()}  # fmt: skip
        number = macros.execute(f"select {macro.format(**value)}").fetchone()[0]
        assert {name: bits.of(number) for name, bits in fields.items()} == value
        assert sum(bits.put(value[name]) for name, bits in fields.items()) == number


@pytest.mark.parametrize(
    ("macro", "bits"),
    [
        ("cell_answer", Cell.answer),
        ("cell_entry_day", Cell.entry_day),
        ("cell_days", Cell.days),
        ("cell_end_reason", Cell.end_reason),
        ("segment_from", Segment.from_day),
        ("segment_to", Segment.to_day),
        ("segment_degree", Segment.degree),
        ("segment_code", Segment.code),
        ("traits_first_day", SpellTraits.first_day),
    ],
)
def test_duckdb_reads_what_python_packs(macros, macro, bits):
    for value in (1, bits.most):
        assert macros.execute(f"select {macro}({bits.put(value)}::bigint)").fetchone()[0] == value


@pytest.mark.parametrize("layout", LAYOUTS)
def test_fields_lie_beside_each_other_in_63_bits(layout):
    fields = sorted(fields_of(layout).items(), key=lambda item: item[1].shift)
    fields = [bits for name, bits in fields if name not in SEVERAL]
    ends = [bits.shift + bits.width for bits in fields]
    assert all(end <= bits.shift for end, bits in zip(ends, fields[1:], strict=False))
    assert ends[-1] <= 63


def test_a_field_of_a_column_is_that_of_an_array():
    above = Cell.year.put(np.arange(60)) + Cell.entry_day.put(np.arange(60))
    numbers = above + Cell.days.put(np.arange(60) * 100) + 7
    column = pl.DataFrame({"n": numbers}).select(Cell.days.of_column(pl.col("n")))["n"]
    assert column.to_list() == Cell.days.of(numbers).tolist()


def test_a_field_can_be_put_without_the_bits_below():
    low = Cell.entry_day.shift
    short = Cell.year.put(27, above=low) + Cell.entry_day.put(14, above=low)
    assert Cell.above_days.put(short) == Cell.year.put(27) + Cell.entry_day.put(14)
