"""What an analyst holds: a store of diagnoses, and one diagnosis with its results."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import overload

from fmbstats import codes, words
from fmbstats.diagnosis.adherence import adherence_of
from fmbstats.diagnosis.comparing import comparison_of, regions_of
from fmbstats.diagnosis.measuring import Measured, curve_of, fixed_shares_of
from fmbstats.diagnosis.published_counts import published_of
from fmbstats.diagnosis.several import Change, ManyShares, Several
from fmbstats.diagnosis.spells import own_days
from fmbstats.errors import UnknownNameError
from fmbstats.frames import pd
from fmbstats.results.adherence import AdherenceResult
from fmbstats.results.card import diagnosis_card, store_card
from fmbstats.results.common import STRATA
from fmbstats.results.comparison import Comparison
from fmbstats.results.curve import CurveResult
from fmbstats.results.fixed_limit import FixedShares
from fmbstats.results.published import PublishedResult
from fmbstats.results.recommendation import CaseHistory
from fmbstats.results.regions import Regions
from fmbstats.settings import SETTINGS
from fmbstats.store import STORE_FILE, STORE_VARIABLE, Store, lookups, project_root
from fmbstats.store.paths import DATA_VARIABLE
from fmbstats.words.refused import Refused, RefusedName

#: One start year, several, or a text such as "2014-2018".
Years = int | Sequence[int] | str | None


class Workbench(Store):
    """A store that shows itself and completes names, ``store["F32"]``; see `open_store`."""

    @overload
    def diagnosis(
        self, name: str, *, year: Years = None, month_days: int = SETTINGS.month_days
    ) -> Diagnosis: ...

    @overload
    def diagnosis(
        self, name: list[str], *, year: Years = None, month_days: int = SETTINGS.month_days
    ) -> Several: ...

    def diagnosis(self, name, *, year=None, month_days=SETTINGS.month_days):
        """Return the object to explore one diagnosis with, or several beside each other.

        Parameters
        ----------
        name : str or list of str
            An ICD-10-SE code ("F32", "F43.8A"), an FMB entry's id or its slug; several in a list.
        year : int, several, range or text, optional
            Only spells started in 2017, [2015, 2017], range(2014, 2018) or "2014-2017"; all years
            by default.
        month_days : {30, 31}
            How a month in a recommendation is counted.

        Raises
        ------
        UnknownNameError
            Neither a code known to the store nor an entry.
        """
        if isinstance(name, str):
            return Diagnosis.find(self, name, year=year, month_days=month_days)
        if not isinstance(name, Iterable):
            raise UnknownNameError(
                f"{name!r} is no name of a diagnosis. Write 'F32', or several as ['F32', 'M54']."
            )
        found = (Diagnosis.find(self, one, year=year, month_days=month_days) for one in name)
        return Several(tuple(found))

    def adherence(
        self,
        by: str | Sequence[str] | None = None,
        *,
        year: Years = None,
        metric: str = "share over",
        limit_days: int | None = None,
        month_days: int = SETTINGS.month_days,
    ) -> ManyShares:
        """Return one measure of every FMB entry; see `Several.adherence`."""
        every = self.diagnosis(list(self.entries.index), year=year, month_days=month_days)
        return every.adherence(by, metric=metric, limit_days=limit_days)

    def __getitem__(self, name: str) -> Diagnosis:
        """Return ``store.diagnosis(name)``."""
        return self.diagnosis(name)

    @property
    def strata(self) -> tuple[str, ...]:
        """What results can be split by: the values of `by`, the register's own last."""
        return (*STRATA, *self.reader.own_strata)

    @cached_property
    def entries(self) -> pd.DataFrame:
        """FMB's entries: slug, name, codes (with dots), disease_group_name, n_spells (all years).

        `n_spells` counts spells longer than the entry day.
        """
        frame = lookups.entry_list(self)
        frame["codes"] = [
            ", ".join(map(codes.dotted, listed.split())) for listed in frame["codes"].fillna("")
        ]
        return frame.set_index("entry_id")

    @cached_property
    def tables(self) -> pd.DataFrame:
        """What `sql` can ask: one row per table, with its columns and their types."""
        return lookups.table_list(self).set_index("name")

    def _ipython_key_completions_(self) -> list[str]:
        """Names after ``store["``: codes with dots, then slugs."""
        listed = {code for row in self.entries["codes"] for code in row.split(", ") if code}
        return [*sorted(listed), *self.entries["slug"]]

    def _repr_html_(self) -> str:
        return store_card(self.settings, lookups.count_spells(self), self.years, len(self.entries))


def open_store(path: str | Path | None = None) -> Workbench:
    """Open the store at `path`, or where FMBSTATS_STORE says, or the project's own, read-only."""
    if path:
        return Workbench(Path(path))
    store = Workbench(Path(os.environ.get(STORE_VARIABLE) or project_root() / STORE_FILE))
    if beside := os.environ.get(DATA_VARIABLE):
        store.data_folder = Path(beside)
    return store


