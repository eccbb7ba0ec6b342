"""Competing end reasons: the share that has ended for each reason by each day.

One minus the Kaplan-Meier curve of a single reason overstates its share, since it pretends that
the other reasons did not exist; the Aalen-Johansen estimate does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fmbstats.stats.intervals import share_interval
from fmbstats.stats.risk import checked_ledger
from fmbstats.stats.survival import Curve, fit_curve


@dataclass(frozen=True, eq=False)
class Incidence:
    """Cumulative incidence of each end reason, given T > entry_day."""

    causes: tuple  #: The reasons, ascending.
    day: np.ndarray  #: Rows as in `curve`; shape (n_days,).
    #: `share`, `variance`: P(T <= day, reason), and its variance; shape (n_causes, n_days).
    share: np.ndarray
    variance: np.ndarray
    ended: np.ndarray  #: Ends for the reason on the day; shape (n_causes, n_days).
    curve: Curve = field(repr=False)  #: Still on sick leave; the shares and S(t) sum to 1.

    def _read(self, values, cause, t):
        t = np.floor(t)
        row = np.searchsorted(self.day, t, "right") - 1
        line = np.concatenate([[0.0], values[self.causes.index(cause)]])
        return np.where(np.isnan(self.curve.survival_at(t)), np.nan, line[row + 1])[()]

    def share_at(self, cause, t):
        """P(T <= t, reason); NaN where S(t) is not identified."""
        return self._read(self.share, cause, t)

    def variance_at(self, cause, t):
        """Variance of `share_at`."""
        return self._read(self.variance, cause, t)

    def interval_at(self, cause, t, level=0.95):
        """Log-log limits (lo, hi) of the share; NaN where it is 0 or 1."""
        share, variance = self.share_at(cause, t), self.variance_at(cause, t)
        return share_interval(share, variance, level=level)


def fit_incidence(time, cause, *, entry=0, n=1, causes=None, min_at_risk=10):
    """Aalen-Johansen shares of competing end reasons from a ledger.

    Parameters
    ----------
    time, cause, entry, n : array-like
        Ledger, as in `survival.fit_curve`; `cause` 0 = censored, 1, 2, ... reasons.
    causes : sequence of int, optional
        Reasons wanted; default those that occur.
    min_at_risk : int or None
        As in `survival.fit_curve`.

    Returns
    -------
    Incidence

    Notes
    -----
    F_k(t) = sum over days j <= t of S(j - 1) d_kj / n_j. Variance by the delta method, as R's
    survfit: sum over j <= t of g_j^2 d_j / (n_j (n_j - d_j)) + S(j - 1)^2 d_kj (n_j - d_kj) / n_j^3
    - 2 g_j S(j - 1) d_kj / n_j^2, with g_j = F_k(t) - F_k(j).

    Examples
    --------
    >>> both = fit_incidence([5, 9, 30, 40], [1, 2, 1, 0])
    >>> float(both.share_at(1, 35)), float(both.share_at(2, 35)), float(both.curve.survival_at(35))
    (0.5, 0.25, 0.25)
    """
    time = np.atleast_1d(time)
    _, time, cause, entry, n = checked_ledger(np.zeros(len(time), int), time, cause, entry, n)
    curve = fit_curve(time, cause, entry=entry, n=n, min_at_risk=min_at_risk)
    in_use = (entry < time) & (time > curve.entry_day) & (n > 0)
    time, cause, n = time[in_use], cause[in_use], n[in_use]
    causes = tuple(np.unique(cause[cause > 0]).tolist()) if causes is None else tuple(causes)
    row = np.searchsorted(curve.day, time)
    ended = np.array(
        [np.bincount(row, weights=n * (cause == k), minlength=len(curve.day)) for k in causes]
    ).reshape(len(causes), len(curve.day))
    before = np.concatenate([[1.0], curve.survival[:-1]])[: len(curve.day)]
    share = np.cumsum(before * ended / curve.at_risk, axis=1)
    per_day = [_variance(curve, before, d, f) for d, f in zip(ended, share, strict=True)]
    return Incidence(
        causes, curve.day, share, np.array(per_day).reshape(share.shape), ended, curve
    )  # fmt: skip


def _variance(curve, before, ended, share):
    """Sum over j <= t of own_j - 2 g_j cross_j + g_j^2 total_j on every row t, by running sums."""
    n, remaining = curve.at_risk, curve.at_risk - curve.ended
    own, cross = before**2 * ended * (n - ended) / n**3, before * ended / n**2
    # On a day when nobody remains: F no longer changes after it, so g is 0.
    is_last = remaining <= 1e-9 * n
    total = curve.ended / n * np.where(is_last, 0.0, 1 / np.where(is_last, 1.0, remaining))
    a0, a1, a2 = (np.cumsum(total * share**power) for power in (0, 1, 2))
    c0, c1 = np.cumsum(cross), np.cumsum(cross * share)
    spread = share**2 * a0 - 2 * share * a1 + a2 - 2 * (share * c0 - c1) + np.cumsum(own)
    return np.maximum(spread, 0.0)
