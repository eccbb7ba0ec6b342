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


def fit_incidence(time, cause, *, entry=0, n=1, causes=None, min_at_risk=10, variance="delta"):
    """Aalen-Johansen shares of competing end reasons from a ledger.

    Parameters
    ----------
    time, cause, entry, n : array-like
        Ledger, as in `survival.fit_curve`; `cause` 0 = censored, 1, 2, ... reasons.
    causes : sequence of int, optional
        Reasons wanted; default those that occur.
    min_at_risk : int or None
        As in `survival.fit_curve`.
    variance : {"delta", "aalen"}
        "delta" as R's survfit; "aalen" as cmprsk, by counting processes, a little larger.

    Returns
    -------
    Incidence

    Notes
    -----
    F_k(t) = sum over days j <= t of S(j - 1) d_kj / n_j. Variance "delta": sum over j <= t of
    g_j^2 d_j / (n_j (n_j - d_j)) + S(j - 1)^2 d_kj (n_j - d_kj) / n_j^3
    - 2 g_j S(j - 1) d_kj / n_j^2, with g_j = F_k(t) - F_k(j). "aalen": with
    v_k = d_kj (n_j - d_kj) / (n_j^2 (n_j - 1)), v_o likewise for the other reasons, and
    q_j = n_j / (n_j - d_j): sum of (S(j - 1) - g_j q_j)^2 v_k + (g_j q_j)^2 v_o.

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
    spread = {"delta": _delta_terms, "aalen": _aalen_terms}[variance]
    per_day = [
        _total_variance(f, *spread(curve, before, d)) for d, f in zip(ended, share, strict=True)
    ]
    return Incidence(
        causes, curve.day, share, np.array(per_day).reshape(share.shape), ended, curve
    )  # fmt: skip


def _total_variance(share, own, cross, total):
    """Sum over j <= t of own_j - 2 g_j cross_j + g_j^2 total_j on every row t, by running sums."""
    a0, a1, a2 = (np.cumsum(total * share**power) for power in (0, 1, 2))
    c0, c1 = np.cumsum(cross), np.cumsum(cross * share)
    spread = share**2 * a0 - 2 * share * a1 + a2 - 2 * (share * c0 - c1) + np.cumsum(own)
    return np.maximum(spread, 0.0)


def _one_over_remaining(curve):
    """1/(n - d), and 0 on a day when nobody remains: F no longer changes after it, so g is 0."""
    remaining = curve.at_risk - curve.ended
    is_last = remaining <= 1e-9 * curve.at_risk
    return np.where(is_last, 0.0, 1 / np.where(is_last, 1.0, remaining))


def _delta_terms(curve, before, ended):
    n = curve.at_risk
    own = before**2 * ended * (n - ended) / n**3
    return own, before * ended / n**2, curve.ended / n * _one_over_remaining(curve)


def _aalen_terms(curve, before, ended):
    n, ratio = curve.at_risk, curve.at_risk * _one_over_remaining(curve)
    others = curve.ended - ended
    scale = np.where(n > 1, 1 / (n**2 * np.maximum(n - 1, 1)), 0.0)
    v_own, v_others = ended * (n - ended) * scale, others * (n - others) * scale
    return before**2 * v_own, before * ratio * v_own, ratio**2 * (v_own + v_others)
