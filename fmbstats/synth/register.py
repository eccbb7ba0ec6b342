"""Draw a register of spells with a known truth.

The length of a spell is the law of its code at the rank of a proportional-hazards variable:
``V = E / exp(effects)``, E standard exponential. Ranks keep the law of each code and start year
exactly what it is (so published shares hold) while men and women, ages, regions, degrees and
occupations differ as the published log-hazards say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from fmbstats.sources.register import RegisterInfo
from fmbstats.synth import changes, persons
from fmbstats.synth.catalogue import Catalogue, read_catalogue
from fmbstats.synth.law import ENTRY_DAY, LengthLaw, as_law

YEARS = (2014, 2015, 2016, 2017, 2018)
YEAR_SHARES = (0.19, 0.205, 0.205, 0.205, 0.195)
# Spells of persons without an employer that end by day 14; invented share and lengths.
SHARE_SHORT = 0.03
WEEKDAY_WEIGHTS = (1.6, 1.2, 1.1, 1.0, 0.9, 0.25, 0.2)
EPOCH = np.datetime64("1970-01-01", "D")
NAME = "Syntetiskt register (SYNTETISKA DATA)"
END_REASONS = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class SynthSettings:
    """How a register is drawn.

    Attributes
    ----------
    n_spells : int
        Spells in the register.
    seed : int
        Same seed, same register.
    extraction_date : date
        Spells that last longer are ongoing.
    rollout_effect : float
        Log-hazard ratio of spells that start in a county with digital FMB (invented dates);
        0 = none, 0.1 = ends come a tenth faster.
    county_spread : float
        Standard deviation of the counties' own log-hazards.
    sampling : {"stratified", "independent"}
        Stratified: within a code and start year the lengths are spread evenly over the law, so
        even small codes meet their shares. Independent: plain random draws, for coverage tests.
    gap_days : int
        Spells of one person lie further apart than this.
    """

    n_spells: int = 600_000
    seed: int = 1
    extraction_date: date = date(2019, 6, 30)
    rollout_effect: float = 0.0
    county_spread: float = 0.04
    sampling: str = "stratified"
    gap_days: int = 5


def draw_register(
    n_spells: int = 600_000, seed: int = 1, *, data_raw: Path, **settings
) -> tuple[pl.DataFrame, pl.DataFrame, RegisterInfo]:
    """Draw a synthetic register.

    Parameters
    ----------
    n_spells : int
        Spells in the register.
    seed : int
        Same seed (and facts), same register.
    data_raw : Path
        Folder with fmb/, fk/ and srs/.
    **settings
        Further fields of :class:`SynthSettings`.

    Returns
    -------
    spells : polars.DataFrame
        One row per spell, sorted by spell_id; `last_date` is null when ongoing.
        `change_day` is the last day with the first diagnosis, null when it never changes.
    segments : polars.DataFrame
        spell_id, from_day, to_day (1-based, inclusive), degree_pct, code; days so far of
        ongoing spells.
    info : RegisterInfo
        Marked synthetic.
    """
    chosen = SynthSettings(n_spells=n_spells, seed=seed, **settings)
    catalogue = read_catalogue(Path(data_raw))
    rng = np.random.default_rng(chosen.seed)
    drawn = draw_spells(rng, catalogue, chosen)
    drawn = changes.add_changes(rng, drawn, catalogue)
    spells = spells_frame(drawn, catalogue, chosen)
    segments = changes.segments_frame(drawn, spells)
    info = RegisterInfo(
        name=NAME,
        is_synthetic=True,
        length_basis="paid_days",
        extraction_date=chosen.extraction_date,
        gap_days=chosen.gap_days,
        n_rows_read=spells.height,
    )
    return spells, segments, info


@dataclass(frozen=True, eq=False)
class Drawn:
    """Drawn spells as arrays of one length; `code` is a row of the catalogue."""

    code: np.ndarray
    year: np.ndarray
    start: np.ndarray
    length: np.ndarray
    is_man: np.ndarray
    person: np.ndarray
    birth_year: np.ndarray
    county: np.ndarray
    occupation: np.ndarray
    degree: np.ndarray
    end_reason: np.ndarray
    observed: np.ndarray
    is_ongoing: np.ndarray
    code_last: np.ndarray | None = None
    change_day: np.ndarray | None = None
    degree_days: np.ndarray | None = None
    later_degrees: np.ndarray | None = None


def draw_spells(rng: np.random.Generator, catalogue: Catalogue, chosen: SynthSettings) -> Drawn:
    """Draw code, start, person and length of every spell, sorted by first day."""
    n_short = round(SHARE_SHORT * chosen.n_spells)
    shares = catalogue.codes["share"].to_numpy()
    n_long = chosen.n_spells - n_short
    code, year = allot(shares, n_long)
    code = np.r_[code, rng.choice(len(shares), n_short, p=shares)]
    year = np.r_[year, rng.choice(len(YEARS), n_short, p=YEAR_SHARES)]
    is_short = np.arange(len(code)) >= n_long
    start = draw_starts(rng, year)
    is_man = rng.random(len(code)) >= catalogue.codes["share_women"].to_numpy()[code]
    stages = np.array(
        [persons.LIFE_STAGES.index(persons.life_stage(c)) for c in catalogue.codes["code"]]
    )
    person, birth_year, county = persons.draw_persons(
        rng, is_man, stages[code], np.array(YEARS)[year]
    )
    occupation = draw_occupation(rng, is_short)
    degree = pick(rng, persons.DEGREE_SHARES, len(code))
    effects = hazard_effects(rng, catalogue, chosen, code, is_man, birth_year, county, degree,
                             occupation, year)  # fmt: skip
    share_longer = draw_shares(rng, code * len(YEARS) + year, effects, is_short, chosen.sampling)
    share_longer = apply_rollout(share_longer, start, county, chosen.rollout_effect)
    length = draw_lengths(rng, catalogue, code, share_longer, is_short)
    person = persons.part_overlapping(person, start, start + length - 1, chosen.gap_days)
    extraction = day_number(chosen.extraction_date)
    is_ongoing = start + length - 1 > extraction
    drawn = Drawn(
        code=code,
        year=year,
        start=start,
        length=length,
        is_man=is_man,
        person=person,
        birth_year=birth_year,
        county=county,
        occupation=occupation,
        degree=degree,
        end_reason=draw_reasons(rng, catalogue, code, length, birth_year, start),
        observed=np.minimum(length, extraction - start + 1).astype(np.int32),
        is_ongoing=is_ongoing,
    )
    order = np.lexsort((rng.random(len(start)), start))
    return replace(
        drawn,
        **{k: v[order] for k, v in vars(drawn).items() if v is not None},
    )


def allot(shares: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Share out n spells over codes and years by largest remainders; rows sorted by both."""
    wanted = np.outer(shares, YEAR_SHARES).ravel() * n
    counts = np.floor(wanted).astype(np.int64)
    missing = n - counts.sum()
    counts[np.argsort(counts - wanted, kind="stable")[:missing]] += 1
    cell = np.repeat(np.arange(len(counts)), counts)
    return cell // len(YEARS), cell % len(YEARS)


