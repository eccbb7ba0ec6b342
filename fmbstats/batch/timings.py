"""A page of what the reports of a folder took, read from its manifest and its private journal.

It is made on demand and never lies in the report folder, which holds no times.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from pathlib import Path

from fmbstats.batch import manifest
from fmbstats.errors import StoreError
from fmbstats.pages.html import Column, Index, index_page

_COLUMNS = (
    Column("slug", "Report"),
    Column("status", "Status"),
    Column("seconds", "Seconds by the clock", is_number=True),
    Column("cpu_seconds", "Processor seconds", is_number=True),
    Column("slowest", "Slowest cell"),
    Column("ended_at", "Ended (UTC)"),
)


def timings_page(folder: Path, journal: Path | None = None) -> str:
    """Return a page with one row per report, the slowest first.

    Raises
    ------
    StoreError
        The folder has no manifest that can be read.
    """
    entries = manifest.load(folder, journal)
    if not entries:
        raise StoreError(f"{folder}: no {manifest.NAME} with reports. Make them first.")
    slowest_first = sorted(entries.items(), key=lambda item: (-item[1].seconds, item[0]))
    index = Index(
        title=f"What the reports in {Path(folder).name} took",
        columns=_COLUMNS,
        rows=[_row(slug, entry) for slug, entry in slowest_first],
        caption="Reports, the slowest first",
        lead=_summary(entries),
    )
    return index_page(index, language="en", pages=())


def _row(slug: str, entry: manifest.Entry) -> dict[str, str]:
    cells = entry.cell_seconds
    cell = max(cells, key=lambda name: cells[name], default="")
    return {
        "slug": slug,
        "status": entry.status,
        "seconds": f"{entry.seconds:.2f}",
        "cpu_seconds": f"{entry.cpu_seconds:.2f}",
        "slowest": f"{cell}: {cells[cell]:.2f} s" if cell else "",
        "ended_at": entry.ended_at,
    }


def _summary(entries: Mapping[str, manifest.Entry]) -> str:
    done = [entry for entry in entries.values() if entry.status == "done"]
    if not done:
        return f"{len(entries)} reports, none done."
    median = statistics.median(entry.seconds for entry in done)
    cpu = sum(entry.cpu_seconds for entry in done)
    return (
        f"{len(entries)} reports, {len(done)} done; median {median:.2f} s by the clock, "
        f"{cpu:.1f} s of processor time in workers."
    )
