"""What evaluations say: sentences and tables of revisions and drift."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from fmbstats import words
from fmbstats.evaluate.drift import Drift
from fmbstats.evaluate.revision import BROKEN, Revision
from fmbstats.frames import rows_of
from fmbstats.stats.intervals import z_value
from fmbstats.stats.steering import CANNOT as UNKNOWN
from fmbstats.stats.steering import smallest_detectable
from fmbstats.told import Told, sentence
from fmbstats.words import phrase

REVISION = "revision"
#: Months of a point of the comparison with others; one tells too little on its own.
STEP = 3
MOST_PERIODS = 8


@dataclass(frozen=True)
class Writer:
    """Write phrases and told numbers: as plain text, or marked with their rows for a page."""

    language: str
    is_marked: bool = False

    def say(self, key: str, **values: Any) -> str:
        """Fill a phrase."""
        return (sentence if self.is_marked else phrase)(key, self.language, **values)

    def told(self, told: Told, **form: Any) -> str:
        """Write a told number; see `Told.text`."""
        return (told.html if self.is_marked else told.text)(self.language, **form)


class RevisionNumbers:
    """The numbers that a revision tells, each with its row."""

    def __init__(self, found: Revision) -> None:
        told = self._told = partial(Told, part=REVISION, limit_days=found.limit_days)
        self.found, series = found, found.series
        #: Difference from the comparison entries in the share over the limit.
        self.effect = told("difference_share_over_limit", *found.points)
        #: Smallest difference that would probably have been found.
        self.least = told("smallest_detectable", found.smallest_detectable)
        #: Log-hazard ratio of the entry's own course.
        self.own_course = told("log_hazard_ratio", series.effect, series.lo, series.hi)
        #: Comparison entries.
        self.n_controls = told("n_entries", found.against.n_controls)
        #: Share of the comparison entries, each taken as revised, with as large a difference.
        self.placebo_share = told("share_placebos_beyond", found.against.placebo_p)

    def months(self) -> list[Told]:
        """Share over the limit by start month, as far as it can be told."""
        panel, months = self.found.panel, self.found.panel.months
        return [
            self._told(
                "share_over_fixed_limit", float(panel.share[0, k]), by="month", stratum=months[k],
                n_spells=float(panel.n[0, k]),
            ).with_(start_year=int(months[k][:4]))
            for k in np.flatnonzero(np.isfinite(panel.value[0]))
        ]  # fmt: skip

    def fitted(self) -> dict[str, list[Told]]:
        """Share by start month as its own course is fitted, and as it would have gone on."""
        panel, series = self.found.panel, self.found.series
        half = z_value(0.95) * series.without_se
        courses = {
            "share_fitted": (series.fitted, np.nan * half, np.nan * half),
            "share_expected": (series.without, series.without + half, series.without - half),
        }
        months = [panel.months[k] for k in np.flatnonzero(np.isfinite(panel.value[0]))]
        return {
            metric: [
                self._told(metric, estimate, lo, hi, by="month", stratum=month).with_(
                    start_year=int(month[:4])
                )
                for month, estimate, lo, hi in zip(months, *map(_shares, course), strict=True)
            ]
            for metric, course in courses.items()
        }

    def quarters(self) -> list[Told]:
        """Difference from the others by quarter from the revision."""
        leads, scale = self.found.leads, self.found.share_per_unit
        rows = []
        for quarter in range(-MOST_PERIODS, MOST_PERIODS):
            # The month of the revision is mixed and left out: what follows begins the month after.
            first = quarter * STEP + (quarter >= 0)
            own = leads[(leads[:, 0] >= first) & (leads[:, 0] < first + STEP)]
            if len(own):
                weight = 1 / own[:, 2] ** 2
                value = scale * float(weight @ own[:, 1] / weight.sum())
                half = abs(scale) * z_value(0.95) / float(np.sqrt(weight.sum()))
                rows.append(
                    self._told(
                        "difference_share_over_limit", value, value - half, value + half,
                        by="quarter", stratum=quarter_name(quarter), day=quarter,
                    )
                )  # fmt: skip
        return rows

    def placebos(self) -> list[Told]:
        """The same estimate where nothing was revised: other entries, and earlier dates."""
        scale = self.found.share_per_unit
        return [
            self._told("difference_share_over_limit", float(scale * v), by="placebo", stratum=name)
            for name, v in zip(self.found.placebo_names, self.found.against.placebos, strict=True)
        ]


def quarter_name(k: int) -> str:
    """Name a quarter from a change; no sign, by which a cell would begin a formula."""
    return f"{'before' if k < 0 else 'after'}-{abs(k)}"


def revision_sentences(found: Revision, write: Writer) -> list[str]:
    """Return what was found after a revision, the headline first."""
    numbers = RevisionNumbers(found)
    states = joined_states(found.assumptions, "assumption", write.language)
    if not found.is_told:
        headline = write.say(
            "evaluation.rival", title=found.title, day=found.day.isoformat(),
            events=_events(found, write.language),
        )  # fmt: skip
        return [headline, write.say("evaluation.rival.why"), *states]
    return [
        _effect(numbers, write),
        *_reservations(found, write),
        *_details(numbers, write),
        *_shift(found, write),
        *states,
    ]


def _shift(found: Revision, write: Writer) -> list[str]:
    """Say whether endings moved with the limit; nothing where that cannot be asked."""
    if found.shift is None:
        return []
    shift, language = found.shift, write.language
    old, new = (words.days(day, language) for day in (found.old_days, found.new_days))
    answer = shift.judge()
    if answer.verdict == UNKNOWN:
        return [phrase(f"steering.cannot.{answer.why}", language, limit=new)]
    lo, hi = (100 * limit for limit in shift.interval())
    return [
        phrase(
            f"steering.shift.{answer.verdict}", language, old=old, new=new,
            share=words.points(shift.moved, 1, language),
            interval=words.interval(lo, hi, "number", 1, language),
            least=words.points(smallest_detectable(shift.se), 1, language),
        )
    ]  # fmt: skip


def _events(found: Revision, language: str) -> str:
    return words.joined(
        [f"{e.names[language]} ({e.day.isoformat()})" for e in found.rivals], language
    )


def _effect(numbers: RevisionNumbers, write: Writer) -> str:
    found = numbers.found
    estimate, lo, hi = found.points
    said = {
        "title": found.title,
        "limit": words.days(found.limit_days, write.language),
        "day": found.day.isoformat(),
    }
    if lo <= 0 <= hi:
        return write.say("evaluation.none", least=write.told(numbers.least), **said)
    effect = write.told(numbers.effect, interval=True)
    return write.say(
        "evaluation.lower" if estimate < 0 else "evaluation.higher", effect=effect, **said
    )


def _reservations(found: Revision, write: Writer) -> list[str]:
    """Say in one sentence what keeps the revision from being called the cause."""
    language = write.language
    events = words.joined([event.names[language] for event in found.rivals], language)
    broken = [
        phrase(f"broken.{name}", language, events=events)
        for name, state in found.assumptions
        if state == BROKEN
    ]
    return not_cause(broken, write)


def not_cause(broken: list[str], write: Writer) -> list[str]:
    """Say that what was broken keeps an effect from being called caused; nothing where none was."""
    said = words.joined(broken, write.language)
    return [write.say("evaluation.not_cause", broken=said[:1].upper() + said[1:])] if said else []


def _details(numbers: RevisionNumbers, write: Writer) -> list[str]:
    found = numbers.found
    series = found.series
    events = ", ".join(e.names[write.language] for e in found.rivals)
    own = (
        write.say(f"evaluation.series.{series.reason}", event=events)
        if series.reason
        else write.say("evaluation.series", effect=write.told(numbers.own_course, interval=True))
    )
    n, p = (write.told(told) for told in (numbers.n_controls, numbers.placebo_share))
    return [own, write.say("evaluation.controls", n=n, p=p)]


def joined_states(assumptions: list[tuple[str, str]], key: str, language: str) -> list[str]:
    """Say of each assumption, named by ``key.name``, whether it held."""
    return [
        f"{phrase(f'evaluation.{state}', language)}: {phrase(f'{key}.{name}', language)}"
        for name, state in assumptions
    ]


def revision_row(found: Revision) -> dict[str, object]:
    """Return a revision as a row of a table; without numbers where they are not told."""
    estimate, lo, hi = found.points
    numbers = {
        "difference_share_over_limit": estimate,
        "lo": lo,
        "hi": hi,
        "log_hazard_ratio": found.against.effect,
        "se": found.against.se,
        "p_value": found.against.p,
        "placebo_p": found.against.placebo_p,
        "smallest_detectable": found.smallest_detectable,
    }
    return {
        "entry_id": found.entry_id,
        "title": found.title,
        "date": found.day.isoformat(),
        "old_limit_days": found.old_days,
        "new_limit_days": found.new_days,
        "limit_days": found.limit_days,
        **(numbers if found.is_told else dict.fromkeys(numbers, math.nan)),
        "n_controls": found.against.n_controls,
        "series": found.series.reason or found.series.effect,
        "broken": " ".join(name for name, state in found.assumptions if state == BROKEN),
    }


def _shares(value: Any) -> list[float]:
    """Shares of log(-log S)."""
    return np.exp(-np.exp(np.asarray(value, float))).tolist()


PART = "drift"


class DriftNumbers:
    """The numbers that drift tells, each with its row."""

    def __init__(self, found: Drift) -> None:
        self.found, self._told = found, partial(Told, part=PART)
        #: Change from the first year to the last.
        self.change = self._told("difference_share_longer_limit", found.change, found.lo, found.hi)
        #: Smallest change that would probably have been found.
        self.least = self._told("smallest_detectable", found.smallest_detectable)

    def _shares(self, frame: pd.DataFrame, by: str) -> list[Told]:
        return [
            self._told(
                "share_longer_limit", row.share, row.lo, row.hi, by=by, stratum=row.stratum,
                n_spells=float(row.n_spells),
            )
            for row in rows_of(frame)
        ]  # fmt: skip

    def years(self) -> list[Told]:
        """Share of the spells of each start year with a longer limit."""
        return self._shares(self.found.years, "year")

    def counties(self) -> list[Told]:
        """The same by county, all years together."""
        return self._shares(self.found.counties, "county")

    def moved(self, to: str) -> Told:
        """Share of the spells that ended under an entry with a longer, or shorter, limit."""
        found = self.found
        n = found.n_to_longer if to == "longer" else found.n_to_shorter
        return self._told(f"share_changed_to_{to}", n / found.n_known)

    def pair(self, first: str, last: str, n: float) -> Told:
        """Spells that began under one entry and ended under another."""
        return self._told("n_spells_moved", float(n), by="entry", stratum=f"{first} {last}")


def drift_sentences(found: Drift, write: Writer) -> list[str]:
    """Return what was found, the headline first."""
    numbers = DriftNumbers(found)
    first, last = (str(found.years["stratum"].iloc[k]) for k in (0, -1))
    change = write.told(numbers.change, interval=True)
    if found.lo <= 0 <= found.hi:
        least = write.told(numbers.least)
        said = [write.say("drift.none", first=first, last=last, change=change, least=least)]
    else:
        key = "drift.more" if found.change > 0 else "drift.fewer"
        said = [write.say(key, first=first, last=last, change=change)]
    if found.n_known > 0:
        ends = {to: write.told(numbers.moved(to)) for to in ("longer", "shorter")}
        said.append(write.say("drift.within", **ends))
    return said
