"""The file in which a ledger travels: a ZIP archive of CSV tables that can be read beforehand.

``settings.json`` says how the counts were made and holds a SHA-256 of every other member, so that
a signature over it alone covers all. Whether the counts can be is judged by ``ledger_tables``.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from fmbstats.atomic import write_bytes
from fmbstats.errors import SourceError
from fmbstats.store.ledger_tables import (
    TABLES,
    V1_LIMITS,
    read_table,
    refuse_implausible,
    refuse_unknown_periods,
)

VERSION = 2
SETTINGS = "settings.json"
#: Tables that a file may lack.
OPTIONAL = ("months", "basis", "degrees")
# An archive that unpacks to more is not read: a real ledger of fifty million spells is half of it.
MOST_BYTES = 4 * 2**30
_STAMP = (2000, 1, 1, 0, 0, 0)  # equal stores give equal bytes
_NUMBERS = (
    "n_rows_read", "n_duplicates", "n_rejected", "n_excluded", "n_withdrawn", "n_not_at_risk",
    "gap_days", "lag_days",
)  # fmt: skip
_DAYS = ("extraction_date", "cutoff_date")
_TEXTS = ("register_name", "length_basis", "register_files")


@dataclass(frozen=True, eq=False)
class LedgerFile:
    """A ledger as it came, every cell judged.

    Attributes
    ----------
    path : Path
    settings : dict
        How it was counted: cut-off, gap, rows read and rejected, register; see `write_ledger`.
    tables : dict of str to polars.DataFrame
        "ledger", "codes", "periods" and what else the file has of `TABLES`.
    sha256 : str
        Of the file.
    """

    path: Path
    settings: dict[str, Any]
    tables: dict[str, pl.DataFrame]
    sha256: str


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
    """Read a ledger file and judge it.

    Raises
    ------
    SourceError
        It is no ledger, is damaged or was changed, or its counts cannot be: file, table and line
        are named.
    """
    path = Path(path)
    content, members = _members(path)
    settings = _settings(path, members)
    _refuse_changed(path, settings, members)
    fields = dict(TABLES)
    if settings["ledger_version"] == 1:
        fields["limits"] = V1_LIMITS
    tables = {
        name.removesuffix(".csv"): read_table(
            member, fields[name.removesuffix(".csv")], f"{path.name}, {name}"
        )
        for name, member in members.items()
        if name != SETTINGS
    }
    if "limits" in tables:
        tables["periods"] = tables.pop("limits").select(
            "code", "valid_from", "valid_to", pl.col("valid_from").alias("set_from")
        )
    refuse_implausible(tables, settings, path.name)
    periods = tables.pop("periods")
    refuse_unknown_periods(tables, periods, path.name)
    tables["periods"] = periods
    return LedgerFile(path, settings, tables, hashlib.sha256(content).hexdigest())


def _members(path: Path) -> tuple[bytes, dict[str, bytes]]:
    try:
        content = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            listed = archive.infolist()
            if sum(entry.file_size for entry in listed) > MOST_BYTES:
                raise SourceError(f"{path.name}: unpacks to more than {MOST_BYTES:,} bytes.")
            members = {entry.filename: archive.read(entry) for entry in listed}
    except FileNotFoundError:
        raise SourceError(f"{path.name}: no such file in {path.parent}.") from None
    except (OSError, ValueError, RuntimeError, zipfile.BadZipFile, NotImplementedError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise SourceError(
            f"{path.name}: is no ledger, or damaged ({reason}). Export it again with 'fmbstats "
            "ledger export'."
        ) from None
    if len(members) < len(listed):
        raise SourceError(f"{path.name}: holds a table twice. Export it again.")
    return content, members


def _settings(path: Path, members: Mapping[str, bytes]) -> dict[str, Any]:
    try:
        settings = json.loads(members[SETTINGS])
        version = settings["ledger_version"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise SourceError(
            f"{path.name}: is no ledger, or damaged ({SETTINGS}: {str(error)[:80]}). Export it "
            "again with 'fmbstats ledger export'."
        ) from None
    known = {f"{name}.csv" for name in (*TABLES, *(("limits",) if version == 1 else ()))}
    needed = known - {f"{name}.csv" for name in OPTIONAL}
    if version == 1:
        needed -= {"periods.csv"}
        known -= {"periods.csv", "months.csv"}
    if version not in (1, VERSION) or needed - set(members):
        raise SourceError(
            f"{path.name}: is no ledger of version 1 or {VERSION}. Export it again with this "
            "version of fmbstats."
        )
    if other := sorted(set(members) - known - {SETTINGS}):
        raise SourceError(f"{path.name}: holds {other[0][:80]!r}, which no ledger has.")
    for key in (*_NUMBERS, *_DAYS, *_TEXTS, "is_synthetic"):
        _check_setting(path, key, settings.get(key))
    return settings


def _check_setting(path: Path, key: str, value: object) -> None:
    if key in _NUMBERS:
        is_good = type(value) is int and 0 <= value < 2**40
    elif key in _DAYS:
        is_good = isinstance(value, str) and _is_day(value)
    elif key == "is_synthetic":
        is_good = isinstance(value, bool)
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
    if settings["ledger_version"] == 1:
        return
    said = settings.get("sha256")
    for name, content in members.items():
        if name == SETTINGS:
            continue
        own = hashlib.sha256(content).hexdigest()
        if not isinstance(said, dict) or said.get(name) != own:
            raise SourceError(
                f"{path.name}, {name}: is not what {SETTINGS} says it is (SHA-256). It was changed "
                "after it was exported. Ask its holder for it again."
            )
    counties = settings.get("counties")
    if not isinstance(counties, list) or type(settings.get("n_spells")) is not int:
        raise SourceError(f"{path.name}, {SETTINGS}: counties or n_spells is missing.")
