"""All FMB entries at once: what can be judged, and how the lengths compare."""

from __future__ import annotations

from dataclasses import dataclass, field

from fmbstats.adherence import LONGEST
from fmbstats.frames import pd
from fmbstats.overview.change import YearChange
from fmbstats.overview.length_ratio import LengthRatio
from fmbstats.overview.measured import ENDS_OF, MeasuredEntries
from fmbstats.stats.intervals import z_value
from fmbstats.stats.multiplicity import simultaneous_ranks

_SEED = 2017


@dataclass(frozen=True, eq=False)
class Ranking:
    """The entries by the least share that exceeds their limits, and how sure that order is.

    Only entries with a lower bound are ranked, by it: where a case without limit is possible
    nothing is known to exceed. The intervals hold for all ranks at once.
    """

    overview: MeasuredEntries = field(repr=False)
    #: One row per entry with a lower bound that may be shown, the largest first: entry_id,
    #: limit_days (NaN where the spells have several), n_spells, share, lo, hi; rank (1 = largest;
    #: equal shares share ranks), rank_lo, rank_hi (95 %, all at once).
    frame: pd.DataFrame

    @classmethod
    def of(cls, overview: MeasuredEntries) -> Ranking:
        """Rank the entries of `overview` by the spells that began in its year."""
        metric = f"share_over_{LONGEST}"
        ids = [i for i in overview.entries["entry_id"] if LONGEST in ENDS_OF[overview.form(i)]]
        rows = [overview.row(entry_id, metric) for entry_id in ids]
        rows = [row for row in rows if row.estimate == row.estimate]
        frame = pd.DataFrame(
            {
                "entry_id": [row.rec_id for row in rows],
                "limit_days": [row.limit_days for row in rows],
                "n_spells": [row.n_spells for row in rows],
                "share": [row.estimate for row in rows],
                "lo": [row.lo for row in rows],
                "hi": [row.hi for row in rows],
            }
        )
        # Width of the limits of confidence gives the standard error back; 0 where there are none.
        se = (frame["hi"] - frame["lo"]).fillna(0.0).to_numpy(float) / (2 * z_value(0.95))
        ranks = simultaneous_ranks(frame["share"].to_numpy(float), se, seed=_SEED)
        frame["rank"], frame["rank_lo"], frame["rank_hi"] = ranks
        frame = frame.sort_values(["rank", "entry_id"], kind="stable", ignore_index=True)
        return cls(overview, frame)


@dataclass(frozen=True, eq=False)
class Overview(MeasuredEntries):
    """The entries, and the questions asked of all of them; see `MeasuredEntries`."""

    def change(self, year_before: int | None = None) -> YearChange | None:
        """Compare with an earlier year, by default the one before; None: the store has none."""
        before = self.year - 1 if year_before is None else year_before
        return YearChange.of(self, before) if before in self.store.years else None

    def ranking(self) -> Ranking:
        """Order the entries by their share over the longest limit; ranks with intervals."""
        return Ranking.of(self)

    def length_ratio(self, year: int | None = None) -> LengthRatio:
        """Length against recommended length over all entries (ODG's index), in a start year."""
        return LengthRatio.of(self, year or self.year)
