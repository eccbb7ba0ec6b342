"""Reads executed notebooks and other JSON files: every string in them, as text to be searched.

What a notebook may be made of is checked by `told_notebook`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fmbstats.gate.findings import Contents
from fmbstats.gate.read_html import read_html
from fmbstats.pages.render import NOTEBOOK_INDENT

_AGAIN = "Make the report again with fmbstats."


def read_json(text: str, indent: int = 1) -> tuple[Any, Contents]:
    """Read a JSON file written with this indentation; (None, with a fault) when it cannot be."""
    contents = Contents()
    try:
        content = json.loads(text, object_pairs_hook=_plain)
    except ValueError as error:
        contents.fault("", f"not readable as JSON ({error}).", _AGAIN)
        return None, contents
    if text != json.dumps(content, indent=indent, ensure_ascii=False) + "\n":
        contents.fault("", "spaces, escapes or numbers that are not written as ours are.", _AGAIN)
    _say(contents, content, "")
    return content, contents


def read_notebook(text: str) -> tuple[dict[str, Any], Contents]:
    """Read a notebook; ({}, with a fault) when it cannot be read."""
    notebook, contents = read_json(text, NOTEBOOK_INDENT)
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


def _say(contents: Contents, value: Any, where: str) -> None:
    """Keep every string and number below a value; markup as it is read."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            contents.say(where, str(key))
            place = f"{where}.{key}" if where else str(key)
            if key == "text/html" and joined(inner).strip():
                contents.take(read_html(joined(inner)).contents, place)
            else:
                _say(contents, inner, place)
    elif isinstance(value, list):
        if value and all(isinstance(line, str) for line in value):
            contents.say(where, "".join(value))
            return
        for number, inner in enumerate(value):
            _say(contents, inner, f"{where}[{number}]")
    elif value is not None and not isinstance(value, bool):
        contents.say(where, str(value))


def joined(value: Any) -> str:
    """Return a text that a notebook keeps whole or line by line."""
    if isinstance(value, str):
        return value
    return "".join(map(str, value)) if isinstance(value, list) else str(value)
