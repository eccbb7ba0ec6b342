"""Reader of the older RIV-TA 2.1 service (2015-2017): two SOAP answers in XML → `Edition`.

``underlagsId`` and ``informationsId`` are the number series of the JSON service: editions of the
two are linked by id; the partial edition 2015-11 has placeholders (``B.1``) that link to nothing.
Each case names **one** code, though the JSON service gives it all codes of its entry: the sidecar
says so (``case_codes: "one"``), and `fmbstats.recommendations.history` completes them. In 2015-11
some SNOMED CT codes and terms have changed places; they are put right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from fmbstats import codes
from fmbstats.errors import SourceError
from fmbstats.sources.fmb import items, wording
from fmbstats.sources.fmb.edition_tables import Edition, check_edition, tables_of
from fmbstats.sources.fmb.sidecars import read_bytes
from fmbstats.sources.settings_files import is_deeper

_SERVICE = "urn:riv:processmanagement:decisionsupport:insurancemedicinedecisionsupport"
CASES_ROOT = f"{{{_SERVICE}:GetFmbResponder:1}}GetFmbResponse"
ENTRIES_ROOT = f"{{{_SERVICE}:GetDiagnosInformationResponder:1}}GetDiagnosInformationResponse"
_ITEMS = {CASES_ROOT: "beslutsunderlag", ENTRIES_ROOT: "diagnosInformation"}
_DEGREES = {"heltid": "full", "deltid": "part"}
_SNOMED = "1.2.752.116.2.1.1"
_CRITERIA = (
    ("severity", "urvalSvarighetsgrad", None),
    ("course", "urvalSjukdomsforlopp", None),
    ("workload", "urvalArbetsbelastning", None),
    ("complication", "urvalKomplicerandeFaktor", None),
    ("procedure", "urvalUtfordAtgard", "performed"),
    ("procedure", "urvalPagaendeAtgard", "ongoing"),
    ("procedure", "urvalPlaneradAtgard", "planned"),
    ("comorbidity", "urvalSamsjuklighet", None),
)


# An answer has nine.
_MOST_LEVELS = 50


def read_rivta(paths: Iterable[Path], source: dict[str, Any]) -> Edition:
    """Read an edition from the answers of GetFmb and GetDiagnosInformation, in any order.

    `paths`: the two XML files. `source`: sidecar fields, as for `fmb_json.read_json`. Raises
    SourceError: a file is truncated, foreign, holds entities, or an item lacks a field.
    """
    read, files = items.one_of_each(paths, _load, _ITEMS)
    cases = _case_tables(read[CASES_ROOT])
    one_code = cases["case_codes"].height == cases["cases"].height
    edition = Edition(
        **_entry_tables(read[ENTRIES_ROOT]),
        **cases,
        source={**source, "files": files} | ({"case_codes": "one"} if one_code else {}),
    )
    check_edition(edition, ", ".join(f["name"] for f in files))
    return edition


def _load(path: Path) -> tuple[str, list[_Node]]:
    try:
        root = fromstring(read_bytes(path))
    except ParseError as error:
        line, column = error.position
        raise SourceError(
            f"{path}, line {line}, column {column}: not whole XML ({str(error).split(':')[0]}). "
            "The file may be truncated: get it again."
        ) from None
    except DefusedXmlException as error:
        raise SourceError(
            f"{path}: refused, it declares entities ({type(error).__name__}); no FMB answer does."
        ) from None
    if is_deeper(root, _MOST_LEVELS, list):
        raise SourceError(f"{path}: refused, nested more than {_MOST_LEVELS} levels deep.")
    if root.tag not in _ITEMS:
        raise SourceError(
            f"{path}: not an FMB answer: the root is {root.tag[-60:]!r}; expected "
            "GetFmbResponse or GetDiagnosInformationResponse."
        )
    found = [child for child in root if _local(child) == _ITEMS[root.tag]]
    if not found:
        raise SourceError(f"{path}: holds no {_ITEMS[root.tag]!r}.")
    return root.tag, [_Node(e, f"{path}, item {n}") for n, e in enumerate(found, start=1)]


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


class _Node:
    """An item's element with its place; every missing field says where."""

    def __init__(self, element: Element, place: str) -> None:
        self.element, self.place = element, place

    def find(self, *path: str) -> Element | None:
        element: Element | None = self.element
        for name in path:
            children = () if element is None else element
            element = next((c for c in children if _local(c) == name), None)
        return element

    def all(self, name: str) -> Iterator[_Node]:
        return (_Node(c, self.place) for c in self.element if _local(c) == name)

    def maybe(self, *path: str) -> str:
        element = self.find(*path)
        return wording.tidy(element.text) if element is not None else ""

    def text(self, *path: str) -> str:
        value = self.maybe(*path)
        if not value:
            raise SourceError(f"{self.place}: field {'/'.join(path)!r} is missing.")
        return value

    def day(self, *path: str) -> date | None:
        value = self.maybe(*path)
        try:
            return date.fromisoformat(f"{value[:4]}-{value[4:6]}-{value[6:8]}") if value else None
        except ValueError:
            raise SourceError(
                f"{self.place}, {'/'.join(path)!r}: {value[:20]!r} is not a date YYYYMMDD."
            ) from None

    def codes(self) -> list[tuple[str, str]]:
        found = []
        for diagnosis in self.all("huvuddiagnos"):
            code = diagnosis.text("kod", "code")
            try:
                found.append((codes.normalise(code), diagnosis.maybe("kod", "displayName")))
            except codes.CodeError:
                raise SourceError(
                    f"{self.place}, 'huvuddiagnos': {code[:40]!r} is not an ICD-10-SE code."
                ) from None
        if not found:
            raise SourceError(f"{self.place}: field 'huvuddiagnos' is missing.")
        return list(dict(found).items())

    def period(self, updated: date | None, version: str) -> dict[str, Any]:
        start = self.day("giltighetstid", "start")
        if start is None:
            raise SourceError(f"{self.place}: field 'giltighetstid/start' is missing.")
        return {
            "valid_from": start,
            "valid_to": self.day("giltighetstid", "slut"),
            "updated_date": updated,
            "version": version,
            "content_hash": items.content_hash(list(_content(self.element))),
        }


