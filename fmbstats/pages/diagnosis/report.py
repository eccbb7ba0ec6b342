"""A diagnosis in a language: what all parts of its page share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from fmbstats import words
from fmbstats.pages.diagnosis.cases import Case, Cases
from fmbstats.pages.diagnosis.published import Finding, Published
from fmbstats.pages.figure import RegisterPage
from fmbstats.results.common import value_or_reason
from fmbstats.results.headline import LOWER, MOST, UPPER, Headline
from fmbstats.told import Telling, Told

if TYPE_CHECKING:
    from fmbstats.diagnosis.objects import Diagnosis

#: Columns of a result row that become a told value's own.
_ROW = ("estimate", "lo", "hi", "limit_days", "n_spells")


@dataclass(frozen=True, eq=False)
class Report(RegisterPage):
    """A diagnosis in a language, and what its parts share."""

    diagnosis: Diagnosis
    language: str = words.DEFAULT_LANGUAGE
    strata: tuple[str, ...] = ()  #: Strata of the register's own that the page tells of.

    # -- words --------------------------------------------------------------------------------

    def date(self, day: Any, style: str = "long") -> str:
        """Write a date."""
        return words.date(day, self.language, style)

    @cached_property
    def swedish(self) -> Sequence[str]:
        """FMB's own words, which no page translates."""
        return [case.name for held in (self.cases, self.held) for case in held.now if case.name]

    def quoted(self, case: Case) -> Markup:
        """Name a case by FMB's own words; these are Swedish on every page."""
        if not case.name:
            return Markup(self.say("case.whole"))
        text = case.name[:1].lower() + case.name[1:]
        return self.in_swedish(f"{self.plain('quote.open')}{text}{self.plain('quote.close')}")

    def in_swedish(self, text: str) -> Markup:
        """Mark FMB's own words as Swedish on a page in another language."""
        lang = Markup(' lang="sv"') if self.language != "sv" else ""
        return Markup("<span{}>{}</span>").format(lang, text)

    # -- what the parts share -----------------------------------------------------------------

    @cached_property
    def telling(self) -> Telling:
        """Gathers the rows that the page tells."""
        entries = self.diagnosis.recommendation.entries
        slug = entries[0].slug if entries else self.diagnosis.key.lower()
        return Telling(slug=slug, start_year=self.diagnosis.year)

    @property
    def year(self) -> int:
        """Start year of the spells."""
        return int(self.diagnosis.year or 0)

    @cached_property
    def cases(self) -> Cases:
        """The entry's cases in the year."""
        return Cases.of(self.diagnosis.recommendation, self.year)

    @cached_property
    def published(self) -> Published:
        """Published counts of the entry's codes."""
        return Published.of(self.diagnosis.codes, self.diagnosis.store.data_folder)

    @cached_property
    def finding(self) -> Finding | None:
        """What the published counts say; None without counts of the entry's own codes."""
        main = self.published.main
        return Finding.of(main, self.held) if main else None

    @cached_property
    def held(self) -> Cases:
        """The cases that the published counts are held against.

        Those that any entry has for their code, in force in their own year or else in the page's.
        """
        main = self.published.main
        asked = dict.fromkeys([main.steps.year or self.year, self.year]) if main else ()
        found = (self._cases_of(self.published.code, year) for year in asked)
        return next((cases for cases in found if cases.now), self.cases)

    def _cases_of(self, code: str, year: int) -> Cases:
        from fmbstats.diagnosis.objects import Diagnosis

        own = self.diagnosis
        of = Diagnosis.find(own.store, code, year=year, month_days=own.month_days)
        return Cases.of(of.recommendation, year)

    @property
    def name(self) -> str:
        """The entry's name; of a bare code its own."""
        entries = self.diagnosis.recommendation.entries
        name = entries[0].name if len(entries) == 1 else self.diagnosis.title
        return words.visible(name)

    @property
    def register(self) -> SimpleNamespace:
        """The settings of the store."""
        return self.diagnosis.store.settings

    @property
    def real_answer(self) -> Finding | None:
        """What the page begins with where published statistics are all that is real."""
        return self.finding if self.is_synthetic else None

    @cached_property
    def end_reasons(self) -> Any:
        """Why spells end; None where the register does not say or too few may be shown."""
        return self.diagnosis.end_reasons()

    @cached_property
    def adherence(self) -> Any:
        """Measures of all spells."""
        return self.diagnosis.adherence()

    @property
    def headline(self) -> Headline:
        """What the register says of the entry."""
        return self.adherence.headline

    @property
    def metric(self) -> str:
        """The measure that the groups are compared by: the bound that is told."""
        return UPPER if self.headline.form == MOST else LOWER

    def measured(self, metric: str, stratum: str = "all", by: str | None = None) -> Told:
        """Return a measure of the register as a told value."""
        return (self.adherence if by is None else self.by(by)).told(metric, stratum)

    def by(self, by: str) -> Any:
        """Return the measures of groups; computed once."""
        if by not in self._groups:
            self._groups[by] = self.diagnosis.adherence(by=by)
        return self._groups[by]

    @cached_property
    def _groups(self) -> dict[str, Any]:
        return {}

    def told(self, row: Any, metric: str, by: str = "all", stratum: str = "all", **more: Any):
        """Make a told value of a result row: its number, or the reason for none."""
        found = {k: float(row[k]) for k in _ROW if k in row and row[k] == row[k]}
        flags = str(row.get("flags", ""))
        reason = None
        if found.get("estimate", more.get("estimate")) is None:
            reason = value_or_reason(float("nan"), flags)
        return Told(metric, by=by, stratum=stratum, flags=flags, reason=reason, **(found | more))

    def told_share(self, row: Any, metric: str, by: str, stratum: str, **more: Any) -> Told:
        """Make a told value of a row with a share, its limits and number of spells."""
        kept = {name: row[name] for name in ("lo", "hi", "n_spells", "flags")}
        return self.told({"estimate": row["share"], **kept}, metric, by, stratum, **more)

    def told_count(self, row: Any, by: str, stratum: str, part: str) -> Told:
        """Make a told value of the number of spells of a row."""
        kept = {"estimate": row["n_spells"], "flags": row["flags"]}
        return self.told(kept, "n_spells", by, stratum, part=part)

    @property
    def n_spells(self) -> Any:
        """Number of spells seen, or its protected value."""
        return self.adherence.value("n_spells")

    @property
    def has_spells(self) -> bool:
        """Whether any spell was seen."""
        return self.n_spells is not words.Absent.PROTECTED and self.n_spells > 0

    @property
    def cutoff(self) -> str:
        """The last day on which the register is known, in words."""
        return self.date(self.diagnosis.store.settings.cutoff_date)
