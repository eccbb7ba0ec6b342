"""Puts imported statistics into data_raw: a folder with facts and sidecar, whole or not at all."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from fmbstats.errors import SourceError
from fmbstats.sources.folders import replaced
from fmbstats.sources.published import published_forms
from fmbstats.sources.sidecar import SIDECAR, file_sha256, read_json_object, write_facts

SOURCE_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
#: Folders of data_raw that hold something else.
RESERVED = ("fmb", "register", "rounds", "codes", "published", "guidelines")
NOT_STATED = "not stated"
_MAX_NAME = 40


@dataclass(frozen=True)
class About:
    """What the user says of a source."""

    label: str  #: What reports call it.
    title: str
    publisher: str
    fetched_date: date
    url: str = NOT_STATED
    licence_note: str = "Not stated: ask the publisher before these figures are passed on."

    def sidecar(self, files: Iterable[tuple[Path, int]], **more: Any) -> dict[str, Any]:
        """Return the sidecar without its tables; `files` are (path, rows or cells read)."""
        listed = [{"name": p.name, "sha256": file_sha256(p), "n_items": n} for p, n in files]
        return {
            "label": self.label,
            "title": self.title,
            "publisher": self.publisher,
            "url": self.url,
            "fetched_date": self.fetched_date.isoformat(),
            "licence_note": self.licence_note,
            "quality": "production",
            **more,
            "files": listed,
        }


def check_name(name: str) -> str:
    """Return a source's name, which becomes a folder of data_raw.

    Raises SourceError: it is no such name, or another kind of data lies there.
    """
    if not SOURCE_NAME.fullmatch(name) or len(name) > _MAX_NAME:
        raise SourceError(
            f"{name[:60]!r} is no name of a source; expected small letters a-z, digits and single "
            f"hyphens, at most {_MAX_NAME}, as in fk-2019. Give --name."
        )
    if name in RESERVED:
        raise SourceError(f"{name!r} is a folder of data_raw with other data. Give another --name.")
    return name


def band_facts(rows: Iterable[published_forms.BandRow], where: str) -> dict[str, tuple]:
    """Return the table ``bands.csv`` of rows in the common form, sorted, without repetitions.

    Raises SourceError: rows that contradict each other.
    """
    distinct = sorted(set(rows), key=lambda r: (*r[:6], r.band_from_day))
    published_forms.band_tables(distinct, where)
    return {published_forms.BANDS_FILE: (published_forms.BandRow._fields, distinct)}


def figure_facts(rows: Iterable[published_forms.FigureRow], where: str) -> dict[str, tuple]:
    """Return the table ``figures.csv``, sorted, without repetitions."""
    distinct = sorted(set(rows), key=lambda r: (*r[:7], r.value is None, r.value or 0))
    seen: dict[tuple, published_forms.FigureRow] = {}
    for row in distinct:
        key = (*row[:5], row.measure)
        if key in seen:
            raise SourceError(
                f"{where}: two different values for {', '.join(filter(None, key))}. "
                "Import files that agree, or give them different names."
            )
        seen[key] = row
    shown = (row._replace(value=_plain(row.value)) for row in distinct)
    flagged = [(*row[:-1], str(row.is_suppressed).lower()) for row in shown]
    return {published_forms.FIGURES_FILE: (published_forms.FigureRow._fields, flagged)}


def write_source(
    folder: Path, tables: dict[str, tuple], about: dict[str, Any], *, is_replacing: bool = False
) -> bool:
    """Write a source's folder; it appears whole or not at all.

    `folder`: data_raw/<name>. `tables`: file name → (header, rows). `about`: the sidecar without
    its tables. `is_replacing`: whether other content may be replaced. Returns False when exactly
    this was there already. Raises SourceError: something else is there.
    """
    with replaced(folder) as scratch:
        write_facts(scratch, tables, about)
        if folder.exists() and _is_same(scratch, folder):
            shutil.rmtree(scratch)
            return False
        if folder.exists() and not is_replacing:
            raise SourceError(
                f"{folder} is there already and holds something else. Give another --name, "
                "or --replace."
            )
    return True


def _is_same(new: Path, old: Path) -> bool:
    """Whether tables and sidecar agree, but for the day it was fetched."""
    if not (old / SIDECAR).is_file():
        return False
    names = [p.name for p in new.iterdir() if p.name != SIDECAR]
    is_equal = all(
        (old / n).is_file() and (old / n).read_bytes() == (new / n).read_bytes() for n in names
    )
    return is_equal and _undated(new) == _undated(old)


def _undated(folder: Path) -> dict[str, Any]:
    return read_json_object(folder / SIDECAR) | {"fetched_date": ""}


def _plain(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value
