"""A diagnosis' spells measured: adherence, who is counted, each limit, curves, and so on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property, partial
from typing import Any

import numpy as np

from fmbstats import codes, words
from fmbstats.adherence import (
    LONGEST,
    SHORTEST,
    Measure,
    MeasureColumn,
    SpellCounts,
    measure_shares,
    measure_strata,
    share_over_stated,
    share_under_minimum,
    under_each,
)
from fmbstats.diagnosis.adherence import ambiguous_rows
from fmbstats.diagnosis.spells import DiagnosisSpells
from fmbstats.evaluate.steering import Steered, steered, steered_by_regime
from fmbstats.frames import Named, pd
from fmbstats.recommendations.yardstick import Limits
from fmbstats.results.adherence import measures_frame
from fmbstats.results.common import value_or_reason
from fmbstats.results.courses import (
    LEAST_SPELLS,
    Degrees,
    EndReasons,
    SteeringResult,
    degrees_by_day,
)
from fmbstats.results.curve import CurveResult
from fmbstats.results.fixed_limit import FixedShares, LimitTable, Sensitivity, shares_over
from fmbstats.results.population import Population
from fmbstats.results.what_if import PART as WHAT_IF
from fmbstats.results.what_if import KnownCases, WhatIf
from fmbstats.settings import READINGS, SETTINGS
from fmbstats.stats.bunching import Bunching
from fmbstats.stats.competing import fit_incidence
from fmbstats.stats.steering import CANNOT, Answer, judge
from fmbstats.told import Told


class Measured(DiagnosisSpells):
    """What is measured of a diagnosis' spells without asking for groups."""

    def population(self) -> Population:
        """Who is counted: spells, ended, censored, follow-up, cut-off, matched levels."""
        seen = self.seen
        is_judged = self.limits.is_judged[seen.limits_id]
        years = self.years or (self.year,)
        levels: dict[str, int] = {}
        for year in years:
            for level, n in self.store.match_levels(self.kind, self.key, year).items():
                levels[level] = levels.get(level, 0) + n
        n_seen, ended = seen.n_spells, int(seen.n[seen.cause != 0].sum())
        # Both are rounded in a release store: those who started are never fewer than those seen.
        n_started = sum(self.store.reader.n_started(self.kind, self.key, y) for y in years)
        return Population(
            self.about,
            max(n_started, n_seen),
            n_seen,
            ended,
            n_seen - ended,
            int(seen.n[is_judged].sum()),
            levels,
            int(ambiguous_rows(self)["n"].sum()),
        )

    def all_measures(self) -> pd.DataFrame:
        """Result rows of all spells and by sex, age, county and year, measured in one pass."""
        parts, place = [], []
        names: list[str] = []
        kinds: list[str] = []
        noise = self.store.noise
        for by in (None, "sex", "age", "county", "year"):
            rows, labels, stratum = self.groups(by)
            parts.append(SpellCounts.of_ledger(rows, noise))
            place.append(stratum + len(names))
            names += labels
            kinds += [by or "all"] * len(labels)
        columns = measure_strata(
            SpellCounts.joined(parts),
            np.concatenate(place),
            len(names),
            self.limits,
            entry_day=self.entry_day,
        )
        return measures_frame(columns, names, kinds, **self.row_head)

    def by_limit(self) -> LimitTable:
        """Share over each limit that some case has."""
        limited = self.recommendation.limited
        wanted = {(case.limit_days, tuple(case.codes), case.length_text) for case in limited}
        rows = [_limit_row(self, days, owned, wording) for days, owned, wording in sorted(wanted)]
        columns = ["stratum", "limit_days", "n_spells", "share", "lo", "hi", "variance"]
        columns += ["share_before", "flags", "length_text"]
        frame = pd.DataFrame(rows, columns=columns)
        return LimitTable(self.about, frame.assign(flags_before=frame["flags"]))

    def known_cases(self) -> KnownCases:
        """How much is known of the spells' cases, and the bounds without it."""
        counts, limits = self.seen, self.limits
        ids, n = counts.limits_id, counts.n * limits.is_judged[counts.limits_id]
        total = float(n.sum())
        kinds = np.array([*self.store.evidence, ""], dtype=object)[ids]
        by_evidence = (
            {str(kind): float(n[kinds == kind].sum()) / total for kind in np.unique(kinds) if kind}
            if total
            else {}
        )
        found = self._assumptions["without_rules"] if len(ids) else {}
        low, high = (_without_rules(found.get(f"share_over_{end}")) for end in (LONGEST, SHORTEST))
        share = sum(by_evidence.values()) if total else math.nan
        narrowed = Told("share_narrowed", share, part="known", n_spells=total)
        return KnownCases(self.about, narrowed, by_evidence, low, high)

    def what_if(self) -> WhatIf:
        """How large a share without upper limit it would take for all to have kept to theirs."""
        counts, limits, day = self.counts(), self.limits, self.entry_day
        told = partial(Told, part=WHAT_IF, n_spells=float(self.seen.n_spells))
        only = self.yardstick.only_unlimited_share
        if not len(counts.time):
            none = told("share_over_stated", reason=words.Absent.NO_SPELLS)
            return WhatIf(self.about, none, 0.0, 0.0)
        found = share_over_stated(counts, limits, entry_day=day).of(0)
        flags = " ".join(found.flags)
        is_known = found.estimate == found.estimate
        reason = None if is_known else value_or_reason(found.estimate, flags)
        stated = told(found.metric, found.estimate, found.lo, found.hi, flags=flags, reason=reason)
        lower = _by_metric(self.measured)[f"share_over_{LONGEST}"]
        low, high, n = share_under_minimum(counts, limits, entry_day=day)
        under = None
        if n and low == low and high == high:
            under = Told("share_under_minimum", lo=low, hi=high, n_spells=float(n), part=WHAT_IF)
        known = float(np.nan_to_num(lower.estimate))
        return WhatIf(self.about, stated, known, float(np.nan_to_num(only)), under)

    def sensitivity(self) -> Sensitivity:
        """The share over the longest limit under other assumptions."""
        base, assumed = _by_metric(self.measured), dict(self._assumptions)
        readings = {name: assumed.pop(name) for name in READINGS if name in assumed}
        assumed |= _each({"delayed": (self.counts("entry_day"), self.limits)}, entry_day=0)
        rows = [_assumption("base", base), _assumption("day_before", base, "_day_before")]
        rows += [_assumption(*own) for own in (assumed | readings).items()]
        return Sensitivity(self.about, pd.DataFrame(rows))

    @cached_property
    def _assumptions(self) -> dict[str, dict[str, Measure]]:
        """Shares over the limit under other assumptions, all from one entry day; two parts ask."""
        counts, other = self.counts(), SETTINGS.other_month(self.month_days)
        limits = {
            f"month_{other}": self.store.limits(other),
            "without_rules": self.limits.without_evidence(),
            "corrected": self.store.corrected_limits(self.month_days),
            "webcert": self.store.webcert_limits,
        }
        parts = {name: (counts, held) for name, held in limits.items()}
        for basis in READINGS:
            reading = self.counts(basis=basis)
            if len(reading.time) or not len(counts.time):  # else nobody counted that way
                parts[basis] = reading, self.limits
        return _each(parts, self.entry_day)

    def end_reasons(self) -> EndReasons | None:
        """Why spells end, by day; None when the register does not say."""
        counts = self.seen
        if counts.n_spells < MIN_SPELLS or len(np.unique(counts.cause[counts.cause > 0])) < 2:
            return None
        found = fit_incidence(counts.time, counts.cause, entry=counts.entry, n=counts.n)
        return EndReasons(self.about, found)

    def degrees(self) -> Degrees | None:
        """Degree of sick leave by day; None when the register does not say."""
        found = degrees_by_day(self.degree_steps(), self.seen, self.entry_day)
        return None if found is None else Degrees(self.about, *found)

    def steering(self) -> SteeringResult | None:
        """Excess of endings around the longest limit; None when it cannot be estimated."""
        limit, store = self.about.main_limit, self.store
        if limit is None or self.seen.n_spells < LEAST_SPELLS:
            return None
        asked = self.subjects, limit, self.entry_day
        if store.is_release:
            # Protection deals endings out over neighbouring days: a spike at one of them is no
            # longer there to be seen, while the rhythm that is shared by all diagnoses still is.
            none = Steered(Bunching(limit, "coarse"), Answer(CANNOT, "coarse"))
            return SteeringResult(self.about, none, self.seen.curve())
        found = steered(self.seen, store.endings(self.year), *asked)
        if found.answer.why == "chain":
            counts = self.counts("entry_day")
            regimes = steered_by_regime(counts, store.endings(self.year, "entry_day"), *asked)
            found = Steered(found.found, judge(found.found, regimes), regimes)
        return SteeringResult(self.about, found, self.seen.curve())


