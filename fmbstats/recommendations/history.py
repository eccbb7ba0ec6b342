"""Every code and case with its period of validity, joined from all editions.

Rules, in the order they apply:

* Only editions of *production* quality count; the partial 2015-11 and the development feed of
  2017-10 neither start nor end a recommendation.
* Editions are linked by item id; the two services number alike. The same id with another start
  of validity is a new version of the case; with the same start it is a correction, and then the
  newest edition's content rules for the whole period (the correction stays in the changes).
* An id that vanishes ends, code by code, where its successors begin: the cases with that code
  that are first seen in the next edition; where a code has none, those with another of its codes
  (the entry was rewritten without the code). Without any it ends on the day of that edition.
  When the successors' start is no later than its own, the case was only renumbered: the
  successors hold for the whole period, and the old id is listed as ``renumbered``.
* The RIV-TA service names one code per case. The codes of such a version are completed from
  another edition, of any quality, that has the same id and limit.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from fmbstats.recommendations import diff
from fmbstats.recommendations.diff import CHANGES, code_sets, compare_editions, length_words
from fmbstats.recommendations.limits import disagrees
from fmbstats.sources.fmb.edition_tables import Edition

FACTS = (
    "length_text",
    "number",
    "unit",
    "degree",
    "is_open_ended",
    "is_event_bound",
    "has_number",
    "no_number_reason",
    "content_hash",
)
SCHEMA = {
    "code": pl.String,
    "case_id": pl.String,
    "entry_id": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "ended_by": pl.String,
    "edition": pl.String,
    "first_edition": pl.String,
    "last_edition": pl.String,
    "codes_from": pl.String,
    "length_text": pl.String,
    "number": pl.Int32,
    "unit": pl.String,
    "degree": pl.String,
    "is_open_ended": pl.Boolean,
    "is_event_bound": pl.Boolean,
    "has_number": pl.Boolean,
    "no_number_reason": pl.String,
    "content_hash": pl.String,
}


@dataclass(frozen=True, eq=False)
class _Seen:
    """An edition with what the joining needs at hand."""

    name: str
    day: date
    edition: Edition
    cases: dict[str, dict[str, Any]]
    case_codes: dict[str, frozenset[str]]
    entries: dict[str, dict[str, Any]]
    entry_codes: dict[str, frozenset[str]]


@dataclass(frozen=True, eq=False)
class _Version:
    """A case or entry with one start of validity: what rules, and where it was seen."""

    item_id: str
    facts: dict[str, Any]
    valid_from: date
    ends: date | None
    ruling: int
    first: int


def _seen(edition: Edition) -> _Seen:
    return _Seen(
        edition.name,
        date.fromisoformat(edition.source["fetched_date"]),
        edition,
        {row["case_id"]: row for row in edition.cases.iter_rows(named=True)},
        code_sets(edition.case_codes, "case_id"),
        {row["entry_id"]: row for row in edition.entries.iter_rows(named=True)},
        code_sets(edition.entry_codes, "entry_id"),
    )


def validity_periods(editions: Sequence[Edition]) -> pl.DataFrame:
    """Give one row per code, case and version with its period of validity.

    Parameters
    ----------
    editions : sequence of Edition
        Oldest first, any quality.

    Returns
    -------
    polars.DataFrame
        Columns of `SCHEMA`. ``valid_to`` is exclusive, null while in force; ``ended_by`` is
        "successor", "next_edition", "new_version", "stated", "renumbered" (never in force) or
        null; ``edition`` is the one whose content rules. A code that its entry names without any
        case has ``case_id`` null. Rows of one code and case never overlap.
    """
    everything = [_seen(e) for e in editions]
    seen = [s for s in everything if s.edition.is_production]
    rows = [row for case in _all_ids(seen, "cases") for row in _case_rows(case, seen, everything)]
    rows += _codes_without_case(seen, rows)
    rows.sort(key=lambda r: (r["code"], r["valid_from"], r["case_id"] or "", r["entry_id"] or ""))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def changes(editions: Sequence[Edition]) -> pl.DataFrame:
    """Give every change between successive production editions, oldest first.

    Columns from_edition, to_edition and those of `diff.SCHEMA`.
    """
    production = [e for e in editions if e.is_production]
    found = [compare_editions(a, b) for a, b in itertools.pairwise(production)]
    frames = [
        d.frame.select(pl.lit(d.old).alias("from_edition"), pl.lit(d.new).alias("to_edition"), "*")
        for d in found
    ]
    schema = {"from_edition": pl.String, "to_edition": pl.String, **diff.SCHEMA}
    return pl.concat([pl.DataFrame(schema=schema), *frames])


def changes_in_words(editions: Sequence[Edition], found: pl.DataFrame) -> dict[str, str]:
    """Give case id → what happened to it, in words, oldest first.

    Parameters
    ----------
    editions : sequence of Edition
    found : polars.DataFrame
        As `changes` gives them.
    """
    said: dict[str, list[str]] = {}
    for row in found.filter(pl.col("kind") == "case").iter_rows(named=True):
        words = CHANGES[row["change"]]
        if row["change"] == "length" and row["is_silent"]:
            words = "length corrected silently"
        sides = [side for side in (row["old"], row["new"]) if side]
        both = f": {' → '.join(sides)}" if row["change"] not in ("new", "withdrawn", "text") else ""
        said.setdefault(row["item_id"], []).append(f"{row['to_edition']} {words}{both}")
    for edition in (e for e in editions if e.is_production):
        for row in edition.cases.iter_rows(named=True):
            if disagrees(row):
                said.setdefault(row["case_id"], []).append(
                    f"{edition.name} text says otherwise than the number"
                )
    return {case: "; ".join(sorted(words)) for case, words in said.items()}


def _all_ids(seen: Sequence[_Seen], table: str) -> list[str]:
    return sorted({item for s in seen for item in getattr(s, table)})


def _versions(item_id: str, seen: Sequence[_Seen], table: str) -> list[_Version]:
    """Split what was seen of an item into versions by start of validity."""
    runs: list[tuple[date, int, int]] = []  # start, first and last position seen
    for position, s in enumerate(seen):
        item = getattr(s, table).get(item_id)
        if item is None:
            continue
        if runs and runs[-1][0] == item["valid_from"]:
            runs[-1] = (runs[-1][0], runs[-1][1], position)
        else:
            runs.append((item["valid_from"], position, position))
    found = []
    for number, (start, first, last) in enumerate(runs):
        later = runs[number + 1][0] if number + 1 < len(runs) else None
        facts = getattr(seen[last], table)[item_id]
        found.append(_Version(item_id, facts, start, later, last, first))
    return found


def _case_rows(
    case_id: str, seen: Sequence[_Seen], everything: Sequence[_Seen]
) -> Iterator[dict[str, Any]]:
    for version in _versions(case_id, seen, "cases"):
        ruling = seen[version.ruling]
        codes, codes_from = _codes(version, ruling, everything)
        for code in sorted(codes):
            valid_to, ended_by = _end(version, code, codes, seen)
            yield {
                "code": code,
                "case_id": case_id,
                "entry_id": _entry_of(code, codes, version.ruling, seen),
                "valid_from": version.valid_from,
                "valid_to": valid_to,
                "ended_by": ended_by,
                "edition": ruling.name,
                "first_edition": seen[version.first].name,
                "last_edition": ruling.name,
                "codes_from": codes_from,
                **{fact: version.facts[fact] for fact in FACTS},
            }


def _codes(
    version: _Version, ruling: _Seen, everything: Sequence[_Seen]
) -> tuple[frozenset[str], str]:
    """Give a version's codes and the edition they are from."""
    own = ruling.case_codes.get(version.item_id, frozenset())
    if ruling.edition.source.get("case_codes") != "one":
        return own, ruling.name
    for other in reversed(everything):
        item = other.cases.get(version.item_id)
        codes = other.case_codes.get(version.item_id, frozenset())
        if (
            item is not None
            and other.edition.source.get("case_codes") != "one"
            and length_words(item) == length_words(version.facts)
            and own <= codes
        ):
            return codes, other.name
    return own, ruling.name


