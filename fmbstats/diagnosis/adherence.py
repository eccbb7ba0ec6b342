"""A diagnosis' spells against what was recommended: all together, or by group.

Intervals allow for several spells of a person where the store knows persons (METHODS M6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from fmbstats import codes
from fmbstats.adherence import (
    LONGEST,
    SHORTEST,
    LimitGroups,
    MeasureColumn,
    SpellCounts,
    bounds_with,
    complement,
    limit_groups,
    measure_strata,
    share_between,
)
from fmbstats.diagnosis.spells import DiagnosisSpells
from fmbstats.frames import Columns, rows_of
from fmbstats.results.adherence import AdherenceResult, measure_rows
from fmbstats.results.common import OwnStratum, column_of
from fmbstats.results.fixed_limit import shares_over
from fmbstats.results.headline import (
    BETWEEN,
    CANNOT,
    LEAST,
    MOST,
    ONE,
    PERSONS,
    AmbiguousSpells,
    answer_form,
)
from fmbstats.results.recommendation import case_words
from fmbstats.settings import AGE_GROUPS, COUNTIES, SEXES
from fmbstats.stats.clustered import NOTEWORTHY_RATIO, influence_sums
from fmbstats.stats.intervals import share_interval
from fmbstats.store import lookups
from fmbstats.told import Told
from fmbstats.words.strata import AMBIGUOUS, SEVERAL

_TOLD = {BETWEEN: (LONGEST, SHORTEST), LEAST: (LONGEST,), MOST: (SHORTEST,), CANNOT: ()}


def ambiguous_rows(spells: DiagnosisSpells) -> Columns:
    """Return the ledger's rows of the spells that may belong, of those that outlast the entry day.

    As of `LedgerReader.above_entries`.
    """
    wider, read = codes.above(spells.codes), spells.store.reader.above_entries
    rows = Columns.joined([read(wider, year) for year in spells.years or (spells.year,)])
    return rows.only(rows["duration_day"] > spells.entry_day)


def counted_by_code(rows: Columns) -> dict[str, float]:
    """Count such rows' spells by code, the commonest first."""
    found: dict[str, float] = dict.fromkeys(sorted(set(rows["code"].tolist())), 0.0)
    for code, n in zip(rows["code"].tolist(), rows["n"].tolist(), strict=True):
        found[code] += n
    return dict(sorted(((code, n) for code, n in found.items() if n), key=lambda own: -own[1]))


def ambiguous_of(spells: DiagnosisSpells) -> AmbiguousSpells:
    """Count the spells that may belong, and bound the share over the limit with them."""
    rows = ambiguous_rows(spells)
    n = Told("n_ambiguous", float(rows["n"].sum()), part="population")
    noise = spells.store.noise
    found = bounds_with(
        spells.counts(), SpellCounts.of_ledger(rows, noise), spells.limits,
        entry_day=spells.entry_day,
    )  # fmt: skip
    yardstick = spells.yardstick
    form = answer_form(
        found.lower,
        found.upper,
        has_unlimited=found.has_unlimited,
        is_lifted=yardstick.lifted_until is not None,
        is_upper_lasting=yardstick.is_upper_lasting,
    )
    # Bounds that meet are told as what they are.
    form = BETWEEN if form == ONE else form
    told = partial(Told, by="assumption", stratum=AMBIGUOUS, part="population", n_spells=found.n)
    ends = _TOLD[form]
    low, high = (
        told(f"share_over_{end}", value) if end in ends else told(f"share_over_{end}")
        for end, value in ((LONGEST, found.lower), (SHORTEST, found.upper))
    )
    return AmbiguousSpells(n, tuple(counted_by_code(rows)), form, low, high)


def with_persons(
    spells: DiagnosisSpells, columns: Sequence[MeasureColumn], labels: Sequence[str], by: str | None
) -> list[MeasureColumn]:
    """Put the error by persons in the place of one by spells where they differ by more than 5 %.

    `columns`: of its spells by the groups. `labels`: names of the groups. `by`: what they are; of
    strata that the register brought of its own, no person is known.

    Returns the same, shares over and within the limits with other intervals and the flag `PERSONS`
    in the groups where persons matter; as they came where the store knows none.
    """
    found = {column.metric: column for column in columns}
    rows = _seen(spells, by)
    if rows is None:
        return list(columns)
    persons, person = np.unique(rows["person_id"], return_inverse=True)
    if len(persons) == len(person):
        return list(columns)
    counts = SpellCounts.of_ledger(rows).given_outlasting(spells.entry_day)
    stratum = _stratum(rows, labels, by)
    groups = limit_groups(counts, stratum, len(labels), spells.limits, entry_day=spells.entry_day)
    for end in (LONGEST, SHORTEST):
        own = found[f"share_over_{end}"]
        over = _by_persons(own, _variance(spells, counts, stratum, groups, person, end))
        found |= {over.metric: over, f"share_within_{end}": complement(over, f"share_within_{end}")}
    ends = (found[f"share_over_{end}"] for end in (LONGEST, SHORTEST))
    found["share_over_region"] = share_between(*ends)
    return [found[column.metric] for column in columns]


