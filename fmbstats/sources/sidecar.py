"""Tables of facts with their sidecar: where they come from, when, under what terms, and hashes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from fmbstats.atomic import make_folder, write_text
from fmbstats.errors import SourceError
from fmbstats.sources.textfiles import open_file, parse_json, read_text

SIDECAR = "source.json"
REQUIRED = ("title", "publisher", "url", "fetched_date", "licence_note", "files")


def file_sha256(path: Path) -> str:
    """Hash a file's bytes, in hexadecimal; SourceError where it is no regular file."""
    with open_file(path) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def listed_files(files: Iterable[tuple[Path, int]]) -> list[dict[str, Any]]:
    """Return what a sidecar says of the files read: (path, rows or cells read)."""
    return [{"name": p.name, "sha256": file_sha256(p), "n_items": n} for p, n in files]


def write_facts(
    folder: Path, tables: dict[str, tuple[Sequence[str], Iterable[Sequence[Any]]]], about: dict
) -> Path:
    """Write tables as CSV and then the sidecar that names and hashes them.

    `folder`: made when missing. `tables`: file name → (header, rows); None is written as an empty
    field. `about`: the rest of the sidecar: title, publisher, url, fetched_date, licence_note,
    files …. Returns the folder.
    """
    make_folder(folder)
    listed = []
    for name, (header, rows) in tables.items():
        text, rows = io.StringIO(), list(rows)
        csv.writer(text, lineterminator="\n").writerows([header, *rows])
        write_text(folder / name, text.getvalue())
        listed.append({"name": name, "sha256": file_sha256(folder / name), "n_rows": len(rows)})
    sidecar = json.dumps({**about, "tables": listed}, ensure_ascii=False, indent=2)
    write_text(folder / SIDECAR, sidecar + "\n")
    return folder


def read_sidecar(folder: Path) -> dict[str, Any]:
    """Read and check a folder's sidecar.

    Raises SourceError: not JSON, or a required item is missing.
    """
    path = folder / SIDECAR
    about = read_json_object(path)
    missing = [k for k in REQUIRED if k not in about]
    if missing:
        raise SourceError(
            f"{path.name}: the sidecar lacks {', '.join(missing)}; expected {', '.join(REQUIRED)}."
        )
    return about


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a sidecar as it is. Raises SourceError: not JSON, or no object."""
    found = parse_json(read_text(path), path.name, "sidecar")
    if not isinstance(found, dict):
        raise SourceError(f"{path.name}: expected a JSON object with {', '.join(REQUIRED)}.")
    return found


def check_hashes(folder: Path) -> None:
    """Refuse tables that are not, byte for byte, what the sidecar says.

    Raises SourceError: naming the table that is missing or was changed.
    """
    for table in read_sidecar(folder).get("tables", ()):
        path = folder / table["name"]
        if not path.exists():
            raise SourceError(f"{table['name']}: named in {SIDECAR} but not in {path.parent.name}.")
        if file_sha256(path) != table["sha256"]:
            raise SourceError(
                f"{table['name']}: its sha256 is not the one in {SIDECAR}; the table was changed "
                "after it was made. Restore it, or import the source again."
            )
