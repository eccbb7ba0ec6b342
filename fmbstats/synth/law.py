"""Laws of length: the distribution of whole days that a code's spells are drawn from.

Published laws follow the 5 % quantiles of the ended spells of the code, or of its category (the
censored lie beyond the last), bent to Försäkringskassan's bands of 2017 where they exist; spells
of a category without figures of their own get what its published parts leave. Invented laws are
log-normal around the code's limit. Ends bunch at certificate lengths and chain limits: the sizes
of the bunches are invented, their places are not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmbstats.settings import SETTINGS

#: A spell of an employee is in the register only when it is longer than this.
ENTRY_DAY = SETTINGS.entry_day
MAX_DAY = 3000  #: No drawn spell is longer.
BAND_EDGES_DAYS = (29, 89, 179, 364)  #: Last days of Försäkringskassan's bands of 2017.
# How much likelier than its neighbours a spell ends on a day. Invented sizes.
BUNCHES = {
    28: 2.4, 29: 1.5, 30: 2.2, 31: 1.3, 42: 1.9, 43: 1.5, 60: 1.5, 61: 1.3, 90: 3.2, 91: 1.7,
    92: 1.3, 93: 1.5, 120: 1.5, 150: 1.5, 180: 3.6, 181: 1.5, 270: 1.4, 364: 1.5, 365: 2.6,
}  # fmt: skip
WHOLE_WEEK = 1.35
LAST_WEEKLY_DAY = 112


@dataclass(frozen=True, eq=False)
class LengthLaw:
    """The law that spells of one code, longer than 14 days, are drawn from."""

    code: str  #: ICD-10-SE code, normalised.
    #: P(T > t | T > 14) for t = 0, 1, …; 1 up to day 14, 0 at the last day; shape (MAX_DAY + 1,).
    survival: np.ndarray
    source: str  #: Where the lengths come from; "published" or "invented".
    note: str  #: One sentence on how.

    def lengths(self, share_longer: np.ndarray) -> np.ndarray:
        """Days whose upper tail starts at `share_longer` (uniform on (0, 1] gives the law)."""
        # survival falls with the day: search on the reversed axis, first day with S <= u.
        place = np.searchsorted(self.survival[::-1], share_longer, side="left")
        return (MAX_DAY + 1 - place).astype(np.int32)


def day_weights(first: int, last: int, decay: float = 0.0) -> np.ndarray:
    """Relative weights of the days first..last, with bunches and an optional decay per day.

    >>> day_weights(28, 30).round(2).tolist()
    [2.4, 1.5, 2.2]
    """
    days = np.arange(first, last + 1)
    weights = np.where((days % 7 == 0) & (days <= LAST_WEEKLY_DAY), WHOLE_WEEK, 1.0)
    for day, weight in BUNCHES.items():
        if first <= day <= last:
            weights[day - first] = weight
    return weights * np.exp(-decay * (days - first))


def distribution_from_quantiles(
    quantiles: np.ndarray, days: np.ndarray, share_ended: float
) -> np.ndarray:
    """Distribution function on days 0..MAX_DAY from published quantiles of the ended spells.

    `quantiles` (shape (n_breaks,)): 0, 0.05, …, 1. `days` (shape (n_breaks,)): the days they are
    at; the first is the first possible day. `share_ended`: ended spells among all; the others are
    put beyond the last break. Returns an array of shape (MAX_DAY + 1,).
    """
    mass = np.zeros(MAX_DAY + 1)
    for step in range(1, len(days)):
        low, high = int(days[step - 1]), int(days[step])
        share = (quantiles[step] - quantiles[step - 1]) * share_ended
        # The first interval holds its left end; an interval of no width is a bunch.
        first = low if step == 1 else min(low + 1, high)
        decay = 3 / (high - low) if step == len(days) - 1 else 0.0
        weights = day_weights(first, high, decay)
        mass[first : high + 1] += share * weights / weights.sum()
    tail = day_weights(int(days[-1]) + 1, MAX_DAY, 1 / 500)
    mass[int(days[-1]) + 1 :] += (1 - share_ended) * tail / tail.sum()
    return np.minimum(np.cumsum(mass), 1.0)


def bend_to_bands(
    distribution: np.ndarray, category: np.ndarray, band_shares: np.ndarray
) -> np.ndarray:
    """Bend a distribution so that its category, before bending, meets the published shares.

    `band_shares` (shape (4,)): ended by `BAND_EDGES_DAYS`.
    """
    at_edges = np.concatenate([[0.0], category[list(BAND_EDGES_DAYS)], [1.0]])
    return np.interp(distribution, at_edges, np.concatenate([[0.0], band_shares, [1.0]]))


def remainder(
    whole: np.ndarray, n_whole: float, parts: list[tuple[np.ndarray, float]]
) -> np.ndarray:
    """Distribution of what is left of a category when its published parts are taken away."""
    n_left = n_whole - sum(n for _, n in parts)
    left = (whole * n_whole - sum(part * n for part, n in parts)) / n_left
    # Rounded quantiles leave ripples; a distribution function never falls.
    return np.minimum(np.maximum.accumulate(np.clip(left, 0.0, 1.0)), 1.0)


def invented_distribution(median_days: float, spread: float) -> np.ndarray:
    """Distribution function of a bunched log-normal law, given T > 14.

    `median_days`: median before the condition T > 14. `spread`: standard deviation of the
    logarithm.
    """
    days = np.arange(ENTRY_DAY + 1, MAX_DAY + 1)
    density = np.exp(-0.5 * (np.log(days / median_days) / spread) ** 2) / days
    mass = np.zeros(MAX_DAY + 1)
    mass[ENTRY_DAY + 1 :] = density * day_weights(ENTRY_DAY + 1, MAX_DAY)
    return np.minimum(np.cumsum(mass / mass.sum()), 1.0)


def as_law(code: str, distribution: np.ndarray, source: str, note: str) -> LengthLaw:
    """Make a law of a distribution function; the last day takes what rounding left over."""
    survival = 1.0 - distribution
    survival[: ENTRY_DAY + 1] = 1.0
    survival[-1] = 0.0
    survival = np.minimum.accumulate(np.clip(survival, 0.0, 1.0))
    survival.setflags(write=False)
    return LengthLaw(code, survival, source, note)
