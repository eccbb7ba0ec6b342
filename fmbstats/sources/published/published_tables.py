"""The statistics that lie in data_raw as plain tuples, read once, whatever their source.

Without a frame library: a few thousand rows, and commands that only show them start at once. Every
folder of data_raw with ``bands.csv``, ``figures.csv`` or ``literature.csv`` is a source; ``srs``
holds quantiles.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from os.path import isfile, join
from pathlib import Path
from typing import Any, NamedTuple

from fmbstats.sources.published import GUIDELINES
from fmbstats.sources.published import published_forms as forms
from fmbstats.sources.published.literature import LITERATURE_FILE, FactRow, read_sheet
from fmbstats.sources.published.srs import CODES, QUANTILES
from fmbstats.sources.sidecar import SIDECAR, read_json_object

FK, SRS = "fk", "srs"
_CODES_FILE = "codes.csv"
_TABLES = (forms.BANDS_FILE, forms.FIGURES_FILE, LITERATURE_FILE)
_FILES = (*_TABLES, _CODES_FILE, SIDECAR)


class Quantiles(NamedTuple):
    """Break points of one code's ended spells, with the numbers of spells."""

    code: str
    n_spells: int
    n_ended: int
    n_censored: int
    breaks: tuple[int, ...]


class Source(NamedTuple):
    """Everything that one source says; `about` is its sidecar."""

    name: str
    about: Mapping[str, Any]
    tables: tuple[forms.BandTable, ...]
    figures: tuple[forms.FigureRow, ...]
    quantiles: tuple[Quantiles, ...]
    facts: tuple[FactRow, ...] = ()

    @property
    def label(self) -> str:
        """What the importer calls it."""
        return str(self.about.get("label") or self.about.get("publisher") or self.name)


class Sources(tuple[Source, ...]):
    """All that is published; the same while its files are: answers can be kept by it."""

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__


def source_folders(data_raw: Path) -> tuple[Path, ...]:
    """Return the folders that hold published statistics: FK first, then by name, SRS last.

    Another guideline's data folder (data_raw/guidelines/NAME) has those of data_raw.
    """
    if data_raw.parent.name == GUIDELINES:
        data_raw = data_raw.parent.parent
    if not data_raw.is_dir():
        return ()
    found = [
        folder
        for folder in data_raw.iterdir()
        if not folder.name.startswith(".") and any(isfile(join(folder, name)) for name in _TABLES)
    ]
    if (data_raw / SRS / _CODES_FILE).is_file():
        found.append(data_raw / SRS)
    return tuple(sorted(found, key=lambda f: (f.name == SRS, f.name != FK, f.name)))


_HELD: dict[Path, Sources] = {}


def hold_sources(data_raw: Path) -> None:
    """Let this process and its forks look at a folder no more: it is as it is now."""
    _HELD[Path(data_raw)] = load_sources(data_raw)


def load_sources(data_raw: Path) -> Sources:
    """Read every source; a folder without any has nothing published.

    Raises SourceError: a table or sidecar is damaged.
    """
    if (held := _HELD.get(Path(data_raw))) is not None:
        return held
    # Asked some 20 times a page: paths as text take a fifth of the time.
    folders = source_folders(Path(data_raw))
    files = (join(folder, name) for folder in folders for name in _FILES)
    facts = ((file, os.stat(file)) for file in files if isfile(file))
    return _load_cached(folders, tuple((f, s.st_mtime_ns, s.st_size) for f, s in facts))


@lru_cache(maxsize=8)
def _load_cached(folders: tuple[Path, ...], stamps: tuple) -> Sources:
    return Sources(map(_read_source, folders))


def _read_source(folder: Path) -> Source:
    bands, figures, facts = (folder / name for name in _TABLES)
    is_quantiles = folder.name == SRS and (folder / _CODES_FILE).is_file()
    return Source(
        folder.name,
        read_json_object(folder / SIDECAR) if (folder / SIDECAR).is_file() else {},
        forms.read_bands(bands) if bands.is_file() else (),
        tuple(forms.own_rows(figures, forms.PUBLISHED_FIGURES, forms.FigureRow))
        if figures.is_file()
        else (),
        _read_quantiles(folder) if is_quantiles else (),
        tuple(read_sheet(facts, is_checked=True)) if facts.is_file() else (),
    )


def _read_quantiles(folder: Path) -> tuple[Quantiles, ...]:
    breaks: dict[str, list[int]] = {}
    rows = forms.own_rows(folder / "quantiles.csv", QUANTILES, lambda *row: row)
    for code, _, days in sorted(rows):
        breaks.setdefault(code, []).append(days)

    def of_code(code: str, _set: str, n_spells: int, n_ended: int, n_censored: int, _day: int):
        return Quantiles(code, n_spells, n_ended, n_censored, tuple(breaks[code]))

    return tuple(forms.own_rows(folder / _CODES_FILE, CODES, of_code))
