"""Does the recommendation steer? Endings around the limit against the rhythm of certificates."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from fmbstats import words
from fmbstats.results.about import About
from fmbstats.results.numbers import numbers, value_row
from fmbstats.stats.bunching import Steering
from fmbstats.stats.survival import Curve
from fmbstats.words import phrase

N_DRAWS = 200
# Smaller daily numbers make no bars that say anything.
LEAST_ON_DAY = 6


@dataclass(frozen=True, eq=False)
class SteeringResult:
    """Excess of endings in the days around a limit.

    Attributes
    ----------
    about : About
    found : Steering
    curve : Curve
        Of the spells seen.
    """

    about: About = field(repr=False)
    found: Steering = field(repr=False)
    curve: Curve = field(repr=False)

    def text(self, language: str = "sv") -> str:
        """Return the answer in a sentence."""
        found = self.found
        key = "steering.none"
        if found.lo > 0:
            key = "steering.more"
        elif found.hi < 0:
            key = "steering.fewer"
        return phrase(
            key,
            language,
            limit=words.days(found.limit_days, language),
            first=words.count(found.first_day, language),
            last=words.count(found.last_day, language),
            observed=words.percent(found.observed_share, 1, language),
            expected=words.percent(found.expected_share, 1, language),
            excess=words.points(found.excess_share, 1, language),
            interval=words.interval(found.lo * 100, found.hi * 100, "number", 1, language),
        )

    def days(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return day, number ended, and number expected, around the limit.

        For release both come from rounded counts, as the curves do: the number that end on one
        day is small in most diagnoses.
        """
        found = self.found
        curve = self.curve
        ended = dict(zip(curve.day.tolist(), curve.ended.tolist(), strict=True))
        observed = np.array([ended.get(int(day), 0) for day in found.day], dtype=float)
        return found.day, observed, found.expected_hazard * curve.at_risk_at(found.day)

    def values(self) -> pd.DataFrame:
        """Return the answer, and the bars where they are drawn, as rows of `adherence.csv`."""
        found = self.found
        at = {"limit_days": found.limit_days}
        rows = [
            value_row("window_days", lo=found.first_day, hi=found.last_day, **at),
            value_row("share_ending_observed", found.observed_share, **at),
            value_row("share_ending_expected", found.expected_share, **at),
            value_row(
                "difference_share_ending", found.excess_share, lo=found.lo, hi=found.hi, **at
            ),
        ]
        day, observed, expected = self.days()
        if self.is_drawable(observed):
            for k, n in enumerate(observed):
                rows.append(value_row("n_ended_on_day", n, day=int(day[k]), **at))
                rows.append(value_row("n_expected_on_day", expected[k], day=int(day[k]), **at))
        return numbers(rows)

    def is_drawable(self, ended: np.ndarray) -> bool:
        """Whether daily numbers are large enough for their bars to say anything."""
        return float(np.mean(ended)) >= LEAST_ON_DAY

    def display(self, language: str = "sv") -> pd.DataFrame:
        """Return the window as the report shows it."""
        found = self.found
        rows = [
            ("steering.observed", words.percent(found.observed_share, 1, language)),
            ("steering.expected", words.percent(found.expected_share, 1, language)),
            ("steering.excess", words.points(found.excess_share, 1, language)),
            (
                "steering.interval",
                words.interval(found.lo * 100, found.hi * 100, "number", 1, language),
            ),
        ]
        return pd.DataFrame(
            [(phrase(key, language), value) for key, value in rows],
            columns=[phrase("column.what", language), phrase("column.value", language)],
        )
