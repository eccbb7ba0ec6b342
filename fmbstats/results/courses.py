"""How spells go, day by day: why they end, and at which degree they run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fmbstats import figures, words
from fmbstats.disclosure.rounding import round_counts
from fmbstats.results.numbers import numbers, value_row
from fmbstats.stats.competing import Incidence, fit_incidence
from fmbstats.words import phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis import Diagnosis

LAST_DAY = 730
READ_DAYS = (30, 90, 180, 365, 730)
# Shares of rounded counts are shown as long as so many classes of the rounding are on leave.
LEAST_CLASSES = 10


@dataclass(frozen=True, eq=False)
class EndReasons:
    """Share ended for each reason by day (Aalen-Johansen, METHODS M18).

    Attributes
    ----------
    diagnosis : Diagnosis
    incidence : Incidence
    """

    diagnosis: Diagnosis = field(repr=False)
    incidence: Incidence = field(repr=False)

    @classmethod
    def of(cls, diagnosis: Diagnosis) -> EndReasons | None:
        """Follow the reasons; None when the register knows only one, or too few may be shown."""
        counts = diagnosis.counts().given_outlasting(diagnosis.entry_day)
        kept = diagnosis.release.ledger(counts.time, counts.cause, counts.n, counts.entry)
        if kept is None or not len(kept[0]):
            return None
        time, cause, n, entry = kept
        if len(np.unique(cause[cause > 0])) < 2:
            return None
        return cls(diagnosis, fit_incidence(time, cause, entry=entry, n=n))

    def shares(self) -> figures.DayShares:
        """Return the shares as the figure wants them."""
        day = self.incidence.day
        shown = day <= LAST_DAY
        return figures.DayShares(
            day[shown],
            {
                cause: self.incidence.share[k][shown]
                for k, cause in enumerate(self.incidence.causes)
            },
        )

    def display(self, language: str = "sv") -> pd.DataFrame:
        """Return the shares on readable days."""
        rows = []
        for day in self._read_days:
            row: dict[str, Any] = {phrase("column.day", language): day}
            for cause in self.incidence.causes:
                name = words.stratum("end_reason", cause, language)
                row[name] = words.percent(float(self.incidence.share_at(cause, day)), 1, language)
            row[phrase("column.survival", language)] = words.percent(
                float(self.incidence.curve.survival_at(day)), 1, language
            )
            rows.append(row)
        return pd.DataFrame(rows)

    def values(self) -> pd.DataFrame:
        """Return the shares as rows of `adherence.csv`: on readable days and on the last drawn."""
        days = [*self._read_days, int(self.shares().day[-1])]
        return numbers(row for day in sorted(set(days)) for row in self._values_at(day))

    def _values_at(self, day: int) -> list[dict[str, Any]]:
        shares = {
            f"share_ended_{cause}": float(self.incidence.share_at(cause, day))
            for cause in self.incidence.causes
        }
        shares["share_on_leave"] = float(self.incidence.curve.survival_at(day))
        return [
            value_row(metric, share, day=day, method="aalen_johansen")
            for metric, share in shares.items()
        ]

    @property
    def _read_days(self) -> list[int]:
        last = int(self.incidence.day[-1])
        return [d for d in READ_DAYS if self.diagnosis.entry_day < d <= last]


@dataclass(frozen=True, eq=False)
class Degrees:
    """Degree of sick leave by day among those still on leave (METHODS M20).

    Attributes
    ----------
    diagnosis : Diagnosis
    day : ndarray of int
    share : dict of int to ndarray
        Degree in per cent -> share of those on leave that day.
    n_on_leave : ndarray of float
    net_days, gross_days : float
        Mean days per spell from the entry day to day 365: degree x days, and calendar days.
    """

    diagnosis: Diagnosis = field(repr=False)
    day: np.ndarray = field(repr=False)
    share: dict[int, np.ndarray] = field(repr=False)
    n_on_leave: np.ndarray = field(repr=False)
    net_days: float
    gross_days: float

    @classmethod
    def of(cls, diagnosis: Diagnosis, tau_days: int = 365) -> Degrees | None:
        """Add up the changes by day; None when the register has no degrees or too few spells."""
        steps = diagnosis.degree_steps()
        first = diagnosis.entry_day + 1
        rules = diagnosis.release.rules
        seen = int(diagnosis.counts().given_outlasting(diagnosis.entry_day).n_spells)
        if not len(steps) or (rules and seen < rules.curve_minimum):
            return None
        counts = {}
        for degree, part in steps.groupby("degree_pct"):
            change = np.bincount(
                part["day"].clip(upper=LAST_DAY + 1), part["n_change"], minlength=LAST_DAY + 2
            )
            counts[int(degree)] = np.cumsum(change)[first : LAST_DAY + 1]
        net_days, gross_days = _mean_days(diagnosis, counts, first, tau_days)
        if rules:
            # The shares of a day would tell how many of a few are on each degree.
            counts = {d: round_counts(c, rules.rounding) for d, c in counts.items()}
        total = sum(counts.values())
        enough = total >= (rules.rounding * LEAST_CLASSES if rules else 1)
        last = int(np.argmin(enough)) if not enough.all() else len(enough)
        if last < 2:
            return None
        share = {d: c[:last] / total[:last] for d, c in sorted(counts.items())}
        day = np.arange(first, first + last)
        return cls(diagnosis, day, share, total[:last], net_days, gross_days)

    def shares(self) -> figures.DayShares:
        """Return the shares as the figure wants them."""
        return figures.DayShares(self.day, self.share)

    def display(self, language: str = "sv") -> pd.DataFrame:
        """Return the shares on readable days."""
        rows = []
        for day in (d for d in READ_DAYS if self.day[0] <= d <= self.day[-1]):
            at = day - int(self.day[0])
            rows.append(
                {phrase("column.day", language): day}
                | {
                    words.stratum("degree_pct", degree, language): words.percent(
                        float(share[at]), 1, language
                    )
                    for degree, share in self.share.items()
                }
            )
        return pd.DataFrame(rows)

    def values(self) -> pd.DataFrame:
        """Return the shares as rows of `adherence.csv`, with gross and net days."""
        first, last = int(self.day[0]), int(self.day[-1])
        days = sorted({first, last, *(d for d in READ_DAYS if first <= d <= last)})
        means = [("gross_days", self.gross_days), ("net_days", self.net_days)]
        return numbers(
            [value_row(metric, value, method="restricted_mean") for metric, value in means]
            + [
                value_row(f"share_on_degree_{degree}", float(share[day - first]), day=day)
                for day in days
                for degree, share in self.share.items()
            ]
        )

    def text(self, language: str = "sv") -> str:
        """Say gross and net days in a sentence."""
        return phrase(
            "degree.sentence",
            language,
            gross=words.number(self.gross_days, 0, language),
            net=words.number(self.net_days, 0, language),
        )


def _mean_days(diagnosis: Diagnosis, counts: dict, first: int, tau_days: int) -> tuple:
    """Mean net and gross days per spell from day `first` to day tau (METHODS M20)."""
    total = sum(counts.values())
    mean = sum(d / 100 * c for d, c in counts.items()) / np.maximum(total, 1)
    day = np.arange(first, first + len(total))
    inside = (day <= tau_days) & (total > 0)
    curve = diagnosis.counts().given_outlasting(diagnosis.entry_day).curve()
    survival = np.append(1.0, np.nan_to_num(curve.survival_at(day[inside][:-1])))
    return float(np.sum(survival * mean[inside])), float(np.sum(survival))
