"""Draw a register of spells with a known truth.

The length of a spell is the law of its code at the rank of a proportional-hazards variable:
``V = E / exp(effects)``, E standard exponential. Ranks keep the law of each code and start year
exactly what it is (so published shares hold) while men and women, ages, regions, degrees and
occupations differ as the published log-hazards say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from fmbstats.settings import SEXES
from fmbstats.sources.registers.register import RegisterInfo
from fmbstats.sources.registers.spell_contract import OCCUPATIONS
from fmbstats.synth import changes, draws, persons
from fmbstats.synth.catalogue import BAND_YEAR, Catalogue, read_catalogue
from fmbstats.synth.changes import Drawn
from fmbstats.synth.law import ENTRY_DAY

# Spells of persons without an employer that end by day 14; invented share and lengths.
SHARE_SHORT = 0.03
# Codes, and those with longer limits that they are taken for under drift (invented).
DRIFTS = {"F430": "F438A"}
NAME = "Syntetiskt register (SYNTETISKA DATA)"


@dataclass(frozen=True)
class SynthSettings:
    """How a register is drawn."""

    n_spells: int = 600_000  #: Spells in the register.
    seed: int | Sequence[int] = 1  #: Same seed, same register.
    extraction_date: date = date(2019, 6, 30)  #: Spells that last longer are ongoing.
    #: Log-hazard ratio of spells that start in a county with digital FMB (invented dates); 0 =
    #: none, 0.1 = ends come a tenth faster.
    rollout_effect: float = 0.0
    #: Share of the spells of `DRIFTS`' first codes that are coded as the second in the last start
    #: year; it grows evenly from none in the first. Lengths stay what they were.
    coding_drift: float = 0.0
    county_spread: float = 0.04  #: Standard deviation of the counties' own log-hazards.
    #: Standard deviation of the log-hazards, and of the logarithms of the numbers of spells, of a
    #: category's start years (invented). 2017 keeps its published law.
    year_spread: float = 0.05
    #: Stratified: within a code and start year the lengths are spread evenly over the law, so even
    #: small codes meet their shares. Independent: plain random draws, for coverage tests;
    #: "stratified" or "independent".
    sampling: str = "stratified"
    gap_days: int = 5  #: Spells of one person lie further apart than this.


def draw_register(
    n_spells: int = 600_000, seed: int | Sequence[int] = 1, *, data_raw: Path, **settings
) -> tuple[pl.DataFrame, pl.DataFrame, RegisterInfo]:
    """Draw a synthetic register: its spells, their degree segments, and what it is.

    `data_raw`: folder with fmb/, fk/ and srs/. `**settings`: further fields of `SynthSettings`. The
    spells are sorted by spell_id; `last_date` is null when ongoing, `change_day` the last day with
    the first diagnosis, null when it never changes. The segments have spell_id, from_day, to_day
    (1-based, inclusive; days so far of ongoing spells), degree_pct and code.
    """
    chosen = SynthSettings(n_spells=n_spells, seed=seed, **settings)
    catalogue = read_catalogue(Path(data_raw))
    rng = np.random.default_rng(chosen.seed)
    drawn = draw_spells(rng, catalogue, chosen)
    drawn = changes.add_changes(rng, drawn, catalogue)
    spells = _drifted(spells_frame(drawn, catalogue), chosen)
    segments = changes.segments_frame(drawn, spells)
    info = RegisterInfo(NAME, True, "paid_days", chosen.extraction_date, chosen.gap_days,
                        n_rows_read=spells.height)  # fmt: skip
    return spells, segments, info


def _drifted(spells: pl.DataFrame, chosen: SynthSettings) -> pl.DataFrame:
    """Code a growing share of spells as diagnoses with longer limits."""
    if not chosen.coding_drift:
        return spells
    # A generator of its own: without drift, every other draw is the same.
    luck = np.random.default_rng((chosen.seed, BAND_YEAR, 1)).random(spells.height)
    years = len(draws.YEARS) - 1
    share = chosen.coding_drift * (pl.col("start_date").dt.year() - draws.YEARS[0]) / years
    is_moved = pl.Series(luck) < spells.select(share.alias("share"))["share"]
    moved = [
        pl.when(is_moved & pl.col("code").is_in(list(DRIFTS)) & (pl.col(name) == pl.col("code")))
        .then(pl.col("code").replace(DRIFTS))
        .otherwise(pl.col(name))
        .alias(name)
        for name in ("code", "code_last", "code_longest")
    ]
    return spells.with_columns(moved)


def draw_spells(rng: np.random.Generator, catalogue: Catalogue, chosen: SynthSettings) -> Drawn:
    """Draw code, start, person and length of every spell, sorted by first day."""
    n_short = round(SHARE_SHORT * chosen.n_spells)
    shares = catalogue.codes["share"].to_numpy()
    n_long = chosen.n_spells - n_short
    # A generator of its own: without spread, every other draw is the same.
    of_years = np.random.default_rng((chosen.seed, BAND_YEAR))
    categories = catalogue.codes["category"].to_list()
    growth, hazards = (
        draws.year_effects(of_years, categories, chosen.year_spread) for _ in range(2)
    )
    code, year = draws.allot(shares, n_long, np.exp(growth))
    code = np.r_[code, rng.choice(len(shares), n_short, p=shares)]
    year = np.r_[year, rng.choice(len(draws.YEARS), n_short, p=draws.YEAR_SHARES)]
    is_short = np.arange(len(code)) >= n_long
    start = draws.draw_starts(rng, year)
    is_man = rng.random(len(code)) >= catalogue.codes["share_women"].to_numpy()[code]
    stages = np.array(
        [persons.LIFE_STAGES.index(persons.life_stage(c)) for c in catalogue.codes["code"]]
    )
    person, birth_year, county = persons.draw_persons(
        rng, is_man, stages[code], np.array(draws.YEARS)[year]
    )
    occupation = draws.draw_occupation(rng, is_short)
    degree = draws.pick(rng, persons.DEGREE_SHARES, len(code))
    effects = draws.hazard_effects(rng, catalogue, chosen, code, is_man, birth_year, county, degree,
                             occupation, year)  # fmt: skip
    share_longer = draws.draw_shares(
        rng, code * len(draws.YEARS) + year, effects, is_short, chosen.sampling
    )
    hastened = draws.hastened(share_longer, hazards[code, year])
    share_longer = np.where(is_short, share_longer, hastened)
    share_longer = draws.apply_rollout(share_longer, start, county, chosen.rollout_effect)
    length = draws.draw_lengths(rng, catalogue, code, share_longer, is_short)
    person = persons.part_overlapping(person, start, start + length - 1, chosen.gap_days)
    extraction = draws.day_number(chosen.extraction_date)
    drawn = {
        "code": code,
        "year": year,
        "start": start,
        "length": length,
        "is_man": is_man,
        "person": person,
        "birth_year": birth_year,
        "county": county,
        "occupation": occupation,
        "degree": degree,
        "end_reason": draws.draw_reasons(rng, catalogue, code, length, birth_year, start),
        "observed": np.minimum(length, extraction - start + 1).astype(np.int32),
        "is_ongoing": start + length - 1 > extraction,
    }
    order = np.lexsort((rng.random(len(start)), start))
    return {name: values[order] for name, values in drawn.items()}


def spells_frame(drawn: Drawn, catalogue: Catalogue) -> pl.DataFrame:
    """Canonical spell frame of drawn arrays."""
    names = catalogue.codes["code"]
    last = drawn["start"] + drawn["observed"] - 1
    is_employed = drawn["occupation"] == 0
    has_changed = drawn["change_day"] < drawn["observed"]
    later_is_longer = has_changed & (drawn["observed"] - drawn["change_day"] > drawn["change_day"])
    code_last = np.where(has_changed, drawn["code_last"], drawn["code"])
    code_longest = np.where(later_is_longer, drawn["code_last"], drawn["code"])
    frame = pl.DataFrame(
        {
            "spell_id": np.arange(1, len(last) + 1),
            "person_id": 1_000_000 + drawn["person"],
            "start_date": drawn["start"].astype(np.int32),
            "last_date": last.astype(np.int32),
            "code": names.gather(drawn["code"]),
            "code_last": names.gather(code_last),
            "code_longest": names.gather(code_longest),
            "sex": pl.Series(SEXES).gather(drawn["is_man"].astype(np.uint32)),
            "birth_year": drawn["birth_year"],
            "county_code": pl.Series(persons.COUNTY_CODES.tolist()).gather(drawn["county"]),
            "occupation": pl.Series(OCCUPATIONS).gather(drawn["occupation"]),
            "degree_pct": np.array(persons.DEGREES_PCT, np.int8)[drawn["degree"]],
            "entry_day": np.where(is_employed, ENTRY_DAY, 0).astype(np.int16),
            "end_reason": np.where(drawn["is_ongoing"], 0, drawn["end_reason"]).astype(np.int8),
            "change_day": drawn["change_day"].astype(np.int32),
            "is_ongoing": drawn["is_ongoing"],
            "has_changed": has_changed,
        }
    )
    return frame.with_columns(
        pl.col("start_date").cast(pl.Date),
        pl.when(~pl.col("is_ongoing")).then(pl.col("last_date").cast(pl.Date)).alias("last_date"),
        pl.when("has_changed").then("change_day").alias("change_day"),
    ).drop("is_ongoing", "has_changed")
