"""Many diagnoses and regions at once: adjusted p-values, and how uncertain a ranking is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmbstats.stats.resample import resampled_survival


def _adjust(p, rule):
    """Apply `rule(sorted p, n)` to the known p-values; NaN stays NaN."""
    p = np.asarray(p, float)
    known = np.flatnonzero(~np.isnan(p))
    if ((p[known] < 0) | (p[known] > 1)).any():
        raise ValueError("p: expected numbers between 0 and 1")
    out = np.full(p.shape, np.nan)
    order = known[np.argsort(p[known], kind="stable")]
    if len(order):
        out[order] = np.minimum(rule(p[order], len(order)), 1.0)
    return out


def benjamini_hochberg(p):
    """q-values that control the false discovery rate; missing p-values are left out.

    Notes
    -----
    Benjamini & Hochberg 1995, J R Stat Soc B 57:289.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, np.nan, 0.03]).round(3).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    return _adjust(p, lambda x, n: np.minimum.accumulate((x * n / np.arange(1, n + 1))[::-1])[::-1])


def benjamini_yekutieli(p):
    """q-values that hold under any dependence (Benjamini & Yekutieli 2001, Ann Stat 29:1165)."""

    def rule(x, n):
        harmonic = (1 / np.arange(1, n + 1)).sum()
        return np.minimum.accumulate((x * n * harmonic / np.arange(1, n + 1))[::-1])[::-1]

    return _adjust(p, rule)


def holm(p):
    """p-values that control the chance of any false finding (Holm 1979, Scand J Stat 6:65)."""
    return _adjust(p, lambda x, n: np.maximum.accumulate(x * np.arange(n, 0, -1)))


@dataclass(frozen=True, eq=False)
class Ranks:
    """Ranks of units with their uncertainty; 1 is the smallest value.

    Attributes
    ----------
    rank : ndarray of float, shape (n_units,)
        Rank of the estimate, ties shared; NaN without estimate.
    lo, hi : ndarray of float, shape (n_units,)
        Percentile limits over the draws.
    share_lowest, share_highest : ndarray of float, shape (n_units,)
        Share of draws in which the unit comes first or last.
    n_draws : int
    """

    rank: np.ndarray
    lo: np.ndarray
    hi: np.ndarray
    share_lowest: np.ndarray
    share_highest: np.ndarray
    n_draws: int


def _rank(values):
    """Mean ranks along the last axis (ties share), 1 = smallest."""
    below = (values[..., :, None] > values[..., None, :]).sum(axis=-1)
    ties = (values[..., :, None] == values[..., None, :]).sum(axis=-1)
    return below + (ties + 1) / 2


def rank_intervals(estimate, draws, *, level=0.95):
    """Ranks of estimates with limits from draws of them.

    Parameters
    ----------
    estimate : array-like of float, shape (n_units,)
    draws : array-like of float, shape (n_draws, n_units)
        Bootstrap replicates; a unit that is NaN in any of them gets no rank.
    level : float
        Confidence level, for one unit at a time.

    Returns
    -------
    Ranks
    """
    estimate, draws = np.asarray(estimate, float), np.asarray(draws, float)
    known = ~np.isnan(estimate) & ~np.isnan(draws).any(axis=0)
    found = np.full((5, len(estimate)), np.nan)
    if known.any():
        ranks = _rank(draws[:, known])
        tails = np.quantile(ranks, [0.5 - level / 2, 0.5 + level / 2], axis=0)
        lowest, highest = ranks == 1, ranks == known.sum()
        parts = (_rank(estimate[known]), *tails, lowest.mean(axis=0), highest.mean(axis=0))
        found[:, known] = np.stack(parts)
    rank, lo, hi, first, last = found
    return Ranks(rank, lo, hi, first, last, len(draws))


def rank_units(curves, t, *, n_draws=1000, seed=0, level=0.95):
    """Ranks of the groups of `curves` by S(t), by bootstrap of their ledgers.

    Parameters
    ----------
    curves : Curves
        One group per unit, such as county.
    t : int
        Day, such as the limit.
    n_draws, seed, level
        Replicates, seed of the generator, confidence level.

    Returns
    -------
    Ranks
        1 = smallest share exceeding.
    """
    draws = resampled_survival(curves, t, n_draws=n_draws, rng=np.random.default_rng(seed))
    return rank_intervals(curves.survival_at(t), draws, level=level)


def simultaneous_ranks(estimate, se, *, level=0.95, n_draws=4000, seed=0):
    """Ranks with intervals that hold for all units at once.

    Parameters
    ----------
    estimate, se : array-like of float, shape (n_units,)
        Independent estimates and their standard errors; NaN: the unit gets no rank.
    level : float
        Chance that every unit's interval holds its true rank.
    n_draws, seed : int
        Draws of the largest studentised difference under no difference.

    Returns
    -------
    rank, lo, hi : ndarray of float, shape (n_units,)
        1 = largest; equal estimates share their mean rank. Unit j's interval runs from 1 + the
        number of units that are surely larger to n - the number that are surely smaller, by
        simultaneous intervals of all pairwise differences.

    Notes
    -----
    Mogstad, Romano, Shaikh & Wilhelm 2024, Review of Economic Studies 91:476, section 3, with the
    critical value of the normal limit.

    Examples
    --------
    >>> rank, lo, hi = simultaneous_ranks([0.1, 0.5, 0.52], [0.01, 0.02, 0.02])
    >>> rank.tolist(), lo.tolist(), hi.tolist()
    ([3.0, 2.0, 1.0], [3.0, 1.0, 1.0], [3.0, 2.0, 2.0])
    """
    estimate, se = np.asarray(estimate, float), np.asarray(se, float)
    known = np.flatnonzero(~np.isnan(estimate) & ~np.isnan(se))
    rank, lo, hi = (np.full(len(estimate), np.nan) for _ in range(3))
    if not len(known):
        return rank, lo, hi
    value, error = estimate[known], se[known]
    spread = np.sqrt(error[:, None] ** 2 + error[None, :] ** 2)
    is_larger = value[None, :] - value[:, None] > _critical(error, spread, level, n_draws, seed)
    rank[known] = len(known) + 1 - _rank(value)
    lo[known] = 1 + is_larger.sum(axis=1)
    hi[known] = len(known) - is_larger.sum(axis=0)
    return rank, lo, hi


def _critical(error, spread, level, n_draws, seed):
    """Width of simultaneous intervals of all differences: largest studentised one times spread."""
    noise = np.random.default_rng(seed).standard_normal((n_draws, len(error))) * error
    largest = np.zeros(n_draws)
    for j in range(len(error) - 1):
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.abs(noise[:, j + 1 :] - noise[:, [j]]) / spread[j, j + 1 :]
        largest = np.maximum(largest, np.nan_to_num(found).max(axis=1))
    return np.quantile(largest, level) * spread if len(error) > 1 else spread
