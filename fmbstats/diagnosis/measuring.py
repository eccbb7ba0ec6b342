"""A diagnosis' spells measured: adherence, who is counted, each limit, curves, and so on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from fmbstats import codes, words
from fmbstats.adherence import (
    LONGEST,
    SHORTEST,
    Measure,
    MeasureColumn,
    SpellCounts,
    measure_strata,
    share_over_stated,
    share_under_minimum,
)
from fmbstats.diagnosis.adherence import ambiguous_rows
from fmbstats.diagnosis.spells import DiagnosisSpells, measured_together
from fmbstats.evaluate.steering import Steered, steered, steered_by_regime
from fmbstats.frames import Named, pd
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
        found = _by_metric(self.measured_without_evidence) if len(ids) else {}
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
        counts, limits, day = self.counts(), self.limits, self.entry_day
        other = SETTINGS.other_month(self.month_days)
        measured = partial(measured_together, counts, entry_day=day)
        rows = [
            *_assumed(["base", "day_before"], self.measured),
            *_assumed([f"month_{other}"], measured(self.store.limits(other))),
            *_assumed(["without_rules"], self.measured_without_evidence),
            *_assumed(["corrected"], measured(self.store.corrected_limits(self.month_days))),
            *_assumed(["webcert"], measured(self.store.webcert_limits)),
            *_assumed(["delayed"], measured_together(self.counts("entry_day"), limits, 0)),
        ]
        readings = {basis: self.counts(basis=basis) for basis in READINGS}
        for basis, reading in readings.items():
            if len(reading.time) or not len(counts.time):  # else nobody counted that way
                rows += _assumed([basis], measured_together(reading, limits, day))
        frame = pd.DataFrame(rows)
        return Sensitivity(self.about, frame)

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


def _by_metric(columns: Iterable[MeasureColumn]) -> dict[str, Measure]:
    """Return the measures of spells that are one group."""
    return {column.metric: column.of(0) for column in columns}


def _assumed(names: list[str], columns: Iterable[MeasureColumn]) -> list[dict[str, Any]]:
    """Return a row per assumption, all measured alike; "day_before" counts the limit's day as over.

    `columns`: as of `measured_together`.
    """
    found = _by_metric(columns)
    rows = []
    for name in names:
        row = {"share": math.nan, "lo": math.nan, "hi": math.nan, "variance": math.nan}
        n, flags = 0, words.Absent.NO_SPELLS.value
        if found:
            own = found[f"share_over_{LONGEST}" + "_day_before" * (name == "day_before")]
            row |= {"share": own.estimate, "lo": own.lo, "hi": own.hi}
            n, flags = int(found["n_spells"].estimate), " ".join(own.flags)
        rows.append({"assumption": name, "n_spells": n, **row, "flags": flags})
    return rows


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
