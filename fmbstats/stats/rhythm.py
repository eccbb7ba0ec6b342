"""The rhythm of endings: a smooth course, whole weeks and months; fitted to many draws at once."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

MONTH_DAYS = 365.25 / 12

_RIDGE = 1e-4


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
    """Indicators of whole weeks, the day after a whole week, months, and both, shape (n_days, 5).

    A length counts both the first and the last day, so a certificate "for four weeks" gives 28 or
    29 days; month ends fall on day 30 or 31, 61 +- 1, 91 +- 1, ...
    """
    day = np.asarray(day)
    nearest = np.maximum(np.rint(day / MONTH_DAYS), 1) * MONTH_DAYS
    is_month = np.abs(day - nearest) <= 1.5
    is_week, is_day_after = day % 7 == 0, day % 7 == 1
    both = is_week & is_month, is_day_after & is_month
    return np.stack([is_week, is_day_after, is_month, *both], axis=1).astype(float)


def rhythm_design(day, is_fitted, n_knots):
    """Columns of the model on all days, uncorrelated over the fitted ones.

    Terms that cannot be told apart on the fitted days are dropped, the later ones first.
    """
    basis = spline_basis(day[is_fitted].astype(float), n_knots)(day)
    columns = np.column_stack([np.ones(len(day)), basis, heaping_terms(day)])
    keep, kept = [], np.empty((is_fitted.sum(), 0))
    for k, column in enumerate(columns[is_fitted].T):
        wider = np.column_stack([kept, column])
        if np.linalg.matrix_rank(wider) > kept.shape[1]:
            keep, kept = [*keep, k], wider
    scale = np.linalg.qr(kept, mode="r") / np.sqrt(len(kept))
    return np.linalg.solve(scale.T, columns[:, keep].T).T


def fit_logistic(design, ends, total, offset, *, n_steps=25):
    """Maximum likelihood of many logistic regressions with the same design, by Newton steps.

    Parameters
    ----------
    design : ndarray, shape (n_days, n_columns)
    ends, total : ndarray, shape (n_fits, n_days)
        Successes and trials.
    offset : ndarray, shape (n_days,)
    n_steps : int
        Upper limit.

    Returns
    -------
    ndarray, shape (n_fits, n_columns)
    """
    n_columns = design.shape[1]
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    coefficients = np.zeros((len(ends), n_columns))
    height = _log_likelihood(design, ends, total, offset, coefficients)
    for _ in range(n_steps):
        share = expit(coefficients @ design.T + offset)
        slope = (ends - total * share) @ design - 2 * _RIDGE * coefficients
        curvature = (total * share * (1 - share)) @ products
        curvature = curvature.reshape(-1, n_columns, n_columns) + 2 * _RIDGE * np.eye(n_columns)
        step = np.linalg.solve(curvature, slope[:, :, None])[:, :, 0]
        for _ in range(20):
            tried = _log_likelihood(design, ends, total, offset, coefficients + step)
            overshot = tried < height - 1e-9 * np.abs(height)
            if not overshot.any():
                break
            step[overshot] /= 2
        coefficients, gain = coefficients + step, np.abs(tried - height)
        height = tried
        if (gain <= 1e-10 * np.abs(height)).all():
            break
    return coefficients


def _log_likelihood(design, ends, total, offset, coefficients):
    """Log-likelihood less a trace of shrinkage, which keeps a term without any end finite."""
    level = coefficients @ design.T + offset
    likelihood = (ends * level - total * np.logaddexp(0, level)).sum(axis=1)
    return likelihood - _RIDGE * (coefficients**2).sum(axis=1)
