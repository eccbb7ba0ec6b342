"""Does the recommendation steer? What may be concluded from endings moved to a limit.

A spike alone concludes nothing: certificates end on whole weeks and months, and recommendations
are whole weeks and months. "more" is said only of endings that are too many at the limit and
missing after it, more than on any day without a limit, and not explained by the rehabilitation
chain. What cannot be told says why.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fmbstats.stats import special
from fmbstats.stats.bunching import (
    MAX_FAILING,
    MIN_PLACEBOS,
    SPIKE_DAYS,
    Bunching,
    estimate_bunching,
    own_windows,
    window_days,
)
from fmbstats.stats.intervals import z_value
from fmbstats.stats.rhythm import CHAIN_DAYS

MORE, NONE, CANNOT = "more", "none", "cannot"
TWO_SIDED = float(z_value(0.95))
#: So much better endings moved must fit than a spike alone, in halves of Akaike's criterion. Chance
#: gives check-ups so much, z > sqrt(2), in at most 8 %; in fewer the clearer their spike is.
HOLE_MARGIN = 1.0
#: So much better than a spike that a lower hazard follows: at four weeks, where little is known of
#: the curve before, "more" is else said in 8 %.
STEP_MARGIN = 0.2


@dataclass(frozen=True)
class Answer:
    """What is concluded."""

    verdict: str  #: {"more", "none", "cannot"}.
    #: For "more" what it rests on: "hole" (endings missing after the limit), "past" (the spike
    #: moved with the limit), "both_groups" (also where the rehabilitation chain does not bind). For
    #: "cannot": "truncated_r", "beyond_followup", "small_n", "few_placebos", "placebos_fail",
    #: "chain", "chain_explains" (the spike is the employees' alone), "rhythm" (another day of the
    #: kind bunches as much), "no_hole" (a spike without a hole), "smooth" (a bend explains as
    #: much), "step" (check-ups, then a lower hazard, do), "near" (both limits in one window).
    why: str = ""


def is_chain_day(limit_days):
    """Whether the rehabilitation chain reviews on a day that the spike covers."""
    return any(limit_days - SPIKE_DAYS <= day <= limit_days for day in CHAIN_DAYS)


def _not_usable(found: Bunching):
    """Say why nothing can be concluded; None where something can."""
    if found.reason:
        return Answer(CANNOT, found.reason)
    if len(found.placebos) < MIN_PLACEBOS:
        return Answer(CANNOT, "few_placebos")
    return Answer(CANNOT, "placebos_fail") if found.share_failing > MAX_FAILING else None


def is_found(found: Bunching, z: float | None = None):
    """Whether the endings moved are more than chance, and than placebos, would give.

    `z`: in standard errors, where it is not the limit's own estimate.
    """
    z = found.window.z / found.spread if z is None else z
    is_ranked = len(found.placebos) < 19 or found.p() <= 0.05
    return bool(z > TWO_SIDED and is_ranked)


def judge(found: Bunching, regimes: Regimes | None = None) -> Answer:
    """Conclude from one period, held against other diagnoses."""
    unusable = _not_usable(found)
    if unusable:
        return unusable
    if not is_found(found):
        return Answer(NONE)
    if is_chain_day(found.limit_days):
        # Only those whom the chain does not bind tell it from the recommendation.
        if regimes is None or not regimes.is_known:
            return Answer(CANNOT, "chain")
        difference, se = regimes.contrast
        if regimes.others.window.z > TWO_SIDED:
            why = _no_movement(found)
            return Answer(CANNOT, why) if why else Answer(MORE, "both_groups")
        return Answer(CANNOT, "chain_explains" if difference > TWO_SIDED * se else "chain")
    return Answer(CANNOT, _no_movement(found)) if _no_movement(found) else Answer(MORE, "hole")


def _no_movement(found: Bunching):
    """Say why a spike need not be endings moved to the limit."""
    if not found.is_largest_of_kind():
        return "rhythm"
    over = {
        "no_hole": found.over_spike - HOLE_MARGIN,
        "smooth": found.over_bend,
        "step": found.over_step - STEP_MARGIN,
    }
    why = min(over, key=lambda rival: over[rival])
    return "" if over[why] > 0 else why


@dataclass(frozen=True, eq=False)
class Regimes:
    """Employees, whom the rehabilitation chain binds, beside all others."""

    #: `employees`, `others`: each against the reference's spells of the same kind.
    employees: Bunching = field(repr=False)
    others: Bunching = field(repr=False)

    @property
    def is_known(self):
        """Whether both could be estimated."""
        return not (self.employees.reason or self.others.reason)

    @property
    def contrast(self):
        """Share moved among employees less that among others, and its standard error."""
        a, b = self.employees.window, self.others.window
        return a.moved - b.moved, float(np.hypot(a.se, b.se))


@dataclass(frozen=True, eq=False)
class Shift:
    """Difference-in-bunching: whether the spike moved with the limit."""

    #: Spells after the revision against those before it, at each limit.
    at_old: Bunching = field(repr=False)
    at_new: Bunching = field(repr=False)

    @property
    def moved(self) -> float:
        """Share moved to the new limit less that to the old."""
        return self.at_new.window.moved - self.at_old.window.moved

    @property
    def se(self) -> float:
        """Its error: the two share their baseline, so that this is wide rather than narrow."""
        return float(np.hypot(self.at_new.window.se, self.at_old.window.se)) * self.at_new.spread

    def interval(self, level=0.95):
        """Limits of the difference."""
        width = z_value(level) * self.se
        return self.moved - width, self.moved + width

    def judge(self) -> Answer:
        """Conclude."""
        if self.at_old.reason:
            return Answer(CANNOT, self.at_old.reason)
        unusable = _not_usable(self.at_new)
        if unusable:
            return unusable
        return Answer(MORE, "past") if is_found(self.at_new, self.moved / self.se) else Answer(NONE)


def estimate_shift(after, before, old_days, new_days) -> Shift:
    """Spike at the new limit and at the old, spells after a revision against those before.

    Parameters
    ----------
    after, before : Daily
        Spells of the same diagnosis that started after and before the revision, days alike.
    old_days, new_days : int
    """
    limits = old_days, new_days
    if set(window_days(old_days)) & set(window_days(new_days)):
        return Shift(*(Bunching(limit, "near") for limit in limits))
    return Shift(
        *(
            estimate_bunching(
                after, before, limit, exclude_days=own_windows([other]), has_own_rhythm=False
            )
            for limit, other in zip(limits, reversed(limits), strict=True)
        )
    )


def smallest_detectable(se, *, power=0.8, level=0.95):
    """Smallest effect that a two-sided test would have found with a given power.

    ``(z_(1 - alpha/2) + z_power) se`` (Bloom 1995, Eval Rev 19:547).
    """
    return (z_value(level) + float(special.ndtri(power))) * se
