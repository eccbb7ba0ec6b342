"""Who is on leave: sex, birth year, county, occupation, degree, and repeated spells."""

from __future__ import annotations

from datetime import date

import numpy as np

OCCUPATION_SHARES = (0.83, 0.085, 0.05, 0.02, 0.015)
DEGREES_PCT = (100, 75, 50, 25)
DEGREE_SHARES = (0.77, 0.03, 0.15, 0.05)
# Persons per spell, so that some have several. Invented.
PERSONS_PER_SPELL = 0.72

# County (SCB code): rounded share of the inhabitants; invented assignment to the five regions
# that the published models know.
COUNTIES = {
    "01": (0.228, "stockholm"), "03": (0.036, "mid"), "04": (0.029, "mid"), "05": (0.045, "mid"),
    "06": (0.035, "south"), "07": (0.020, "south"), "08": (0.024, "south"),
    "09": (0.006, "stockholm"), "10": (0.016, "south"), "12": (0.132, "south"),
    "13": (0.032, "west"), "14": (0.167, "west"), "17": (0.028, "west"), "18": (0.030, "mid"),
    "19": (0.027, "mid"), "20": (0.028, "mid"), "21": (0.028, "north"), "22": (0.024, "north"),
    "23": (0.013, "north"), "24": (0.027, "north"), "25": (0.025, "north"),
}  # fmt: skip
COUNTY_CODES = np.array(list(COUNTIES))

# Months after September 2016 when a county's physicians got the digital FMB. Invented.
ROLLOUT_MONTH = (3, 9, 0, 12, 6, 15, 2, 18, 11, 5, 8, 14, 1, 16, 7, 4, 13, 10, 17, 0, 9)

YOUNG = frozenset("O")
OLD_CATEGORIES = {
    "C18", "C19", "C20", "C34", "C61", "G20", "H25", "H26", "H28", "I20", "I21", "I25", "I48",
    "I50", "I60", "I61", "I62", "I63", "I64", "J44", "M16", "M17",
}  # fmt: skip
AGE_BOUNDS = {"young": (20, 42), "old": (42, 66), "any": (18, 66)}
LIFE_STAGES = tuple(AGE_BOUNDS)


def rollout_dates() -> dict[str, date]:
    """First day with digital FMB per county; invented dates, for testing methods only.

    >>> rollout_dates()["01"]
    datetime.date(2016, 12, 1)
    """
    return {
        county: date(2016 + (8 + month) // 12, (8 + month) % 12 + 1, 1)
        for county, month in zip(COUNTIES, ROLLOUT_MONTH, strict=True)
    }


def life_stage(code: str) -> str:
    """Ages a code occurs at: "young", "old" or "any"; invented."""
    if code[0] in YOUNG:
        return "young"
    return "old" if code[:3] in OLD_CATEGORIES else "any"


def draw_persons(
    rng: np.random.Generator, is_man: np.ndarray, stage: np.ndarray, start_year: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give every spell a person; persons of one sex and life stage share a pool.

    Returns `person` (shape (n_spells,)): number of the person, from 0; `birth_year` (shape
    (n_spells,)); `county` (shape (n_spells,)): place in `COUNTY_CODES`.
    """
    n = len(is_man)
    person = np.empty(n, np.int64)
    birth_year = np.empty(n, np.int16)
    first = 0
    for is_male in (False, True):
        for number, name in enumerate(LIFE_STAGES):
            where = np.flatnonzero((is_man == is_male) & (stage == number))
            if not len(where):
                continue
            n_persons = max(1, round(PERSONS_PER_SPELL * len(where)))
            chosen = rng.integers(0, n_persons, len(where))
            youngest, oldest = AGE_BOUNDS[name]
            # Older people are on leave more often: the older of two draws.
            ages = rng.integers(youngest, oldest + 1, (2, n_persons)).max(axis=0)
            person[where] = first + chosen
            birth_year[where] = (int(start_year.min()) + 2 - ages)[chosen]
            first += n_persons
    shares = np.array([share for share, _ in COUNTIES.values()])
    county_of = rng.choice(len(COUNTIES), first, p=shares / shares.sum()).astype(np.int8)
    return person, birth_year, county_of[person]


def part_overlapping(
    person: np.ndarray, start: np.ndarray, last: np.ndarray, gap_days: int
) -> np.ndarray:
    """Give spells that come too close after another of the same person a person of their own.

    `person`, `start`, `last` (shape (n_spells,)): person number; first and last day as day numbers.
    `gap_days`: two spells of a person stay apart when more whole days than this lie between them.
    Returns the person numbers, new ones above the old.
    """
    order = np.lexsort((start, person))
    who, begins, ends = person[order], start[order], last[order]
    is_first = np.r_[True, who[1:] != who[:-1]]
    # One running maximum for all: each person's days are moved above those of all before.
    span = int(ends.max() - begins.min()) + gap_days + 2
    shift = (np.cumsum(is_first) - 1) * span
    latest = np.maximum.accumulate(ends + shift)
    clash = np.r_[False, begins[1:] + shift[1:] <= latest[:-1] + gap_days + 1]
    clash &= ~is_first
    parted = who.copy()
    parted[clash] = person.max() + 1 + np.arange(clash.sum())
    result = np.empty_like(person)
    result[order] = parted
    return result
