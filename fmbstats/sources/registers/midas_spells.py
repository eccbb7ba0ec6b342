"""MiDAS part rows become spells: run by run, in rows sorted by spell.

The rows of a spell (person, first day) contradict each other, or have a last day, a sex, the
first, last and longest diagnosis, a county, an occupation and a degree together. ``midas.py`` has
the rules in words, and packs the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl

from fmbstats.settings import SETTINGS
from fmbstats.sources.registers.encoding import (
    UNKNOWN_COUNTY,
    UNKNOWN_DEGREE,
    coded_cell,
    other_codes,
    own_cell,
    pack_segments,
    spell_traits,
    traits,
)
from fmbstats.sources.registers.packed import Cell, PartOrder, PartTraits, Place
from fmbstats.sources.registers.spellsource import MadeSpells

EMPLOYED = 8
SPELL = ("person_id", "start_date")
_ORDER = "part_order"
_CONTENT = ("last_date", "part_end", "code_no", "own_cell", "traits")
# A spell of several rows has these of its first one, or all its rows alike.
_FROM_FIRST = ("start", "last", "insured", "occupation_no")
_OPEN = 2**31 - 1
_CONTRADICTION = "the rows of this spell disagree on its last day, sex or birth year"
_TOO_SHORT = "an employed person's spell of at most 14 days; the register starts on day 15"


def spells_of_parts(rows: pl.DataFrame, first_row: int, cutoff_date: date) -> MadeSpells:
    """Make spells of the part rows of some whole spells.

    `rows`: packed by :func:`fmbstats.sources.registers.midas.canonical_block`; the rows of a spell
    together. `first_row`: how many rows came before; spells are numbered by it. `cutoff_date`: what
    is seen of a spell after this day does not count.
    """
    is_first, is_repeat, is_sorted = _compared(rows)
    if not is_sorted:
        rows = rows.sort(*SPELL, _ORDER, *_CONTENT, "place")
        is_first, is_repeat, _ = _compared(rows)
    parts = _Parts.of_rows(rows.filter(~is_repeat) if is_repeat.any() else rows)
    starts = np.flatnonzero(is_first[~is_repeat])
    sizes = np.diff(starts, append=len(parts.start))
    spells = _first_rows(parts, starts, cutoff_date)
    if (sizes > 1).any():
        _combine(spells, parts, sizes)
    entry_day = np.where(spells["insured"] == EMPLOYED, SETTINGS.entry_day, 0)
    is_too_short = spells["last"] - spells["start"] + 1 <= entry_day
    is_bad = spells["is_contradiction"] | is_too_short
    is_other = spells["occupation_no"] == 0
    spells["spell_id"] = first_row + 1 + starts
    is_kept = ~is_bad & ~is_other
    return MadeSpells(
        spells=_packed({name: values[is_kept] for name, values in spells.items()}),
        segments=_segments(parts, np.repeat(is_kept & ~spells["is_whole"], sizes),
                           np.repeat(spells["spell_id"], sizes)),
        rejects=_rejects(rows, is_first, is_bad, spells["is_contradiction"]),
        n_duplicates=int((is_repeat & ~_by_row(is_bad, is_first)).sum()),
        n_excluded=int((is_other & ~spells["is_contradiction"]).sum()),
    )  # fmt: skip


def _compared(rows: pl.DataFrame) -> tuple[np.ndarray, np.ndarray, bool]:
    """Say which rows begin a spell, which repeat the one before; and whether all are in order."""
    person, start, order = (rows[name].to_physical().to_numpy() for name in (*SPELL, _ORDER))
    is_first = np.ones(len(rows), bool)
    is_first[1:] = (person[1:] != person[:-1]) | (start[1:] != start[:-1])
    step = np.diff(order, prepend=order[:1])
    alike = np.flatnonzero(~is_first & (step == 0))
    is_same = [rows[n].gather(alike).eq_missing(rows[n].gather(alike - 1)) for n in _CONTENT]
    is_repeat = np.zeros(len(rows), bool)
    is_repeat[alike] = pl.select(pl.all_horizontal(is_same)).to_series().to_numpy()
    return is_first, is_repeat, bool((is_first | is_repeat | (step > 0)).all())


class _Parts(SimpleNamespace):
    """Columns of part rows as arrays; days since 1970, the last day of ongoing spells _OPEN."""

    @classmethod
    def of_rows(cls, rows: pl.DataFrame) -> _Parts:
        return cls(
            person=rows["person_id"].to_numpy(),
            start=rows["start_date"].to_physical().to_numpy(),
            last=rows["last_date"].to_physical().fill_null(_OPEN).to_numpy(),
            first_day=PartOrder.first_day.of(rows[_ORDER].to_numpy()).astype(np.int32),
            last_day=rows["part_end"].to_physical().to_numpy(),
            code_no=rows["code_no"].to_numpy(),
            cell=rows["own_cell"].to_numpy(),
            traits=rows["traits"].to_numpy(),
        )

    @property
    def degree(self) -> np.ndarray:
        """Percent; UNKNOWN_DEGREE for none."""
        return PartTraits.degree.of(self.traits)

    def at(self, places: np.ndarray) -> _Parts:
        """Some of the rows."""
        return _Parts(**{name: values.take(places) for name, values in vars(self).items()})


def _first_rows(parts: _Parts, starts: np.ndarray, cutoff_date: date) -> dict[str, np.ndarray]:
    """Spells as their first rows tell them, which is all for spells of one row."""
    first = parts.at(starts)
    cutoff = (cutoff_date - date(1970, 1, 1)).days
    entry_day = Cell.entry_day.of(first.cell)
    covers_all = (first.first_day == first.start + entry_day) & (first.last_day == first.last)
    is_degreeless = first.degree == UNKNOWN_DEGREE
    return {
        "person": first.person,
        "start": first.start,
        "last": first.last,
        "code_no": first.code_no,
        "other_codes": np.zeros(len(starts), np.int64),
        "own_cell": first.cell,
        "traits": first.traits,
        "degree": first.degree,
        "occupation_no": PartTraits.occupation.of(first.traits),
        "insured": PartTraits.insured.of(first.traits),
        # One segment with that degree covers all days that count, none of them after the cut-off.
        "is_whole": is_degreeless | (covers_all & (first.last <= cutoff)),
        "is_contradiction": np.zeros(len(starts), bool),
    }


@dataclass(frozen=True, eq=False)
class _Runs:
    """Rows of spells of several rows; `starts` are the places of their first ones."""

    parts: _Parts
    starts: np.ndarray

    def least(self, values: np.ndarray) -> np.ndarray:
        return np.minimum.reduceat(values, self.starts)

    def most(self, values: np.ndarray) -> np.ndarray:
        return np.maximum.reduceat(values, self.starts)

    def differ(self, values: np.ndarray, is_known: np.ndarray | None = None) -> np.ndarray:
        """Whether known values are not all alike."""
        if is_known is None:
            return self.least(values) != self.most(values)
        least = self.least(np.where(is_known, values, _OPEN))
        return (least != _OPEN) & (least != self.most(np.where(is_known, values, -1)))

    def first(self, values: np.ndarray, is_known: np.ndarray, missing: int) -> np.ndarray:
        """The first known value, in the order of parts."""
        n = len(values)
        at = self.least(np.where(is_known, np.arange(n), n))
        return np.where(at < n, values[np.minimum(at, n - 1)], missing)

    def last(self, values: np.ndarray, is_known: np.ndarray, missing: int) -> np.ndarray:
        """The last known value."""
        at = self.most(np.where(is_known, np.arange(len(values)), -1))
        return np.where(at >= 0, values[at], missing)


def _combine(spells: dict, parts: _Parts, sizes: np.ndarray) -> None:
    """Put into `spells` what several rows tell together."""
    several = np.flatnonzero(sizes > 1)
    own = sizes.take(several)
    rows = _Runs(parts.at(np.flatnonzero(np.repeat(sizes > 1, sizes))), np.cumsum(own) - own)
    part = rows.parts
    sex, county = Cell.sex.of(part.cell), Cell.county.of(part.cell)
    birth_year = PartTraits.birth_year.of(part.traits)
    has_code, has_county = part.code_no > 0, county != UNKNOWN_COUNTY
    code_no = rows.first(part.code_no, has_code, 0)
    code_last = rows.last(part.code_no, has_code, 0)
    has_several = rows.differ(part.code_no, has_code)
    code_longest = np.where(has_several, _longest(rows, own, has_several), code_no)
    found = {
        "code_no": code_no,
        "other_codes": other_codes(code_no, code_last, code_longest),
        "degree": rows.first(part.degree, part.degree != UNKNOWN_DEGREE, UNKNOWN_DEGREE),
        "is_whole": np.zeros(len(own), bool),
        "is_contradiction": rows.differ(part.last)
        | rows.differ(sex)
        | rows.differ(birth_year, birth_year > 0),
    }
    known = {
        "sex_no": rows.least(sex),
        "birth_year": rows.most(birth_year),
        "county_no": rows.first(county, has_county, UNKNOWN_COUNTY),
        "degree": found["degree"],
    } | {name: spells[name].take(several) for name in _FROM_FIRST}
    for name, values in (found | _cells(known)).items():
        spells[name].put(several, values)


def _cells(known: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Pack the cell and the traits of spells of several rows, as reading packs those of one."""
    spells = pl.DataFrame(known).with_columns(
        pl.col("start").cast(pl.Date).dt.year().alias("start_year"),
        pl.when(pl.col("birth_year") > 0).then("birth_year").alias("birth_year"),
        pl.when(pl.col("insured") == EMPLOYED)
        .then(SETTINGS.entry_day).otherwise(0).alias("entry_day"),
        (pl.col("last") != _OPEN).cast(pl.Int64).alias("end_reason"),
    )  # fmt: skip
    packed = spells.select(
        own_cell("start_year", "sex_no", "birth_year", "county_no", "entry_day", "end_reason")
        .alias("own_cell"),
        traits("birth_year", "occupation_no", "degree").alias("traits"),
    )  # fmt: skip
    return {name: packed[name].to_numpy() for name in packed.columns}


