"""Judges whole columns by a contract, quickly: which rows look suspicious.

Where values repeat, each distinct text is judged once and the rows follow by its number.
The suspicious rows are judged once more as text by :mod:`fmbstats.sources.registers.checking`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np
import polars as pl

from fmbstats.sources.registers.categories import gather, numbered
from fmbstats.sources.registers.checking import split_rows
from fmbstats.sources.registers.contracts import Column, Contract
from fmbstats.sources.registers.encoding import TextValues
from fmbstats.sources.registers.packed import Bits
from fmbstats.sources.registers.rules import (
    TEXTS,
    hold_numbers,
    judged,
    value_tests,
    without_missing,
)


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows of a file after judging."""

    #: Accepted rows, typed as the contract says or with the values asked for, plus `line` (1-based
    #: line or row of the file).
    rows: pl.DataFrame
    rejects: pl.DataFrame  #: file, line, column, value, reason; one row per fault.
    #: `n_read`, `n_rejected`, `n_duplicates`: data lines; lines with at least one fault; exact
    #: repetitions already dropped.
    n_read: int
    n_rejected: int
    n_duplicates: int
    #: person_key, person_text; see :func:`fmbstats.sources.registers.encoding.person_texts`.
    texts: pl.DataFrame | None = None
    #: In a file's last block: its SHA-256, by its name.
    hashes: dict[str, str] = field(default_factory=dict)
    lost: pl.DataFrame | None = None  #: The rejected rows, typed as far as they can be read.


_MAX_TEXTS = 1 << 16
# So many rows with texts that are new are many; of as many the texts are learnt first.
_MANY_NEW = 1000
# Texts are found by the first bits of their hash; more places than texts, so that few must share.
_SLOT = Bits(46, 18)


def has_few_values(column: Column) -> bool:
    """Whether a column's texts repeat so much that each is judged once.

    Whole numbers are parsed sooner than found among those met, unless they stand for something.
    """
    is_counted = column.type == "int" or (column.type == "number" and column.allowed is None)
    return bool(column.values) or (column.unit != "id" and not is_counted)


