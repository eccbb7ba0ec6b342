"""Share over a limit by unit and month, on the scale on which a constant effect is constant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmbstats.stats.event_study import cloglog
from fmbstats.stats.survival import fit_curves
from fmbstats.store.months import MonthCounts, month_start

MIN_CELL = 10  #: Months with fewer spells tell nothing on their own.


@dataclass(frozen=True, eq=False)
class Panel:
    """Outcomes of units by period."""

    first_period: int  #: Of the columns; months since January 1990, or that divided by `step`.
    n: np.ndarray  #: Spells; float, shape (n_units, n_periods).
    share: np.ndarray  #: Kaplan-Meier share over the limit; NaN where it cannot be known.
    #: `value`, `variance`: log(-log S) and its sampling variance; NaN where too few spells, or all
    #: or none, last.
    value: np.ndarray
    variance: np.ndarray

    @property
    def period(self) -> np.ndarray:
        """Periods of the columns."""
        return self.first_period + np.arange(self.n.shape[1])

    @property
    def months(self) -> list[str]:
        """The columns as months, such as "2016-03", where periods are months."""
        return [f"{month_start(int(month)):%Y-%m}" for month in self.period]


def panel_of(
    counts: MonthCounts,
    unit: np.ndarray,
    n_units: int,
    limit_days: int,
    entry_day: int,
    *,
    step: int = 1,
    noise: float = 0.0,
) -> Panel:
    """Follow units by period of start.

    `unit` (int, shape (n_rows,)): which unit each row belongs to; -1 for none. `limit_days`,
    `entry_day`: share over the limit of the spells that outlast the entry day. `step`: months of a
    period: 1, or 3 for quarters. `noise`: variance of each count that the rule of a release store
    adds, in spells squared.
    """
    rows = (unit >= 0) & (counts.duration_day > entry_day)
    counts, unit = counts.only(rows), unit[rows]
    period = counts.month_no // step
    first, last = (int(period.min()), int(period.max())) if len(period) else (0, 0)
    n_periods = last - first + 1
    group = unit * n_periods + period - first
    curves = fit_curves(
        group, counts.duration_day, counts.end_reason, entry=np.full(len(group), entry_day),
        n=counts.n, n_groups=n_units * n_periods, noise=noise,
    )  # fmt: skip
    shape = (n_units, n_periods)
    share, variance = curves.survival_at(limit_days), curves.variance_at(limit_days)
    n = np.bincount(group, counts.n, n_units * n_periods)
    is_told = (n >= MIN_CELL) & (variance > 0)
    value, spread = cloglog(np.where(is_told, share, np.nan), variance)
    return Panel(first, *(v.reshape(shape) for v in (n, share, value, spread)))
