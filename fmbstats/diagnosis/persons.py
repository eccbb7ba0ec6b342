"""Intervals that allow for several spells of a person, where the store knows persons (M6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fmbstats.adherence import (
    LONGEST,
    SHORTEST,
    LimitGroups,
    MeasureColumn,
    SpellCounts,
    complement,
    limit_groups,
    share_between,
)
from fmbstats.diagnosis.spells import DiagnosisSpells
from fmbstats.frames import Columns
from fmbstats.results.common import OwnStratum, column_of
from fmbstats.results.headline import PERSONS
from fmbstats.stats.clustered import NOTEWORTHY_RATIO, influence_sums
from fmbstats.stats.intervals import share_interval
from fmbstats.store import lookups
from fmbstats.words.strata import SEVERAL


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
