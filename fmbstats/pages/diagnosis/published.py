"""What the published counts of a diagnosis say against its limits: the page's first answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fmbstats import codes, published
from fmbstats.pages.diagnosis.cases import Cases
from fmbstats.published import PublishedBounds, PublishedSteps
from fmbstats.results.headline import answer_form
from fmbstats.told import Told

PART = "published"
REACH, OVER = "share_over_limit_day_before", "share_over_range"


@dataclass(frozen=True)
class Source:
    """The counts of one code from one source and year."""

    steps: PublishedSteps  #: The share past every class edge.
    folder: Any = field(repr=False, default=None)  #: The folder data_raw.

    @property
    def vintage(self) -> str:
        """Name and year of the source, as rows hold them."""
        return " ".join(str(v) for v in (self.steps.source, self.steps.year) if v)

    @property
    def n(self) -> Told:
        """The number of spells."""
        return self.row("n_spells", self.steps.n_spells)

    def row(self, metric: str, estimate: float = math.nan, **more: Any) -> Told:
        """Return a told value of this source."""
        shared = {"by": "source", "stratum": codes.shown(self.steps.code), "part": PART}
        return Told(
            metric,
            estimate,
            n_spells=self.steps.n_spells,
            **(shared | more),
        ).with_(data_vintage=self.vintage, start_year=self.steps.year or math.nan)

    def bounds(self, days: int) -> PublishedBounds | None:
        """Return the bounds of the share over a limit; None when the source cannot tell."""
        found = [
            b
            for b in published.published_bounds(self.steps.code, days, data_raw=self.folder)
            if (b.source, b.year) == (self.steps.source, self.steps.year)
            and not b.is_stock
            and b.sex == "all"
            and not b.area
        ]
        return found[0] if found and found[0].is_estimable else None

    def over(self, days: int) -> Told | None:
        """Return lowest and highest share over a limit."""
        found = self.bounds(days)
        if found is None:
            return None
        return self.row(OVER, lo=found.lo, hi=found.hi, limit_days=days)

    def reached(self, days: int) -> Told | None:
        """Return the share of spells of at least so many days, where a class begins there."""
        edges = self.steps.day.tolist()
        if self.steps.is_grid or days - 1 not in edges:
            return None
        share = float(self.steps.lo[edges.index(days - 1)])
        return self.row(REACH, share, limit_days=days)

    def known_over(self, days: int) -> Told:
        """Return `over` of a day on which the source is known to tell it."""
        return _known(self.over(days), days)

    def known_reached(self, days: int) -> Told:
        """Return `reached` of a day on which a class is known to begin."""
        return _known(self.reached(days), days)

    def classes(self) -> list[tuple[int, float, Told]]:
        """Return first day, last day (inf for none) and share of every published class."""
        edges, over = [*self.steps.day.tolist(), math.inf], [*self.steps.lo.tolist(), 0.0]
        return [
            (
                int(edges[k]) + 1,
                edges[k + 1],
                self.row(
                    "share_in_class",
                    over[k] - over[k + 1],
                    by="band",
                    stratum=_band(edges[k], edges[k + 1]),
                ),
            )
            for k in range(len(edges) - 1)
        ]


def _known(told: Told | None, days: int) -> Told:
    if told is None:
        raise LookupError(f"day {days}: the source tells nothing")
    return told


def _band(low: float, high: float) -> str:
    return f"{int(low) + 1}-{'' if math.isinf(high) else int(high)}"


@dataclass(frozen=True)
class Published:
    """The published counts of a diagnosis."""

    code: str  #: The code that is answered for, of the diagnosis' own.
    #: Of that code: Försäkringskassan first, newest year first, then others.
    sources: tuple[Source, ...]
    #: Of a code that holds the diagnosis among others: the newest of each source.
    broader: tuple[Source, ...]

    @classmethod
    def of(cls, owned: Sequence[str], folder: Any) -> Published:
        """Find what is published for an entry's codes."""
        known = [code for code in published.published_codes(folder) if "-" not in code]
        own = [c for c in owned if c in known] or [
            c for c in known if any(c.startswith(code) for code in owned)
        ]
        by_code = {c: _sources(c, folder) for c in own}
        by_code = {c: found for c, found in by_code.items() if found}
        above = {p for code in owned for p in codes.parents(code)[1:] if p in known} - set(own)
        broader = tuple(s for c in sorted(above) for s in _sources(c, folder)[:1])
        if not by_code:
            return cls("", (), broader)
        code = max(by_code, key=lambda c: (c in owned, by_code[c][0].steps.n_spells))
        return cls(code, tuple(by_code[code]), broader)

    @property
    def main(self) -> Source | None:
        """The source that answers; None when only a broader code is published."""
        return self.sources[0] if self.sources else None

    @property
    def earlier(self) -> Source | None:
        """The same source's year before."""
        first = self.main
        same = [s for s in self.sources[1:] if first and s.steps.source == first.steps.source]
        return same[0] if same else None

    @property
    def quantiles(self) -> Source | None:
        """A source that publishes quantiles, which bound the share on every day."""
        return next((s for s in self.sources if s.steps.is_grid), None)


def _sources(code: str, folder: Any) -> list[Source]:
    return [Source(steps, folder) for steps in published.published_steps(code, data_raw=folder)]


@dataclass(frozen=True)
class Finding:
    """What the published counts say, in one of the headline forms."""

    #: {"one", "between", "least", "most", "cannot", "unseen", "no_limit", "no_edition"}: "unseen":
    #: every limit lies where the source sees nothing; "no_limit": FMB states none; "no_edition":
    #: what it stated then is not known.
    form: str
    #: The numbers are of spells that reached the limit, not of those longer than it.
    is_reached: bool = False
    #: `low`, `high`: rows whose lower and upper value bound the share.
    low: Told | None = None
    high: Told | None = None
    longest: int | None = None  #: The longest limit in days.

    @property
    def least(self) -> Told:
        """The row of the lower value, of a form that has one."""
        return _known(self.low, self.longest or 0)

    @property
    def most(self) -> Told:
        """The row of the upper value, of a form that has one."""
        return _known(self.high, self.longest or 0)

    @classmethod
    def of(cls, source: Source, cases: Cases) -> Finding:
        """Hold a source against the limits in force (the rules of the yardstick)."""
        limits = cases.limits
        if not limits:
            return cls("no_limit" if cases.is_known else "no_edition")
        shortest, longest = limits[0], limits[-1]
        high, low = source.over(shortest), source.over(longest)
        if cases.open:
            form = answer_form(0.0, _end(high, "hi"), has_unlimited=True)
            return cls(form, False, None if high else low, high, longest)
        if low is None:
            return cls("unseen", longest=longest)
        edge_low, edge_high = source.reached(longest), source.reached(shortest)
        # On an edge of the source's classes a share is known exactly, of spells that reached it.
        is_reached = edge_low is not None and (high is None or edge_high is not None)
        if is_reached:
            low, high = edge_low, None if high is None else edge_high
        ends = ("estimate", "estimate") if is_reached else ("lo", "hi")
        form = answer_form(_end(low, ends[0]), _end(high, ends[1]), has_unlimited=False)
        return cls(form, is_reached, low, high, longest)


def _end(told: Told | None, column: str) -> float:
    return math.nan if told is None else getattr(told, column)
