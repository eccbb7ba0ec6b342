"""Two groups, or two periods, against each other: differences with limits, tests second.

The limits are held fixed: with each group's own limit the yardstick would move, not the practice
(METHODS M19).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import figures, tables
from fmbstats.errors import UnknownNameError
from fmbstats.results import comparison_words
from fmbstats.results.common import STRATA, column_of
from fmbstats.results.comparison_by_day import DifferenceByDay
from fmbstats.results.comparison_groups import (
    curve_of,
    group_numbers,
    label_of,
    last_day_at_risk,
    limits_of,
    listed,
    spells_of,
)
from fmbstats.results.comparison_measures import measures, tests_of
from fmbstats.results.curve import CURVE_DAYS, curve_line
from fmbstats.results.notebook import in_notebook
from fmbstats.stats.logrank import LogRank
from fmbstats.stats.survival import Curve
from fmbstats.words import phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis import Diagnosis

MIX = ("sex", "age_group")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two groups of spells of one diagnosis.

    Attributes
    ----------
    diagnosis : Diagnosis
    by : str
        What the groups are.
    groups : tuple of tuple of str
        The strata taken together in each of the two.
    curves : tuple of Curve
    limits_days : tuple of int
        The same for both groups.
    tau_days : int
        Horizon of mean lengths.
    frame : DataFrame
        One row per measure: metric, limit_days, first, first_lo, first_hi, second, second_lo,
        second_hi, difference, lo, hi, p, flags. Shares 0-1, days; NaN where `flags` says why.
    tests : dict of str to LogRank
        "logrank" and "logrank_stratified".
    """

    diagnosis: Diagnosis = field(repr=False)
    by: str
    groups: tuple[tuple[str, ...], tuple[str, ...]]
    curves: tuple[Curve, Curve] = field(repr=False)
    limits_days: tuple[int, ...]
    tau_days: int
    frame: pd.DataFrame = field(repr=False)
    tests: dict[str, LogRank] = field(repr=False)

    @classmethod
    def of(
        cls,
        diagnosis: Diagnosis,
        by: str,
        first: Any,
        second: Any,
        *,
        limits_days: Sequence[int] | None = None,
        tau_days: int = 365,
    ) -> Comparison:
        """Measure both groups; see `Diagnosis.compare`."""
        column = column_of(by)
        if column == "all":
            raise UnknownNameError(
                f"A comparison needs groups: give by as one of {', '.join(STRATA)}."
            )
        spells = spells_of(diagnosis, column)
        groups = (listed(first), listed(second))
        spells["group"] = group_numbers(spells[column], groups, by)
        spells = spells[spells["group"] >= 0]
        curves = tuple(curve_of(spells[spells["group"] == g]) for g in (0, 1))
        limits = limits_of(diagnosis, column, groups) if limits_days is None else limits_days
        limits = tuple(sorted({int(d) for d in limits}))
        tau = min(tau_days, *(last_day_at_risk(curve) for curve in curves))
        mix = mix_of(column)
        frame = pd.DataFrame(measures(curves, spells, mix, limits, tau))
        return cls(diagnosis, by, groups, curves, limits, tau, frame, tests_of(spells, mix))

    @property
    def mix(self) -> list[str]:
        """What the standardised measures hold equal: sex and age, but for what is compared."""
        return mix_of(column_of(self.by))

    @property
    def labels(self) -> tuple[str, str]:
        """Names of the groups in the language of the reports."""
        return self.labels_in("sv")

    def labels_in(self, language: str) -> tuple[str, str]:
        """Names of the two groups."""
        column = column_of(self.by)
        return tuple(label_of(column, group, language) for group in self.groups)

    def text(self, language: str = "sv") -> str:
        """Say the difference at each limit, a sentence each."""
        if not self.limits_days:
            return phrase("compare.no_limit", language)
        rows = self.frame[self.frame["metric"] == "share_over"]
        return " ".join(comparison_words.sentence(self, row, language) for row in rows.itertuples())

    def conclusion(self, language: str = "sv") -> str:
        """Say which group was on leave for longer, and whether that is sure at equal mix."""
        return comparison_words.conclusion(self, language)

    def difference_by_day(self) -> DifferenceByDay:
        """Return the difference of the curves on every day, with its figure."""
        return DifferenceByDay.of(self)

    def display(self, language: str = "sv") -> pd.DataFrame:
        """Return the measures as a reader's table: one row per measure."""
        return comparison_words.display(self, language)

    def table(self, language: str = "sv") -> str:
        """Return the display frame as an HTML table."""
        caption = phrase("compare.caption", language)
        return tables.html_table(self.display(language), caption=caption, language=language)

    def plot(self, ax=None, language: str = "sv"):
        """Draw both curves with their limits."""
        lines = [
            curve_line(curve, label, CURVE_DAYS, role)
            for curve, label, role in zip(
                self.curves, self.labels_in(language), self._roles, strict=True
            )
        ]
        shared = {
            "limits": [figures.LimitLine(d) for d in self.limits_days if d],
            "entry_day": self.diagnosis.entry_day,
            "until_day": CURVE_DAYS,
            "language": language,
            "is_synthetic": bool(self.diagnosis.store.settings.is_synthetic),
        }
        if ax is None:
            figure, ax = figures.new_figure("curve", n_rows=2)
            figure.set_label(figures.alt_survival_curve(lines, **shared))
        return figures.survival_curve(lines, ax, **shared)

    @property
    def _roles(self) -> tuple[str, str]:
        if self.groups == (("women",), ("men",)):
            return "women", "men"
        return (
            ("men", "women") if self.groups == (("men",), ("women",)) else ("reference", "actual")
        )

    def _repr_html_(self) -> str:
        title = phrase("compare.title", "sv", first=self.labels[0], second=self.labels[1])
        return in_notebook(
            f"<p><strong>{tables.escaped(self.diagnosis.title)}: {tables.escaped(title)}</strong>"
            f"</p><p>{tables.escaped(self.conclusion())}</p>"
            f"<p>{tables.escaped(self.text())}</p>{self.table()}"
            f"<p><small>{tables.escaped(phrase('internal.note'))}</small></p>"
        )

    def __repr__(self) -> str:
        first, second = self.labels
        return f"<Comparison {self.diagnosis.title}: {first} against {second}>"


def mix_of(column: str) -> list[str]:
    """Columns whose mix can differ between groups of `column`."""
    return [name for name in MIX if name != column]
