"""Columns of few distinct values as small numbers: judged, mapped and stored once per value.

A register of ten million rows has some thousand diagnoses and days, two sexes, 21 counties. Each
distinct text is looked at once; the rows carry numbers only. What a row alone decides of its cell
of the ledger is packed here; the SQL puts the answer in place of the code
(``fmbstats/sql/stg_cell_macros.sql`` has the layout).
"""

from __future__ import annotations

import operator
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, reduce
from threading import Lock

import numpy as np
import polars as pl

from fmbstats.codes import CodeError, normalise
from fmbstats.sources.registers.categories import gather, numbered
from fmbstats.sources.registers.packed import Cell, PartTraits, Place, Segment, SpellTraits
from fmbstats.sources.registers.remarks import Remarks

SEX_NUMBERS = {"women": 1, "men": 2}
OCCUPATION_NUMBERS = {
    "employed": 1, "unemployed": 2, "self_employed": 3, "student": 4, "parental_leave": 5
}  # fmt: skip
OTHER_OCCUPATION = 7
UNKNOWN_COUNTY = 127
UNKNOWN_DEGREE = 127
PERSON_TEXTS = {"person_key": pl.Int64, "person_text": pl.String}
# "F32.-", "F32-P" (KSH97-P), "F32.9 Depressiv episod", "F32.1 - Medelsvår depressiv episod".
# Not two codes in one cell: the second would be lost.
_OTHER_FORMS = re.compile(
    r"([A-Z]\d\d(?:\.?[0-9A-Z]{1,3})?)(?:\.?-P?)?(?![\s\W]+[A-Z]\d\d)"
    r"(?:$|\s*[-–—:,;]\s+\S|\s+[^\d\s.]{2}|\s*\()"
)
_REWRITTEN = (
    "{n} different codes were written in another form, such as F32.-, F32-P or a code with its "
    "words; the code was read."
)
_FIRST_YEAR = 1990
_FIRST_DAY = (date(1980, 1, 1) - date(1970, 1, 1)).days


@dataclass(frozen=True)
class TextValues:
    """What stands for the texts of a column of few."""

    of: Callable[[str], object]  #: Text -> value, or None.
    kind: pl.DataType | type[pl.DataType]  #: Of the values.
    missing: int | None = None  #: Stands for a missing text, and for one without a value.

    def after(self, names: Mapping[str, str] | None) -> TextValues:
        """Return the values of texts that are first put into other words."""
        return self if names is None else replace(self, of=lambda text: self._of(names.get(text)))

    def _of(self, text: str | None) -> object:
        return None if text is None else self.of(text)

    def table(self, texts: pl.Series) -> pl.Series:
        """Return the values of distinct texts."""
        values = [self._of(text) for text in texts]
        table = pl.Series(texts.name, values, dtype=self.kind)
        return table if self.missing is None else table.fill_null(self.missing)

    def column(self, column: pl.Series) -> pl.Series:
        """Return the values of a column of texts, having asked for each distinct one once."""
        numbers, texts = numbered(column.cast(pl.String))
        return gather(self.table(texts.alias(column.name)), numbers)


def county_number(text: str) -> int | None:
    """Return a county's number; None when the text is none."""
    return int(text) if text.isdecimal() and int(text) < UNKNOWN_COUNTY else None


SEX_VALUES = TextValues(SEX_NUMBERS.get, pl.Int32, 0)
COUNTY_VALUES = TextValues(county_number, pl.Int32, UNKNOWN_COUNTY)
# Any other word than the known ones has a number of its own.
OCCUPATION_VALUES = TextValues(
    lambda text: OCCUPATION_NUMBERS.get(text, OTHER_OCCUPATION), pl.Int32, 0
)


