"""Every code and case with its period of validity and what was published of it at the time.

Rules, in the order they apply:

* Only editions of *production* quality count; the partial 2015-11 and the development feed of
  2017-10 neither start nor end a recommendation, though an end that they state is believed.
* Editions are linked by item id; the two services number alike. The same id with another start
  of validity is a new version of the case.
* **As published at the time:** on a day the content of the last edition up to it that holds the
  case is in force; before the first one, that of the first (``published_from`` says since when it
  was public). A later silent correction changes nothing of the past; it stays in the changes.
* A case that an earlier edition does not hold, although its stated start lies before that edition,
  was not public then: it begins on the day of the first edition that has it.
* An id that vanishes ends, code by code, where its successors begin: the cases with that code
  that are first seen in the next edition; where a code has none, those with another of its codes
  (the entry was rewritten without the code). Without any it ends on the day of that edition.
* The RIV-TA service names one code per case. The codes of such a version are those of the first
  complete edition, of any quality, that has the same id.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from fmbstats.recommendations import diff
from fmbstats.recommendations.diff import EditionItems, compare_editions
from fmbstats.recommendations.diff_output import words_in
from fmbstats.recommendations.limits import disagrees
from fmbstats.sources.fmb.edition_tables import SCHEMAS, Edition

FACTS = (
    "length_text", "number", "unit", "degree", "max_number", "max_unit", "min_number", "min_unit",
    "limit_kind", "limit_reason", "is_doubtful", "contradicts", "content_hash",
)  # fmt: skip
# What makes a content another one; a wording is often changed without meaning anything else.
_CONTENT = ("max_number", "max_unit", "min_number", "min_unit", "limit_kind", "limit_reason")
SCHEMA = {
    **dict.fromkeys(("code", "case_id", "entry_id"), pl.String),
    **dict.fromkeys(("valid_from", "valid_to"), pl.Date),
    "ended_by": pl.String,
    "published_from": pl.Date,
    **dict.fromkeys(("edition", "first_edition", "last_edition", "codes_from"), pl.String),
    **{fact: SCHEMAS["cases"][fact] for fact in FACTS},
}


class _Seen(EditionItems):
    """An edition with what the joining needs at hand."""

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self.name = edition.name
        self.day = date.fromisoformat(edition.source["fetched_date"])


@dataclass(frozen=True, eq=False)
class _Version:
    """A case with one start of validity, and the positions of the editions that hold it so.

    `begins` is the day since which it is in force: its start, or the day it was first published
    when an earlier edition shows that it was not public before.
    """

    item_id: str
    begins: date
    ends: date | None
    stated_end: date | None
    held: tuple[int, ...]


def validity_periods(editions: Sequence[Edition]) -> pl.DataFrame:
    """Give one row per code, case and stretch of time with one content.

    `editions`: oldest first, any quality. Returns a frame with the columns of `SCHEMA`.
    ``valid_to`` is exclusive, null while in force; ``ended_by`` is "successor", "next_edition",
    "new_version", "stated", "correction" (another content of the same case follows), "left_out" (a
    later edition drops the code) or null; ``edition`` is the last one with this content. A code
    that its entry names without any case has ``case_id`` null. Rows of one code and case never
    overlap.
    """
    everything = [_Seen(e) for e in editions]
    seen = [s for s in everything if s.edition.is_production]
    rows = [
        row for case in _versions(seen, everything) for row in _case_rows(case, seen, everything)
    ]
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

    `found`: as `changes` gives them.
    """
    said: dict[str, list[str]] = {}
    for row in found.filter(pl.col("kind") == "case").iter_rows(named=True):
        words = words_in("en")[row["change"]]
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


def _versions(seen: Sequence[_Seen], everything: Sequence[_Seen]) -> Iterator[_Version]:
    """Split what was seen of every case into versions by start of validity."""
    for case_id in _all_ids(seen, "cases"):
        starts = [
            (n, s.cases[case_id]["valid_from"]) for n, s in enumerate(seen) if case_id in s.cases
        ]
        grouped = itertools.groupby(starts, lambda pair: pair[1])
        runs = [(start, tuple(n for n, _ in held)) for start, held in grouped]
        laters = [start for start, _ in runs[1:]]
        for (start, held), later in itertools.zip_longest(runs, laters):
            begins = start if held != runs[0][1] else _public_start(start, held[0], seen)
            stated = _stated_end(case_id, start, everything)
            yield _Version(case_id, begins, later, stated, held)


def _public_start(start: date, first: int, seen: Sequence[_Seen]) -> date:
    """Give the day since which an item first seen in an edition was in force and public."""
    was_missing = first > 0 and seen[first - 1].day > start
    return seen[first].day if was_missing else start


