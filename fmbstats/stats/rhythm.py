"""The rhythm of endings: a smooth course, and the days that certificates and checks fall on.

Certificates are written in whole weeks and months, so endings bunch on these days with or without
a recommendation. What all diagnoses share is taken from the others (`Reference`); what a diagnosis
has of its own is a term per kind of day (`heaping_terms`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmbstats.stats import special

MONTH_DAYS = 365.25 / 12
#: Days on which the rehabilitation chain reviews an employee's right to sickness benefit.
CHAIN_DAYS = (90, 180, 365)
_RIDGE, _MOST_STEPS = 1e-4, 25
_REACH = 14  # days on each side


@dataclass(frozen=True, eq=False)
class Daily:
    """Endings of a group day by day."""

    day: np.ndarray  #: Consecutive days; shape (n_days,).
    #: `at_risk`, `ended`: spells on leave on the day and under observation, and how many of them
    #: end on it; shape (n_days,).
    at_risk: np.ndarray
    ended: np.ndarray

    @classmethod
    def of(cls, curve, first, last):
        """Days `first` to `last` of a `survival.Curve`."""
        day = np.arange(first, last + 1)
        ended = np.zeros(len(day))
        inside = (curve.day >= first) & (curve.day <= last)
        ended[curve.day[inside] - first] = curve.ended[inside]
        return cls(day, curve.at_risk_at(day), ended)

    def __getitem__(self, rows):
        return type(self)(*(value[rows] for value in vars(self).values()))


def spline_basis(x, n_knots):
    """Natural cubic spline basis (without the constant), knots at even quantiles of x.

    Parameters
    ----------
    x : ndarray of float, shape (n,)
    n_knots : int
        >= 2; the basis has n_knots - 1 columns, the first of them x itself.

    Returns
    -------
    callable
        Values -> basis, shape (n_values, n_knots - 1), on a scale of about 1.
    """
    knots = np.quantile(x, np.linspace(0, 1, n_knots))
    width = knots[-1] - knots[0]

    def cubic(v, k):
        return np.maximum(v - knots[k], 0.0) ** 3

    def basis(v):
        v = np.asarray(v, float)
        last, previous = cubic(v, -1), cubic(v, -2)
        columns = [(v - knots[0]) / width]
        for k in range(n_knots - 2):
            gap = knots[-1] - knots[-2]
            bend = (
                cubic(v, k)
                - previous * (knots[-1] - knots[k]) / gap
                + last * (knots[-2] - knots[k]) / gap
            )
            columns.append(bend / width**3)
        return np.stack(columns, axis=1)

    return basis


def heaping_terms(day):
    """Indicators of the days that certificates end on, shape (n_days, 11).

    Whole weeks; two, four and six weeks; months (day 30 or 31, 61 +- 1, 91 +- 1 ...); of each but
    the months also the day after, for a length counts its first and its last day, so that "four
    weeks" gives 28 or 29 days; and weeks that are months.
    """
    day = np.asarray(day)
    nearest = np.maximum(np.rint(day / MONTH_DAYS), 1) * MONTH_DAYS
    is_month = np.abs(day - nearest) <= 1.5
    weeks = [day % step == rest for step in (7, 14, 28, 42) for rest in (0, 1)]
    both = [is_month & weeks[0], is_month & weeks[1]]
    return np.stack([*weeks, is_month, *both], axis=1).astype(float)


def day_kind(day):
    """Kind of certificate day: 42, 28, 14 or 7 for whole weeks, 30 for months, 15 for half, else 1.

    Months are those of the calendar, or of 30 days. Days of one kind are one another's placebos.
    """
    day = np.asarray(day)
    nearest = np.maximum(np.rint(day / MONTH_DAYS), 1) * MONTH_DAYS
    kind = np.where(day % 15 == 0, 15, 1)
    kind = np.where((np.abs(day - nearest) <= 1.5) | (day % 30 == 0), 30, kind)
    for step in (7, 14, 28, 42):
        kind = np.where(day % step == 0, step, kind)
    return kind


def independent_columns(columns, rows):
    """Columns that can be told apart on some rows, uncorrelated there; later ones go first.

    Parameters
    ----------
    columns : ndarray, shape (n_days, n_columns)
    rows : ndarray of bool, shape (n_days,)

    Returns
    -------
    ndarray, shape (n_days, n_kept)
    """
    keep: list[int] = []
    kept = np.empty((rows.sum(), 0))
    for k, column in enumerate(columns[rows].T):
        left = column - kept @ np.linalg.lstsq(kept, column, rcond=None)[0] if keep else column
        if np.linalg.norm(left) > 1e-6 * max(float(np.linalg.norm(column)), 1e-12):
            keep, kept = [*keep, k], np.column_stack([kept, column])
    scale = np.linalg.qr(kept, mode="r") / np.sqrt(len(kept))
    return np.linalg.solve(scale.T, columns[:, keep].T).T


def fit_logistic(design, ends, total, offset):
    """Maximum likelihood of a logistic regression on counts, by Newton steps.

    Parameters
    ----------
    design : ndarray, shape (n_days, n_columns)
    ends, total, offset : ndarray, shape (n_days,)
        Successes, trials, and what is added to the linear term.

    Returns
    -------
    coefficients : ndarray, shape (n_columns,)
    information : ndarray, shape (n_columns, n_columns)

    Notes
    -----
    A trace of shrinkage keeps a term without any end finite.
    """
    shrink = 2 * _RIDGE * np.eye(design.shape[1])

    def height(b):
        level = design @ b + offset
        return (ends * level - total * np.logaddexp(0, level)).sum() - _RIDGE * (b**2).sum()

    beta = np.zeros(design.shape[1])
    for _ in range(_MOST_STEPS):
        share = special.expit(design @ beta + offset)
        slope = (ends - total * share) @ design - 2 * _RIDGE * beta
        information = (design.T * (total * share * (1 - share))) @ design + shrink
        step = np.linalg.solve(information, slope)
        now, gain = height(beta), -np.inf
        while (gain := height(beta + step) - now) < -1e-9 * abs(now):
            step = step / 2
        beta = beta + step
        if abs(gain) <= 1e-10 * abs(now):
            break
    share = special.expit(design @ beta + offset)
    return beta, (design.T * (total * share * (1 - share))) @ design + shrink


def _smooth_hazard(at_risk, ended, is_kept):
    """Hazard without its rhythm: ends per spell at risk, on kept days of four weeks and a day.

    NaN where no day is kept.
    """

    def around(values):
        total = np.cumsum(np.pad(values * is_kept, ((0, 0), (_REACH + 1, _REACH))), axis=1)
        return total[:, 2 * _REACH + 1 :] - total[:, : -2 * _REACH - 1]

    days = around(at_risk)
    return np.divide(around(ended), days, out=np.full(days.shape, np.nan), where=days > 0)


def shared_rhythm(day, at_risk, ended, is_kept):
    """Daily endings of many groups against their own smooth course: what they have in common.

    Each group leaves out the days on which it may be steered itself; because every group is held
    against its own course, the set of groups may change from day to day.

    Parameters
    ----------
    day : ndarray of int, shape (n_days,)
    at_risk, ended : ndarray, shape (n_groups, n_days)
    is_kept : ndarray of bool, shape (n_groups, n_days)

    Returns
    -------
    Daily
        `at_risk` holds the endings expected without rhythm, `ended` those seen.
    """
    hazard = _smooth_hazard(at_risk, ended, is_kept)
    used = is_kept & np.isfinite(hazard)
    expected = np.where(used, at_risk * np.nan_to_num(hazard), 0.0).sum(axis=0)
    return Daily(day, expected, np.where(used, ended, 0.0).sum(axis=0))
