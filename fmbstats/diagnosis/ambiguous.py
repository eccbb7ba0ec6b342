"""Spells whose code tells a diagnosis not from others, taken as its possible members."""

from __future__ import annotations

from functools import partial

from fmbstats import codes
from fmbstats.adherence import LONGEST, SHORTEST, SpellCounts
from fmbstats.ambiguous import bounds_with
from fmbstats.diagnosis.spells import DiagnosisSpells
from fmbstats.frames import Columns
from fmbstats.release.margins import AMBIGUOUS
from fmbstats.results.headline import (
    BETWEEN,
    CANNOT,
    LEAST,
    MOST,
    ONE,
    AmbiguousSpells,
    answer_form,
)
from fmbstats.told import Told

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
