"""What can be said of the share longer than recommended: four forms, and the words for each.

The words follow from what is identified and only from that. With a lower bound above 0 and an upper
one: between, or one number; without an upper one: at least; with a case without limit: at most;
with neither it cannot be told, and only a plain fact about lengths is left.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fmbstats import codes, words
from fmbstats.adherence import CERTAIN, UNLIMITED
from fmbstats.results.about import About
from fmbstats.told import Told
from fmbstats.words import phrase_text

ONE, BETWEEN, LEAST, MOST, CANNOT = FORMS = ("one", "between", "least", "most", "cannot")
#: Measures of the two bounds.
LOWER, UPPER = "share_over_longest", "share_over_shortest"
_SAME = 1e-9
#: Flag of an interval that allows for several spells of a person.
PERSONS = "persons"


def answer_form(
    lower: float,
    upper: float,
    *,
    has_unlimited: bool,
    is_lifted: bool = False,
    is_upper_lasting: bool = True,
) -> str:
    """Say which of the four forms (and the fifth: none) two bounds allow.

    `lower`, `upper`: bounds of the share over the limit, 0-1; NaN where not estimable.
    `has_unlimited`: whether a case without limit is possible for some spell. `is_lifted`: whether
    limits withdrawn during the year alone keep the lower bound above 0. `is_upper_lasting`: whether
    the upper bound rests on more than limits withdrawn during the year.

    >>> answer_form(0.2, 0.4, has_unlimited=False), answer_form(0.2, math.nan, has_unlimited=False)
    ('between', 'least')
    >>> answer_form(0.0, 0.4, has_unlimited=True), answer_form(0.0, math.nan, has_unlimited=True)
    ('most', 'cannot')
    """
    has_upper = not math.isnan(upper) and is_upper_lasting
    has_lower = lower > 0 and not is_lifted  # NaN is not above 0
    if has_upper and has_lower:
        return ONE if upper - lower < _SAME else BETWEEN
    if has_upper:
        is_zero = lower == 0 and not has_unlimited
        return (ONE if upper == 0 else BETWEEN) if is_zero else MOST
    return LEAST if has_lower else CANNOT


@dataclass(frozen=True, eq=False)
class AmbiguousSpells:
    """Spells with a code above several entries, each of which may belong to this one or not."""

    n: Told  #: Such spells that outlast the entry day.
    codes: tuple[str, ...]  #: Their codes, the commonest first.
    #: {"between", "least", "most", "cannot"}: in which form the share can be told, whichever of
    #: them belong.
    form: str
    #: `low`, `high`: bounds of that share.
    low: Told
    high: Told

    def parts(self, language: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield phrase and values of each sentence; none without such spells."""
        if not self.n.estimate > 0:
            return
        yield "ambiguous.count", {"n": self.n, "codes": codes_text(self.codes, language)}
        known = {"low": self.low, "high": self.high}
        known = {name: told for name, told in known.items() if told.is_known}
        if known:
            yield f"ambiguous.{self.form}", known


def codes_text(listed: Iterable[str], language: str) -> str:
    """List codes with their dots."""
    return words.joined([codes.dotted(code) for code in listed], language)


