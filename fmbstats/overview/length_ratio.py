"""Length against recommended length over many diagnoses in one number (METHODS M11).

``sum_d n_d RMST_d(tau) / sum_d n_d r_d``: days on sick leave up to tau, divided by the days that
the limits allow, for the case mix at hand. 1 means that the mean length equals the mean limit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fmbstats.adherence import LONGEST, SHORTEST, SpellCounts, limit_groups
from fmbstats.frames import pd
from fmbstats.overview.measured import MeasuredEntries
from fmbstats.settings import SETTINGS
from fmbstats.stats.intervals import z_value

ALL = "all"


@dataclass(frozen=True, eq=False)
class LengthRatio:
    """The index by disease group and over all.

    A spell counts when all its limits lie after the register's entry day and within the horizon:
    for others neither side of the ratio is seen. An entry of which too few spells count, or too
    few do not, stays out whole, so that nothing can be found by subtraction.
    """

    overview: MeasuredEntries = field(repr=False)
    year: int  #: Start year of the spells.
    tau_days: int  #: Horizon of the restricted mean.
    #: One row per disease group, the last one over all (group "all"): group, n_entries, n_spells,
    #: mean_days (restricted mean of the spells counted), ratio_longest, ratio_shortest, each with
    #: `_lo` and `_hi` (95 %).
    frame: pd.DataFrame

    @classmethod
    def of(
        cls, overview: MeasuredEntries, year: int, tau_days: int = SETTINGS.horizon_days
    ) -> LengthRatio:
        """Measure the entries of `overview` among the spells started in `year`."""
        parts = _parts(overview, year, tau_days)
        by_group = [_ratio(part, str(name)) for name, part in parts.groupby("group", sort=True)]
        frame = pd.DataFrame([*by_group, _ratio(parts, ALL)])
        return cls(overview, year, tau_days, frame)

    @property
    def total(self):
        """The row over all entries."""
        return self.frame.iloc[-1]


def _parts(overview: MeasuredEntries, year: int, tau_days: int) -> pd.DataFrame:
    """One row per entry: group, n_spells, days, variance, allowed_longest, allowed_shortest."""
    ids = list(overview.entries["entry_id"])
    ledger = overview.store.ledger_by("all", year)
    place = ledger["entry_id"].map({entry_id: k for k, entry_id in enumerate(ids)})
    ledger, stratum = ledger[place.notna()], place.dropna().to_numpy(dtype=np.int64)
    entry_day = overview.store.entry_day
    counts = SpellCounts.of_ledger(ledger, overview.store.noise)
    seen, stratum = counts.given_outlasting(entry_day), stratum[counts.time > entry_day]
    limits = overview.store.limits(overview.month_days)
    groups = limit_groups(seen, stratum, len(ids), limits, entry_day=entry_day)
    mean, se = groups.curves.restricted_mean(tau_days)
    counted = groups.is_seen(SHORTEST) & (groups.longest <= tau_days) & np.isfinite(mean)
    n = np.where(counted, groups.n_spells, 0.0)
    frame = pd.DataFrame(
        {
            "group": overview.entries["disease_group_name"],
            "n_spells": groups.total(n),
            "days": groups.total(n * np.where(counted, mean, 0.0)),
            "variance": groups.total((n * np.where(counted, se, 0.0)) ** 2),
            f"allowed_{LONGEST}": groups.total(n * np.where(counted, groups.longest, 0.0)),
            f"allowed_{SHORTEST}": groups.total(n * np.where(counted, groups.shortest, 0.0)),
        }
    )
    return frame[frame["n_spells"] > 0]


def _ratio(parts: pd.DataFrame, name: str) -> dict[str, object]:
    """Put the entries of a group together: sums of days over sums of allowed days."""
    total = parts.drop(columns="group").sum()
    n = total["n_spells"]
    half = z_value(0.95) * np.sqrt(total["variance"])
    row: dict[str, object] = {
        "group": name,
        "n_entries": len(parts),
        "n_spells": int(n),
        "mean_days": total["days"] / n if n else np.nan,
    }
    for end in (LONGEST, SHORTEST):
        allowed = total[f"allowed_{end}"] or np.nan
        row[f"ratio_{end}"] = total["days"] / allowed
        row[f"ratio_{end}_lo"] = (total["days"] - half) / allowed
        row[f"ratio_{end}_hi"] = (total["days"] + half) / allowed
    return row
