"""Sharp bounds of the share of spells longer than a limit, from published bands or quantiles.

A table of counts per length band says nothing of where in a band a spell ended: between two
edges the share longer than a limit can be anything from the share at the upper edge to the share
at the lower one (Manski's worst-case bounds). What is not published (censored spells, suppressed
cells) widens the bounds; nothing is guessed. Each end carries its Wilson limit (Wilson 1927).
Models for the inside of a band stand in :mod:`fmbstats.stats.banded`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fmbstats.settings import SETTINGS
from fmbstats.stats.proportions import wilson

#: A suppressed cell holds 0 to this many spells (Inera, FK).
SUPPRESSED_MAX = 4

AT_EDGE = "at_edge"
INSIDE_BAND = "inside_band"
OPEN_BAND = "open_band"
QUANTILE_GRID = "quantile_grid"
CENSORED = "censored"
SUPPRESSED = "suppressed"


@dataclass(frozen=True)
class Bounds:
    """Bounds of P(T > limit)."""

    limit_days: int
    #: `lo`, `hi`: sharp bounds of the share among the spells counted, in [0, 1]; NaN when not
    #: estimable.
    lo: float
    hi: float
    #: `lo_ci`, `hi_ci`: Wilson limit below `lo` and above `hi`.
    lo_ci: float
    hi_ci: float
    n_spells: float  #: Spells counted; with suppressed cells the largest number there can be.
    #: "at_edge" (known exactly), "inside_band", "open_band", "quantile_grid", "censored" or
    #: "suppressed": what contributes most to hi − lo. Empty when not estimable.
    reason_for_width: str
    #: `width_from_band`, `width_from_unknown`: the parts of hi − lo due to the grid, and to
    #: censored or suppressed spells.
    width_from_band: float
    width_from_unknown: float
    #: `band_from_day`, `band_to_day`: the band (from, to] in which the limit lies; `to` is infinite
    #: in an open band.
    band_from_day: float
    band_to_day: float
    level: float
    #: Empty, ("bounds_only",), or why there is no answer: "truncated_r", "no_spells".
    flags: tuple[str, ...] = ()

    @property
    def width(self) -> float:
        """`hi` − `lo`, in [0, 1]."""
        return self.hi - self.lo

    @property
    def is_estimable(self) -> bool:
        """Whether there are any bounds."""
        return not math.isnan(self.lo)


def exceedance_bounds_from_bands(
    edges_days: ArrayLike,
    counts: ArrayLike,
    limit_days: int,
    level: float = 0.95,
    *,
    counts_max: ArrayLike | None = None,
) -> Bounds:
    """Bounds of P(T > limit | T > first edge) from counts per band.

    Parameters
    ----------
    edges_days : array-like, shape (n_bands,) or (n_bands + 1,)
        Band j is (edges[j], edges[j+1]]: days 15–29 are (14, 29]. With n_bands edges the last
        band is open.
    counts : array-like, shape (n_bands,)
        Spells per band, ≥ 0; NaN is a suppressed cell, 0 to `SUPPRESSED_MAX` spells.
    limit_days : int
    level : float
        Of the Wilson limits.
    counts_max : array-like, shape (n_bands,), optional
        The most spells each band can hold, when `counts` is the least (Inera's export).

    Returns
    -------
    Bounds
        Not estimable ("truncated_r") at or below the first edge, where the share is 1 by
        construction, and without spells ("no_spells").

    Raises
    ------
    ValueError
        Edges not rising, or their number does not fit the counts.

    Examples
    --------
    >>> b = exceedance_bounds_from_bands([14, 29, 89], [10, 30, 60], 60)
    >>> b.lo, b.hi, b.reason_for_width
    (0.6, 0.9, 'inside_band')
    """
    edges, least, most = _bands(edges_days, counts, counts_max)
    return _bounds_at(edges, least, most, limit_days, level)


def exceedance_steps_from_bands(
    edges_days: ArrayLike, counts: ArrayLike, *, counts_max: ArrayLike | None = None
):
    """Bounds of P(T > day) at every edge, for drawing.

    Returns
    -------
    day, lo, hi : ndarray, shape (n_edges,)
        Between day[j] and day[j+1] the share lies in [lo[j+1], hi[j]].
    """
    edges, least, most = _bands(edges_days, counts, counts_max)
    day = edges[np.isfinite(edges)]
    ends = [_share_above(least, most, j) for j in range(len(day))]
    return day, np.array([e[0] for e in ends]), np.array([e[1] for e in ends])


def exceedance_bounds_from_quantiles(
    breaks_days: ArrayLike,
    n_spells: int,
    n_ended: int,
    n_censored: int,
    limit_days: int,
    level: float = 0.95,
    *,
    entry_day: int = SETTINGS.entry_day,
) -> Bounds:
    """Bounds of P(T > limit | T > entry_day) from quantiles of the ended spells' lengths.

    Parameters
    ----------
    breaks_days : array-like of int, shape (K + 1,)
        Quantiles 0, 1/K, …, 1 of the *ended* spells, in whole days; ties are allowed.
    n_spells, n_ended, n_censored : int
        n_spells = n_ended + n_censored. When the censored spells end is unknown.
    limit_days : int
    level : float
    entry_day : int
        Only longer spells are in the data.

    Returns
    -------
    Bounds
        [longer ended / n, (longer ended + censored) / n].

    Notes
    -----
    A quantile q of level p of whole days obeys P(T < q) ≤ p ≤ P(T ≤ q), also when many spells
    end on day q. With b_k ≤ r < b_{k+1}, hence, k/K ≤ P(T ≤ r) ≤ (k+1)/K among the ended:
    known to within 1/K. At r = b_k the upper side is *not* sharpened to k/K, since endings bunch
    on such days.

    Examples
    --------
    >>> b = exceedance_bounds_from_quantiles([15, 20, 30, 60, 300], 100, 80, 20, 40)
    >>> b.lo, b.hi
    (0.2, 0.6)
    """
    breaks = np.asarray(breaks_days, float)
    _check_quantiles(breaks, n_spells, n_ended, n_censored)
    if limit_days <= entry_day:
        return not_estimable(limit_days, n_spells, level, "truncated_r")
    if n_spells == 0:
        return not_estimable(limit_days, 0, level, "no_spells")
    n_steps = len(breaks) - 1
    k = int(np.searchsorted(breaks, limit_days, side="right")) - 1
    share_lo, share_hi = _share_longer(k, n_steps)
    longer_lo, longer_hi = n_ended * share_lo, n_ended * share_hi
    lo, hi = longer_lo / n_spells, (longer_hi + n_censored) / n_spells
    from_band, unknown = (longer_hi - longer_lo) / n_spells, n_censored / n_spells
    return Bounds(
        limit_days=limit_days,
        lo=lo,
        hi=hi,
        lo_ci=float(wilson(longer_lo, n_spells, level=level)[0]),
        hi_ci=float(wilson(longer_hi + n_censored, n_spells, level=level)[1]),
        n_spells=n_spells,
        reason_for_width=_main_reason(QUANTILE_GRID, from_band, CENSORED, unknown),
        width_from_band=from_band,
        width_from_unknown=unknown,
        band_from_day=float(entry_day if k < 0 else breaks[k]),
        band_to_day=float(breaks[k + 1]) if k < n_steps else math.inf,
        level=level,
        flags=("bounds_only",) if hi > lo else (),
    )


def exceedance_steps_from_quantiles(
    breaks_days: ArrayLike, n_spells: int, n_ended: int, n_censored: int
):
    """Bounds of P(T > day) at every break, for drawing.

    Returns
    -------
    day, lo, hi : ndarray
        One row per distinct break; between two of them the bounds stay what they are at the
        first.
    """
    breaks = np.asarray(breaks_days, float)
    _check_quantiles(breaks, n_spells, n_ended, n_censored)
    day = np.array(sorted(set(breaks.tolist())))
    n_steps = len(breaks) - 1
    shares = [_share_longer(int(np.searchsorted(breaks, d, "right")) - 1, n_steps) for d in day]
    lo, hi = np.array(shares).T
    return day, n_ended * lo / n_spells, (n_ended * hi + n_censored) / n_spells


def _bands(edges_days: ArrayLike, counts: ArrayLike, counts_max):
    """Edges with an infinite one behind an open band, least and most spells per band."""
    edges, counts = np.asarray(edges_days, float), np.asarray(counts, float)
    if len(edges) == len(counts):
        edges = np.append(edges, math.inf)
    if len(edges) != len(counts) + 1 or not (np.diff(edges) > 0).all():
        raise ValueError("edges must rise and number as many as the counts, or one more.")
    if (counts < 0).any():
        raise ValueError("a count is below 0.")
    is_hidden = np.isnan(counts)
    most = counts if counts_max is None else np.asarray(counts_max, float)
    if not (most[~is_hidden] >= counts[~is_hidden]).all():
        raise ValueError("counts_max is below counts.")
    return edges, np.where(is_hidden, 0, counts), np.where(is_hidden, SUPPRESSED_MAX, most)


def _bounds_at(edges, least, most, limit_days: int, level: float) -> Bounds:
    if limit_days <= edges[0]:
        return not_estimable(limit_days, most.sum(), level, "truncated_r")
    if most.sum() == 0:
        return not_estimable(limit_days, 0, level, "no_spells")
    # band of the limit: edges[below] < limit ≤ edges[above]; at an edge the two coincide
    above = min(int(np.searchsorted(edges, limit_days, side="left")), len(edges) - 1)
    below = above if limit_days >= edges[above] else above - 1
    lo, _, lo_ci, _ = _share_above(least, most, above, level)
    _, hi, _, hi_ci = _share_above(least, most, below, level)
    from_band = _middle_share(least, most, below) - _middle_share(least, most, above)
    unknown = max(hi - lo - from_band, 0.0)
    is_open = below < above and math.isinf(edges[above])
    band_reason = OPEN_BAND if is_open else INSIDE_BAND
    return Bounds(
        limit_days=limit_days,
        lo=lo,
        hi=hi,
        lo_ci=lo_ci,
        hi_ci=hi_ci,
        n_spells=float(most.sum()),
        reason_for_width=_main_reason(band_reason, from_band, SUPPRESSED, unknown),
        width_from_band=from_band,
        width_from_unknown=unknown,
        band_from_day=float(edges[above - 1]),
        band_to_day=float(edges[above]),
        level=level,
        flags=("bounds_only",) if hi > lo else (),
    )


def _share_above(least, most, edge: int, level: float = 0.95):
    """Least and largest share beyond an edge, with the Wilson limits of each."""
    if edge == 0:
        return 1.0, 1.0, 1.0, 1.0
    pairs = (least[edge:].sum(), most[:edge].sum()), (most[edge:].sum(), least[:edge].sum())
    (k_lo, n_lo), (k_hi, n_hi) = ((beyond, beyond + before) for beyond, before in pairs)
    lo = k_lo / n_lo if n_lo else 0.0
    hi = k_hi / n_hi if n_hi else 1.0
    lo_ci = float(wilson(k_lo, n_lo, level=level)[0]) if n_lo else 0.0
    hi_ci = float(wilson(k_hi, n_hi, level=level)[1]) if n_hi else 1.0
    return float(lo), float(hi), lo_ci, hi_ci


def _middle_share(least, most, edge: int) -> float:
    """Share beyond an edge when each suppressed cell holds the middle of what it can."""
    middle = (least + most) / 2
    return float(middle[edge:].sum() / middle.sum())


def _share_longer(k: int, n_steps: int) -> tuple[float, float]:
    """Least and largest share of ended spells longer than a limit in [b_k, b_{k+1})."""
    if k >= n_steps:
        return 0.0, 0.0
    return max(n_steps - k - 1, 0) / n_steps, (n_steps - max(k, 0)) / n_steps


def _check_quantiles(breaks, n_spells: int, n_ended: int, n_censored: int) -> None:
    if len(breaks) < 2 or not (np.diff(breaks) >= 0).all():
        raise ValueError("breaks must be at least two and must not fall.")
    if n_ended + n_censored != n_spells or min(n_ended, n_censored) < 0:
        raise ValueError("n_spells must be n_ended + n_censored.")


def _main_reason(band: str, from_band: float, other: str, from_other: float) -> str:
    if max(from_band, from_other) < 1e-12:
        return AT_EDGE
    return band if from_band >= from_other else other


def not_estimable(limit_days: int, n_spells: float, level: float, flag: str) -> Bounds:
    """Bounds that are none: every number NaN but the spells, with the reason as a flag."""
    nan = math.nan
    return Bounds(
        limit_days, nan, nan, nan, nan, float(n_spells), "", nan, nan, nan, nan, level, (flag,)
    )
