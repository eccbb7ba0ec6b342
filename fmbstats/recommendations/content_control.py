"""Content control of an edition, as its own editors would want it: what, where, what to do."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from fmbstats import codes
from fmbstats.recommendations import diff_output
from fmbstats.recommendations.diff import code_sets, entry_names, length_words
from fmbstats.recommendations.limits import disagrees
from fmbstats.sources.fmb.edition_tables import Edition

SCHEMA = {
    "check": pl.String,
    "severity": pl.String,
    "kind": pl.String,
    "item_id": pl.String,
    "item": pl.String,
    "codes": pl.String,
    "finding": pl.String,
    "advice": pl.String,
}
#: Check → severity, heading and what to do about a finding; in the order they are listed.
CHECKS = {
    "two_limits": (
        "error",
        "Two limits for the same case",
        "State what sets the cases apart as a criterion, or keep one of them.",
    ),
    "text_number": (
        "error",
        "The wording says otherwise than the number",
        "Correct the one that is wrong.",
    ),
    "two_entries": ("error", "A code claimed by two entries", "Leave the code with one entry."),
    "no_entry": (
        "error",
        "A case without an entry",
        "Add the case's codes to an entry, or withdraw the case.",
    ),
    "unknown_code": (
        "error",
        "A code that ICD-10-SE does not have",
        "Correct the code, or use the code list of the edition's year.",
    ),
    "fill_dates": (
        "warning",
        "Starts of validity that run day by day",
        "A spreadsheet may have counted up a copied date: set one start for all.",
    ),
    "open_ended": (
        "warning",
        "An open-ended length stored as a maximum",
        "Mark it as open-ended: readers and programs take the number for a limit.",
    ),
    "relative": (
        "warning",
        "A length on top of another stored as a maximum",
        "State the whole length from the first day: the number is taken for it.",
    ),
    "sentence_number": (
        "warning",
        "The public sentence names only other lengths than the number",
        "Read the sentence again; correct the one that is wrong.",
    ),
    "no_case": (
        "warning",
        "A code of an entry that no case has",
        "Add the code to the cases that hold for it.",
    ),
    "no_number": (
        "note",
        "No number",
        "Give one where there is one; 'Uppgift saknas' helps nobody.",
    ),
    "doubtful": (
        "note",
        "A wording that can be read in more ways than one",
        "Say plainly whether there is an upper limit; until then it is read as having none.",
    ),
}


_ON_TOP = "additional"


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
        for check, (severity, heading, advice) in CHECKS.items():
            rows = self.of(check)
            if rows.is_empty():
                continue
            lines += ["", f"{severity}: {heading} ({rows.height})", f"  → {advice}"]
            for row in rows.iter_rows(named=True):
                place = f"{row['kind']} {row['item_id']}".ljust(12)
                lines.append(f"  {place} {row['codes']:<12} {row['finding']}  [{row['item']}]")
        return "\n".join(lines)


def check_content(edition: Edition, icd10se: Collection[str] | None = None) -> ContentReport:
    """Run every check over an edition.

    Parameters
    ----------
    edition : Edition
    icd10se : collection of str, optional
        All codes of ICD-10-SE, normalised; without it codes are not looked up.

    Returns
    -------
    ContentReport
    """
    context = _Context(edition, icd10se)
    rows = []
    for check, (severity, _, advice) in CHECKS.items():
        for finding in _FINDERS[check](context):
            rows.append({"check": check, "severity": severity, "advice": advice, **finding})
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return ContentReport(edition.name, frame)


class _Context:
    """An edition with its code sets at hand."""

    def __init__(self, edition: Edition, icd10se: Collection[str] | None) -> None:
        self.edition = edition
        self.icd10se = icd10se
        self.cases = {row["case_id"]: row for row in edition.cases.iter_rows(named=True)}
        self.case_codes = code_sets(edition.case_codes, "case_id")
        self.entry_codes = code_sets(edition.entry_codes, "entry_id")
        self.entries = dict(edition.entries.select("entry_id", "name").iter_rows())
        self.name_of_code = entry_names(edition)
        self.criteria: dict[str, frozenset[tuple[Any, ...]]] = {}
        for row in edition.criteria.iter_rows():
            self.criteria[row[0]] = self.criteria.get(row[0], frozenset()) | {row[1:]}

    def case(self, case_id: str, finding: str) -> dict[str, str]:
        have = sorted(self.case_codes.get(case_id, ()))
        item = next((self.name_of_code[c] for c in have if c in self.name_of_code), "")
        return _finding("case", case_id, item, have, finding)

    def entry(self, entry_id: str, some: list[str], finding: str) -> dict[str, str]:
        return _finding("entry", entry_id, self.entries.get(entry_id, ""), some, finding)


def _finding(kind: str, item_id: str, item: str, some: list[str], finding: str) -> dict[str, str]:
    said = ", ".join(codes.dotted(c) for c in some[:3]) + (", …" if len(some) > 3 else "")
    return {"kind": kind, "item_id": item_id, "item": item, "codes": said, "finding": finding}


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


def _text_number(context: _Context) -> Iterator[dict[str, str]]:
    for case_id, row in context.cases.items():
        if disagrees(row) or row["contradicts"] == "text":
            stored = length_words(row)
            yield context.case(case_id, f"says {row['length_text']!r}, stores {stored}")


def _sentence_number(context: _Context) -> Iterator[dict[str, str]]:
    for case_id, row in context.cases.items():
        is_other = disagrees(row, "sentence_lengths") or row["contradicts"] == "sentence"
        if is_other and not (disagrees(row) or row["contradicts"] == "text"):
            said = (row["sentence_lengths"] or "no length").replace(" | ", ", ")
            yield context.case(case_id, f"the sentence names {said}; stored is {length_words(row)}")


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
    known = set(context.name_of_code)
    for case_id in context.cases:
        have = context.case_codes.get(case_id, frozenset())
        if not have & known:
            yield context.case(case_id, "no entry has any of its codes")
        elif have - known:
            stray = ", ".join(codes.dotted(c) for c in sorted(have - known))
            yield context.case(case_id, f"no entry has its code {stray}")


def _unknown_code(context: _Context) -> Iterator[dict[str, str]]:
    if context.icd10se is None:
        return
    for entry_id, have in context.entry_codes.items():
        for code in sorted(have - set(context.icd10se)):
            yield context.entry(entry_id, [code], "not in the code list")
    for case_id, have in context.case_codes.items():
        for code in sorted(have - set(context.icd10se) - set(context.name_of_code)):
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


def _open_ended(context: _Context) -> Iterator[dict[str, str]]:
    for case_id, row in context.cases.items():
        if row["number"] is not None and row["max_number"] is None and row["limit_kind"] != _ON_TOP:
            stored = length_words(row)
            yield context.case(case_id, f"says {row['length_text']!r}, stores {stored}")


def _relative(context: _Context) -> Iterator[dict[str, str]]:
    for case_id, row in context.cases.items():
        if row["limit_kind"] == _ON_TOP:
            stored = length_words(row)
            yield context.case(case_id, f"says {row['length_text']!r}, stores {stored}")


def _doubtful(context: _Context) -> Iterator[dict[str, str]]:
    for case_id, row in context.cases.items():
        if row["is_doubtful"]:
            yield context.case(case_id, f"{row['length_text']!r}, read as {row['limit_kind']}")


def _no_case(context: _Context) -> Iterator[dict[str, str]]:
    if context.edition.source.get("case_codes") == "one":
        return  # the service gives one code per case: nothing follows from it
    covered = set().union(*context.case_codes.values()) if context.case_codes else set()
    for entry_id, have in context.entry_codes.items():
        for code in sorted(have - covered):
            yield context.entry(entry_id, [code], "no case has this code")


def _no_number(context: _Context) -> Iterator[dict[str, str]]:
    for case_id, row in context.cases.items():
        if row["number"] is None:
            reason = row["limit_reason"] or row["limit_kind"]
            yield context.case(case_id, f"{reason}: {row['length_text']!r}")


_FINDERS: dict[str, Callable[[_Context], Iterator[dict[str, str]]]] = {
    "two_limits": _two_limits,
    "text_number": _text_number,
    "two_entries": _two_entries,
    "no_entry": _no_entry,
    "unknown_code": _unknown_code,
    "fill_dates": _fill_dates,
    "open_ended": _open_ended,
    "relative": _relative,
    "sentence_number": _sentence_number,
    "no_case": _no_case,
    "no_number": _no_number,
    "doubtful": _doubtful,
}
