"""Which cases are possible for a spell, and which limits follow: the only place that chooses one.

A spell with a code and a first day has a *set of possible cases*: all cases in force that day, as
published then, of the entry (or, for a code above several entries, of all entries) that the
look-up gives. What is known of the spell removes cases (`narrowed`); nothing else does. Each case
has an upper limit or none, and sometimes a lower one; a set of cases therefore has

* ``longest``: the largest upper limit, infinite where a case without limit is possible: fewer
  spells than S(longest) cannot have exceeded;
* ``shortest``: the smallest finite limit, infinite where *no* possible case has one: more than
  S(shortest) cannot have exceeded;
* ``stated``: the largest finite limit: a plain fact of the recommendation, the day of a figure.

Sets are numbered (`match_id`); equal sets share a number, so a ledger of counts by it is small and
holds no person.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from fmbstats.recommendations.limits import MONTH_CONVENTIONS, limit_days

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import ArrayLike

Row = Mapping[str, Any]
#: What tells one possible case from another: which case, and what it said at the time.
_IDENTITY = (
    "case_id", "max_number", "max_unit", "min_number", "min_unit", "limit_kind", "limit_reason",
)  # fmt: skip
_ENDS = ("longest", "shortest", "stated", "least_min", "most_min")


@dataclass(frozen=True, eq=False)
class Limits:
    """Limits of sets of possible cases, by ``match_id``; a last element stands for id -1 (none)."""

    #: `longest`, `shortest`: days; ``inf``: a case without limit is possible, or no case with one.
    #: NaN where not judged. 0: no sick leave recommended; float, shape (n_sets + 1,).
    longest: np.ndarray
    shortest: np.ndarray
    stated: np.ndarray  #: Largest finite limit of the possible cases; NaN where none has one.
    #: `least_min`, `most_min`: smallest and largest lower end over the cases; a case that states
    #: none counts as 0.
    least_min: np.ndarray
    most_min: np.ndarray
    #: Whether some case of the code has a limit at all; the rest is not judged.
    is_judged: np.ndarray
    #: The set before anything was known of the spell; the id itself where nothing is.
    base: np.ndarray

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], month_days: int) -> Limits:
        """Take the columns of the table of sets, in the order of their ids."""
        ends = {end: np.append(arrays[f"{end}_days_{month_days}"], np.nan) for end in _ENDS}
        is_judged = np.append(arrays["is_judged"].astype(bool), False)
        for end in ("longest", "shortest"):
            ends[end] = np.where(is_judged, ends[end], np.nan)
        return cls(**ends, is_judged=is_judged, base=np.append(arrays["base_id"], -1))

    @classmethod
    def plain(cls, shortest: ArrayLike, longest: ArrayLike) -> Limits:
        """Make limits of two lists; NaN where a set is not judged."""
        low, high = (np.append(np.asarray(v, dtype=float), np.nan) for v in (shortest, longest))
        finite = np.where(np.isfinite(high), high, np.where(np.isfinite(low), low, np.nan))
        none = np.zeros(len(low))
        return cls(
            high, low, finite, none, none, ~np.isnan(high), np.append(np.arange(len(low) - 1), -1)
        )

    @classmethod
    def joined(
        cls, tables: Sequence[Limits], ids: Sequence[np.ndarray]
    ) -> tuple[Limits, list[np.ndarray]]:
        """Put tables after one another; return with them where the ids of each lie now."""
        sizes = [len(table.base) for table in tables]
        starts = np.cumsum([0, *sizes[:-1]])

        def placed(of: Sequence[np.ndarray]) -> list[np.ndarray]:
            # -1 is the last element of its own table.
            return [s + one % size for one, s, size in zip(of, starts, sizes, strict=True)]

        every = {f.name: [getattr(table, f.name) for table in tables] for f in fields(cls)}
        every["base"] = placed(every["base"])
        return cls(**{name: np.concatenate(parts) for name, parts in every.items()}), placed(ids)

    def as_stated(self) -> Limits:
        """Return the limits as if no case without limit applied where another one can."""
        longest = np.where(np.isinf(self.longest), self.stated, self.longest)
        return replace(self, longest=np.where(np.isnan(longest), self.longest, longest))

    def without_evidence(self) -> Limits:
        """Return the limits that hold when nothing is known of a spell but code and day."""
        return Limits(**{f.name: getattr(self, f.name)[self.base] for f in fields(self)})


def bounds(cases: Iterable[Row], month_days: int) -> dict[str, float]:
    """Give the limits of a set of cases, in days.

    `cases`: rows with max_number, max_unit, min_number, min_unit. `month_days`: 30 or 31. Returns
    the columns longest, shortest, stated, least_min, most_min; see the module.

    >>> month = {"max_number": 1, "max_unit": "mo", "min_number": None, "min_unit": None}
    >>> found = bounds([month, {**month, "max_number": None}], 30)
    >>> found["longest"], found["shortest"], found["stated"]
    (inf, 30.0, 30.0)
    """
    rows = list(cases)
    tops = [limit_days(row["max_number"], row["max_unit"], month_days) for row in rows]
    lows = [limit_days(row["min_number"], row["min_unit"], month_days) or 0 for row in rows]
    finite = [float(day) for day in tops if day is not None]
    return {
        "longest": math.inf if None in tops or not tops else max(finite),
        "shortest": min(finite, default=math.inf),
        "stated": max(finite, default=math.nan),
        "least_min": float(min(lows, default=0)),
        "most_min": float(max(lows, default=0)),
    }


class PossibleSets:
    """Numbers sets of possible cases; equal sets with equal evidence share a number.

    `newest`: case id → its row with the newest content, for the sensitivity to later corrections.
    """

    def __init__(self, newest: Mapping[str, Row]) -> None:
        self._newest = newest
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._rows: list[dict[str, Any]] = []
        self._members: list[tuple[int, str, str]] = []

    def number(self, every: Sequence[Row], possible: Sequence[Row], evidence: str = "") -> int:
        """Give the number of a set.

        `every`: all cases in force of the code; they decide whether it is judged. `possible`: those
        that what is known leaves; the same without evidence. `evidence`: what removed cases, ""
        where nothing did.
        """
        key = (_identity(every), _identity(possible), evidence)
        if key not in self._numbers:
            base = self.number(every, every) if evidence else len(self._rows)
            number = self._numbers[key] = len(self._rows)
            self._rows.append(self._row(number, base, every, possible, evidence))
            self._members += sorted({(number, r["case_id"], r["edition"]) for r in possible})
        return self._numbers[key]

    def _row(self, number, base, every, possible, evidence) -> dict[str, Any]:
        newest = [self._newest.get(row["case_id"], row) for row in possible]
        judged = any(row["max_number"] is not None for row in every)
        row: dict[str, Any] = {
            "match_id": number,
            "base_id": base,
            "evidence": evidence or None,
            "is_judged": judged,
            "n_cases": len({r["case_id"] for r in possible}),
            "n_without_limit": len({r["case_id"] for r in possible if r["max_number"] is None}),
            "webcert_days": webcert_days(possible),
        }
        for month in MONTH_CONVENTIONS:
            row |= {f"{end}_days_{month}": v for end, v in bounds(possible, month).items()}
            corrected = bounds(newest, month)
            row |= {f"newest_{end}_days_{month}": corrected[end] for end in _ENDS[:2]}
        return row

    @property
    def sets(self) -> pl.DataFrame:
        """One row per set: `match_id`, `base_id`, what narrowed it, its limits in days."""
        import polars as pl  # only who builds a store numbers sets

        schema = {
            "match_id": pl.Int32,
            "base_id": pl.Int32,
            "evidence": pl.String,
            "is_judged": pl.Boolean,
            "n_cases": pl.Int32,
            "n_without_limit": pl.Int32,
            **{f"{end}_days_{m}": pl.Float64 for m in MONTH_CONVENTIONS for end in _ENDS},
            **{
                f"newest_{end}_days_{m}": pl.Float64 for m in MONTH_CONVENTIONS for end in _ENDS[:2]
            },
            "webcert_days": pl.Float64,
        }
        return pl.DataFrame(self._rows, schema=schema, orient="row")

    @property
    def members(self) -> pl.DataFrame:
        """One row per set and case: `match_id`, `case_id`, `edition`."""
        import polars as pl

        schema = {"match_id": pl.Int32, "case_id": pl.String, "edition": pl.String}
        return pl.DataFrame(self._members, schema=schema, orient="row")


@dataclass(frozen=True)
class DatedLimit:
    """An upper limit in force in a year, with the days on which it came or went in it."""

    days: int
    #: `since`, `until`: first day in force, when it was added during the year; last day, when it
    #: was withdrawn.
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class YearLimits:
    """Which limits the spells of a year are held against."""

    #: The stated limit that most of the spells have, among those that can be seen: the single day
    #: of a figure. None without one.
    main_day: int | None
    limits: tuple[DatedLimit, ...]  #: Every upper limit of the year, ascending.
    #: `unlimited_share`, `only_unlimited_share`: shares of the judged spells for which a case
    #: without limit is possible, and for which nothing else is.
    unlimited_share: float
    only_unlimited_share: float
    #: Last day of the limits withdrawn during the year, when they alone keep the lower bound of the
    #: share over the limit above 0; else None.
    lifted_until: date | None
    #: Whether a shortest limit that was not withdrawn during the year can be seen (or none of such
    #: cases has one): else the upper bound tells of those withdrawn alone.
    is_upper_lasting: bool = True

    @property
    def withdrawn(self) -> tuple[DatedLimit, ...]:
        """The limits that ended during the year."""
        return tuple(limit for limit in self.limits if limit.until is not None)


def year_limits(
    spells: Mapping[int, float],
    limits: Limits,
    ends: Mapping[int, date],
    cases: Iterable[tuple[float, date, date]],
    *,
    year: int | None,
    entry_day: int,
) -> YearLimits:
    """Say which limits hold for the spells of a year.

    `spells`: set of possible cases (match_id) → spells of the year that have it. `ends`: set → the
    day after it was last in force. `cases` (of (days, valid_from, valid_to)): upper limits in force
    in the year; NaN days: none. `valid_to` is exclusive. `year`: none: all years; then nothing is
    dated. `entry_day`: a limit up to it cannot be seen.
    """
    judged = {k: n for k, n in spells.items() if limits.is_judged[k] and n > 0}
    total = sum(judged.values())
    is_open = {k: math.isinf(limits.longest[k]) for k in judged}
    after = date(year + 1, 1, 1) if year else date.max
    gone = {k for k in judged if ends.get(k, date.max) < after} if year else set()
    lasting = [is_open[k] for k in judged if k not in gone]
    lifting = [ends[k] for k in gone if not is_open[k] and limits.longest[k] > entry_day]
    is_lifted = bool(lifting) and bool(lasting) and all(lasting)
    uppers = [limits.shortest[k] > entry_day for k in judged if k not in gone]

    def share(n: float) -> float:
        return n / total if total else math.nan

    return YearLimits(
        main_day=main_day(judged, limits, entry_day),
        limits=_dated(cases, year),
        unlimited_share=share(sum(n for k, n in judged.items() if is_open[k])),
        only_unlimited_share=share(
            sum(n for k, n in judged.items() if math.isinf(limits.shortest[k]))
        ),
        lifted_until=max(lifting) - timedelta(days=1) if is_lifted else None,
        is_upper_lasting=not uppers or any(uppers),
    )


def main_day(spells: Mapping[int, float], limits: Limits, entry_day: int) -> int | None:
    """Give the one day of a figure or a design: the stated limit that most of the spells have.

    `spells`: set of possible cases (match_id) → spells that have it; -1 for none. `entry_day`: a
    limit up to it cannot be seen. Returns the days, the larger of equally common ones; None where
    no limit can be seen.

    >>> main_day({0: 5, 1: 5, 2: 90}, Limits.plain([60, 90, 14], [60, 90, 14]), 14)
    90
    """
    by_day: dict[int, float] = defaultdict(float)
    for k, n in spells.items():
        if limits.stated[k] > entry_day and n > 0:
            by_day[int(limits.stated[k])] += n
    return max(by_day, key=lambda day: (by_day[day], day), default=None)


def standing_day(periods: Iterable[tuple[date, date]], year: int) -> date:
    """Give the day that stands for a year: what was in force on it, was in force the longest.

    Where there is no register to count spells in (published statistics, a page's list of cases),
    spells are taken to begin evenly over the year.

    `periods` (of (valid_from, valid_to)): validity of an entry's cases; `valid_to` is exclusive.
    Returns the first day of the longest stretch of the year with cases and without a change; the
    later of equal ones. The last day of the year without any case.

    >>> whole, withdrawn = (date(2015, 11, 15), date.max), (date(2015, 11, 15), date(2017, 1, 30))
    >>> standing_day([whole, withdrawn], 2017)
    datetime.date(2017, 1, 30)
    """
    spans = list(periods)
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    edges = {day for span in spans for day in span if first < day < after}
    days = sorted({first, after, *edges})
    stretches = [
        (end - start, start)
        for start, end in pairwise(days)
        if any(a <= start < b for a, b in spans)
    ]
    return max(stretches)[1] if stretches else after - timedelta(days=1)


def _dated(cases: Iterable[tuple[float, date, date]], year: int | None) -> tuple[DatedLimit, ...]:
    spans: dict[int, tuple[date, date]] = {}
    for days, start, end in cases:
        if not math.isnan(days):
            first, last = spans.get(int(days), (start, end))
            spans[int(days)] = (min(first, start), max(last, end))
    if year is None:
        return tuple(DatedLimit(days) for days in sorted(spans))
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    return tuple(
        DatedLimit(
            days,
            since=start if start > first else None,
            until=end - timedelta(days=1) if end < after else None,
        )
        for days, (start, end) in sorted(spans.items())
    )


def _identity(rows: Iterable[Row]) -> frozenset[Any]:
    return frozenset(tuple(row[name] for name in _IDENTITY) for row in rows)


def webcert_days(cases: Iterable[Row]) -> float:
    """Give the limit at which Webcert warns: the largest stored number, in months of 31 days."""
    numbers = [limit_days(row["number"], row["unit"], 31) for row in cases]
    return float(max((n for n in numbers if n is not None), default=math.nan))
