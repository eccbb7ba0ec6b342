"""Measures of real against recommended length: frame, sentence and table from one object."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from fmbstats import tables, words
from fmbstats.adherence import LONGEST, SHORTEST, MeasureColumn
from fmbstats.results.about import About
from fmbstats.results.common import column_of, in_order, value_or_reason, with_interval
from fmbstats.results.notebook import in_notebook
from fmbstats.results.numbers import PART_OF, numbers
from fmbstats.words import Absent, phrase


@dataclass(frozen=True, eq=False)
class AdherenceResult:
    """Measures of real against recommended length, one row per group and measure.

    Attributes
    ----------
    about : About
    by : str or None
        What the groups are.
    frame : DataFrame
        METHODS' result row: estimate, lo and hi are shares in 0-1, days or counts by `metric`;
        NaN where `flags` says why.
    limits_in_use : dict of str to ndarray of float
        Distinct limits in days at each end of the spells' intervals; empty with `by`.
    """

    about: About = field(repr=False)
    by: str | None
    frame: pd.DataFrame
    limits_in_use: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    def value(self, metric: str, stratum: str = "all") -> Any:
        """Return one estimate, or the reason why there is none."""
        row = self._row(metric, stratum)
        if row is None:
            return Absent.NO_SPELLS
        return value_or_reason(row.estimate, row.flags)

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
        return in_order(self.frame["stratum"])

    def text(self, language: str = "sv") -> str:
        """Return the headline as one or two sentences."""
        n = self.value("n_spells")
        low, high = self.value(f"share_over_{LONGEST}"), self.value(f"share_over_{SHORTEST}")
        start = {
            "n": words.spells(n, language),
            "name": self.about.title,
            "entry_day": words.days(self.about.entry_day, language),
            "limits": self._limits_words(language),
            "longest": self._limit_words(LONGEST, language),
            "shortest": self._limit_words(SHORTEST, language),
        }
        if isinstance(low, words.Spoken) and isinstance(high, words.Spoken):
            key = "answer.unseen" if low is Absent.TRUNCATED_R else "answer.none"
            return phrase(key, language, **start, reason=low.sentence(language))
        if isinstance(high, words.Spoken):
            key = "longest_unseen" if high is Absent.TRUNCATED_R else "longest_only"
            return phrase(
                f"answer.{key}",
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

    def _limits_words(self, language: str) -> str:
        days = self.about.limits_days
        return words.interval(days[0], days[-1], "days", 0, language) if days else ""

    def _limit_words(self, end: str, language: str) -> str:
        """Write the limit after a comma, or what the spells' different ones lie between."""
        days = self._row(f"share_over_{end}", "all").limit_days
        if not math.isnan(days):
            return f", {words.days(int(days), language)}"
        used = self.limits_in_use[end]
        if not len(used):
            return ""
        limits = words.interval(int(used[0]), int(used[-1]), "days", 0, language)
        return phrase("answer.varying", language, limits=limits)

    def _share(self, metric: str, language: str) -> str:
        return self._with_interval(metric, "all", "percent", 1, language)

    def _with_interval(self, metric, stratum, kind, decimals, language) -> Any:
        value = self.value(metric, stratum)
        return with_interval(value, *self.interval(metric, stratum), kind, decimals, language)

    def display(self, language: str = "sv") -> pd.DataFrame:
        """Return the groups as the report shows them: one row per group."""
        head = words.stratum_title(column_of(self.by), language)
        column = column_of(self.by)
        values = {
            phrase(f"metric.{metric}", language): [
                self._with_interval(metric, stratum, kind, decimals, language)
                for stratum in self.strata
            ]
            for metric, kind, decimals in GROUPS
        }
        names = [words.stratum(column, stratum, language) for stratum in self.strata]
        return pd.DataFrame({head: names} | {k: v for k, v in values.items() if not _says_one(v)})

    def why_columns_missing(self, language: str = "sv") -> list[str]:
        """Say why `display` lacks a column: for no group is there a number, for one reason."""
        said: dict[Any, list[str]] = {}
        for end in (LONGEST, SHORTEST):
            values = [self.value(f"share_over_{end}", stratum) for stratum in self.strata]
            if _says_one(values):
                reason = next(v for v in values if v is not Absent.NO_SPELLS)
                said.setdefault(reason, []).append(end)
        return [
            phrase(f"groups.missing.{'_'.join(ends)}", language, reason=reason.sentence(language))
            for reason, ends in said.items()
        ]

    def values(self, measures: tuple = ()) -> pd.DataFrame:
        """Return the rows of `frame` that a table shows (by default that of the groups)."""
        shown = {name.format(end=e) for name, *_ in measures or GROUPS for e in (LONGEST, SHORTEST)}
        about = ["by", "stratum", "metric", "estimate", "lo", "hi", "limit_days", "method"]
        about += ["n_spells", "n_events", "n_at_risk_at_r", "flags"]
        rows = self.frame.loc[self.frame["metric"].isin(shown), about]
        return numbers(rows.assign(part=rows["by"].map(PART_OF)).to_dict("records"))

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
        return self._rows_of(MEASURES, language)

    def lengths(self, language: str = "sv") -> pd.DataFrame:
        """Return the measures that need no limit, one row per measure."""
        return self._rows_of(LENGTHS, language)

    def against_limits(self, language: str = "sv") -> pd.DataFrame:
        """Return the measures against the limit, one row each, a column per end of the interval.

        One column only when all spells have one and the same limit; none without a limit.
        """
        ends = [end for end in (LONGEST, SHORTEST) if self._has_limit(end)]
        if len(ends) == 2 and self._ends_agree():
            ends = [LONGEST]
        rows = []
        for measure, kind, decimals in AGAINST_LIMIT:
            row = {phrase("column.measure", language): phrase(f"measure.{measure}", language)}
            for end in ends:
                head = "measure.only" if len(ends) == 1 else f"measure.{end}"
                metric = measure.format(end=end)
                row[phrase(head, language)] = self._with_interval(
                    metric, "all", kind, decimals, language
                )
            rows.append(row)
        return pd.DataFrame(rows if ends else [])

    def _has_limit(self, end: str) -> bool:
        value = self.value(f"share_over_{end}")
        return value not in (Absent.NO_LIMIT, Absent.NO_SPELLS)

    def _ends_agree(self) -> bool:
        """Whether every spell has one limit only: both ends of all intervals are the same."""
        metrics = [measure for measure, _, _ in AGAINST_LIMIT]
        at = [[self.value(m.format(end=end)) for m in metrics] for end in (LONGEST, SHORTEST)]
        return at[0] == at[1]

    def _rows_of(self, measures: tuple, language: str) -> pd.DataFrame:
        rows = [
            {
                phrase("column.measure", language): phrase(f"metric.{metric}", language),
                phrase("column.value", language): self._with_interval(
                    metric, "all", kind, decimals, language
                ),
            }
            for metric, kind, decimals in measures
            if self._row(metric, "all") is not None
        ]
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
        return f"<AdherenceResult {self.about.title}: {len(self.frame)} rows>"


