"""The object an analyst holds: one diagnosis, its recommendation, its spells, its results."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fmbstats import codes
from fmbstats.adherence import Limits, SpellCounts, measure_strata
from fmbstats.errors import UnknownNameError
from fmbstats.results import (
    INTERNAL,
    AdherenceResult,
    CurveResult,
    Degrees,
    EndReasons,
    FixedShares,
    LimitTable,
    Population,
    PublishedResult,
    Recommendation,
    Regions,
    Release,
    Sensitivity,
    SteeringResult,
    column_of,
    measures_frame,
)
from fmbstats.results.interactive import DiagnosisShown, StoreShown
from fmbstats.stats.survival import Curve, fit_curve
from fmbstats.store import STORE_FILE, STORE_VARIABLE, Store, project_root

# Strata whose spells add up to a total that is shown as well; years do not.
ADDING_UP = ("sex", "age", "county", "code")


class Workbench(StoreShown, Store):
    """A store with diagnoses to explore: what `fmbstats.open_store` returns."""

    def diagnosis(self, name: str, *, year: int | None = None, month_days: int = 30) -> Diagnosis:
        """Return the object to explore one diagnosis with.

        Parameters
        ----------
        name : str
            An ICD-10-SE code ("F32", "F43.8A"), an FMB entry's id or its slug.
        year : int, optional
            Only spells started in this year; all years by default.
        month_days : {30, 31}
            How a month in a recommendation is counted.

        Raises
        ------
        UnknownNameError
            Neither a code known to the store nor an entry.
        """
        return Diagnosis.find(self, name, year=year, month_days=month_days)


def open_store(path: str | Path | None = None) -> Workbench:
    """Open the store at `path`, or where FMBSTATS_STORE says, or the project's own, read-only."""
    path = path or os.environ.get(STORE_VARIABLE)
    return Workbench(Path(path) if path else project_root() / STORE_FILE)


