"""What figures are drawn from: small frozen objects that hold arrays, and checked frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from fmbstats import words

INTERVAL_COLUMNS = ("label", "exceedance_lo", "exceedance_hi", "ci_lo", "ci_hi")


@dataclass(frozen=True)
class LimitLine:
    """A recommended limit to draw.

    Attributes
    ----------
    days : int
        The limit, in days.
    label : str
        What stands at the line; empty for the number of days.
    is_past : bool
        It was withdrawn during the year: drawn lighter.
    """

    days: int
    label: str = ""
    is_past: bool = False

    def shown(self, language: str) -> str:
        """Return the text at the line."""
        return self.label or words.days(self.days, language)


@dataclass(frozen=True, eq=False)
class CurveLine:
    """One survival curve as it is drawn: P(T > day) on each day with a step.

    Attributes
    ----------
    label : str
        Name of the group.
    day : array of int, shape (n_steps,)
        Days of the steps, rising.
    survival, lo, hi : array of float, shape (n_steps,)
        Share still on sick leave just after `day` and its confidence limits, 0-1; NaN where
        there is no interval.
    at_risk_days, at_risk : sequences, shape (n_marks,)
        Numbers still on sick leave, below the axis; a number may be a protected value.
    role : str
        Palette role, e.g. 'actual', 'women', 'men', 'reference', 'level_2'.
    """

    label: str
    day: np.ndarray
    survival: np.ndarray
    lo: np.ndarray
    hi: np.ndarray
    at_risk_days: Sequence[int] = field(default_factory=tuple)
    at_risk: Sequence[object] = field(default_factory=tuple)
    role: str = "actual"

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
