"""Puts imported statistics into data_raw: a folder with facts and sidecar, whole or not at all."""

from __future__ import annotations

import filecmp
import re
import shutil
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from fmbstats.errors import SourceError
from fmbstats.sources.folders import replaced
from fmbstats.sources.published import published_forms
from fmbstats.sources.sidecar import SIDECAR, listed_files, read_json_object, write_facts

SOURCE_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
#: Folders of data_raw that hold something else.
RESERVED = ("fmb", "register", "rounds", "codes", "published", "guidelines")
_NOT_STATED = {
    "url": "not stated",
    "licence_note": "Not stated: ask the publisher before these figures are passed on.",
}
_MAX_NAME = 40


def sidecar_of(
    said: Mapping[str, str], fetched: date, files: Iterable[tuple[Path, int]], **more: Any
) -> dict[str, Any]:
    """Return a source's sidecar without its tables.

    `said`: label (what reports call it), title, publisher and, where they are known, url and
    licence_note. `files`: (path, rows or cells read).
    """
    known = _NOT_STATED | dict(said) | {"fetched_date": fetched.isoformat()}
    names = ("label", "title", "publisher", "url", "fetched_date", "licence_note")
    about = {name: known[name] for name in names}
    return about | {"quality": "production", **more, "files": listed_files(files)}


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
    if odd := published_forms.contradiction(distinct, lambda row: (*row[:5], row.measure)):
        said = ", ".join(filter(None, (*odd[:5], odd.measure)))
        raise SourceError(
            f"{where}: two different values for {said}. Import files that agree, or give them "
            "different names."
        )
    flagged = [(*row[:7], _plain(row.value), str(row.is_suppressed).lower()) for row in distinct]
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
    names = [p.name for p in new.iterdir()]
    if not all((old / name).is_file() for name in names):
        return False
    if filecmp.cmpfiles(new, old, {*names} - {SIDECAR}, shallow=False)[1:] != ([], []):
        return False
    one, other = (read_json_object(folder / SIDECAR) for folder in (new, old))
    return one | {"fetched_date": ""} == other | {"fetched_date": ""}


def _plain(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value