def _end(
    version: _Version, code: str, codes: frozenset[str], seen: Sequence[_Seen]
) -> tuple[date | None, str | None]:
    """Say when a version stops covering a code (exclusive) and why."""
    if version.ends is not None:
        return max(version.ends, version.valid_from), "new_version"
    stated = version.facts["valid_to"]
    if stated is not None:
        return max(stated + timedelta(days=1), version.valid_from), "stated"
    if version.ruling == len(seen) - 1:
        return None, None
    starts = _successor_starts(version, frozenset([code]), seen)
    if starts and starts[0] <= version.valid_from:
        return version.valid_from, "renumbered"
    starts = starts or [
        day for day in _successor_starts(version, codes, seen) if day > version.valid_from
    ]
    if starts:
        return starts[0], "successor"
    return max(seen[version.ruling + 1].day, version.valid_from), "next_edition"


def _successor_starts(
    version: _Version, codes: frozenset[str], seen: Sequence[_Seen]
) -> list[date]:
    """Give the starts, sorted, of cases with one of `codes` first seen in the next edition."""
    following = seen[version.ruling + 1]
    earlier = {case for s in seen[: version.ruling + 1] for case in s.cases}
    return sorted(
        following.cases[case]["valid_from"]
        for case, have in following.case_codes.items()
        if have & codes and case not in earlier
    )