def draw_starts(rng: np.random.Generator, year: np.ndarray) -> np.ndarray:
    """First days as day numbers, Mondays likelier than Sundays."""
    start = np.empty(len(year), np.int64)
    for number, name in enumerate(YEARS):
        where = np.flatnonzero(year == number)
        days = np.arange(day_number(date(name, 1, 1)), day_number(date(name + 1, 1, 1)))
        weights = np.array(WEEKDAY_WEIGHTS)[(days + 3) % 7]  # day 0 was a Thursday
        start[where] = rng.choice(days, len(where), p=weights / weights.sum())
    return start


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return int((np.datetime64(day, "D") - EPOCH).astype(int))


def pick(rng: np.random.Generator, shares, n: int) -> np.ndarray:
    """Draw n places with the given shares."""
    edges = np.cumsum(shares) / np.sum(shares)
    return np.searchsorted(edges[:-1], rng.random(n), side="right").astype(np.int8)


def draw_occupation(rng: np.random.Generator, is_short: np.ndarray) -> np.ndarray:
    """Occupations; short spells are seen only without an employer."""
    occupation = pick(rng, persons.OCCUPATION_SHARES, len(is_short))
    others = 1 + pick(rng, persons.OCCUPATION_SHARES[1:], int(is_short.sum()))
    occupation[is_short] = others
    return occupation


