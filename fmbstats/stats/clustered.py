"""Standard errors when one person has several spells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmbstats.stats.intervals import share_interval
from fmbstats.stats.survival import fit_curve

NOTEWORTHY_RATIO = 0.05  #: Report when the standard error differs by more from Greenwood's.


@dataclass(frozen=True, eq=False)
class ClusteredShares:
    """S(t) with a variance that allows for dependent spells of a person."""

    #: `day`, `survival`, `se`, `se_greenwood`, `lo`, `hi`: log-log limits from `se`; NaN where S is
    #: 0 or 1 or not identified (`se` is 0 where S is); shape (n_days,).
    day: np.ndarray
    survival: np.ndarray
    se: np.ndarray
    se_greenwood: np.ndarray
    lo: np.ndarray
    hi: np.ndarray
    differs: np.ndarray  #: `se` and `se_greenwood` differ by more than 5 %.
    n_persons: int


def influence_sums(curve, time, is_event, entry, day):
    """Each spell's influence on S(day), one column per day, shape (n_spells, n_days).

    U_i(t) = -S(t) * sum over days j <= t at risk of (1{i ends on j} - d_j/n_j) / (n_j - d_j).
    """
    row = np.searchsorted(curve.day, time)
    remaining = curve.at_risk - curve.ended
    per_end = np.where(remaining > 0, 1 / np.where(remaining > 0, remaining, 1), 0.0)
    total = np.concatenate([[0.0], np.nan_to_num(curve.greenwood)])
    at_entry = total[np.searchsorted(curve.day, entry, "right")]
    columns = []
    for t in np.atleast_1d(day):
        ends = is_event & (time <= t)
        until = total[np.searchsorted(curve.day, np.minimum(time, t), "right")]
        exposure = np.where(entry < t, until - at_entry, 0.0)
        columns.append(-curve.survival_at(t) * (np.where(ends, per_end[row], 0.0) - exposure))
    return np.stack(columns, axis=1)


def clustered_shares(time, cause, person, day, *, entry=0, level=0.95, min_at_risk=10):
    """S(t) with the infinitesimal jackknife summed within persons.

    Parameters
    ----------
    time, cause, entry : array-like, shape (n_spells,)
        One row per spell, as in `survival.fit_curve`.
    person : array-like, shape (n_spells,)
        Who the spell belongs to.
    day : int or array-like of int
        Days at which S is wanted.
    level : float
        Confidence level of the log-log limits.
    min_at_risk : int or None
        As in `survival.fit_curve`.

    Returns
    -------
    ClusteredShares
        The estimates themselves are Kaplan-Meier's. Without repeated persons the error is
        Greenwood's when all enter on the same day.

    Notes
    -----
    Ying & Wei 1994, J Multivar Anal 50:17.
    """
    time, entry, person = np.broadcast_arrays(np.atleast_1d(time), entry, person)
    is_event = np.broadcast_to(np.asarray(cause), time.shape) > 0
    curve = fit_curve(time, is_event, entry=entry, min_at_risk=min_at_risk)
    in_use = (entry < time) & (time > curve.entry_day)
    time, is_event = time[in_use], is_event[in_use]
    entry = np.maximum(entry[in_use], curve.entry_day)
    names, who = np.unique(person[in_use], return_inverse=True)
    days = np.atleast_1d(day)
    sums = influence_sums(curve, time, is_event, entry, days)
    by_person = np.stack(
        [np.bincount(who, weights=column, minlength=len(names)) for column in sums.T], axis=1
    )
    survival, greenwood = curve.survival_at(days), np.sqrt(curve.variance_at(days))
    variance = (by_person**2).sum(axis=0)
    lo, hi = share_interval(survival, variance, level=level)
    se = np.sqrt(variance)
    differs = np.abs(se - greenwood) > NOTEWORTHY_RATIO * greenwood
    return ClusteredShares(days, survival, se, greenwood, lo, hi, differs, len(names))
