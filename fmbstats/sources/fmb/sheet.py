"""An edition, or another guideline, from a sheet that somebody has written: one line per case.

What stands on a page, in a book or in a letter comes in this way, checked like any edition; the
columns are in ``data_raw/fmb/README.md``. The wording is read by the same rules as FMB's own; where
the columns ``max_number`` … ``limit_reason`` say what the limit is, they rule. A case can have a
factor (INSS multiplies its times by work and age): its limit is then so many times the number.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from fmbstats import codes
from fmbstats.errors import SourceError
from fmbstats.sources.fmb.edition_tables import ALLOWED, Edition, check_edition, tables_of
from fmbstats.sources.fmb.items import add_slugs, content_hash, length_facts, slug_of, whole_number
from fmbstats.sources.fmb.reading import UNIT_DAYS
from fmbstats.sources.published.grids import SHOWN, Grid, read_sheet_of
from fmbstats.sources.sidecar import listed_files

REQUIRED = ("entry", "case", "codes", "wording", "number", "unit", "degree", "valid_from",
            "source", "seen")  # fmt: skip
LIMIT = ("max_number", "max_unit", "min_number", "min_unit", "limit_kind", "limit_reason")
CRITERIA = (*ALLOWED["criteria", "criterion"],)
_OF_ENTRY = ("valid_from", "valid_to", "version")
OPTIONAL = ("entry_id", "case_id", "entry_codes", "disease_group", "valid_to", "updated", "version",
            *(f"entry_{name}" for name in _OF_ENTRY), "factor", *CRITERIA, *LIMIT)  # fmt: skip
COLUMNS = (*REQUIRED, *OPTIONAL)
#: Terms of a criterion that are alternatives; one wording can name several codes.
_OR, _CODES = " / ", re.compile(r"[\s,;]+")
_UNITS = {"d": "d", "dag": "d", "dagar": "d", "day": "d", "days": "d", "wk": "wk", "vecka": "wk",
          "veckor": "wk", "week": "wk", "weeks": "wk", "mo": "mo", "månad": "mo", "månader": "mo",
          "month": "mo", "months": "mo"}  # fmt: skip
_DEGREES = {"full": "full", "heltid": "full", "part": "part", "deltid": "part", "": None}


def read_sheet(path: Path, source: dict[str, Any]) -> Edition:
    """Read an edition from a sheet (CSV or workbook, the first sheet with cells).

    `source`: sidecar fields edition, quality, fetched_date, url, title, publisher, licence_note.
    Raises SourceError: a column is missing or unknown, a cell cannot be taken; names line and
    column.
    """
    grid, columns = read_sheet_of(path, COLUMNS, REQUIRED, "a sheet")
    cases = [_Case(grid, row, columns) for row in range(1, len(grid.rows))]
    if not cases:
        raise SourceError(f"{path.name}: a header but no cases.")
    tables = _tables(cases)
    url = source["url"] or "; ".join(sorted({case.text("source") for case in cases}))
    said = {"url": url, "files": listed_files([(path, len(cases))])}
    edition = Edition(**tables, source=source | said)
    check_edition(edition, path.name)
    return edition


def write_sheet(edition: Edition) -> str:
    """Return an edition as the text of a sheet, one line per case and entry; a template as well."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    owners = _owners(edition)
    case_codes = _by(edition.case_codes, "case_id", "code")
    criteria = _criteria_texts(edition)
    named = {row["entry_id"]: row for row in edition.entries.iter_rows(named=True)}
    entry_codes = _by(edition.entry_codes, "entry_id", "code")
    seen = {"source": edition.source["title"], "seen": edition.source["fetched_date"]}
    for case in edition.cases.iter_rows(named=True):
        case_id = case["case_id"]
        own = {name: case[name] for name in COLUMNS if name in case}
        for entry_id in owners[case_id]:
            entry = named[entry_id]
            writer.writerow({  # None is written as an empty field
                **own,
                **criteria.get(case_id, {}),
                **seen,
                "entry": entry["name"],
                "entry_id": entry_id,
                "disease_group": entry["disease_group"],
                "entry_codes": " ".join(entry_codes.get(entry_id, [])),
                "case": case_id,
                "codes": " ".join(case_codes.get(case_id, [])),
                "wording": case["length_text"],
                **{f"entry_{name}": entry[name] for name in _OF_ENTRY},
            })  # fmt: skip
    return text.getvalue()


