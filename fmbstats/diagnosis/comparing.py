"""A diagnosis' groups against each other: two groups or periods, and the counties."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from fmbstats.adherence import SMALL
from fmbstats.diagnosis.comparison_measures import measures, tests_of
from fmbstats.diagnosis.spells import DiagnosisSpells
from fmbstats.errors import UnknownNameError
from fmbstats.results import Regions, column_of
from fmbstats.results.common import STRATA
from fmbstats.results.comparison import Comparison
from fmbstats.results.comparison_groups import MIN_AT_RISK, mix_of
from fmbstats.results.fixed_limit import share_frame
from fmbstats.settings import SETTINGS
from fmbstats.stats.expected import observed_expected
from fmbstats.stats.funnel import effective_n, fit_funnel
from fmbstats.stats.intervals import share_interval
from fmbstats.stats.multiplicity import benjamini_hochberg
from fmbstats.stats.standardise import collapse_strata, standardised_share
from fmbstats.stats.survival import Curve, fit_curve

MIN_COUNTIES = 3


def comparison_of(
    spells: DiagnosisSpells,
    by: str,
    first: Any,
    second: Any,
    *,
    limits_days: Sequence[int] | None = None,
    tau_days: int = SETTINGS.horizon_days,
) -> Comparison:
    """Measure both groups; see `Diagnosis.compare`."""
    column = column_of(by)
    if column == "all":
        raise UnknownNameError(f"A comparison needs groups: give by as one of {', '.join(STRATA)}.")
    rows = _rows_seen(spells, column)
    groups = (_listed(first), _listed(second))
    rows["group"] = _group_numbers(rows[column], groups, by)
    rows = rows[rows["group"] >= 0]
    curves = (_curve_of(rows[rows["group"] == 0]), _curve_of(rows[rows["group"] == 1]))
    limits = _limits_of(spells, column, groups) if limits_days is None else limits_days
    limits = tuple(sorted({int(d) for d in limits}))
    tau = min(tau_days, *(_last_day_at_risk(curve) for curve in curves))
    mix = mix_of(column)
    frame = pd.DataFrame(measures(curves, rows, mix, limits, tau))
    return Comparison(spells.about, by, groups, curves, limits, tau, frame, tests_of(rows, mix))


def _rows_seen(spells: DiagnosisSpells, column: str) -> pd.DataFrame:
    """Ledger rows under observation after the entry day, entering on it at the earliest."""
    frame = spells.store.exact.ledger(spells.kind, spells.key)
    if spells.year is not None and column != "start_year":
        frame = frame[frame["start_year"] == spells.year]
    frame = frame[frame["duration_day"] > spells.entry_day].copy()
    frame["entry_day"] = np.maximum(frame["entry_day"], spells.entry_day)
    return frame


def _listed(given: Any) -> tuple[str, ...]:
    """Names of the strata of one group, given as one or as several."""
    several = isinstance(given, Sequence | np.ndarray | range) and not isinstance(given, str)
    return tuple(str(x) for x in (given if several else [given]))


def _group_numbers(values: pd.Series, groups: tuple, by: str) -> np.ndarray:
    """0 for the first group, 1 for the second, -1 for neither."""
    known = values.astype(str)
    for name in (*groups[0], *groups[1]):
        if name not in set(known):
            listed = ", ".join(sorted(set(known)))
            raise UnknownNameError.among(f"Group of {by}", name, set(known), f"Known: {listed}.")
    both = set(groups[0]) & set(groups[1])
    if both:
        raise UnknownNameError(f"{', '.join(sorted(both))} is in both groups of the comparison.")
    return np.where(known.isin(groups[0]), 0, np.where(known.isin(groups[1]), 1, -1))


def _curve_of(rows: pd.DataFrame) -> Curve:
    """Fit the curve of one group."""
    return fit_curve(
        rows["duration_day"].to_numpy(), rows["end_reason"].to_numpy(),
        entry=rows["entry_day"].to_numpy(), n=rows["n"].to_numpy(),
    )  # fmt: skip


def _limits_of(spells: DiagnosisSpells, column: str, groups: tuple) -> set[int]:
    """Every limit in force for the groups; for periods those of each year compared."""
    if column != "start_year":
        return set(spells.recommendation.limits_days)
    years = [int(year) for group in groups for year in group]
    changed = [spells.with_settings(year=year).recommendation.limits_days for year in years]
    return {limit for limits in changed for limit in limits}


def _last_day_at_risk(curve: Curve) -> int:
    """Last day with enough at risk for a mean length; 1 when there never are."""
    enough = curve.day[curve.at_risk >= MIN_AT_RISK]
    return int(enough[-1]) if len(enough) else 1


def regions_of(spells: DiagnosisSpells, limit_days: int) -> Regions | None:
    """Compare counties; None when fewer than three have enough spells."""
    rows = spells.rows("county_persons")
    rows = rows[rows["duration_day"] > spells.entry_day]
    sizes = rows.groupby("county_code", observed=True)["n"].sum()
    counties = sorted(c for c in sizes.index if c != "unknown")
    if (sizes.reindex(counties) >= SETTINGS.min_spells).sum() < MIN_COUNTIES:
        return None
    national = _share(spells.rows(None), limit_days, spells)
    if math.isnan(national["share"]):
        return None
    frame = _standardised(rows, counties, limit_days, spells)
    # A share of 0 or 1 has no error of its own, and no place in a funnel.
    has_error = frame["share"].between(0, 1, inclusive="neither")
    if has_error.sum() < MIN_COUNTIES:
        return None
    funnel, tau2 = _funnel(frame, national["share"])
    ends = _observed_expected(rows, counties, sizes)
    return Regions(
        spells.about,
        limit_days,
        float(national["share"]),
        tau2,
        pd.concat([frame, funnel, ends], axis=1),
    )


def _share(rows: pd.DataFrame, limit_days: int, spells: DiagnosisSpells) -> pd.Series:
    stratum = np.zeros(len(rows), np.int64)
    noise = spells.store.noise
    return share_frame(rows, stratum, ["all"], limit_days, spells.entry_day, noise).iloc[0]


def _cells(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Age x sex cell of each row, the nation's spells per cell (weights), and its sex."""
    names, cell = np.unique(
        (rows["sex"].astype(str) + "|" + rows["age_group"].astype(str)).to_numpy(dtype=str),
        return_inverse=True,
    )
    sex = np.unique([name.split("|")[0] for name in names], return_inverse=True)[1]
    return cell, np.bincount(cell, rows["n"], minlength=len(names)), sex


