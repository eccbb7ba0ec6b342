"""Ask questions of one packed number per spell along a sort, beside DuckDB.

Numpy sorts ten million whole numbers in half of the processor time that polars needs, and polars in
a fourth of what DuckDB needs to sort or group them. SQL packs the numbers (views with the columns
part and packed), and goes on with the few rows that come back. Numbers are fetched in parts, so
that memory stays bounded however many spells there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import numpy as np
import polars as pl

from fmbstats.sources.registers.packed import Span

MAX_NUMBERS = 1 << 24
# Looked at in pieces that stay in the processor's cache: a fourth of the time.
_PIECE = 1 << 16


def numbers_in_parts(
    connection: duckdb.DuckDBPyConnection, view: str, max_numbers: int = MAX_NUMBERS
) -> Iterator[pl.Series]:
    """Give the numbers of a view, those whose `part` is alike together.

    `view`: with the columns part (any whole number, evenly spread) and packed. `max_numbers`: about
    the most numbers that are given at once.
    """
    n_numbers = connection.execute("select count(*) from spell_cells").fetchall()[0][0]
    n_parts = 1
    while n_numbers > n_parts * max_numbers:
        n_parts *= 2
    for part in range(n_parts):
        chosen = f"where part & {n_parts - 1} = {part}" if n_parts > 1 else ""
        yield connection.sql(f"select packed from {view} {chosen}").pl()["packed"]


def counted(numbers: pl.Series) -> pl.DataFrame:
    """Count every distinct number.

    `numbers`: in any order. Returns the columns packed (sorted), n.

    Examples
    --------
    >>> counted(pl.Series([7, 3, 7])).rows()
    [(3, 1), (7, 2)]
    """
    runs = pl.Series(np.sort(numbers)).rle().struct.unnest()
    return runs.select(pl.col("value").alias("packed"), pl.col("len").cast(pl.Int64).alias("n"))


def near_persons(spans: pl.Series, gap_days: Sequence[int] = (14,)) -> list[pl.Series]:
    """Say who has a spell that starts at most `gap_days` days after an earlier one's next day.

    `spans`: a spell each: 30 bits of the person, 16 its first day, 17 the day after its last.
    Sorted, a person's spells stand together, and neighbours tell: the first spell near any earlier
    one is near the one just before it, for that one is not inside another. Persons may share their
    30 bits: some are named in vain, none is missed. `gap_days`: days without leave between two
    spells; -1: they share a day. Returns, for each number of days, the 30 bits of those persons,
    once each.
    """
    numbers = np.sort(spans)
    widest = max(gap_days)
    near = [[np.array([], np.int64)] for _ in gap_days]
    for first in range(0, len(numbers) - 1, _PIECE):
        piece = numbers[first : first + _PIECE + 1]
        person, start = Span.person.of(piece), Span.start.of(piece)
        # The day after the last, put where a start has its day.
        after = Span.person.put(person, above=Span.first_day.shift) + Span.next_day.of(piece)
        idle = start[1:] - after[:-1]
        rows = np.flatnonzero(idle <= widest)  # few: the rest is looked at once
        for found, most in zip(near, gap_days, strict=True):
            found.append(person[rows[idle[rows] <= most] + 1])
    return [pl.Series("person_part", np.concatenate(found)).unique() for found in near]
