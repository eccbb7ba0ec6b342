"""A curve as the analysts' figures draw it, and how they write numbers and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fmbstats import words
from fmbstats.stats.survival import Curve

#: Days on which the number at risk is written.
TICKS = (14, 90, 180, 365, 540, 730)


def sentences(parts: Sequence[str], is_synthetic: bool, language: str) -> str:
    """Join the sentences of an alternative text, the one on synthetic data last."""
    tail = [words.phrase("caption.synthetic", language)] if is_synthetic else []
    return " ".join([*parts, *tail])


def written(value: float, is_share: bool, language: str) -> str:
    """Write a share in per cent, or a number of days."""
    return (words.percent if is_share else words.number)(value, 0, language)


@dataclass(frozen=True, eq=False)
class CurveLine:
    """One survival curve as it is drawn."""

    label: str  #: Name of the group.
    curve: Curve
    role: str = "actual"  #: Palette role, e.g. 'actual', 'women', 'men', 'reference', 'level_2'.

    def at(self, day: float) -> float:
        """Return the share still on sick leave after `day`, 0-1; NaN where it is not known."""
        return float(self.curve.survival_at(day))
