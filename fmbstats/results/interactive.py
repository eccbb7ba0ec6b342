"""What a store and a diagnosis can do in an analyst's hands beyond their numbers.

Mixed into `Workbench` and `Diagnosis`: completion, cards, comparisons.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from fmbstats import codes
from fmbstats.results.card import diagnosis_card, store_card
from fmbstats.results.common import STRATA
from fmbstats.results.comparison import Comparison

if TYPE_CHECKING:
    from fmbstats.diagnosis import Diagnosis


class StoreShown:
    """A store that shows itself and completes names: ``store["F32"]``."""

    @property
    def strata(self) -> tuple[str, ...]:
        """What results can be split by: the values of `by`."""
        return tuple(STRATA)

    @cached_property
    def entries(self) -> pd.DataFrame:
        """FMB's entries: slug, name, codes (with dots), disease_group_name, n_spells (all years).

        `n_spells` counts spells longer than the entry day.
        """
        frame = self.sql(
            "select entry_id, slug, name, disease_group_name, "
            "(select string_agg(code, ' ' order by code) from mart_entry_codes as c "
            " where c.entry_id = e.entry_id) as codes, "
            "(select coalesce(sum(n), 0)::bigint from mart_ledger as l "
            " where l.entry_id = e.entry_id and duration_day > ?) as n_spells "
            "from mart_entries as e order by name",
            [self.entry_day],
        )
        frame["codes"] = [
            ", ".join(map(codes.dotted, listed.split())) for listed in frame["codes"].fillna("")
        ]
        return frame.set_index("entry_id")

    @cached_property
    def tables(self) -> pd.DataFrame:
        """What `sql` can ask: one row per table, with its columns and their types."""
        return self.sql(
            "select table_name as name, string_agg(column_name || ' ' || lower(data_type), ', ' "
            "order by ordinal_position) as columns from information_schema.columns "
            "group by table_name order by table_name"
        ).set_index("name")

    def __getitem__(self, name: str) -> Diagnosis:
        """Return ``store.diagnosis(name)``."""
        return self.diagnosis(name)

    def _ipython_key_completions_(self) -> list[str]:
        """Names after ``store["``: codes with dots, then slugs."""
        listed = {code for row in self.entries["codes"] for code in row.split(", ") if code}
        return [*sorted(listed), *self.entries["slug"]]

    def _repr_html_(self) -> str:
        return store_card(self)


class DiagnosisShown:
    """A diagnosis that shows itself and compares its groups."""

    def compare(
        self,
        by: str,
        first: str | int | Sequence[str | int],
        second: str | int | Sequence[str | int],
        *,
        limits_days: Sequence[int] | None = None,
        tau_days: int = 365,
    ) -> Comparison:
        """Compare two groups, or two periods, at fixed limits.

        Parameters
        ----------
        by : {"sex", "age", "county", "year", "code"}
            What the groups are; periods are groups of start years.
        first, second : str, int, or several of them
            Groups, as in ``adherence(by=by).strata``; several are taken together.
        limits_days : sequence of int, optional
            Limits that hold for both groups; by default every limit that was in force for them.
        tau_days : int
            Horizon of mean lengths; shortened to where both groups are followed.

        Returns
        -------
        Comparison
        """
        return Comparison.of(self, by, first, second, limits_days=limits_days, tau_days=tau_days)

    def _repr_html_(self) -> str:
        return diagnosis_card(self)
