"""Intervals that allow for several spells of a person, where the store knows persons (M6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

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
from fmbstats.results.headline import PERSONS
from fmbstats.stats.clustered import NOTEWORTHY_RATIO, influence_sums
from fmbstats.stats.intervals import share_interval
from fmbstats.store import lookups


def with_persons(spells: DiagnosisSpells, columns: Sequence[MeasureColumn]) -> list[MeasureColumn]:
    """Put the error by persons in the place of one by spells where they differ by more than 5 %.

    Parameters
    ----------
    spells : DiagnosisSpells
    columns : sequence of MeasureColumn
        Of all its spells as one stratum.

    Returns
    -------
    list of MeasureColumn
        The same, shares over and within the limits with other intervals and the flag `PERSONS`
        where persons matter; as they came where the store knows none.
    """
    found = {column.metric: column for column in columns}
    rows = _seen(spells)
    if rows is None or not rows["person_id"].duplicated().any():
        return list(columns)
    counts = SpellCounts.of_ledger(rows.assign(n=1)).given_outlasting(spells.entry_day)
    stratum = np.zeros(len(counts.time), np.int64)
    groups = limit_groups(counts, stratum, 1, spells.limits, entry_day=spells.entry_day)
    person = pd.factorize(rows["person_id"])[0]
    for end in (LONGEST, SHORTEST):
        own = found[f"share_over_{end}"]
        variance = _variance(spells, counts, groups, person, end)
        if abs(np.sqrt(variance) - own.se[0]) > NOTEWORTHY_RATIO * own.se[0]:
            lo, hi = share_interval(own.estimate, np.array([variance]))
            flags = [(*own.flags[0], PERSONS)]
            over = replace(own, lo=lo, hi=hi, variance=np.array([variance]), flags=flags)
            found |= {
                over.metric: over,
                f"share_within_{end}": complement(over, f"share_within_{end}"),
            }
    ends = (found[f"share_over_{end}"] for end in (LONGEST, SHORTEST))
    found["share_over_region"] = share_between(*ends)
    return [found[column.metric] for column in columns]


def _seen(spells: DiagnosisSpells) -> pd.DataFrame | None:
    """Spells that outlast the entry day, each with its person; None where none are known."""
    store = spells.store
    if store.is_release or store.settings.is_merged:
        return None
    years = spells.years or (store.years if spells.year is None else (spells.year,))
    return lookups.spells_with_persons(store, spells.kind, spells.key, years, spells.entry_day)


def _variance(
    spells: DiagnosisSpells, counts: SpellCounts, groups: LimitGroups, person: np.ndarray, end: str
) -> float:
    """Sum over persons of the squared influence of their spells on the share at one end."""
    influence = np.zeros(len(person))
    limits = spells.limits
    shortest, longest = limits.shortest[counts.limits_id], limits.longest[counts.limits_id]
    weight = groups.n_spells / groups.n_spells.sum()
    is_read = groups.is_seen(end) & np.isfinite(groups.limit(end)) & ~groups.is_certain
    for g in np.flatnonzero(is_read):
        curve, day = groups.curves[g], groups.limit(end)[g]
        own = (shortest == groups.shortest[g]) & (longest == groups.longest[g])
        own &= counts.time > curve.entry_day
        entry = np.maximum(counts.entry[own], curve.entry_day)
        found = influence_sums(curve, counts.time[own], counts.cause[own] > 0, entry, [day])[:, 0]
        influence[own] = weight[g] * np.nan_to_num(found)
    return float((np.bincount(person, influence) ** 2).sum())
