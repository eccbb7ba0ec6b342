"""Reads executed notebooks and other JSON files: every string in them, as text to be searched.

What a notebook may be made of is checked by `told_notebook`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fmbstats.gate.findings import Contents
from fmbstats.gate.read_html import read_html

_AGAIN = "Make the report again with fmbstats."


def read_json(text: str) -> tuple[Any, Contents]:
    """Read a JSON file; (None, with a fault) when it cannot be read."""
    contents = Contents()
    try:
        content = json.loads(text, object_pairs_hook=_plain)
    except ValueError as error:
        contents.fault("", f"not readable as JSON ({error}).", _AGAIN)
        return None, contents
    for where, said in _strings(content, ""):
        contents.say(where, said)
    return content, contents


def read_notebook(text: str) -> tuple[dict[str, Any], Contents]:
    """Read a notebook; ({}, with a fault) when it cannot be read."""
    notebook, contents = read_json(text)
    is_known = isinstance(notebook, dict) and notebook.get("nbformat") == 4
    if not is_known or not isinstance(notebook.get("cells"), list):
        contents.fault("", "not a readable notebook of format 4.", _AGAIN)
        return {}, contents
    return notebook, contents


def _plain(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: readers differ in which they take."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _strings(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Yield every string and number below a value; markup as it is read."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield where, str(key)
            place = f"{where}.{key}" if where else str(key)
            if key == "text/html":
                for piece in read_html(joined(inner)).contents.pieces:
                    yield f"{place}, {piece.where}", piece.text
            else:
                yield from _strings(inner, place)
    elif isinstance(value, list):
        if value and all(isinstance(line, str) for line in value):
            yield where, "".join(value)
            return
        for number, inner in enumerate(value):
            yield from _strings(inner, f"{where}[{number}]")
    elif value is not None and not isinstance(value, bool):
        yield where, str(value)


def joined(value: Any) -> str:
    """Return a text that a notebook keeps whole or line by line."""
    return value if isinstance(value, str) else "".join(map(str, value))
