"""Part-time sick leave: the degree by day, and net days (degree x days).

Gross length counts every calendar day with any degree and is what recommendations are about. Net
days weigh a day by its degree; their mean needs the cost estimator, since a Kaplan-Meier curve on
the net days of censored spells is censored informatively (Lin et al. 1997, Biometrics 53:419).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmbstats.stats.intervals import z_value
from fmbstats.stats.survival import Curve, fit_curve


@dataclass(frozen=True, eq=False)
class DegreeByDay:
    """What those on sick leave on a day are on sick leave to."""

    day: np.ndarray  #: Consecutive days from the first observed one; shape (n_days,).
    degrees: tuple  #: Degrees in percent, ascending.
    at_risk: np.ndarray  #: Spells on sick leave and under observation on the day; shape (n_days,).
    #: Share of those at risk on each degree; sums to 1 where anybody is at risk, less what is
    #: `missing`; shape (n_degrees, n_days).
    share: np.ndarray
    #: Share of those at risk whose degree on the day is not known; shape (n_days,).
    missing: np.ndarray
    #: Mean degree (0-1) of those with a known degree; NaN where there are none; shape (n_days,).
    mean: np.ndarray


@dataclass(frozen=True, eq=False)
class NetDays:
    """Mean days per spell up to `tau`, from the first observed day."""

    #: `net`, `net_se`, `net_lo`, `net_hi`: sum of degree x days; normal limits.
    net: float
    net_se: float
    net_lo: float
    net_hi: float
    gross: float  #: Calendar days, over the same days.
    #: `entry_day`, `tau`: days entry_day + 1 .. tau are counted, given T > entry_day.
    entry_day: int
    tau: int


def _running_count(from_day, to_day, weight, first, last):
    """Sum of weights of the periods that hold each of the days first..last."""
    size = last - first + 2
    begin, end = (np.clip(x - first, 0, size - 1) for x in (from_day, to_day + 1))
    keep = to_day >= from_day
    steps = np.bincount(begin[keep], weights=weight[keep], minlength=size)
    steps -= np.bincount(end[keep], weights=weight[keep], minlength=size)
    return np.cumsum(steps)[:-1]


def degree_by_day(curve, from_day, to_day, degree_pct, *, n=1, last_day=None):
    """Degrees by day among those at risk.

    Parameters
    ----------
    curve : Curve
        Of the same spells.
    from_day, to_day : array-like of int, shape (n_periods,)
        Degree periods, counted from the spell's day 1, both inclusive; cut at the spell's `time`
        and at its entry day by the caller or by `clip_periods`.
    degree_pct : array-like of int, shape (n_periods,)
        25, 50, 75 or 100.
    n : array-like
        Spells with the period.
    last_day : int, optional
        Default the curve's last day.

    Returns
    -------
    DegreeByDay
    """
    from_day, to_day, degree_pct, n = np.broadcast_arrays(
        np.atleast_1d(from_day), to_day, degree_pct, np.asarray(n, float)
    )
    first = curve.entry_day + 1
    last = max(int(curve.max_followup if last_day is None else last_day), first)
    day = np.arange(first, last + 1)
    degrees = tuple(np.unique(degree_pct).tolist())
    counts = np.array(
        [
            _running_count(
                from_day[degree_pct == d], to_day[degree_pct == d], n[degree_pct == d], first, last
            )
            for d in degrees
        ]
    ).reshape(len(degrees), len(day))
    at_risk = curve.at_risk_at(day)
    known = counts.sum(axis=0)
    if (known > at_risk * (1 + 1e-9) + 1e-9).any():
        raise ValueError("degree periods: more spells with a degree on a day than at risk on it")
    base = np.where(at_risk > 0, at_risk, np.nan)
    total = np.array(degrees) @ counts / 100 if degrees else np.zeros(len(day))
    mean = total / np.where(known > 0, known, np.nan)
    return DegreeByDay(day, degrees, at_risk, counts / base, 1 - known / base, mean)


def clip_periods(spell, from_day, to_day, degree_pct, time, entry):
    """Cut degree periods at what is observed of each spell; empty ones are dropped.

    Parameters
    ----------
    spell : array-like of int, shape (n_periods,)
        Row of the spell in `time` and `entry`.
    from_day, to_day, degree_pct : array-like, shape (n_periods,)
    time, entry : array-like of int, shape (n_spells,)

    Returns
    -------
    spell, from_day, to_day, degree_pct : ndarray
    """
    spell, from_day, to_day, degree_pct = np.broadcast_arrays(
        np.atleast_1d(spell), from_day, to_day, degree_pct
    )
    begin = np.maximum(from_day, np.asarray(entry)[spell] + 1)
    end = np.minimum(to_day, np.asarray(time)[spell])
    keep = begin <= end
    return spell[keep], begin[keep], end[keep], degree_pct[keep]


def net_days(
    time, cause, spell, from_day, to_day, degree_pct, *, tau, entry=0, person=None,
    level=0.95, min_at_risk=10,
):  # fmt: skip
    """Mean net days per spell up to day `tau`, allowing for censored spells.

    Parameters
    ----------
    time, cause, entry : array-like, shape (n_spells,)
        One row per spell, as in `survival.fit_curve`.
    spell, from_day, to_day, degree_pct : array-like, shape (n_periods,)
        Degree periods, `spell` being the row in `time`; days without a period count as unknown
        and take the mean degree of the day.
    tau : int
        Last day counted.
    person : array-like, shape (n_spells,), optional
        Sums the influences within persons.
    level : float
        Confidence level of the normal limits.
    min_at_risk : int or None
        As in `survival.fit_curve`.

    Returns
    -------
    NetDays
        NaN when S(tau - 1) is not identified.

    Notes
    -----
    NET = sum over t = entry_day..tau-1 of S(t) * mean degree on day t + 1 among those at risk.
    Standard error: each spell's influence through S and through the mean degree.
    """
    time, entry = np.broadcast_arrays(np.atleast_1d(time), entry)
    is_event = np.broadcast_to(np.asarray(cause), time.shape) > 0
    curve = fit_curve(time, is_event, entry=entry, min_at_risk=min_at_risk)
    entry = np.maximum(entry, curve.entry_day)
    periods = clip_periods(spell, from_day, to_day, degree_pct, time, entry)
    periods = tuple(x[periods[1] <= tau] for x in periods)
    start = curve.entry_day
    nothing = NetDays(np.nan, np.nan, np.nan, np.nan, np.nan, start, tau)
    if tau <= start or not len(curve.day) or np.isnan(curve.survival_at(max(tau - 1, start + 1))):
        return nothing
    table = degree_by_day(curve, *periods[1:], last_day=tau)
    reach = np.concatenate([[1.0], curve.survival_at(np.arange(start + 1, tau))])
    mean = np.where(reach > 0, table.mean, 0.0)
    if np.isnan(mean).any():
        return nothing
    influence = _net_influence(curve, table, reach, mean, time, is_event, entry, periods, tau)
    in_use = entry < time
    if person is not None:
        who = np.unique(np.asarray(person)[in_use], return_inverse=True)[1]
        influence = np.bincount(who, weights=influence[in_use])
    else:
        influence = influence[in_use]
    net, se, z = float(reach @ mean), float(np.sqrt((influence**2).sum())), z_value(level)
    return NetDays(net, se, net - z * se, net + z * se, float(reach.sum()), start, tau)


def _net_influence(curve: Curve, table, reach, mean, time, is_event, entry, periods, tau):
    """Influence of each spell on the mean net days."""
    start, last = curve.entry_day, np.minimum(time, tau)
    first_day = start + 1

    def position(day):
        return np.clip(day - start, 0, tau - start)

    # Through S: the net days still to come after an end on day j, per spell remaining.
    to_come = np.concatenate([np.cumsum((reach * mean)[::-1])[::-1], [0.0]])
    row_come = to_come[np.minimum(position(curve.day), tau - start)]
    remaining = curve.at_risk - curve.ended
    safe = np.where(remaining > 0, remaining, 1.0)
    per_end = np.where(remaining > 0, row_come / safe, 0.0)
    hazard = np.concatenate([[0.0], np.cumsum(per_end * curve.ended / curve.at_risk)])
    row = np.minimum(np.searchsorted(curve.day, time), len(curve.day) - 1)
    ends = is_event & (time <= tau)
    exposure = (
        hazard[np.searchsorted(curve.day, last, "right")]
        - hazard[np.searchsorted(curve.day, np.minimum(entry, last), "right")]
    )
    through_survival = -(np.where(ends, per_end[row], 0.0) - exposure)

    # Through the mean degree: own degree against the day's mean, on days with a known degree.
    known = table.at_risk * (1 - table.missing)
    weight = np.where(known > 0, reach / np.where(known > 0, known, 1.0), 0.0)
    own = np.concatenate([[0.0], np.cumsum(weight)])
    expected = np.concatenate([[0.0], np.cumsum(weight * mean)])
    spell, begin, end, degree = periods
    a, b = begin - first_day, np.minimum(end, tau) - first_day + 1
    part = degree / 100 * (own[b] - own[a]) - (expected[b] - expected[a])
    return through_survival + np.bincount(spell, weights=part, minlength=len(time))
