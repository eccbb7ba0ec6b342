"""Rounded counts, and the ledger from which published curves are computed.

Survival curves leak: from the heights of the steps every count can be worked out. Published
curves therefore come from cumulative counts rounded to the midpoints of 6 (the practice of
OpenSAFELY); the error of S is about 3 / n.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmbstats.disclosure.values import DEFAULT_RULES, Protected, Rules


def round_counts(n, base: int = 6):
    """Round counts to the midpoints of `base`: ceil(n / base) * base - base // 2; 0 stays 0.

    Parameters
    ----------
    n : int or array-like of int
        Counts, 0 or more.
    base : int
        Width of the classes; 6 gives 3, 9, 15 …

    Returns
    -------
    int or ndarray of int

    Examples
    --------
    >>> round_counts([0, 1, 6, 7, 100]).tolist(), round_counts(4)
    ([0, 3, 3, 9, 99], 3)
    """
    counts = np.asarray(n, dtype=np.int64)
    if (counts < 0).any():
        raise ValueError("counts must be 0 or more")
    rounded = np.where(counts > 0, -(-counts // base) * base - base // 2, 0)
    return int(rounded) if rounded.ndim == 0 else rounded


def protected_share(n_part: int, n_all: int, rules: Rules = DEFAULT_RULES) -> float | Protected:
    """Return a share computed from rounded counts, or a protected value.

    The share is hidden when part or rest has fewer than the threshold: 0 % and 100 % of a group
    tell about every person in it.

    Parameters
    ----------
    n_part, n_all : int
        Persons or spells with the property, and in the group.

    Returns
    -------
    float or Protected
        In 0-1.

    Examples
    --------
    >>> protected_share(50, 100)
    0.5151515151515151
    >>> protected_share(0, 40)
    Protected(threshold=5, kind='suppressed')
    """
    if not 0 <= n_part <= n_all:
        raise ValueError(f"{n_part} of {n_all} is no share")
    if min(n_part, n_all - n_part) < rules.threshold:
        return Protected(rules.threshold)
    return min(1.0, round_counts(n_part, rules.rounding) / round_counts(n_all, rules.rounding))


@dataclass(frozen=True, eq=False)
class RoundedLedger:
    """A ledger of rounded counts; every estimator takes it in place of the exact one.

    Attributes
    ----------
    time, cause, n, entry : ndarray of int, shape (n_rows,)
        Days, end reason (0 censored), rounded counts, day of entry.
    last_day : int
        The curve is cut here: later fewer than the threshold are at risk.
    """

    time: np.ndarray
    cause: np.ndarray
    n: np.ndarray
    entry: np.ndarray
    last_day: int


def protect_ledger(
    time, cause, n=1, *, entry=0, rules: Rules = DEFAULT_RULES
) -> RoundedLedger | Protected:
    """Round a ledger so that a curve computed from it may be published.

    For each entry day and end reason the counts are cumulated over the days and the running
    totals rounded, so that every step stands for a whole class of spells and errors do not add
    up. Where fewer than the threshold are at risk the rest is censored.

    Parameters
    ----------
    time, cause : array-like of int, shape (n_rows,)
        Day of end or censoring; end reason, 0 censored.
    n, entry : int or array-like of int
        Count of each row; day of entry.
    rules : Rules

    Returns
    -------
    RoundedLedger or Protected
        Protected (kind 'no_curve') when there are fewer than ``rules.curve_minimum`` spells.

    Raises
    ------
    ValueError
        When a spell enters on or after its last day.
    """
    time, cause, n, entry = (
        np.ravel(a).astype(np.int64) for a in np.broadcast_arrays(time, cause, n, entry)
    )
    if (entry >= time).any():
        raise ValueError("a spell enters on or after its last day")
    if n.sum() < rules.curve_minimum:
        return Protected(rules.curve_minimum, "no_curve")
    parts = [
        _rounded_group(time[rows], n[rows], rules.rounding, key)
        for key in sorted(set(zip(entry.tolist(), cause.tolist(), strict=True)))
        for rows in [(entry == key[0]) & (cause == key[1])]
    ]
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    cut = _cut(*joined, threshold=rules.threshold)
    return Protected(rules.curve_minimum, "no_curve") if cut is None else cut


def _rounded_group(time, n, base: int, key: tuple[int, int]):
    """Round the running total over the days of one entry day and end reason."""
    days, place = np.unique(time, return_inverse=True)
    running = np.cumsum(np.bincount(place, weights=n).astype(np.int64))
    steps = np.diff(round_counts(running, base), prepend=0)
    days, steps = days[steps > 0], steps[steps > 0]
    entry, cause = (np.full(len(days), value, dtype=np.int64) for value in key)
    return days, cause, steps, entry


def _cut(time, cause, n, entry, *, threshold: int) -> RoundedLedger | None:
    """Censor everything at the last day with enough at risk; None when there is no such day."""
    days = np.unique(time)
    at_risk = np.array([n[(entry < d) & (time >= d)].sum() for d in days])
    if at_risk.max() < threshold:
        return None
    last = int(days[at_risk >= threshold].max())
    is_late = time > last
    keep = entry < last
    return RoundedLedger(
        time=np.where(is_late, last, time)[keep],
        cause=np.where(is_late, 0, cause)[keep],
        n=n[keep],
        entry=entry[keep],
        last_day=last,
    )
