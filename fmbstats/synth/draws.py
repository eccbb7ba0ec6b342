"""The single draws a register is made of: starts, occupations, hazards, lengths, end reasons."""

from __future__ import annotations

from datetime import date

import numpy as np

from fmbstats.synth import persons
from fmbstats.synth.catalogue import BAND_YEAR
from fmbstats.synth.law import ENTRY_DAY

YEARS = (2014, 2015, 2016, 2017, 2018)
YEAR_SHARES = (0.19, 0.205, 0.205, 0.205, 0.195)
WEEKDAY_WEIGHTS = (1.6, 1.2, 1.1, 1.0, 0.9, 0.25, 0.2)
EPOCH = date(1970, 1, 1)
END_REASONS = (1, 2, 3, 4, 5)


def allot(
    shares: np.ndarray, n: int, growth: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Share out n spells over codes and years by largest remainders; rows sorted by both.

    `growth`, of shape (codes, years), multiplies the expected numbers; all ones when None.
    """
    wanted = np.outer(shares, YEAR_SHARES) * (1 if growth is None else growth)
    wanted = (wanted / wanted.sum()).ravel() * n
    counts = np.floor(wanted).astype(np.int64)
    missing = n - counts.sum()
    counts[np.argsort(counts - wanted, kind="stable")[:missing]] += 1
    cell = np.repeat(np.arange(len(counts)), counts)
    return cell // len(YEARS), cell % len(YEARS)


def year_effects(rng: np.random.Generator, categories, spread: float) -> np.ndarray:
    """Draw what differs between start years: normal, one number per category and year.

    The year whose bands are published keeps 0.

    `categories`: the category of every code. `spread`: standard deviation. Returns an array of
    shape (codes, years).
    """
    names, place = np.unique(categories, return_inverse=True)
    drawn = rng.normal(0, 1, (len(names), len(YEARS)))
    drawn[:, YEARS.index(BAND_YEAR)] = 0.0
    return spread * drawn[place]


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
    return (day - EPOCH).days


def pick(rng: np.random.Generator, shares, n: int) -> np.ndarray:
    """Draw n places with the given shares."""
    edges = np.cumsum(shares) / np.sum(shares)
    return np.searchsorted(edges[:-1], rng.random(n), side="right").astype(np.int8)


def draw_occupation(rng: np.random.Generator, is_short: np.ndarray) -> np.ndarray:
    """Occupations; short spells are seen only without an employer."""
    occupation = pick(rng, persons.OCCUPATION_SHARES, len(is_short))
    occupation[is_short] = 1 + pick(rng, persons.OCCUPATION_SHARES[1:], int(is_short.sum()))
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
    known = catalogue.hazards  # of the code, of its category, or of the mean code
    names = ((code, code[:4], code[:3], "") for code in catalogue.codes["code"])
    hazards = [next(known[name] for name in listed if name in known) for listed in names]
    total = rng.normal(0, chosen.county_spread, len(persons.COUNTIES))[county]
    for term, (levels, place) in groups.items():
        table = np.array([[h.get(f"{term}={level}", 0.0) for level in levels] for h in hazards])
        total = total + table[code, place]
    return total


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
    return np.where(is_treated, hastened(share_longer, effect), share_longer)


def hastened(share_longer: np.ndarray, log_hazard_ratio: np.ndarray | float) -> np.ndarray:
    """Return the shares of a law whose hazard is multiplied: a length's S is S ** exp(-effect)."""
    return share_longer ** np.exp(-log_hazard_ratio)


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
    year = start.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
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