def _stated_end(case_id: str, start: date, everything: Sequence[_Seen]) -> date | None:
    """Give the first day after the end that some edition states for a version."""
    items = [s.cases[case_id] for s in reversed(everything) if case_id in s.cases]
    ends = (item["valid_to"] for item in items if item["valid_from"] == start)
    last = next(filter(None, ends), None)
    return last and last + timedelta(days=1)


def _case_rows(
    version: _Version, seen: Sequence[_Seen], everything: Sequence[_Seen]
) -> Iterator[dict[str, Any]]:
    def content(position: int) -> tuple[Any, ...]:
        """What an edition says of the case's length."""
        facts = seen[position].cases[version.item_id]
        return tuple(facts[fact] for fact in _CONTENT)

    codes = {p: _codes(version, seen[p], everything) for p in version.held}
    every = frozenset().union(*(have for have, _ in codes.values()))
    for code in sorted(every):
        held = [p for p in version.held if code in codes[p][0]]
        end, ended_by = _end(version, code, every, held, seen)
        runs = [list(run) for _, run in itertools.groupby(held, key=content)]
        for number, run in enumerate(runs):
            is_last = number + 1 == len(runs)
            start = version.begins if number == 0 else max(seen[run[0]].day, version.begins)
            stop = end if is_last else max(seen[runs[number + 1][0]].day, version.begins)
            yield {
                "code": code,
                "case_id": version.item_id,
                "entry_id": _entry_of(code, every, run[-1], seen),
                "valid_from": start,
                "valid_to": stop,
                "ended_by": ended_by if is_last else "correction",
                **_published(seen[run[0]], seen[run[-1]]),
                "codes_from": codes[run[0]][1],
                **{fact: seen[run[-1]].cases[version.item_id][fact] for fact in FACTS},
            }


def _published(first: _Seen, last: _Seen) -> dict[str, Any]:
    """Say since when a content was public, and in which editions."""
    return {
        "published_from": first.day,
        "edition": last.name,
        "first_edition": first.name,
        "last_edition": last.name,
    }


def _codes(
    version: _Version, held_by: _Seen, everything: Sequence[_Seen]
) -> tuple[frozenset[str], str]:
    """Give a version's codes in one edition, and the edition they are from."""
    own = held_by.case_codes.get(version.item_id, frozenset())
    if not held_by.has_one_code:
        return own, held_by.name
    complete = [s for s in everything if not s.has_one_code]
    for other in sorted(complete, key=lambda s: not s.edition.is_production):
        codes = other.case_codes.get(version.item_id, frozenset())
        if own <= codes:
            return codes, other.name
    return own, held_by.name


def _end(
    version: _Version, code: str, codes: frozenset[str], held: Sequence[int], seen: Sequence[_Seen]
) -> tuple[date | None, str | None]:
    """Say when a version stops covering a code (exclusive) and why."""
    last = held[-1]
    if last != version.held[-1]:
        following = next(p for p in version.held if p > last)
        return max(seen[following].day, version.begins), "left_out"
    if version.ends is not None:
        return max(version.ends, version.begins), "new_version"
    if version.stated_end is not None:
        return max(version.stated_end, version.begins), "stated"
    if last == len(seen) - 1:
        return None, None
    starts = _successor_starts(version, frozenset([code]), seen)
    starts = starts or _successor_starts(version, codes, seen)
    if starts:
        return starts[0], "successor"
    return max(seen[last + 1].day, version.begins), "next_edition"


def _successor_starts(
    version: _Version, codes: frozenset[str], seen: Sequence[_Seen]
) -> list[date]:
    """Give the starts, sorted, of cases with one of `codes` first seen in the next edition."""
    position = version.held[-1] + 1
    following = seen[position]
    earlier = {case for s in seen[:position] for case in s.cases}
    starts = (
        _public_start(following.cases[case]["valid_from"], position, seen)
        for case, have in following.case_codes.items()
        if have & codes and case not in earlier
    )
    return sorted(day for day in starts if day > version.begins)


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
    spans: dict[str, list[tuple[date, date | None]]] = {}
    for row in rows:
        spans.setdefault(row["code"], []).append((row["valid_from"], row["valid_to"]))
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
                    **_published(first, last),
                    "codes_from": last.name,
                    **dict.fromkeys(FACTS),
                    "limit_reason": "no_case",
                    "is_doubtful": False,
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
    at, stop = start, end or date.max
    for span_start, span_end in sorted(spans, key=lambda s: s[0]):
        if at < min(span_start, stop):
            yield at, min(span_start, stop)
        at = max(at, span_end or date.max)
    if at < stop:
        yield at, end
