"""The file in which a ledger travels: a ZIP archive of CSV tables that can be read beforehand.

``settings.json`` says how the counts were made and holds a SHA-256 of every other member, so that
a signature over it alone covers all. Whether the counts can be is judged by ``ledger_tables``.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from fmbstats.atomic import write_bytes
from fmbstats.errors import SourceError
from fmbstats.sources.registers.mapping import LENGTH_BASES
from fmbstats.sources.textfiles import read_bytes
from fmbstats.store.ledger_tables import (
    TABLES,
    V1_LIMITS,
    Field,
    read_table,
    refuse_implausible,
    refuse_unknown_periods,
)

VERSION = 2
EXACT = "exact"
_KINDS = {EXACT: "exact counts", "margins": "protected margins"}
SETTINGS = "settings.json"
#: Tables that a file may lack.
OPTIONAL = ("months", "strata", "basis", "degrees")
_V1_TABLES = ("ledger", "basis", "degrees", "codes")
# An archive that unpacks to more is not read: a real ledger of fifty million spells is half of it.
MOST_BYTES = 4 * 2**30
_MOST_PACKED = 2**30
_STAMP = (2000, 1, 1, 0, 0, 0)  # equal stores give equal bytes
_NUMBERS = (
    "n_rows_read", "n_duplicates", "n_rejected", "n_excluded", "n_withdrawn", "n_not_at_risk",
    "gap_days", "lag_days",
)  # fmt: skip
_DAYS = ("extraction_date", "cutoff_date")
_TEXTS = ("register_name", "length_basis", "register_files")
_MAY_BE = (
    "kind",
    "counties",
    "n_spells",
    "n_summed",
    "threshold",
    "base",
    "entry_day",
    "is_merged",
)
_KNOWN = {
    *_NUMBERS, *_DAYS, *_TEXTS, *_MAY_BE, "is_synthetic", "ledger_version", "sha256",
    "fmbstats_version", "layout_version", "max_reject_share",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class LedgerFile:
    """A ledger as it came, every cell judged."""

    path: Path
    #: How it was counted: cut-off, gap, rows read and rejected, register; see `write_ledger`.
    settings: dict[str, Any]
    #: "ledger", "codes", "periods" and what else the file has of `TABLES`.
    tables: dict[str, pl.DataFrame]
    sha256: str  #: Of the file.


def write_ledger(
    path: Path, settings: Mapping[str, Any], tables: Mapping[str, pl.DataFrame]
) -> None:
    """Write a ledger file; equal contents give equal bytes."""
    members = {f"{name}.csv": frame.write_csv().encode("utf-8") for name, frame in tables.items()}
    said = dict(settings) | {
        "ledger_version": VERSION,
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in members.items()},
    }
    text = json.dumps(said, ensure_ascii=False, indent=2, sort_keys=True, default=str) + "\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in {SETTINGS: text.encode("utf-8"), **members}.items():
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.external_attr = 0o600 * 2**16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 6)
    write_bytes(path, buffer.getvalue())


def read_ledger(path: Path) -> LedgerFile:
    """Read a file of exact counts and judge it.

    Raises SourceError: it is no ledger, is damaged or was changed, or its counts cannot be: file,
    table and line are named.
    """
    ledger = read_members(path, EXACT, TABLES, OPTIONAL)
    settings, tables = ledger.settings, dict(ledger.tables)
    if "limits" in tables:
        tables["periods"] = tables.pop("limits").select(
            "code", "valid_from", "valid_to", pl.col("valid_from").alias("set_from")
        )
    elif (
        not isinstance(settings.get("counties"), list) or type(settings.get("n_spells")) is not int
    ):
        raise SourceError(f"{ledger.path.name}, {SETTINGS}: counties or n_spells is missing.")
    periods = tables.pop("periods")
    refuse_implausible(tables, settings, ledger.path.name)
    refuse_unknown_periods(tables, periods, ledger.path.name)
    return LedgerFile(ledger.path, settings, tables | {"periods": periods}, ledger.sha256)


def kind_of(path: Path) -> str:
    """Say whether a file holds exact counts or protected margins."""
    path = Path(path)
    _, members = _members(path, {SETTINGS})
    return str(_said(path, members).get("kind", EXACT))


def read_members(
    path: Path, kind: str, tables: Mapping[str, tuple[Field, ...]], optional: Sequence[str] = ()
) -> LedgerFile:
    """Read the members of a file, each against its SHA-256 and cell by cell.

    `kind`: "exact" or "margins". `optional`: tables that it may lack. Raises SourceError: it is
    none of this kind, is damaged or was changed.
    """
    path = Path(path)
    content, members = _members(path, {SETTINGS, *(f"{n}.csv" for n in {*tables, "limits"})})
    settings = _said(path, members)
    fields = dict(tables)
    if settings["ledger_version"] == 1:
        fields = {**{n: f for n, f in fields.items() if n in _V1_TABLES}, "limits": V1_LIMITS}
    if settings["ledger_version"] > 1 and (other := sorted({*settings} - _KNOWN)):
        raise SourceError(f"{path.name}, {SETTINGS}: says {other[0][:40]!r}, which no export does.")
    for key in (*_NUMBERS, *_DAYS, *_TEXTS, "is_synthetic", *(k for k in _MAY_BE if k in settings)):
        _check_setting(path, key, settings.get(key))
    if (said := settings.get("kind", EXACT)) != kind:
        raise SourceError(
            f"{path.name}: holds {_KINDS[said]}; {_KINDS[kind]} came before or were "
            "expected. Files of two kinds cannot be added."
        )
    _refuse_other_members(path, set(members), fields, optional)
    if settings["ledger_version"] > 1:
        _refuse_changed(path, settings, members)
    read = {
        name: read_table(members[f"{name}.csv"], own, f"{path.name}, {name}.csv")
        for name, own in fields.items()
        if f"{name}.csv" in members
    }
    return LedgerFile(path, settings, read, hashlib.sha256(content).hexdigest())


def _members(path: Path, names: set[str]) -> tuple[bytes, dict[str, bytes]]:
    """Return a file's bytes and its members; of those that are not in `names` only that they are.

    What is not asked for is not unpacked: a few kilobytes may unpack to gigabytes.
    """
    content = read_bytes(path, _MOST_PACKED)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            listed = archive.infolist()
            if sum(entry.file_size for entry in listed) > MOST_BYTES:
                raise SourceError(f"{path.name}: unpacks to more than {MOST_BYTES:,} bytes.")
            members = {
                entry.filename: archive.read(entry) if entry.filename in names else b""
                for entry in listed
            }
    except (ValueError, RuntimeError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise SourceError(
            f"{path.name}: is no ledger, or damaged ({reason}). Export it again with 'fmbstats "
            "ledger export'."
        ) from None
    if len(members) < len(listed):
        raise SourceError(f"{path.name}: holds a table twice. Export it again.")
    return content, members


def _said(path: Path, members: Mapping[str, bytes]) -> dict[str, Any]:
    try:
        settings = json.loads(members[SETTINGS])
        version = settings["ledger_version"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise SourceError(
            f"{path.name}: is no ledger, or damaged ({SETTINGS}: {str(error)[:80]}). Export it "
            "again with 'fmbstats ledger export'."
        ) from None
    if version not in (1, VERSION):
        raise SourceError(
            f"{path.name}: is no ledger of version 1 or {VERSION}. Export it again with this "
            "version of fmbstats."
        )
    return settings


def _refuse_other_members(
    path: Path, members: set[str], fields: Mapping, optional: Sequence[str]
) -> None:
    known = {f"{name}.csv" for name in fields}
    if missing := sorted(known - {f"{name}.csv" for name in optional} - members):
        raise SourceError(f"{path.name}: is no ledger, or damaged ({missing[0]} is missing).")
    if other := sorted(members - known - {SETTINGS}):
        raise SourceError(f"{path.name}: holds {other[0][:80]!r}, which no ledger has.")


def _check_setting(path: Path, key: str, value: object) -> None:
    if key in _NUMBERS or key in ("n_spells", "n_summed", "threshold", "base", "entry_day"):
        is_good = type(value) is int and 0 <= value < 2**40
    elif key == "kind":
        is_good = isinstance(value, str) and value in _KINDS
    elif key == "counties":
        is_good = isinstance(value, list) and all(isinstance(code, str) for code in value)
    elif key in _DAYS:
        is_good = isinstance(value, str) and _is_day(value)
    elif key in ("is_synthetic", "is_merged"):
        is_good = isinstance(value, bool)
    elif key == "length_basis":
        is_good = value in LENGTH_BASES
    else:
        is_good = isinstance(value, str) and len(value) < 100_000
    if is_good and key == "register_files":
        is_good = _is_files(str(value))
    if not is_good:
        raise SourceError(
            f"{path.name}, {SETTINGS}, {key}: {str(value)[:40]!r} came, which no store says. "
            "Export it again."
        )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_files(text: str) -> bool:
    """Whether a text is an object of file names and their hashes."""
    try:
        files = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(files, dict) and all(isinstance(v, str) for v in files.values())


def _refuse_changed(path: Path, settings: Mapping, members: Mapping[str, bytes]) -> None:
    said = settings.get("sha256")
    for name, content in members.items():
        own = hashlib.sha256(content).hexdigest()
        if name != SETTINGS and (not isinstance(said, dict) or said.get(name) != own):
            raise SourceError(
                f"{path.name}, {name}: is not what {SETTINGS} says it is (SHA-256). It was changed "
                "after it was exported. Ask its holder for it again."
            )
