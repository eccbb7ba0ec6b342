"""Numbers for texts: what Python packs, SQL takes apart; persons and codes are never mixed up."""

from contextlib import contextmanager
from datetime import date

import duckdb
import numpy as np
import polars as pl

from fmbstats.sources.registers.encoding import (
    COUNTY_VALUES,
    CodeBook,
    coded_cell,
    other_codes,
    own_cell,
    person_keys,
    person_texts,
    place,
    spell_traits,
    traits,
    years_of,
)
from fmbstats.store.tables import sql_text


@contextmanager
def macros_and(packed):
    """A connection with the macros and the table ``packed``."""
    with duckdb.connect() as connection:
        connection.execute(sql_text("stg_cell_macros"))
        connection.register("packed", packed.to_arrow())
        yield connection


def test_what_is_packed_here_the_sql_takes_apart():
    rows = pl.DataFrame(
        {
            "start": [1990, 2053, 2017],
            "sex": [0, 2, 1],
            "birth": [None, 1990, 1987],
            "county": [127, 25, 1],
            "entry": [0, 364, 14],
            "end": [0, 5, 1],
            "occupation": [0, 7, 3],
            "degree": [None, 100, 25],
            "code": [0, 262_143, 17],
            "days": [0, 32_767, 60],
            "line": [2, 4_294_967_295, 17],
        }
    )
    packed = rows.select(
        coded_cell(
            own_cell("start", "sex", "birth", "county", "entry", "end"), "code", pl.col("days")
        ).alias("cell"),
        traits("birth", "occupation", "degree").alias("traits"),
        place(65_535).alias("place"),
    )
    with macros_and(packed) as connection:
        found = connection.sql(
            "select cell_year(cell), cell_sex(cell), cell_age_group(cell), cell_county(cell), "
            "cell_entry_day(cell), cell_end_reason(cell), coded_code(cell), cell_days(cell), "
            "traits >> 10, (traits >> 7) & 7, traits & 127, place >> 32, place & 4294967295 "
            "from packed"
        ).fetchall()
        whole = connection.sql(
            "select coded_code(seen) = coded_code(cell), cell_days(seen), "
            "cell_year(seen) = cell_year(cell), "
            "cell_county(seen) = cell_county(cell), cell_entry_day(seen) = cell_entry_day(cell), "
            "cell_end_reason(seen) = cell_end_reason(cell), "
            "cell_end_reason(observed_cell(cell, 40, false)) "
            "from (select *, observed_cell(cell, 32766, true) as seen from packed)"
        ).fetchall()
    assert found == [
        (1990, "unknown", "unknown", "unknown", 0, 0, 0, 0, 0, 0, 127, 65_535, 2),
        (2053, "men", "60+", "25", 364, 5, 262_143, 32_767, 1990, 7, 100, 65_535, 4_294_967_295),
        (2017, "women", "30-39", "01", 14, 1, 17, 60, 1987, 3, 25, 65_535, 17),
    ]
    assert whole == [(True, 32_766, True, True, True, True, 0)] * 3


def test_traits_of_a_spell_are_packed_alike_here_and_in_the_sql():
    rows = pl.DataFrame(
        {
            "start": [date(1990, 1, 1), date(2053, 12, 31), date(2017, 3, 1), date(2018, 1, 1)],
            "degree": [None, 100, 25, 50],
            "last_place": [0, 262_143, 2, 0],
            "longest_place": [262_143, 0, 18, 0],
        }
    ).cast({"last_place": pl.Int32, "longest_place": pl.Int32, "degree": pl.Int8})
    first, last, longest = [5, 5, 3, 4], [5, 262_142, 1, 0], [262_142, 5, 17, 0]  # 0: missing
    codes = (np.array(numbers, np.int32) for numbers in (first, last, longest))
    packed = rows.with_columns(pl.Series("others", other_codes(*codes))).with_columns(
        spell_traits("start", "degree", "others").alias("packed")
    )
    with macros_and(packed) as connection:
        found = connection.sql(
            "select traits_start(packed), traits_degree(packed), traits_is_whole(packed), "
            "coalesce(traits_code_last(packed) + 1, 0), "
            "coalesce(traits_code_longest(packed) + 1, 0), "
            "packed = pack_traits(start, degree, true, nullif(last_place, 0) - 1, "
            "nullif(longest_place, 0) - 1) from packed"
        ).fetchall()
    assert found == [
        (start, degree, True, last, longest, True) for start, degree, last, longest in rows.rows()
    ]


def test_persons_keep_their_names_apart():
    names = ["7", "007", "+7", " 7", "7.0", "-7", "", "0", "1e3", "1_0", "anna"]
    names += ["9223372036854775807", "9223372036854775808", "18446744073709551615"]
    persons = pl.Series([*names, "anna"])
    keys = person_keys(persons)
    texts = person_texts(persons, keys)
    assert keys.n_unique() == len(names)
    text_of = dict(texts.iter_rows())
    assert [text_of.get(key, str(key)) for key in keys] == [*names, "anna"]
    assert len(texts) == len(names) - 2
    assert person_texts(pl.Series(["7", "12"]), person_keys(pl.Series(["7", "12"]))).is_empty()
    assert person_keys(pl.Series(["7", "12"])).to_list() == [7, 12]


def test_codes_of_one_form_have_one_number():
    book = CodeBook()
    first = book.values.column(pl.Series(["f43.8 a", None, "F438A", "okänd", "M54"]))
    second = book.values.column(pl.Series(["M54", "F43.8A"]))
    assert first[0] == first[2] == second[1]
    assert first[1] == 0
    assert first[4] == second[0]
    assert book.frame().rows() == sorted(
        zip(book.frame()["code_no"], ["", "F438A", "okänd", "M54"], strict=True)
    )


def test_texts_without_a_number_count_as_missing():
    column = pl.Series(["01", None, "25", "127", "-1", "ab"])
    assert COUNTY_VALUES.column(column).to_list() == [1, 127, 25, 127, 127, 127]


def test_years_are_those_of_the_calendar():
    days = pl.date_range(date(1980, 1, 1), date(2158, 12, 31), eager=True)
    assert years_of(days).to_list() == days.dt.year().to_list()
    assert years_of(days.clear()).to_list() == []
