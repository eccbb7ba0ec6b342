"""What a finished folder holds, and, at home, what it was made from and how long that took.

A report is stale when its key changed (notebook, package, parameters, the caller's content key)
or when a file it made is missing or no longer has the content that was written.

The folder may leave the house. Its manifest says only which reports it has and what their files
hash to; keys and times lie in a journal beside the store (`journal_of`).
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fmbstats.atomic import make_folder, write_text
from fmbstats.store.paths import side_folder

FORMAT = 2
NAME = "manifest.json"
# What of an entry may lie in the folder; all else is private.
_PUBLIC = ("status", "files", "message")
_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, eq=False)
class Entry:
    """What is known of one report."""

    status: str  #: "done" or "failed".
    key: str  #: Hash of everything the report depends on.
    #: Path below the folder to SHA-256 of the content.
    files: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0  #: By the clock, from start of the notebook to the last file in place.
    cpu_seconds: float = 0.0  #: Processor time of the notebook's worker; 0 where it is not known.
    cell_seconds: dict[str, float] = field(default_factory=dict)  #: Cell id to seconds.
    ended_at: str = ""  #: UTC, ISO 8601.
    message: str = ""  #: Why it failed; empty when done.


def digest(*parts: str | bytes) -> str:
    """SHA-256 of the parts, each with its length, so that no two lists run together.

    >>> digest("ab", "c") == digest("a", "bc")
    False
    """
    total = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        total.update(str(len(data)).encode() + b":" + data)
    return total.hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content; empty when there is no such file."""
    try:
        with open(path, "rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return ""


@functools.cache
def package_digest() -> str:
    """Hash of every file of the package that can change a report: as this process began."""
    files = sorted(p for p in _PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return digest(*(x for p in files for x in (p.relative_to(_PACKAGE).as_posix(), p.read_bytes())))


def report_key(notebook: str, package: str, parameters: Mapping[str, Any], *own: str) -> str:
    """Hash of all that one report depends on."""
    return digest(notebook, package, json.dumps(parameters, sort_keys=True), *own)


def journal_of(folder: Path, store: Path) -> Path:
    """Return the private journal of a report folder: in our folder beside the store."""
    name = digest(str(folder.resolve()))[:16]
    return side_folder(store) / "journals" / f"{name}.json"


def load(folder: Path, journal: Path | None = None) -> dict[str, Entry]:
    """Entries by slug; empty when there is no manifest or it cannot be read.

    An unreadable manifest, or a journal that is not there, only means that everything is made
    again.
    """
    try:
        content = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            return {}
        private = _read(journal).get("reports", {}) if journal else {}
        return {
            slug: Entry(**{"key": ""} | entry | private.get(slug, {}))
            for slug, entry in content["reports"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def save(
    folder: Path, entries: Mapping[str, Entry], journal: Path | None = None, **facts: Any
) -> None:
    """Write the manifest in one step; `facts` describe the run (language, versions).

    Keys and times go to the journal; without one they stay in the manifest, which then must not
    leave the house.
    """
    reports = {slug: asdict(entries[slug]) for slug in sorted(entries)}
    if journal is not None:
        private = {
            slug: {k: v for k, v in entry.items() if k not in _PUBLIC}
            for slug, entry in reports.items()
        }
        _write(journal, _read(journal) | {"reports": private})
        reports = {slug: {k: entry[k] for k in _PUBLIC} for slug, entry in reports.items()}
    content = {"format": FORMAT, **facts, "reports": reports}
    write_text(folder / NAME, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def summary_key(journal: Path) -> str:
    """Return what index, changes and table were made from last; "" when that is not known."""
    return str(_read(journal).get("summary", ""))


def keep_summary_key(journal: Path, key: str) -> None:
    """Remember what index, changes and table were made from."""
    _write(journal, _read(journal) | {"summary": key})


def _read(journal: Path) -> dict[str, Any]:
    try:
        content = json.loads(journal.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(journal: Path, content: Mapping[str, Any]) -> None:
    make_folder(journal.parent)
    journal.parent.chmod(0o700)
    write_text(journal, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def why_stale(folder: Path, entry: Entry | None, key: str) -> str:
    """Why a report has to be made again, in a few words; empty when it need not be."""
    if entry is None:
        return "not made yet"
    if entry.status != "done":
        return "failed last time"
    if entry.key != key:
        return "its notebook, package, data or settings changed"
    for name, content in entry.files.items():
        if file_digest(folder / name) != content:
            return f"{name} is missing or was changed"
    return ""
