"""What changed since an earlier year: one question asked of every entry, adjusted for asking.

The question: is the share of spells longer than a limit another among the spells that began this
year than among those that began in the earlier one? The limit is the longest in force this year,
and the same for both years, so that a revision moves the yardstick of neither (METHODS M13, M19).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fmbstats.adherence import TRUNCATED
from fmbstats.frames import pd, rows_of
from fmbstats.overview.measured import MeasuredEntries
from fmbstats.results.common import value_or_reason
from fmbstats.results.fixed_limit import share_frame
from fmbstats.stats.contrasts import share_difference
from fmbstats.stats.multiplicity import benjamini_hochberg
from fmbstats.words import Absent

Q_LIMIT = 0.05


@dataclass(frozen=True, eq=False)
class YearChange:
    """The share over a fixed limit in two years, entry by entry."""

    overview: MeasuredEntries = field(repr=False)
    #: `year`, `year_before`: start years.
    year: int
    year_before: int
    #: One row per entry: entry_id, limit_days (NaN without one), n_spells, share, lo, hi and the
    #: same with `_before`; difference, difference_lo, difference_hi (share - share_before, 0-1); p,
    #: q (NaN where not compared); reason (None where compared).
    frame: pd.DataFrame

    @classmethod
    def of(cls, overview: MeasuredEntries, year_before: int) -> YearChange:
        """Compare `overview.year` with `year_before`."""
        limit = np.array([main_limit(overview, i) for i in overview.entries["entry_id"]])
        now, before = both = [
            shares_over(overview, year, limit) for year in (overview.year, year_before)
        ]
        found = share_difference(
            *((year["share"].to_numpy(float), year["variance"].to_numpy(float)) for year in both)
        )
        frame = pd.DataFrame(
            {"entry_id": overview.entries["entry_id"], "limit_days": limit}
            | {name: now[name] for name in ("n_spells", "share", "lo", "hi")}
            | {f"{name}_before": before[name] for name in ("n_spells", "share", "lo", "hi")}
            | {
                "difference": found.estimate,
                "difference_lo": found.lo,
                "difference_hi": found.hi,
                "p": found.p,
                "q": benjamini_hochberg(found.p),
            }
        )
        rows = zip(rows_of(now), rows_of(before), strict=True)
        reasons = [_reason(*pair, overview) for pair in rows]
        frame["reason"] = pd.Series(reasons, dtype=object)
        return cls(overview, overview.year, year_before, frame)

    @property
    def compared(self) -> pd.DataFrame:
        """The entries with a difference."""
        return self.frame[self.frame["difference"].notna()]


def main_limit(overview: MeasuredEntries, entry_id: str) -> float:
    """The limit that most of an entry's spells have, if it can be seen; NaN without one."""
    day = overview.year_limits[entry_id].main_day
    return math.nan if day is None else float(day)


def shares_over(overview: MeasuredEntries, year: int, limit: np.ndarray) -> pd.DataFrame:
    """Share over each entry's limit among the spells started in a year."""
    ids = list(overview.entries["entry_id"])
    ledger = overview.store.ledger_by("all", year)
    place = ledger["entry_id"].map({entry_id: k for k, entry_id in enumerate(ids)})
    ledger, place = ledger[place.notna()], place.dropna()
    entry_day = overview.store.entry_day
    # A limit is needed to read a curve; rows without one are emptied below.
    frame = share_frame(
        ledger, place.to_numpy(dtype=np.int64), ids, np.nan_to_num(limit, nan=entry_day), entry_day,
        overview.store.noise,
    )  # fmt: skip
    frame.loc[np.isnan(frame["share"]), ["lo", "hi", "variance"]] = np.nan
    return frame


def _reason(now: Any, before: Any, overview: MeasuredEntries) -> Any:
    if not (math.isnan(now.share) or math.isnan(before.share)):
        return None
    why = overview.recommendations[now.stratum].why_no_limit
    if why is not None:
        return why
    for row in (now, before):
        if row.n_spells == 0:
            return Absent.NO_SPELLS
        if math.isnan(row.share):
            flag = TRUNCATED if TRUNCATED in row.flags else row.flags
            return value_or_reason(row.share, flag)
    return Absent.MISSING