def _standardised(rows, counties, limit_days, spells) -> pd.DataFrame:
    """Direct standardisation (M14); thin cells of a county are joined with their neighbours.

    So are cells where nobody, or everybody, exceeds: such a share has no error of its own. Where
    a county's share can still not be standardised it has none: never the crude one in its place.
    """
    place = {county: k for k, county in enumerate(counties)}
    unit = rows["county_code"].map(place).fillna(-1).to_numpy(dtype=np.int64)
    noise = spells.store.noise
    known, day = unit >= 0, spells.entry_day
    crude = share_frame(rows[known], unit[known], counties, limit_days, day, noise)
    # Of a small county the number alone is known, not its ages and sexes.
    is_used = known & (crude["n_spells"].to_numpy() >= SETTINGS.min_spells)[unit]
    rows, unit = rows[is_used], unit[is_used]
    cell, weights, sex = _cells(rows)
    n_cells = len(weights)
    sizes = np.bincount(unit * n_cells + cell, rows["n"], minlength=len(counties) * n_cells)
    sizes = sizes.reshape(len(counties), n_cells)
    # All cells of all counties in one pass. The noise of protected counts is one of each county.
    cells = _Cells(rows, unit, cell, limit_days, day)
    joined = np.array([collapse_strata(sex, own) for own in sizes])
    share, variance = cells.shares(joined)
    told = np.take_along_axis(share, joined, axis=1)
    joined = np.array(
        [collapse_strata(sex, own) for own in np.where((told > 0) & (told < 1), sizes, 0)]
    )
    share, variance = cells.shares(joined)
    for k in range(len(counties)):
        used = joined[k].max() + 1
        standard = np.bincount(joined[k], weights, minlength=used)
        found = standardised_share(standard, share[k, :used], variance[k, :used])
        if math.isfinite(found.estimate) and math.isfinite(found.se):
            n = crude["n_spells"].loc[k]
            extra = noise * (1 - found.estimate + found.estimate**2) / n**2
            lo, hi = share_interval(found.estimate, found.se**2 + extra)
            values = (found.estimate, float(lo), float(hi), found.se**2 + extra)
            crude.loc[k, ["share", "lo", "hi", "variance"]] = values
        elif math.isfinite(crude["share"].loc[k]):
            crude.loc[k, ["share", "lo", "hi", "variance"]] = math.nan
            crude.loc[k, "flags"] = SMALL
    return crude


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
        shape = joined.shape
        return found["share"].to_numpy().reshape(shape), found["variance"].to_numpy().reshape(shape)


def _funnel(frame: pd.DataFrame, centre: float) -> tuple[pd.DataFrame, float]:
    n = effective_n(frame["share"].to_numpy(), frame["variance"].to_numpy(dtype=float))
    found = fit_funnel(frame["share"].to_numpy(), n, centre=centre)
    p = 2 * ndtr(-np.abs(found.z_adjusted))
    q = np.asarray(benjamini_hochberg(p))
    columns = {"n_effective": n, "z": found.z_adjusted, "p": p, "q": q}
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
