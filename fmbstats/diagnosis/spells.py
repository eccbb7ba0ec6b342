"""One diagnosis' spells, and what was recommended for them: all that results are made from."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from fmbstats import codes
from fmbstats.adherence import MeasureColumn, SpellCounts, measure_adherence
from fmbstats.errors import UnknownNameError
from fmbstats.frames import Columns, Named
from fmbstats.recommendations.yardstick import Limits, YearLimits, year_limits
from fmbstats.results.about import INTERNAL, About, Release
from fmbstats.results.common import STRATA, OwnStratum, column_of, joined_by
from fmbstats.results.recommendation import Recommendation
from fmbstats.settings import READINGS, SETTINGS
from fmbstats.store import Store, lookups
from fmbstats.words.refused import RefusedName
from fmbstats.words.strata import SEVERAL

if TYPE_CHECKING:
    import pandas as pd

# Margins of the ledger that methods need and no reader asks for.
METHOD_MARGINS = ("county_persons", "entry_day", *READINGS)


@dataclass(frozen=True, eq=False)
class DiagnosisSpells:
    """The spells of one FMB entry, or of one ICD-10-SE code with everything under it."""

    store: Store = field(repr=False)  #: Where the numbers come from.
    kind: str  #: {"entry", "code"}: whether `key` is an FMB entry's id or a code.
    key: str  #: The entry's id, or the code without a dot.
    title: str  #: The entry's name, or the code with its name.
    year: int | None = None  #: Only spells started in this year; None for all, or for `years`.
    month_days: int = SETTINGS.month_days  #: {30, 31}: days of a recommended month.
    #: {"conditional", "delayed"}: conditional on outlasting the register's entry day (default), or
    #: from day 0, where the first days rest on those without an employer alone (METHODS M5).
    entry: str = "conditional"
    #: Exact results for internal analysis (default), or the rules for publication.
    release: Release = INTERNAL
    #: Only spells started in these years; empty for all, or for `year`.
    years: tuple[int, ...] = ()

    @classmethod
    def find(cls, store: Store, name: str, *, year: Any, month_days: int) -> Self:
        """Find an entry by id or slug, or a code.

        Raises UnknownNameError: neither a code known to the store nor an entry; or no such year or
        month convention.
        """
        if month_days not in SETTINGS.month_conventions:
            raise UnknownNameError.among("month_days", str(month_days), ["30", "31"])
        asked = asked_years(year, store.years)
        kind, entry = "entry", lookups.find_entry(store, name)
        if not entry:
            code, title = _known_code(store, name)
            kind, entry = "code", (code, f"{codes.dotted(code)} {title}".rstrip())
        return cls(store, kind, *entry, month_days=month_days).of_years(asked)

    def with_settings(self, **changes: Any) -> Self:
        """Return the same diagnosis with another year, month_days, entry or release."""
        return replace(self, **changes)

    def of_years(self, years: tuple[int, ...]) -> Self:
        """Return the same diagnosis in other start years, as `asked_years` gives them."""
        one = years[0] if len(years) == 1 else None
        return self.with_settings(year=one, years=years if len(years) > 1 else ())

    @property
    def start_years(self) -> tuple[int, ...]:
        """The years that are asked for; none for all."""
        return self.years or (() if self.year is None else (self.year,))

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The FMB codes of the entry, or the code itself."""
        return (self.key,) if self.kind == "code" else lookups.entry_codes(self.store, self.key)

    @cached_property
    def entry_day(self) -> int:
        """Day up to which the register does not see every spell; 0 when it sees all."""
        return self.store.entry_day if self.entry == "conditional" else 0

    @cached_property
    def limits(self) -> Limits:
        """Shortest and longest limit per match_id."""
        return self.store.limits(self.month_days)

    @cached_property
    def recommendation(self) -> Recommendation:
        """The entries and cases that apply, with their limits, in force in `year`."""
        return recommendation_of(self.store, self.kind, self.key, self.year, self.month_days)

    @cached_property
    def yardstick(self) -> YearLimits:
        """Which limits the spells of the year are held against."""
        counts = self.seen
        ids = np.maximum(counts.limits_id, -1)
        n = np.bincount(ids + 1, counts.n, minlength=1)[1:]
        return limits_of_year(
            {int(k): float(n[k]) for k in np.flatnonzero(n)},
            self.limits,
            lookups.set_ends(self.store),
            self.recommendation,
            self.year,
            self.entry_day,
        )

    @cached_property
    def about(self) -> About:
        """What every result says of these spells."""
        settings = self.store.settings
        return About(
            title=self.title,
            codes=self.codes,
            year=self.year,
            month_days=self.month_days,
            entry_day=self.entry_day,
            limits_days=tuple(self.recommendation.limits_days),
            yardstick=self.yardstick,
            register_name=settings.register_name,
            cutoff_date=settings.cutoff_date,
            gap_days=settings.gap_days,
            length_basis=settings.length_basis,
            is_synthetic=bool(settings.is_synthetic),
            release=self.release,
        )

    @cached_property
    def row_head(self) -> dict[str, Any]:
        """What is the same in all result rows of the diagnosis."""
        return {
            "dx": ",".join(map(codes.dotted, self.codes)),
            "rec_id": self.recommendation.entry_ids,
            "rec_version": self.recommendation.editions,
            "start_year": self.year,
            "entry_days": self.entry_day,
        } | self.store.about

    # -- the ledger ---------------------------------------------------------------------------

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """The ledger of this diagnosis, all years (n spells per row); of an exact store only."""
        return self.store.exact.ledger(self.kind, self.key)

    def rows(self, by: str | None) -> pd.DataFrame:
        """Ledger rows of the year by one thing; of all years when the groups are the years.

        `by`: what an analyst may part spells by; or a margin of `LedgerReader.margin`.
        """
        return self.columns(by).frame

    def columns(self, by: str | None) -> Columns:
        """Return the same column by column."""
        column = by if by in METHOD_MARGINS else column_of(by)
        if column not in self._margins:
            self._margins[column] = self._read(column)
        return self._margins[column]

    def _read(self, column: str) -> Columns:
        if SEVERAL in column:
            return self._crossed()
        reader = self.store.reader
        if isinstance(column, OwnStratum):
            return reader.by_own(self.kind, self.key, column, self.start_years)
        year = None if column == "start_year" else self.year
        asked = [(self.kind, self.key, column, one) for one in self.years or (year,)]
        return Columns.joined([reader.margin(*one) for one in asked])

    def _crossed(self) -> Columns:
        """Ledger rows with all strata; a release store holds them one at a time only."""
        if self.store.is_release:
            raise UnknownNameError(
                "A release store holds groups by one thing at a time. Name one stratum, or open "
                "the exact store."
            )
        rows = self.store.exact.margin(self.kind, self.key, "sex")
        years = self.start_years
        return rows.only(np.isin(rows["start_year"], years)) if years else rows

    def named_by(self, by: str | Iterable[str] | None) -> str | None:
        """Return what to split by as one name: a stratum of the register's own, or known ones.

        Raises UnknownNameError: there is no such stratum.
        """
        own = self.store.reader.own_strata if isinstance(by, str) and by not in STRATA else ()
        if by in own:
            return OwnStratum(by)
        try:
            return joined_by(by)
        except UnknownNameError as error:
            if not own:
                raise
            known = f"The register's own: {', '.join(map(repr, own))}."
            raise UnknownNameError(f"{error} {known}") from None

    def groups(self, by: str | None) -> tuple[Columns, list[str], np.ndarray]:
        """Return the ledger's rows, the names of the groups, and the group of each row."""
        rows = self.columns(by)
        if by is None:
            return rows, ["all"], np.zeros(rows.n_rows, np.int64)
        columns = [Named.taken(rows[name]) for name in column_of(by).split(SEVERAL)]
        shape = [len(column.words) for column in columns]
        place = np.ravel_multi_index([column.number for column in columns], shape)
        used, stratum = np.unique(place, return_inverse=True)
        parts = zip(columns, np.unravel_index(used, shape), strict=True)
        names = zip(*(column.words[own] for column, own in parts), strict=True)
        return rows, [SEVERAL.join(name) for name in names], stratum

    @cached_property
    def _margins(self) -> dict[str, Columns]:
        return {}

    def counts(self, basis: str = "first") -> SpellCounts:
        """Spells of the year as arrays.

        `basis`: "first", or one of `READINGS`.
        """
        by = {"first": "entry_day" if self.entry == "delayed" else None}.get(basis, basis)
        return SpellCounts.of_ledger(self.columns(by), self.store.noise)

    @cached_property
    def seen(self) -> SpellCounts:
        """Spells of the year that outlast the entry day: the population of every share."""
        return self.counts().given_outlasting(self.entry_day)

    @cached_property
    def measured(self) -> list[MeasureColumn]:
        """What is measured of the year's spells together; a page asks for it three times."""
        counts = self.counts()
        if not len(counts.time):
            return []
        return measure_adherence(counts, self.limits, entry_day=self.entry_day)

    def split(self, by: str | None) -> Iterator[tuple[str, SpellCounts]]:
        """Yield (stratum, counts) in the strata's order; one pair named "all" without `by`."""
        if by is None:
            yield "all", self.counts()
            return
        rows, labels, stratum = self.groups(by)
        for k, label in enumerate(labels):
            yield label, SpellCounts.of_ledger(rows.only(stratum == k), self.store.noise)

    def degree_steps(self) -> np.ndarray:
        """Change of the number on leave by degree and day; see `lookups.degree_steps`."""
        return lookups.degree_steps(self.store, self.kind, self.key, self.year)

    @property
    def subjects(self) -> set[str]:
        """The diagnosis' entries, or "code:" and a code without one; as in `Endings`."""
        if self.kind == "entry":
            return {self.key}
        return {*(e.entry_id for e in self.recommendation.entries), f"code:{self.key}"}


