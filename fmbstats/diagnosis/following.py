"""A diagnosis' spells followed day by day: curves, end reasons, degrees, steering."""

from __future__ import annotations

import numpy as np

from fmbstats.adherence import SpellCounts
from fmbstats.diagnosis.spells import DiagnosisSpells
from fmbstats.evaluate.steering import Steered, steered, steered_by_regime
from fmbstats.results.courses import LEAST_SPELLS, Degrees, EndReasons, degrees_by_day
from fmbstats.results.curve import CurveResult
from fmbstats.results.steering import SteeringResult
from fmbstats.settings import SETTINGS
from fmbstats.stats.bunching import Bunching
from fmbstats.stats.competing import fit_incidence
from fmbstats.stats.steering import CANNOT, Answer, judge

# Fewer spells make no curve.
MIN_SPELLS = 30


def curve_of(spells: DiagnosisSpells, by: str | None) -> CurveResult:
    """Fit one curve per group, from the entry day."""
    curves = {}
    for stratum, counts in spells.split(by):
        seen = counts.given_outlasting(spells.entry_day)
        # Of small groups nothing but the number is known: no curve.
        if len(seen.n) and seen.n_spells >= MIN_SPELLS and (seen.cause >= 0).any():
            curves[stratum] = seen.curve()
    return CurveResult(spells.about, by, curves)


def end_reasons_of(spells: DiagnosisSpells) -> EndReasons | None:
    """Follow the reasons; None when the register knows only one, or too few may be shown."""
    counts = spells.seen
    if counts.n_spells < MIN_SPELLS or len(np.unique(counts.cause[counts.cause > 0])) < 2:
        return None
    found = fit_incidence(counts.time, counts.cause, entry=counts.entry, n=counts.n)
    return EndReasons(spells.about, found)


def degrees_of(spells: DiagnosisSpells, tau_days: int = SETTINGS.horizon_days) -> Degrees | None:
    """Add up the changes by day; None when the register has no degrees or too few spells."""
    found = degrees_by_day(spells.degree_steps(), spells.seen, spells.entry_day, tau_days)
    return None if found is None else Degrees(spells.about, *found)


def steering_of(spells: DiagnosisSpells) -> SteeringResult | None:
    """Look for endings moved to the limit that most spells have; None without one, or spells."""
    limit, store = spells.about.main_limit, spells.store
    if limit is None or spells.seen.n_spells < LEAST_SPELLS:
        return None
    asked = spells.subjects, limit, spells.entry_day
    if store.is_release:
        # Protection deals endings out over neighbouring days: a spike at one of them is no longer
        # there to be seen, while the rhythm that is shared by all diagnoses still is.
        none = Steered(Bunching(limit, "coarse"), Answer(CANNOT, "coarse"))
        return SteeringResult(spells.about, none, spells.seen.curve())
    found = steered(spells.seen, store.endings(spells.year), *asked)
    if found.answer.why == "chain":
        counts = SpellCounts.of_ledger(spells.rows("entry_day"), store.noise)
        regimes = steered_by_regime(counts, store.endings(spells.year, "entry_day"), *asked)
        found = Steered(found.found, judge(found.found, regimes), regimes)
    return SteeringResult(spells.about, found, spells.seen.curve())
