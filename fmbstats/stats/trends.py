"""Before and after: least squares on a series of periods, with errors that allow for its memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular


@dataclass(frozen=True, eq=False)
class SeriesFit:
    """Coefficients of a linear model of a series.

    Attributes
    ----------
    coef : ndarray of float, shape (n_terms,)
    se : ndarray of float, shape (n_terms,)
        Newey-West standard errors.
    se_independent : ndarray of float, shape (n_terms,)
        The usual ones, as if the periods were independent.
    """

    coef: np.ndarray
    se: np.ndarray
    se_independent: np.ndarray


def fit_series(design, values, *, n_lags):
    """Ordinary least squares with Newey-West standard errors.

    Parameters
    ----------
    design : array-like of float, shape (n_periods, n_terms)
        One row per period in order of time; the constant is a column of its own.
    values : array-like of float, shape (n_periods,)
        Such as the share over a fixed limit by month of start.
    n_lags : int
        Periods over which errors may be correlated; about 0.75 n^(1/3).

    Returns
    -------
    SeriesFit

    Raises
    ------
    ValueError
        Fewer periods than terms, or a value is missing.

    Notes
    -----
    Newey & West 1987, Econometrica 55:703, Bartlett weights 1 - l/(n_lags + 1), times n/(n - k)
    for small samples.

    Examples
    --------
    >>> fit = fit_series([[1, 1], [1, 2], [1, 3], [1, 4]], [1.0, 3.0, 2.0, 4.0], n_lags=1)
    >>> [round(float(c), 3) for c in fit.coef]
    [0.5, 0.8]
    """
    design, values = np.asarray(design, dtype=float), np.asarray(values, dtype=float)
    n, k = design.shape
    if n <= k or not (np.isfinite(design).all() and np.isfinite(values).all()):
        raise ValueError(f"{n} periods for {k} terms, or a value is missing")
    # By orthogonal factors: the normal equations would square the condition of the design.
    factor, root = np.linalg.qr(design)
    inverse = solve_triangular(root, np.eye(k))
    coef = inverse @ (factor.T @ values)
    bread = inverse @ inverse.T
    residual = values - design @ coef
    scores = design * residual[:, None]
    meat = scores.T @ scores
    for lag in range(1, n_lags + 1):
        shifted = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (n_lags + 1)) * (shifted + shifted.T)
    covariance = bread @ meat @ bread * n / (n - k)
    independent = np.diag(bread) * (residual @ residual) / (n - k)
    return SeriesFit(coef, np.sqrt(np.diag(covariance)), np.sqrt(independent))
