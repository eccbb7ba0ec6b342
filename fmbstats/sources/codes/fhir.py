"""Reader of FHIR R4 CodeSystem and ValueSet resources (JSON) as lists of codes and names.

CodeSystem: ``concept`` (nested to any depth, each with code and display). ValueSet: the
``expansion.contains`` when it is there, else the concepts that ``compose.include`` lists.
Codes of ICD-10-SE are normalised, its chapters ("V", "05") become ranges; other systems' codes stay
as they are. What a resource says of its own completeness is kept: a code system of which it holds
a part only, one page of an expansion, and any value set are no ground for "not in ICD-10-SE".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from fmbstats import codes
from fmbstats.errors import SourceError
from fmbstats.sources.codes import code_list
from fmbstats.sources.fmb.items import read_json_of
from fmbstats.sources.fmb.sidecars import read_bytes

RESOURCES = ("CodeSystem", "ValueSet")
_RANGE = re.compile(r"[A-Z][0-9]{2}-[A-Z][0-9]{2}")


def read_fhir(path: Path) -> code_list.CodeList:
    """Read a FHIR R4 CodeSystem or ValueSet.

    Raises SourceError: not JSON, another resource, a ValueSet that lists no codes, or a concept
    without a code.
    """
    resource = read_json_of(path, read_bytes(path), "FHIR resource")
    if not isinstance(resource, dict):
        raise SourceError(f"{path}: not a FHIR resource: no object at the top.")
    kind = resource.get("resourceType")
    if kind not in RESOURCES:
        raise SourceError(
            f"{path}: resourceType is {str(kind)[:40]!r}; expected {' or '.join(RESOURCES)}."
        )
    found: Iterable[tuple[str, str, Any]] = _of_value_set(path, resource)
    if kind == "CodeSystem":
        system = str(resource.get("url", ""))
        found = ((at, system, concept) for at, concept in _nested(path, "", resource, "concept"))
    rows = [_row(path, place, system, concept) for place, system, concept in found]
    title = str(resource.get("title") or resource.get("name") or resource.get("url") or kind)
    said = {key: str(resource[key]) for key in ("url", "version", "status") if key in resource}
    if reason := _incomplete(resource, kind, len(rows)):
        said[code_list.INCOMPLETE] = reason
    return code_list.make_list(rows, path, title, **said)


def _incomplete(resource: dict[str, Any], kind: str, n_rows: int) -> str:
    """Say why a resource need not hold every code; "" when it says that it does."""
    if kind == "CodeSystem":
        content, count = resource.get("content"), resource.get("count")
        system = str(resource.get("url", ""))
        if system not in code_list.ICD10SE_SYSTEMS or system == code_list.ICD10_SYSTEM:
            return f"the code system is {system[:80]!r}, not ICD-10-SE"
        if isinstance(count, int) and count > n_rows:
            return f"{n_rows} of the {count} codes that the code system counts"
        return "" if content == "complete" else f"the code system's content is {content!r}"
    expansion = resource.get("expansion")
    expansion = expansion if isinstance(expansion, dict) else {}
    total, offset = expansion.get("total"), expansion.get("offset")
    if isinstance(total, int) and total > n_rows:
        return f"one page of an expansion: {n_rows} of {total} codes"
    if offset:
        return f"a page of an expansion, from code {offset}"
    return "a value set, which can be a part of the classification"


def is_fhir(path: Path) -> bool:
    """Tell whether a file looks like JSON, by its first character."""
    return read_bytes(path).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def _within(path: Path, place: str, parent: Any, key: str, kind: type) -> Any:
    """Return the object or the list that an object holds; an empty one where it holds none."""
    found = parent.get(key) if isinstance(parent, dict) else None
    if found is None:
        return kind()
    if not isinstance(found, kind):
        what = "an object" if kind is dict else "a list"
        raise SourceError(f"{path}, {place}: {str(found)[:40]!r} came; expected {what}.")
    return found


def _nested(path: Path, place: str, parent: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Yield all that an object holds under `key`, to any depth, with its place; level by level."""
    waiting = [(place, parent)]
    while waiting:
        place, parent = waiting.pop(0)
        place = f"{place}.{key}" if place else key
        for number, member in enumerate(_within(path, place, parent, key, list)):
            yield f"{place}[{number}]", member
            waiting.append((f"{place}[{number}]", member))


def _of_value_set(path: Path, resource: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    expansion = _within(path, "expansion", resource, "expansion", dict)
    if expansion.get("contains"):
        for place, member in _nested(path, "expansion", expansion, "contains"):
            about = member if isinstance(member, dict) else {}
            if not about.get("abstract"):
                yield place, str(about.get("system", "")), member
        return
    compose = _within(path, "compose", resource, "compose", dict)
    for number, include in enumerate(_within(path, "compose.include", compose, "include", list)):
        at = f"compose.include[{number}]"
        concepts = _within(path, f"{at}.concept", include, "concept", list)
        if not concepts:
            raise SourceError(
                f"{path}, {at}: lists no concepts (it names a whole system or "
                "a filter). Give the expanded ValueSet."
            )
        for n, concept in enumerate(concepts):
            yield f"{at}.concept[{n}]", str(include.get("system", "")), concept


def _row(path: Path, place: str, system: str, concept: Any) -> dict[str, str]:
    if not isinstance(concept, dict) or not isinstance(concept.get("code"), str):
        raise SourceError(f"{path}, {place}: a concept without a code.")
    code, level = concept["code"].strip(), "code"
    if system in code_list.ICD10SE_SYSTEMS:
        if codes.is_code(code):
            code = codes.normalise(code)
        elif chapter := codes.chapter_by_number(code):
            code, level = chapter, "chapter"
        elif _RANGE.fullmatch(code):
            level = "chapter" if tuple(code.split("-")) in codes.CHAPTERS else "block"
        else:
            raise SourceError(f"{path}, {place}: {code[:40]!r} is not an ICD-10-SE code.")
    name = " ".join(_name(concept).split())
    if not name and system in code_list.ICD10SE_SYSTEMS:
        raise SourceError(f"{path}, {place}: code {code[:40]!r} has no name.")
    return {"code": code, "name": name, "level": level, "system": system, "valid_from": None}


def _name(concept: dict[str, Any]) -> str:
    """Return the display, else the Swedish designation, else any."""
    if display := concept.get("display"):
        return str(display)
    given = concept.get("designation")
    listed = given if isinstance(given, list) else []
    found = [d for d in listed if isinstance(d, dict) and d.get("value")]
    found.sort(key=lambda d: not str(d.get("language", "")).startswith("sv"))
    return str(found[0]["value"]) if found else ""
