"""What a store was asked to be made from, remembered beside it.

A store that is out of date is built anew without being asked; it must not then turn from a real
register into a synthetic one.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from fmbstats.store.own_register import RegisterRequest

MERGED = "merged from ledgers"


def request_path(path: Path) -> Path:
    """Return the file beside the store."""
    return path.with_suffix(".request.json")


def write_request(path: Path, request: RegisterRequest | str | None) -> None:
    """Remember what the store at `path` was made from; None for data_raw alone."""
    place = request_path(path)
    if request is None:
        place.unlink(missing_ok=True)
        return
    text = request if isinstance(request, str) else request.to_json()
    handle, scratch = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(scratch, place)


def read_request(path: Path) -> RegisterRequest | str | None:
    """Return what the store at `path` was made from; `MERGED`; None for data_raw alone."""
    place = request_path(path)
    if not place.is_file():
        return None
    text = place.read_text("utf-8")
    return MERGED if text == MERGED else RegisterRequest.from_json(text)
