"""Measures of real against recommended length: frame, sentence and table from one object."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from fmbstats import tables, words
from fmbstats.adherence import LONGEST, SHORTEST, MeasureColumn
from fmbstats.frames import Columns, by_column, framed, pd, rows_of
from fmbstats.measures import key_of
from fmbstats.results.about import About
from fmbstats.results.common import (
    column_of,
    in_notebook,
    in_order,
    parted,
    told_group,
    value_or_reason,
    with_interval,
)
from fmbstats.results.headline import AmbiguousSpells, Headline, answer_form, as_told, has_unlimited
from fmbstats.told import Told
from fmbstats.words import Absent, phrase


@dataclass(frozen=True, eq=False)
class AdherenceResult:
    """Measures of real against recommended length, one row per group and measure."""

    about: About = field(repr=False)
    by: str | None  #: What the groups are.
    rows: pd.DataFrame | Columns = field(repr=False)  #: As of `frame`.
    #: Share over the limit that most spells have, of all spells together.
    fact: Told | None = field(default=None, repr=False)
    unlimited: tuple[str, ...] = ()  #: The cases without an upper limit, by their criteria.
    #: Of all spells together: those with a code that tells the diagnosis not from others.
    ambiguous: AmbiguousSpells | None = field(default=None, repr=False)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """METHODS' result rows: estimate, lo and hi are shares in 0-1, days or counts by `metric`.

        NaN where `flags` says why.
        """
        return self.rows.frame if isinstance(self.rows, Columns) else self.rows

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
        return {(row.stratum, row.metric): row for row in rows_of(self.rows)}

    def of(self, metric: str) -> pd.DataFrame:
        """Return one measure as a small table: the groups, estimate, lo, hi, n_spells, flags.

        Parameters
        ----------
        metric : str
            A key of `measures.MEASURES`, or friendly words: "share over", "median", "spells".

        Raises
        ------
        UnknownNameError
            There is no such measure; the nearest names are told.
        """
        rows = self.frame[self.frame["metric"] == key_of(metric)].reset_index(drop=True)
        return parted(rows, self.by)

    @property
    def strata(self) -> list[str]:
        """The groups, in order."""
        return in_order(self.rows["stratum"])

    def told(self, metric: str, stratum: str = "all") -> Told:
        """Return one measure as a told value, with its row or the reason for none."""
        row = self._row(metric, stratum)
        if row is None:
            return Told(metric, reason=Absent.NO_SPELLS, **told_group(self.by, stratum))
        value = self.value(metric, stratum)
        reason = value if words.is_spoken(value) else None
        group = told_group(self.by if self.by is not None else row.by, stratum)
        return as_told(row, part=PART_OF.get(group["by"], ""), reason=reason, **group)

    @cached_property
    def headline(self) -> Headline:
        """What can be said of the share over the limit, in one of four forms."""
        low, high = self.told(f"share_over_{LONGEST}"), self.told(f"share_over_{SHORTEST}")
        form = answer_form(
            low.estimate if low.is_known else math.nan,
            high.estimate if high.is_known else math.nan,
            has_unlimited=has_unlimited(low.flags),
            is_lifted=self.about.yardstick.lifted_until is not None,
            is_upper_lasting=self.about.yardstick.is_upper_lasting,
        )
        known = (self.fact, self.unlimited, self.ambiguous)
        return Headline(self.about, form, self._n_judged(), low, high, *known)

    def _n_judged(self) -> Told:
        """Spells with a limit among their code's cases: the denominator of the shares."""
        n, coverage = self.told("n_spells"), self.value("coverage_share")
        if not n.is_known or words.is_spoken(coverage) or coverage == 1:
            return n
        # The same row as in the box of who is counted.
        own = {"part": "population", "n_spells": math.nan, "n_events": math.nan, "method": ""}
        return n.with_(metric="n_scored", estimate=float(round(n.estimate * coverage)), **own)

    def text(self, language: str = "") -> str:
        """Return the headline with the sentences that belong to it."""
        return self.headline.text(language)

    def _with_interval(self, metric, stratum, kind, decimals, language) -> Any:
        value = self.value(metric, stratum)
        return with_interval(value, *self.interval(metric, stratum), kind, decimals, language)

    @framed
    def display(self, language: str) -> dict[str, list]:
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
        return {head: names} | {k: v for k, v in values.items() if not _says_one(v)}

    @framed
    def measures(self, language: str) -> dict[str, list]:
        """Return all measures of all spells together, one row per measure."""
        return self._rows_of(MEASURES, language)

    @framed
    def lengths(self, language: str) -> dict[str, list]:
        """Return the measures that need no limit, one row per measure."""
        return self._rows_of(LENGTHS, language)

    @framed
    def against_limits(self, language: str) -> dict[str, list]:
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
        return by_column(rows if ends else [])

    def _has_limit(self, end: str) -> bool:
        value = self.value(f"share_over_{end}")
        return value not in (Absent.NO_LIMIT, Absent.NO_SPELLS, Absent.PROTECTED)

    def _ends_agree(self) -> bool:
        """Whether every spell has one limit only: both ends of all intervals are the same."""
        metrics = [measure for measure, _, _ in AGAINST_LIMIT]
        at = [[self.value(m.format(end=end)) for m in metrics] for end in (LONGEST, SHORTEST)]
        return at[0] == at[1]

    def _rows_of(self, measures: tuple, language: str) -> dict[str, list]:
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
        return by_column(rows)

    def table(self, language: str = "") -> str:
        """Return the display frame as an HTML table."""
        frame = self.display(language) if self.by else self.measures(language)
        return tables.html_table(
            frame, caption=phrase("table.adherence.caption", language), language=language
        )

    def _repr_html_(self) -> str:
        return in_notebook(self.table())

    def __repr__(self) -> str:
        return f"<AdherenceResult {self.about.title}: {len(self._rows)} rows>"


