"""Difference-in-differences where units are treated at different times, or one among controls.

Outcomes are y[unit, period]; on the scale log(-log S) a constant effect on the hazard is constant,
and effects of several diagnoses may be pooled, which shares S themselves do not allow (they are
non-collapsible). Every estimator is a weighted sum of the outcomes, ``sum w[i, t] y[i, t]``, with
weights that depend on the dates only: so randomisation over dates costs no new fit.

Two-way fixed effects are here only to show how they fail (Goodman-Bacon 2021, J Econom 225:254).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

NEVER = np.iinfo(np.int64).max
MIN_CONTROLS = 4
_MANY = 100  # draws whose weights are made at once


def cloglog(survival, variance):
    """log(-log S) with its variance, less the bias of a curved scale (delta method, second order).

    Parameters
    ----------
    survival, variance : ndarray of float
        Of S, strictly between 0 and 1; NaN elsewhere.

    Returns
    -------
    value, variance : ndarray of float
    """
    s = np.where((survival > 0) & (survival < 1), survival, np.nan)
    slope = 1 / (s * np.log(s))
    bend = -(np.log(s) + 1) * slope**2
    return np.log(-np.log(s)) - 0.5 * bend * variance, slope**2 * variance


@dataclass(frozen=True, eq=False)
class GroupTime:
    """Effects by adoption date and period (Callaway & Sant'Anna 2021, J Econom 225:200)."""

    #: `first`, `period`: adoption date of the group, and period of the effect; leads are periods
    #: before; int, shape (n_effects,).
    first: np.ndarray
    period: np.ndarray
    weight: np.ndarray  #: Size of the group; shape (n_effects,).
    weights: np.ndarray  #: Of the outcomes; shape (n_effects, n_units, n_periods).
    #: Units not yet treated that the effect rests on; int, shape (n_effects,).
    n_controls: np.ndarray

    @property
    def event_time(self):
        """Periods since adoption."""
        return self.period - self.first

    def effects(self, y):
        """Estimates, shape (n_effects,)."""
        return np.tensordot(self.weights, y, axes=2)

    def overall(self):
        """Weights of the mean effect on the treated, after adoption; None without any."""
        return self.mean_of(self.event_time >= 0)

    def at(self, event_time):
        """Weights of the mean effect at one event time; None where there is none."""
        return self.mean_of(self.event_time == event_time)

    def mean_of(self, rows):
        """Weights of the mean of some effects, by the size of their groups."""
        if not rows.any():
            return None
        share = self.weight * rows
        return np.tensordot(share / share.sum(), self.weights, axes=1)


def group_time(first, size, n_periods, *, n_base=1, n_leads=0, n_mixed=0):
    """Effects of every adoption date in every period, against units not yet treated.

    Parameters
    ----------
    first : ndarray of int, shape (n_units,)
        Period of adoption, 0 to n_periods - 1; `NEVER` for units never treated. Units treated in
        period 0 have no base and are left out.
    size : ndarray of float, shape (n_units,)
        How much each unit counts; 0 for one without outcomes.
    n_periods : int
    n_base : int
        Periods before adoption that make the base; 1 is R's ``did`` with a universal base.
    n_leads : int
        Event times before -1 to estimate as well (those in the base are no test).
    n_mixed : int
        Periods before a unit's first in which it was partly treated: neither base nor control.

    Returns
    -------
    GroupTime
    """
    first, size = np.asarray(first, np.int64), np.asarray(size, float)
    found = []
    for g in np.unique(first[(first > 0) & (first < n_periods) & (size > 0)]):
        last = g - n_mixed
        base = np.arange(max(0, last - n_base), last)
        if not len(base):
            continue
        own = np.where(first == g, size, 0.0)
        for t in range(max(0, g - n_leads - 1), n_periods):
            controls = np.where(first - n_mixed > max(t, g), size, 0.0)
            is_base = last - n_base <= t < last and n_base == 1
            if is_base or last <= t < g or not controls.sum():
                continue
            contrast = own / own.sum() - controls / controls.sum()
            weights = np.zeros((len(first), n_periods))
            weights[:, t] += contrast
            weights[:, base] -= contrast[:, None] / len(base)
            found.append((g, t, own.sum(), weights, int((controls > 0).sum())))
    if not found:
        empty = np.zeros(0)
        return GroupTime(empty, empty, empty, np.zeros((0, len(first), n_periods)), empty)
    return GroupTime(*(np.array(column) for column in zip(*found, strict=True)))


def overall_weights(first, size, n_periods, *, n_base=1, n_early=0, n_mixed=0, at=None):
    """Weights of the mean effect on the treated: `group_time(...).overall()`, at once.

    Parameters
    ----------
    first : ndarray of int, shape (n_units,) or (n_draws, n_units)
        As in `group_time`; of the same dates, drawn several times.
    n_periods, n_base, n_mixed
        As in `group_time`.
    size : ndarray of float, shape (n_units,) or (n_parts, n_units)
        As in `group_time`; of several parts at once.
    n_early : int
        Not 0: as if each unit had been treated so many periods earlier, up to its treatment; where
        units go the same way until then, that is 0.
    at : int, optional
        Of the mean effect at this event time alone: `group_time(...).at(at)`.

    Returns
    -------
    ndarray, shape ([n_draws,] [n_parts,] n_units, n_periods), or None
        None where no treated unit ever has a control; of several parts or draws, 0 for such a one.
    """
    first, size = np.asarray(first, np.int64), np.asarray(size, float)
    treated = first[(first > n_early + n_mixed) & (first < n_periods)]
    first = (first[..., None, :] if size.ndim > 1 else first)[..., None]
    unit_size = size[..., None]
    weights = np.zeros((*np.broadcast_shapes(first.shape, unit_size.shape)[:-1], n_periods))
    total = np.zeros((*weights.shape[:-2], 1, 1))
    for g in np.unique(treated):
        clean = g - n_mixed
        after = np.arange(clean - n_early, clean) if n_early else np.arange(g, n_periods)
        if at is not None:
            after = np.arange(g + at, g + at + 1)
            after = after[(after >= 0) & (after < n_periods)]
        latest = after if at is None else np.maximum(after, g)
        own = np.where(first == g, unit_size, 0.0)
        others = np.where((first != g) & (first - n_mixed > latest), unit_size, 0.0)
        n_own, n_others = (x.sum(axis=-2, keepdims=True) for x in (own, others))
        used = n_others > 0
        contrast = (own - n_own * others / np.where(used, n_others, 1.0)) * used
        base = slice(max(0, clean - n_early - n_base), clean - n_early)
        weights[..., after] += contrast
        weights[..., base] -= contrast.sum(axis=-1, keepdims=True) / (base.stop - base.start)
        total += n_own * used.sum(axis=-1, keepdims=True)
    return weights / np.where(total > 0, total, 1.0) if total.any() else None


def imputation_weights(first, size, n_periods, *, n_mixed=0):
    """Weights of the imputation estimator (Borusyak, Jaravel & Spiess 2024, Rev Econ Stud 91:3253).

    Unit and period effects are fitted to untreated cells and carried over to treated ones; treated
    cells in periods without untreated units are left out. None where nothing can be imputed.
    `n_mixed` as in `group_time`.
    """
    first, size = np.asarray(first, np.int64), np.asarray(size, float)
    n_units = len(first)
    treated = np.arange(n_periods) >= first[:, None]
    clean = np.arange(n_periods) < first[:, None] - n_mixed
    usable = treated & ((clean & (size > 0)[:, None]).any(axis=0)) & (first > n_mixed)[:, None]
    if not usable.any():
        return None
    design = _two_way(n_units, n_periods)
    w = np.repeat(size, n_periods)
    untreated = clean.ravel()
    x, xw = design[untreated], design[untreated] * w[untreated, None]
    share = np.where(usable, size[:, None], 0.0).ravel()
    share = share / share.sum()
    # y_hat of treated cells is linear in the untreated outcomes.
    back = np.linalg.pinv(x.T @ xw, hermitian=True) @ (design.T @ share)
    weights = share.copy()
    weights[untreated] -= xw @ back
    return weights.reshape(n_units, n_periods)


def two_way_weights(first, size, n_periods):
    """Weights of the coefficient of two-way fixed effects: the bad example."""
    first, size = np.asarray(first, np.int64), np.asarray(size, float)
    treated = (np.arange(n_periods) >= first[:, None]).astype(float)
    w = size[:, None] / size.sum()
    # Units count alike in all periods: effects of units and periods are what their means say.
    by_unit, by_period = treated.mean(axis=1, keepdims=True), (w * treated).sum(axis=0)
    left = treated - by_unit - by_period + by_period.mean()
    scale = (w * left * treated).sum()
    return None if scale < 1e-12 else w * left / scale


def _two_way(n_units, n_periods):
    unit = np.repeat(np.eye(n_units), n_periods, axis=0)
    return np.column_stack([unit, np.tile(np.eye(n_periods), (n_units, 1))])


@dataclass(frozen=True, eq=False)
class Randomised:
    """What randomisation over adoption dates says."""

    estimate: float
    p: float  #: Share of the permutations with an estimate as far from 0 (the true dates counted).
    #: `lo`, `hi`: mean effects that the test does not reject, if each adoption date's is linear in
    #: time.
    lo: float
    hi: float
    draws: np.ndarray  #: Estimates under permuted dates; shape (n_draws,).

    @property
    def se(self):
        """Standard error by the interval: the spread of `draws` holds the effect as well."""
        return (self.hi - self.lo) / 2 / ndtri(0.975)


def randomise(y, first, weigh, *, n_draws=999, kind=None, seed=0, level=0.95):
    """Test of no effect, and interval, by permuting adoption dates among units.

    Parameters
    ----------
    y : ndarray of float, shape (n_units, n_periods) or (n_parts, n_units, n_periods)
        Outcomes; of several parts, such as diagnoses, each of some of the units: NaN for others.
    first : ndarray of int, shape (n_units,)
    weigh : callable
        Adoption dates, shape ([n_draws,] n_units) -> weights of the outcomes; 0 where an outcome is
        missing, and for dates that nothing can be estimated from.
    n_draws : int
    kind : ndarray, shape (n_units,), optional
        Dates are permuted within a kind only (own system, Webcert ...).
    seed : int
    level : float

    Notes
    -----
    The test of no effect is exact. For the interval, what the effect itself makes of permuted
    estimates has to be taken out first (inversion of the test; Rosenbaum 2002, Observational
    Studies, ch. 2): an effect by adoption date, linear in time since, is fitted (a nuisance that is
    estimated: Ding, Feller & Miratrix 2016, J R Stat Soc B 78:655), and the noise that it takes
    with it put back under a working model of independent noise (Bell & McCaffrey 2002, Surv
    Methodol 28:169). With a constant effect in its place one that grows is covered always: it
    counts as noise.
    """
    first = np.asarray(first, np.int64)
    rng = np.random.default_rng(seed)
    kind = np.zeros(len(first), int) if kind is None else np.unique(kind, return_inverse=True)[1]
    own, seen = weigh(first), np.nan_to_num(y)
    estimate = float((own * seen).sum())
    drawn = np.tile(first, (n_draws, 1))
    members = [np.flatnonzero(kind == k) for k in range(kind.max() + 1)]
    for one, group in product(drawn, members):
        one[group] = first[rng.permutation(group)]
    some = [weigh(dates) for dates in np.split(drawn, range(_MANY, n_draws, _MANY))]
    known = [weights.reshape(-1, y.size) for weights in some if weights is not None]
    permuted = np.concatenate([np.zeros((0, y.size)), *known])
    permuted = permuted[permuted.any(axis=1)]
    draws = permuted @ seen.ravel()
    p = (1 + np.sum(np.abs(draws) >= abs(estimate) - 1e-12)) / (1 + len(draws))
    of_noise, n_noise = np.zeros(len(draws)), np.zeros(len(draws))
    weights = permuted.reshape(len(draws), -1, *y.shape[-2:])
    for part, outcome in enumerate(y.reshape(-1, *y.shape[-2:])):
        units = np.isfinite(outcome).all(axis=1)
        terms, fitted = effects_fitted(tuple(first[units]), y.shape[-1])
        left = weights[:, part, units].reshape(len(draws), -1)
        left = left - (left @ terms) @ fitted
        of_noise += left @ outcome[units].ravel()
        n_noise += (left**2).sum(axis=1)
    # What is taken out with the effect of noise that is alike everywhere, is put back.
    noise = np.sort(np.abs(of_noise)) * np.sqrt((own**2).sum() / n_noise.mean())
    n_least = int(np.floor((1 - level) * (1 + len(noise))))
    width = noise[-n_least] if 0 < n_least <= len(noise) else np.inf
    return Randomised(estimate, float(p), float(estimate - width), float(estimate + width), draws)


@lru_cache(maxsize=64)
def effects_fitted(first, n_periods):
    """Effects by adoption date, linear in time since, fitted beside those of units and periods.

    Parameters
    ----------
    first : tuple of int, length n_units
    n_periods : int

    Returns
    -------
    terms : ndarray of float, shape (n_units * n_periods, n_terms)
    fitted : ndarray of float, shape (n_terms, n_units * n_periods)
        Outcomes, unit by unit, -> their coefficients by least squares.
    """
    first, period = np.array(first), np.arange(n_periods)
    columns = []
    for g in np.unique(first[first < n_periods]):
        own = ((first == g)[:, None] & (period >= g)).astype(float)
        columns += [own.ravel(), (own * (period - g)).ravel()]
    terms = np.column_stack(columns)
    design = np.column_stack([terms, _two_way(len(first), n_periods)])
    return terms, np.linalg.pinv(design)[: terms.shape[1]]


def wild_bootstrap_p(y, weights, first, size, *, n_draws=999, seed=0):
    """P-value of no effect by a wild cluster bootstrap of the units' scores, the null imposed.

    Residuals are those of unit and period effects alone, of each part of the outcomes for itself
    (see `randomise`); Webb's six points (Webb 2023, Can J Econ 56:839; Kline & Santos 2012, J
    Econom Methods 1:23).
    """
    n_units, n_periods = y.shape[-2:]
    design, scores = _two_way(n_units, n_periods), np.zeros(n_units)
    for part, own in zip(*(x.reshape(-1, n_units, n_periods) for x in (y, weights)), strict=True):
        seen, w = np.nan_to_num(part).ravel(), np.isfinite(part) * np.asarray(size)[:, None]
        xw = design * w.reshape(-1, 1)
        left = seen - design @ (np.linalg.pinv(design.T @ xw) @ (xw.T @ seen))
        scores += (own * left.reshape(n_units, n_periods)).sum(axis=1)
    points = np.array([-np.sqrt(1.5), -1, -np.sqrt(0.5), np.sqrt(0.5), 1, np.sqrt(1.5)])
    rng = np.random.default_rng(seed)
    draws = points[rng.integers(0, 6, (n_draws, n_units))] @ scores
    estimate = abs((weights * np.nan_to_num(y)).sum())
    return float((1 + np.sum(np.abs(draws) >= estimate)) / (1 + n_draws))


def relative_magnitudes(effect, se, leads, reach, *, factors=(0.5, 1.0, 2.0), level=0.95):
    """Limits of the effect when trends may differ after as much as they did before.

    Rambachan & Roth 2023, Rev Econ Stud 90:2555, restriction of relative magnitudes: from one
    period to the next, trends differ at most M times the largest step before. The largest step is
    taken as estimated, so the limits are a guide, not their conditional test.

    Parameters
    ----------
    effect, se : float
        Mean effect over the event times 0 to `reach` - 1.
    leads : ndarray of float
        Estimates at event times in order, up to the base, which is 0.
    reach : int
    factors : tuple of float
        Values of M.

    Returns
    -------
    list of (M, lo, hi)
    """
    steps = np.abs(np.diff(np.append(leads, 0.0)))
    largest = steps.max() if len(steps) else np.nan
    bias = largest * (reach + 1) / 2
    width = ndtri(0.5 + level / 2) * se
    return [
        (m, float(effect - width - m * bias), float(effect + width + m * bias)) for m in factors
    ]


@dataclass(frozen=True, eq=False)
class OneAmongControls:
    """The change of one unit against the changes of controls."""

    reason: str  #: "" when estimated, else "few_controls".
    effect: float = np.nan
    se: float = np.nan
    lo: float = np.nan
    hi: float = np.nan
    p: float = np.nan
    n_controls: int = 0
    placebo_p: float = np.nan  #: Rank of the effect among the placebos, itself counted.
    #: The same estimate of each control taken as treated, then on other dates, each brought to the
    #: spread that the treated unit would have.
    placebos: np.ndarray = field(default_factory=lambda: np.array([]), repr=False)


def one_among_controls(change, variance, others, their_variance, *, dates=(), level=0.95):
    """Difference-in-differences with a single treated unit (clusters = units).

    The controls' changes tell how much a unit changes without any cause, which is part of the
    treated unit's error (Donald & Lang 2007, Rev Econ Stat 89:221; one treated unit: Conley & Taber
    2011, Rev Econ Stat 93:113). How that depends on a unit's size is averaged over, see `Spread`.
    The limits then leave out 0 only where hardly a placebo lies as far out: one in twenty, between
    two of them by interpolation (Beran & Hall 1993, J R Stat Soc B 55:643), none where they are
    fewer (inversion of the randomisation test: Rosenbaum 2002, Observational Studies, ch. 2).

    Parameters
    ----------
    change, variance : float
        Of the treated unit: after less before, and its sampling variance.
    others, their_variance : ndarray of float, shape (n_controls,)
    dates : sequence of (float, float)
        The treated unit's difference from its controls where nothing happened, and the sampling
        variance of its change.
    level : float
    """
    others, v = np.asarray(others, float), np.asarray(their_variance, float)
    n = len(others)
    if n < MIN_CONTROLS:
        return OneAmongControls("few_controls", n_controls=n)
    spread = Spread.of(others, v)
    weight = 1 / spread.variance(v)
    mean, total = float(weight @ others / weight.sum()), weight.sum()
    effect = float(change - mean)
    at_dates, their_v = np.array(dates, float).reshape(-1, 2).T
    found = np.r_[(others - mean) * total / (total - weight), at_dates]
    errors = np.r_[1 / weight + 1 / (total - weight), spread.variance(their_v) + 1 / total]
    placebos = found * np.sqrt((spread.variance(variance)[0] + 1 / total) / errors)
    apart = np.sort(np.abs(placebos))[::-1]
    as_far = float((1 + np.sum(apart >= abs(effect))) / (1 + len(apart)))
    n_beyond = max((1 - level) * (1 + len(apart)), 1)
    among = float(np.interp(n_beyond - 1, np.arange(len(apart)), apart))
    width = max(spread.quantile(level, variance, mean), among)
    p = spread.p(effect, variance, mean)
    return OneAmongControls(
        "", effect, spread.error(variance, mean), effect - width, effect + width,
        p if abs(effect) > width else max(p, as_far), n, as_far, placebos,
    )  # fmt: skip


#: Standard deviations of units' own changes that are thought likely, in those of the controls.
_SPREADS = np.linspace(0.1, 4, 40)


@dataclass(frozen=True, eq=False)
class Spread:
    """How much units change without any cause, as far as controls tell.

    The variance of a unit's change is that of changes of its own, alike for all, either beside its
    sampling variance or with none: a register whose lengths are spread evenly over a year, or
    counts that are smoothed, have none, and sampling errors would then hide the units' own changes.
    Which holds, and how large the changes are, a few controls cannot tell: all is averaged over by
    the integrated likelihood (Berger, Liseo & Wolpert 1999, Stat Sci 14:1), changes of any size up
    to four standard deviations of the controls being held equally likely before (Gelman 2006,
    Bayesian Anal 1:515), none beside sampling in a third, and no sampling in three of five cases:
    of the odds tried, those whose limits cover most evenly (tests/bench/evaluations.csv). One
    estimate would be too small for a large unit half of the time.
    """

    #: `own`, `sampled`: variance of own changes, and 1 where sampling comes on top of it; shape
    #: (n_ways,).
    own: np.ndarray
    sampled: np.ndarray
    #: `weight`, `mean`, `of_mean`: how likely, the controls' mean, and its variance; shape
    #: (n_ways,).
    weight: np.ndarray
    mean: np.ndarray
    of_mean: np.ndarray

    @classmethod
    def of(cls, values, variance) -> Spread:
        """Learn from controls' changes and their sampling variances."""
        least = 1e-6 * np.sqrt(variance.mean())
        own = (max(values.std(ddof=1), least) * _SPREADS) ** 2
        k = len(own)
        own, sampled = np.r_[own, own, 0.0], np.r_[np.zeros(k), np.ones(k + 1)]
        prior = np.r_[np.full(k, 0.6), np.full(k, 0.4 * 2 / 3), k * 0.4 / 3] / k
        precision = 1 / (own[:, None] + sampled[:, None] * variance)
        total = precision.sum(axis=1)
        mean = precision @ values / total
        squares = (precision * (values - mean[:, None]) ** 2).sum(axis=1)
        fit = 0.5 * (np.log(precision).sum(axis=1) - np.log(total) - squares)
        weight = np.exp(fit - fit.max()) * prior
        return cls(own, sampled, weight / weight.sum(), mean, 1 / total)

    def variance(self, sampling):
        """Variance of the changes of units with given sampling variances, averaged."""
        sampling = np.atleast_1d(sampling)
        return self.weight @ (self.own[:, None] + self.sampled[:, None] * sampling)

    def _errors(self, sampling):
        return np.sqrt(self.own + self.sampled * sampling + self.of_mean)

    def error(self, sampling, mean):
        """Standard error of a unit's difference from the controls' mean."""
        squares = self._errors(sampling) ** 2 + (self.mean - mean) ** 2
        return float(np.sqrt(self.weight @ squares))

    def p(self, effect, sampling, mean):
        """Chance of a difference at least as far from 0."""
        errors, off = self._errors(sampling), self.mean - mean
        far = abs(effect)
        return float(self.weight @ (ndtr((off - far) / errors) + ndtr((-off - far) / errors)))

    def quantile(self, level, sampling, mean):
        """Half width of the interval that a unit's difference falls into without any effect."""
        widest = 40 * float(self._errors(sampling).max())
        return float(brentq(lambda x: self.p(x, sampling, mean) - (1 - level), 0, widest))
