"""Reads executed notebooks and other JSON files: every string in them, every output's kind."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any

from fmbstats.gate.findings import Contents
from fmbstats.gate.read_html import ReadPicture, read_html
from fmbstats.pages.render import PART_MIME, VALUES_MIME
from fmbstats.pages.style import OWN_KEY

_AGAIN = "Make the report again with fmbstats."
ALLOWED_TYPES = frozenset(
    ["text/html", "text/plain", "text/markdown", "image/png", "image/svg+xml"]
) | {VALUES_MIME, PART_MIME}
ALLOWED_OUTPUTS = frozenset(["execute_result", "display_data", "stream"])
ALLOWED_CELLS = frozenset(["markdown", "code"])


def read_json(text: str) -> tuple[Any, Contents]:
    """Read a JSON file; (None, with a fault) when it cannot be read."""
    contents = Contents()
    try:
        content = json.loads(text)
    except ValueError as error:
        contents.fault("", f"not readable as JSON ({error}).", _AGAIN)
        return None, contents
    _walk(content, "", contents)
    return content, contents


def _walk(value: Any, where: str, contents: Contents) -> None:
    """Keep every string below a value, and every key that is a name."""
    for place, text, is_key in _strings(value, where):
        if is_key:
            contents.say(place, text)
        contents.say(place, text)


def _strings(value: Any, where: str) -> Iterator[tuple[str, str, bool]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield where, str(key), True
            yield from _strings(inner, f"{where}.{key}" if where else str(key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _strings(inner, f"{where}[{number}]")
    elif value is not None and not isinstance(value, bool):
        yield where, str(value), False


def read_notebook(text: str, read_picture: ReadPicture) -> tuple[dict[str, Any], Contents]:
    """Read a notebook; ({}, with a fault) when it cannot be read."""
    contents = Contents()
    try:
        notebook = json.loads(text)
        cells = notebook["cells"]
        is_known = notebook["nbformat"] == 4 and isinstance(cells, list)
    except (ValueError, KeyError, TypeError) as error:
        contents.fault("", f"not a readable notebook ({type(error).__name__}).", _AGAIN)
        return {}, contents
    if not is_known:
        contents.fault("", "not a notebook of format 4.", _AGAIN)
        return {}, contents
    _walk({k: v for k, v in notebook.items() if k != "cells"}, "", contents)
    for number, cell in enumerate(cells):
        _read_cell(cell, f"cell {number}", contents, read_picture)
    return notebook, contents


def _read_cell(cell: Any, where: str, contents: Contents, read_picture: ReadPicture) -> None:
    if not isinstance(cell, dict) or cell.get("cell_type") not in ALLOWED_CELLS:
        contents.fault(where, "a cell of an unknown kind.", _AGAIN)
        _walk(cell, where, contents)
        return
    if cell.get("attachments"):
        contents.fault(where, "an attached file.", _AGAIN)
    contents.say(where, _text(cell.get("source", "")))
    outputs = cell.get("outputs", [])
    _walk({k: v for k, v in cell.items() if k not in ("source", "outputs")}, where, contents)
    for number, output in enumerate(outputs):
        _read_output(output, f"{where}, output {number}", contents, read_picture)


def _read_output(output: Any, where: str, contents: Contents, read_picture: ReadPicture) -> None:
    kind = output.get("output_type") if isinstance(output, dict) else None
    if kind == "error":
        contents.fault(where, "an error with its traceback.", _AGAIN)
    elif kind not in ALLOWED_OUTPUTS:
        contents.fault(where, f"an output of an unknown kind ({kind!r}).", _AGAIN)
    if not isinstance(output, dict):
        return
    _walk({k: v for k, v in output.items() if k not in ("data", "output_type")}, where, contents)
    is_own = bool(output.get("metadata", {}).get(OWN_KEY, {}).get("own"))
    is_told = PART_MIME in output.get("data", {})
    for mime, data in output.get("data", {}).items():
        place = f"{where} {mime}"
        if mime not in ALLOWED_TYPES:
            contents.fault(place, "a kind of output that is not on the list.", _AGAIN)
            _walk(data, place, contents)
        elif mime.startswith("image/"):
            _read_image(mime, _text(data), place, contents, read_picture)
        elif mime == PART_MIME:
            _walk(data, place, contents)
        elif mime == "text/html":
            _read_fragment(
                _text(data), place, contents, read_picture, is_own=is_own, is_told=is_told
            )
        else:
            contents.say(place, _text(data))


def _read_fragment(
    html: str,
    where: str,
    contents: Contents,
    read_picture: ReadPicture,
    *,
    is_own: bool,
    is_told: bool,
) -> None:
    if not is_own:
        contents.fault(where, "HTML that fmbstats did not write.", _AGAIN)
    contents.take(read_html(html, read_picture, is_fragment=True, is_told=is_told).contents, where)


def _read_image(
    mime: str, text: str, where: str, contents: Contents, read_picture: ReadPicture
) -> None:
    try:
        data = text.encode("utf-8") if "svg" in mime else base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        contents.fault(where, "a picture that cannot be read.", _AGAIN)
        return
    contents.take(read_picture(mime, data), where)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "".join(map(str, value))
