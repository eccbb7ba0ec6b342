"""The cases of an entry as a reader meets them: in plain words, those in force and those before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from fmbstats import words
from fmbstats.recommendations.yardstick import standing_day
from fmbstats.results.recommendation import without_concepts
from fmbstats.told import Told
from fmbstats.words import Absent, phrase

if TYPE_CHECKING:
    from fmbstats.results.recommendation import Recommendation

_UNITS = {"d": "days", "wk": "weeks", "mo": "months", "yr": "years"}
#: Days that one of a unit can be.
_DAYS = {"days": (1, 1), "weeks": (7, 7), "months": (30, 31), "years": (365, 366)}
_LONG = 90
_FOR_EVER = 9999


@dataclass(frozen=True)
class Case:
    """One case of FMB."""

    name: str  #: Its criteria, with a capital; empty when it holds for all.
    wording: str  #: FMB's own words for the length.
    #: `number`, `unit`: the upper limit as worded; unit is "days", "weeks", "months" or "years".
    number: float | None
    unit: str
    days: int | None  #: The maximum; None for a case without an upper limit.
    #: `first`, `last`: in force; `last` is None while it is.
    first: date
    last: date | None = field(compare=False)
    #: `criteria`, `edition`: as stored, to tell its row by.
    criteria: str
    edition: str = field(compare=False)
    #: The number stored beside the wording where the two differ, with its unit, (5, "weeks").
    contradicted: tuple[float, str] | None = None
    codes: tuple[str, ...] = field(default=(), compare=False)  #: That it holds for.

    @property
    def row(self) -> Told:
        """The limit in days as a told value, or why there is none."""
        reason = None if self.days is not None else Absent.OPEN_ENDED
        return Told(
            "recommended_max_days",
            float("nan") if self.days is None else self.days,
            by="case",
            stratum=self.criteria,
            label=self.wording,
            part="recommendation",
            # Two cases may have one wording and other numbers: the limit tells their rows apart.
            limit_days=float("nan") if self.days is None else self.days,
            reason=reason,
            more={"rec_version": self.edition, "data_vintage": f"FMB {self.edition}, {self.first}"},
        )

    def time(self, language: str) -> Markup:
        """Return the limit as FMB says it: "6 månader", "ingen sjukskrivning"."""
        if not self.days:
            return escape(phrase("case.open" if self.days is None else "case.none", language))
        number = self.days if self.number is None else self.number
        told = self.row.with_(metric=f"recommended_{self.unit}", estimate=number)
        unit = phrase(f"unit.{self.unit}.{'one' if number == 1 else 'many'}", language)
        return Markup("{}\N{NO-BREAK SPACE}{}").format(told.html(language), unit)

    def holds_on(self, day: date) -> bool:
        """Whether it was in force on a day."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Cases:
    """The cases of an entry in a year, one per wording, shortest limit first."""

    now: tuple[Case, ...]  #: In force for the longest part of the year (`yardstick.standing_day`).
    before: tuple[Case, ...]  #: In force in the year, but withdrawn during it.

    @classmethod
    def of(cls, recommendation: Recommendation, year: int) -> Cases:
        """Read the cases that were in force in a year."""
        # One case that an edition only renumbered, or gave other codes, is one to a reader.
        found: dict[Case, Case] = {}
        for case in map(_case, recommendation.cases):
            other = found.get(case, case)
            lasts_longer = case.last is None or (other.last and case.last > other.last)
            found[case] = case if lasts_longer else other
        ordered = sorted(found.values(), key=lambda c: (c.days is None, c.days or 0, c.name))
        after = [date.max if c.last is None else c.last + timedelta(days=1) for c in ordered]
        standing = standing_day(zip([c.first for c in ordered], after, strict=True), year)
        now = tuple(case for case in ordered if case.holds_on(standing))
        return cls(now, tuple(case for case in ordered if case not in now))

    @property
    def is_known(self) -> bool:
        """Whether it is known what was recommended in the year, be it no limit."""
        return bool(self.now or self.before)

    @property
    def limits(self) -> list[int]:
        """The distinct limits in days in force, shortest first."""
        return sorted({case.days for case in self.now if case.days is not None})

    @property
    def withdrawn(self) -> list[int]:
        """Limits that held for a part of the year only."""
        days = {case.days for case in self.before if case.days is not None}
        return sorted(days - set(self.limits))

    @property
    def open(self) -> tuple[Case, ...]:
        """The cases in force without an upper limit."""
        return tuple(case for case in self.now if case.days is None)

    def at(self, days: int) -> tuple[Case, ...]:
        """Return the cases with a limit, in force if any is."""
        now = tuple(case for case in self.now if case.days == days)
        return now or tuple(case for case in self.before if case.days == days)

    def until(self, days: int) -> date | None:
        """Return the last day of a withdrawn limit; None for one in force."""
        if days in self.limits:
            return None
        return max((c.last for c in self.before if c.days == days and c.last), default=None)


def _case(row: Any) -> Case:
    criteria = without_concepts(row.criteria or "")
    days, last = row.limit_days, row.valid_to
    number, unit = _amount(row, days)
    return Case(
        name=case_name(criteria),
        wording=words.visible(row.length_text or ""),
        number=number,
        unit=unit,
        days=days,
        first=row.valid_from,
        last=None if last.year == _FOR_EVER else last - timedelta(days=1),
        criteria=words.visible(criteria),
        edition=row.edition,
        contradicted=(row.number, _UNITS[row.unit]) if row.contradicts else None,
        codes=tuple(row.codes),
    )


def _amount(row: Any, days: int | None) -> tuple[float | None, str]:
    """Return number and unit as FMB says them, when they are the maximum; else days."""
    if days is None or row.max_number is None or row.max_unit is None:
        return days, "days"
    number, unit = float(row.max_number), _UNITS.get(row.max_unit, "days")
    low, high = _DAYS[unit]
    return (number, unit) if low * number <= days <= high * number else (days, "days")


def case_name(criteria: str) -> str:
    """Write criteria as a name: a capital first, commas between, cut when very long.

    >>> case_name("lindrig; plötslig debut"), case_name("")
    ('Lindrig, plötslig debut', '')
    """
    text = words.visible(criteria).replace(" / ", "/").replace("; ", ", ")
    if len(text) > _LONG:
        text = text[:_LONG].rsplit(" ", 1)[0].rstrip(",") + " …"
    return text[:1].upper() + text[1:]
