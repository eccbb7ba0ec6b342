"""Bootstrap on a ledger of counts: no row per spell is needed.

Resampling spells with replacement is the same as drawing the ledger's counts from a multinomial
distribution (Efron 1981, J Am Stat Assoc 76:312, for censored data); with millions of spells
independent Poisson counts differ only in that the total varies. Drawing the ends of each day from
a binomial distribution given the risk set is the quickest where only a curve is wanted, and has
Greenwood's variance.
"""

from __future__ import annotations

import numpy as np


def resampled_counts(n, rng, *, kind="multinomial"):
    """Draw a ledger's counts anew.

    Parameters
    ----------
    n : array-like of int, shape (n_rows,)
        Spells of each ledger row.
    rng : numpy.random.Generator
    kind : {"multinomial", "poisson"}
        Whether the total is kept.

    Returns
    -------
    ndarray of int, shape (n_rows,)
    """
    n = np.asarray(n)
    if kind == "poisson":
        return rng.poisson(n)
    if kind != "multinomial":
        raise ValueError(f"kind={kind!r}: expected 'multinomial' or 'poisson'")
    total = int(n.sum())
    return rng.multinomial(total, n / total) if total else np.zeros(n.shape, np.int64)


def resampled_survival(curves, t, *, n_draws, rng):
    """Draw S(t) of every group anew, by binomial ends on each day given the risk sets.

    Parameters
    ----------
    curves : Curves
    t : int or array-like of int, shape (n_groups,)
        Day.
    n_draws : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float, shape (n_draws, n_groups)
        NaN where S(t) is not identified.
    """
    n_groups = len(curves)
    t = np.broadcast_to(t, n_groups)
    rows = np.flatnonzero((curves.day <= t[curves.group]) & (curves.ended > 0))
    at_risk = np.rint(curves.at_risk[rows]).astype(np.int64)
    hazard = np.minimum(curves.ended[rows] / curves.at_risk[rows], 1.0)
    ended = rng.binomial(at_risk, hazard, size=(n_draws, len(rows)))
    factor = 1 - ended / at_risk
    out = np.ones((n_draws, n_groups))
    begins = np.flatnonzero(np.diff(curves.group[rows], prepend=-1))
    if len(rows):
        out[:, curves.group[rows][begins]] = np.multiply.reduceat(factor, begins, axis=1)
    return np.where(np.isnan(curves.survival_at(t)), np.nan, out)