@dataclass(frozen=True, eq=False)
class Diagnosis(DiagnosisShown):
    """One FMB entry, or one ICD-10-SE code with everything under it.

    Made by `Workbench.diagnosis`.

    Attributes
    ----------
    store : Store
        Where the numbers come from.
    kind : {"entry", "code"}
        Whether `key` is an FMB entry's id or a code.
    key : str
        The entry's id, or the code without a dot.
    title : str
        The entry's name, or the code with its name.
    year : int or None
        Only spells started in this year; None for all.
    month_days : {30, 31}
        Days of a recommended month.
    entry : {"conditional", "delayed"}
        Conditional on outlasting the register's entry day (default), or from day 0, where
        the first days rest on those without an employer alone (METHODS M5).
    release : Release
        Exact results for internal analysis (default), or the rules for publication.
    """

    store: Workbench = field(repr=False)
    kind: str
    key: str
    title: str
    year: int | None = None
    month_days: int = 30
    entry: str = "conditional"
    release: Release = INTERNAL

    @classmethod
    def find(cls, store: Workbench, name: str, *, year: int | None, month_days: int) -> Diagnosis:
        """Find an entry by id or slug, or a code; see `Workbench.diagnosis`."""
        if month_days not in (30, 31):
            raise UnknownNameError.among("month_days", str(month_days), ["30", "31"])
        if year is not None and year not in store.years:
            known = ", ".join(map(str, store.years))
            raise UnknownNameError(f"No spells started in {year}. The store holds {known}.")
        entry = store.sql(
            "select entry_id, name from mart_entries where entry_id = ? or slug = ?", [name, name]
        )
        if len(entry):
            return cls(store, "entry", *entry.iloc[0], year=year, month_days=month_days)
        code = _known_code(store, name)
        return cls(store, "code", code, _code_title(store, code), year=year, month_days=month_days)

    def with_settings(self, **changes) -> Diagnosis:
        """Return the same diagnosis with another year, month_days, entry or release."""
        return replace(self, **changes)

    # -- what the store holds -----------------------------------------------------------------

    @cached_property
    def entry_day(self) -> int:
        """Day up to which the register does not see every spell; 0 when it sees all."""
        return self.store.entry_day if self.entry == "conditional" else 0

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """The ledger of this diagnosis, all years (n spells per row)."""
        return self.store.reader.ledger(self.kind, self.key)

    @cached_property
    def _lengths(self) -> pd.DataFrame:
        """The ledger of all years without sex, age group and county."""
        return self.store.reader.lengths(self.kind, self.key)

    @cached_property
    def limits(self) -> Limits:
        """Shortest and longest limit per match_id."""
        return self.store.limits(self.month_days)

    @cached_property
    def recommendation(self) -> Recommendation:
        """The entries and cases that apply, with their limits, in force in `year`."""
        return Recommendation.of(self.store, self.kind, self.key, self.year, self.month_days)

    # -- results ------------------------------------------------------------------------------

    def population(self) -> Population:
        """Who is counted: spells, ended, censored, follow-up, cut-off, matched levels."""
        return Population.of(self)

    def adherence(self, by: str | None = None) -> AdherenceResult:
        """Measures of real against recommended length.

        Parameters
        ----------
        by : {"sex", "age", "county", "year", "code"}, optional
            One set of measures per group; all spells together by default.

        Returns
        -------
        AdherenceResult
            `.frame` has one row per group and measure.
        """
        frame = self.rows(by)
        if by is None:
            labels, stratum = ["all"], np.zeros(len(frame), np.int64)
        else:
            values, stratum = np.unique(frame[column_of(by)], return_inverse=True)
            labels = [str(value) for value in values]
        columns = measure_strata(
            _counts(frame), stratum, len(labels), self.limits, entry_day=self.entry_day
        )
        frame = measures_frame(columns, labels, by, **self._about)
        protected = self.release.measures(frame, is_partition=by in ADDING_UP)
        return AdherenceResult(self, by, protected)

    def all_measures(self) -> pd.DataFrame:
        """Result rows of all spells and by sex, age, county and year, measured in one pass."""
        parts, place, names, kinds = [], [], [], []
        of_year, of_all = _counts(self.rows(None)), _counts(self.rows("year"))
        for by in (None, "sex", "age", "county", "year"):
            frame = self.rows(by)
            column = frame[column_of(by)] if by else np.full(len(frame), "all", dtype=object)
            stratum, values = pd.factorize(column, sort=True)
            parts.append(of_all if by == "year" else of_year)
            place.append(stratum + len(names))
            names += [str(value) for value in values]
            kinds += [by or "all"] * len(values)
        columns = measure_strata(
            SpellCounts.joined(parts),
            np.concatenate(place),
            len(names),
            self.limits,
            entry_day=self.entry_day,
        )
        frame = measures_frame(columns, names, kinds, **self._about)
        if self.release.is_internal:
            return frame
        protected = [
            self.release.measures(part, is_partition=by in ADDING_UP)
            for by, part in frame.groupby("by", sort=False)
        ]
        return pd.concat(protected, ignore_index=True)

    @cached_property
    def _about(self) -> dict[str, Any]:
        """What is the same in all result rows of the diagnosis."""
        return {
            "dx": ",".join(map(codes.dotted, self.codes)),
            "rec_id": self.recommendation.entry_ids,
            "rec_version": self.recommendation.editions,
            "start_year": self.year,
            "entry_days": self.entry_day,
        } | self.store.about

    def curve(self, by: str | None = None) -> CurveResult:
        """Share still on sick leave by day, with 95 % limits.

        Parameters
        ----------
        by : {"sex", "age", "county", "year", "code"}, optional
            One curve per group.
        """
        curves = {}
        for stratum, counts in self._split(by):
            seen = counts.given_outlasting(self.entry_day)
            kept = self.release.ledger(seen.time, seen.cause, seen.n, seen.entry)
            if kept is not None and len(kept[0]):
                time, cause, n, entry = kept
                curves[stratum] = fit_curve(time, cause, entry=entry, n=n)
            elif kept is None and seen.n_spells and by in ADDING_UP:
                # The missing group's curve would be what is left of the whole's.
                return CurveResult(self, by, {})
        return CurveResult(self, by, curves)

    def by_limit(self) -> LimitTable:
        """Share over each limit that some case has."""
        return LimitTable.of(self)

    def fixed_limit(self, by: str, limit_days: int | None = None) -> FixedShares | None:
        """Share over one limit (by default the longest) per group; None without a limit."""
        limit = limit_days or self._longest_limit
        return None if limit is None else FixedShares.of(self, by, limit)

    def regions(self, limit_days: int | None = None) -> Regions | None:
        """Counties against the nation at one limit; None without a limit or enough spells."""
        limit = limit_days or self._longest_limit
        return None if limit is None else Regions.of(self, limit)

    def end_reasons(self) -> EndReasons | None:
        """Why spells end, by day; None when the register does not say."""
        return EndReasons.of(self)

    def degrees(self) -> Degrees | None:
        """Degree of sick leave by day; None when the register does not say."""
        return Degrees.of(self)

    def steering(self) -> SteeringResult | None:
        """Excess of endings around the longest limit; None when it cannot be estimated."""
        return SteeringResult.of(self)

    def sensitivity(self) -> Sensitivity:
        """The share over the longest limit under other assumptions."""
        return Sensitivity.of(self)

    def published(self) -> PublishedResult:
        """Real, published counts for the diagnosis' codes, with sharp bounds at its limits."""
        return PublishedResult.of(self)

    def icf(self) -> pd.DataFrame:
        """ICF codes of the entries: domain (impairment, activity), role, code, name."""
        return self.store.sql(
            "select distinct domain, role, code, name from mart_icf where entry_id in "
            "(select unnest($ids)) order by domain desc, role, code",
            {"ids": list(self.recommendation.entries["entry_id"])},
        )

    # -- helpers ------------------------------------------------------------------------------

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The FMB codes of the entry, or the code itself."""
        if self.kind == "code":
            return (self.key,)
        frame = self.store.sql(
            "select code from mart_entry_codes where entry_id = ? order by code", [self.key]
        )
        return tuple(frame["code"])

    def limits_in_use(self, end: str) -> np.ndarray:
        """Distinct limits in days at one end ("shortest", "longest") of the spells' intervals."""
        ids = np.unique(self.counts().limits_id)
        days = getattr(self.limits, end)[ids[ids >= 0]]
        return np.unique(days[~np.isnan(days)])

    @property
    def _longest_limit(self) -> int | None:
        """Longest limit in days that the register can see."""
        days = [d for d in self.recommendation.limits_days if d > self.entry_day]
        return days[-1] if days else None

    def rows(self, by: str | None) -> pd.DataFrame:
        """Ledger rows of the year; of all years when the groups are the years."""
        return self._lengths if column_of(by) == "start_year" else self._year_rows

    @cached_property
    def _year_rows(self) -> pd.DataFrame:
        if self.year is None:
            return self.ledger
        return self.store.reader.ledger(self.kind, self.key, self.year)

    def counts(self, basis: str = "first") -> SpellCounts:
        """Spells of the year as arrays.

        Parameters
        ----------
        basis : {"first", "last", "longest", "gap_14"}
            The diagnosis a spell is counted under, or gaps of up to 14 days bridged.
        """
        if basis == "first":
            return _counts(self.rows(None))
        return _counts(self.store.reader.reading(basis, self._year_lengths, self._changes))

    @cached_property
    def _year_lengths(self) -> pd.DataFrame:
        frame = self._lengths
        return frame if self.year is None else frame[frame["start_year"] == self.year]

    @cached_property
    def _changes(self) -> dict[str, np.ndarray]:
        """What other readings of the register change, all of them in one query."""
        return self.store.reader.changes(self.kind, self.key, self.year)

    def degree_steps(self) -> pd.DataFrame:
        """Change of the number on leave at a degree by day: degree_pct, day, n_change."""
        where, value = self._where
        year = "" if self.year is None else f"and start_year = {int(self.year)}"
        return self.store.sql(
            "select degree_pct, day, sum(n_change)::bigint as n_change from mart_degrees "
            f"where {where} {year} group by all order by all",
            [value],
        )

    def reference_curve(self, limit_days: int) -> Curve:
        """Curve of all spells whose code has no limit within two weeks of `limit_days`."""
        frame = self.store.reference_ledger(limit_days, self.year)
        return _counts(frame).given_outlasting(self.entry_day).curve()

    @property
    def _where(self) -> tuple[str, str]:
        return ("entry_id = ?" if self.kind == "entry" else "starts_with(code, ?)"), self.key

    def _split(self, by: str | None):
        """Yield (stratum, counts) in the strata's order; one pair named "all" without `by`."""
        frame, column = self.rows(by), column_of(by)
        if column == "all":
            yield "all", _counts(frame)
            return
        for stratum, part in frame.groupby(column, sort=True):
            yield str(stratum), _counts(part)

    def __repr__(self) -> str:
        """One line."""
        when = f", started {self.year}" if self.year else ""
        return f"<Diagnosis {self.kind} {self.key}: {self.title}{when}>"


