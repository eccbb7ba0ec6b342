"""Counties against the nation: standardised share, observed and expected ends, funnel."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from fmbstats import words
from fmbstats.results.common import value_or_reason, with_interval
from fmbstats.results.fixed_limit import share_frame
from fmbstats.results.groups import WITHHELD
from fmbstats.results.numbers import numbers, value_row
from fmbstats.stats.expected import observed_expected
from fmbstats.stats.funnel import effective_n, fit_funnel, funnel_limits
from fmbstats.stats.multiplicity import benjamini_hochberg
from fmbstats.stats.standardise import collapse_strata, standardised_share
from fmbstats.words import phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis import Diagnosis

MIN_SPELLS = 30
MIN_COUNTIES = 3
CRUDE = "crude"


@dataclass(frozen=True, eq=False)
class Regions:
    """Share over one limit per county, standardised for age and sex to the nation's spells.

    Attributes
    ----------
    diagnosis : Diagnosis
    limit_days : int
    national_share : float
        Share of the whole, in [0, 1].
    tau2 : float
        Variance between counties beyond chance, on the arcsine scale.
    frame : DataFrame
        stratum (county code), n_spells, share (standardised), lo, hi, n_effective, z, p, q,
        observed, expected, ratio, ratio_lo, ratio_hi, flags, ends_flags (of the ratio).
    """

    diagnosis: Diagnosis = field(repr=False)
    limit_days: int
    national_share: float
    tau2: float
    frame: pd.DataFrame

    @classmethod
    def of(cls, diagnosis: Diagnosis, limit_days: int) -> Regions | None:
        """Compare counties; None when fewer than three have enough spells."""
        rows = diagnosis.rows("county")
        rows = rows[rows["duration_day"] > diagnosis.entry_day]
        sizes = rows.groupby("county_code")["n"].sum()
        counties = sorted(c for c in sizes.index if c != "unknown")
        if (sizes.reindex(counties) >= MIN_SPELLS).sum() < MIN_COUNTIES:
            return None
        national = _share(rows, limit_days, diagnosis)
        if math.isnan(national["share"]):
            return None
        # Those of unknown county are shown nowhere here, but count: all add up to the whole.
        every = [*counties, *sorted(set(sizes.index) - set(counties))]
        frame = _standardised(rows, every, limit_days, diagnosis)
        frame = diagnosis.release.shares(frame, is_partition=True).iloc[: len(counties)]
        if frame["share"].notna().sum() < MIN_COUNTIES:
            return None
        funnel, tau2 = _funnel(frame, national["share"])
        why_hidden = _ends_hidden(rows, every, diagnosis)[: len(counties)]
        why_hidden = np.where(frame["n_spells"].isna(), WITHHELD, why_hidden)
        ends = _observed_expected(rows, counties, why_hidden)
        return cls(
            diagnosis,
            limit_days,
            float(national["share"]),
            tau2,
            pd.concat([frame, funnel, ends], axis=1),
        )

    def marks(self, language: str = "sv") -> pd.DataFrame:
        """Return the counties as the caterpillar figure wants them, lowest share first."""
        frame = self.frame.sort_values("share", na_position="last")
        return pd.DataFrame(
            {
                "label": [words.county(c, language) for c in frame["stratum"]],
                "exceedance_lo": frame["share"],
                "exceedance_hi": frame["share"],
                "ci_lo": frame["lo"],
                "ci_hi": frame["hi"],
                "n_spells": frame["n_spells"],
                "reason": [
                    None
                    if not math.isnan(r.share)
                    else value_or_reason(r.share, r.flags, self.diagnosis.release.threshold)
                    for r in frame.itertuples()
                ],
            }
        )

    def points(self, language: str = "sv") -> pd.DataFrame:
        """Return the counties as the funnel figure wants them."""
        return pd.DataFrame(
            {
                "label": [words.county(c, language) for c in self.frame["stratum"]],
                "n_spells": self.frame["n_effective"],
                "share": self.frame["share"],
            }
        )

    def limits(self, *, with_overdispersion: bool) -> dict[str, np.ndarray]:
        """Return control limits over a grid of sizes: n, lo95, hi95, lo998, hi998."""
        largest = np.nanmax(self.frame["n_effective"])
        n = np.geomspace(max(10.0, np.nanmin(self.frame["n_effective"]) / 2), largest * 1.1, 60)
        tau2 = self.tau2 if with_overdispersion else 0.0
        out = {"n": n}
        for level, name in ((0.95, "95"), (0.998, "998")):
            lo, hi = funnel_limits(self.national_share, n, level=level, tau2=tau2, scale="arcsine")
            out |= {f"lo{name}": lo, f"hi{name}": hi}
        return out

    def values(self) -> pd.DataFrame:
        """Return the counties, and the nation they stand against, as rows of `adherence.csv`."""
        nation = [
            value_row("share_over_limit_nation", self.national_share, limit_days=self.limit_days),
            value_row("tau2_between_counties", self.tau2, limit_days=self.limit_days),
        ]
        counties = (row for row in self.frame.itertuples())
        return numbers([*nation, *(value for row in counties for value in self._values_of(row))])

    def _values_of(self, row: Any) -> list[dict[str, Any]]:
        """One county: share, observed / expected, q-value, and its place in the funnel."""
        hidden = row.flags if math.isnan(row.share) else ""
        untested = hidden or ("not_applicable" if math.isnan(row.q) else "")
        found = [
            ("share_over_standardised", row.share, row.lo, row.hi, row.flags),
            (
                "observed_expected_ratio",
                row.ratio,
                row.ratio_lo,
                row.ratio_hi,
                row.ends_flags,
            ),
            ("q_value", row.q, math.nan, math.nan, untested),
            ("n_effective", row.n_effective, math.nan, math.nan, hidden),
        ]
        shared = {"by": "county", "stratum": row.stratum, "limit_days": self.limit_days}
        return [
            value_row(metric, value, lo=lo, hi=hi, flags=flags, n_spells=row.n_spells, **shared)
            for metric, value, lo, hi, flags in found
        ]

    def display(self, language: str = "sv") -> pd.DataFrame:
        """Return the counties as the report shows them."""
        return pd.DataFrame([self._shown(row, language) for row in self.frame.itertuples()])

    def _shown(self, row: Any, language: str) -> dict[str, Any]:
        share = value_or_reason(row.share, row.flags, self.diagnosis.release.threshold)
        return {
            words.stratum_title("county_code", language): words.county(row.stratum, language),
            phrase("column.n_spells", language): self.diagnosis.release.count(
                row.n_spells, language, row.flags
            ),
            phrase("column.standardised", language): self._share_shown(share, row, language),
            phrase("column.observed_expected", language): with_interval(
                value_or_reason(row.ratio, row.ends_flags, self.diagnosis.release.threshold),
                *(row.ratio_lo, row.ratio_hi, "number", 2, language),
            ),
            phrase("column.q_value", language): words.Absent.NOT_APPLICABLE
            if math.isnan(row.q)
            else words.number(row.q, 3, language),
        }

    def _share_shown(self, share: Any, row: Any, language: str) -> Any:
        shown = with_interval(share, row.lo, row.hi, "percent", 1, language)
        if CRUDE in row.flags and isinstance(shown, str):
            return phrase("regions.crude", language, share=shown)
        return shown


def _share(rows: pd.DataFrame, limit_days: int, diagnosis: Diagnosis) -> pd.Series:
    stratum = np.zeros(len(rows), np.int64)
    return share_frame(rows, stratum, ["all"], limit_days, diagnosis.entry_day).iloc[0]


def _cells(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Age x sex cell of each row, the nation's spells per cell (weights), and its sex."""
    names, cell = np.unique(
        (rows["sex"].astype(str) + "|" + rows["age_group"].astype(str)).to_numpy(dtype=str),
        return_inverse=True,
    )
    sex = np.unique([name.split("|")[0] for name in names], return_inverse=True)[1]
    return cell, np.bincount(cell, rows["n"], minlength=len(names)), sex


