"""Lengths known as bands: Turnbull's estimate, and a model for the inside.

Everything here takes half-open bands (from, to]: days 15-29 are (14, 29].
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAX_ITERATIONS = 200_000
KKT_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Turnbull:
    """Nonparametric maximum likelihood estimate from intervals."""

    #: Cell j is (edges[j], edges[j+1]]; the last edge may be infinite; shape (n_cells + 1,).
    edges_days: NDArray
    mass: NDArray  #: Probability per cell; sums to 1; shape (n_cells,).
    log_likelihood: float
    kkt_max: float  #: Largest gradient; ≤ 1 + 1e-6 proves that no other distribution is likelier.
    n_iterations: int
    is_converged: bool  #: Whether `kkt_max` passes.


def turnbull(from_days: ArrayLike, to_days: ArrayLike, counts: ArrayLike | None = None) -> Turnbull:
    """Turnbull's estimate for spells known to have ended in (from, to].

    Parameters
    ----------
    from_days, to_days : array-like, shape (n,)
        0 ≤ from ≤ to; from = to is an end known exactly; `to` infinite (or NaN) for an open
        band. Several overlapping schemes of bands may be given together.
    counts : array-like, shape (n,), optional
        Spells per interval; 1 each by default.

    Returns
    -------
    Turnbull

    Raises
    ------
    ValueError
        An interval with from > to, or no spells.

    Notes
    -----
    Self-consistency (Turnbull 1976, JRSS B 38:290) on the cells where mass can lie:
    p_j ← p_j · g_j with g_j = Σ_i n_i a_ij / (Σ_k a_ik p_k) / n, the gradient of the
    log-likelihood, until max g ≤ 1 + 1e-6 over *all* elementary cells (Karush-Kuhn-Tucker).

    Examples
    --------
    >>> fit = turnbull([0, 10, 0], [10, 20, 20], [1, 3, 4])
    >>> [round(float(m), 4) for m in fit.mass], fit.is_converged
    ([0.25, 0.75], True)
    """
    lower = np.asarray(from_days, float)
    upper = np.asarray(to_days, float)
    upper = np.where(np.isnan(upper), math.inf, upper)
    weight = np.ones(len(lower)) if counts is None else np.asarray(counts, float)
    if not (lower <= upper).all():
        raise ValueError("every interval needs from ≤ to.")
    lower = np.where(lower == upper, np.nextafter(upper, -math.inf), lower)
    if not weight.sum() > 0 or (weight < 0).any():
        raise ValueError("there must be spells, and no count below 0.")
    edges = np.unique(np.concatenate([lower, upper]))
    covers = (lower[:, None] <= edges[:-1]) & (upper[:, None] >= edges[1:])
    # mass can only lie where some interval begins at the left end and some ends at the right
    is_innermost = np.isin(edges[:-1], lower) & np.isin(edges[1:], upper)
    mass, n_iterations = _expectation_maximisation(covers[:, is_innermost], weight)
    full = np.zeros(len(edges) - 1)
    full[is_innermost] = mass
    likelihood = covers @ full
    kkt_max = float((weight / likelihood @ covers).max() / weight.sum())
    return Turnbull(
        edges_days=edges,
        mass=full,
        log_likelihood=float(weight @ np.log(likelihood)),
        kkt_max=kkt_max,
        n_iterations=n_iterations,
        is_converged=kkt_max <= 1 + KKT_TOLERANCE,
    )


def _expectation_maximisation(covers: NDArray, weight: NDArray) -> tuple[NDArray, int]:
    """Iterate to the KKT condition; every second step leaps along the last two (SQUAREM)."""
    covers, share = covers.astype(float), weight / weight.sum()
    mass = np.full(covers.shape[1], 1 / covers.shape[1])

    def step(p: NDArray) -> tuple[NDArray, float]:
        gradient = (share / (covers @ p)) @ covers
        return p * gradient, float(gradient.max())

    n_iterations = 0
    while n_iterations < MAX_ITERATIONS:
        first, gradient_max = step(mass)
        if gradient_max <= 1 + KKT_TOLERANCE / 10:
            break
        second, _ = step(first)
        mass = _leap(mass, first, second, covers, share)
        n_iterations += 1
    return mass, n_iterations


def _leap(p0, p1, p2, covers, share) -> NDArray:
    """Varadhan & Roland 2008 (Scand J Stat 35:335), taken only where the likelihood rises."""
    r, v = p1 - p0, p2 - 2 * p1 + p0
    if not v.any():
        return p2
    length = -math.sqrt((r @ r) / (v @ v))
    leapt = np.maximum(p0 - 2 * length * r + length * length * v, 1e-300)
    leapt /= leapt.sum()
    return leapt if _mean_log(covers, leapt, share) > _mean_log(covers, p2, share) else p2


def _mean_log(covers, mass, share) -> float:
    return float(share @ np.log(covers @ mass))


def piecewise_exceedance(edges_days: ArrayLike, counts: ArrayLike, limit_days: float) -> float:
    """P(T > limit) under a constant hazard inside the band; a model, never a finding.

    Parameters
    ----------
    edges_days, counts
        As in :func:`fmbstats.stats.bounds.exceedance_bounds_from_bands`, nothing suppressed.
    limit_days : float

    Returns
    -------
    float
        S(a) (S(b)/S(a))^((r − a)/(b − a)); NaN at or before the first edge, in an open band, and
        where nobody is left at the upper edge (the hazard would be infinite).
        To be drawn dashed and flagged "bounds_only".

    Examples
    --------
    >>> round(piecewise_exceedance([14, 29, 89], [10, 30, 60], 59), 4)
    0.7348
    """
    edges, counts = np.asarray(edges_days, float), np.asarray(counts, float)
    if np.isnan(counts).any():
        raise ValueError("the model needs every count; a cell is suppressed.")
    beyond = np.append(np.cumsum(counts[::-1])[::-1], 0.0)[: len(edges)] / counts.sum()
    if not edges[0] < limit_days <= edges[-1]:
        return math.nan
    above = int(np.searchsorted(edges, limit_days, side="left"))
    a, b = edges[above - 1], edges[above]
    if limit_days == b:
        return float(beyond[above])
    if beyond[above] == 0:
        return math.nan
    ratio = beyond[above] / beyond[above - 1]
    return float(beyond[above - 1] * ratio ** ((limit_days - a) / (b - a)))
