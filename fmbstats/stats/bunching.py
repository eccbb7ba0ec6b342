"""Does the recommendation steer? Excess of endings on the days around a recommended limit.

The question: among spells still going on when the days around the limit begin, how many more end
on these days than would have without the limit? Endings bunch anyhow on whole weeks and months,
because certificates are written so. That bunching is taken from reference diagnoses that have no
limit on these days.

Model. On day j the log of the target's hazard over the reference's hazard is a natural cubic
spline in j plus constant terms for whole weeks and for months (certificates of the target may be
rounded more, or less, than those of the reference). It is fitted outside the window, by the
likelihood of the target's ends given all ends of the day, so that every day may have its own level
of bunching common to both. Inside the window the spline gives what the target would have done.

Assumptions, to be stated beside every result:

1. without a limit, the ratio of the two hazards would pass smoothly through the window;
2. the reference is not steered there (no limit of its own, and no spill-over from the target);
3. endings are not drawn to the limit from days just outside the window: a window that is too
   narrow counts their absence as low hazard and overstates the excess;
4. spells are independent. What the days scatter beyond that (dispersion) widens the limits.

A limit may also stand where healing ends: an excess says that endings bunch at the limit beyond
what is usual on such days, not why. Placebo limits show how often such an excess is found where
there is no limit. Related: Kleven 2016, Annu Rev Econ 8:435 (bunching estimation).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit, ndtr

from fmbstats.stats.intervals import z_value
from fmbstats.stats.rhythm import fit_logistic, rhythm_design

MIN_AT_RISK = 50
"""Days with fewer at risk, in target or reference, are not used."""

MIN_ENDS = 30
"""Fewer ends of the target, or of the reference, outside the window: not estimable."""


@dataclass(frozen=True, eq=False)
class Steering:
    """Excess of endings around a limit.

    Attributes
    ----------
    limit_days : int
    first_day, last_day : int
        The window, both inclusive.
    reason : str
        "" when estimated, otherwise why not: "truncated_r" (window not after the entry day),
        "beyond_followup" (too few at risk in it), "small_n" (too few ends to fit the model). All
        numbers are then NaN.
    n_at_risk : float
        Target spells at risk on the window's first day.
    observed_share, expected_share : float
        Share of them ending in the window, and what the model expects without the limit.
    excess_share, se, lo, hi, p : float
        Observed - expected with bootstrap error and limits and a two-sided p-value, all widened
        by the dispersion.
    excess_spells : float
        `excess_share` x `n_at_risk`.
    dispersion : float
        Pearson chi-square per degree of freedom outside the window, at least 1.
    day, observed_hazard, expected_hazard, reference_hazard : ndarray, shape (n_days,)
        For the picture.
    is_window, is_fitted : ndarray of bool, shape (n_days,)
    """

    limit_days: int
    first_day: int
    last_day: int
    reason: str
    n_at_risk: float = np.nan
    observed_share: float = np.nan
    expected_share: float = np.nan
    excess_share: float = np.nan
    se: float = np.nan
    lo: float = np.nan
    hi: float = np.nan
    p: float = np.nan
    excess_spells: float = np.nan
    dispersion: float = np.nan
    day: np.ndarray = field(default_factory=lambda: np.array([], int), repr=False)
    observed_hazard: np.ndarray = field(default_factory=lambda: np.array([]), repr=False)
    expected_hazard: np.ndarray = field(default_factory=lambda: np.array([]), repr=False)
    reference_hazard: np.ndarray = field(default_factory=lambda: np.array([]), repr=False)
    is_window: np.ndarray = field(default_factory=lambda: np.array([], bool), repr=False)
    is_fitted: np.ndarray = field(default_factory=lambda: np.array([], bool), repr=False)


def _daily(curve, day):
    """Ends and spells at risk on consecutive days."""
    ended = np.zeros(len(day))
    inside = (curve.day >= day[0]) & (curve.day <= day[-1])
    ended[curve.day[inside] - day[0]] = curve.ended[inside]
    return ended, curve.at_risk_at(day)


def _ending_share(hazard):
    """Share ending within the days, from hazards along the last axis."""
    return 1 - np.prod(1 - np.clip(hazard, 0, 1), axis=-1)


def steering(
    target, reference, limit_days, *, window=(-3, 3), reach_days=63, n_knots=4,
    exclude_days=(), n_draws=500, seed=0, level=0.95,
):  # fmt: skip
    """Excess of endings around a limit over what the reference's rhythm leads one to expect.

    Parameters
    ----------
    target : Curve
        Spells of the diagnosis with the limit.
    reference : Curve
        Spells of diagnoses without a limit in the window, together.
    limit_days : int
        The limit.
    window : (int, int)
        Days before and after the limit that count as "around" it, both inclusive.
    reach_days : int
        The model is fitted on days within so many of the limit.
    n_knots : int
        Knots of the spline over the fitted days.
    exclude_days : iterable of int
        Further days to leave out of the fit, such as those around the target's other limits.
    n_draws : int
        Bootstrap replicates: ends of each day drawn from a binomial distribution given the risk
        sets, target and reference alike.
    seed : int
        Of the generator.
    level : float
        Confidence level.

    Returns
    -------
    Steering
    """
    first, last = limit_days + window[0], limit_days + window[1]
    day, reason = _usable_days(target, reference, first, last, limit_days, reach_days)
    if reason:
        return Steering(limit_days, first, last, reason)
    ends, at_risk = _daily(target, day)
    other_ends, other_at_risk = _daily(reference, day)
    is_window = (day >= first) & (day <= last)
    is_fitted = ~is_window & ~np.isin(day, list(exclude_days))
    if min(ends[is_fitted].sum(), other_ends[is_fitted].sum()) < MIN_ENDS:
        return Steering(limit_days, first, last, "small_n")
    numbers = _estimate(
        day, (ends, at_risk), (other_ends, other_at_risk), is_window, is_fitted,
        n_knots, n_draws, seed, level,
    )  # fmt: skip
    return Steering(
        limit_days, first, last, "", **numbers, day=day, observed_hazard=ends / at_risk,
        reference_hazard=other_ends / other_at_risk, is_window=is_window, is_fitted=is_fitted,
    )  # fmt: skip


def _estimate(day, target, reference, is_window, is_fitted, n_knots, n_draws, seed, level):
    """Shares ending in the window, seen and expected, on the data (row 0) and on the draws."""
    (ends, at_risk), (_, other_at_risk) = target, reference
    rng = np.random.default_rng(seed)
    drawn, other_drawn = (
        np.vstack([d, rng.binomial(np.rint(n).astype(int), d / n, size=(n_draws, len(day)))])
        for d, n in (target, reference)
    )
    design = rhythm_design(day, is_fitted, n_knots)
    model, offset = design[is_fitted], np.log(at_risk / other_at_risk)
    total = (drawn + other_drawn)[:, is_fitted]
    coefficients = fit_logistic(model, drawn[:, is_fitted], total, offset[is_fitted])
    expected = np.exp(coefficients @ design.T) * other_drawn / other_at_risk
    seen_share = _ending_share((drawn / at_risk)[:, is_window])
    expected_share = _ending_share(expected[:, is_window])
    excess = seen_share - expected_share
    dispersion = _dispersion(
        coefficients[0], model, ends[is_fitted], total[0], offset[is_fitted]
    )  # fmt: skip
    se, lo, hi, p = _limits(excess[0], excess[1:], dispersion, level)
    n_start = float(at_risk[is_window][0])
    return {
        "n_at_risk": n_start,
        "observed_share": float(seen_share[0]),
        "expected_share": float(expected_share[0]),
        "excess_share": float(excess[0]),
        "se": se,
        "lo": lo,
        "hi": hi,
        "p": p,
        "excess_spells": float(excess[0] * n_start),
        "dispersion": dispersion,
        "expected_hazard": expected[0],
    }


def _usable_days(target, reference, first, last, limit_days, reach_days):
    """Consecutive days with enough at risk on both sides, and why the window is not among them."""
    begin = max(limit_days - reach_days, target.entry_day + 1, reference.entry_day + 1, 1)
    if first < begin:
        return None, "truncated_r"
    day = np.arange(begin, limit_days + reach_days + 1)
    enough = np.minimum(target.at_risk_at(day), reference.at_risk_at(day)) >= MIN_AT_RISK
    day = day[np.cumsum(~enough) == 0]
    return (day, "") if len(day) and day[-1] >= last else (None, "beyond_followup")


def _dispersion(coefficients, design, ends, total, offset):
    """Pearson chi-square per degree of freedom, at least 1."""
    share = expit(design @ coefficients + offset)
    variance = total * share * (1 - share)
    used = variance > 0
    chi2 = ((ends - total * share)[used] ** 2 / variance[used]).sum()
    return max(1.0, float(chi2 / max(used.sum() - design.shape[1], 1)))


def _limits(estimate, draws, dispersion, level):
    """Bootstrap error, limits and p-value, widened by the square root of the dispersion."""
    se = float(draws.std(ddof=1) * np.sqrt(dispersion))
    width = z_value(level) * se
    p = float(2 * ndtr(-abs(estimate) / se)) if se > 0 else np.nan
    return se, float(estimate - width), float(estimate + width), p


@dataclass(frozen=True, eq=False)
class Placebo:
    """The same estimate where there is no limit.

    Attributes
    ----------
    results : tuple of Steering
        One per placebo limit that could be estimated.
    share_found : float
        Share of them whose limits leave out 0; 1 - level if the method is right.
    p : float
        Share of placebo limits (the true one counted among them) at least as far from 0, in
        standard errors, as the true one.
    """

    results: tuple
    share_found: float
    p: float


def placebo_limits(target, reference, result, limits_days, **settings):
    """Repeat `steering` at days without a limit, the true window left out of every fit.

    Parameters
    ----------
    target, reference : Curve
    result : Steering
        At the true limit.
    limits_days : iterable of int
        Placebo limits; those whose window meets the true one are left out.
    **settings
        As given to `steering`.

    Returns
    -------
    Placebo
    """
    window = settings.get("window", (-3, 3))
    true_days = range(result.first_day, result.last_day + 1)
    exclude = {*settings.pop("exclude_days", ()), *true_days}
    tried = [
        steering(target, reference, day, exclude_days=exclude, **settings)
        for day in limits_days
        if not exclude & set(range(day + window[0], day + window[1] + 1))
    ]
    results = tuple(r for r in tried if not r.reason)
    if not results or result.reason:
        return Placebo(results, np.nan, np.nan)
    found = np.mean([r.lo > 0 or r.hi < 0 for r in results])
    distance = abs(result.excess_share / result.se)
    as_far = sum(abs(r.excess_share / r.se) >= distance for r in results)
    return Placebo(results, float(found), (1 + as_far) / (1 + len(results)))