@dataclass(frozen=True, eq=False)
class Headline:
    """The answer of a report, with its told values."""

    about: About = field(repr=False)
    form: str  #: {"one", "between", "least", "most", "cannot"}.
    n: Told  #: Judged spells: the denominator.
    #: `low`, `high`: the bounds; without a number where there is none.
    low: Told
    high: Told
    #: Share over the longest limit that most spells have: a plain fact about lengths.
    fact: Told | None = None
    #: The cases without an upper limit, by their criteria in FMB's words; "" for none.
    cases: tuple[str, ...] = ()
    #: Spells whose code tells the diagnosis not from others.
    ambiguous: AmbiguousSpells | None = field(default=None, repr=False)

    @property
    def told(self) -> tuple[Told, ...]:
        """The values that the sentences tell, in their order."""
        shown = {ONE: (self.low,), BETWEEN: (self.low, self.high), LEAST: (self.low,),
                 MOST: (self.high,), CANNOT: ()}[self.form]  # fmt: skip
        extra = (self.low,) if self._is_lifted else ()
        return (*shown, *extra, *((self._known_fact,) if self._known_fact else ()), self.n)

    def text(self, language: str = "") -> str:
        """Return the answer as plain text."""
        return " ".join(_filled(*part, language) for part in self._parts(language))

    @property
    def _is_lifted(self) -> bool:
        return self.about.yardstick.lifted_until is not None and self.low.estimate > 0

    @property
    def is_by_persons(self) -> bool:
        """Whether an interval that is told allows for several spells of a person."""
        flags = {flag for told in self.told for flag in told.flags.split()}
        return PERSONS in flags

    @property
    def _known_fact(self) -> Told | None:
        """The fact that is told where nothing can be judged."""
        return self.fact if self.form == CANNOT and self.fact and self.fact.is_known else None

    def _parts(self, language: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield phrase and values of each sentence."""
        told = {"low": self.low, "high": self.high, "n": self.n}
        yield f"answer.{self.form}", told | {"limit": self._limit(language)}
        fact = self._known_fact
        if fact is not None:
            of_most = fact.limit_days < max(self._lasting, default=0)
            key = "answer.fact.common" if of_most else "answer.fact"
            yield key, {"share": fact, "limit": words.days(int(fact.limit_days), language)}
        if self._is_lifted and self.form in (MOST, CANNOT):
            until = words.date(self.about.yardstick.lifted_until, language)
            yield "answer.lifted", {"low": self.low, "until": until}
        if self.form != CANNOT and counts_unseen(self.low.flags):
            yield "answer.counted", {}
        if self.is_by_persons:
            yield "answer.persons", {}
        if self.form in (MOST, CANNOT):
            yield from self._why_no_limit()
        is_gone = self.high.is_known and not self.about.yardstick.is_upper_lasting
        if is_gone or self.high.reason is words.Absent.TRUNCATED_R:
            yield "answer.unseen", {"entry_day": words.days(self.about.entry_day, language)}
        if self.ambiguous is not None:
            yield from self.ambiguous.parts(language)

    @property
    def _lasting(self) -> list[int]:
        """The limits that were not withdrawn during the year."""
        return [limit.days for limit in self.about.yardstick.limits if limit.until is None]

    def _why_no_limit(self) -> Iterator[tuple[str, dict[str, Any]]]:
        named = [text for text in self.cases if text]
        if named:
            yield f"answer.why.{'one' if len(self.cases) == 1 else 'several'}", {"case": named[0]}
        elif self.cases:
            yield "answer.why.unnamed", {}

    def _limit(self, language: str) -> str:
        """The one limit that all spells have; words where they have several."""
        if math.isnan(self.low.limit_days):
            return words.phrase("answer.limits", language)
        return words.days(int(self.low.limit_days), language)


def has_unlimited(flags: str) -> bool:
    """Whether a measure's flags say that a case without limit is possible."""
    return UNLIMITED in flags.split()


def counts_unseen(flags: str) -> bool:
    """Whether spells count as longer whose every limit lies before the register begins."""
    return CERTAIN in flags.split()


def _filled(key: str, values: dict[str, Any], language: str) -> str:
    template = phrase_text(key, language, values)
    return template.format(**{k: _text(v, language) for k, v in values.items()})


def _text(value: Any, language: str) -> str:
    return value.text(language) if hasattr(value, "text") else words.visible(str(value))


def as_told(row: Any, *, part: str, reason: Any = None, **more: Any) -> Told:
    """Make a told value of a result row (`results.adherence.measures_frame`)."""
    own = ("metric", "estimate", "lo", "hi", "by", "stratum", "limit_days", "n_spells", "flags")
    rest = ("method", "n_events", "n_at_risk_at_r")
    known: dict[str, Any] = {name: getattr(row, name) for name in own}
    known |= {"part": part, "reason": reason, "more": {name: getattr(row, name) for name in rest}}
    return Told(**(known | more))
