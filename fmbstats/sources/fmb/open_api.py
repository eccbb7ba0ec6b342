"""Reader of the open FMB API's two JSON documents (since October 2017): files → `Edition`.

Entries and cases are joined by code only: the documents' ``relationships`` are always empty and
the titles do not match. Times are UTC of local midnight and become Swedish dates.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from fmbstats import codes
from fmbstats.errors import SourceError, UserError
from fmbstats.sources.fmb import items, wording
from fmbstats.sources.fmb.edition_tables import Edition, check_edition, tables_of
from fmbstats.sources.fmb.fetch import CASE_TYPE, DOCUMENTS, ENTRY_TYPE
from fmbstats.sources.fmb.sidecars import read_bytes

_DEGREES = {"1": "full", "2": "part"}
_STATUSES = {"398166005": "performed", "385651009": "ongoing"}
_CRITERIA = (
    ("severity", "urvalsvarighetsgrad"),
    ("course", "urvalsjukdomsforlopp"),
    ("workload", "urvalarbetsbelastning"),
    ("complication", "urvalkomplicerandefaktor"),
)
# what an item says of itself, not what it recommends: other values are no change of content
_METADATA = {
    "version", "id", "titel", "malgrupp", "nyckelord", "beskrivning", "typavdokument", "syfte",
    "senastuppdaterad", "giltighetsperiod", "status",
}  # fmt: skip


def read_json(paths: Iterable[Path], source: dict[str, Any]) -> Edition:
    """Read an edition from the API's documents (entries and cases, in any order).

    `paths`: the two JSON documents. `source`: sidecar fields edition, quality, fetched_date, url,
    title, publisher, licence_note. Raises SourceError: a file is truncated, foreign, or an item
    lacks a field; says file, item and field.
    """
    read, files = items.one_of_each(paths, _load, {kind: kind for kind in DOCUMENTS})
    edition = Edition(
        **_entry_tables(read[ENTRY_TYPE]),
        **_case_tables(read[CASE_TYPE]),
        source={**source, "files": files},
    )
    check_edition(edition, ", ".join(f["name"] for f in files))
    return edition


def _load(path: Path) -> tuple[str, list[dict[str, Any]]]:
    """Read one document and say which kind it is."""
    document = items.read_json_of(path, read_bytes(path), "FMB document")
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, list) or not data:
        raise SourceError(f"{path}: not an FMB document: no list 'data' at the top.")
    if not all(isinstance(item, dict) for item in data):
        raise SourceError(f"{path}: 'data' holds something other than items.")
    kinds = {str(item.get("type")) for item in data}
    if len(kinds) != 1 or not kinds <= {ENTRY_TYPE, CASE_TYPE}:
        raise SourceError(
            f"{path}: items of type {', '.join(sorted(kinds))[:80]}; expected "
            f"{ENTRY_TYPE!r} or {CASE_TYPE!r}."
        )
    for number, item in enumerate(data, start=1):  # every fault names file and item
        item["_place"] = f"{path}, item {number} (id {str(item.get('id'))[:20]})"
    return kinds.pop(), data


class _Item:
    """One item with its place; every missing field says where."""

    def __init__(self, item: dict[str, Any]) -> None:
        self.place = item["_place"]
        attributes = item.get("attributes")
        if not isinstance(attributes, dict):
            raise SourceError(f"{self.place}: no 'attributes'.")
        self.attributes = attributes
        self.id = str(item.get("id") or "")
        if not re.fullmatch(r"[0-9A-Za-z._-]{1,40}", self.id):
            raise SourceError(f"{self.place}: {self.id[:40]!r} is no item id.")

    def get(self, path: str, kind: type | tuple[type, ...]) -> Any:
        value: Any = self.attributes
        for part in path.split("."):
            if not isinstance(value, dict) or part not in value:
                raise SourceError(f"{self.place}: field {path!r} is missing.")
            value = value[part]
        if not isinstance(value, kind):
            raise SourceError(f"{self.place}, {path!r}: unexpected {type(value).__name__}.")
        return value

    def codes(self, path: str) -> Iterator[tuple[str, str]]:
        for entry in self.get(path, list):
            try:
                yield codes.normalise(entry["kod"]), wording.tidy(entry.get("beskrivning"))
            except (codes.CodeError, KeyError, TypeError):
                said = entry.get("kod") if isinstance(entry, dict) else entry
                raise SourceError(
                    f"{self.place}, {path!r}: {str(said)[:40]!r} is not an ICD-10-SE code."
                ) from None

    def period(self) -> dict[str, Any]:
        return {
            "valid_from": self._day("giltighetsperiod.start"),
            "valid_to": self._day("giltighetsperiod.slut"),
            "updated_date": self._local_day("senastuppdaterad"),
            "version": str(self.get("version", (str, int))),
            "content_hash": items.content_hash(
                {k: v for k, v in self.attributes.items() if k not in _METADATA}
            ),
        }

    def _day(self, path: str) -> date | None:
        value = self.get(path, (str, type(None)))
        try:
            return date.fromisoformat(value[:10]) if value else None
        except ValueError:
            raise SourceError(f"{self.place}, {path!r}: {value!r} is not a date.") from None

    def _local_day(self, path: str) -> date:
        value = self.get(path, str)
        try:
            return items.local_date(value)
        except ValueError:
            raise SourceError(f"{self.place}, {path!r}: {value!r} is not a time.") from None


@contextmanager
def _form_of(item: _Item) -> Iterator[None]:
    """Turn what breaks inside an item of another form into a fault that names the item."""
    try:
        yield
    except UserError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SourceError(
            f"{item.place}: not the form of an FMB item ({type(error).__name__}: {error})."
        ) from None


def _entry_tables(data: list[dict[str, Any]]) -> dict[str, Any]:
    entries, entry_codes, icf = [], [], []
    for item in map(_Item, data):
        with _form_of(item):
            name, group = item.get("diagnosrubrik", str), "sjukdomsgrupp.kod"
            entries.append({
                "entry_id": item.id,
                "name": wording.tidy(name),
                "slug": "",
                "disease_group": item.get(f"{group}.kod", str),
                "disease_group_name": wording.tidy(item.get(f"{group}.beskrivning", str)),
                **item.period(),
            })  # fmt: skip
            entry_codes += [
                {"entry_id": item.id, "code": code, "code_name": name}
                for code, name in item.codes("diagnoskod")
            ]
            icf += list(_icf_rows(item))
    items.add_slugs(entries)
    return tables_of(entries=entries, entry_codes=entry_codes, icf=icf)


def _icf_rows(item: _Item) -> Iterator[dict[str, str]]:
    roles = (("central", "centralkod"), ("supplementary", "kompletterandekod"))
    for (domain, block), (role, key) in itertools.product(items.ICF_BLOCKS.items(), roles):
        for code in item.get(f"{block}.{key}", list):
            yield {
                "entry_id": item.id,
                "domain": domain,
                "role": role,
                "code": str(code["kod"]),
                "name": wording.tidy(code.get("beskrivning")),
            }


def _case_tables(data: list[dict[str, Any]]) -> dict[str, Any]:
    cases, case_codes, criteria = [], [], []
    for item in map(_Item, data):
        with _form_of(item):
            cases.append({"case_id": item.id, **_length(item), **item.period()})
            case_codes += [
                {"case_id": item.id, "code": code}
                for code in dict.fromkeys(c for c, _ in item.codes("fmbtillstand.diagnoskod"))
            ]
            criteria += [{"case_id": item.id, **row} for row in _criteria(item)]
    return tables_of(cases=cases, case_codes=case_codes, criteria=criteria)


def _length(item: _Item) -> dict[str, Any]:
    block = "rekommenderadsjukskrivning"
    said = item.get(f"{block}.maximalsjukskrivningstid", (str, int, type(None)))
    number = None if said is None else items.whole_number(said)
    if said is not None and number is None:
        raise SourceError(
            f"{item.place}, 'maximalsjukskrivningstid': {str(said)[:20]!r} is no whole number."
        )
    unit = item.get(f"{block}.maximalsjukskrivningsenhet", (str, type(None)))
    if (number is None) != (unit is None) or unit not in (*items.UNITS, None):
        raise SourceError(
            f"{item.place}, 'maximalsjukskrivningsenhet': {unit!r} beside the number {said!r}; "
            "expected d, wk or mo, or neither."
        )
    degree = item.get(f"{block}.maximalsjukskrivningsgrad", (dict, type(None))) or {}
    return items.length_facts(
        item.id,
        item.get(f"{block}.typfalletsrekommenderadesjukskrivning", (str, type(None))),
        item.get("typfallsmening", (str, type(None))),
        number,
        unit,
        _DEGREES.get(str(degree.get("kod"))),
    )


def _criteria(item: _Item) -> Iterator[dict[str, Any]]:
    for criterion, key in _CRITERIA:
        for group_no, group in enumerate(item.get(f"fmbtillstand.{key}", list), start=1):
            for members in group.values():
                yield from (_criterion(criterion, group_no, code) for code in members)
    for group_no, group in enumerate(item.get("fmbtillstand.urvalatgard", list), start=1):
        status = str((group.get("status") or {}).get("kod"))
        for code in group.get("kod", []):
            yield _criterion("procedure", group_no, code, _STATUSES.get(status, status))
    for group_no, group in enumerate(item.get("fmbtillstand.urvalsamsjuklighet", list), start=1):
        for code in itertools.chain.from_iterable(c.get("diagnoskod", []) for c in group):
            yield _criterion("comorbidity", group_no, code)


def _criterion(
    criterion: str, group_no: int, code: dict[str, Any], status: str | None = None
) -> dict[str, Any]:
    return {
        "criterion": criterion,
        "group_no": group_no,
        "code": str(code["kod"]),
        "code_system": str(code["kodsystem"]),
        "term": wording.tidy(code.get("beskrivning")),
        "status": status,
    }
