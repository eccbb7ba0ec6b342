"""Direct standardisation of shares and of rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmbstats.stats import special
from fmbstats.stats.intervals import share_interval


@dataclass(frozen=True, eq=False)
class Standardised:
    """A standardised share or rate."""

    #: `estimate`, `se`, `lo`, `hi`: NaN where a stratum with weight has no estimate (or, for `se`,
    #: no variance).
    estimate: float
    se: float
    lo: float
    hi: float
    #: Positions of the strata with weight but without estimate; nothing is renormalised.
    empty_strata: np.ndarray
    n_events: float = np.nan  #: Events behind a rate; NaN for a share.


def standardised_share(weights, share, variance, *, level=0.95):
    """Directly standardised share, such as S(limit) over age and sex.

    Parameters
    ----------
    weights : array-like of float, shape (n_strata,)
        The standard's spells per stratum; scaled to sum 1.
    share, variance : array-like of float, shape (n_strata,)
        S_k(limit) and its Greenwood variance; NaN where a stratum has no estimate.
    level : float
        Confidence level of the log-log limits.

    Returns
    -------
    Standardised

    Notes
    -----
    S = sum w_k S_k, Var = sum w_k^2 Var_k. A stratum in which S_k has reached 0 has no variance,
    nor then has the sum.

    Examples
    --------
    >>> result = standardised_share([1, 3], [0.2, 0.4], [0.01, 0.01])
    >>> round(result.estimate, 2), round(result.se, 4)
    (0.35, 0.0791)
    """
    weights = _scaled(weights)
    has_weight = weights > 0
    w, s, v = (np.asarray(x, float)[has_weight] for x in (weights, share, variance))
    empty = np.flatnonzero(has_weight)[np.isnan(s)]
    estimate, total = float(w @ s), float(w**2 @ v)
    lo, hi = share_interval(estimate, total, level=level)
    return Standardised(estimate, float(np.sqrt(total)), float(lo), float(hi), empty)


def _scaled(weights):
    weights = np.asarray(weights, float)
    if not (weights >= 0).all() or weights.sum() <= 0:
        raise ValueError("weights: expected numbers >= 0, not all 0")
    return weights / weights.sum()


def collapse_strata(order, n_spells, *, min_spells=10):
    """Join neighbouring strata until each holds enough spells: the stated rule for thin data.

    Parameters
    ----------
    order : array-like of int, shape (n_strata,)
        Strata are joined only within equal values of `order` (such as sex), in the order given
        (such as age).
    n_spells : array-like of int, shape (n_strata,)
        Spells per stratum of the unit to be standardised.
    min_spells : int
        Each joined stratum holds at least so many, unless all of its kind together do not.

    Returns
    -------
    ndarray of int, shape (n_strata,)
        Number of the joined stratum of each stratum.

    Examples
    --------
    >>> collapse_strata([0, 0, 0, 1, 1], [12, 3, 4, 5, 9]).tolist()
    [0, 0, 0, 1, 1]
    >>> collapse_strata([0, 0, 0, 0], [12, 3, 8, 30]).tolist()
    [0, 1, 1, 2]
    """
    order, n_spells = np.asarray(order), np.asarray(n_spells, float)
    joined = np.zeros(len(order), np.int64)
    number = 0
    for value in dict.fromkeys(order.tolist()):
        members = np.flatnonzero(order == value)
        held, first = 0.0, number
        for i in members:
            joined[i] = number
            held += n_spells[i]
            if held >= min_spells:
                number, held = number + 1, 0.0
        if number > first and joined[members[-1]] == number:
            joined[members[joined[members] == number]] = number - 1
        elif number == first or joined[members[-1]] == number:
            number += 1
    return joined


def poisson_limits(count, *, level=0.95):
    """Exact limits of a Poisson mean (Garwood 1936), from the gamma distribution.

    >>> [round(float(x), 3) for x in poisson_limits(10)]
    [4.795, 18.39]
    """
    count, tail = np.asarray(count, float), 0.5 - level / 2
    lo = np.where(count > 0, special.gammaincinv(np.maximum(count, 1e-300), tail), 0.0)
    return lo[()], special.gammaincinv(count + 1, 1 - tail)[()]
