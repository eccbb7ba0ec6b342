"""Are endings moved to a recommended limit? The spike at it and the hole after it, together.

Model. On day j the log of the target's hazard over a reference's hazard is a natural cubic spline
in j plus terms for the kinds of days that certificates end on (`rhythm.heaping_terms`). It is
fitted by the likelihood of the target's ends given all ends of the day, so that every day may have
its own bunching common to both, on days outside the window of the limit: the days up to the limit
on which moved endings would arrive (spike) and the days after it that they would have come from
(hole). Run forward from the spells on leave when the window begins, it gives the endings that
would have come without the limit. Moved endings are missing in the hole exactly as they are too
many in the spike, so both estimate the same number and are weighed together (generalised least
squares). Bunching and missing mass: Saez 2010, Am Econ J: Econ Policy 2:180; Chetty, Friedman,
Olsen & Pistaferri 2011, Q J Econ 126:749; Kleven 2016, Annu Rev Econ 8:435.

The reference may be other diagnoses or the diagnosis' own past. With its own past the rhythm, the
healing and the rehabilitation chain stay where they are and cancel (difference-in-bunching).

Endings may also rise and fall around the limit for other reasons. So moved endings are held against
bends: bumps of any height, centre and width, steps, or a hole without a spike, fitted to the
window's days as well, with and without a spike of check-ups beside them. What sets moved endings
apart from check-ups is a hole as large as the spike that closes after four weeks. Fitted so they
must explain the days better than check-ups alone, with a hazard that falls and stays lower or with
one that dips, each with the baseline that serves it best: one that bends much follows a step, one
that bends little does not follow a hole.

Errors are those of binomial endings and of the fitted model (delta method), widened by the
dispersion of the fitted days. What they miss is measured by placebos: the same estimate on every
day without a limit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fmbstats.stats import special
from fmbstats.stats.intervals import z_value
from fmbstats.stats.rhythm import (
    day_kind,
    fit_logistic,
    heaping_terms,
    independent_columns,
    spline_basis,
)

MIN_AT_RISK = 50  #: Days with fewer of the target at risk are not used.
MIN_ENDS = 30  #: Fewer ends of the target, or of the reference, on fitted days: not estimable.
SPIKE_DAYS = 3  #: Moved endings arrive on the limit or at most so many days before it.
HOLE_DAYS = 28  #: They come from the four weeks after it: the usual length of the next certificate.
#: Days between knots of the baseline, of which Akaike's criterion chooses (as Chetty et al. do with
#: the order of theirs). Few spells know a window far better from a coarse baseline; many show a
#: bump, and the baseline follows it.
KNOT_DAYS = (56, 40, 28)
FEW_KNOTS = (2, 3)  #: Straight and nearly so, beside them.
REACH_DAYS = 182
EDGE_DAYS = 7  #: A window without so many fitted days on each side would be extrapolated.
#: Bends that moved endings are held against: bumps by the days from the limit to their centre and
#: their standard deviation, and steps by the days from the limit to the last day before them. What
#: is narrower than the spike is a spike.
BEND_DAYS = range(-14, 15, 2)
BEND_SD = (3, 5, 8, 13)
STEP_DAYS = range(-7, 8)
MAX_BENDS = 2
#: Terms that a bend is counted as, alone and beside a spike: height, centre and width, and two more
#: for being the best of many. With three beside a spike a tenth of the endings moved is found a
#: quarter more rarely at four weeks; with five alone a hazard that falls at the limit is called
#: steering twice as often.
BEND_TERMS = (3, 5)
#: Steps and dips beside check-ups: days from the limit to the last day before the step, days that
#: it lasts; days to the dip's centre, its standard deviation, and terms that it is counted as.
STEP_STARTS = (-6, -3, 0, 3, 6)
STEP_LASTS = (42, 56, 84, 126, np.inf)
DIP_DAYS = (-7, 0, 7, 14)
DIP_SD = (13, 20)
DIP_TERMS = 2
#: So many standard errors a limit's spike must stand above those of each day of its kind. With 1 a
#: tenth of the endings moved is found more rarely at n = 5 000, and nulls are not (bench).
CLEARLY = 0.5
MIN_PLACEBOS = 8
#: A larger share of placebos beyond their 95 % limits: the model does not fit the diagnosis.
MAX_FAILING = 0.25


@dataclass(frozen=True, eq=False)
class Window:
    """What is estimated around one day."""

    limit_days: int
    #: `spike`, `hole`: endings too many up to the day, and missing after it, as shares of the
    #: spells on leave when the window begins.
    spike: float
    hole: float
    moved: float  #: Of spike and hole in common: the share of spells moved.
    se: float
    moved_of_hole: float  #: Moved endings among those that would have come in the hole.
    #: Days by which they were moved, on average; NaN unless some are missing in the hole.
    mean_days: float
    n_at_risk: float

    @property
    def se_of_hole(self):
        """Standard error of `moved_of_hole`."""
        return self.se * self.moved_of_hole / self.moved if self.moved else np.inf

    @property
    def z(self):
        """Estimate in standard errors."""
        return self.moved / self.se


@dataclass(frozen=True, eq=False)
class Bunching:
    """Endings moved to a limit."""

    limit_days: int
    #: "" when estimated, otherwise why not: "truncated_r" (window not after the entry day),
    #: "beyond_followup" (too few at risk in it), "small_n" (too few ends to fit the model).
    reason: str
    at: Window | None = None  #: The estimate at the limit.
    placebos: tuple = ()  #: The same where there is no limit, on days of the diagnosis itself.
    #: Pearson chi-square per degree of freedom outside the window, at least 1.
    dispersion: float = np.nan
    #: Akaike's criterion, halved and per dispersion: how much better moved endings fit than the
    #: best bend, than check-ups alone, and than check-ups with a step. Negative where these do.
    over_bend: float = np.nan
    over_spike: float = np.nan
    over_step: float = np.nan
    #: `day`, `expected_hazard`: for the picture; shape (n_days,).
    day: np.ndarray = field(default_factory=lambda: np.array([], int), repr=False)
    expected_hazard: np.ndarray = field(default_factory=lambda: np.array([]), repr=False)

    @property
    def window(self) -> Window:
        """The estimate at the limit, of a bunching that is estimated."""
        if self.at is None:
            raise ValueError(f"day {self.limit_days}: not estimated, {self.reason}")
        return self.at

    @property
    def spread(self):
        """How many times wider than their errors the placebos lie, at least 1."""
        z = np.array([w.z for w in self.placebos])
        return float(max(1.0, np.sqrt(np.mean(z**2)))) if len(z) >= MIN_PLACEBOS else np.nan

    @property
    def share_failing(self):
        """Share of placebos whose 95 % limits leave out 0."""
        z = np.array([w.z for w in self.placebos])
        return float(np.mean(np.abs(z) > z_value(0.95))) if len(z) else np.nan

    def p(self, more=()):
        """Rank of the limit among the placebos (and `more` of them), largest first.

        Randomisation p-value, the limit itself counted: (1 + as large) / (1 + placebos).
        """
        others = np.array([w.z for w in (*self.placebos, *more)])
        return (1 + np.sum(others >= self.window.z)) / (1 + len(others))

    def is_largest_of_kind(self):
        """Whether days of the same kind (four weeks, month ...) clearly bunch less, each of them.

        Clearly: by more than `CLEARLY` standard errors of the difference, in moved endings per
        ending that could have been.
        """
        kinds = _kinds(self.limit_days)
        alike = [w for w in self.placebos if kinds & _kinds(w.limit_days)]
        own, own_se = self.window.moved_of_hole, self.window.se_of_hole
        return all(
            own - w.moved_of_hole > CLEARLY * self.spread * np.hypot(own_se, w.se_of_hole)
            for w in alike
        )

    def interval(self, level=0.95):
        """Limits of the share moved."""
        width = z_value(level) * self.window.se
        return self.window.moved - width, self.window.moved + width


def _kinds(day):
    """Kinds of certificate day that a window's last two days have; plain weeks are no kind."""
    return {int(day_kind(d)) for d in (day - 1, day)} - {1, 7}


