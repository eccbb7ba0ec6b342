"""Many diagnoses and regions at once: adjusted p-values, and how uncertain a ranking is."""

from __future__ import annotations

import numpy as np


def benjamini_hochberg(p):
    """q-values that control the false discovery rate; missing p-values are left out.

    Raises
    ------
    ValueError
        A p-value outside 0-1.

    Notes
    -----
    Benjamini & Hochberg 1995, J R Stat Soc B 57:289.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, np.nan, 0.03]).round(3).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    p = np.asarray(p, float)
    known = np.flatnonzero(~np.isnan(p))
    if ((p[known] < 0) | (p[known] > 1)).any():
        raise ValueError("p: expected numbers between 0 and 1")
    order = known[np.argsort(p[known], kind="stable")]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    q = np.full(p.shape, np.nan)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q


def _rank(values):
    """Mean ranks (ties share), 1 = smallest."""
    below = (values[:, None] > values[None, :]).sum(axis=-1)
    ties = (values[:, None] == values[None, :]).sum(axis=-1)
    return below + (ties + 1) / 2


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
