"""Which codes the synthetic register holds, how many spells each, and by which law.

Volumes: proportional to Försäkringskassan's counts of started spells (start year 2017) where
they exist, split over a category's codes as the published models' spell counts are; invented
elsewhere.
"""

from __future__ import annotations

import itertools
import zlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl

from fmbstats.sources.fmb.reading import UNIT_DAYS
from fmbstats.synth import law as laws
from fmbstats.synth.law import LengthLaw

EDITION = "2020-04"
BAND_YEAR = 2017

# Codes of published categories that FMB does not list, or lists only from above; with the
# invented share of the category's spells that have no figures of their own. F43, M54 … alone
# are what a register holds that keeps three characters.
SIBLINGS = {
    "F32": {"F32": 0.15, "F320": 0.10, "F321": 0.30, "F322": 0.15, "F329": 0.30},
    "F33": {"F33": 0.35, "F331": 0.35, "F339": 0.30},
    "F41": {"F41": 0.10, "F410": 0.15, "F411": 0.20, "F412": 0.15, "F419": 0.40},
    "F43": {"F43": 0.40, "F439": 0.60},
    "G56": {"G56": 0.10, "G560": 0.80, "G562": 0.10},
    "M17": {"M17": 0.30, "M171": 0.40, "M179": 0.30},
    "M54": {"M54": 0.40, "M549": 0.60},
    "M75": {"M75": 0.15, "M750": 0.20, "M751": 0.50, "M753": 0.15},
    "M79": {"M79": 0.50, "M796": 0.50},
    "S52": {"S52": 0.25, "S525": 0.60, "S528": 0.15},
    "S83": {"S83": 0.15, "S832": 0.35, "S835": 0.30, "S836": 0.20},
}
# Outside FMB: a real register is never covered wholly. Yearly spells, invented.
OUTSIDE_FMB = {"R51": 1400, "R42": 900, "K57": 500, "N39": 400, "Z73": 2500, "R10": 1200}
# Yearly spells > 14 days of categories without published counts; invented, in orders of size.
YEARLY_SPELLS = {
    "C50": 6500, "C61": 3000, "C18": 1500, "C20": 900, "C34": 1000, "C43": 700, "C54": 500,
    "D25": 1500, "D05": 600, "E66": 1800, "F10": 1500, "F20": 500, "F42": 700, "F90": 2500,
    "G35": 700, "G40": 800, "G43": 1800, "H25": 300, "H26": 500, "H33": 900, "H81": 1200,
    "I20": 700, "I21": 2500, "I25": 700, "I48": 1500, "I50": 700, "I10": 800, "I83": 1500,
    "J06": 2200, "J18": 2500, "J20": 900, "J32": 700, "J44": 800, "J45": 800, "K35": 1200,
    "K40": 5500, "K42": 1500, "K50": 900, "K51": 900, "K80": 4500, "K81": 900, "M20": 2500,
    "M50": 2800, "M05": 800, "M06": 1200, "M65": 1200, "M70": 900, "M72": 900, "M76": 900,
    "M18": 900, "M45": 400, "N20": 900, "N80": 900, "N92": 1500, "O26": 2500, "O21": 3000,
    "O47": 1200, "S06": 3500, "S13": 2200, "S22": 2000, "S32": 1500, "S42": 5000, "S43": 2000,
    "S46": 900, "S61": 2500, "S72": 1200, "S80": 1200, "S86": 2500, "S92": 4500, "S93": 4500,
    "S40": 900, "S60": 900, "S63": 1500, "S30": 600, "S90": 900, "L40": 300, "L30": 400,
}  # fmt: skip
OTHER_YEARLY_SPELLS = 220
MEDIAN_WITHOUT_NUMBER_DAYS = 60


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The codes drawn from."""

    #: One row per code: code, category, share (of all spells > 14 days), share_women, is_in_fmb,
    #: length_source ("published" or "invented"), length_note.
    codes: pl.DataFrame
    laws: dict[str, LengthLaw]  #: One law per code.
    #: Log-hazard ratios by covariate ("sex=men": …), per published code.
    hazards: dict[str, dict[str, float]]


@lru_cache(maxsize=4)
def read_catalogue(data_raw: Path) -> Catalogue:
    """Make the catalogue from the facts in `data_raw` (fmb, fk, srs)."""
    published = published_laws(data_raw, band_shares(data_raw))
    limits = code_limits(data_raw)
    entry_codes = pl.read_csv(data_raw / "fmb" / EDITION / "entry_codes.csv", infer_schema=False)
    fmb_codes = set(entry_codes["code"])
    volumes = code_volumes(data_raw, fmb_codes)
    chosen = {}
    for code in volumes:
        if found := published.get(code) or published.get(code[:3]):
            chosen[code] = replace(found, code=code)
        else:
            chosen[code] = invented_law(code, limits.get(code) or limits.get(code[:3]))
    total = sum(volumes.values())
    women = women_shares(data_raw)
    codes = pl.DataFrame(
        {
            "code": list(volumes),
            "category": [code[:3] for code in volumes],
            "share": [n / total for n in volumes.values()],
            "share_women": [women.get(code[:3], invented_women(code)) for code in volumes],
            "is_in_fmb": [code in fmb_codes for code in volumes],
            "length_source": [chosen[code].source for code in volumes],
            "length_note": [chosen[code].note for code in volumes],
        }
    )
    return Catalogue(codes, chosen, mean_hazards(data_raw))


def band_shares(data_raw: Path) -> dict[str, np.ndarray]:
    """Shares ended by days 29, 89, 179 and 364 per category, start year 2017."""
    counts = band_counts(data_raw).sort("band_from_day").group_by("code", maintain_order=True)
    by_code = {code: rows["n_spells"].to_numpy() for (code,), rows in counts}
    return {code: np.cumsum(n)[:-1] / n.sum() for code, n in by_code.items()}


def band_counts(data_raw: Path) -> pl.DataFrame:
    """Försäkringskassan's counts of the year that volumes and bands follow."""
    counts = pl.read_csv(data_raw / "fk" / "bands.csv").filter(pl.col("year") == BAND_YEAR)
    return counts.rename({"n_lo": "n_spells"})


