"""Files of either FMB service → an edition, and editions → data_raw/fmb with its history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from fmbstats.atomic import write_text
from fmbstats.errors import SourceError
from fmbstats.sources.fmb import sheet
from fmbstats.sources.fmb.edition_tables import Edition
from fmbstats.sources.fmb.open_api import read_json
from fmbstats.sources.fmb.rivta import read_rivta
from fmbstats.sources.fmb.sidecars import QUALITIES, read_bytes

PUBLIC_HOST = b"api.socialstyrelsen.se"
LICENCE_NOTE = (
    "Facts (codes, terms, numbers, dates) of Socialstyrelsen's försäkringsmedicinskt "
    "beslutsstöd; the texts are Socialstyrelsen's and are not included."
)


def read_fmb(
    paths: Iterable[Path],
    *,
    fetched: date,
    edition: str | None = None,
    quality: str | None = None,
    url: str = "",
) -> Edition:
    """Read an edition from files of the JSON or the RIV-TA service, or from a sheet.

    `paths`: two files of one service (entries and cases), or one sheet (CSV, XLSX). `fetched`: the
    day the service answered; orders the editions. `edition`: name, ``YYYY-MM``; default the month
    of `fetched`. `quality` ("production", "development" or "partial"): default by what the files
    say of themselves; a sheet is "partial" until it is said to hold everything. Raises SourceError:
    see the readers; also when the files are of two services.
    """
    paths = [Path(p) for p in paths]
    is_sheet = len(paths) == 1 and sheet.is_sheet(paths[0])
    if quality is not None and quality not in QUALITIES:
        raise SourceError(f"quality is {quality!r}; expected one of {', '.join(QUALITIES)}.")
    kinds = {"sheet"} if is_sheet else {_kind(path) for path in paths}
    if len(kinds) != 1:
        names = ", ".join(p.name for p in paths)
        raise SourceError(f"{names}: files of two services; an edition is of one.")
    kind = kinds.pop()
    source: dict[str, Any] = {
        "edition": edition or f"{fetched:%Y-%m}",
        "title": "Försäkringsmedicinskt beslutsstöd (FMB)",
        "publisher": "Socialstyrelsen",
        "url": url,
        "fetched_date": fetched.isoformat(),
        "licence_note": LICENCE_NOTE,
        # What somebody has written down need not be everything that was published.
        "quality": quality or ("partial" if is_sheet else _quality(kind, paths)),
    }
    if is_sheet:
        return sheet.read_sheet(paths[0], source)
    return (read_json if kind == "json" else read_rivta)(paths, source)


def _kind(path: Path) -> str:
    """Tell JSON from XML by the first character."""
    first = read_bytes(path).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if first == b"<":
        return "xml"
    if first in (b"{", b"["):
        return "json"
    raise SourceError(f"{path}: neither JSON nor XML; expected an answer of an FMB service.")


def _quality(kind: str, paths: Sequence[Path]) -> str:
    """Take the feed of another host as development, and placeholder ids as a partial edition."""
    if kind == "json":
        public = all(PUBLIC_HOST in path.read_bytes()[:1000] for path in paths)
        return "production" if public else "development"
    placeholder = any(b"<root>OID</root>" in path.read_bytes() for path in paths)
    return "partial" if placeholder else "production"


def write_history(folder: Path, history: pl.DataFrame, changes: pl.DataFrame) -> None:
    """Write what follows from all editions beside them: ``history.csv`` and ``changes.csv``."""
    write_text(folder / "history.csv", history.write_csv())
    write_text(folder / "changes.csv", changes.write_csv())
