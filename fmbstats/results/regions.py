"""Counties against the nation: standardised share, observed and expected ends, funnel."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np

from fmbstats import figures, words
from fmbstats.adherence import SMALL
from fmbstats.figures.charts.counties import Tile, TileMap
from fmbstats.figures.charts.frame import MAP
from fmbstats.figures.display import sentences
from fmbstats.figures.svg import Say
from fmbstats.frames import pd, rows_of
from fmbstats.results.about import About
from fmbstats.results.fixed_limit import share_frame
from fmbstats.settings import SETTINGS
from fmbstats.stats import special
from fmbstats.stats.expected import observed_expected
from fmbstats.stats.funnel import effective_n, fit_funnel, outside_limits
from fmbstats.stats.intervals import share_interval
from fmbstats.stats.multiplicity import benjamini_hochberg
from fmbstats.stats.standardise import collapse_strata, standardised_share
from fmbstats.words import phrase


@dataclass(frozen=True, eq=False)
class Regions:
    """Share over one limit per county, standardised for age and sex to the nation's spells."""

    about: About = field(repr=False)
    limit_days: int
    national_share: float  #: Share of the whole, in [0, 1].
    tau2: float  #: Variance between counties beyond chance, on the arcsine scale.
    #: Stratum (county code), n_spells, share (standardised), lo, hi, n_effective, z, p, observed,
    #: expected, ratio, ratio_lo, ratio_hi, flags, ends_flags (of the ratio).
    frame: pd.DataFrame
    #: Gives the p-values of all other diagnoses' counties, which are one question with these.
    others: Callable[[], np.ndarray] = field(repr=False)

    @cached_property
    def tested(self) -> pd.DataFrame:
        """The frame with `q`: by Benjamini and Hochberg over all diagnoses and counties."""
        own = self.frame["p"].to_numpy(float)
        q = benjamini_hochberg(np.concatenate([own, self.others()]))
        return self.frame.assign(q=q[: len(own)])

    def outside(self, share: float, n_effective: float) -> int:
        """Say where a share lies among the limits of chance; see `outside_limits`."""
        return outside_limits(self.national_share, share, n_effective)

    def tile_map(self, ax: Any = None, language: str = "") -> Any:
        """Draw the counties as tiles where they lie, coloured only outside the limits of chance.

        `ax`: a figure of its own by default.
        """
        tiles = [
            Tile(
                r.stratum, words.county(r.stratum, "en"),
                Say("··" if math.isnan(r.share) else words.number(100 * r.share, 0, language)),
                *((None, None) if math.isnan(r.share) else (r.share, r.n_effective)),
            )
            for r in rows_of(self.frame)
        ]  # fmt: skip
        nation = words.percent(self.national_share, 1, language)
        above, below = phrase("map.above", language), phrase("map.below", language)
        rule = [phrase(f"map.rule.{k}", language) for k in (1, 2)]
        rule.append(phrase("map.nation", language, share=nation))
        chart = TileMap(tiles, self.national_share, above, below, rule)
        title = f"{self.about.short_name}: " + phrase(
            "figure.tiles", language, day=str(self.limit_days)
        )
        return figures.on_axes(
            chart, ax, alt=f"{title}. {self._alt(tiles, language)}", title=title, width=MAP,
            language=language, is_synthetic=self.about.is_synthetic,
        )  # fmt: skip

    def _alt(self, tiles: list[Tile], language: str) -> str:
        """Say which counties lie outside the limits of chance."""
        out = [f"{t.name} {t.said.text}" for t in tiles if t.outside(self.national_share)]
        said = phrase("map.alt", language, out=", ".join(out) or "–")
        return sentences([said], self.about.is_synthetic, language)


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
    unit = _places(rows, counties)
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
    shares = partial(_shares_by_cell, rows, unit, cell, limit_days, entry_day)
    joined = np.array([collapse_strata(sex, own) for own in sizes])
    share, variance = shares(joined)
    told = np.take_along_axis(share, joined, axis=1)
    joined = np.array(
        [collapse_strata(sex, own) for own in np.where((told > 0) & (told < 1), sizes, 0)]
    )
    share, variance = shares(joined)
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


def _places(rows: pd.DataFrame, counties: list[str]) -> np.ndarray:
    """Place of each row's county; -1 for none of them."""
    place = {county: k for k, county in enumerate(counties)}
    return rows["county_code"].map(place).fillna(-1).to_numpy(dtype=np.int64)


def _shares_by_cell(rows, unit, cell, limit_days, entry_day, joined) -> tuple[np.ndarray, ...]:
    """Share over the limit and its variance by county and joined cell; NaN without spells."""
    stratum = unit * joined.shape[1] + joined[unit, cell]
    labels = [str(k) for k in range(joined.size)]
    found = share_frame(rows, stratum, labels, limit_days, entry_day)
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
    unit = _places(rows, counties)
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
