"""Which diagnoses have the largest share over their limit, and how sure that order is (M13).

One question of every entry: what share of the year's spells lasts longer than its longest limit?
The shares are put in order, 1 for the largest; the interval of a rank comes from drawing every
entry's ends anew (bootstrap of the ledger). Only shares that may be shown are ranked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from fmbstats.overview.change import SharesAtLimits, longest_limit, shares_over
from fmbstats.overview.measured import MeasuredEntries
from fmbstats.stats.contrasts import difference_at
from fmbstats.stats.multiplicity import benjamini_hochberg, rank_units
from fmbstats.stats.survival import fit_curves

N_DRAWS = 500
_SEED = 2017


@dataclass(frozen=True, eq=False)
class Ranking:
    """The entries by their share over the longest limit.

    Attributes
    ----------
    overview : MeasuredEntries
    frame : DataFrame
        One row per entry whose share is known and may be shown, the largest first: entry_id,
        limit_days, n_spells, share, lo, hi; rank (1 = largest; equal shares share ranks), rank_lo,
        rank_hi (95 %, one entry at a time); p (the share is that of the other entries together,
        weighted by spells) and q (adjusted for asking of all of them).
    n_draws : int
        Draws of the intervals of ranks.
    """

    overview: MeasuredEntries = field(repr=False)
    frame: pd.DataFrame
    n_draws: int

    @classmethod
    def of(cls, overview: MeasuredEntries, n_draws: int = N_DRAWS) -> Ranking:
        """Rank the entries of `overview` by the spells that began in its year."""
        limit = np.array([longest_limit(overview, i) for i in overview.entries["entry_id"]])
        shares = shares_over(overview, overview.year, limit)
        shares = shares[shares["share"].notna()].rename(columns={"stratum": "entry_id"})
        shares = shares.reset_index(drop=True)
        frame = shares[["entry_id", "limit_days", "n_spells", "share", "lo", "hi"]].copy()
        frame["rank"], frame["rank_lo"], frame["rank_hi"] = _ranks(overview, frame, n_draws)
        frame["p"] = _against_others(shares)
        frame["q"] = benjamini_hochberg(frame["p"])
        frame = frame.sort_values(["rank", "entry_id"], kind="stable", ignore_index=True)
        return cls(overview, frame, n_draws)


def _ranks(overview: MeasuredEntries, frame: pd.DataFrame, n_draws: int):
    """Return rank, lo and hi of each row of `frame`; 1 = the largest share."""
    ids = list(frame["entry_id"])
    if not ids:
        return (np.empty(0),) * 3
    ledger, entry_day = overview.store.ledger_by("all", overview.year), overview.store.entry_day
    ledger = ledger[ledger["entry_id"].isin(set(ids)) & (ledger["duration_day"] > entry_day)]
    group = ledger["entry_id"].map({entry_id: k for k, entry_id in enumerate(ids)})
    curves = fit_curves(
        group.to_numpy(dtype=np.int64),
        ledger["duration_day"].to_numpy(),
        ledger["end_reason"].to_numpy(),
        entry=np.maximum(ledger["entry_day"].to_numpy(), entry_day),
        n=ledger["n"].to_numpy(),
        n_groups=len(ids),
        noise=overview.store.noise,
    )
    limit = frame["limit_days"].to_numpy()
    found = rank_units(curves, limit, n_draws=n_draws, seed=_SEED)
    after = len(ids) + 1
    return after - found.rank, after - found.hi, after - found.lo


def _against_others(shares: pd.DataFrame) -> np.ndarray:
    """Return p-values: an entry's share is that of all other entries together."""
    share, n = shares["share"].to_numpy(dtype=float), shares["n_spells"].to_numpy(dtype=float)
    variance = shares["variance"].to_numpy(dtype=float)
    n_others = np.where(n.sum() > n, n.sum() - n, np.nan)
    mean = ((n * share).sum() - n * share) / n_others
    # A share of 0 or 1 has no variance of its own; it adds none to the others'.
    part = n**2 * np.nan_to_num(variance)
    spread = (part.sum() - part) / n_others**2
    others = SharesAtLimits(mean, spread)
    return difference_at(SharesAtLimits(share, variance), others, shares["limit_days"]).p
