"""The numbers the house agrees on, once each: threshold, entry day, horizon, months.

What a user may choose has its option or parameter; its default stands here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Defaults of every estimate, table and page."""

    #: Smallest count that is shown when small numbers are protected (5, as Inera).
    threshold: int = 5
    #: An employee's spell is in the register from the day after this one, when Försäkringskassan
    #: takes over from the employer.
    entry_day: int = 14
    horizon_days: int = 365  #: Mean lengths and days over a limit are counted up to this day.
    month_days: int = 30  #: Days of a recommended month.
    month_conventions: tuple[int, int] = (30, 31)  #: What else a month may be.
    min_spells: int = 30  #: A group of fewer is joined with its neighbour, or not compared.
    near: float = 1e-6  #: Two numbers closer than this are equal.
    table: str = "adherence.csv"  #: Name of the file of all numbers that a folder tells.
    #: Name of the file of all measures by all groups, told or not.
    measured: str = "adherence.parquet"

    def other_month(self, month_days: int) -> int:
        """Return the convention that is not `month_days`.

        Examples
        --------
        >>> Settings().other_month(30)
        31
        """
        return sum(self.month_conventions) - month_days


SETTINGS = Settings()

# What persons are counted by; who is of none of these is "unknown".
SEXES = ("women", "men")
AGE_GROUPS = ("16-29", "30-39", "40-49", "50-59", "60+")
COUNTIES = tuple(f"{n:02}" for n in (1, *range(3, 11), 12, 13, 14, *range(17, 26)))
#: Other, equally reasonable readings of a register: no gap bridged, gaps of up to 14 days bridged,
#: a spell counted under its last or longest diagnosis.
READINGS = ("gap_0", "gap_14", "last", "longest")
