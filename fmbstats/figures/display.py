"""A curve as the analysts' figures draw it, and how they write numbers and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fmbstats import words


def sentences(parts: Sequence[str], is_synthetic: bool, language: str) -> str:
    """Join the sentences of an alternative text, the one on synthetic data last."""
    tail = [words.phrase("caption.synthetic", language)] if is_synthetic else []
    return " ".join([*parts, *tail])


def written(value: float, is_share: bool, language: str) -> str:
    """Write a share in per cent, or a number of days."""
    return (words.percent if is_share else words.number)(value, 0, language)


@dataclass(frozen=True, eq=False)
class CurveLine:
    """One survival curve as it is drawn: P(T > day) on each day with a step."""

    label: str  #: Name of the group.
    day: np.ndarray  #: Days of the steps, rising; shape (n_steps,).
    #: `survival`, `lo`, `hi`: share still on sick leave just after `day` and its confidence limits,
    #: 0-1; NaN where there is no interval.
    survival: np.ndarray
    lo: np.ndarray
    hi: np.ndarray
    #: `at_risk_days`, `at_risk`: numbers still on sick leave, below the axis; a number may be a
    #: protected value.
    at_risk_days: Sequence[int] = field(default_factory=tuple)
    at_risk: Sequence[object] = field(default_factory=tuple)
    role: str = "actual"  #: Palette role, e.g. 'actual', 'women', 'men', 'reference', 'level_2'.

    def __post_init__(self) -> None:
        lengths = {len(self.day), len(self.survival), len(self.lo), len(self.hi)}
        if len(lengths) != 1 or len(self.at_risk_days) != len(self.at_risk):
            raise ValueError(f"curve {self.label!r}: the arrays are not of one length")

    def at(self, day: float) -> float:
        """Return the share remaining on `day`; 1 before the first step, NaN past the end."""
        if not len(self.day) or day > self.day[-1]:
            return float("nan")
        step = int(np.searchsorted(self.day, day, side="right"))
        return 1.0 if step == 0 else float(self.survival[step - 1])
