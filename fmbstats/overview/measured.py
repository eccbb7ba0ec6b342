"""All FMB entries measured in one pass per stratum, and whether each can be judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np

from fmbstats import codes, words
from fmbstats.adherence import LONGEST, SHORTEST, SpellCounts, measure_strata
from fmbstats.diagnosis.adherence import counted_by_code
from fmbstats.diagnosis.spells import limits_of_year
from fmbstats.frames import Columns, Named, Row, by_column, framed, pd, rows_of
from fmbstats.recommendations.yardstick import YearLimits
from fmbstats.results.about import INTERNAL, Release
from fmbstats.results.adherence import measure_rows
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
    listed: tuple[Row, ...] = field(repr=False)  #: The rows of `entries`.
    #: Exact results for internal analysis (default), or the rules for publication.
    release: Release = INTERNAL
    _found: dict[str | None, Columns] = field(default_factory=dict, repr=False)

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
        known = store.entry_rows
        chosen = known if entry_ids is None else [e for e in known if e.entry_id in set(entry_ids)]
        return cls(store, year, month_days, tuple(chosen), release)

    @cached_property
    def entries(self) -> pd.DataFrame:
        """One row per entry: entry_id, slug, name, disease_group_name, codes (list)."""
        every = self.store.entry_table
        return every[every["entry_id"].isin(self._ids)].reset_index(drop=True)

    @cached_property
    def _ids(self) -> list[str]:
        return [entry.entry_id for entry in self.listed]

    @cached_property
    def recommendations(self) -> dict[str, Recommendation]:
        """Entry id -> what was in force in the year."""
        found = lookups.of_every_entry(self.store, self.year, self.month_days, set(self._ids))
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
        return self._measured(by).frame

    def _measured(self, by: str | None) -> Columns:
        if by not in self._found:
            self._found[by] = self._measure(by)
        return self._found[by]

    def _measure(self, by: str | None) -> Columns:
        ledger = self._of_all if by is None else self._ledger(column_of(by))
        entry, group = Named.taken(ledger["entry_id"]), Named.taken(ledger["stratum"])
        # As whole numbers, not looked up row by row: there are some 10^5 rows.
        n_groups = np.int64(len(group.words) or 1)
        used, stratum = np.unique(entry.number * n_groups + group.number, return_inverse=True)
        own, of = entry.words[used // n_groups], group.words[used % n_groups]
        in_order = Named.of(own + "|" + of)
        labels = [tuple(name.split("|", 1)) for name in in_order.words]
        stratum = in_order.number[stratum]
        if by is None:
            # An entry without spells has its rows too.
            labels += [(i, "all") for i in self._ids if (i, "all") not in labels]
        counts = SpellCounts.of_ledger(ledger, self.store.noise)
        limits = self.store.limits(self.month_days)
        columns = measure_strata(
            counts, stratum, len(labels), limits, entry_day=self.store.entry_day
        )
        known = {e.entry_id: (e.slug, codes_text(e.codes)) for e in self.listed}
        ids = [i for i, _ in labels]
        about = {
            "slug": [known[i][0] for i in ids],
            "dx": [known[i][1] for i in ids],
            "rec_id": ids,
            "rec_version": [self._editions.get(i, "") for i in ids],
        }
        rows = {k: np.repeat(np.array(v, dtype=object), len(columns)) for k, v in about.items()}
        names = [name for _, name in labels]
        store = {"start_year": self.year, "entry_days": self.store.entry_day} | self.store.about
        return Columns(rows | measure_rows(columns, names, by, **store))

    def _ledger(self, column: str) -> Columns:
        """Spells of the chosen entries by one stratum, as of `Store.ledger_by`."""
        rows = self.store.counted(column, self.year)
        entry = Named.taken(rows["entry_id"])
        is_own = np.isin(entry.words, self._ids)[entry.number]
        return Columns(rows | {"entry_id": entry}).only(is_own)

    @cached_property
    def _of_all(self) -> Columns:
        return self._ledger("all")

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
        seen = self._of_all.only(self._of_all["duration_day"] > self.store.entry_day)
        entry, match = seen["entry_id"], seen["match_id"].astype(np.int64)
        n_sets = int(match.max(initial=0)) + 2
        used, place = np.unique(entry.number * n_sets + match + 1, return_inverse=True)
        spells: dict[str, dict[int, float]] = {}
        for k, n in zip(used.tolist(), np.bincount(place, seen["n"]).tolist(), strict=True):
            spells.setdefault(entry.words[k // n_sets], {})[k % n_sets - 1] = n
        ends = lookups.set_ends(self.store)
        limits = self.store.limits(self.month_days)
        return {
            i: limits_of_year(
                spells.get(i, {}), limits, ends, known, self.year, self.store.entry_day
            )
            for i, known in self.recommendations.items()
        }

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
        wider = codes.above(code for entry in self.listed for code in entry.codes)
        rows = self.store.reader.above_entries(wider, self.year)
        return counted_by_code(rows.only(rows["duration_day"] > self.store.entry_day))

    @cached_property
    def _editions(self) -> dict[str, str]:
        return self.store.editions_by_entry(self.year)

    @cached_property
    def _values(self) -> dict[tuple[str, str], Any]:
        """(entry_id, metric) -> result row over all spells."""
        return {(row.rec_id, row.metric): row for row in rows_of(self._measured(None))}

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
        if not words.is_spoken(value):
            is_told = end in ENDS_OF[self.form(entry_id)]
            return None if is_told else Absent.CASE_WITHOUT_LIMIT
        why = self.recommendations[entry_id].why_no_limit
        return why if why is not None and value is Absent.NO_LIMIT else value

    def marks(self) -> pd.DataFrame:
        """Return the entries as the forest plot wants them, disease group by disease group.

        `form` says what is told: "one", "between", "least" (the lower bound stands alone), "most"
        (the upper one), or "" where nothing can be told; then `reason` says why.
        """
        return pd.DataFrame([self._mark(entry) for entry in self.listed])

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

    @framed
    def display(self, language: str) -> dict[str, list]:
        """Return the entries as the list shows them."""
        return by_column([self._shown(row, language) for row in self.listed])

    def _shown(self, row: Any, language: str) -> dict[str, Any]:
        known = self.recommendations[row.entry_id]
        days = known.limits_days
        limits = (
            words.interval(days[0], days[-1], "days", 0, language)
            if days
            else known.no_limit.text(language)
        )
        shown = {
            phrase("column.entry", language): row.name,
            phrase("column.disease_group", language): row.disease_group_name,
            phrase("column.codes", language): codes_text(row.codes),
            phrase("column.limits", language): limits,
        }
        for metric in ("n_spells", "quantile_50_days"):
            value = self.value(row.entry_id, metric)
            shown[phrase(f"metric.{metric}", language)] = words.cell(value, "number", 0, language)
        for end in (LONGEST, SHORTEST):
            metric = f"share_over_{end}"
            value = self.reason(row.entry_id, end) or self.value(row.entry_id, metric)
            shown[phrase(f"metric.{metric}", language)] = words.cell(value, "percent", 1, language)
        return shown

    def counts(self) -> dict[str, int]:
        """How many entries there are, have a limit in days, and can be told something of."""
        forms = [self.form(i) for i in self._ids]
        return {
            "n_entries": len(self.listed),
            "n_limited": sum(bool(r.limits_days) for r in self.recommendations.values()),
            "n_judged": sum(form != CANNOT for form in forms),
        }

    def text(self, language: str = "") -> str:
        """Say how many entries can be judged."""
        n, limited, judged = (words.count(n, language) for n in self.counts().values())
        return phrase("overview.count", language, n=n, limited=limited, judged=judged,
                      year=self.year)  # fmt: skip


def codes_text(entry_codes: list[str]) -> str:
    """Codes with their dots, by commas."""
    return ", ".join(codes.dotted(c) for c in entry_codes)
