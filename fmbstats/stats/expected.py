"""Observed against expected ends of small units: indirect standardisation of lengths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from fmbstats.stats.risk import checked_ledger, risk_sets
from fmbstats.stats.segments import accumulate, rows_before
from fmbstats.stats.standardise import poisson_limits


@dataclass(frozen=True, eq=False)
class ObservedExpected:
    """Ends of each unit against those expected at the standard's rates.

    Attributes
    ----------
    observed, expected : ndarray of float, shape (n_units,)
    ratio, lo, hi : ndarray of float, shape (n_units,)
        Observed / expected with exact Poisson limits; below 1: slower return to work than the
        standard. NaN when nothing is expected.
    chi2, p : ndarray of float, shape (n_units,)
        One-sample log-rank test, 1 degree of freedom.
    n_spells : ndarray of float, shape (n_units,)
    """

    observed: np.ndarray
    expected: np.ndarray
    ratio: np.ndarray
    lo: np.ndarray
    hi: np.ndarray
    chi2: np.ndarray
    p: np.ndarray
    n_spells: np.ndarray


def cumulative_hazard(risk):
    """Nelson-Aalen sums d/n of risk sets, one per row."""
    return accumulate(np.add, risk.ended / risk.at_risk, risk.offsets)


def observed_expected(unit, stratum, time, cause, *, entry=0, n=1, n_units=None, level=0.95):
    """Observed and expected ends per unit, the standard being all units together.

    Parameters
    ----------
    unit : array-like of int, shape (n_rows,)
        0..n_units-1 (such as county); negative rows belong to the standard only.
    stratum : array-like of int, shape (n_rows,)
        Diagnosis x age x sex; each stratum has its own national hazard.
    time, cause, entry, n : array-like
        Ledger, as in `survival.fit_curve`.
    n_units : int, optional
        Default the largest unit + 1.
    level : float
        Confidence level.

    Returns
    -------
    ObservedExpected

    Notes
    -----
    Expected = sum over spells of H(time) - H(entry), H the Nelson-Aalen estimate of the spell's
    stratum. One-sample log-rank: (O - E)^2 / E (Breslow 1975). Limits treat the standard as
    known; a unit that is a large part of the standard is compared partly with itself.
    """
    stratum, time, cause, entry, n = checked_ledger(stratum, time, cause, entry, n)
    unit = np.broadcast_to(unit, time.shape)
    n_units = int(unit.max(initial=-1)) + 1 if n_units is None else n_units
    risk = risk_sets(stratum, time, cause, entry=entry, n=n, min_at_risk=None)
    rows = (unit >= 0) & (stratum >= 0) & (entry < time) & (n > 0)
    unit, stratum, time, cause, entry, n = (x[rows] for x in (unit, stratum, time, cause, entry, n))
    hazard = np.concatenate([[0.0], cumulative_hazard(risk)])

    def until(day):
        row = rows_before(risk.day, risk.group, risk.offsets, stratum, day, inclusive=True)
        return np.where(row >= risk.offsets[stratum], hazard[row + 1], 0.0)

    def total(weights):
        return np.bincount(unit, weights=weights, minlength=n_units)

    expected = total(n * (until(time) - until(entry)))
    return _ratios(total(n * (cause > 0)), expected, total(n), level)


def _ratios(observed, expected, n_spells, level):
    has_any = expected > 0
    base = np.where(has_any, expected, np.nan)
    lo, hi = poisson_limits(observed, level=level)
    chi2 = (observed - expected) ** 2 / base
    return ObservedExpected(
        observed, expected, observed / base, lo / base, hi / base,
        chi2, chdtrc(1, chi2), n_spells,
    )  # fmt: skip
