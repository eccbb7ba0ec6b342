"""What a certificate tells beside its days, with a known truth: reasons, ICF codes, issuers.

All of it is invented. Units differ from one another (a beta law around the planted share), so
certificates of a unit are alike, as they are in a register.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from fmbstats.recommendations.case_rules import read_rules
from fmbstats.recommendations.join_tables import PossibleCases, Recommendations
from fmbstats.settings import SETTINGS
from fmbstats.sources.fmb.edition_tables import Edition, read_editions

UNITS_PER_COUNTY = 12
# Correlation of two certificates of one unit.
UNIT_LIKENESS = 0.02
# Of the codes given beside FMB's own, and reasons given where the limit is kept.
SHARE_OTHER, SHARE_NEEDLESS = 0.25, 0.02
REASON = "Komplikation"
_PROFESSIONS = (("Läkare", "Allmänmedicin", 0.6), ("Läkare", "Psykiatri", 0.15),
                ("Läkare", "Ortopedi", 0.15), ("Tandläkare", None, 0.1))  # fmt: skip


@dataclass(frozen=True)
class IssueLaw:
    """The truth that is planted; None leaves the field out."""

    #: Share of the certificates planned over the longest limit, or over the shortest where no
    #: longest is stated, that give a reason in field 37.1; 0-1.
    motivated: float | None = None
    #: Share of FMB's ICF codes of the entry that a certificate gives; 0-1.
    icf_recall: float | None = None

    @property
    def is_silent(self) -> bool:
        """Whether nothing is planted."""
        return self.motivated is None and self.icf_recall is None


SILENT = IssueLaw()


def add_issue(
    rows: pl.DataFrame, law: IssueLaw, data_raw: Path, rng: np.random.Generator
) -> pl.DataFrame:
    """Add what issuers write to certificates.

    `rows`: of `writers.certificate_rows`, with `start_date`, the first day of the spell.
    `data_raw`: folder with fmb/. Returns the same rows in their order, with unit_id, profession,
    speciality and, as planted, reason_longer and icf_codes.
    """
    editions = read_editions(data_raw / "fmb")
    recommendations = Recommendations(editions)
    unit = rng.integers(0, UNITS_PER_COUNTY, rows.height)
    county = rows["county_code"].rank("dense").to_numpy().astype(int) - 1
    number = county * UNITS_PER_COUNTY + unit
    names, specialities = ([row[k] for row in _PROFESSIONS] for k in (0, 1))
    issuer = rng.choice(len(names), rows.height, p=[share for *_, share in _PROFESSIONS])
    rows = rows.with_columns(
        pl.format("VE{}-{}", "county_code", pl.Series(unit).cast(pl.String).str.zfill(2))
        .alias("unit_id"),
        pl.Series("profession", names, pl.String).gather(issuer),
        pl.Series("speciality", specialities, pl.String).gather(issuer),
    )  # fmt: skip
    if law.motivated is not None:
        rules = read_rules(data_raw, editions)
        possible = recommendations.possible(rows["code"].drop_nulls().unique().sort(), rules)
        rows = rows.with_columns(_reasons(rows, possible, law.motivated, number, rng))
    newest = recommendations.newest
    if law.icf_recall is not None and newest is not None:
        rows = rows.with_columns(_icf(rows, recommendations, newest, law.icf_recall, number, rng))
    return rows


def _by_unit(share: float, number: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Probability of each row: its unit's own."""
    if share in (0.0, 1.0):
        return np.full(len(number), share)
    spread = (1 - UNIT_LIKENESS) / UNIT_LIKENESS
    own = rng.beta(share * spread, (1 - share) * spread, int(number.max(initial=0)) + 1)
    return own[number]


def _reasons(rows, possible: PossibleCases, share: float, number, rng) -> pl.Series:
    last = pl.max_horizontal(pl.col("^to_[1-4]$"))
    days = (last - pl.col("start_date")).dt.total_days() + 1
    asked = rows.select("code", "start_date", days.alias("days")).with_row_index("row")
    limits = possible.with_limits(asked, "code", "start_date", SETTINGS.month_days).sort("row")
    held = pl.when(pl.col("longest").is_finite()).then("longest").otherwise("shortest")
    is_over = limits.select((pl.col("days") > held).fill_null(False)).to_series().to_numpy()
    chance = np.where(is_over, _by_unit(share, number, rng), SHARE_NEEDLESS)
    given = pl.Series(rng.random(rows.height) < chance)
    return pl.select(pl.when(given).then(pl.lit(REASON)).alias("reason_longer")).to_series()


def _icf(
    rows, recommendations: Recommendations, newest: Edition, share: float, number, rng
) -> pl.Series:
    every = newest.icf["code"].unique().sort().to_list()
    lists = dict(newest.icf.group_by("entry_id").agg(pl.col("code").unique().sort()).iter_rows())
    known = recommendations.code_entries(rows["code"].drop_nulls().unique().sort())
    of_code = dict(known.iter_rows())
    chance = _by_unit(share, number, rng)
    written = [
        _given(lists.get(of_code.get(code), ()), every, chance[k], rng)
        for k, code in enumerate(rows["code"])
    ]
    return pl.Series("icf_codes", written, pl.String)


def _given(listed, every: list[str], chance: float, rng: np.random.Generator) -> str | None:
    own = [code for code in listed if rng.random() < chance]
    n_other = rng.binomial(len(own), SHARE_OTHER / (1 - SHARE_OTHER))
    others = [every[k] for k in rng.integers(0, len(every), n_other)]
    return " ".join([*own, *(c for c in others if c not in listed)]) or None