def measures_frame(
    columns: list[MeasureColumn], labels: list[str], by: str | list[str] | None, **about: Any
) -> pd.DataFrame:
    """Return METHODS' result rows: one per stratum and measure, strata in order.

    Parameters
    ----------
    columns : list of MeasureColumn
    labels : list of str
        Names of the strata.
    by : str, list of str or None
        What the strata are, all of them or one by one.
    **about
        What is the same in all rows.
    """
    n_strata, n_metrics = len(labels), len(columns)

    def stacked(name: str) -> np.ndarray:
        return np.column_stack([getattr(c, name) for c in columns]).reshape(-1)

    known = {c.metric: c.estimate for c in columns}
    frame = pd.DataFrame(
        {
            "by": np.repeat(by, n_metrics) if isinstance(by, list) else by or "all",
            "stratum": np.repeat(labels, n_metrics),
            "metric": np.tile([c.metric for c in columns], n_strata),
            "estimate": stacked("estimate"),
            "lo": stacked("lo"),
            "hi": stacked("hi"),
            "limit_days": stacked("limit_days"),
            "method": np.tile([c.method for c in columns], n_strata),
            "n_spells": np.repeat(known["n_spells"], n_metrics).astype(np.int64),
            "n_events": np.repeat(known["n_events"], n_metrics),
            "n_at_risk_at_r": stacked("at_risk"),
            "flags": [" ".join(c.flags[s]) for s in range(n_strata) for c in columns],
        }
    )
    return pd.concat([pd.DataFrame(about, index=frame.index), frame], axis=1)


def _says_one(values: list[Any]) -> bool:
    """Whether every value is the same reason; a group without spells says nothing here."""
    said = {v for v in values if v is not Absent.NO_SPELLS}
    return len(said) == 1 and isinstance(next(iter(said)), Absent)


LENGTHS = (
    ("n_spells", "number", 0),
    ("n_events", "number", 0),
    ("coverage_share", "percent", 1),
    ("quantile_25_days", "number", 0),
    ("quantile_50_days", "number", 0),
    ("quantile_75_days", "number", 0),
    ("restricted_mean_days", "number", 1),
)
GROUPS = (
    ("n_spells", "number", 0),
    ("quantile_50_days", "number", 0),
    ("share_over_longest", "percent", 1),
    ("share_over_shortest", "percent", 1),
    ("excess_days_longest", "number", 1),
)
AGAINST_LIMIT = (
    ("share_over_{end}", "percent", 1),
    ("share_over_{end}_day_before", "percent", 1),
    ("share_within_{end}", "percent", 1),
    ("median_ratio_{end}", "number", 2),
    ("excess_days_{end}", "number", 1),
)
MEASURES = (
    *LENGTHS,
    ("share_over_longest", "percent", 1),
    ("share_over_longest_day_before", "percent", 1),
    ("share_over_shortest", "percent", 1),
    ("share_over_shortest_day_before", "percent", 1),
    ("median_ratio_longest", "number", 2),
    ("median_ratio_shortest", "number", 2),
    ("excess_days_longest", "number", 1),
    ("excess_days_shortest", "number", 1),
)
