"""All FMB entries at once: what can be judged, and how the lengths compare."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fmbstats import codes, words
from fmbstats.adherence import SpellCounts, measure_strata
from fmbstats.results import (
    INTERNAL,
    Recommendation,
    Release,
    column_of,
    measures_frame,
    value_or_reason,
)
from fmbstats.words import Absent, phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis import Workbench

STRATA = (None, "sex", "age", "county", "year")


@dataclass(frozen=True, eq=False)
class Overview:
    """One row per entry of the newest edition.

    Attributes
    ----------
    store : Workbench
    year : int
        Start year of the spells.
    month_days : {30, 31}
    entries : DataFrame
        entry_id, slug, name, disease_group_name, codes (list); one row per entry.
    release : Release
        Exact results for internal analysis (default), or the rules for publication.
    """

    store: Workbench = field(repr=False)
    year: int
    month_days: int
    entries: pd.DataFrame = field(repr=False)
    release: Release = INTERNAL

    @classmethod
    def of(
        cls,
        store: Workbench,
        *,
        year: int,
        month_days: int = 30,
        entry_ids=None,
        release: Release = INTERNAL,
    ) -> Overview:
        """Take all entries, or those in `entry_ids`."""
        entries = store.entry_table
        if entry_ids is not None:
            entries = entries[entries["entry_id"].isin(set(entry_ids))].reset_index(drop=True)
        return cls(store, year, month_days, entries, release)

    @cached_property
    def recommendations(self) -> dict[str, Recommendation]:
        """Entry id -> what was in force in the year."""
        return {
            entry_id: Recommendation.of(self.store, "entry", entry_id, self.year, self.month_days)
            for entry_id in self.entries["entry_id"]
        }

    def measures(self, by: str | None = None) -> pd.DataFrame:
        """Result rows of all entries, one per entry, stratum and measure, in one pass.

        Parameters
        ----------
        by : {"sex", "age", "county", "year"}, optional
        """
        ledger = self.store.ledger_by(column_of(by), self.year)
        ledger = ledger[ledger["entry_id"].isin(set(self.entries["entry_id"]))]
        if by is None:
            # An entry without spells has its rows too.
            labels = [(entry_id, "all") for entry_id in self.entries["entry_id"]]
        else:
            labels = sorted(set(zip(ledger["entry_id"], ledger["stratum"], strict=True)))
        place = {label: k for k, label in enumerate(labels)}
        stratum = np.array(
            [place[key] for key in zip(ledger["entry_id"], ledger["stratum"], strict=True)],
            dtype=np.int64,
        )
        columns = measure_strata(
            SpellCounts(
                *(
                    ledger[c].to_numpy(dtype=np.int64)
                    for c in ("match_id", "entry_day", "duration_day", "end_reason", "n")
                )
            ),
            stratum,
            len(labels),
            self.store.limits(self.month_days),
            entry_day=self.store.entry_day,
        )
        frame = measures_frame(columns, [label[1] for label in labels], by, **self._about)
        ids = np.repeat([label[0] for label in labels], len(columns))
        known = self.entries.set_index("entry_id")
        frame.insert(0, "slug", known["slug"].reindex(ids).to_numpy())
        frame.insert(1, "dx", known["codes"].map(codes_text).reindex(ids).to_numpy())
        frame.insert(2, "rec_id", ids)
        frame.insert(3, "rec_version", frame["rec_id"].map(self._editions))
        # Years do not add up to anything that is shown; sexes, ages and counties do.
        is_partition = by in ("sex", "age", "county")
        return self.release.measures(frame, is_partition=is_partition, within="rec_id")

    def all_measures(self) -> pd.DataFrame:
        """Result rows of all entries by all strata: the table of the batch."""
        return pd.concat([self.measures(by) for by in STRATA], ignore_index=True)

    @cached_property
    def _editions(self) -> dict[str, str]:
        return {entry_id: r.editions for entry_id, r in self.recommendations.items()}

    @property
    def _about(self) -> dict[str, Any]:
        return {"start_year": self.year, "entry_days": self.store.entry_day} | self.store.about

    @cached_property
    def _values(self) -> dict[tuple[str, str], Any]:
        """(entry_id, metric) -> result row over all spells."""
        return {(row.rec_id, row.metric): row for row in self.measures().itertuples()}

    def value(self, entry_id: str, metric: str) -> Any:
        """Return an estimate over all spells of an entry, or the reason why there is none."""
        row = self._values[entry_id, metric]
        return value_or_reason(row.estimate, row.flags)

    def display(self, language: str = "sv") -> pd.DataFrame:
        """Return the entries as the list shows them."""
        return pd.DataFrame([self._shown(row, language) for row in self.entries.itertuples()])

    def _shown(self, row: Any, language: str) -> dict[str, Any]:
        shown = {
            phrase("column.entry", language): row.name,
            phrase("column.disease_group", language): row.disease_group_name,
            phrase("column.codes", language): codes_text(row.codes),
            phrase("column.limits", language): self.limits_text(row.entry_id, language),
        }
        for metric, kind in (
            ("n_spells", "number"),
            ("quantile_50_days", "number"),
            ("share_over_longest", "percent"),
            ("share_over_shortest", "percent"),
        ):
            value = self.value(row.entry_id, metric)
            shown[phrase(f"metric.{metric}", language)] = words.cell(
                value, kind, 1 if kind == "percent" else 0, language
            )
        return shown

    def limits_text(self, entry_id: str, language: str) -> str:
        """Shortest and longest limit in days, or why there is none."""
        recommendation = self.recommendations[entry_id]
        days = recommendation.limits_days
        if not days:
            return recommendation.why_no_limit.text(language)
        return words.interval(days[0], days[-1], "days", 0, language)

    def text(self, language: str = "sv") -> str:
        """Say how many entries can be judged."""
        ids = self.entries["entry_id"]
        judged = [self.value(i, "share_over_longest") for i in ids]
        return phrase(
            "overview.count",
            language,
            n=words.count(len(ids), language),
            limited=words.count(
                sum(bool(r.limits_days) for r in self.recommendations.values()), language
            ),
            judged=words.count(sum(not isinstance(v, Absent) for v in judged), language),
            year=self.year,
        )


def codes_text(entry_codes: list[str]) -> str:
    """Codes with their dots, by commas."""
    return ", ".join(codes.dotted(c) for c in entry_codes)