def window_days(limit_days):
    """Days of the spike and of the hole, together."""
    return range(limit_days - SPIKE_DAYS, limit_days + HOLE_DAYS + 1)


def own_windows(limits_days):
    """Every day on which endings may be moved by some limit.

    Parameters
    ----------
    limits_days : iterable of float
        Limits in both conventions of a month (30 and 31 days).
    """
    return {d for limit in limits_days if np.isfinite(limit) for d in window_days(int(limit))}


def estimate_bunching(
    target, reference, limit_days, *, exclude_days=(), has_own_rhythm=True, with_placebos=True
):
    """Endings moved to a limit, and the same on every day without one.

    Parameters
    ----------
    target, reference : Daily
        Consecutive days, alike in both. The reference's `at_risk` may be any measure of how many
        endings a day would have without rhythm (see `rhythm.shared_rhythm`).
    limit_days : int
    exclude_days : iterable of int
        Further days to leave out of every fit and placebo: windows of the target's other limits.
    has_own_rhythm : bool
        Whether the target may have more, or fewer, certificates of a kind than the reference:
        True for other diagnoses, False for its own past.
    with_placebos : bool

    Returns
    -------
    Bunching
    """
    window = window_days(limit_days)
    if window[0] <= target.day[0]:
        return Bunching(limit_days, "truncated_r")
    is_near = np.abs(target.day - limit_days) <= REACH_DAYS
    enough = np.cumsum((target.at_risk < MIN_AT_RISK) & (target.day > limit_days - SPIKE_DAYS)) == 0
    rows = np.flatnonzero(is_near & enough & (target.at_risk > 0) & (reference.at_risk > 0))
    if not len(rows) or target.day[rows[-1]] < window[-1]:
        return Bunching(limit_days, "beyond_followup")
    target, reference = target[rows], reference[rows]
    day = target.day
    is_open = ~np.isin(day, list(exclude_days))
    is_fitted = is_open & ~np.isin(day, list(window)) & (reference.ended + target.ended > 0)
    if min(target.ended[is_fitted].sum(), reference.ended[is_fitted].sum()) < MIN_ENDS:
        return Bunching(limit_days, "small_n")
    numbers = {*FEW_KNOTS, *(max(4, round(len(day) / days)) for days in KNOT_DAYS)}
    models = [_Model(target, reference, is_fitted, has_own_rhythm, n) for n in sorted(numbers)]
    model = min(models, key=_Model.aic)
    covariance = np.linalg.inv(model.information)
    at = model.windows(np.array([limit_days]), model.beta[None], covariance[None])[0]
    if not at.se > 0:
        return Bunching(limit_days, "small_n")
    placebos = model.placebos(_free_days(day, is_open, window)) if with_placebos else ()
    spike, step, dip = _over_check_ups(models, model, at)
    bend = min(model.over_bend(limit_days), dip)
    return Bunching(
        limit_days, "", at, placebos, model.dispersion, bend, spike, step, day,
        model.expected(),
    )  # fmt: skip


