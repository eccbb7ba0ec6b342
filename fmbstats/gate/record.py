"""The sign-off: who released which files, when, after which checks; and whether it still holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fmbstats
from fmbstats import words
from fmbstats.atomic import write_text
from fmbstats.errors import UserError
from fmbstats.gate.findings import Findings, Piece
from fmbstats.gate.inventory import RECORD, Folder
from fmbstats.gate.patterns import scan_text

CHECK = "sign-off"
_MADE_BY = "fmbstats gate"
_FORMAT = 1
_AGAIN = "Look at what changed; then sign again with --sign."
_MOST_SIGNS = 100


def hashes(folder: Folder) -> dict[str, str]:
    """Return the SHA-256 of every file but the record, by path below the folder."""
    return {
        name: hashlib.sha256(data).hexdigest()
        for name, data in sorted(folder.files.items())
        if name != RECORD
    }


def check_record(folder: Folder, findings: Findings) -> str:
    """Compare the folder with its sign-off; return a line about it, "" when there is none."""
    data = folder.files.get(RECORD)
    if data is None:
        return ""
    findings.looked(CHECK)
    try:
        record = json.loads(data.decode("utf-8"))
        signed, by, at = dict(record["files"]), str(record["signed_by"]), str(record["signed_at"])
        is_whole = record["made_by"] == _MADE_BY and record["digest"] == _digest(record)
    except (ValueError, KeyError, TypeError, AttributeError):
        is_whole = False
    if not is_whole:
        what = "not a sign-off as the gate writes it, or changed since."
        findings.add(CHECK, RECORD, "", what, "Remove it and sign again with --sign.")
        return ""
    now = hashes(folder)
    for name in sorted({*signed, *now}):
        if signed.get(name) != now.get(name):
            how = "removed" if name not in now else "added" if name not in signed else "changed"
            findings.add(CHECK, name, "", f"{how} since it was signed.", _AGAIN)
    return f"Signed by {by}, {at}."


def write_record(
    folder: Folder, name: str, threshold: int, findings: Findings, previous: str
) -> None:
    """Write the sign-off of a folder in which nothing was found.

    `name`: who answers for the release. `findings`: empty; its counts of looks go into the record.
    `previous`: Sign-off digest of the release it was compared with; "" for none. Raises UserError:
    the name is empty, too long, or tells more than a name.
    """
    record: dict[str, Any] = {
        "made_by": _MADE_BY,
        "format": _FORMAT,
        "signed_by": checked_name(name),
        "signed_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "fmbstats_version": fmbstats.__version__,
        "threshold": threshold,
        "settings": _settings(folder),
        "previous": previous,
        "checks": dict(sorted(findings.n_looks.items())),
        "files": hashes(folder),
    }
    record["digest"] = _digest(record)
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    write_text(folder.path / RECORD, text)


def checked_name(name: str) -> str:
    """Return a name fit for the record.

    Raises UserError: it is empty, too long, or holds a number, an address or hidden signs.
    """
    plain = " ".join(words.visible(name).split())
    if not plain or len(plain) > _MOST_SIGNS or plain != " ".join(name.split()):
        raise UserError(
            f"--sign {name!r}: give the name or title of who answers for the release, 1 to "
            f"{_MOST_SIGNS} plain signs."
        )
    if faults := list(scan_text([Piece("", plain)])):
        raise UserError(f"--sign: the name is published and must not hold {faults[0].what}")
    return plain


def _settings(folder: Folder) -> Mapping[str, Any]:
    """Return what the folder was made with, as its manifest says."""
    known = ("language", "versions", "settings", "source_hash", "fmbstats_version")
    return {name: folder.about[name] for name in known if name in folder.about}


def _digest(record: Mapping[str, Any]) -> str:
    """Hash of all of a record but the hash itself: shows slips, not forgery."""
    plain = {key: value for key, value in record.items() if key != "digest"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode("utf-8")).hexdigest()


def digest_of(path: Path) -> str:
    """Return the digest of a folder's sign-off; "" when it has none."""
    try:
        return str(json.loads((path / RECORD).read_text("utf-8"))["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