class CodeBook:
    """Numbers for the diagnoses of one register, in the order they are met; 0 is a missing one.

    Codes are brought to their normal form; malformed ones are kept as they are. Several threads
    may ask at once.

    `remarks`: told how many codes were written in a form that is not ICD-10-SE's own.
    """

    def __init__(self, remarks: Remarks | None = None) -> None:
        self._remarks = remarks or Remarks()
        self._numbers = {"": 0}
        self._of_text: dict[str, int] = {"": 0}
        self._is_adding = Lock()

    def number(self, text: str) -> int:
        """Return the number of a code, however it is written."""
        found = self._of_text.get(text)
        if found is None:
            with self._is_adding:
                found = self._numbers.setdefault(
                    normalised(text, self._remarks), len(self._numbers)
                )
                self._of_text[text] = found
        return found

    @property
    def values(self) -> TextValues:
        """What stands for the codes of a column; 0 for a missing one."""
        return TextValues(self.number, pl.Int32, 0)

    @property
    def check_sums(self) -> pl.Series:
        """24 bits for every code so far: arbitrary, but the same in every run."""
        return pl.Series([zlib.crc32(c.encode()) % 2**24 for c in [*self._numbers]], dtype=pl.Int64)

    def frame(self) -> pl.DataFrame:
        """Return all codes met: code_no, code."""
        return pl.DataFrame(
            {"code_no": list(self._numbers.values()), "code": list(self._numbers)},
            schema={"code_no": pl.Int32, "code": pl.String},
        )


def normalised(text: str, remarks: Remarks | None = None) -> str:
    """Return a code's normal form; a malformed code as it is.

    Understood beside ICD-10-SE's own forms: a category as the classification prints it, a code of
    the primary-care list KSH97-P, and a code with its words.

    >>> normalised("f32.1"), normalised("F32.-"), normalised("F32-P")
    ('F321', 'F32', 'F32')
    >>> normalised("F32.1 - Medelsvår depressiv episod"), normalised("F32, Z73")
    ('F321', 'F32, Z73')
    """
    try:
        return normalise(text)
    except CodeError:
        found = _OTHER_FORMS.match(text.strip().upper())
    if found is None:
        return text
    if remarks is not None:
        remarks.count(_REWRITTEN)
    return normalise(found[1])


