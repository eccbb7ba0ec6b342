"""Funnel limits: how far a small unit may lie from the whole by chance alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmbstats.stats.intervals import z_value


@dataclass(frozen=True, eq=False)
class Funnel:
    """Units against the whole."""

    centre: float  #: Share of the whole.
    #: `share`, `n`: share and (effective) number of spells of each unit; shape (n_units,).
    share: np.ndarray
    n: np.ndarray
    #: `z`, `z_adjusted`: distance from the centre in standard errors, without and with
    #: overdispersion; shape (n_units,).
    z: np.ndarray
    z_adjusted: np.ndarray
    #: `phi`, `phi_winsorised`: mean of z squared, of all and after winsorising.
    phi: float
    phi_winsorised: float
    #: `tau2`, `tau2_winsorised`: variance between units on the arcsine scale; `tau2_winsorised` is
    #: used in `z_adjusted`.
    tau2: float
    tau2_winsorised: float


def effective_n(share, variance):
    """Completed spells that would give a share the same variance: S(1 - S)/Var.

    NaN where the share is 0 or 1 or its variance 0 or unknown.
    """
    share, variance = np.asarray(share, float), np.asarray(variance, float)
    usable = (share > 0) & (share < 1) & (variance > 0)
    return np.where(usable, share * (1 - share) / np.where(usable, variance, 1.0), np.nan)[()]


_LEVELS = ((0.998, 2), (0.95, 1))
#: So many at each end are drawn in to the quantile before overdispersion is measured, so that true
#: outliers do not hide themselves.
_WINSORISED = 0.1


def outside_limits(centre: float, share: float, n: float) -> int:
    """Say where a share lies among the limits of chance at its size.

    Returns
    -------
    int
        0 within 95 %, 1 above it, 2 above 99.8 %; negative below, or 0 where it is not known.

    Examples
    --------
    >>> [outside_limits(0.3, share, 100) for share in (0.1, 0.2, 0.3, 0.4, 0.5)]
    [-2, -1, 0, 1, 2]
    """
    for level, grade in _LEVELS:
        lo, hi = funnel_limits(centre, n, level=level)
        if share > float(hi):
            return grade
        if share < float(lo):
            return -grade
    return 0


def limit_grid(centre: float, sizes, *, tau2: float = 0.0) -> dict[str, np.ndarray]:
    """Return control limits over a grid of sizes: n, lo95, hi95, lo998, hi998."""
    n = np.geomspace(max(10.0, np.nanmin(sizes) / 2), np.nanmax(sizes) * 1.1, 60)
    out = {"n": n}
    for level, name in ((0.95, "95"), (0.998, "998")):
        lo, hi = funnel_limits(centre, n, level=level, tau2=tau2)
        out |= {f"lo{name}": lo, f"hi{name}": hi}
    return out


def funnel_limits(centre, n, *, level=0.95, tau2=0.0):
    """Limits within which a unit of size n lies by chance.

    Parameters
    ----------
    centre : float
        Share of the whole, in (0, 1).
    n : array-like of float
        Spells of the unit; an effective number when some are censored.
    level : float
        0.95 and 0.998 are customary.
    tau2 : float
        Variance between units (overdispersion).

    Returns
    -------
    lo, hi : float or ndarray

    Notes
    -----
    sin^2(asin sqrt(centre) -+ z sqrt(1/(4n) + tau2)); Spiegelhalter 2005, Stat Med 24:1185. 21
    regions at 99.8 % give 0.04 false alarms a chart, but 5 over 120 diagnoses: see `multiplicity`.
    """
    n, z = np.asarray(n, float), z_value(level)
    angle, width = np.arcsin(np.sqrt(centre)), z * np.sqrt(1 / (4 * n) + tau2)
    lo = np.sin(np.maximum(angle - width, 0.0)) ** 2
    return lo[()], (np.sin(np.minimum(angle + width, np.pi / 2)) ** 2)[()]


def fit_funnel(share, n, *, centre=None):
    """Distances of units from the whole, and the overdispersion among them.

    Parameters
    ----------
    share : array-like of float, shape (n_units,)
        Share exceeding in each unit; NaN is left out of the sums and stays NaN.
    n : array-like of float, shape (n_units,)
        Spells, or `effective_n`.
    centre : float, optional
        Share of the whole; default the mean weighted by n.

    Returns
    -------
    Funnel

    Notes
    -----
    z = (asin sqrt p - asin sqrt p0) 2 sqrt n; phi = mean z^2; tau^2 by moments (Spiegelhalter
    2005, Qual Saf Health Care 14:347).
    """
    share, n = np.asarray(share, float), np.asarray(n, float)
    known = ~np.isnan(share) & (n > 0)
    if known.sum() < 2:
        raise ValueError("share: expected at least two units with an estimate")
    centre = float(np.average(share[known], weights=n[known])) if centre is None else float(centre)
    gap = np.arcsin(np.sqrt(share)) - np.arcsin(np.sqrt(centre))
    z = np.where(known, gap * 2 * np.sqrt(n), np.nan)
    ends = np.quantile(z[known], [_WINSORISED, 1 - _WINSORISED])
    drawn_in = np.clip(z[known], *ends)
    phi, phi_winsorised = float((z[known] ** 2).mean()), float((drawn_in**2).mean())
    # DerSimonian-Laird variance between units, 0 when the spread is no more than chance.
    n_units, weights = known.sum(), 4 * n[known]
    base = weights.sum() - (weights**2).sum() / weights.sum()
    excess = (n_units * value - (n_units - 1) for value in (phi, phi_winsorised))
    tau2, tau2_winsorised = (max(0.0, value / base) for value in excess)
    adjusted = gap / np.sqrt(1 / (4 * np.where(known, n, np.nan)) + tau2_winsorised)
    return Funnel(centre, share, n, z, adjusted, phi, phi_winsorised, tau2, tau2_winsorised)