def _longest(rows: _Runs, sizes: np.ndarray, has_several: np.ndarray) -> np.ndarray:
    """The diagnosis with most days, for spells that have several; ties go to the earlier one.

    The days before the first part (the employer's sick-pay period) belong to the first diagnosis.
    """
    longest = np.zeros(len(sizes), np.int32)
    part = rows.parts.at(np.flatnonzero(np.repeat(has_several, sizes)))
    chosen = np.flatnonzero(has_several)
    spell = np.repeat(chosen, sizes[chosen])
    first_part = np.repeat(rows.parts.first_day[rows.starts[chosen]], sizes[chosen])
    days = part.last_day - part.first_day + 1
    days += np.where(part.first_day == first_part, part.first_day - part.start, 0)
    told = pl.LazyFrame(
        {
            "spell": spell,
            "code": part.code_no,
            "degree": part.degree,
            "first_day": part.first_day,
            "last_day": part.last_day,
            "days": days,
            "place": np.arange(len(days)),
        }
    ).filter(pl.col("code") > 0)
    if _shared(spell, part.first_day).any():
        told = told.unique(["spell", "code", "degree", "first_day", "last_day"], keep="first")
    ranked = (
        told.group_by("spell", "code")
        .agg(pl.col("days").sum(), pl.col("place").min())
        .sort("spell", "days", "place", descending=[True, False, True])
        .collect()
    )
    # A spell's best row comes last, and stays.
    longest[ranked["spell"].to_numpy()] = ranked["code"].to_numpy()
    return longest