def measures_frame(*measured: Any, **about: Any) -> pd.DataFrame:
    """Return `measure_rows` as a frame."""
    return measure_rows(*measured, **about).frame


def measure_rows(
    columns: list[MeasureColumn], labels: list[str], by: str | list[str] | None, **about: Any
) -> Columns:
    """Return METHODS' result rows: one per stratum and measure, strata in order.

    `labels`: names of the strata. `by`: what the strata are, all of them or one by one. `**about`:
    what is the same in all rows.
    """
    n_strata, n_metrics = len(labels), len(columns)

    def stacked(name: str) -> np.ndarray:
        return np.column_stack([getattr(c, name) for c in columns]).reshape(-1)

    known = {c.metric: c.estimate for c in columns}
    n_spells = known["n_spells"]
    if not np.isnan(n_spells).any():  # whole numbers, where all are told
        n_spells = n_spells.astype(np.int64)
    flags = [" ".join(c.flags[s]) for s in range(n_strata) for c in columns]
    same = about if isinstance(by, list) else about | {"by": by or "all"}
    return Columns(
        {
            name: np.full(len(flags), value, int if isinstance(value, int) else object)
            for name, value in same.items()
        }
        | ({"by": np.repeat(by, n_metrics)} if isinstance(by, list) else {})
        | {
            "stratum": np.repeat(labels, n_metrics),
            "metric": np.tile([c.metric for c in columns], n_strata),
            "estimate": stacked("estimate"),
            "lo": stacked("lo"),
            "hi": stacked("hi"),
            "limit_days": stacked("limit_days"),
            "method": np.tile([c.method for c in columns], n_strata),
            "n_spells": np.repeat(n_spells, n_metrics),
            "n_events": np.repeat(known["n_events"], n_metrics),
            "n_at_risk_at_r": stacked("at_risk"),
            "flags": np.array(flags, dtype=object),
        }
    )


def _says_one(values: list[Any]) -> bool:
    """Whether every value is the same reason; a group without spells says nothing here."""
    said = {v for v in values if v not in (Absent.NO_SPELLS, Absent.PROTECTED)}
    return len(said) == 1 and isinstance(next(iter(said)), Absent)


# Part of the page that shows the measures by a stratum; those by county or year stand in none.
PART_OF = {"all": "measures", "sex": "sex", "age": "age", "own": "own"}
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
    ("share_ending_near_{end}", "percent", 1),
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