def published_laws(data_raw: Path, bands: dict[str, np.ndarray]) -> dict[str, LengthLaw]:
    """Laws of the spells with exactly a published code, its published parts taken away."""
    counts = pl.read_csv(data_raw / "srs" / "codes.csv")
    breaks = pl.read_csv(data_raw / "srs" / "quantiles.csv").sort("code", "quantile")
    raw, n_spells = {}, {}
    for code, n, n_ended in counts.select("code", "n_spells", "n_ended").iter_rows():
        rows = breaks.filter(pl.col("code") == code)
        raw[code] = laws.distribution_from_quantiles(
            rows["quantile"].to_numpy(), rows["days"].to_numpy(), n_ended / n
        )
        n_spells[code] = n
    bent = {
        code: laws.bend_to_bands(f, raw[code[:3]], bands[code[:3]]) if code[:3] in bands else f
        for code, f in raw.items()
    }
    result = {}
    for code, whole in bent.items():
        bend = f", bent to the bands of {BAND_YEAR}" if code[:3] in bands else ""
        note = f"5 % quantiles of the SRS models{bend}."
        if parts := [(bent[sub], n_spells[sub]) for sub in direct_parts(code, list(bent))]:
            whole = laws.remainder(whole, n_spells[code], parts)
            note = f"What is left of {code} without its published parts: {note}"
        result[code] = laws.as_law(code, whole, "published", note)
    return result


def direct_parts(code: str, others: list[str]) -> list[str]:
    """List the published codes below `code` with no published code in between."""
    below = [c for c in others if c.startswith(code) and c != code]
    return [c for c in below if not any(c.startswith(b) and b != c for b in below)]


def invented_law(code: str, limits: tuple[int, int] | None) -> LengthLaw:
    """Log-normal law around the limits of a code's cases; median and spread vary by code."""
    low, high = limits or (MEDIAN_WITHOUT_NUMBER_DAYS, MEDIAN_WITHOUT_NUMBER_DAYS)
    middle = np.sqrt(max(low, 12) * max(high, 12))
    # A stable number per code in [0, 1): the same law whatever the seed.
    turn = zlib.crc32(code.encode()) % 1000 / 1000
    median = float(middle * (0.6 + 0.7 * turn))
    spread = 0.65 + 0.35 * (turn * 7 % 1)
    note = f"Invented: log-normal, median {median:.0f} days before the entry rule."
    return laws.as_law(code, laws.invented_distribution(median, spread), "invented", note)