def _standardised(rows, counties, limit_days, diagnosis) -> pd.DataFrame:
    """Direct standardisation (M14); thin cells of a county are joined with their neighbours.

    Where a joined cell still has no estimate the county's crude share stands, flagged "crude".
    """
    place = {county: k for k, county in enumerate(counties)}
    unit = rows["county_code"].map(place).fillna(-1).to_numpy(dtype=np.int64)
    known = unit >= 0
    rows, unit = rows[known], unit[known]
    cell, weights, sex = _cells(rows)
    n_cells = len(weights)
    sizes = np.bincount(unit * n_cells + cell, rows["n"], minlength=len(counties) * n_cells)
    sizes = sizes.reshape(len(counties), n_cells)
    joined = np.array([collapse_strata(sex, own) for own in sizes])
    # All cells of all counties, and the counties as a whole, in one pass each.
    stratum = unit * n_cells + joined[unit, cell]
    cells = share_frame(rows, stratum, list(range(sizes.size)), limit_days, diagnosis.entry_day)
    crude = share_frame(rows, unit, counties, limit_days, diagnosis.entry_day)
    share = cells["share"].to_numpy().reshape(sizes.shape)
    variance = cells["variance"].to_numpy().reshape(sizes.shape)
    for k in range(len(counties)):
        used = joined[k].max() + 1
        standard = np.bincount(joined[k], weights, minlength=used)
        found = standardised_share(standard, share[k, :used], variance[k, :used])
        if math.isfinite(found.estimate) and math.isfinite(found.se):
            values = (found.estimate, found.lo, found.hi, found.se**2)
            crude.loc[k, ["share", "lo", "hi", "variance"]] = values
        elif math.isfinite(crude.loc[k, "share"]):
            crude.loc[k, "flags"] = f"{crude.loc[k, 'flags']} {CRUDE}".strip()
    return crude