@dataclass(frozen=True, eq=False, repr=False)
class Diagnosis(Measured):
    """One diagnosis and its results; made by `Workbench.diagnosis`.

    See `DiagnosisSpells` for what it holds.
    """

    @overload
    def adherence(
        self, by: str | Sequence[str] | None = None, *, limit_days: None = None
    ) -> AdherenceResult: ...

    @overload
    def adherence(
        self, by: str | Sequence[str] | None = None, *, limit_days: int
    ) -> FixedShares: ...

    def adherence(self, by=None, *, limit_days=None):
        """Measures of real against recommended length.

        Parameters
        ----------
        by : {"sex", "age", "county", "year", "code"} or several, or a stratum of the register's own
            One set of measures per group; all spells together by default. Of strata that the
            register brought (unit, profession ...) one at a time.
        limit_days : int, optional
            The share over this number of days instead, whatever is recommended.

        Returns
        -------
        AdherenceResult or FixedShares
            `.frame` has one row per group and measure; one per group with `limit_days`.
        """
        if limit_days is not None:
            return fixed_shares_of(self, self.named_by(by), limit_days)
        return adherence_of(self, self.named_by(by))

    def change(
        self,
        first: Years,
        second: Years,
        by: str | Sequence[str] | None = None,
        *,
        metric: str = "share over",
        limit_days: int | None = None,
    ) -> Change:
        """One measure in two periods, e.g. by county; ``.plot()`` is a slope chart.

        See `Several.change`.
        """
        return Several((self,)).change(first, second, by, metric=metric, limit_days=limit_days)

    def curve(
        self,
        by: str | Sequence[str] | None = None,
        *,
        limit_days: int | Sequence[int] | None = None,
    ) -> CurveResult:
        """Share still on sick leave by day, with 95 % limits.

        Parameters
        ----------
        by : {"sex", "age", "county", "year", "code"} or a stratum of the register's own, optional
            One curve per group.
        limit_days : int or several, optional
            Drawn instead of the recommended limits.
        """
        return replace(curve_of(self, self.named_by(by)), own_limits=own_days(limit_days))

    def compare(
        self,
        by: str,
        first: str | int | Sequence[str | int],
        second: str | int | Sequence[str | int],
        *,
        limit_days: int | Sequence[int] | None = None,
        tau_days: int = SETTINGS.horizon_days,
    ) -> Comparison:
        """Compare two groups, or two periods, at fixed limits.

        Parameters
        ----------
        by : {"sex", "age", "county", "year", "code"} or a stratum of the register's own
            What the groups are; periods are groups of start years.
        first, second : str, int, or several of them
            Groups, as in ``adherence(by=by).strata``; several are taken together.
        limit_days : int or several, optional
            Limits that hold for both groups; by default every limit that was in force for them.
        tau_days : int
            Horizon of mean lengths; shortened to where both groups are followed.

        Returns
        -------
        Comparison
        """
        limits = None if limit_days is None else own_days(limit_days)
        return comparison_of(self, by, first, second, limits_days=limits, tau_days=tau_days)

    def fixed_limit(self, by: str | None, limit_days: int | None = None) -> FixedShares | None:
        """Share over one limit (by default that of most spells) per group; None without one."""
        limit = limit_days or self.about.main_limit
        return None if limit is None else fixed_shares_of(self, self.named_by(by), limit)

    def regions(self, limit_days: int | None = None) -> Regions | None:
        """Counties against the nation at one limit; None without a limit or enough spells."""
        limit = limit_days or self.about.main_limit
        return None if limit is None else regions_of(self, limit)

    def published(self) -> PublishedResult:
        """Real, published counts for the diagnosis' codes, with sharp bounds at its limits."""
        return self._published

    @cached_property
    def _published(self) -> PublishedResult:
        """Several parts of a page, and both languages of an export, ask for it."""
        return published_of(self)

    def history(self) -> CaseHistory:
        """Every case of the diagnosis' codes through time; empty when nothing has changed."""
        asked = self.store, self.kind, self.key, self.codes, self.month_days
        rows = lookups.case_history(*asked)
        has_changed = len({row["valid_from"] for row in rows}) > 1
        return CaseHistory(rows if has_changed else [], self.month_days)

    def icf(self) -> pd.DataFrame:
        """ICF codes of the entries: domain (impairment, activity), role, code, name."""
        entries = [entry.entry_id for entry in self.recommendation.entries]
        found = lookups.icf_codes(self.store, entries)
        return pd.DataFrame(found, columns=["entry_id", "domain", "role", "code", "name"])

    def card(self, language: str = "") -> str:
        """Return the diagnosis at a glance as HTML: recommendation, spells, adherence, curve."""
        population = self.population()
        is_empty = not population.n_seen
        return diagnosis_card(
            self.about,
            self.recommendation,
            population,
            None if is_empty else self.adherence(),
            None if is_empty else self.curve().curves.get("all"),
            years=self.store.years,
            is_code=self.kind == "code",
            language=language,
        )

    def _repr_html_(self) -> str:
        return self.card()

    def __repr__(self) -> str:
        """One line."""
        when = f", started {self.year}" if self.year else ""
        return f"<Diagnosis {self.kind} {self.key}: {self.title}{when}>"


def entry_named(store: Workbench, name: str) -> tuple[str, str, str]:
    """Return id, name and slug of the one entry of a code, entry id or slug.

    Raises Refused: no entry, or several; RefusedName: no code known to the store either.
    """
    try:
        entries = store.diagnosis(name).recommendation.entries
    except UnknownNameError as error:
        near, shown = ", ".join(error.near), words.visible(name)
        raise RefusedName("unknown_name" + "_near" * bool(near), name=shown, near=near) from None
    if not entries:
        raise Refused("no_entry", name=name)
    if len(entries) > 1:
        raise Refused(
            "several_entries", name=name, listed=", ".join(entry.slug for entry in entries)
        )
    return entries[0].entry_id, entries[0].name, entries[0].slug


def entries_named(store: Workbench, names: Iterable[str]) -> list[str]:
    """Return the entry ids of several names, each once."""
    found = (entry_named(store, name.strip())[0] for name in names if name.strip())
    return list(dict.fromkeys(found))