def _without_rules(measure: Measure | None) -> Told:
    told = partial(Told, by="assumption", stratum="without_rules", part="known")
    if measure is None:
        return told(f"share_over_{LONGEST}", reason=words.Absent.NO_SPELLS)
    flags = " ".join(measure.flags)
    return told(measure.metric, measure.estimate, measure.lo, measure.hi, flags=flags)


def fixed_shares_of(spells: DiagnosisSpells, by: str | None, limit_days: int) -> FixedShares:
    """Measure every group at `limit_days`."""
    rows, labels, stratum = spells.groups(by)
    found = shares_over(rows, stratum, labels, limit_days, spells.entry_day, spells.store.noise)
    return FixedShares(spells.about, by or "all", limit_days, found.frame)


def _limit_row(spells: DiagnosisSpells, days: int, owned: tuple, wording: str) -> dict[str, Any]:
    rows = spells.columns("code")
    code = Named.taken(rows["code"])
    is_owned = np.array([word.startswith(owned) for word in code.words], bool)
    rows = rows.only(is_owned[code.number])
    label = ", ".join(codes.dotted(c) for c in owned[:6]) + (" …" if len(owned) > 6 else "")
    stratum = np.zeros(rows.n_rows, np.int64)
    at, before = (
        shares_over(rows, stratum, [label], day, spells.entry_day, spells.store.noise)
        for day in (days, days - 1)
    )
    share_before = 1.0 if days - 1 == spells.entry_day else before["share"][0]
    row = {name: values[0] for name, values in at.items()}
    return row | {"share_before": share_before, "length_text": wording}