def _seen(spells: DiagnosisSpells, by: str | None) -> Columns | None:
    """Spells that outlast the entry day, each with its person; None where none are known."""
    store = spells.store
    if store.is_release or store.settings.is_merged or isinstance(by, OwnStratum):
        return None
    groups = [] if by is None else column_of(by).split(SEVERAL)
    is_by_year = groups == ["start_year"]
    years = spells.years or (store.years if is_by_year or spells.year is None else (spells.year,))
    asked = (store, spells.kind, spells.key, years, spells.entry_day, groups)
    return lookups.spells_with_persons(*asked)


def _stratum(rows: Columns, labels: Sequence[str], by: str | None) -> np.ndarray:
    """Place of each spell's group among the names."""
    if by is None:
        return np.zeros(rows.n_rows, np.int64)
    parts = (map(str, rows[name].tolist()) for name in column_of(by).split(SEVERAL))
    place = {label: k for k, label in enumerate(labels)}
    return np.array([place[SEVERAL.join(name)] for name in zip(*parts, strict=True)], np.int64)


def _by_persons(own: MeasureColumn, variance: np.ndarray) -> MeasureColumn:
    """Return a share with the error by persons in the groups where it differs."""
    differs = np.abs(np.sqrt(variance) - own.se) > NOTEWORTHY_RATIO * own.se
    lo, hi = share_interval(own.estimate, variance)
    flags = [(*f, PERSONS) if d else f for f, d in zip(own.flags, differs, strict=True)]
    return replace(
        own,
        lo=np.where(differs, lo, own.lo),
        hi=np.where(differs, hi, own.hi),
        variance=np.where(differs, variance, own.se**2),
        flags=flags,
    )


def _variance(
    spells: DiagnosisSpells,
    counts: SpellCounts,
    stratum: np.ndarray,
    groups: LimitGroups,
    person: np.ndarray,
    end: str,
) -> np.ndarray:
    """Sum over persons of the squared influence of their spells on the share at one end."""
    influence = np.zeros(len(person))
    limits = spells.limits
    shortest, longest = limits.shortest[counts.limits_id], limits.longest[counts.limits_id]
    weight = groups.n_spells / groups.total(groups.n_spells)[groups.stratum]
    is_read = groups.is_seen(end) & np.isfinite(groups.limit(end)) & ~groups.is_certain
    for g in np.flatnonzero(is_read):
        curve, day = groups.curves[g], groups.limit(end)[g]
        own = (shortest == groups.shortest[g]) & (longest == groups.longest[g])
        own &= (stratum == groups.stratum[g]) & (counts.time > curve.entry_day)
        entry = np.maximum(counts.entry[own], curve.entry_day)
        found = influence_sums(curve, counts.time[own], counts.cause[own] > 0, entry, [day])[:, 0]
        influence[own] = weight[g] * np.nan_to_num(found)
    n_persons = int(person.max()) + 1
    by_person = np.bincount(stratum * n_persons + person, influence, groups.n_strata * n_persons)
    return (by_person.reshape(groups.n_strata, n_persons) ** 2).sum(axis=1)


# Groups that every diagnosis is told by: one that a release store leaves out is named all the same.
_ALWAYS = {"sex": SEXES, "age": AGE_GROUPS, "county": COUNTIES}


def adherence_of(spells: DiagnosisSpells, by: str | None) -> AdherenceResult:
    """Measure real against recommended length, all spells together or by group."""
    rows, labels, stratum = spells.groups(by)
    if spells.store.is_release:
        every = sorted({*labels, *_ALWAYS.get(by or "", ())})
        place = np.array([every.index(label) for label in labels], dtype=np.int64)
        labels, stratum = every, place[stratum] if len(place) else stratum
    # The same spells, unless all are taken from the day on which they are seen.
    is_measured = by is None and spells.entry != "delayed"
    columns = (is_measured and spells.measured) or measure_strata(
        SpellCounts.of_ledger(rows, spells.store.noise),
        stratum,
        len(labels),
        spells.limits,
        entry_day=spells.entry_day,
    )
    columns = with_persons(spells, columns, labels, by)
    measured = measure_rows(columns, labels, by, **spells.row_head)
    if by is not None:
        return AdherenceResult(spells.about, by, measured)
    # The cases without an upper limit, by their criteria, as long as they are in force.
    found: dict[str, str] = {}
    for case in spells.recommendation.without_limit:
        found.setdefault(case.case_id, case_words(case))
    unlimited = tuple(found.values())
    return AdherenceResult(
        spells.about, by, measured, _fact(spells), unlimited, ambiguous_of(spells)
    )


def _fact(spells: DiagnosisSpells) -> Told | None:
    """Share over the limit that most spells have, whatever case applies."""
    limit = spells.about.main_limit
    if limit is None:
        return None
    rows, labels, stratum = spells.groups(None)
    found = shares_over(rows, stratum, labels, limit, spells.entry_day, spells.store.noise)
    (row,) = rows_of(found)
    return Told("share_over_fixed_limit", row.share, row.lo, row.hi, part="measures",
                limit_days=limit, n_spells=row.n_spells, flags=row.flags)  # fmt: skip