def _packed(spells: dict[str, np.ndarray]) -> pl.DataFrame:
    """Return the columns of the table ``incoming`` of spells."""
    is_ended = pl.col("last") != _OPEN
    n_days = pl.when(is_ended).then(pl.col("last") - pl.col("start") + 1).otherwise(0)
    frame = pl.DataFrame(spells).with_columns(pl.col("start").cast(pl.Date).alias("start_date"))
    return frame.select(
        "spell_id",
        pl.col("person").alias("person_key"),
        coded_cell(pl.col("own_cell"), "code_no", n_days).alias("coded_cell"),
        "traits",
        spell_traits("start_date", "degree", "other_codes", "is_whole")
        .alias("spell_traits"),
    )  # fmt: skip


def _segments(parts: _Parts, is_asked: np.ndarray, spell_id: np.ndarray) -> pl.DataFrame:
    """Degree segments of the spells that one does not cover, each once."""
    is_asked &= (parts.degree != UNKNOWN_DEGREE) & (parts.last_day >= parts.first_day)
    asked = np.flatnonzero(is_asked)
    part, spell_id = parts.at(asked), spell_id.take(asked)
    segments = pl.DataFrame(
        {
            "spell_id": spell_id,
            "packed": pack_segments(
                part.first_day - part.start + 1,
                part.last_day - part.start + 1,
                part.degree,
                part.code_no,
            ),
        }
    )
    is_shared = _shared(spell_id, part.first_day)
    if not is_shared.any():
        return segments
    return pl.concat([segments.filter(~is_shared), segments.filter(is_shared).unique()])


def _shared(spell: np.ndarray, first_day: np.ndarray) -> np.ndarray:
    """Which parts begin on one day with another of their spell; no others can be alike."""
    is_shared = np.zeros(len(spell), bool)
    is_shared[1:] = (spell[1:] == spell[:-1]) & (first_day[1:] == first_day[:-1])
    is_shared[:-1] |= is_shared[1:]
    return is_shared


def _by_row(values: np.ndarray, is_first: np.ndarray) -> np.ndarray:
    """Give every row its spell's value."""
    return values[np.cumsum(is_first) - 1] if values.any() else np.zeros(len(is_first), bool)


def _rejects(
    rows: pl.DataFrame, is_first: np.ndarray, is_bad: np.ndarray, is_contradiction: np.ndarray
) -> pl.DataFrame:
    """All rows of the spells whose rows contradict each other, or which no register holds."""
    bad = rows.with_columns(
        pl.Series("is_bad", _by_row(is_bad, is_first)),
        pl.Series("is_contradiction", _by_row(is_contradiction, is_first)),
    ).filter("is_bad")
    return bad.select(
        Place.file.of_column(pl.col("place")).alias("file_no"),
        Place.line.of_column(pl.col("place")).alias("line"),
        pl.lit("FALL_TOM_DATUM").alias("column"),
        pl.concat_str(
            [pl.col(n).cast(pl.String) for n in (*SPELL, "last_date")],
            separator=", ",
            ignore_nulls=True,
        ).alias("value"),
        pl.when("is_contradiction").then(pl.lit(_CONTRADICTION)).otherwise(pl.lit(_TOO_SHORT))
        .alias("reason"),
    )  # fmt: skip