def hazard_effects(
    rng, catalogue, chosen, code, is_man, birth_year, county, degree, occupation, year
) -> np.ndarray:
    """Sum of the log-hazard ratios of every spell (published where the code has them)."""
    regions = np.array([region for _, region in persons.COUNTIES.values()])[county]
    age = np.array(YEARS)[year] - birth_year
    groups = {
        "sex": (["women", "men"], is_man.astype(np.int8)),
        "age": (
            ["17-29", "30-39", "40-49", "50-56", "57-63"],
            np.searchsorted([30, 40, 50, 57], age, side="right"),
        ),
        "region": (
            ["north", "mid", "stockholm", "west", "south"],
            np.select([regions == r for r in ("mid", "stockholm", "west", "south")], [1, 2, 3, 4]),
        ),
        "degree": (["100", "75", "50", "25"], degree),
        "employment": (["not_unemployed", "unemployed"], (occupation == 1).astype(np.int8)),
    }
    hazards = [code_hazards(catalogue, c) for c in catalogue.codes["code"]]
    total = rng.normal(0, chosen.county_spread, len(persons.COUNTIES))[county]
    for term, (levels, place) in groups.items():
        table = np.array([[h.get(f"{term}={level}", 0.0) for level in levels] for h in hazards])
        total = total + table[code, place]
    return total


def code_hazards(catalogue: Catalogue, code: str) -> dict[str, float]:
    """Log-hazards of the code, of its category, or the mean of all published codes."""
    for name in (code, code[:4], code[:3], ""):
        if name in catalogue.hazards:
            return catalogue.hazards[name]
    raise AssertionError("the mean code has hazards")


def draw_shares(
    rng: np.random.Generator,
    group: np.ndarray,
    effects: np.ndarray,
    is_short: np.ndarray,
    sampling: str,
) -> np.ndarray:
    """Upper-tail shares in (0, 1], ranked by hazard within each group of code and year."""
    n = len(group)
    quickness = rng.standard_exponential(n) / np.exp(effects)
    # Short spells have a law of their own: a group apart, at the end.
    group = np.where(is_short, group.max() + 1, group)
    order = np.lexsort((quickness, group))
    ordered = group[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[first, n])
    uniform = rng.random(n)
    if sampling == "stratified":
        rank = np.arange(n) - np.repeat(first, sizes)
        below = (rank + uniform) / np.repeat(sizes, sizes)
    else:
        below = uniform[np.lexsort((uniform, ordered))]
    share_longer = np.empty(n)
    share_longer[order] = 1.0 - below
    return share_longer


def apply_rollout(
    share_longer: np.ndarray, start: np.ndarray, county: np.ndarray, effect: float
) -> np.ndarray:
    """Multiply the hazard by exp(effect) under digital FMB: S becomes S ** exp(effect)."""
    since = np.array([day_number(day) for day in persons.rollout_dates().values()])
    is_treated = start >= since[county]
    return np.where(is_treated, share_longer ** np.exp(-effect), share_longer)


def draw_lengths(rng, catalogue, code, share_longer, is_short) -> np.ndarray:
    """Lengths in days; short spells get 2-14 days, bunched at one and two weeks."""
    length = np.empty(len(code), np.int32)
    order = np.argsort(code, kind="stable")
    bounds = np.searchsorted(code[order], np.arange(catalogue.codes.height + 1))
    for number, name in enumerate(catalogue.codes["code"]):
        rows = order[bounds[number] : bounds[number + 1]]
        length[rows] = catalogue.laws[name].lengths(share_longer[rows])
    weights = np.ones(ENTRY_DAY - 1)
    weights[[7 - 2, 14 - 2]] = 3.0
    length[is_short] = 2 + pick(rng, weights, int(is_short.sum()))
    return length


