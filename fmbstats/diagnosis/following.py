"""A diagnosis' spells followed day by day: curves, end reasons, degrees, steering."""

from __future__ import annotations

import numpy as np

from fmbstats.adherence import SpellCounts
from fmbstats.diagnosis.spells import DiagnosisSpells
from fmbstats.evaluate.steering import Steered, steered, steered_by_regime
from fmbstats.results import CurveResult, Degrees, EndReasons, SteeringResult
from fmbstats.results.courses import LAST_DAY
from fmbstats.settings import SETTINGS
from fmbstats.stats.bunching import Bunching
from fmbstats.stats.competing import fit_incidence
from fmbstats.stats.steering import CANNOT, Answer, judge

# Fewer spells make no curve, and fewer still no rhythm of endings or share by degree.
MIN_SPELLS, LEAST_SPELLS = 30, 100
# Shares by degree are shown as long as so many are on leave.
LEAST_ON_LEAVE = 60


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
    steps = spells.degree_steps()
    first = spells.entry_day + 1
    if not len(steps) or spells.seen.n_spells < LEAST_SPELLS:
        return None
    counts: dict[int, np.ndarray] = {}
    for degree in sorted(set(steps["degree_pct"])):
        part = steps[steps["degree_pct"] == degree]
        change = np.bincount(
            part["day"].clip(upper=LAST_DAY + 1), part["n_change"], minlength=LAST_DAY + 2
        )
        counts[int(degree)] = np.cumsum(change)[first : LAST_DAY + 1]
    net_days, gross_days = _mean_days(spells, counts, first, tau_days)
    total = np.sum(list(counts.values()), axis=0)
    enough = total >= LEAST_ON_LEAVE
    last = int(np.argmin(enough)) if not enough.all() else len(enough)
    if last < 2:
        return None
    share = {d: c[:last] / total[:last] for d, c in sorted(counts.items())}
    day = np.arange(first, first + last)
    return Degrees(spells.about, day, share, total[:last], net_days, gross_days)


def _mean_days(spells: DiagnosisSpells, counts: dict, first: int, tau_days: int) -> tuple:
    """Mean net and gross days per spell from day `first` to day tau (METHODS M20)."""
    total = sum(counts.values())
    mean = sum(d / 100 * c for d, c in counts.items()) / np.maximum(total, 1)
    day = np.arange(first, first + len(total))
    inside = (day <= tau_days) & (total > 0)
    curve = spells.seen.curve()
    survival = np.append(1.0, np.nan_to_num(curve.survival_at(day[inside][:-1])))
    return float(np.sum(survival * mean[inside])), float(np.sum(survival))


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
