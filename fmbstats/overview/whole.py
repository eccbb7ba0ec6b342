"""All FMB entries at once: what can be judged, and how the lengths compare."""

from __future__ import annotations

from dataclasses import dataclass

from fmbstats.overview.change import YearChange
from fmbstats.overview.length_ratio import LengthRatio
from fmbstats.overview.measured import MeasuredEntries
from fmbstats.overview.ranking import Ranking


@dataclass(frozen=True, eq=False)
class Overview(MeasuredEntries):
    """The entries, and the questions asked of all of them; see `MeasuredEntries`."""

    def change(self, year_before: int | None = None) -> YearChange | None:
        """Compare with an earlier year, by default the one before; None when there is none.

        Parameters
        ----------
        year_before : int, optional
            A start year that the store holds.
        """
        before = self.year - 1 if year_before is None else year_before
        return YearChange.of(self, before) if before in self.store.years else None

    def ranking(self) -> Ranking:
        """Order the entries by their share over the longest limit; ranks with intervals."""
        return Ranking.of(self)

    def length_ratio(self, year: int | None = None) -> LengthRatio:
        """Length against recommended length over all entries (ODG's index), in a start year."""
        return LengthRatio.of(self, year or self.year)
