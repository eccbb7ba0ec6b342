"""Known cases: what is known of a spell removes cases from the set of those that are possible.

A rule is a fact: *if* a spell has this evidence, *then* of the entry's cases only this one (with
others that have the same evidence) is possible, or never this one. Rules that follow from a code's
own name are shipped; all others are the user's. Rules only ever remove cases; where evidence
contradicts itself and nothing would be left, all cases stay possible and the spell is counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from fmbstats import codes
from fmbstats.errors import SourceError
from fmbstats.sources.fmb.edition_tables import Edition
from fmbstats.sources.fmb.rule_files import EFFECTS, EVIDENCE, read_rule_rows, rule_files

CODE = EVIDENCE[0]
ONLY, NEVER = EFFECTS
CONTRADICTORY = "contradictory"
_OLDEST = 200
# What values of a kind of evidence look like, and what is said of others. Classes of occupations
# such as "heavy" are those that a user's table gives; see `rule_files`.
_FORMS = {
    "sex": (r"women|men", "is neither women nor men"),
    "age": (r"\d{1,3}-\d{0,3}", "is no span of ages, such as 16-39"),
    "occupation": (r"[a-z][a-z_]*|\d{1,4}", "is no beginning of a code of occupation"),
    "procedure": (r"[A-Z]{1,3}[A-Z0-9]{0,4}", "is no beginning of a code of procedure"),
}
# A code with what is known of a spell beside it is one text: "F32|comorbidity:F10;sex:women".
_MORE, _NEXT, _IS = "|", ";", ":"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class CaseRule:
    """One fact about when a case is possible."""

    entry_id: str
    case_id: str
    evidence: str  #: One of `EVIDENCE`.
    #: The beginning of a code (diagnosis, occupation SSYK, procedure KVÅ), "women" or "men", or an
    #: age "16-39".
    value: str
    effect: str
    source: str  #: Where the fact comes from.
    approved_by: str
    approved_on: date

    def holds(self, known: Mapping[str, Iterable[str]]) -> bool:
        """Tell whether a spell has the evidence; `known` is kind of evidence → its values."""
        fits = _FITS.get(self.evidence, str.startswith)
        return any(fits(value, self.value) for value in known.get(self.evidence, ()))


def _is_age(years: str, span: str) -> bool:
    """Whether an age, or all ages of a span, lie in another span."""
    low, high = _span(span)
    least, most = _span(years) if "-" in years else (int(years), int(years))
    return low <= least and most <= high


def _span(ages: str) -> tuple[int, int]:
    low, _, high = ages.partition("-")
    return int(low), int(high or _OLDEST)


_FITS: Mapping[str, Callable[[str, str], bool]] = {"age": _is_age, "sex": str.__eq__}


def value_fault(evidence: str, value: str) -> str | None:
    """Say what is wrong with the value of a rule; None when nothing is.

    >>> value_fault("age", "16-39"), value_fault("sex", "x")
    (None, 'is neither women nor men')
    """
    if evidence in (CODE, "comorbidity"):
        fault = None if codes.is_code(value) else "is no ICD-10-SE code"
        return fault or (None if codes.normalise(value) == value else "must be written without dot")
    pattern, words = _FORMS[evidence]
    return None if re.fullmatch(pattern, value) else words


def known_of(text: str) -> tuple[str, dict[str, list[str]]]:
    """Part a code from what is known of a spell beside it.

    >>> known_of("F32|comorbidity:F10;sex:women")
    ('F32', {'comorbidity': ['F10'], 'sex': ['women']})
    """
    code, _, more = text.partition(_MORE)
    known: dict[str, list[str]] = {}
    for fact in filter(None, more.split(_NEXT)):
        kind, _, value = fact.partition(_IS)
        known.setdefault(kind, []).append(value)
    return code, known


def asked_of(rules: Iterable[CaseRule], entry_ids: Iterable[str]) -> list[tuple[str, str]]:
    """Return what the rules of some entries ask beside the code: (evidence, value), sorted."""
    wanted = set(entry_ids)
    asked = {(r.evidence, r.value) for r in rules if r.entry_id in wanted and r.evidence != CODE}
    return sorted(asked)


@dataclass(frozen=True)
class Narrowed:
    """The cases that are left, and what removed the others."""

    cases: tuple[Row, ...]
    #: Kinds of evidence that removed a case, by plus signs; "contradictory" where nothing would
    #: have been left; "" where nothing was removed.
    evidence: str


def narrowed(
    cases: Sequence[Row], rules: Iterable[CaseRule], known: Mapping[str, Iterable[str]]
) -> Narrowed:
    """Remove the cases that what is known of a spell excludes.

    `cases`: with entry_id and case_id. `known`: kind of evidence → values: the spell's code,
    further diagnoses, and so on.

    >>> rule = CaseRule("1", "a", "code", "F320", "only", "", "", date(2026, 1, 1))
    >>> two = [{"entry_id": "1", "case_id": c} for c in "ab"]
    >>> [row["case_id"] for row in narrowed(two, [rule], {"code": ["F320"]}).cases]
    ['a']
    """
    entries = {row["entry_id"] for row in cases}
    held = [rule for rule in rules if rule.entry_id in entries and rule.holds(known)]
    left = list(cases)
    used: list[str] = []
    for kind in EVIDENCE:
        own = [rule for rule in held if rule.evidence == kind]
        fewer = [row for row in left if _is_possible(row, own)]
        if len(fewer) < len(left):
            left, used = fewer, [*used, kind]
    if not left and cases:
        return Narrowed(tuple(cases), CONTRADICTORY)
    return Narrowed(tuple(left), "+".join(used))


def _is_possible(row: Row, rules: Sequence[CaseRule]) -> bool:
    own = [rule for rule in rules if rule.entry_id == row["entry_id"]]
    only = {rule.case_id for rule in own if rule.effect == ONLY}
    never = {rule.case_id for rule in own if rule.effect == NEVER}
    return row["case_id"] not in never and (not only or row["case_id"] in only)


def read_rules(data_raw: Path, editions: Sequence[Edition]) -> tuple[CaseRule, ...]:
    """Read all case rules of a data folder, the shipped ones and the user's own.

    Raises SourceError: a file is malformed, or a rule names a case or an entry that no edition has.
    """
    return tuple(rule for path in rule_files(data_raw) for rule in read_rule_file(path, editions))


def read_rule_file(path: Path, editions: Sequence[Edition]) -> tuple[CaseRule, ...]:
    """Read one file of case rules and hold it against the editions; see `read_rules`."""
    known = {
        "entry_id": {i for e in editions for i in e.entries["entry_id"]},
        "case_id": {i for e in editions for i in e.cases["case_id"]},
    }
    rules = []
    for row in read_rule_rows(path):
        where = f"{path}, line {row.pop('line')}, column"
        for column, ids in known.items():
            if row[column] not in ids:
                raise SourceError(f"{where} {column!r}: no edition of FMB has {row[column]!r}.")
        if fault := value_fault(row["evidence"], row["value"]):
            raise SourceError(f"{where} 'value': {row['value']!r} {fault}.")
        rules.append(CaseRule(**row))
    return tuple(rules)
