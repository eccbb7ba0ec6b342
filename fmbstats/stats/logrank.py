"""Log-rank tests of k groups, stratified, with delayed entry, on ledgers of any size.

All products are in double precision: with whole numbers of 64 bits n1 * n2 * d * (n - d) wraps
silently from some 100 000 spells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmbstats.stats import special
from fmbstats.stats.risk import checked_ledger, risk_sets


@dataclass(frozen=True, eq=False)
class LogRank:
    """Result of a log-rank test."""

    #: `chi2`, `p`: statistic and p-value; NaN when fewer than two groups can be compared.
    chi2: float
    df: int  #: Degrees of freedom: groups with an expected end, minus 1.
    p: float
    #: `observed`, `expected`: ends, and ends expected if the hazards were equal (weighted when rho
    #: > 0); shape (n_groups,).
    observed: np.ndarray
    expected: np.ndarray
    variance: np.ndarray  #: Covariance of observed - expected; shape (n_groups, n_groups).


def logrank(group, time, cause, *, entry=0, n=1, strata=0, rho=0.0):
    """Test whether groups end their spells at the same rate.

    Parameters
    ----------
    group : array-like of int, shape (n_rows,)
        0..k-1; negative rows are left out.
    time, cause, entry, n : array-like
        Ledger, as in `survival.fit_curve`.
    strata : array-like of int, shape (n_rows,)
        Comparisons are made within strata and added up.
    rho : float
        Weight S(t-)^rho (Fleming & Harrington): 0 log-rank, 1 Peto & Peto.

    Returns
    -------
    LogRank

    Notes
    -----
    Mantel 1966; covariance of the multivariate hypergeometric distribution:
    d (n - d) / (n - 1) * (n_g/n) * (1{g = h} - n_h/n), summed over days and strata.

    Examples
    --------
    >>> test = logrank([0, 0, 0, 1, 1, 1], [5, 9, 30, 40, 50, 60], [1, 1, 1, 1, 1, 0])
    >>> round(test.chi2, 4), test.df
    (5.0517, 1)
    """
    group, time, cause, entry, n = checked_ledger(group, time, cause, entry, n)
    strata = np.unique(np.broadcast_to(strata, group.shape), return_inverse=True)[1]
    k = int(group.max(initial=-1)) + 1
    observed, expected, variance = np.zeros(k), np.zeros(k), np.zeros((k, k))
    in_use = (group >= 0) & (n > 0) & (entry < time)
    for stratum in range(int(strata.max(initial=-1)) + 1):
        rows = in_use & (strata == stratum)
        if rows.any():
            o, e, v = _one_stratum(
                group[rows], time[rows], cause[rows], entry[rows], n[rows], k, rho
            )
            observed, expected, variance = observed + o, expected + e, variance + v
    compared = np.flatnonzero(expected > 0)
    df = len(compared) - 1
    if df < 1:
        return LogRank(np.nan, max(df, 0), np.nan, observed, expected, variance)
    used = compared[:-1]
    gap = (observed - expected)[used]
    covariance = variance[np.ix_(used, used)]
    if np.linalg.matrix_rank(covariance) < df:
        return LogRank(np.nan, df, np.nan, observed, expected, variance)
    chi2 = float(gap @ np.linalg.solve(covariance, gap))
    return LogRank(chi2, df, float(special.chdtrc(df, chi2)), observed, expected, variance)


def _one_stratum(group, time, cause, entry, n, k, rho):
    """Observed, expected and covariance of one stratum."""
    risk = risk_sets(group, time, cause, entry=entry, n=n, n_groups=k, min_at_risk=None)
    days = np.unique(risk.day[risk.ended > 0])
    if not len(days):
        return np.zeros(k), np.zeros(k), np.zeros((k, k))
    grid = np.repeat(np.arange(k), len(days)), np.tile(days, k)
    at_risk = risk.at_risk_at(grid[1], grid[0]).reshape(k, len(days))
    ended = np.zeros((k, len(days)))
    has_end = risk.ended > 0
    ended[risk.group[has_end], np.searchsorted(days, risk.day[has_end])] = risk.ended[has_end]

    total, deaths = at_risk.sum(axis=0), ended.sum(axis=0)
    share = at_risk / total
    weight = np.ones(len(days))
    if rho:
        curve = np.cumprod(1 - deaths / total)
        weight = np.concatenate([[1.0], curve[:-1]]) ** rho
    spread = deaths * (total - deaths) / np.maximum(total - 1, 1)
    spread = np.where(total > 1, spread, 0.0) * weight**2
    weighted = share * spread
    variance = np.diag(weighted.sum(axis=1)) - weighted @ share.T
    return (weight * ended).sum(axis=1), (weight * deaths * share).sum(axis=1), variance
