"""A diagnosis' spells against what was recommended: all together, or by group."""

from __future__ import annotations

import numpy as np

from fmbstats.adherence import SpellCounts, measure_strata
from fmbstats.diagnosis.ambiguous import ambiguous_of
from fmbstats.diagnosis.persons import with_persons
from fmbstats.diagnosis.spells import DiagnosisSpells
from fmbstats.frames import rows_of
from fmbstats.results.adherence import AdherenceResult, measure_rows
from fmbstats.results.fixed_limit import shares_over
from fmbstats.results.recommendation import case_words
from fmbstats.settings import AGE_GROUPS, COUNTIES, SEXES
from fmbstats.told import Told

# Groups that every diagnosis is told by: one that a release store leaves out is named all the same.
_ALWAYS = {"sex": SEXES, "age": AGE_GROUPS, "county": COUNTIES}


def adherence_of(spells: DiagnosisSpells, by: str | None) -> AdherenceResult:
    """Measure real against recommended length, all spells together or by group."""
    rows, labels, stratum = spells.groups(by)
    if spells.store.is_release:
        every = sorted({*labels, *_ALWAYS.get(by or "", ())})
        place = np.array([every.index(label) for label in labels], dtype=np.int64)
        labels, stratum = every, place[stratum] if len(place) else stratum
    columns = measure_strata(
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