class FewTexts:
    """A column of few values: each distinct text of a file is judged once, for all its blocks.

    Polars hashes texts in a fourth of the time that it takes to make categories of them. Several
    threads may ask at once.
    """

    # The values of the texts met, and which are suspicious; there once some texts are learnt.
    _judged: tuple[pl.Series, np.ndarray]

    def __init__(self, column: Column, contract: Contract, values: TextValues | None) -> None:
        self._column = column
        self._contract = contract
        self._values = values
        self._is_learning = Lock()
        # Where each text met lies among the values.
        self._places: dict[str | None, int] = {}
        # By the first bits of a hash: the whole hash of a text, and the text's place.
        n_slots = _SLOT.most + 1
        self._known = np.zeros(n_slots, np.uint64), np.zeros(n_slots, np.int32)

    def judge(self, series: pl.Series) -> tuple[pl.Series, np.ndarray | None]:
        """Return the column of values and which rows are suspicious; None when none is."""
        if len(self._places) > _MAX_TEXTS:
            # No column of few: no table is to grow with each of its blocks.
            places, texts = numbered(series)
            values, is_odd = self._judge_texts(texts)
        else:
            places = self._places_of(series)
            values, is_odd = self._judged
        is_odd = is_odd.take(places) if is_odd.any() else is_odd[:0]
        return gather(values.alias(series.name), places), is_odd if is_odd.any() else None

    def _places_of(self, series: pl.Series) -> np.ndarray:
        hashed = _hashed(series)
        places, rows = self._met(*hashed)
        if len(rows) > _MANY_NEW:
            # New ones repeat as well, as the next days do in a register sorted by them: of some
            # rows most are learnt, and found sooner than all would be numbered.
            self._learn(numbered(series.gather(rows[:: len(rows) // _MANY_NEW + 1]))[1])
            places, rows = self._met(*hashed)
        if len(rows) or not self._places:
            numbers, texts = numbered(series.gather(rows))
            places[rows] = self._learn(texts).take(numbers)
        return places

    def _met(self, hashes: np.ndarray, slots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the places of texts that were met before, and the rows of others."""
        known, place_of = self._known
        return place_of.take(slots), np.flatnonzero(known.take(slots) != hashes)

    def _learn(self, texts: pl.Series) -> np.ndarray:
        """Judge the texts that are new, and return the places of all."""
        with self._is_learning:
            new = texts.filter(pl.Series([text not in self._places for text in texts]))
            if len(new):
                first = len(self._places)
                values, is_odd = self._judge_texts(new)
                if first:
                    values = pl.concat([self._judged[0], values])
                    is_odd = np.append(self._judged[1], is_odd)
                self._judged = values, is_odd
                places = range(first, first + len(new))
                self._places |= dict(zip(new, places, strict=True))
                # Others are looking texts up; of two in one slot the later one is found sooner.
                known, place_of = self._known[0].copy(), self._known[1].copy()
                hashes, slots = _hashed(new)
                known[slots], place_of[slots] = hashes, places
                self._known = known, place_of
            return np.array([self._places[text] for text in texts], np.int32)

    def _judge_texts(self, texts: pl.Series) -> tuple[pl.Series, np.ndarray]:
        found = judged(texts, self._column, self._contract)
        values = found["value"].alias(self._column.name)
        is_odd = found["reason"].is_not_null().to_numpy()
        return values if self._values is None else self._values.table(values), is_odd


def _hashed(texts: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the hashes of texts, and their first bits."""
    hashes = texts.hash().to_numpy()
    return hashes, _SLOT.of(hashes).view(np.int64)


def few_texts(contract: Contract, values: Mapping[str, TextValues]) -> dict[str, FewTexts]:
    """Return the columns of few values of a file that is about to be read, by name."""
    return {
        c.name: FewTexts(c, contract, values.get(c.name))
        for c in contract.columns
        if has_few_values(c)
    }


def with_values(block: Block, values: Mapping[str, TextValues]) -> Block:
    """Put values for the texts of rows that were judged as text."""
    rows = block.rows
    return replace(
        block,
        rows=rows.with_columns(v.column(rows[n]) for n, v in values.items() if n in rows.columns),
    )


def judge_columns(
    frame: pl.DataFrame, contract: Contract, few: dict[str, FewTexts]
) -> tuple[pl.DataFrame, np.ndarray]:
    """Give columns their types, and say which rows may break the contract.

    `frame`: columns typed, or as text. `few`: see `few_texts`. Returns
    `typed`: typed as the contract says, or with the values asked for; `is_suspect`: one per row.
    """
    columns = [c for c in contract.columns if c.name in frame.columns]
    is_bad = np.zeros(frame.height, bool)
    taken, tests = [], [r.is_bad() for r in contract.rules if r.concerns(frame.columns)]
    for column in columns:
        series = frame[column.name]
        if column.name in few and series.dtype == pl.String:
            series, is_odd = few[column.name].judge(series)
            if is_odd is not None:
                is_bad |= is_odd
        else:
            # Polars reads in chunks, and would align them anew for every column judged.
            series = series if series.dtype == pl.String else series.rechunk()
            series, is_odd = _judge_many(series, column, contract)
            if is_odd is not None:
                is_bad |= is_odd
            if not _is_in_range(series, column):
                tests += value_tests(column, contract)
            if series.null_count() and not column.nullable:
                is_bad |= series.is_null().to_numpy()
        taken.append(series)
    typed = pl.DataFrame(taken)
    if tests:
        found = typed.select(pl.any_horizontal(t.fill_null(False) for t in tests).alias("bad"))
        is_bad |= found["bad"].to_numpy()
    return typed, is_bad


def _judge_many(
    series: pl.Series, column: Column, contract: Contract
) -> tuple[pl.Series, np.ndarray | None]:
    """Give a column of many values its type; say which texts need a second look."""
    if series.dtype != pl.String:
        return without_missing(series, column), None
    if column.type in TEXTS:
        # Before "!" come the empty text and what starts with a blank.
        is_odd = (series < "!") | series.str.ends_with(" ")
        if column.null_values:
            is_odd |= series.is_in(column.null_values)
        if column.names_groups:
            is_odd |= hold_numbers(series)
        return series, is_odd.fill_null(False).to_numpy() if is_odd.any() else None
    found = judged(series, column, contract)
    return found["value"].alias(column.name), found["reason"].is_not_null().to_numpy()


def _is_in_range(series: pl.Series, column: Column) -> bool:
    """Whether all values of a column of whole numbers pass, by the least and the largest."""
    if column.type != "int" or column.allowed is not None or column.pattern is not None:
        return False
    least, largest = series.min(), series.max()
    if least is None:
        return True
    is_above = column.min is None or least >= column.min
    return is_above and (column.max is None or largest <= column.max)


def with_shared(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Add the columns that a file has once and a contract reads twice, such as free strata."""
    readers = {c.shown.casefold(): c.name for c in contract.columns if c.name in frame.columns}
    absent = [c for c in contract.columns if c.name not in frame.columns]
    return frame.with_columns(
        pl.col(readers[c.shown.casefold()]).alias(c.name)
        for c in absent
        if c.shown.casefold() in readers
    )


def judge_frame(
    frame: pl.DataFrame, contract: Contract, file: str, ragged: pl.DataFrame | None = None
) -> Block:
    """Judge rows given as strings (plus `line`) by their contract."""
    rows = split_rows(frame, contract, file, ragged)
    return Block(
        rows.good.with_columns(pl.col("line").cast(pl.UInt32)),
        rows.rejects,
        rows.n_read,
        rows.n_rejected,
        rows.n_duplicates,
        lost=rows.lost,
    )


def with_good(judged: Block, good: pl.DataFrame) -> Block:
    """Add rows that needed no second look to those judged as text."""
    again = judged.rows.select(pl.col(name).cast(kind) for name, kind in good.schema.items())
    return replace(judged, rows=pl.concat([good, again]), n_read=judged.n_read + good.height)