def _counts(frame: pd.DataFrame) -> SpellCounts:
    names = ("match_id", "entry_day", "duration_day", "end_reason", "n")
    return SpellCounts(*(frame[name].to_numpy(dtype=np.int64) for name in names))


def _known_code(store: Workbench, name: str) -> str:
    """Return the code if spells or recommendations lie at or under it, or one lies above it."""
    try:
        code = codes.normalise(name)
    except codes.CodeError:
        code = None
    if code and re.fullmatch(r"[A-Z]\d\d[A-Z0-9]{0,2}", code):
        hit = store.sql(
            "select 1 from mart_entry_codes where starts_with(code, $1) or starts_with($1, code) "
            "union all select 1 from mart_ledger where starts_with(code, $1) limit 1",
            [code],
        )
        if len(hit):
            return code
    known = store.sql(
        "select slug as name from mart_entries union select code from mart_entry_codes"
    )["name"]
    raise UnknownNameError.among(
        "Diagnosis",
        name,
        known,
        "Give an ICD-10-SE code, an entry id or a slug; see 'fmbstats list'.",
    )


def _code_title(store: Workbench, code: str) -> str:
    names = store.sql("select code_name from mart_entry_codes where code = ?", [code])["code_name"]
    return f"{codes.dotted(code)} {names.iloc[0]}" if len(names) else codes.dotted(code)
