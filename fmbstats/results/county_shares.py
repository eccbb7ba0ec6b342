"""Counties measured against the nation at one limit: standardised share, funnel, ends expected."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fmbstats.adherence import SMALL
from fmbstats.frames import pd
from fmbstats.results.fixed_limit import share_frame
from fmbstats.settings import SETTINGS
from fmbstats.stats import special
from fmbstats.stats.expected import observed_expected
from fmbstats.stats.funnel import effective_n, fit_funnel
from fmbstats.stats.intervals import share_interval
from fmbstats.stats.standardise import collapse_strata, standardised_share

MIN_COUNTIES = 3
_TOLD = ("share", "lo", "hi", "variance")


def counties_compared(
    rows: pd.DataFrame, nation: pd.DataFrame, limit_days: int, entry_day: int, noise: float
) -> tuple[float, float, pd.DataFrame] | None:
    """Return the nation's share, tau2 and the counties of a `Regions`; None as `regions_of`.

    `rows`, `nation`: ledger rows by county, age and sex; of all spells together. `noise`: variance
    of a count around the exact one; see `Store.noise`.
    """
    rows = rows[rows["duration_day"] > entry_day]
    sizes = rows.groupby("county_code", observed=True)["n"].sum()
    counties = sorted(c for c in sizes.index if c != "unknown")
    if (sizes.reindex(counties) >= SETTINGS.min_spells).sum() < MIN_COUNTIES:
        return None
    all_in_one = np.zeros(len(nation), np.int64)
    national = share_frame(nation, all_in_one, ["all"], limit_days, entry_day, noise)["share"]
    if math.isnan(national.iloc[0]):
        return None
    frame = _standardised(rows, counties, limit_days, entry_day, noise)
    # A share of 0 or 1 has no error of its own, and no place in a funnel.
    has_error = frame["share"].between(0, 1, inclusive="neither")
    if has_error.sum() < MIN_COUNTIES:
        return None
    funnel, tau2 = _funnel(frame, national.iloc[0])
    ends = _observed_expected(rows, counties, sizes)
    return float(national.iloc[0]), tau2, pd.concat([frame, funnel, ends], axis=1)


def _cells(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Age x sex cell of each row, the nation's spells per cell (weights), and its sex."""
    names, cell = np.unique(
        (rows["sex"].astype(str) + "|" + rows["age_group"].astype(str)).to_numpy(dtype=str),
        return_inverse=True,
    )
    sex = np.unique([name.split("|")[0] for name in names], return_inverse=True)[1]
    return cell, np.bincount(cell, rows["n"], minlength=len(names)), sex


def _standardised(rows, counties, limit_days, entry_day, noise) -> pd.DataFrame:
    """Direct standardisation (M14); thin cells of a county are joined with their neighbours.

    So are cells where nobody, or everybody, exceeds: such a share has no error of its own. Where
    a county's share can still not be standardised it has none: never the crude one in its place.
    """
    place = {county: k for k, county in enumerate(counties)}
    unit = rows["county_code"].map(place).fillna(-1).to_numpy(dtype=np.int64)
    known = unit >= 0
    crude = share_frame(rows[known], unit[known], counties, limit_days, entry_day, noise)
    # Of a small county the number alone is known, not its ages and sexes.
    is_used = known & (crude["n_spells"].to_numpy() >= SETTINGS.min_spells)[unit]
    rows, unit = rows[is_used], unit[is_used]
    cell, weights, sex = _cells(rows)
    n_cells = len(weights)
    sizes = np.bincount(unit * n_cells + cell, rows["n"], minlength=len(counties) * n_cells)
    sizes = sizes.reshape(len(counties), n_cells)
    # All cells of all counties in one pass. The noise of protected counts is one of each county.
    cells = _Cells(rows, unit, cell, limit_days, entry_day)
    joined = np.array([collapse_strata(sex, own) for own in sizes])
    share, variance = cells.shares(joined)
    told = np.take_along_axis(share, joined, axis=1)
    joined = np.array(
        [collapse_strata(sex, own) for own in np.where((told > 0) & (told < 1), sizes, 0)]
    )
    share, variance = cells.shares(joined)
    # As arrays: writing into a frame, cell by cell, takes longer than all the estimates.
    sizes, crude_share = (crude[name].to_numpy(dtype=float) for name in ("n_spells", "share"))
    told = crude[list(_TOLD)].to_numpy(dtype=float, copy=True)
    flags = crude["flags"].to_numpy(dtype=object, copy=True)
    for k, n in enumerate(sizes):
        used = joined[k].max() + 1
        standard = np.bincount(joined[k], weights, minlength=used)
        found = standardised_share(standard, share[k, :used], variance[k, :used])
        if math.isfinite(found.estimate) and math.isfinite(found.se):
            extra = noise * (1 - found.estimate + found.estimate**2) / n**2
            lo, hi = share_interval(found.estimate, found.se**2 + extra)
            told[k] = (found.estimate, float(lo), float(hi), found.se**2 + extra)
        elif math.isfinite(crude_share[k]):
            told[k], flags[k] = math.nan, SMALL
    return crude.assign(**dict(zip(_TOLD, told.T, strict=True)), flags=flags)


@dataclass(frozen=True, eq=False)
class _Cells:
    """Rows of the counties by age x sex cell, to be measured as the cells are joined."""

    rows: pd.DataFrame
    unit: np.ndarray
    cell: np.ndarray
    limit_days: int
    entry_day: int

    def shares(self, joined: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Share over the limit and its variance by county and joined cell; NaN without spells."""
        n_cells = joined.shape[1]
        stratum = self.unit * n_cells + joined[self.unit, self.cell]
        labels = [str(k) for k in range(joined.size)]
        found = share_frame(self.rows, stratum, labels, self.limit_days, self.entry_day)
        share, variance = (found[name].to_numpy(dtype=float) for name in ("share", "variance"))
        return share.reshape(joined.shape), variance.reshape(joined.shape)


def _funnel(frame: pd.DataFrame, centre: float) -> tuple[pd.DataFrame, float]:
    n = effective_n(frame["share"].to_numpy(), frame["variance"].to_numpy(dtype=float))
    found = fit_funnel(frame["share"].to_numpy(), n, centre=centre)
    p = 2 * special.ndtr(-np.abs(found.z_adjusted))
    columns = {"n_effective": n, "z": found.z_adjusted, "p": p}
    return pd.DataFrame(columns), float(found.tau2_winsorised)


def _observed_expected(rows: pd.DataFrame, counties: list[str], sizes) -> pd.DataFrame:
    """Ends of each county against the hazard of all others by age and sex (M15)."""
    place = {county: k for k, county in enumerate(counties)}
    unit = rows["county_code"].map(place).fillna(-1).to_numpy(dtype=np.int64)
    entry = np.maximum(rows["entry_day"].to_numpy(), 0)
    found = observed_expected(
        unit,
        _cells(rows)[0],
        rows["duration_day"].to_numpy(),
        rows["end_reason"].to_numpy(),
        entry=np.maximum(entry, entry.max()),
        n=rows["n"].to_numpy(),
        n_units=len(counties),
        is_own_in=False,
    )
    is_small = (sizes.reindex(counties) < SETTINGS.min_spells).to_numpy()
    columns = {"ratio": found.ratio, "ratio_lo": found.lo, "ratio_hi": found.hi}
    shown = {k: np.where(is_small, np.nan, v) for k, v in columns.items()}
    return pd.DataFrame(shown | {"ends_flags": np.where(is_small, SMALL, "")})
