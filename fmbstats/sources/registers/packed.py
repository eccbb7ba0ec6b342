"""The layout of numbers that hold several columns: the one place that counts bits.

Millions of spells are grouped, sorted and kept by one whole number instead of eight columns. What
lies where is said here, and in `sql/stg_cell_macros.sql` for DuckDB; a test packs with the one and
reads with the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Bits:
    """A field of a packed whole number.

    >>> days = Bits(3, 15)
    >>> days.of(days.put(90) + 5)
    90
    """

    shift: int  #: Bits below the field.
    width: int  #: Bits of the field.

    @property
    def most(self) -> int:
        """Largest value that fits."""
        return (1 << self.width) - 1

    def put(self, value: Any, above: int = 0) -> Any:
        """Return a value (int, array or polars expression) in its place.

        `value`: whole numbers from 0 to `most`, of a type that holds the result. `above`: leave out
        so many bits below: numbers of 32 bits are half as much to move about.
        """
        return value * (1 << (self.shift - above))

    def of(self, packed: Any) -> Any:
        """Read the field of an int or an array."""
        return (packed >> self.shift) & self.most

    def of_column(self, packed: pl.Expr) -> pl.Expr:
        """Read the field of a polars expression of numbers that are not negative."""
        return packed // (1 << self.shift) % (1 << self.width)


class Cell:
    """A cell of the ledger; `answer` is a code's number as long as it has no answer."""

    end_reason, days, entry_day = Bits(0, 3), Bits(3, 15), Bits(18, 9)
    county, age, sex, year = Bits(27, 7), Bits(34, 3), Bits(37, 2), Bits(39, 6)
    answer = Bits(45, 18)
    # From the entry day to the year, as they stand, one number.
    above_days = Bits(18, 27)


class Course:
    """What is below the persons in a cell, with a recommendation's number on top."""

    end_reason, days, entry_day, match = Cell.end_reason, Cell.days, Cell.entry_day, Bits(27, 36)
    whole = Bits(0, 27)


class PartTraits:
    """What is known of a row of a spell beside its cell; MiDAS knows who was insured, too."""

    degree, occupation, birth_year, insured = Bits(0, 7), Bits(7, 3), Bits(10, 12), Bits(24, 7)


class SpellTraits:
    """What is known of a spell beside its cell; codes are numbers + 1, 0 where they are the first.

    The first day counts from 1980.
    """

    first_day, degree, is_whole = Bits(0, 16), Bits(16, 7), Bits(23, 1)
    code_last, code_longest = Bits(24, 18), Bits(42, 18)


class Segment:
    """A degree segment; its days count from the spell's first."""

    code, degree, to_day, from_day = Bits(0, 20), Bits(20, 7), Bits(27, 17), Bits(44, 17)


class Place:
    """A row's file and line: sorts by file, then line."""

    line, file = Bits(0, 32), Bits(32, 31)


class PartOrder:
    """The order of the rows of one spell: first day, length, and what tells equal ones apart."""

    check_sum, length, first_day = Bits(0, 24), Bits(24, 16), Bits(40, 23)


class CertificateOrder:
    """The order of certificates: first day, day of signature, content."""

    content, signed, day = Bits(0, 31), Bits(31, 16), Bits(47, 16)


class Span:
    """A person's spell: 30 bits of the person, first day, the day after the last."""

    next_day, first_day, person = Bits(0, 17), Bits(17, 16), Bits(33, 30)
    # Person and first day as they stand, one number.
    start = Bits(17, 46)
