"""Kaplan-Meier curves from a ledger of counts, with delayed entry, for one or many groups.

S(t) = P(T > t) = prod over days j <= t of (1 - d_j / n_j), with d_j ends among the n_j spells at
risk on day j (Kaplan & Meier 1958; delayed entry: Tsai, Jewell & Wang 1987). Variance: Greenwood
1926. The ledger and its risk sets are described in `risk`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np

from fmbstats.stats import lengths
from fmbstats.stats.intervals import share_interval
from fmbstats.stats.risk import RiskSets, risk_sets
from fmbstats.stats.segments import accumulate


class _Read:
    """What is read from the rows of one curve, or of each of many, on a day or on one day each."""

    survival: np.ndarray
    greenwood: np.ndarray

    @cached_property
    def has_reached_zero(self):
        """Whether each curve (or the one) ends at 0."""
        return lengths.ends_at_zero(self)

    def _read(self, values, t, *, before):
        raise NotImplementedError

    def survival_at(self, t):
        """S(t) = P(T > t | T > entry_day), in [0, 1]; NaN where not identified."""
        return self._read(self.survival, t, before=1.0)

    def greenwood_at(self, t):
        """Greenwood's sum up to day t: the relative variance of S(t)."""
        return self._read(self.greenwood, t, before=0.0)

    def variance_at(self, t):
        """Greenwood variance of S(t); 0 before the first end, NaN once S = 0."""
        return self.survival_at(t) ** 2 * self.greenwood_at(t)

    def interval_at(self, t, level=0.95, kind="log-log"):
        """Limits (lo, hi) of S(t), as of `intervals.share_interval`; NaN where S is 0 or 1."""
        return share_interval(self.survival_at(t), self.variance_at(t), level=level, kind=kind)


@dataclass(frozen=True, eq=False)
class Curves(_Read, RiskSets):
    """Survival curves of many groups: the risk sets with two more columns.

    Notes
    -----
    Methods take a day or one day per group and answer with one value per group.
    """

    #: `survival`, `greenwood`: S(day), and Greenwood's sum of d/(n(n - d)), NaN once the curve has
    #: reached 0; shape (n_rows,).
    survival: np.ndarray
    greenwood: np.ndarray

    def __getitem__(self, g):
        """Group g as a `Curve`."""
        g = range(len(self))[g]
        rows = slice(self.offsets[g], self.offsets[g + 1])
        came = slice(self.entered_offsets[g], self.entered_offsets[g + 1])
        return Curve(
            **{name: getattr(self, name)[rows] for name in _ROW_FIELDS},
            **{name: _plain_number(getattr(self, name)[g]) for name in _GROUP_FIELDS},
            entered_day=self.entered_day[came],
            entered_n=self.entered_n[came],
        )

    def _read(self, values, t, *, before):
        """Value in force on day t of each group; `before` ahead of the first row."""
        g = np.arange(len(self))
        t = np.broadcast_to(np.floor(t).astype(np.int64), g.shape)
        row = self.places.before(g, t, inclusive=True)
        value = np.where(row >= self.offsets[:-1], _take(values, row), before)
        return np.where(_is_identified(self, t), value, np.nan)

    def quantile(self, p, level=0.95, kind="log-log"):
        """Arrays (estimate, lo, hi) of the p-quantile per group; see `Curve.quantile`."""
        return lengths.quantile(self, p, level=level, kind=kind)

    def restricted_mean(self, tau):
        """Arrays (estimate, se) per group; see `Curve.restricted_mean`."""
        return lengths.area(self, 0, tau)

    def excess_days(self, limit, tau):
        """Arrays (estimate, se) per group; see `Curve.excess_days`."""
        return lengths.area(self, limit, tau)


_ROW_FIELDS = ("day", "at_risk", "ended", "censored", "survival", "greenwood")
_GROUP_FIELDS = (
    "n_spells",
    "n_events",
    "n_censored",
    "entry_day",
    "max_followup",
    "n_rejected",
    "n_before_start",
)


