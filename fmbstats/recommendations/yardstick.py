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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from fmbstats.recommendations.limits import MONTH_CONVENTIONS, limit_days

Row = Mapping[str, Any]
#: What tells one possible case from another: which case, and what it said at the time.
_IDENTITY = (
    "case_id", "max_number", "max_unit", "min_number", "min_unit", "limit_kind", "limit_reason",
)  # fmt: skip
_ENDS = ("longest", "shortest", "stated", "least_min", "most_min")
SETS_SCHEMA = {
    "match_id": pl.Int32,
    "base_id": pl.Int32,
    "evidence": pl.String,
    "is_judged": pl.Boolean,
    "n_cases": pl.Int32,
    "n_without_limit": pl.Int32,
    **{f"{end}_days_{m}": pl.Float64 for m in MONTH_CONVENTIONS for end in _ENDS},
    **{f"newest_{end}_days_{m}": pl.Float64 for m in MONTH_CONVENTIONS for end in _ENDS[:2]},
    "webcert_days": pl.Float64,
}
MEMBERS_SCHEMA = {"match_id": pl.Int32, "case_id": pl.String, "edition": pl.String}


@dataclass(frozen=True, eq=False)
class Limits:
    """Limits of sets of possible cases, by ``match_id``; a last element stands for id -1 (none).

    Attributes
    ----------
    longest, shortest : ndarray of float, shape (n_sets + 1,)
        Days; ``inf``: a case without limit is possible, or no case with one. NaN where not judged.
        0: no sick leave recommended.
    stated : ndarray of float
        Largest finite limit of the possible cases; NaN where none has one.
    least_min, most_min : ndarray of float
        Smallest and largest lower end over the cases; a case that states none counts as 0.
    is_judged : ndarray of bool
        Whether some case of the code has a limit at all; the rest is not judged.
    base : ndarray of int
        The set before anything was known of the spell; the id itself where nothing is.
    """

    longest: np.ndarray
    shortest: np.ndarray
    stated: np.ndarray
    least_min: np.ndarray
    most_min: np.ndarray
    is_judged: np.ndarray
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
    def plain(cls, shortest: Sequence[float], longest: Sequence[float]) -> Limits:
        """Make limits of two lists; NaN where a set is not judged."""
        low, high = (np.append(np.asarray(v, dtype=float), np.nan) for v in (shortest, longest))
        finite = np.where(np.isfinite(high), high, np.where(np.isfinite(low), low, np.nan))
        none = np.zeros(len(low))
        return cls(
            high, low, finite, none, none, ~np.isnan(high), np.append(np.arange(len(low) - 1), -1)
        )

    def without_evidence(self) -> Limits:
        """Return the limits that hold when nothing is known of a spell but code and day."""
        parts = (self.longest, self.shortest, self.stated, self.least_min, self.most_min)
        return Limits(*(p[self.base] for p in parts), self.is_judged[self.base], self.base)


def bounds(cases: Iterable[Row], month_days: int) -> dict[str, float]:
    """Give the limits of a set of cases, in days.

    Parameters
    ----------
    cases : iterable of mapping
        Rows with max_number, max_unit, min_number, min_unit.
    month_days : {30, 31}

    Returns
    -------
    dict
        longest, shortest, stated, least_min, most_min; see the module.

    Examples
    --------
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

    Parameters
    ----------
    newest : mapping of str to row
        Case id → its row with the newest content, for the sensitivity to later corrections.
    """

    def __init__(self, newest: Mapping[str, Row]) -> None:
        self._newest = newest
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._rows: list[dict[str, Any]] = []
        self._members: list[tuple[int, str, str]] = []

    def number(self, every: Sequence[Row], possible: Sequence[Row], evidence: str = "") -> int:
        """Give the number of a set.

        Parameters
        ----------
        every : sequence of rows
            All cases in force of the code; they decide whether it is judged.
        possible : sequence of rows
            Those that what is known leaves; the same without evidence.
        evidence : str
            What removed cases, "" where nothing did.
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
        """One row per set: columns of `SETS_SCHEMA`."""
        return pl.DataFrame(self._rows, schema=SETS_SCHEMA, orient="row")

    @property
    def members(self) -> pl.DataFrame:
        """One row per set and case: columns of `MEMBERS_SCHEMA`."""
        return pl.DataFrame(self._members, schema=MEMBERS_SCHEMA, orient="row")


def _identity(rows: Iterable[Row]) -> frozenset[Any]:
    return frozenset(tuple(row[name] for name in _IDENTITY) for row in rows)


def webcert_days(cases: Iterable[Row]) -> float:
    """Give the limit at which Webcert warns: the largest stored number, in months of 31 days."""
    numbers = [limit_days(row["number"], row["unit"], 31) for row in cases]
    return float(max((n for n in numbers if n is not None), default=math.nan))
