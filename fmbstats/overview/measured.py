"""All FMB entries measured in one pass per stratum, and whether each can be judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd

from fmbstats import codes, words
from fmbstats.adherence import LONGEST, SHORTEST, SpellCounts, measure_strata
from fmbstats.diagnosis.ambiguous import counted_by_code
from fmbstats.diagnosis.spells import limits_of_year
from fmbstats.frames import rows_of
from fmbstats.recommendations.yardstick import YearLimits
from fmbstats.results.adherence import measures_frame
from fmbstats.results.common import column_of, value_or_reason
from fmbstats.results.headline import (
    BETWEEN,
    CANNOT,
    LEAST,
    MOST,
    ONE,
    answer_form,
    has_unlimited,
)
from fmbstats.results.recommendation import Recommendation
from fmbstats.results.release import INTERNAL, Release
from fmbstats.settings import SETTINGS
from fmbstats.store import Store, lookups
from fmbstats.words import Absent, phrase

# Which bounds each form tells.
ENDS_OF = {
    ONE: (LONGEST, SHORTEST),
    BETWEEN: (LONGEST, SHORTEST),
    LEAST: (LONGEST,),
    MOST: (SHORTEST,),
    CANNOT: (),
}
STRATA = (None, "sex", "age", "county", "year")


@dataclass(frozen=True, eq=False)
class MeasuredEntries:
    """One row per entry of the newest edition."""

    store: Store = field(repr=False)
    year: int  #: Start year of the spells.
    month_days: int  #: {30, 31}.
    #: entry_id, slug, name, disease_group_name, codes (list); one row per entry.
    entries: pd.DataFrame = field(repr=False)
    #: Exact results for internal analysis (default), or the rules for publication.
    release: Release = INTERNAL
    _found: dict[str | None, pd.DataFrame] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        store: Store,
        *,
        year: int,
        month_days: int = SETTINGS.month_days,
        entry_ids=None,
        release: Release = INTERNAL,
    ) -> Self:
        """Take all entries, or those in `entry_ids`."""
        entries = store.entry_table
        if entry_ids is not None:
            entries = entries[entries["entry_id"].isin(set(entry_ids))].reset_index(drop=True)
        return cls(store, year, month_days, entries, release)

    @cached_property
    def recommendations(self) -> dict[str, Recommendation]:
        """Entry id -> what was in force in the year."""
        wanted = set(self.entries["entry_id"])
        found = lookups.of_every_entry(self.store, self.year, self.month_days, wanted)
        return {
            entry.entry_id: Recommendation([entry], cases, self.month_days)
            for entry, cases in found
        }

    def measures(self, by: str | None = None) -> pd.DataFrame:
        """Result rows of all entries, one per entry, stratum and measure, in one pass.

        Intervals are by spells, also in an exact store: those that allow for several spells of a
        person (`Diagnosis.adherence`) need every spell, and some 0.2 s for each entry and stratum.

        `by`: {"sex", "age", "county", "year"}.
        """
        if by not in self._found:
            self._found[by] = self._measured(by)
        return self._found[by]

    def _measured(self, by: str | None) -> pd.DataFrame:
        ledger = self.store.ledger_by(column_of(by), self.year)
        ledger = ledger[ledger["entry_id"].isin(set(self.entries["entry_id"]))]
        # Factorised, not looked up row by row: there are some 10^5 rows.
        stratum, names = pd.factorize(ledger["entry_id"] + "|" + ledger["stratum"], sort=True)
        labels = [tuple(name.split("|", 1)) for name in names]
        if by is None:
            # An entry without spells has its rows too.
            labels += [(i, "all") for i in self.entries["entry_id"] if (i, "all") not in labels]
        columns = measure_strata(
            SpellCounts.of_ledger(ledger, self.store.noise),
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
        return frame

    def all_measures(self) -> pd.DataFrame:
        """Result rows of all entries by all strata: the table of the batch."""
        return self._every

    @cached_property
    def _every(self) -> pd.DataFrame:
        """Tables, workbook and Parquet ask for them in turn."""
        return pd.concat([self.measures(by) for by in STRATA], ignore_index=True)

    @cached_property
    def year_limits(self) -> dict[str, YearLimits]:
        """Entry id -> which limits its spells of the year are held against."""
        ledger = self.store.ledger_by("all", self.year)
        seen = ledger[ledger["duration_day"] > self.store.entry_day]
        spells = seen.groupby(["entry_id", "match_id"])["n"].sum()
        ends = lookups.set_ends(self.store)
        limits = self.store.limits(self.month_days)
        found = {}
        for entry_id, known in self.recommendations.items():
            own = spells.loc[entry_id].to_dict() if entry_id in spells.index else {}
            found[entry_id] = limits_of_year(
                own, limits, ends, known, self.year, self.store.entry_day
            )
        return found

    def form(self, entry_id: str) -> str:
        """Say in which of the four forms the share over the limit can be told (or "cannot")."""
        low, high = (self.row(entry_id, f"share_over_{end}") for end in (LONGEST, SHORTEST))
        return answer_form(
            low.estimate,
            high.estimate,
            has_unlimited=has_unlimited(low.flags),
            is_lifted=self.year_limits[entry_id].lifted_until is not None,
            is_upper_lasting=self.year_limits[entry_id].is_upper_lasting,
        )

    @cached_property
    def ambiguous(self) -> dict[str, float]:
        """Codes that tell no one of the entries -> their spells that outlast the entry day."""
        wider = codes.above(code for listed in self.entries["codes"] for code in listed)
        rows = self.store.reader.above_entries(wider, self.year)
        return counted_by_code(rows[rows["duration_day"] > self.store.entry_day])

    @cached_property
    def _editions(self) -> dict[str, str]:
        return self.store.editions_by_entry(self.year)

    @property
    def _about(self) -> dict[str, Any]:
        return {"start_year": self.year, "entry_days": self.store.entry_day} | self.store.about

    @cached_property
    def _values(self) -> dict[tuple[str, str], Any]:
        """(entry_id, metric) -> result row over all spells."""
        return {(row.rec_id, row.metric): row for row in rows_of(self.measures())}

    def value(self, entry_id: str, metric: str) -> Any:
        """Return an estimate over all spells of an entry, or the reason why there is none."""
        row = self._values[entry_id, metric]
        return value_or_reason(row.estimate, row.flags)

    def row(self, entry_id: str, metric: str) -> Any:
        """Return the result row of a measure over all spells of an entry."""
        return self._values[entry_id, metric]

    def reason(self, entry_id: str, end: str = LONGEST) -> words.Spoken | None:
        """Say why a bound (of the longest or the shortest limit) is not told; None if it is."""
        value = self.value(entry_id, f"share_over_{end}")
        if not isinstance(value, words.Spoken):
            is_told = end in ENDS_OF[self.form(entry_id)]
            return None if is_told else Absent.CASE_WITHOUT_LIMIT
        why = self.recommendations[entry_id].why_no_limit
        return why if why is not None and value is Absent.NO_LIMIT else value

    def marks(self) -> pd.DataFrame:
        """Return the entries as the forest plot wants them, disease group by disease group.

        `form` says what is told: "one", "between", "least" (the lower bound stands alone), "most"
        (the upper one), or "" where nothing can be told; then `reason` says why.
        """
        return pd.DataFrame([self._mark(entry) for entry in rows_of(self.entries)])

    def _mark(self, entry: Any) -> dict[str, Any]:
        form = self.form(entry.entry_id)
        rows = [self.row(entry.entry_id, f"share_over_{end}") for end in ENDS_OF[form]]
        return {
            "entry_id": entry.entry_id,
            "label": entry.name,
            "group": entry.disease_group_name,
            "exceedance_lo": rows[0].estimate if rows else np.nan,
            "exceedance_hi": rows[-1].estimate if rows else np.nan,
            "ci_lo": rows[0].lo if rows else np.nan,
            "ci_hi": rows[-1].hi if rows else np.nan,
            "n_spells": self.value(entry.entry_id, "n_spells"),
            "form": form if rows else "",
            "reason": None if rows else self.reason(entry.entry_id),
        }

    def display(self, language: str = "") -> pd.DataFrame:
        """Return the entries as the list shows them."""
        return pd.DataFrame([self._shown(row, language) for row in rows_of(self.entries)])

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
            if kind == "percent":
                value = self.reason(row.entry_id, metric.removeprefix("share_over_")) or value
            shown[phrase(f"metric.{metric}", language)] = words.cell(
                value, kind, 1 if kind == "percent" else 0, language
            )
        return shown

    def limits_text(self, entry_id: str, language: str) -> str:
        """Shortest and longest limit in days, or why there is none."""
        recommendation = self.recommendations[entry_id]
        days = recommendation.limits_days
        if not days:
            return recommendation.no_limit.text(language)
        return words.interval(days[0], days[-1], "days", 0, language)

    def counts(self) -> dict[str, int]:
        """How many entries there are, have a limit in days, and can be told something of."""
        forms = [self.form(i) for i in self.entries["entry_id"]]
        return {
            "n_entries": len(self.entries),
            "n_limited": sum(bool(r.limits_days) for r in self.recommendations.values()),
            "n_judged": sum(form != CANNOT for form in forms),
        }

    def text(self, language: str = "") -> str:
        """Say how many entries can be judged."""
        found = {
            name.removeprefix("n_"): words.count(n, language) for name, n in self.counts().items()
        }
        return phrase(
            "overview.count",
            language,
            n=found["entries"],
            limited=found["limited"],
            judged=found["judged"],
            year=self.year,
        )


def codes_text(entry_codes: list[str]) -> str:
    """Codes with their dots, by commas."""
    return ", ".join(codes.dotted(c) for c in entry_codes)
