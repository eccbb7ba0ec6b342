"""Whether diagnoses with longer limits become commoner: over time, by county, within a spell.

An issuer may keep within the recommendation by choosing a diagnosis that has a longer one. Each
entry is held to *one* limit for all years (the stated limit that most of its spells have), so that
revisions move nothing; within an ICD chapter an entry has a *longer* limit when it lies above the
limit that parts the chapter's spells most evenly. The share of spells with a longer limit is taken
within chapters and weighed by the chapters' spells of all years, so that it does not follow which
chapters grow.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from fmbstats.codes import chapter
from fmbstats.recommendations.yardstick import main_day
from fmbstats.settings import SETTINGS
from fmbstats.stats.intervals import z_value
from fmbstats.stats.steering import smallest_detectable
from fmbstats.store import Store, lookups
from fmbstats.words.refused import Refused

MIN_YEARS = 3


@dataclass(frozen=True, eq=False)
class Drift:
    """What was found."""

    #: Entry id -> its one limit, in days; entries whose chapter has no longer and shorter ones are
    #: left out.
    limits: dict[str, int] = field(repr=False)
    #: Entries whose limit lies above that which parts their chapter's spells most evenly.
    longer: frozenset[str] = field(repr=False)
    #: `years`, `counties`: stratum, n_spells, share, lo, hi: spells with a longer limit, weighed
    #: alike over chapters.
    years: pd.DataFrame = field(repr=False)
    counties: pd.DataFrame = field(repr=False)
    #: `change`, `lo`, `hi`, `p`: difference of the share from the first year to the last on the
    #: line fitted through all, with 95 % limits (Student's t, widened where the years scatter more
    #: than chance).
    change: float
    lo: float
    hi: float
    p: float
    #: first, last (entry ids), n: spells whose last diagnosis lies under another entry.
    changes: pd.DataFrame = field(repr=False)
    #: Spells of which first and last diagnosis are known; NaN where the register does not say.
    n_known: float

    @property
    def smallest_detectable(self) -> float:
        """Smallest change that would probably have been found, in shares."""
        return smallest_detectable((self.hi - self.lo) / 2 / z_value(0.95))

    @property
    def n_to_longer(self) -> float:
        """Spells that ended under an entry with a longer limit than they began with."""
        return float(self._moved(1))

    @property
    def n_to_shorter(self) -> float:
        """Spells that ended under an entry with a shorter limit."""
        return float(self._moved(-1))

    def _moved(self, sign: int) -> float:
        if not len(self.changes):
            return 0.0
        first, last = (self.changes[name].map(self.limits) for name in ("first", "last"))
        return float(self.changes.loc[np.sign(last - first) == sign, "n"].sum())


def evaluate_drift(store: Store) -> Drift:
    """Evaluate drift of diagnoses towards longer limits.

    `store`: exact, or a release store, whose counts are protected. Raises Refused: too few years,
    or no chapter has both shorter and longer limits.
    """
    if len(store.years) < MIN_YEARS:
        raise Refused("few_years", n=len(store.years), least=MIN_YEARS)
    of_year = _seen(store, "start_year")
    limits = _limits(store, of_year)
    chapters = {e: chapter(code) for e, code, _ in lookups.entries_with_revisions(store)}
    size = of_year.groupby("entry_id")["n"].sum()
    limits, longer = _parted(limits, chapters, size)
    if not longer:
        raise Refused("no_longer")
    weights = size[list(limits)].groupby(chapters.__getitem__).sum()
    weights = weights / weights.sum()
    years = _shares(of_year, limits, longer, chapters, weights, store.noise)
    counties = _seen(store, "county_code")
    counties = counties[counties["stratum"] != "unknown"]
    changes, n_known = store.reader.diagnosis_changes()
    return Drift(
        limits, longer, years, _shares(counties, limits, longer, chapters, weights, store.noise),
        *_change(years), changes, n_known,
    )  # fmt: skip


def _seen(store: Store, column: str) -> pd.DataFrame:
    """Spells that outlast the entry day: entry_id, stratum, match_id, n."""
    rows = store.ledger_by(column, None)
    rows = rows[rows["duration_day"] > store.entry_day]
    return rows.groupby(["entry_id", "stratum", "match_id"])["n"].sum().reset_index()


def _limits(store: Store, rows: pd.DataFrame) -> dict[str, int]:
    """The one limit of each entry: the yardstick's main day of its spells of all years."""
    limits = store.limits(SETTINGS.month_days)
    found = {}
    for entry, own in rows.groupby("entry_id"):
        by_set = own[own["match_id"] >= 0].groupby("match_id")["n"].sum()
        counts = dict(zip(by_set.index.tolist(), by_set.tolist(), strict=True))
        day = main_day(counts, limits, 0)
        if day is not None:
            found[str(entry)] = day
    return found