def asked_years(year: Any, known: Sequence[int]) -> tuple[int, ...]:
    """Read start years: one, several, a range, or a text such as "2014-2016"; none for all.

    Raises UnknownNameError: what came is no year, or nothing started in it.

    >>> asked_years(2016, [2016, 2017]), asked_years("2014-2015", [2014, 2015])
    ((2016,), (2014, 2015))
    """
    if year is None:
        return ()
    if isinstance(year, str) and (match := re.fullmatch(r"(\d{4})\s*[-–]\s*(\d{4})", year)):
        year = range(int(match[1]), int(match[2]) + 1)
    listed = year if isinstance(year, Iterable) and not isinstance(year, str) else [year]
    found = tuple(dict.fromkeys(listed))
    there = ", ".join(map(str, known))
    for one in found:
        if isinstance(one, bool) or not isinstance(one, int | np.integer):
            raise UnknownNameError(
                f"year={one!r} is no year. Write 2017, [2015, 2017], range(2014, 2019) or "
                f"'2014-2018'. The store holds {there}."
            )
        if one not in known:
            raise RefusedName("no_year", year=one, years=there)
    return tuple(int(one) for one in found)


def own_days(limit_days: int | Iterable[int] | None) -> tuple[int, ...]:
    """Read limits of one's own: one, several, or none.

    Raises UnknownNameError: what came is no number of days.

    >>> own_days(90), own_days([180, 90]), own_days(None)
    ((90,), (90, 180), ())
    """
    if limit_days is None:
        return ()
    given: Any = limit_days
    is_several = isinstance(given, Iterable) and not isinstance(given, str)
    found = list(given) if is_several else [given]
    for day in found:
        if isinstance(day, bool) or not isinstance(day, int | np.integer) or day < 0:
            raise UnknownNameError(
                f"limit_days={day!r} is no number of days. Write 90, or [90, 180]."
            )
    return tuple(sorted({int(day) for day in found}))


