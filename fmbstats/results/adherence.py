"""Measures of real against recommended length: frame, sentence and table from one object."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fmbstats import tables, words
from fmbstats.adherence import LONGEST, SHORTEST, MeasureColumn
from fmbstats.results.common import column_of, value_or_reason, with_interval
from fmbstats.results.notebook import in_notebook
from fmbstats.words import Absent, phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis import Diagnosis


@dataclass(frozen=True, eq=False)
class AdherenceResult:
    """Measures of real against recommended length, one row per group and measure.

    Attributes
    ----------
    diagnosis : Diagnosis
    by : str or None
        What the groups are.
    frame : DataFrame
        METHODS' result row: estimate, lo and hi are shares in 0-1, days or counts by `metric`;
        NaN where `flags` says why.
    """

    diagnosis: Diagnosis = field(repr=False)
    by: str | None
    frame: pd.DataFrame

    def value(self, metric: str, stratum: str = "all") -> Any:
        """Return one estimate, or the reason why there is none."""
        row = self._row(metric, stratum)
        return Absent.NO_SPELLS if row is None else value_or_reason(row.estimate, row.flags)

    def interval(self, metric: str, stratum: str = "all") -> tuple[float, float]:
        """Return the limits of confidence of one estimate; NaN where there are none."""
        row = self._row(metric, stratum)
        return (math.nan, math.nan) if row is None else (row.lo, row.hi)

    def _row(self, metric: str, stratum: str):
        return self._rows.get((stratum, metric))

    @cached_property
    def _rows(self) -> dict:
        return {(row.stratum, row.metric): row for row in self.frame.itertuples()}

    @property
    def strata(self) -> list[str]:
        """The groups, in order."""
        return list(dict.fromkeys(self.frame["stratum"]))

    def text(self, language: str = "sv") -> str:
        """Return the headline as one or two sentences."""
        n = self.value("n_spells")
        low, high = self.value(f"share_over_{LONGEST}"), self.value(f"share_over_{SHORTEST}")
        start = {
            "n": words.spells(n, language),
            "name": self.diagnosis.title,
            "entry_day": words.days(self.diagnosis.entry_day, language),
        }
        if isinstance(low, words.Spoken) and isinstance(high, words.Spoken):
            return phrase("answer.none", language, **start, reason=low.sentence(language))
        if isinstance(high, words.Spoken):
            return phrase(
                "answer.longest_only",
                language,
                **start,
                low=self._share(f"share_over_{LONGEST}", language),
                reason=high.sentence(language),
            )
        if isinstance(low, words.Spoken):
            return phrase(
                "answer.shortest_only",
                language,
                **start,
                high=self._share(f"share_over_{SHORTEST}", language),
                reason=low.sentence(language),
            )
        if low == high:
            return phrase(
                "answer.single",
                language,
                **start,
                low=self._share(f"share_over_{LONGEST}", language),
            )
        return phrase(
            "answer.interval",
            language,
            **start,
            low=self._share(f"share_over_{LONGEST}", language),
            high=self._share(f"share_over_{SHORTEST}", language),
        )

    def _share(self, metric: str, language: str) -> str:
        return self._with_interval(metric, "all", "percent", 1, language)

    def _with_interval(self, metric, stratum, kind, decimals, language) -> Any:
        value = self.value(metric, stratum)
        return with_interval(value, *self.interval(metric, stratum), kind, decimals, language)

    def display(self, language: str = "sv") -> pd.DataFrame:
        """Return the groups as the report shows them: one row per group."""
        head = words.stratum_title(column_of(self.by), language)
        shown = [
            ("n_spells", "number", 0),
            ("quantile_50_days", "number", 0),
            (f"share_over_{LONGEST}", "percent", 1),
            (f"share_over_{SHORTEST}", "percent", 1),
            (f"excess_days_{LONGEST}", "number", 1),
        ]
        column = column_of(self.by)
        return pd.DataFrame(
            [
                {head: words.stratum(column, stratum, language)}
                | {
                    phrase(f"metric.{metric}", language): self._with_interval(
                        metric, stratum, kind, decimals, language
                    )
                    for metric, kind, decimals in shown
                }
                for stratum in self.strata
            ]
        )

    def marks(self, language: str = "sv") -> pd.DataFrame:
        """Return the groups as the interval figures want them."""
        rows = []
        for stratum in self.strata:
            low = self.value(f"share_over_{LONGEST}", stratum)
            high = self.value(f"share_over_{SHORTEST}", stratum)
            is_low, is_high = (not isinstance(v, words.Spoken) for v in (low, high))
            ends = [e for e, ok in ((LONGEST, is_low), (SHORTEST, is_high)) if ok]
            nothing = float("nan")
            limits = [self.interval(f"share_over_{end}", stratum) for end in ends]
            shares = [v for v, ok in ((low, is_low), (high, is_high)) if ok]
            n = self.value("n_spells", stratum)
            rows.append(
                {
                    "label": words.stratum(column_of(self.by), stratum, language),
                    "exceedance_lo": shares[0] if shares else nothing,
                    "exceedance_hi": shares[-1] if shares else nothing,
                    "ci_lo": limits[0][0] if shares else nothing,
                    "ci_hi": limits[-1][1] if shares else nothing,
                    "n_spells": n,
                    "reason": None if shares else low,
                }
            )
        return pd.DataFrame(rows)

    def measures(self, language: str = "sv") -> pd.DataFrame:
        """Return all measures of all spells together, one row per measure."""
        rows = []
        for metric, kind, decimals in MEASURES:
            if self._row(metric, "all") is not None:
                rows.append(
                    {
                        phrase("column.measure", language): phrase(f"metric.{metric}", language),
                        phrase("column.value", language): self._with_interval(
                            metric, "all", kind, decimals, language
                        ),
                    }
                )
        return pd.DataFrame(rows)

    def table(self, language: str = "sv") -> str:
        """Return the display frame as an HTML table."""
        frame = self.display(language) if self.by else self.measures(language)
        return tables.html_table(
            frame, caption=phrase("table.adherence.caption", language), language=language
        )

    def _repr_html_(self) -> str:
        return in_notebook(self.table())

    def __repr__(self) -> str:
        return f"<AdherenceResult {self.diagnosis.title}: {len(self.frame)} rows>"


def measures_frame(
    columns: list[MeasureColumn], labels: list[str], by: str | None, **about: Any
) -> pd.DataFrame:
    """Return METHODS' result rows: one per stratum and measure, strata in order.

    Parameters
    ----------
    columns : list of MeasureColumn
    labels : list of str
        Names of the strata.
    by : str or None
        What the strata are.
    **about
        What is the same in all rows.
    """
    n_strata, n_metrics = len(labels), len(columns)

    def stacked(name: str) -> np.ndarray:
        return np.column_stack([getattr(c, name) for c in columns]).reshape(-1)

    known = {c.metric: c.estimate for c in columns}
    frame = pd.DataFrame(
        {
            "by": by or "all",
            "stratum": np.repeat(labels, n_metrics),
            "metric": np.tile([c.metric for c in columns], n_strata),
            "estimate": stacked("estimate"),
            "lo": stacked("lo"),
            "hi": stacked("hi"),
            "limit_days": stacked("limit_days"),
            "method": np.tile([c.method for c in columns], n_strata),
            "n_spells": np.repeat(known["n_spells"], n_metrics).astype(np.int64),
            "n_events": np.repeat(known["n_events"], n_metrics).astype(np.int64),
            "n_at_risk_at_r": stacked("at_risk"),
            "flags": [" ".join(c.flags[s]) for s in range(n_strata) for c in columns],
        }
    )
    return pd.concat([pd.DataFrame(about, index=frame.index), frame], axis=1)


MEASURES = (
    ("n_spells", "number", 0),
    ("n_events", "number", 0),
    ("coverage_share", "percent", 1),
    ("quantile_25_days", "number", 0),
    ("quantile_50_days", "number", 0),
    ("quantile_75_days", "number", 0),
    ("restricted_mean_days", "number", 1),
    ("share_over_longest", "percent", 1),
    ("share_over_longest_day_before", "percent", 1),
    ("share_over_shortest", "percent", 1),
    ("share_over_shortest_day_before", "percent", 1),
    ("median_ratio_longest", "number", 2),
    ("median_ratio_shortest", "number", 2),
    ("excess_days_longest", "number", 1),
    ("excess_days_shortest", "number", 1),
)
