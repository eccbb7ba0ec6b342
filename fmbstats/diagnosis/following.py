"""A diagnosis' spells followed day by day: curves, end reasons, degrees, steering."""

from __future__ import annotations

import numpy as np

from fmbstats.diagnosis.measuring import ADDING_UP
from fmbstats.diagnosis.spells import DiagnosisSpells
from fmbstats.disclosure.rounding import round_counts
from fmbstats.results import CurveResult, Degrees, EndReasons, SteeringResult
from fmbstats.results.courses import LAST_DAY
from fmbstats.settings import SETTINGS
from fmbstats.stats.bunching import steering
from fmbstats.stats.competing import fit_incidence
from fmbstats.stats.survival import fit_curve

N_DRAWS = 200
# Shares of rounded counts are shown as long as so many classes of the rounding are on leave.
LEAST_CLASSES = 10


def curve_of(spells: DiagnosisSpells, by: str | None) -> CurveResult:
    """Fit one curve per group, from the entry day."""
    curves = {}
    for stratum, counts in spells.split(by):
        seen = counts.given_outlasting(spells.entry_day)
        kept = spells.release.ledger(seen.time, seen.cause, seen.n, seen.entry)
        if kept is not None and len(kept[0]):
            time, cause, n, entry = kept
            curves[stratum] = fit_curve(time, cause, entry=entry, n=n)
        elif kept is None and seen.n_spells and by in ADDING_UP:
            # The missing group's curve would be what is left of the whole's.
            return CurveResult(spells.about, by, {})
    return CurveResult(spells.about, by, curves)


def end_reasons_of(spells: DiagnosisSpells) -> EndReasons | None:
    """Follow the reasons; None when the register knows only one, or too few may be shown."""
    counts = spells.seen
    kept = spells.release.ledger(counts.time, counts.cause, counts.n, counts.entry)
    if kept is None or not len(kept[0]):
        return None
    time, cause, n, entry = kept
    if len(np.unique(cause[cause > 0])) < 2:
        return None
    return EndReasons(spells.about, fit_incidence(time, cause, entry=entry, n=n))


def degrees_of(spells: DiagnosisSpells, tau_days: int = SETTINGS.horizon_days) -> Degrees | None:
    """Add up the changes by day; None when the register has no degrees or too few spells."""
    steps = spells.degree_steps()
    first = spells.entry_day + 1
    rules = spells.release.rules
    if not len(steps) or (rules and int(spells.seen.n_spells) < rules.curve_minimum):
        return None
    counts = {}
    for degree, part in steps.groupby("degree_pct"):
        change = np.bincount(
            part["day"].clip(upper=LAST_DAY + 1), part["n_change"], minlength=LAST_DAY + 2
        )
        counts[int(degree)] = np.cumsum(change)[first : LAST_DAY + 1]
    net_days, gross_days = _mean_days(spells, counts, first, tau_days)
    if rules:
        # The shares of a day would tell how many of a few are on each degree.
        counts = {d: round_counts(c, rules.rounding) for d, c in counts.items()}
    total = sum(counts.values())
    enough = total >= (rules.rounding * LEAST_CLASSES if rules else 1)
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
    """Estimate at the longest limit that can be seen; None when it cannot be estimated."""
    limits = spells.recommendation.limits_days
    counts, rules = spells.seen, spells.release.rules
    if not limits or limits[-1] <= spells.entry_day or not len(counts.time):
        return None
    if rules and counts.n_spells < rules.curve_minimum:
        return None
    near = {d for other in limits[:-1] for d in range(other - 3, other + 4)}
    found = steering(
        counts.curve(),
        spells.reference_curve(limits[-1]),
        limits[-1],
        exclude_days=near,
        n_draws=N_DRAWS,
    )
    if found.reason or (rules and found.n_at_risk < rules.curve_minimum):
        return None
    if spells.release.is_few(round(found.observed_share * found.n_at_risk)):
        return None
    # For release the bars come from rounded counts, as the curves do.
    time, cause, n, entry = spells.release.ledger(counts.time, counts.cause, counts.n, counts.entry)
    return SteeringResult(spells.about, found, fit_curve(time, cause, entry=entry, n=n))
