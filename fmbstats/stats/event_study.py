"""Difference-in-differences where units are treated at different times, or one among controls.

Outcomes are y[unit, period]; on the scale log(-log S) a constant effect on the hazard is constant,
and effects of several diagnoses may be pooled, which shares S themselves do not allow (they are
non-collapsible). Every estimator is a weighted sum of the outcomes, ``sum w[i, t] y[i, t]``, with
weights that depend on the dates only: so randomisation over dates costs no new fit.

Two-way fixed effects are here only to show how they fail (Goodman-Bacon 2021, J Econom 225:254).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri, stdtr, stdtrit

NEVER = np.iinfo(np.int64).max
MIN_CONTROLS = 4


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
    """Effects by adoption date and period (Callaway & Sant'Anna 2021, J Econom 225:200).

    Attributes
    ----------
    first, period : ndarray of int, shape (n_effects,)
        Adoption date of the group, and period of the effect; leads are periods before.
    weight : ndarray of float, shape (n_effects,)
        Size of the group.
    weights : ndarray of float, shape (n_effects, n_units, n_periods)
        Of the outcomes.
    n_controls : ndarray of int, shape (n_effects,)
        Units not yet treated that the effect rests on.
    """

    first: np.ndarray
    period: np.ndarray
    weight: np.ndarray
    weights: np.ndarray
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


def overall_weights(first, size, n_periods, *, n_base=1, n_early=0, n_mixed=0):
    """Weights of the mean effect on the treated: `group_time(...).overall()`, at once.

    Parameters
    ----------
    first, n_periods, n_base, n_mixed
        As in `group_time`.
    size : ndarray of float, shape (n_units,) or (n_parts, n_units)
        As in `group_time`; of several parts at once.
    n_early : int
        Not 0: as if each unit had been treated so many periods earlier, up to its treatment; where
        units go the same way until then, that is 0.

    Returns
    -------
    ndarray, shape (n_units, n_periods) or (n_parts, n_units, n_periods), or None
        None where no treated unit ever has a control; of several parts, 0 for such a part.
    """
    first, size = np.asarray(first, np.int64), np.asarray(size, float)
    period, unit_size = np.arange(n_periods), size[..., None]
    waiting = np.where(first[:, None] - n_mixed > period, unit_size, 0.0)
    weights, total = np.zeros(waiting.shape), np.zeros((*size.shape[:-1], 1, 1))
    for g in np.unique(first[(first > n_early + n_mixed) & (first < n_periods)]):
        clean, is_own = g - n_mixed, (first == g)[:, None]
        own = np.where(is_own, unit_size, 0.0)
        others = np.where(is_own, 0.0, waiting)
        n_own, n_others = (x.sum(axis=-2, keepdims=True) for x in (own, others))
        after = (period >= clean - n_early) & (period < clean) if n_early else period >= g
        used = after & (n_others > 0)
        contrast = (own - n_own * others / np.where(used, n_others, 1.0)) * used
        base = slice(max(0, clean - n_early - n_base), clean - n_early)
        weights += contrast
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
    """What randomisation over adoption dates says.

    Attributes
    ----------
    estimate : float
    p : float
        Share of the permutations with an estimate as far from 0 (the true dates counted).
    lo, hi : float
        Mean effects that the test does not reject, if each adoption date's is linear in time.
    draws : ndarray of float, shape (n_draws,)
        Estimates under permuted dates.
    """

    estimate: float
    p: float
    lo: float
    hi: float
    draws: np.ndarray


def randomise(y, first, weigh, *, n_draws=999, kind=None, seed=0, level=0.95):
    """Test of no effect, and interval, by permuting adoption dates among units.

    Parameters
    ----------
    y : ndarray of float, shape (n_units, n_periods) or (n_parts, n_units, n_periods)
        Outcomes; of several parts, such as diagnoses, each of some of the units: NaN for others.
    first : ndarray of int, shape (n_units,)
    weigh : callable
        Adoption dates -> weights of the outcomes, or None; 0 where an outcome is missing.
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
    drawn_weights = []
    for _ in range(n_draws):
        drawn = first.copy()
        for k in range(kind.max() + 1):
            members = np.flatnonzero(kind == k)
            drawn[members] = first[rng.permutation(members)]
        if (weights := weigh(drawn)) is not None:
            drawn_weights.append(weights.ravel())
    permuted = np.array(drawn_weights).reshape(-1, y.size)
    draws = permuted @ seen.ravel()
    p = (1 + np.sum(np.abs(draws) >= abs(estimate) - 1e-12)) / (1 + len(draws))
    of_noise, n_noise = np.zeros(len(draws)), np.zeros(len(draws))
    weights = permuted.reshape(len(draws), -1, *y.shape[-2:])
    for part, outcome in enumerate(y.reshape(-1, *y.shape[-2:])):
        units = np.isfinite(outcome).all(axis=1)
        left = weights[:, part, units].reshape(len(draws), -1) @ without_effects(
            first[units], y.shape[-1]
        )
        of_noise += left @ outcome[units].ravel()
        n_noise += (left**2).sum(axis=1)
    # What is taken out with the effect of noise that is alike everywhere, is put back.
    noise = np.sort(np.abs(of_noise)) * np.sqrt((own**2).sum() / n_noise.mean())
    n_least = int(np.floor((1 - level) * (1 + len(noise))))
    width = noise[-n_least] if 0 < n_least <= len(noise) else np.inf
    return Randomised(estimate, float(p), float(estimate - width), float(estimate + width), draws)


def without_effects(first, n_periods):
    """Matrix that takes the effects out of the outcomes: by adoption date, linear in time since.

    Parameters
    ----------
    first : ndarray of int, shape (n_units,)
    n_periods : int

    Returns
    -------
    ndarray of float, shape (n_units * n_periods, n_units * n_periods)
        For outcomes unit by unit; effects are fitted by least squares beside those of units and
        periods.
    """
    period = np.arange(n_periods)
    columns = []
    for g in np.unique(first[first < n_periods]):
        own = ((first == g)[:, None] & (period >= g)).astype(float)
        columns += [own.ravel(), (own * (period - g)).ravel()]
    terms = np.column_stack(columns)
    design = np.column_stack([terms, _two_way(len(first), n_periods)])
    fitted = np.linalg.pinv(design)[: terms.shape[1]]
    return np.eye(len(terms)) - terms @ fitted


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
    """The change of one unit against the changes of controls.

    Attributes
    ----------
    reason : str
        "" when estimated, else "few_controls".
    effect, se, lo, hi, p : float
    tau2 : float
        Variance of the controls' own changes beyond their sampling error.
    n_controls : int
    placebo_p : float
        Rank of the unit's studentised change among the controls', each taken as treated.
    """

    reason: str
    effect: float = np.nan
    se: float = np.nan
    lo: float = np.nan
    hi: float = np.nan
    p: float = np.nan
    tau2: float = np.nan
    n_controls: int = 0
    placebo_p: float = np.nan


def one_among_controls(change, variance, others, their_variance, *, level=0.95):
    """Difference-in-differences with a single treated unit (clusters = units).

    The controls' changes tell how much a unit changes without any cause: their variance beyond
    sampling is part of the treated unit's error (two steps: Donald & Lang 2007, Rev Econ Stat
    89:221; one treated unit: Conley & Taber 2011, Rev Econ Stat 93:113). Student's t with
    n_controls - 1 degrees of freedom; variance between units by Paule & Mandel 1982, J Res Natl
    Bur Stand 87:377, or, where that is larger, by `variance_line`: no register is spoken for by its
    sampling errors alone.

    Parameters
    ----------
    change, variance : float
        Of the treated unit: after less before, and its sampling variance.
    others, their_variance : ndarray of float, shape (n_controls,)
    level : float
    """
    others, v = np.asarray(others, float), np.asarray(their_variance, float)
    n = len(others)
    if n < MIN_CONTROLS:
        return OneAmongControls("few_controls", n_controls=n)
    tau2 = between_variance(others, v)
    beyond = _contrast(change, variance, others, v, (tau2, 1.0))
    # Hartung & Knapp's factor: below 1 where the controls differ by less than sampling alone would.
    scale = ((others - beyond.mean) ** 2 @ beyond.weight) / (n - 1)
    beyond = replace(beyond, se=beyond.se * np.sqrt(scale))
    by_size = _contrast(change, variance, others, v, variance_line(others, v))
    found = max(beyond, by_size, key=lambda one: one.se)
    width = float(stdtrit(n - 1, 0.5 + level / 2)) * found.se
    effect = change - found.mean
    theirs = np.abs(others - found.mean) * np.sqrt(found.weight)
    return OneAmongControls(
        "", float(effect), found.se, float(effect - width), float(effect + width),
        float(2 * stdtr(n - 1, -abs(effect) / found.se)), tau2, n,
        float((1 + np.sum(theirs >= abs(effect) / found.own_sd)) / (1 + n)),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Contrast:
    """One unit against the mean of others, under variances of a line ``a + b v``."""

    mean: float
    weight: np.ndarray
    own_sd: float
    se: float


def _contrast(change, variance, others, v, line) -> _Contrast:
    fixed, slope = line
    weight = 1 / (fixed + slope * v)
    own = fixed + slope * variance
    mean, se = float(weight @ others / weight.sum()), float(np.sqrt(own + 1 / weight.sum()))
    return _Contrast(mean, weight, float(np.sqrt(own)), se)


def variance_line(values, variance):
    """Variances of units' values as a line of their sampling variances.

    Parameters
    ----------
    values, variance : array-like of float, shape (n_units,)

    Returns
    -------
    (fixed, slope) : tuple of float
        None below 0: the variance of a value is ``fixed + slope * variance``. A slope below 1 says
        that sampling varies less than it is thought to: a synthetic register that spreads lengths
        evenly over a year, counts that are smoothed.

    Notes
    -----
    Squared deviations from the mean fitted by non-negative weighted least squares, as in Ferman &
    Pinto 2019, Rev Econ Stat 101:452, with what the mean takes of them put back.
    """
    values, variance = np.asarray(values, float), np.asarray(variance, float)
    fixed, slope = 0.0, 1.0
    for _ in range(20):
        spread = fixed + slope * variance
        share = 1 / spread / (1 / spread).sum()
        squares = (values - share @ values) ** 2 / spread
        kept, taken = 1 - 2 * share, share**2
        columns = ((kept + taken.sum()) / spread, (variance * kept + taken @ variance) / spread)
        found = _non_negative(*columns, squares)
        if found[0] + found[1] * variance.mean() < 1e-12 * variance.mean():
            break  # all values are the same
        done = np.allclose(found, (fixed, slope), rtol=1e-6)
        fixed, slope = found
        if done:
            break
    return fixed, slope


def _non_negative(x, z, y):
    """Non-negative least squares with two terms."""
    xx, zz, xz, xy, zy = x @ x, z @ z, x @ z, x @ y, z @ y
    det = xx * zz - xz**2
    if det > 1e-12 * xx * zz:
        both = (zz * xy - xz * zy) / det, (xx * zy - xz * xy) / det
        if min(both) >= 0:
            return float(both[0]), float(both[1])
    alone = ((max(xy / xx, 0.0), 0.0), (0.0, max(zy / zz, 0.0)))
    return min(alone, key=lambda c: float(((y - c[0] * x - c[1] * z) ** 2).sum()))


def between_variance(values, variance):
    """Variance between units beyond sampling (Paule & Mandel 1982), 0 or more."""
    values, variance = np.asarray(values, float), np.asarray(variance, float)

    def excess(tau2):
        weight = 1 / (variance + tau2)
        mean = weight @ values / weight.sum()
        return weight @ (values - mean) ** 2 - (len(values) - 1)

    if excess(0.0) <= 0:
        return 0.0
    low, high = 0.0, float(np.var(values) * len(values) + variance.max())
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2


def pooled(effects, variance):
    """Mean with inverse variances, and its standard error."""
    weight = 1 / np.asarray(variance, float)
    return float(weight @ effects / weight.sum()), float(1 / np.sqrt(weight.sum()))
