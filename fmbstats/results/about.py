"""What a result says of the spells it was made from: names, period, register, limits, rules.

Results hold this, not the diagnosis: what carries a sentence cannot ask the store anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fmbstats import codes, words
from fmbstats.recommendations.yardstick import YearLimits
from fmbstats.words import Absent


@dataclass(frozen=True)
class Release:
    """What a report says of how its counts were protected."""

    #: Nothing in it is decided by fewer spells; None for exact results that must stay.
    threshold: int | None = None

    @property
    def is_internal(self) -> bool:
        """True when results are exact and must not be published."""
        return self.threshold is None

    def count(self, n: Any, language: str) -> Any:
        """Write a count; one that is not told says why."""
        return Absent.SMALL_N if n is None or n != n else words.count(n, language)


INTERNAL = Release()


@dataclass(frozen=True)
class About:
    """The subject of a result."""

    title: str  #: The entry's name, or the code with its name.
    codes: tuple[str, ...]  #: The FMB codes of the entry, or the code itself; without dots.
    year: int | None  #: Start year of the spells; None for all years.
    month_days: int  #: {30, 31}: days of a recommended month.
    entry_day: int  #: Day up to which the register does not see every spell.
    limits_days: tuple[int, ...]  #: The distinct upper limits in days, ascending.
    #: Which of them the spells are held against, and which came or went during the year.
    yardstick: YearLimits
    register_name: str
    cutoff_date: date  #: Last day that the register knows of.
    gap_days: int  #: Spells of a person with at most so many days between them are one.
    length_basis: str  #: What the register's length is counted in.
    is_synthetic: bool  #: The register was drawn, not observed.
    #: Exact results for internal analysis, or the rules for publication.
    release: Release = field(default=INTERNAL, repr=False)

    @property
    def short_name(self) -> str:
        """The first codes, or the title where there are none."""
        shown = ", ".join(map(codes.dotted, self.codes[:2]))
        return shown + (" …" if len(self.codes) > 2 else "") if shown else self.title

    @property
    def main_limit(self) -> int | None:
        """The one limit of a figure: what most of the spells have; None without one."""
        return self.yardstick.main_day