@dataclass(frozen=True, eq=False)
class Curve(_Read):
    """Survival curve of one group.

    Notes
    -----
    Methods with a day `t` take a day or an array of days. A day at or before `entry_day` is not
    identified (NaN) unless `entry_day` is 0, where S(0) = 1 because every spell lasts at least a
    day. A day beyond `max_followup` is NaN unless the curve has reached 0.
    """

    #: `day`, `at_risk`, `ended`, `censored`, `survival`, `greenwood`: one row per distinct day on
    #: which a spell ended or was censored; see `Curves`; shape (n_days,).
    day: np.ndarray
    at_risk: np.ndarray
    ended: np.ndarray
    censored: np.ndarray
    survival: np.ndarray
    greenwood: np.ndarray
    #: `n_spells`, `n_events`, `n_censored`: spells under observation after `entry_day`, and how
    #: they left it.
    n_spells: int | float
    n_events: int | float
    n_censored: int | float
    entry_day: int  #: The curve is that of T given T > entry_day.
    max_followup: int  #: Last day with a spell at risk; -1 without spells.
    #: `n_rejected`, `n_before_start`: spells with entry >= time (errors), and spells that were over
    #: by `entry_day`.
    n_rejected: int | float
    n_before_start: int | float
    entered_day: np.ndarray = field(repr=False)
    entered_n: np.ndarray = field(repr=False)

    @property
    def offsets(self):
        """Rows of this curve seen as a single group."""
        return np.array([0, len(self.day)])

    def _read(self, values, t, *, before):
        t = np.floor(t)
        row = np.searchsorted(self.day, t, "right") - 1
        value = np.where(row >= 0, _take(values, row), before)
        return np.where(_is_identified(self, t), value, np.nan)[()]

    def at_risk_at(self, t):
        """Spells with entry < t <= time: on sick leave on day t and under observation."""
        t = np.ceil(t)
        came = np.concatenate([[0.0], np.cumsum(self.entered_n)])
        left = np.concatenate([[0.0], np.cumsum(self.ended + self.censored)])
        entered = came[np.searchsorted(self.entered_day, t, "left")]
        return (entered - left[np.searchsorted(self.day, t, "left")])[()]

    def quantile(self, p, level=0.95, kind="log-log"):
        """Day by which the share p has ended, with Brookmeyer-Crowley limits.

        Parameters
        ----------
        p : float
            Share in (0, 1); 0.5 is the median.
        level : float
            Confidence level.
        kind : str
            Scale of the pointwise limits that are inverted; see `intervals.share_interval`.

        Returns
        -------
        (estimate, lo, hi) : tuple of float
            Days; `min{t: S(t) <= 1 - p}`, the middle where S equals 1 - p on a stretch (R's
            rule); NaN where not reached within follow-up.

        Notes
        -----
        Brookmeyer & Crowley 1982, Biometrics 38:29.
        """
        return tuple(float(x[0]) for x in lengths.quantile(self, p, level=level, kind=kind))

    def restricted_mean(self, tau):
        """Mean of min(T, tau) given T > entry_day, and its standard error, in days.

        Sum of S(t) over t = 0..tau-1; NaN where S(tau - 1) is not identified (Royston & Parmar
        2013, BMC Med Res Methodol 13:152).
        """
        return tuple(float(x[0]) for x in lengths.area(self, 0, tau))

    def excess_days(self, limit, tau):
        """Mean of (min(T, tau) - limit)+ per spell, and its standard error, in days.

        Sum of S(t) over t = limit..tau-1; NaN where `limit` is at or before a positive
        `entry_day`, or S(tau - 1) is not identified.
        """
        return tuple(float(x[0]) for x in lengths.area(self, limit, tau))


def _take(values, row):
    """Values at rows, harmless for rows before the first."""
    return values[np.maximum(row, 0)] if len(values) else np.full(np.shape(row), np.nan)


def _plain_number(x):
    return int(x) if float(x).is_integer() else float(x)


def _is_identified(curves, t):
    """Whether S(t) can be known: after the entry day, within follow-up (or the curve is at 0)."""
    entry = np.asarray(curves.entry_day)
    after_entry = (t > entry) | ((entry == 0) & (t == 0))
    return after_entry & ((t <= curves.max_followup) | curves.has_reached_zero)


def fit_curve(time, cause, *, entry=0, n=1, min_at_risk=10, noise=0.0):
    """Kaplan-Meier curve of a ledger.

    Parameters
    ----------
    time, cause, entry, n, min_at_risk, noise
        As in `fit_curves`.

    Returns
    -------
    Curve

    Raises
    ------
    ValueError
        When a time, entry or count is missing, negative or not a whole number of days.

    Examples
    --------
    >>> curve = fit_curve([10, 40, 200], [1, 1, 0])
    >>> float(curve.survival_at(90))
    0.3333333333333333
    >>> float(curve.survival_at(201))
    nan
    """
    time = np.atleast_1d(time)
    group = np.zeros(len(time), np.int64)
    return fit_curves(
        group, time, cause, entry=entry, n=n, n_groups=1, min_at_risk=min_at_risk, noise=noise
    )[0]  # fmt: skip


def fit_curves(group, time, cause, *, entry=0, n=1, n_groups=None, min_at_risk=10, noise=0.0):
    """Kaplan-Meier curves of many groups in one pass over the ledger.

    Parameters
    ----------
    group, time, cause, entry, n, n_groups, min_at_risk
        As in `risk.risk_sets`.
    noise : float
        Variance of a count around the true one; see `curves_from`.

    Returns
    -------
    Curves
        One curve per group; `curves[g]` is a `Curve`.

    Examples
    --------
    >>> curves = fit_curves([0, 0, 1], [10, 40, 30], [1, 0, 1])
    >>> curves.survival_at(20).tolist()
    [0.5, 1.0]
    """
    return curves_from(
        risk_sets(
            group, time, cause, entry=entry, n=n, n_groups=n_groups, min_at_risk=min_at_risk
        ),
        noise,
    )  # fmt: skip


def curves_from(risk, noise=0.0):
    """Kaplan-Meier curves of risk sets.

    Parameters
    ----------
    risk : RiskSets
    noise : float
        Variance of a count around the true one (a release store's rule); 0 for exact counts.
        Of N spells C are over by day t and R are not; counted off in blocks from one phase, C, R
        and N = C + R all have that variance, so the covariance of C and R is minus half of it, and
        S = R/N gains ``noise (1 - S + S^2) / N^2``.
    """
    remaining = risk.at_risk - risk.ended
    # Fractional weights leave dust where nobody remains.
    is_last = remaining <= 1e-9 * risk.at_risk
    share_left = np.where(is_last, 0.0, remaining / risk.at_risk)
    terms = np.where(is_last, np.nan, risk.ended / (risk.at_risk * np.where(is_last, 1, remaining)))
    survival = accumulate(np.multiply, share_left, risk.offsets)
    greenwood = accumulate(np.add, terms, risk.offsets)
    if noise:
        n = np.maximum(risk.n_spells[risk.group], 1)
        with np.errstate(divide="ignore"):
            greenwood = greenwood + noise * (1 - survival + survival**2) / (n * survival) ** 2
    counted = {f.name: getattr(risk, f.name) for f in fields(RiskSets)}
    return Curves(**counted, survival=survival, greenwood=greenwood)