def person_keys(persons: pl.Series) -> pl.Series:
    """Persons as whole numbers: person_key, Int64.

    A whole number written plainly is its own key; any other text is hashed into the negative
    numbers, so that the two never meet.
    """
    # In one chunk, as all other columns are: to align them later costs more.
    numbers = persons.cast(pl.Int64, strict=False).rechunk().alias("person_key")
    is_number = (persons >= "1") & numbers.is_not_null()
    if is_number.all(ignore_nulls=False):
        return numbers
    hashed = -((persons.hash(seed=0) // 2).cast(pl.Int64)) - 1
    return numbers.zip_with(is_number.fill_null(False), hashed)


def person_texts(persons: pl.Series, keys: pl.Series) -> pl.DataFrame:
    """Return the texts that keys do not give back, once each: person_key, person_text."""
    return pl.DataFrame([keys, persons.alias("person_text")]).filter(keys < 0).unique()


def years_of(dates: pl.Series) -> pl.Series:
    """Return the years of dates from 1980 to 2158, none missing."""
    return gather(_year_of_each_day(), dates.to_physical().to_numpy() - _FIRST_DAY)


@cache
def _year_of_each_day() -> pl.Series:
    """By day since 1980, as many as traits can hold: looked up in a tenth of the time.

    Made when it is first asked for: an import that starts polars' threads lets no later fork live.
    """
    days = pl.int_range(_FIRST_DAY, _FIRST_DAY + SpellTraits.first_day.most + 1, eager=True)
    return days.cast(pl.Date).dt.year()


def own_cell(
    start_year: str, sex_no: str, birth_year: str, county_no: str, entry_day: str, end_reason: str
) -> pl.Expr:
    """Pack what a row alone decides of its cell: all but the answer and the days."""
    year, born = pl.col(start_year).cast(pl.Int32), pl.col(birth_year).cast(pl.Int32)
    age_no = ((year - born) // 10 - 1).clip(1, 5).fill_null(0)
    # Down to the entry day the number has 27 bits: half as much to move about.
    fields = {
        Cell.year: year - _FIRST_YEAR,
        Cell.sex: pl.col(sex_no),
        Cell.age: age_no,
        Cell.county: pl.col(county_no),
        Cell.entry_day: pl.col(entry_day),
    }
    low = Cell.entry_day.shift
    placed = (bits.put(value.cast(pl.Int32), above=low) for bits, value in fields.items())
    packed = reduce(operator.add, placed)
    return Cell.above_days.put(packed.cast(pl.Int64)) + pl.col(end_reason)


def coded_cell(cell: pl.Expr, code_no: str, n_days: pl.Expr) -> pl.Expr:
    """Add the code and all days of a spell (0 = ongoing) to its own cell; see coded_spells."""
    code = Cell.answer.put(pl.col(code_no).cast(pl.Int64))
    return cell + code + Cell.days.put(n_days.cast(pl.Int64))


def traits(birth_year: str, occupation_no: str, degree_pct: str) -> pl.Expr:
    """Pack birth year (0 = unknown), occupation and degree into one number."""
    year = pl.col(birth_year).cast(pl.Int32).fill_null(0)
    degree = pl.col(degree_pct).cast(pl.Int32).fill_null(UNKNOWN_DEGREE)
    occupation = PartTraits.occupation.put(pl.col(occupation_no))
    return (PartTraits.birth_year.put(year) + occupation + degree).cast(pl.Int32)


def other_codes(first: np.ndarray, last: np.ndarray, longest: np.ndarray) -> np.ndarray:
    """Pack a spell's last and longest code where they are not its first; 0 where both are.

    `first`, `last`, `longest` (int, shape (n,)): numbers of codes; 0 is a missing one. Returns
    (shape (n,)) see pack_traits in the SQL.
    """
    packed = np.zeros(len(first), np.int64)
    for codes, bits in ((last, SpellTraits.code_last), (longest, SpellTraits.code_longest)):
        # Few differ: only they are worked out.
        rows = np.flatnonzero(codes != first)
        codes = codes[rows].astype(np.int64)
        packed[rows] += bits.put(codes + 1) * (codes > 0)
    return packed


def spell_traits(
    start_date: str, degree_pct: str, other_codes: str, is_whole: str | None = None
) -> pl.Expr:
    """Pack what is known of a spell beside its cell; see pack_traits in the SQL.

    `start_date`, `degree_pct`: columns; the degree may be null. `other_codes`: column; see the
    function of this name. `is_whole`: column: whether one segment with that degree covers all days;
    by default it does.
    """
    day = pl.col(start_date).to_physical() - _FIRST_DAY
    degree = pl.col(degree_pct).cast(pl.Int32).fill_null(UNKNOWN_DEGREE)
    whole = SpellTraits.is_whole.put(1 if is_whole is None else pl.col(is_whole).cast(pl.Int32))
    packed = SpellTraits.degree.put(degree) + day + whole
    return packed.cast(pl.Int64) + pl.col(other_codes)


def pack_segments(
    from_day: np.ndarray, to_day: np.ndarray, degree_pct: np.ndarray, code_no: np.ndarray
) -> np.ndarray:
    """Pack degree segments, whole numbers each; see pack_segment in the SQL."""
    days = Segment.from_day.put(from_day.astype(np.int64))
    days += Segment.to_day.put(to_day.astype(np.int64))
    return days + Segment.degree.put(degree_pct.astype(np.int64)) + code_no


def place(file_no: int) -> pl.Expr:
    """Pack a row's file and line into one number that sorts by file, then line."""
    return Place.file.put(pl.lit(file_no, pl.Int64)) + pl.col("line")