def _parted(
    limits: dict[str, int], chapters: dict[str, str], size: pd.Series
) -> tuple[dict[str, int], frozenset[str]]:
    """Part the entries of each chapter; chapters with one limit only are left out."""
    kept: dict[str, int] = {}
    longer: set[str] = set()
    for name in sorted({chapters[e] for e in limits}):
        own = [e for e in limits if chapters[e] == name]
        total = sum(size[e] for e in own)
        cuts = sorted({limits[e] for e in own})[:-1]
        if not cuts:
            continue
        above = {cut: [e for e in own if limits[e] > cut] for cut in cuts}
        even = min(cuts, key=lambda cut: abs(sum(size[e] for e in above[cut]) / total - 0.5))
        kept |= {e: limits[e] for e in own}
        longer |= set(above[even])
    return kept, frozenset(longer)


def _shares(
    rows: pd.DataFrame,
    limits: dict[str, int],
    longer: frozenset[str],
    chapters: dict[str, str],
    weights: pd.Series,
    noise: float,
) -> pd.DataFrame:
    """Share with a longer limit by stratum, weighed alike over chapters; of chapters seen there."""
    rows = rows[rows["entry_id"].isin(limits)]
    rows = rows.assign(
        chapter=rows["entry_id"].map(chapters), k=rows["n"] * rows["entry_id"].isin(longer)
    )
    found = []
    for stratum, own in rows.groupby("stratum", sort=True):
        cells = own.groupby("chapter")[["n", "k"]].sum()
        w = weights[cells.index] / weights[cells.index].sum()
        p = cells["k"] / cells["n"]
        # Counts of a release store carry the rule's noise, in the part and in the whole.
        spread = p * (1 - p) / cells["n"] + noise * (1 + p**2) / cells["n"] ** 2
        share, se = float((w * p).sum()), float(np.sqrt((w**2 * spread).sum()))
        half = z_value(0.95) * se
        found.append((str(stratum), int(cells["n"].sum()), share, share - half, share + half, se))
    return pd.DataFrame(found, columns=["stratum", "n_spells", "share", "lo", "hi", "se"])


def _change(years: pd.DataFrame) -> tuple[float, float, float, float]:
    """Change from the first year to the last on a weighted line: change, lo, hi, p."""
    x = years["stratum"].astype(float).to_numpy()
    x = (x - x.min()) / (x.max() - x.min())
    y, weight = years["share"].to_numpy(), 1 / years["se"].to_numpy() ** 2
    centre = weight @ x / weight.sum()
    spread = weight @ (x - centre) ** 2
    slope = float(weight @ ((x - centre) * y) / spread)
    left = y - weight @ y / weight.sum() - slope * (x - centre)
    df = len(x) - 2
    scale = max(1.0, float(weight @ left**2 / df))
    se = float(np.sqrt(scale / spread))
    half = float(stdtrit(df, 0.975)) * se
    return slope, slope - half, slope + half, float(2 * stdtr(df, -abs(slope) / se))