def code_limits(data_raw: Path) -> dict[str, tuple[int, int] | None]:
    """Shortest and longest limit in days of each code's cases; None when no case has a number."""
    folder = data_raw / "fmb" / EDITION
    cases = pl.read_csv(folder / "cases.csv", infer_schema=False).with_columns(
        pl.col("number").cast(pl.Int64) * pl.col("unit").replace_strict(UNIT_DAYS, default=None)
    )
    codes = pl.read_csv(folder / "case_codes.csv", infer_schema=False)
    spans = (
        codes.join(cases.select("case_id", "number"), on="case_id")
        .group_by("code")
        .agg(pl.col("number").min().alias("low"), pl.col("number").max().alias("high"))
    )
    return {c: (lo, hi) if lo is not None else None for c, lo, hi in spans.iter_rows()}


def code_volumes(data_raw: Path, fmb_codes: set[str]) -> dict[str, float]:
    """Yearly spells > 14 days per code (national size), sorted by code."""
    counts = band_counts(data_raw).group_by("code").agg(pl.col("n_spells").sum())
    categories = dict(counts.iter_rows())
    sizes = pl.read_csv(data_raw / "srs" / "codes.csv").select("code", "n_spells")
    models = dict(sizes.iter_rows())
    volumes: dict[str, float] = dict(OUTSIDE_FMB)
    for category, n in categories.items():
        volumes |= split_category(category, n, models, fmb_codes)
    unpublished = sorted(c for c in fmb_codes if c[:3] not in categories)
    for category, found in itertools.groupby(unpublished, key=lambda code: code[:3]):
        codes, n = list(found), YEARLY_SPELLS.get(category, OTHER_YEARLY_SPELLS)
        volumes |= {code: n / len(codes) for code in codes}
    return dict(sorted(volumes.items()))


def split_category(
    category: str, n: float, models: dict[str, int], fmb_codes: set[str]
) -> dict[str, float]:
    """Split a category's spells over its codes as the published models' counts are."""
    own = [c for c in models if c.startswith(category) and c != category]
    volumes = {}
    for code in own:
        parts = direct_parts(code, own)
        volumes[code] = n * (models[code] - sum(models[p] for p in parts)) / models[category]
    left = n - sum(volumes.values())
    shares = SIBLINGS.get(category, {category: 1.0})
    listed = {c for c in fmb_codes if c[:3] == category} - set(own) - set(shares)
    shares = shares | dict.fromkeys(sorted(listed), 0.1)
    total = sum(shares.values())
    return volumes | {code: left * share / total for code, share in shares.items()}


def women_shares(data_raw: Path) -> dict[str, float]:
    """Women among the persons with a started spell 2015, per category."""
    persons = pl.read_csv(data_raw / "fk" / "figures.csv").pivot(
        on="sex", index="code", values="value", aggregate_function="sum"
    )
    return {r["code"]: r["women"] / (r["women"] + r["men"]) for r in persons.iter_rows(named=True)}


def invented_women(code: str) -> float:
    """Women's share where nothing is published; invented."""
    if code[0] == "O" or code[:3] in {"D05", "D25", "C54", "N80", "N85", "N87", "N92"}:
        return 1.0
    if code[:3] == "C61":
        return 0.0
    return {"C50": 0.99, "I21": 0.25, "K40": 0.08}.get(code[:3], 0.58)


def mean_hazards(data_raw: Path) -> dict[str, dict[str, float]]:
    """Log-hazard ratios averaged over a model's intervals, per code and "" for the mean code.

    Each interval holds 5 % of the ended spells, so the plain mean weighs by endings.
    """
    terms = pl.read_csv(data_raw / "srs" / "coefficients.csv").filter(pl.col("term") != "intercept")
    every = pl.concat([terms, terms.with_columns(pl.lit("").alias("code"))])
    means = every.group_by("code", "term").agg(pl.col("log_hazard").mean())
    hazards: dict[str, dict[str, float]] = {}
    for code, term, value in means.iter_rows():
        hazards.setdefault(code, {})[term] = value
    return hazards
