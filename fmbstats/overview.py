"""All FMB entries at once: what can be judged, and how the lengths compare."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from fmbstats import codes, words
from fmbstats.results import AdherenceResult, value_or_reason
from fmbstats.words import Absent, phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis import Workbench


@dataclass(frozen=True, eq=False)
class Overview:
    """One row per entry of the newest edition.

    Attributes
    ----------
    store : Store
    year : int
        Start year of the spells.
    frame : DataFrame
        entry_id, slug, name, disease_group_name, codes (list), limits_days (list), why_no_limit
        (an `Absent` or None), adherence (an `AdherenceResult`).
    """

    store: Workbench = field(repr=False)
    year: int
    frame: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, store: Workbench, *, year: int, month_days: int = 30, entry_ids=None) -> Overview:
        """Measure all entries, or those in `entry_ids`."""
        entries = store.sql(
            "select entry_id, slug, name, disease_group_name, list(code order by code) as codes "
            "from mart_entries join mart_entry_codes using (entry_id) group by all "
            "order by disease_group_name, name"
        )
        if entry_ids is not None:
            entries = entries[entries["entry_id"].isin(set(entry_ids))]
        rows = []
        for entry in entries.itertuples(index=False):
            diagnosis = store.diagnosis(entry.entry_id, year=year, month_days=month_days)
            recommendation = diagnosis.recommendation
            rows.append(
                entry._asdict()
                | {
                    "limits_days": recommendation.limits_days,
                    "why_no_limit": recommendation.why_no_limit,
                    "adherence": diagnosis.adherence(),
                }
            )
        return cls(store, year, pd.DataFrame(rows))

    def measures(self) -> pd.DataFrame:
        """All result rows, one per entry and measure."""
        return pd.concat([a.frame for a in self.frame["adherence"]], ignore_index=True)

    def display(self, language: str = "sv") -> pd.DataFrame:
        """Return the entries as the list shows them."""
        return pd.DataFrame([self._shown(row, language) for row in self.frame.itertuples()])

    def _shown(self, row: Any, language: str) -> dict[str, Any]:
        adherence: AdherenceResult = row.adherence
        return {
            phrase("column.entry", language): row.name,
            phrase("column.codes", language): codes_text(row.codes),
            phrase("column.limits", language): limits_text(row, language),
            phrase("column.n_spells", language): words.cell(
                adherence.value("n_spells"), "number", 0, language
            ),
            phrase("metric.share_over_longest", language): words.cell(
                adherence.value("share_over_longest"), "percent", 1, language
            ),
            phrase("metric.share_over_shortest", language): words.cell(
                adherence.value("share_over_shortest"), "percent", 1, language
            ),
        }

    def text(self, language: str = "sv") -> str:
        """Say how many entries can be judged."""
        lows = [a.value("share_over_longest") for a in self.frame["adherence"]]
        limited = sum(1 for limits in self.frame["limits_days"] if limits)
        return phrase(
            "overview.count",
            language,
            n=words.count(len(self.frame), language),
            limited=words.count(limited, language),
            judged=words.count(sum(not isinstance(v, Absent) for v in lows), language),
            year=self.year,
        )


def codes_text(entry_codes: list[str]) -> str:
    """Codes with their dots, by commas."""
    return ", ".join(codes.dotted(c) for c in entry_codes)


def limits_text(row: Any, language: str) -> str:
    """Shortest and longest limit in days, or why there is none."""
    if not row.limits_days:
        return row.why_no_limit.text(language)
    return words.interval(row.limits_days[0], row.limits_days[-1], "days", 0, language)


__all__ = ["Overview", "codes_text", "limits_text", "value_or_reason"]