def _funnel(frame: pd.DataFrame, centre: float) -> tuple[pd.DataFrame, float]:
    n = effective_n(frame["share"].to_numpy(), frame["variance"].to_numpy(dtype=float))
    found = fit_funnel(frame["share"].to_numpy(), n, centre=centre)
    p = 2 * norm.sf(np.abs(found.z_adjusted))
    q = np.asarray(benjamini_hochberg(p))
    columns = {"n_effective": n, "z": found.z_adjusted, "p": p, "q": q}
    return pd.DataFrame(columns), float(found.tau2_winsorised)


def _ends_hidden(rows: pd.DataFrame, every: list[str], diagnosis: Diagnosis) -> np.ndarray:
    """Return why a county's ratio is hidden, "" where it is not.

    The exact limits of a ratio tell the number that ended, and with the county's spells the
    number that did not: neither may be few, nor follow from the other counties' and the whole's.
    """
    has_ended = rows["end_reason"] > 0
    kinds = [
        diagnosis.release.mask(
            part.groupby(rows["county_code"].astype(str)).sum().reindex(every, fill_value=0),
            is_partition=True,
        )
        for part in (rows["n"].where(has_ended, 0), rows["n"].where(~has_ended, 0))
    ]
    return np.where([a != "" or b != "" for a, b in zip(*kinds, strict=True)], WITHHELD, "")


def _observed_expected(rows: pd.DataFrame, counties: list[str], why_hidden) -> pd.DataFrame:
    """Ends of each county against the nation's hazard by age and sex (M15)."""
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
    )
    columns = {"ratio": found.ratio, "ratio_lo": found.lo, "ratio_hi": found.hi}
    shown = {k: np.where(why_hidden != "", np.nan, v) for k, v in columns.items()}
    return pd.DataFrame(shown | {"ends_flags": why_hidden})
