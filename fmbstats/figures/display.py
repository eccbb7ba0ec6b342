"""What figures are drawn from: small frozen objects that hold arrays, and checked frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from fmbstats import words


def sentences(parts: Sequence[str], is_synthetic: bool, language: str) -> str:
    """Join the sentences of an alternative text, the one on synthetic data last."""
    tail = [words.phrase("caption.synthetic", language)] if is_synthetic else []
    return " ".join([*parts, *tail])


def written(value: float, is_share: bool, language: str) -> str:
    """Write a share in per cent, or a number of days."""
    return (words.percent if is_share else words.number)(value, 0, language)


INTERVAL_COLUMNS = ("label", "exceedance_lo", "exceedance_hi", "ci_lo", "ci_hi")


@dataclass(frozen=True)
class LimitLine:
    """A recommended limit to draw."""

    days: int  #: The limit, in days.
    label: str = ""  #: What stands at the line; empty for the number of days.
    is_past: bool = False  #: It was withdrawn during the year: drawn lighter.

    def shown(self, language: str) -> str:
        """Return the text at the line."""
        return self.label or words.days(self.days, language)


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

    def stairs(self, entry_day: int) -> tuple[np.ndarray, np.ndarray]:
        """Return days and shares of the steps from (entry_day, 1) on."""
        after = self.day >= entry_day
        days = np.concatenate([[entry_day], self.day[after]])
        return days, np.concatenate([[1.0], self.survival[after]])

    def at(self, day: float) -> float:
        """Return the share remaining on `day`; 1 before the first step, NaN past the end."""
        if not len(self.day) or day > self.day[-1]:
            return float("nan")
        step = int(np.searchsorted(self.day, day, side="right"))
        return 1.0 if step == 0 else float(self.survival[step - 1])


def checked_intervals(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` with the columns interval figures need, absent ones filled in.

    `frame`: one row per mark: label; exceedance_lo, exceedance_hi (share over the longest and the
    shortest limit, 0-1; equal when there is one limit); ci_lo, ci_hi. Optional: n_spells, reason (a
    `Spoken` in place of the numbers), role, group.

    Raises ValueError: when a column is missing or a share lies outside 0-1.
    """
    missing = [name for name in INTERVAL_COLUMNS if name not in frame.columns]
    if missing:
        raise ValueError(f"interval frame lacks column(s) {', '.join(missing)}")
    full = frame.reset_index(drop=True).copy()
    for name, default in (("reason", None), ("role", "actual"), ("n_spells", None)):
        if name not in full.columns:
            full[name] = default
    shares = full[list(INTERVAL_COLUMNS[1:])].to_numpy(dtype=float)
    if np.nanmax(shares, initial=0) > 1 + 1e-9 or np.nanmin(shares, initial=0) < -1e-9:
        raise ValueError("a share lies outside 0-1")
    return full
