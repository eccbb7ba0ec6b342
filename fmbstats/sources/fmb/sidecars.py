"""The sidecars of FMB's editions: which there are, of what date and quality."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fmbstats.errors import SourceError
from fmbstats.sources import textfiles
from fmbstats.sources.folders import put_back

QUALITIES = ("production", "development", "partial")
SOURCE_KEYS = ("edition", "title", "publisher", "url", "fetched_date", "licence_note", "quality")


def edition_folders(folder: Path) -> tuple[Path, ...]:
    """Return every edition's folder under `folder`.

    Raises SourceError: there is none.
    """
    if not folder.is_dir():
        raise SourceError(
            f"{folder}: no such folder. Expected one folder per FMB edition; "
            "make them with 'fmbstats import fmb FILE…'."
        )
    put_back(folder)
    found = [p for p in sorted(folder.iterdir()) if (p / "source.json").is_file()]
    found = [p for p in found if not p.name.startswith(".")]
    if not found:
        raise SourceError(f"{folder}: holds no FMB edition (a folder with source.json).")
    return tuple(found)


def read_sidecars(folder: Path) -> list[dict[str, Any]]:
    """Read the sidecar of every edition under `folder`, oldest first."""
    found = [read_sidecar(p / "source.json") for p in edition_folders(folder)]
    return sorted(found, key=lambda source: source["fetched_date"])


def before_and_now(
    sources: Sequence[Mapping[str, Any]], name: str | None = None
) -> tuple[str, str] | None:
    """Return the names of an edition (by default the newest) and the one before it.

    Only production editions count: what a test service once said was never in force. None without
    an earlier one. `sources`: sidecars, oldest first.
    """
    known = [s["edition"] for s in sources if s["quality"] == "production" or s["edition"] == name]
    place = len(known) - 1 if name is None else known.index(name)
    return (known[place - 1], known[place]) if place >= 1 else None


def read_sidecar(path: Path) -> dict[str, Any]:
    """Read and check an edition's sidecar.

    Raises SourceError: it is missing, no JSON, or lacks an item.
    """
    try:
        source = json.loads(bytes_of(path))
    except (ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0][:120]
        raise SourceError(f"{path}: not JSON ({reason}). Import the edition again.") from None
    if not isinstance(source, dict):
        raise SourceError(f"{path}: expected a JSON object. Import the edition again.")
    missing = [key for key in SOURCE_KEYS if key not in source]
    if missing:
        raise SourceError(f"{path}: the sidecar lacks {', '.join(missing)}.")
    if source["quality"] not in QUALITIES:
        raise SourceError(
            f"{path}, 'quality': {source['quality']!r} is not one of {', '.join(QUALITIES)}."
        )
    return source


def bytes_of(path: Path) -> bytes:
    """Read a file of an edition whole.

    Raises SourceError: it is missing, empty or no text.
    """
    if not path.exists():
        raise SourceError(f"{path}: missing. Import the edition again.")
    return read_bytes(path)


def read_bytes(path: Path) -> bytes:
    """Read a file whole; refuse one that is missing, empty or holds NUL bytes.

    Messages name the folder as well: every edition has files of the same names.
    """
    try:
        raw = textfiles.read_bytes(path)
    except SourceError as error:
        raise SourceError(f"{path.parent}/{error}") from None
    if b"\0" in raw:
        raise SourceError(f"{path}: a NUL byte at {raw.index(0)}; not a text file.")
    return raw
