"""Which files a finished folder holds, and which of them belong there."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fmbstats.batch import manifest
from fmbstats.errors import UserError
from fmbstats.export.folder import MANIFEST as EXPORT_MANIFEST
from fmbstats.gate.findings import Findings
from fmbstats.settings import SETTINGS

CHECK = "files"
RECORD = "release.json"
REPORTS, EXPORT = "reports", "export"
SUFFIXES = frozenset(
    [
        ".html",
        ".ipynb",
        ".csv",
        ".json",
        ".txt",
        ".svg",
        ".png",
        ".pdf",
        ".xlsx",
        ".lock",
        ".parquet",
    ]
)
# What a batch writes beside the reports that its manifest lists.
BESIDE_REPORTS = frozenset(
    [
        "index.html",
        "fmb-changes.html",
        "method.html",
        SETTINGS.table,
        SETTINGS.measured,
        "ledger.parquet",
        "ledger.json",
        "certificates.parquet",
        "certificates.json",
        "data-dictionary.csv",
        manifest.NAME,
        ".batch.lock",
    ]
)
# Without these there is nothing to trace numbers to, or to check files against.
_TABLES = (SETTINGS.table, SETTINGS.measured)
_DATA = (SETTINGS.measured, "ledger.parquet", "certificates.parquet")
_UNREAD = (".parquet", ".html", ".ipynb", ".lock")
NEEDED = {REPORTS: ("index.html", *_TABLES), EXPORT: _TABLES}
_MOST_BYTES = 500_000_000
_REMOVE = "Remove it, or make the folder again."
_MAKE_AGAIN = "Make the folder again with fmbstats."


@dataclass(frozen=True, eq=False)
class Folder:
    """A finished folder as it lies there."""

    path: Path
    kind: str
    about: Mapping[str, Any] = field(repr=False)  #: Its manifest.
    #: Content of the files that belong there, by path below the folder.
    files: Mapping[str, bytes] = field(repr=False)


def open_folder(path: Path, findings: Findings) -> Folder:
    """Read a folder; whatever does not belong there becomes a finding.

    Raises UserError: it is no folder that `fmbstats report` or `fmbstats export` has made.
    """
    kind, about = _kind_of(path)
    expected = _expected(kind, about, findings)
    files: dict[str, bytes] = {}
    for name, entry in _walk(path):
        findings.looked(CHECK)
        if _is_welcome(name, entry, expected, findings):
            data = _content(name, entry, findings)
            if data is not None:
                files[name] = data
    _compare(files, expected, kind, findings)
    return Folder(path, kind, about, files)


def _kind_of(path: Path) -> tuple[str, Mapping[str, Any]]:
    for kind, name in ((EXPORT, EXPORT_MANIFEST), (REPORTS, manifest.NAME)):
        place = path / name
        if not place.is_file():
            continue
        try:
            about = json.loads(place.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(
                f"{place} cannot be read ({error}). Make the folder again with fmbstats."
            ) from None
        if isinstance(about, dict):
            return kind, about
    raise UserError(
        f"{path} holds neither {manifest.NAME} nor {EXPORT_MANIFEST}: it is no folder made by "
        "'fmbstats report' (name the year's or the round's folder, such as reports/2017) or "
        "'fmbstats export'."
    )


def _expected(kind: str, about: Mapping[str, Any], findings: Findings) -> dict[str, str]:
    """Return the files of the manifest with their hashes; "" where it keeps none."""
    try:
        if kind == EXPORT:
            listed = {file["name"]: file["sha256"] for file in about["files"]}
            # Of other tables and of pages, nothing would be read.
            listed = {k: v for k, v in listed.items() if k in _DATA or not k.endswith(_UNREAD)}
            return {**listed, EXPORT_MANIFEST: "", RECORD: ""}
        listed = dict.fromkeys([*BESIDE_REPORTS, RECORD], "")
        for slug, entry in about["reports"].items():
            if entry["status"] == "done":
                # Of other kinds of files, nothing would be read.
                own = (f"{slug}.html", f"notebooks/{slug}.ipynb")
                listed |= {k: v for k, v in entry["files"].items() if k in own}
            else:
                what = f"the report {slug} could not be made."
                findings.add(CHECK, manifest.NAME, "", what, "Mend it and run the batch again.")
        return listed
    except (KeyError, TypeError, AttributeError) as error:
        what = f"the list of files cannot be understood ({type(error).__name__})."
        findings.add(CHECK, ".", "", what, _MAKE_AGAIN)
        return {}


def _walk(path: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every entry below a folder, never through a link; of folders those that hold nothing."""
    pending = [path]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                name = Path(entry.path).relative_to(path).as_posix()
                is_open = entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
                if is_open and os.listdir(entry.path):
                    pending.append(Path(entry.path))
                else:
                    yield name, entry


def _is_welcome(
    name: str, entry: os.DirEntry[str], expected: Mapping[str, str], findings: Findings
) -> bool:
    """Whether a file may be there; why not is a finding."""
    mode = entry.stat(follow_symlinks=False).st_mode
    what = ""
    if stat.S_ISLNK(mode):
        what = "a symbolic link: it may lead anywhere."
    elif not stat.S_ISREG(mode):
        what = "not a plain file."
    elif entry.stat(follow_symlinks=False).st_nlink > 1:
        what = "a file with a second name elsewhere (hard link)."
    elif name not in expected:
        is_hidden = any(part.startswith(".") for part in name.split("/"))
        what = "a hidden file." if is_hidden else "not in the list of the folder's files."
    elif Path(name).suffix.lower() not in SUFFIXES and name != ".batch.lock":
        what = "a kind of file that is not on the list."
    if what:
        findings.add(CHECK, name, "", what, _REMOVE)
    return not what


def _content(name: str, entry: os.DirEntry[str], findings: Findings) -> bytes | None:
    try:
        if entry.stat(follow_symlinks=False).st_size > _MOST_BYTES:
            raise OSError("larger than any file of ours")
        return Path(entry.path).read_bytes()
    except OSError as error:
        findings.add(CHECK, name, "", f"cannot be read ({error.strerror or error}).", _REMOVE)
        return None


def _compare(
    files: Mapping[str, bytes], expected: Mapping[str, str], kind: str, findings: Findings
) -> None:
    """Compare with the manifest: nothing missing, nothing changed."""
    import hashlib

    for name, sha256 in expected.items():
        if name not in files:
            if sha256 or name in NEEDED[kind]:
                findings.add(CHECK, name, "", "missing or not readable.", _MAKE_AGAIN)
        elif sha256 and hashlib.sha256(files[name]).hexdigest() != sha256:
            findings.add(CHECK, name, "", "changed since it was made.", _MAKE_AGAIN)
