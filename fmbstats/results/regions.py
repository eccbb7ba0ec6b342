"""Counties against the nation: standardised share, observed and expected ends, funnel."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from fmbstats import figures, words
from fmbstats.figures.charts.counties import Tile, TileMap
from fmbstats.figures.charts.frame import MAP
from fmbstats.figures.display import sentences
from fmbstats.figures.svg import Say
from fmbstats.frames import pd, rows_of
from fmbstats.results.about import About
from fmbstats.results.common import headed, share_shown, value_or_reason, with_interval
from fmbstats.stats.funnel import outside_limits
from fmbstats.stats.multiplicity import benjamini_hochberg
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

    def display(self, language: str = "") -> pd.DataFrame:
        """Return the counties as the report shows them."""
        return pd.DataFrame([self._shown(row, language) for row in rows_of(self.tested)])

    def _shown(self, row: Any, language: str) -> dict[str, Any]:
        ratio = value_or_reason(row.ratio, row.ends_flags)
        q = words.Absent.NOT_APPLICABLE if math.isnan(row.q) else words.number(row.q, 3, language)
        county = {words.stratum_title("county_code", language): words.county(row.stratum, language)}
        return county | headed(
            language,
            n_spells=self.about.release.count(row.n_spells, language),
            standardised=share_shown(row, language),
            observed_expected=with_interval(
                ratio, row.ratio_lo, row.ratio_hi, "number", 2, language
            ),
            q_value=q,
        )