def _by_metric(columns: Iterable[MeasureColumn], group: int = 0) -> dict[str, Measure]:
    """Return the measures of one group of spells."""
    return {column.metric: column.of(group) for column in columns}


def _each(
    parts: dict[str, tuple[SpellCounts, Limits]], entry_day: int
) -> dict[str, dict[str, Measure]]:
    """Return the number and the shares over the limit of each part; nothing without spells."""
    some = [name for name, (counts, _) in parts.items() if len(counts.time)]
    found: dict[str, dict[str, Measure]] = {name: {} for name in parts}
    if some:
        counts, stratum, limits = under_each([parts[name] for name in some])
        columns = measure_shares(counts, stratum, len(some), limits, entry_day=entry_day)
        found |= {name: _by_metric(columns, place) for place, name in enumerate(some)}
    return found


def _assumption(name: str, found: dict[str, Measure], end: str = "") -> dict[str, Any]:
    row = {"share": math.nan, "lo": math.nan, "hi": math.nan, "variance": math.nan}
    n, flags = 0, words.Absent.NO_SPELLS.value
    if found:
        own = found[f"share_over_{LONGEST}" + end]
        row |= {"share": own.estimate, "lo": own.lo, "hi": own.hi}
        n, flags = int(found["n_spells"].estimate), " ".join(own.flags)
    return {"assumption": name, "n_spells": n, **row, "flags": flags}


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