def _free_days(day, is_open, window):
    """Days whose window is open, clear of the limit's own, and not at the edge of the days."""
    is_free = is_open & ~np.isin(day, list(window))
    is_free[:EDGE_DAYS] = is_free[-EDGE_DAYS:] = False
    length = SPIKE_DAYS + HOLE_DAYS + 1
    if len(day) < length:
        return day[:0]
    whole = np.convolve(is_free, np.ones(length), "valid") == length
    return day[SPIKE_DAYS : len(day) - HOLE_DAYS][whole]


def _over_check_ups(models, chosen, at):
    """Compare moved endings with check-ups on the limit: alone, with a step and with a dip."""
    rows, after = chosen.near(at.limit_days)
    spike, hole = _spike(after), (after > 0) & (after <= HOLE_DAYS)
    closing = np.zeros(len(rows))
    closing[hole] = _log_ratio_in_hole(chosen.expected()[rows][hole], at.moved_of_hole)
    lasting = [(after > s) & (after <= s + n) for s in STEP_STARTS for n in STEP_LASTS]
    rivals = (np.array(lasting, float), 1), (_bumps(after, DIP_DAYS, DIP_SD), DIP_TERMS)

    def fitted(model, more, offset=0.0):
        likelihood, columns, *told = model.fit_near(rows, more, offset)
        return likelihood / chosen.dispersion - columns.shape[1], columns, *told

    best = np.full(2 + len(rivals), -np.inf)
    for model in models:
        alone, columns, *told = fitted(model, spike)
        fits = [fitted(model, spike, closing)[0], alone]
        for terms, n_terms in rivals:
            likeliest = np.abs(model.gains(rows, terms, columns, *told)).argmax()
            fits.append(fitted(model, [*spike, terms[likeliest]])[0] + 1 - n_terms)
        best = np.maximum(best, fits)
    return tuple(float(best[0] - other) for other in best[1:])


