"""Observed against expected ends of small units: indirect standardisation of lengths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmbstats.stats import special
from fmbstats.stats.risk import checked_ledger, risk_sets
from fmbstats.stats.segments import accumulate
from fmbstats.stats.standardise import poisson_limits


@dataclass(frozen=True, eq=False)
class ObservedExpected:
    """Ends of each unit against those expected at the standard's rates."""

    #: `observed`, `expected`: shape (n_units,).
    observed: np.ndarray
    expected: np.ndarray
    #: `ratio`, `lo`, `hi`: observed / expected with exact Poisson limits; below 1: slower return to
    #: work than the standard. NaN when nothing is expected; shape (n_units,).
    ratio: np.ndarray
    lo: np.ndarray
    hi: np.ndarray
    #: `chi2`, `p`: one-sample log-rank test, 1 degree of freedom; shape (n_units,).
    chi2: np.ndarray
    p: np.ndarray
    n_spells: np.ndarray  #: shape (n_units,).


def cumulative_hazard(risk):
    """Nelson-Aalen sums d/n of risk sets, one per row."""
    return accumulate(np.add, risk.ended / risk.at_risk, risk.offsets)


def observed_expected(
    unit, stratum, time, cause, *, entry=0, n=1, n_units=None, level=0.95, is_own_in=True
):
    """Observed and expected ends per unit, the standard being all units together, or all others.

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
    is_own_in : bool
        Whether a unit is part of its own standard; if not, nobody is compared with itself.

    Returns
    -------
    ObservedExpected

    Notes
    -----
    Expected = sum over spells of H(time) - H(entry), H the Nelson-Aalen estimate of the spell's
    stratum. One-sample log-rank: (O - E)^2 / E (Breslow 1975). Limits treat the standard as
    known.
    """
    stratum, time, cause, entry, n = checked_ledger(stratum, time, cause, entry, n)
    unit = np.broadcast_to(unit, time.shape)
    n_units = int(unit.max(initial=-1)) + 1 if n_units is None else n_units
    ledger = (stratum, time, cause, entry, n)
    found = [_own(unit == k, ledger, is_own_in) for k in range(n_units)]
    observed, expected, size = (np.array(column, float) for column in zip(*found, strict=True))
    return _ratios(observed, expected, size, level)


def _own(is_own, ledger, is_own_in):
    """Observed and expected ends of one unit, and its spells, by the hazard of its standard."""
    standard = slice(None) if is_own_in else ~is_own
    stratum, time, cause, entry, n = (x[standard] for x in ledger)
    risk = risk_sets(stratum, time, cause, entry=entry, n=n, min_at_risk=None)
    hazard = np.concatenate([[0.0], cumulative_hazard(risk)])
    stratum, time, cause, entry, n = (x[is_own] for x in ledger)
    known = (stratum >= 0) & (stratum < len(risk.offsets)) & (entry < time) & (n > 0)
    stratum, time, cause, entry, n = (x[known] for x in (stratum, time, cause, entry, n))

    def until(day):
        row = risk.places.before(stratum, day, inclusive=True)
        return np.where(row >= risk.offsets[stratum], hazard[row + 1], 0.0)

    expected = (n * (until(time) - until(entry))).sum()
    return (n * (cause > 0)).sum(), expected, n.sum()


def _ratios(observed, expected, n_spells, level):
    has_any = expected > 0
    base = np.where(has_any, expected, np.nan)
    lo, hi = poisson_limits(observed, level=level)
    chi2 = (observed - expected) ** 2 / base
    return ObservedExpected(
        observed, expected, observed / base, lo / base, hi / base,
        chi2, special.chdtrc(1, chi2), n_spells,
    )  # fmt: skip