def is_sheet(path: Path) -> bool:
    """Tell whether a file is to be read as a sheet: by its name."""
    return path.suffix.lower() in (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods")


def _by(table, key: str, value: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one, other in table.select(key, value).iter_rows():
        found.setdefault(one, []).append(other)
    return found


def _owners(edition: Edition) -> dict[str, dict[str, None]]:
    """Return the entries of each case, as keys: by code, as everywhere."""
    of_code = _by(edition.entry_codes, "code", "entry_id")
    found: dict[str, dict[str, None]] = {}
    for case_id, code in edition.case_codes.iter_rows():
        owners = next((of_code[c] for c in codes.parents(code) if c in of_code), ())
        found.setdefault(case_id, {}).update(dict.fromkeys(owners))
    return found


def _criteria_texts(edition: Edition) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    one_each = edition.criteria.select("case_id", "criterion", "term").unique(maintain_order=True)
    for case_id, criterion, term in one_each.iter_rows():
        of_case = found.setdefault(case_id, {})
        of_case[criterion] = f"{of_case[criterion]}{_OR}{term}" if criterion in of_case else term
    return found


class _Case:
    """One line of the sheet; every fault names line and column."""

    def __init__(self, grid: Grid, row: int, columns: dict[str, int]) -> None:
        self._said = {name: grid.cell(row, n) for name, n in columns.items()}
        self._place = f"{grid.name}, line {grid.lines[row]}"
        for name in ("entry", "case", "codes", "valid_from", "source", "seen"):
            if not self.text(name):
                raise self.fault(name, "is empty.")
        self.day("seen")

    def text(self, name: str) -> str:
        return self._said.get(name, "")

    def fault(self, column: str, what: str) -> SourceError:
        return SourceError(f"{self._place}, column {column!r}: {what}")

    def day(self, name: str) -> date | None:
        text = self.text(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise self.fault(name, f"{text[:SHOWN]!r} is no date such as 2021-05-24.") from None

    def codes(self, name: str = "codes") -> list[str]:
        found = [part for part in _CODES.split(self.text(name)) if part]
        try:
            return list(dict.fromkeys(codes.normalise(code) for code in found))
        except codes.CodeError as error:
            raise self.fault(name, str(error)) from None

    @property
    def entry_id(self) -> str:
        given = self.text("entry_id")
        if given and not re.fullmatch(r"[0-9A-Za-z._-]{1,80}", given):
            what = f"{given[:SHOWN]!r} is no id: letters, digits, . _ - only."
            raise self.fault("entry_id", what)
        return given or slug_of(self.text("entry"))

    @property
    def case_id(self) -> str:
        given = self.text("case_id") or self.text("case")
        is_id = re.fullmatch(r"[0-9A-Za-z._-]{1,40}", given)
        return given if is_id else f"{self.entry_id}-{slug_of(given)}"

    def number(self, name: str) -> int | None:
        text = self.text(name)
        found = whole_number(text)
        if text and found is None:
            raise self.fault(name, f"{text[:SHOWN]!r} is no whole number from 0 to 9999.")
        return found

    def word(self, name: str, known: dict[str, Any]) -> Any:
        text = self.text(name).lower()
        if text and text not in known:
            shown = ", ".join(dict.fromkeys(str(v) for v in known.values() if v))
            raise self.fault(name, f"{text[:SHOWN]!r} is not one of {shown}.")
        return known.get(text)

    def length(self) -> tuple[int | None, str | None]:
        """Return number and unit; with a factor the days that it makes of them."""
        number, unit = self.number("number"), self.word("unit", _UNITS)
        if (number is None) != (unit is None):
            raise self.fault("unit", "number and unit stand together, or neither is there.")
        factor = self.text("factor").replace(",", ".")
        if not factor or number is None:
            return number, unit
        if not re.fullmatch(r"\d{1,2}(?:\.\d+)?", factor) or float(factor) <= 0:
            raise self.fault("factor", f"{factor[:SHOWN]!r} is no number above 0, such as 1.5.")
        return round(number * UNIT_DAYS[unit] * float(factor)), "d"

    def facts(self) -> dict[str, Any]:
        """Return what the case says of its length, as every edition holds it."""
        number, unit = self.length()
        wording = self.text("wording")
        degree = self.word("degree", _DEGREES)
        found = length_facts(self.case_id, wording, None, number, unit, degree)
        if self.text("limit_kind"):
            found |= self._limit()
        elif self.text("factor") and found["max_number"] is not None:
            found |= {"max_number": number, "max_unit": unit, "contradicts": None}
        return found

    def _limit(self) -> dict[str, Any]:
        found: dict[str, Any] = {n: self.number(n) for n in LIMIT if n.endswith("number")}
        found |= {n: self.word(n, _UNITS) for n in LIMIT if n.endswith("unit")}
        kinds = {kind: kind for kind in ALLOWED["cases", "limit_kind"]}
        found |= {"limit_kind": self.word("limit_kind", kinds)}
        return found | {"limit_reason": self.text("limit_reason") or None, "contradicts": None}

    def period(self) -> dict[str, Any]:
        return {
            "valid_from": self.day("valid_from"),
            "valid_to": self.day("valid_to"),
            "updated_date": self.day("updated") or self.day("valid_from"),
            "version": self.text("version") or "1",
            "content_hash": content_hash(self._said),
        }

    def entry_period(self) -> dict[str, Any]:
        """Return when the entry holds: as its own columns say, else as the case does."""
        found = self.period()
        if first := self.day("entry_valid_from"):
            found |= {"valid_from": first, "valid_to": self.day("entry_valid_to")}
        return found | {"version": self.text("entry_version") or found["version"]}

    def criteria(self) -> Iterator[dict[str, Any]]:
        for criterion in CRITERIA:
            for term in filter(None, self.text(criterion).split(_OR)):
                yield {
                    "case_id": self.case_id,
                    "criterion": criterion,
                    "group_no": 1,
                    "code": slug_of(term),
                    "code_system": "sheet",
                    "term": term,
                    "status": None,
                }


def _tables(cases: list[_Case]) -> dict[str, Any]:
    entries: dict[str, dict[str, Any]] = {}
    rows: dict[str, dict[str, Any]] = {}
    entry_codes, case_codes = [], []
    criteria: list[dict[str, Any]] = []
    for case in cases:
        about = {"entry_id": case.entry_id, "name": case.text("entry"), "slug": ""}
        groups = dict.fromkeys(
            ("disease_group", "disease_group_name"), case.text("disease_group") or None
        )
        entry = about | groups | case.entry_period()
        known = entries.setdefault(case.entry_id, entry)
        known["valid_from"] = min(known["valid_from"], entry["valid_from"])
        named = [*case.codes("entry_codes"), *case.codes()]
        entry_codes += [
            {"entry_id": case.entry_id, "code": code, "code_name": None} for code in named
        ]
        said = {"case_id": case.case_id, **case.facts(), **case.period()}
        # Lines of a case for two entries differ in what they say of the entry, and so in hash.
        other = rows.setdefault(case.case_id, said)
        if other | {"content_hash": ""} != said | {"content_hash": ""}:
            raise case.fault("case", f"{case.case_id!r} stands twice with different content.")
        case_codes += [{"case_id": case.case_id, "code": code} for code in case.codes()]
        criteria += case.criteria()
    listed = list(entries.values())
    add_slugs(listed)
    found = tables_of(entries=listed, entry_codes=entry_codes, cases=rows.values(),
                      case_codes=case_codes, criteria=criteria, icf=[])  # fmt: skip
    return {name: table.unique(maintain_order=True) for name, table in found.items()}