def _bumps(after, days, deviations):
    """Bumps by the days from the limit to their centre, and their standard deviation."""
    return np.array([np.exp(-(((after - d) / sd) ** 2) / 2) for d in days for sd in deviations])


def _spike(after):
    """Terms of the days from the limit on which moved endings arrive."""
    return [after == day for day in range(-SPIKE_DAYS, 1) if day in after]


def _log_ratio_in_hole(expected, share):
    """Log of the hazard that is left, over that expected, when a share of the endings is moved."""
    ends = _ended_on(expected[None])[0]
    later = ends[::-1].cumsum()[::-1]
    left = 1 - ends.cumsum() + ends
    share = np.clip(share, -0.9, 0.9)
    return np.log((1 - share) * left / (left - share * later))


class _Model:
    """The fitted ratio of hazards, and what it says of any window."""

    def __init__(self, target, reference, is_fitted, has_own_rhythm, n_knots):
        day = target.day
        basis = spline_basis(day[is_fitted].astype(float), n_knots)(day)
        terms = heaping_terms(day)
        terms = terms if has_own_rhythm else terms[:, [0, 1, 8]]
        columns = np.column_stack([np.ones(len(day)), basis, terms])
        self.design = independent_columns(columns, is_fitted)
        self.target, self.reference, self.is_fitted = target, reference, is_fitted
        self.offset = np.log(target.at_risk / reference.at_risk)
        self.total = target.ended + reference.ended
        fitted = is_fitted
        self.beta, self.information = fit_logistic(
            self.design[fitted], target.ended[fitted], self.total[fitted], self.offset[fitted]
        )
        self.share = special.expit(self.design @ self.beta + self.offset)
        self.weight = np.where(fitted, self.total * self.share * (1 - self.share), 0.0)
        self.residual = np.where(fitted, target.ended - self.total * self.share, 0.0)
        used = self.weight > 0
        chi2 = (self.residual[used] ** 2 / self.weight[used]).sum()
        self.dispersion = max(1.0, float(chi2 / max(used.sum() - self.design.shape[1], 1)))

    def aic(self):
        """Akaike's criterion, of the days that were fitted."""
        fitted = self.is_fitted
        ends, total, share = self.target.ended[fitted], self.total[fitted], self.share[fitted]
        likelihood = (special.xlogy(ends, share) + special.xlogy(total - ends, 1 - share)).sum()
        return 2 * (self.design.shape[1] - likelihood)

    def expected(self):
        """Hazard of the target without the limit."""
        ratio = np.exp(np.clip(self.design @ self.beta, -30, 30))
        return np.clip(ratio * self.reference.ended / self.reference.at_risk, 0, 0.999)

    def placebos(self, days):
        """Windows of days without a limit, each left out of the fit by one Newton step."""
        days = np.asarray(days, int)
        if not len(days):
            return ()
        rows = self._rows(days)
        x = self.design[rows]
        left = self.information - np.einsum("kda,kd,kdb->kab", x, self.weight[rows], x)
        inverse = np.linalg.inv(left)
        step = np.einsum("kab,kd,kdb->ka", inverse, self.residual[rows], x)
        found = self.windows(days, self.beta - step, inverse)
        return tuple(window for window in found if window.se > 0)

    def _rows(self, days):
        return days[:, None] - int(self.target.day[0]) + np.array(window_days(0))

    def near(self, limit_days):
        """Fitted days and those of a window: their rows, and their days from the limit."""
        after = self.target.day - limit_days
        rows = (self.is_fitted | np.isin(after, window_days(0))) & (self.total > 0)
        return np.flatnonzero(rows), after[rows]

    def fit_near(self, rows, more, offset=0.0):
        """Log likelihood with further terms on some days, all columns, shares and information."""
        columns = np.column_stack([self.design[rows], *more])
        ends, total, offset = self.target.ended[rows], self.total[rows], self.offset[rows] + offset
        beta, information = fit_logistic(columns, ends, total, offset)
        level = columns @ beta + offset
        likelihood = (ends * level - total * np.logaddexp(0, level)).sum()
        return likelihood, columns, special.expit(level), information

    def gains(self, rows, terms, columns, share, information):
        """What each of many terms would gain beside those fitted: its score, in standard errors."""
        ends, total = self.target.ended[rows], self.total[rows]
        weight = total * share * (1 - share)
        slope, across = terms @ (ends - total * share), terms * weight @ columns
        told = np.einsum("ka,ab,kb->k", across, np.linalg.inv(information), across)
        left = terms**2 @ weight - told
        is_apart = left > 1e-3 * told
        return np.where(is_apart, slope, 0) / np.sqrt(np.where(is_apart, left, 1))

    def over_bend(self, limit_days):
        """Compare moved endings with bends, on the fitted days and those of the window."""
        rows, after = self.near(limit_days)

        def fit(more, n_terms):
            likelihood, *others = self.fit_near(rows, more)
            return likelihood / self.dispersion - n_terms, *others

        spike, hole = _spike(after), (after > 0) & (after <= HOLE_DAYS)
        moved = fit([*spike, hole], len(spike) + 1)[0]
        bent = [fit([hole], 1)[0]]
        bumps = _bumps(after, BEND_DAYS, BEND_SD)
        bends = np.array([*bumps, *(after > d for d in STEP_DAYS)], float)
        for chosen, n_terms in zip(([], spike), BEND_TERMS, strict=True):
            n_own = len(chosen)
            for n_bends in range(MAX_BENDS + 1):
                value, *fitted = fit(chosen, n_own + n_terms * n_bends)
                # A spike alone is told from moved endings by the hole (`Bunching.over_spike`).
                bent.append(value if n_bends or not n_own else -np.inf)
                gain = self.gains(rows, bends, *fitted)
                # Bumps are upward, steps up or down.
                gain[len(bumps) :] = np.abs(gain[len(bumps) :])
                chosen = [*chosen, bends[gain.argmax()]]
        return float(moved - max(bent))

    def windows(self, days, beta, inverse):
        """Spike, hole, and the endings moved, of many days at once.

        Parameters
        ----------
        days : ndarray of int, shape (n_days,)
        beta, inverse : ndarray, shape (n_days, n_columns) and (n_days, n_columns, n_columns)
            Coefficients and their covariance.
        """
        rows = self._rows(days)
        at_risk, ends = self.target.at_risk[rows], self.reference.ended[rows]
        seen = np.clip(self.target.ended[rows] / at_risk, 0, 0.999)
        ratio = np.exp(np.clip(np.einsum("kda,ka->kd", self.design[rows], beta), -30, 30))
        expected = np.clip(ratio * ends / self.reference.at_risk[rows], 0, 0.999)
        values, of_seen, of_expected = _spike_and_hole(seen, expected)
        slopes = of_expected * expected[:, None]
        of_beta = np.einsum("ksd,kda->ksa", slopes, self.design[rows])
        relative = 1 / np.maximum(ends, 1)
        covariance = self.dispersion * (
            np.einsum("ksd,kd,ktd->kst", of_seen, _variance(seen, expected) / at_risk, of_seen)
            + np.einsum("ksd,kd,ktd->kst", slopes, relative, slopes)
            + np.einsum("ksa,kab,ktb->kst", of_beta, inverse, of_beta)
        )
        moved, se = _common(values, covariance)
        without = _ended_on(expected)[:, SPIKE_DAYS + 1 :]
        missing = without - _ended_on(seen)[:, SPIKE_DAYS + 1 :]
        later = (missing * np.arange(1, HOLE_DAYS + 1)).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            of_hole = moved / without.sum(axis=1)
            mean = np.where(values[:, 1] > 0, later / values[:, 1], np.nan)
        columns = (*values.T, moved, se, of_hole, mean, at_risk[:, 0])
        return tuple(
            Window(int(day), *map(float, values))
            for day, *values in zip(days, *columns, strict=True)
        )