def _entry_of(
    code: str, case_codes: frozenset[str], ruling: int, seen: Sequence[_Seen]
) -> str | None:
    """Find the entry of a case by code: in the ruling edition, else in the nearest later one."""
    for s in [*seen[ruling:], *reversed(seen[:ruling])]:
        claims = [e for e, have in s.entry_codes.items() if code in have]
        if claims:
            return min(claims, key=lambda e: (-len(s.entry_codes[e] & case_codes), e))
    return None


def _codes_without_case(
    seen: Sequence[_Seen], rows: Iterable[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Give the codes that an entry names while no case ever has them during its validity."""
    covered = [
        (r["code"], r["valid_from"], r["valid_to"]) for r in rows if r["ended_by"] != "renumbered"
    ]
    spans: dict[str, list[tuple[date, date | None]]] = {}
    for code, start, end in covered:
        spans.setdefault(code, []).append((start, end))
    for entry_id in _all_ids(seen, "entries"):
        positions = [n for n, s in enumerate(seen) if entry_id in s.entries]
        first, last = seen[positions[0]], seen[positions[-1]]
        start = min(seen[n].entries[entry_id]["valid_from"] for n in positions)
        end = _entry_end(entry_id, start, positions[-1], seen)
        for code in sorted(last.entry_codes.get(entry_id, frozenset())):
            for gap_start, gap_end in _gaps(start, end, spans.get(code, [])):
                yield {
                    "code": code,
                    "case_id": None,
                    "entry_id": entry_id,
                    "valid_from": gap_start,
                    "valid_to": gap_end,
                    "ended_by": None if gap_end is None else "next_edition",
                    "edition": last.name,
                    "first_edition": first.name,
                    "last_edition": last.name,
                    "codes_from": last.name,
                    **dict.fromkeys(FACTS),
                    "is_open_ended": False,
                    "is_event_bound": False,
                    "has_number": False,
                    "no_number_reason": "no_case",
                }


def _entry_end(entry_id: str, start: date, last: int, seen: Sequence[_Seen]) -> date | None:
    """Give the day an entry ends (exclusive), by the same rule as for a case."""
    if last == len(seen) - 1:
        return None
    have, following = seen[last].entry_codes.get(entry_id, frozenset()), seen[last + 1]
    starts = [
        following.entries[other]["valid_from"]
        for other, codes in following.entry_codes.items()
        if codes & have and other not in seen[last].entries
    ]
    return min((day for day in starts if day > start), default=max(following.day, start))


def _gaps(
    start: date, end: date | None, spans: list[tuple[date, date | None]]
) -> Iterator[tuple[date, date | None]]:
    """Give what `spans` leave open of [start, end)."""
    horizon = date.max
    at, stop = start, end or horizon
    for span_start, span_end in sorted(spans, key=lambda s: s[0]):
        if span_start > at:
            yield at, min(span_start, stop)
        at = max(at, span_end or horizon)
        if at >= stop:
            return
    if at < stop:
        yield at, None if stop == horizon else stop
