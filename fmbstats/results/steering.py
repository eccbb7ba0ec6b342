"""Does the recommendation steer? Endings moved to the limit, or why it cannot be told."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fmbstats import words
from fmbstats.evaluate.steering import Steered
from fmbstats.frames import pd
from fmbstats.results.about import About
from fmbstats.stats.steering import CANNOT, NONE, smallest_detectable
from fmbstats.stats.survival import Curve
from fmbstats.words import phrase

SHOWN_DAYS = 63
# Smaller daily numbers make no bars that say anything.
LEAST_ON_DAY = 6


@dataclass(frozen=True, eq=False)
class SteeringResult:
    """Endings moved to a limit."""

    about: About = field(repr=False)
    steered: Steered = field(repr=False)
    curve: Curve = field(repr=False)  #: Of the spells seen.

    @property
    def limit_days(self) -> int:
        """The limit looked at."""
        return self.steered.found.limit_days

    @property
    def smallest_detectable(self) -> float:
        """Share moved that would probably have been found; the placebos' spread is part of it."""
        found = self.steered.found
        return smallest_detectable(found.window.se * found.spread)

    def text(self, language: str = "") -> str:
        """Return the answer in a sentence, or why there is none."""
        answer, found = self.steered.answer, self.steered.found
        limit = words.days(self.limit_days, language)
        if answer.verdict == CANNOT:
            return phrase(f"steering.cannot.{answer.why}", language, limit=limit)
        at, (lo, hi) = found.window, found.interval()
        if answer.verdict == NONE:
            least = words.points(self.smallest_detectable, 1, language)
            return phrase("steering.none", language, limit=limit, least=least)
        return phrase(
            f"steering.more.{answer.why}",
            language,
            limit=limit,
            share=words.percent(at.moved, 1, language),
            interval=words.interval(lo * 100, hi * 100, "number", 1, language),
            days=words.number(at.mean_days, 0, language),
        )

    def days(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return day, number ended, and number expected, around the limit."""
        found = self.steered.found
        near = np.abs(found.day - self.limit_days) <= SHOWN_DAYS
        day = found.day[near]
        ended = dict(zip(self.curve.day.tolist(), self.curve.ended.tolist(), strict=True))
        observed = np.array([ended.get(int(d), 0) for d in day], dtype=float)
        return day, observed, found.expected_hazard[near] * self.curve.at_risk_at(day)

    def is_drawable(self, ended: np.ndarray) -> bool:
        """Whether daily numbers are large enough for their bars to say anything."""
        return float(np.mean(ended)) >= LEAST_ON_DAY

    def display(self, language: str = "") -> pd.DataFrame:
        """Return the window as the report shows it."""
        found = self.steered.found
        at, (lo, hi) = found.window, found.interval()
        rows = [
            ("steering.moved", words.percent(at.moved, 1, language)),
            ("steering.interval", words.interval(lo * 100, hi * 100, "number", 1, language)),
            (
                "steering.least",
                words.number(100 * self.smallest_detectable, 1, language),
            ),
            ("steering.mean_days", words.number(at.mean_days, 0, language)),
            ("steering.placebos", words.count(len(found.placebos), language)),
            ("steering.p", words.number(found.p(), 3, language)),
            ("steering.apart", words.percent(found.share_failing, 0, language)),
        ]
        return pd.DataFrame(
            [(phrase(key, language), value) for key, value in rows],
            columns=[phrase("column.what", language), phrase("column.value", language)],
        )
