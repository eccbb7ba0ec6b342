"""The committed tables of published statistics as plain tuples, read once.

Without a frame library: a few hundred rows, and commands that only show them start at once.
"""

from __future__ import annotations

import csv
import io
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from fmbstats.sources.contracts import Contract, check_header, split_header
from fmbstats.sources.fk_bands import BAND_COUNTS
from fmbstats.sources.srs import CODES, PERCENTILES, QUANTILES
from fmbstats.sources.textfiles import read_text

FK, SRS = "fk", "srs"


class Bands(NamedTuple):
    """Counts per band of one code and start year; NaN = suppressed, the last band is open."""

    year: int
    code: str
    edges: tuple[int, ...]
    counts: tuple[float, ...]


class Quantiles(NamedTuple):
    """Break points of one code's ended spells, with the numbers of spells."""

    code: str
    n_spells: int
    n_ended: int
    n_censored: int
    breaks: tuple[int, ...]


def load_published(folder: Path) -> tuple[tuple[Bands, ...], tuple[Quantiles, ...]]:
    """Read both sources, newest years first; a folder without one has nothing published."""
    files = [folder / FK / "band_counts.csv", folder / SRS / "codes.csv"]
    stamps = tuple(f.stat().st_mtime_ns if f.exists() else None for f in files)
    return _load_cached(folder, stamps)


@lru_cache(maxsize=8)
def _load_cached(folder: Path, stamps: tuple):
    fk = _read_bands(folder / FK / "band_counts.csv") if stamps[0] is not None else ()
    srs = _read_quantiles(folder / SRS) if stamps[1] is not None else ()
    return fk, srs


def _read_bands(path: Path) -> tuple[Bands, ...]:
    tables: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for row in _records(path, BAND_COUNTS):
        key = -int(row["start_year"]), row["code"]
        count = float(row["n_spells"] or "nan")  # empty: suppressed, never 0
        tables.setdefault(key, []).append((int(row["band_from_day"]) - 1, count))
    return tuple(
        Bands(-year, code, *zip(*sorted(bands), strict=True))
        for (year, code), bands in sorted(tables.items())
    )


def _read_quantiles(folder: Path) -> tuple[Quantiles, ...]:
    breaks: dict[str, list[tuple[float, int]]] = {}
    for row in _records(folder / "quantiles.csv", QUANTILES):
        breaks.setdefault(row["code"], []).append((float(row["quantile"]), int(row["days"])))
    return tuple(
        Quantiles(
            row["code"],
            *(int(row[n]) for n in ("n_spells", "n_ended", "n_censored")),
            tuple(days for _, days in sorted(breaks[row["code"]])),
        )
        for row in _records(folder / "codes.csv", CODES)
    )


def _records(path: Path, contract: Contract) -> list[dict[str, str]]:
    """Read one of the project's own tables; without polars, so that `show` starts at once."""
    text = read_text(path)
    check_header(split_header(text.partition("\n")[0], ","), contract, path)
    return list(csv.DictReader(io.StringIO(text)))


def load_percentiles(folder: Path) -> dict[str, dict[int, float]]:
    """Read code → percentile → days; NaN where not reached, empty without a table."""
    path = folder / SRS / "percentiles.csv"
    found: dict[str, dict[int, float]] = {}
    for row in _records(path, PERCENTILES) if path.exists() else ():
        found.setdefault(row["code"], {})[int(row["percentile"])] = float(row["days"] or "nan")
    return found
