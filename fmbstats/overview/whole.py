"""All FMB entries at once: what can be judged, and how the lengths compare."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from fmbstats.diagnosis.comparing import regions_of
from fmbstats.diagnosis.spells import DiagnosisSpells
from fmbstats.frames import rows_of
from fmbstats.overview.change import YearChange
from fmbstats.overview.length_ratio import LengthRatio
from fmbstats.overview.measured import MeasuredEntries
from fmbstats.overview.ranking import Ranking
from fmbstats.results.county_shares import MIN_COUNTIES
from fmbstats.settings import SETTINGS
from fmbstats.stats.multiplicity import benjamini_hochberg

COUNTY_COLUMNS = ("entry_id", "stratum", "limit_days", "n_spells", "share", "p", "q")


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

    def county_tests(self) -> pd.DataFrame:
        """Ask of every entry which counties differ, as one family of questions (METHODS M17).

        Each is compared at the limit that most of its spells have.

        Returns
        -------
        DataFrame
            One row per entry and county with a standardised share: `COUNTY_COLUMNS`; `q` by
            Benjamini and Hochberg over all rows, not over each entry's own.
        """
        store, parts = self.store, [pd.DataFrame(columns=list(COUNTY_COLUMNS[:-1]))]
        sizes = store.n_spells(self.year)
        for entry in rows_of(self.entries):
            limit = self.year_limits[entry.entry_id].main_day
            # Fewer spells cannot be enough in three counties.
            if limit is None or sizes.get(entry.entry_id, 0) < MIN_COUNTIES * SETTINGS.min_spells:
                continue
            spells = DiagnosisSpells(
                store, "entry", entry.entry_id, entry.name,
                year=self.year, month_days=self.month_days,
            )  # fmt: skip
            found = regions_of(spells, limit)
            if found is not None:
                frame = found.frame[found.frame["p"].notna()]
                parts.append(
                    frame[["stratum", "n_spells", "share", "p"]].assign(
                        entry_id=entry.entry_id, limit_days=limit
                    )
                )
        frame = pd.concat([p for p in parts if len(p)] or parts, ignore_index=True)
        frame["q"] = benjamini_hochberg(frame["p"].to_numpy(float)) if len(frame) else []
        return frame[list(COUNTY_COLUMNS)]

    def length_ratio(self, year: int | None = None) -> LengthRatio:
        """Length against recommended length over all entries (ODG's index), in a start year."""
        return LengthRatio.of(self, year or self.year)
