"""Content control of an edition, as its own editors would want it: what, where, what to do."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import polars as pl

from fmbstats import codes
from fmbstats.recommendations import diff_output
from fmbstats.recommendations.diff import EditionItems, length_words
from fmbstats.recommendations.limits import disagrees
from fmbstats.sources.fmb.edition_tables import Edition

SCHEMA = dict.fromkeys(
    ("check", "severity", "kind", "item_id", "item", "codes", "finding", "advice"), pl.String
)


@dataclass(frozen=True, eq=False)
class ContentReport:
    """The findings of the content control of one edition."""

    edition: str
    #: One row per finding, columns of `SCHEMA`; severity "error", "warning" or "note".
    frame: pl.DataFrame

    def __repr__(self) -> str:
        return f"<ContentReport {self.edition}: {self.frame.height} findings>"

    def of(self, check: str) -> pl.DataFrame:
        """Give the findings of one check."""
        return self.frame.filter(pl.col("check") == check)

    @property
    def n_errors(self) -> int:
        """Number of findings that cannot be right."""
        return self.frame.filter(pl.col("severity") == "error").height

    def csv(self) -> str:
        """Write the findings as CSV; text that a spreadsheet would run is quoted."""
        return diff_output.csv(self.frame)

    def text(self) -> str:
        """Write the findings for a terminal, each under its heading with what to do."""
        lines = [f"Edition {self.edition}: {self.frame.height} findings, {self.n_errors} errors"]
        for check, about in CHECKS.items():
            rows = self.of(check)
            if rows.is_empty():
                continue
            lines += ["", f"{about.severity}: {about.heading} ({rows.height})"]
            lines.append(f"  → {about.advice}")
            for row in rows.iter_rows(named=True):
                place = f"{row['kind']} {row['item_id']}".ljust(12)
                lines.append(f"  {place} {row['codes']:<12} {row['finding']}  [{row['item']}]")
        return "\n".join(lines)


def check_content(edition: Edition, icd10se: Collection[str] | None = None) -> ContentReport:
    """Run every check over an edition; without all codes of ICD-10-SE none is looked up."""
    context = _Context(edition, icd10se)
    rows = [
        {"check": name, "severity": check.severity, "advice": check.advice, **finding}
        for name, check in CHECKS.items()
        for finding in check.find(context)
    ]
    return ContentReport(edition.name, pl.DataFrame(rows, schema=SCHEMA, orient="row"))


class _Context(EditionItems):
    """An edition with what the checks need at hand."""

    def __init__(self, edition: Edition, icd10se: Collection[str] | None) -> None:
        super().__init__(edition)
        self.icd10se = icd10se
        self.names = self.name_of_code
        self.criteria: dict[str, frozenset[tuple[Any, ...]]] = {}
        for row in edition.criteria.iter_rows():
            self.criteria[row[0]] = self.criteria.get(row[0], frozenset()) | {row[1:]}

    def case(self, case_id: str, finding: str) -> dict[str, str]:
        have = sorted(self.case_codes.get(case_id, ()))
        item = next((self.names[c] for c in have if c in self.names), "")
        return _finding("case", case_id, item, have, finding)

    def entry(self, entry_id: str, some: list[str], finding: str) -> dict[str, str]:
        item = self.entries[entry_id]["name"] if entry_id in self.entries else ""
        return _finding("entry", entry_id, item, some, finding)


def _finding(kind: str, item_id: str, item: str, some: list[str], finding: str) -> dict[str, str]:
    said = ", ".join(codes.dotted(c) for c in some[:3]) + (", …" if len(some) > 3 else "")
    return {"kind": kind, "item_id": item_id, "item": item, "codes": said, "finding": finding}


Finder = Callable[[_Context], Iterator[dict[str, str]]]


def _two_limits(context: _Context) -> Iterator[dict[str, str]]:
    """Find cases that no fact tells apart but whose limits differ."""
    alike: dict[Any, list[str]] = {}
    for case_id, row in context.cases.items():
        criteria = context.criteria.get(case_id, frozenset())
        key = (context.case_codes.get(case_id), criteria, row["degree"], row["valid_from"])
        alike.setdefault(key, []).append(case_id)
    for ids in alike.values():
        for first, second in itertools.combinations(ids, 2):
            a, b = (length_words(context.cases[i]) for i in (first, second))
            if a != b and "no number" not in (a, b):
                yield context.case(first, f"{a}, while case {second} says {b}, by equal criteria")


def _of_cases(is_found: Callable[[dict], Any], says: Callable[[dict], str]) -> Finder:
    """Make the finder of a check that looks at one case at a time."""

    def find(context: _Context) -> Iterator[dict[str, str]]:
        for case_id, row in context.cases.items():
            if is_found(row):
                yield context.case(case_id, says(row))

    return find


def _is_other(row: dict[str, Any]) -> bool:
    return disagrees(row) or row["contradicts"] == "text"


def _is_on_top(row: dict[str, Any]) -> bool:
    return row["limit_kind"] == "additional"


def _both(row: dict[str, Any]) -> str:
    return f"says {row['length_text']!r}, stores {length_words(row)}"


def _of_sentence(row: dict[str, Any]) -> str:
    said = (row["sentence_lengths"] or "no length").replace(" | ", ", ")
    return f"the sentence names {said}; stored is {length_words(row)}"


def _two_entries(context: _Context) -> Iterator[dict[str, str]]:
    owners: dict[str, list[str]] = {}
    for entry_id, have in context.entry_codes.items():
        for code in have:
            owners.setdefault(code, []).append(entry_id)
    for code, ids in sorted(owners.items()):
        if len(ids) > 1:
            first, *others = sorted(ids)
            yield context.entry(first, [code], f"also claimed by entry {', '.join(others)}")


def _no_entry(context: _Context) -> Iterator[dict[str, str]]:
    for case_id in context.cases:
        have = context.case_codes.get(case_id, frozenset())
        stray = sorted(have - context.names.keys())
        if len(stray) == len(have):
            yield context.case(case_id, "no entry has any of its codes")
        elif stray:
            said = ", ".join(map(codes.dotted, stray))
            yield context.case(case_id, f"no entry has its code {said}")


def _unknown_code(context: _Context) -> Iterator[dict[str, str]]:
    if context.icd10se is None:
        return
    for entry_id, have in context.entry_codes.items():
        for code in sorted(have - set(context.icd10se)):
            yield context.entry(entry_id, [code], "not in the code list")
    for case_id, have in context.case_codes.items():
        for code in sorted(have - set(context.icd10se) - context.names.keys()):
            yield context.case(case_id, f"{codes.dotted(code)} is not in the code list")


def _fill_dates(context: _Context) -> Iterator[dict[str, str]]:
    """Find runs of cases with the same codes whose starts are three or more days in a row."""
    groups: dict[frozenset[str], list[tuple[date, str]]] = {}
    for case_id, row in context.cases.items():
        key = context.case_codes.get(case_id, frozenset())
        groups.setdefault(key, []).append((row["valid_from"], case_id))
    for starts in groups.values():
        days = sorted({day for day, _ in starts})
        if len(days) > 2 and all(b - a == timedelta(days=1) for a, b in itertools.pairwise(days)):
            _, first = min(starts)
            others = ", ".join(i for _, i in sorted(starts)[1:])
            yield context.case(first, f"{days[0]} to {days[-1]}, with cases {others}")


def _no_case(context: _Context) -> Iterator[dict[str, str]]:
    if context.has_one_code:  # nothing follows from it
        return
    covered = set().union(*context.case_codes.values())
    for entry_id, have in context.entry_codes.items():
        for code in sorted(have - covered):
            yield context.entry(entry_id, [code], "no case has this code")


class Check(NamedTuple):
    """What an editor is told of the findings of one check, and what finds them."""

    severity: str
    heading: str
    advice: str
    find: Finder


#: In the order they are listed.
CHECKS = {
    "two_limits": Check(
        "error", "Two limits for the same case",
        "State what sets the cases apart as a criterion, or keep one of them.", _two_limits,
    ),
    "text_number": Check(
        "error", "The wording says otherwise than the number",
        "Correct the one that is wrong.", _of_cases(_is_other, _both),
    ),
    "two_entries": Check(
        "error", "A code claimed by two entries",
        "Leave the code with one entry.", _two_entries,
    ),
    "no_entry": Check(
        "error", "A case without an entry",
        "Add the case's codes to an entry, or withdraw the case.", _no_entry,
    ),
    "unknown_code": Check(
        "error", "A code that ICD-10-SE does not have",
        "Correct the code, or use the code list of the edition's year.", _unknown_code,
    ),
    "fill_dates": Check(
        "warning", "Starts of validity that run day by day",
        "A spreadsheet may have counted up a copied date: set one start for all.", _fill_dates,
    ),
    "open_ended": Check(
        "warning", "An open-ended length stored as a maximum",
        "Mark it as open-ended: readers and programs take the number for a limit.",
        _of_cases(
            lambda row: row["number"] is not None
            and row["max_number"] is None
            and not _is_on_top(row),
            _both,
        ),
    ),
    "relative": Check(
        "warning", "A length on top of another stored as a maximum",
        "State the whole length from the first day: the number is taken for it.",
        _of_cases(_is_on_top, _both),
    ),
    "sentence_number": Check(
        "warning", "The public sentence names only other lengths than the number",
        "Read the sentence again; correct the one that is wrong.",
        _of_cases(
            lambda row: not _is_other(row)
            and (disagrees(row, "sentence_lengths") or row["contradicts"] == "sentence"),
            _of_sentence,
        ),
    ),
    "no_case": Check(
        "warning", "A code of an entry that no case has",
        "Add the code to the cases that hold for it.", _no_case,
    ),
    "no_number": Check(
        "note", "No number",
        "Give one where there is one; 'Uppgift saknas' helps nobody.",
        _of_cases(
            lambda row: row["number"] is None,
            lambda row: f"{row['limit_reason'] or row['limit_kind']}: {row['length_text']!r}",
        ),
    ),
    "doubtful": Check(
        "note", "A wording that can be read in more ways than one",
        "Say plainly whether there is an upper limit; until then it is read as having none.",
        _of_cases(
            lambda row: row["is_doubtful"],
            lambda row: f"{row['length_text']!r}, read as {row['limit_kind']}",
        ),
    ),
}  # fmt: skip