def _content(element: Element) -> Iterator[tuple[str, str]]:
    """Give tag and tidied text of all that an item says, without what it says of itself."""
    for child in element:
        if _local(child) in ("giltighetstid", "version", "verson", "senastAndrad"):
            continue
        yield _local(child), wording.tidy(child.text)
        yield from _content(child)


def _entry_tables(nodes: list[_Node]) -> dict[str, Any]:
    entries, entry_codes, icf = [], [], []
    for node in nodes:
        entry_id = node.text("informationsId", "extension")
        node.place += f" (id {entry_id[:20]})"
        version = node.maybe("version") or node.text("verson")  # the service spells it so
        entries.append(
            {
                "entry_id": entry_id,
                "name": node.text("rubrik").rstrip(" ."),
                "slug": "",
                "disease_group": None,
                "disease_group_name": None,
                **node.period(None, version),
            }
        )
        entry_codes += [{"entry_id": entry_id, "code": c, "code_name": n} for c, n in node.codes()]
        icf += [{"entry_id": entry_id, **row} for row in _icf_rows(node)]
    items.add_slugs(entries)
    return tables_of(entries=entries, entry_codes=entry_codes, icf=icf)


def _icf_rows(node: _Node) -> Iterator[dict[str, str | None]]:
    for domain, tag in items.ICF_BLOCKS.items():
        for block in node.all(tag):
            code, name = block.text("kod", "code"), block.maybe("kod", "displayName")
            yield {"domain": domain, "role": None, "code": code, "name": name}


def _case_tables(nodes: list[_Node]) -> dict[str, Any]:
    cases, case_codes, criteria = [], [], []
    for node in nodes:
        case_id = node.text("underlagsId", "extension")
        node.place += f" (id {case_id[:20]})"
        period = node.period(node.day("senastAndrad"), node.text("version"))
        cases.append({"case_id": case_id, **_length(case_id, node), **period})
        case_codes += [{"case_id": case_id, "code": code} for code, _ in node.codes()]
        criteria += [{"case_id": case_id, **row} for row in _criteria(node)]
    return tables_of(cases=cases, case_codes=case_codes, criteria=criteria)


def _length(case_id: str, node: _Node) -> dict[str, Any]:
    number: int | None = None
    unit: str | None = None
    if node.find("sjukskrivningstid") is not None:
        value, unit = (node.text("sjukskrivningstid", part) for part in ("value", "unit"))
        number = items.whole_number(value)
        if number is None or unit not in items.UNITS:
            raise SourceError(
                f"{node.place}, 'sjukskrivningstid': {value[:20]!r} {unit[:20]!r}; expected a "
                "whole number with d, wk or mo."
            )
    degree = _DEGREES.get(node.maybe("sjukskrivningsgrad").lower())
    # The longer text is shared by all cases of an entry: most of it says nothing of this one.
    text, shared = node.maybe("sjukskrivningstidText"), node.maybe("textuelltUnderlag")
    return items.length_facts(case_id, text, None, number, unit, degree, shared)


def _criteria(node: _Node) -> Iterator[dict[str, Any]]:
    for conditions in node.all("villkor"):
        for criterion, tag, status in _CRITERIA:
            for group_no, group in enumerate(conditions.all(tag), start=1):
                for member in group.element:
                    found = _criterion(_Node(member, node.place))
                    yield {"criterion": criterion, "group_no": group_no, **found, "status": status}


def _criterion(node: _Node) -> dict[str, str]:
    code, term = node.text("kod", "code"), node.maybe("kod", "displayName")
    system = node.maybe("kod", "codeSystem")
    if system == _SNOMED and term.isdigit() and not code.isdigit():
        code, term = term, code
    return {"code": code, "code_system": system, "term": term}