def draw_reasons(rng, catalogue, code, length, birth_year, start) -> np.ndarray:
    """Draw end reasons 1-5 with invented shares: benefit after long spells, retirement when old."""
    n = len(code)
    names = catalogue.codes["code"].to_list()
    is_cancer = np.array([name[0] == "C" for name in names])[code]
    year = (EPOCH + start).astype("datetime64[Y]").astype(int) + 1970
    age = year - birth_year + length // 365
    shares = np.stack(
        [
            np.full(n, 0.01),
            np.clip((length - 180) / 2000, 0, 0.15),
            np.where(age >= 64, 0.2, 0.0),
            np.where(is_cancer, 0.05, 0.002),
        ]
    )
    dice = rng.random(n)
    reason = np.ones(n, np.int8)
    for number, edge in enumerate(np.cumsum(shares, axis=0)[::-1]):
        reason[dice < edge] = END_REASONS[-1 - number]
    return reason


def spells_frame(drawn: Drawn, catalogue: Catalogue, chosen: SynthSettings) -> pl.DataFrame:
    """Canonical spell frame of drawn arrays."""
    names = catalogue.codes["code"]
    last = drawn.start + drawn.observed - 1
    is_employed = drawn.occupation == 0
    has_changed = drawn.change_day < drawn.observed
    later_is_longer = has_changed & (drawn.observed - drawn.change_day > drawn.change_day)
    code_last = np.where(has_changed, drawn.code_last, drawn.code)
    code_longest = np.where(later_is_longer, drawn.code_last, drawn.code)
    frame = pl.DataFrame(
        {
            "spell_id": np.arange(1, len(last) + 1),
            "person_id": 1_000_000 + drawn.person,
            "start_date": drawn.start.astype(np.int32),
            "last_date": last.astype(np.int32),
            "code": names.gather(drawn.code),
            "code_last": names.gather(code_last),
            "code_longest": names.gather(code_longest),
            "sex": pl.Series(persons.SEXES).gather(drawn.is_man.astype(np.uint32)),
            "birth_year": drawn.birth_year,
            "county_code": pl.Series(persons.COUNTY_CODES.tolist()).gather(drawn.county),
            "occupation": pl.Series(persons.OCCUPATIONS).gather(drawn.occupation),
            "degree_pct": np.array(persons.DEGREES_PCT, np.int8)[drawn.degree],
            "entry_day": np.where(is_employed, ENTRY_DAY, 0).astype(np.int16),
            "end_reason": np.where(drawn.is_ongoing, 0, drawn.end_reason).astype(np.int8),
            "change_day": drawn.change_day.astype(np.int32),
            "is_ongoing": drawn.is_ongoing,
            "has_changed": has_changed,
        }
    )
    return frame.with_columns(
        pl.col("start_date").cast(pl.Date),
        pl.when(~pl.col("is_ongoing")).then(pl.col("last_date").cast(pl.Date)).alias("last_date"),
        pl.when("has_changed").then("change_day").alias("change_day"),
    ).drop("is_ongoing", "has_changed")


def truth(
    code: str, *, data_raw: Path, below: bool = False, rollout_effect: float = 0.0
) -> LengthLaw:
    """Exact law S(t | T > 14) of the register's spells of a code.

    Parameters
    ----------
    code : str
        As the spells carry it, normalised ("F438A").
    data_raw : Path
        Folder with fmb/, fk/ and srs/.
    below : bool
        Also count the spells with more specific codes (F43 with F430, F438A …), weighted by
        their shares.
    rollout_effect : float
        Log-hazard ratio of digital FMB: the law of the spells that start under it.

    Raises
    ------
    KeyError
        The register has no such code.
    """
    catalogue = read_catalogue(Path(data_raw))
    parts = [
        (catalogue.laws[c], share)
        for c, share in catalogue.codes.select("code", "share").iter_rows()
        if c == code or (below and c.startswith(code))
    ]
    if not parts:
        raise KeyError(code)
    total = sum(share for _, share in parts)
    survival = sum(law.survival ** np.exp(rollout_effect) * share for law, share in parts) / total
    is_published = all(law.source == "published" for law, _ in parts)
    return as_law(
        code,
        1.0 - survival,
        "published" if is_published else "invented",
        parts[0][0].note if len(parts) == 1 else f"Mixture of {len(parts)} codes.",
    )


def length_sources(data_raw: Path) -> pl.DataFrame:
    """Every code of the register with its share of the spells and where its lengths come from."""
    return read_catalogue(Path(data_raw)).codes
