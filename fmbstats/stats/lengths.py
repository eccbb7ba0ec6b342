"""Summaries of length read off survival curves: quantiles, restricted mean, excess days.

Functions take a `Curve` or `Curves` of `survival` and give one value per group.
"""

from __future__ import annotations

import numpy as np

from fmbstats.stats.intervals import share_interval
from fmbstats.stats.segments import accumulate, first_true, reduce_segments

#: How near S(t) must be to 1 - p to count as equal (the square root of double precision, as R).
TOLERANCE = 1.5e-8


def ends_at_zero(curves):
    """Whether each curve (or the one) ends at 0."""
    if not len(curves.day):
        return np.zeros(np.shape(curves.entry_day), bool)
    last = np.maximum(np.asarray(curves.offsets[1:]) - 1, 0)
    at_zero = (curves.survival[last] == 0) & (np.diff(curves.offsets) > 0)
    return at_zero if np.ndim(curves.entry_day) else at_zero[0]


def crossing_day(day, values, offsets, target):
    """First day with values <= target; the middle of the stretch where they are equal to it."""
    reached = first_true(values <= target + TOLERANCE, offsets)
    below = first_true(values < target - TOLERANCE, offsets)
    last = np.maximum(offsets[1:] - 1, 0)
    if not len(day):
        return np.full(len(offsets) - 1, np.nan)
    leaves = np.where(below >= 0, below, last)
    is_equal = np.abs(values[reached] - target) <= TOLERANCE
    middle = np.where(is_equal, (day[reached] + day[leaves]) / 2, day[reached])
    return np.where(reached >= 0, middle, np.nan)


def quantile(curves, p, *, level=0.95, kind="log-log"):
    """Arrays (estimate, lo, hi) of the day by which the share p has ended, one per group.

    Limits invert the pointwise limits of S (Brookmeyer & Crowley 1982, Biometrics 38:29). NaN
    where not reached within follow-up.
    """
    if not 0 < p < 1:
        raise ValueError(f"p={p!r}: expected a share between 0 and 1, such as 0.5")
    variance = curves.survival**2 * curves.greenwood
    lo, hi = share_interval(curves.survival, variance, level=level, kind=kind)
    return tuple(
        crossing_day(curves.day, values, curves.offsets, 1 - p)
        for values in (curves.survival, np.atleast_1d(lo), np.atleast_1d(hi))
    )


def area(curves, start, tau):
    """Sum of S(t) over t = start..tau-1 and its standard error, one per group, in days.

    With start = 0 the restricted mean, otherwise the excess days beyond `start`. The variance is
    sum over days j < tau of B_j^2 d_j/(n_j(n_j - d_j)), B_j the part of the sum from day j on.
    NaN where `start` is positive and at or before the group's positive entry day, or where
    S(tau - 1) is not identified.
    """
    offsets, entry = curves.offsets, np.atleast_1d(curves.entry_day)
    start, tau = (np.broadcast_to(x, entry.shape) for x in (start, tau))
    if (tau <= start).any() or (start < 0).any():
        raise ValueError("expected 0 <= limit < tau, in days")
    counts = np.diff(offsets)
    lower, upper = np.repeat(start, counts), np.repeat(tau, counts)
    day = curves.day
    until = np.append(day[1:], 0)
    ends = offsets[1:][counts > 0] - 1
    until[ends] = np.maximum(tau[counts > 0], day[ends])
    width = np.maximum(np.minimum(until, upper) - np.maximum(day, lower), 0)
    part = curves.survival * width
    first_day = np.full(len(entry), np.iinfo(np.int64).max)
    first_day[counts > 0] = day[offsets[:-1][counts > 0]]
    before_first = np.maximum(np.minimum(first_day, tau) - start, 0)
    total = before_first + reduce_segments(np.add, part, offsets, empty=0.0)
    # From the end of each segment towards its beginning.
    onward = accumulate(np.add, part[::-1], (offsets[-1] - offsets)[::-1])[::-1]
    term = np.diff(curves.greenwood, prepend=0.0)
    begins = offsets[:-1][counts > 0]
    term[begins] = curves.greenwood[begins]
    weighted = np.where(onward > 0, onward**2 * term, 0.0)
    variance = reduce_segments(np.add, weighted, offsets, empty=0.0)
    followup = np.atleast_1d(curves.max_followup)
    is_known = (tau - 1 <= followup) | np.atleast_1d(curves.has_reached_zero)
    is_known &= (start == 0) | (entry == 0) | (start > entry)
    return np.where(is_known, total, np.nan), np.where(is_known, np.sqrt(variance), np.nan)
