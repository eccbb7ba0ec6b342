"""A page of what the reports of a folder took, read from its manifest and its private journal.

It is made on demand and never lies in the report folder, which holds no times.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

from fmbstats.batch import manifest
from fmbstats.errors import StoreError
from fmbstats.pages.frame import Frame, page
from fmbstats.pages.render import Head, Table

_HEADS = (
    Head("Report"),
    Head("Status"),
    Head("Seconds by the clock", is_number=True),
    Head("Processor seconds", is_number=True),
    Head("Slowest cell"),
    Head("Ended (UTC)"),
)


def timings_page(journals: Mapping[Path, Path | None]) -> str:
    """Return a page with one row per report, folder by folder, the slowest first.

    `journals`: folder of reports -> its private journal. Raises StoreError: a folder has no
    manifest that can be read.
    """
    title = f"What the reports in {', '.join(Path(folder).name for folder in journals)} took"
    blocks = [Markup("<h1>{}</h1>").format(title)]
    blocks += [_folder(folder, journal) for folder, journal in journals.items()]
    body = Markup('<div class="in">{}</div>').format(Markup("").join(blocks))
    return page(Frame(title, has_search=False), body, "en")


def _folder(folder: Path, journal: Path | None) -> Markup:
    entries = manifest.load(folder, journal)
    if not entries:
        raise StoreError(f"{folder}: no {manifest.NAME} with reports. Make them first.")
    slowest_first = sorted(entries.items(), key=lambda item: (-item[1].seconds, item[0]))
    rows = [_row(slug, entry) for slug, entry in slowest_first]
    name = Path(folder).name
    table = Table(_HEADS, rows, caption="Reports, the slowest first", is_long=True)
    head = Markup('<h2 id="of-{}">{}</h2><p>{}</p>').format(name, name, _summary(entries))
    return head + table.html("en")


def _row(slug: str, entry: manifest.Entry) -> list[str]:
    cells = entry.cell_seconds
    cell = max(cells, key=lambda name: cells[name], default="")
    return [
        slug,
        entry.status,
        f"{entry.seconds:.2f}",
        f"{entry.cpu_seconds:.2f}",
        f"{cell}: {cells[cell]:.2f} s" if cell else "",
        entry.ended_at,
    ]


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