def recommendation_of(
    store: Store, kind: str, key: str, year: int | None, month_days: int
) -> Recommendation:
    """Return what was in force in `year` (by default: what is known last)."""
    entries = lookups.owning_entries(store, kind, key)
    if not entries and kind == "code":
        parents = codes.parents(key)[1:]
        if parents:
            return recommendation_of(store, kind, parents[0], year, month_days)
    cases = lookups.cases_in_force(store, kind, key, year, month_days)
    return Recommendation(entries, cases, month_days)


def _known_code(store: Store, name: str) -> tuple[str, str]:
    """Return code and name if spells or recommendations lie at or under it, or one lies above."""
    try:
        code = codes.normalise(name)
    except codes.CodeError:
        code = None
    is_code = code and re.fullmatch(r"[A-Z]\d\d[A-Z0-9]{0,2}", code)
    title = lookups.code_name(store, code) if code and is_code else None
    if code and title is not None:
        return code, title
    raise UnknownNameError.among(
        "Diagnosis",
        name,
        lookups.known_names(store),
        "Give an ICD-10-SE code, an entry id or a slug; see 'fmbstats list'.",
    )


def limits_of_year(
    spells: Mapping[int, float],
    limits: Limits,
    ends: Mapping[int, date],
    recommendation: Recommendation,
    year: int | None,
    entry_day: int,
) -> YearLimits:
    """Say which limits some spells are held against; `ends` as of `lookups.set_ends`."""
    return year_limits(
        spells,
        limits,
        ends,
        [
            (math.nan if c.limit_days is None else c.limit_days, c.valid_from, c.valid_to)
            for c in recommendation.cases
        ],
        year=year,
        entry_day=entry_day,
    )