def _ended_on(hazard):
    """Share ending on each day, of those on leave when the window begins."""
    still = np.cumprod(1 - hazard, axis=1)
    return np.column_stack([np.ones(len(still)), still[:, :-1]]) * hazard


def _variance(seen, expected):
    """Binomial variance of a day's hazard; its size from the whole spike or hole, not one day."""
    is_spike = np.arange(seen.shape[1]) <= SPIKE_DAYS
    level = np.empty_like(seen)
    for part in (is_spike, ~is_spike):
        of_expected = expected[:, part].sum(axis=1, keepdims=True)
        ratio = seen[:, part].sum(axis=1, keepdims=True) / np.maximum(of_expected, 1e-12)
        level[:, part] = np.clip(expected[:, part] * np.maximum(ratio, 0.05), 0, 0.999)
    return level * (1 - level)


def _spike_and_hole(seen, expected):
    """Spike and hole (n, 2), and their slopes by the hazards seen, expected (n, 2, days)."""
    is_spike = np.arange(seen.shape[1]) <= SPIKE_DAYS
    signs = np.array([1.0, -1.0])

    def shares(hazard):
        early = np.prod(1 - hazard[:, is_spike], axis=1)[:, None]
        late = np.prod(1 - hazard[:, ~is_spike], axis=1)[:, None]
        shares = np.column_stack([1 - early, early * (1 - late)])
        slopes = (
            np.where(is_spike, early, 0.0),
            np.where(is_spike, -early * (1 - late), early * late),
        )
        return shares, np.stack(slopes, axis=1) / (1 - hazard)[:, None]

    (observed, of_seen), (without, of_expected) = shares(seen), shares(expected)
    turned = signs[:, None]
    return signs * (observed - without), turned * of_seen, -turned * of_expected


def _common(values, covariance):
    """Generalised least squares of one number seen twice; the spike alone where that is better."""
    a, b, c = covariance[:, 0, 0], covariance[:, 1, 1], covariance[:, 0, 1]
    weight = np.clip((b - c) / np.maximum(a + b - 2 * c, 1e-300), 0, 1)
    moved = weight * values[:, 0] + (1 - weight) * values[:, 1]
    variance = weight**2 * a + (1 - weight) ** 2 * b + 2 * weight * (1 - weight) * c
    return moved, np.sqrt(variance)
