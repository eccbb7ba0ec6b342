"""The main job: one report per FMB entry for a year, with index and table of measures."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fmbstats import words
from fmbstats.disclosure.values import Rules
from fmbstats.reports import batch, manifest
from fmbstats.reports.atomic import write_text
from fmbstats.reports.html import Column, Index
from fmbstats.reports.job import BatchResult, ReportJob
from fmbstats.results import INTERNAL, Release
from fmbstats.store.paths import STORE_VARIABLE
from fmbstats.words import phrase

if TYPE_CHECKING:
    from fmbstats.diagnosis import Workbench
    from fmbstats.overview import Overview

NOTEBOOK = "diagnosis.ipynb"
TABLE = "adherence.csv"
SUMMARY_KEY = "adherence.key"


@dataclass(frozen=True)
class YearSettings:
    """What the reports of a year are made with.

    Attributes
    ----------
    year : int
        Start year of the spells.
    language : {"sv", "en"}
    month_days : {30, 31}
    threshold : int or None
        Smallest count shown; None for exact numbers that must not leave the house.
    """

    year: int
    language: str = "sv"
    month_days: int = 30
    threshold: int | None = 5

    @property
    def release(self) -> Release:
        """The rules for publication, or none."""
        return INTERNAL if self.threshold is None else Release(Rules(threshold=self.threshold))


def make_year(
    store: Workbench,
    selected: Sequence[tuple[str, str, str]],
    notebooks: Path,
    to: Path,
    settings: YearSettings,
    **options,
) -> BatchResult:
    """Make the reports of a year, `adherence.csv` and `index.html`.

    Parameters
    ----------
    store : Workbench
    selected : sequence of (entry_id, slug, name)
        The entries to report on.
    notebooks : Path
        Folder with the notebooks.
    to : Path
        The folder of reports; a folder named after the year is made in it.
    settings : YearSettings
    **options
        Of `batch.run`: n_jobs, force, dry_run, progress.

    Returns
    -------
    BatchResult
    """
    folder = to / str(settings.year)
    # Not as a parameter: a notebook that is released must not carry a path of this machine.
    os.environ[STORE_VARIABLE] = str(store.path.resolve())
    jobs = [_job(store, entry, notebooks / NOTEBOOK, settings) for entry in selected]
    if options.get("dry_run"):
        return batch.run(jobs, folder, language=settings.language, **options)
    result = batch.run(jobs, folder, language=settings.language, **options)
    if not result.stopped_by:
        _write_summary(store, [entry[0] for entry in selected], folder, settings, result)
    return result


def _job(store: Workbench, entry, notebook: Path, settings: YearSettings) -> ReportJob:
    entry_id, slug, name = entry
    return ReportJob(
        slug=slug,
        title=words.visible(name),
        notebook=notebook,
        parameters={
            "entry": entry_id,
            "year": settings.year,
            "language": settings.language,
            "month_days": settings.month_days,
            "release": settings.threshold is not None,
            "threshold": settings.threshold or 0,
        },
        content_key=store.entry_keys[entry_id],
        notices=_notices(store, settings),
        footer=_footer(store, settings.language),
        expected={
            "entry": entry_id,
            "year": str(settings.year),
            "spells": _n_shown(store, entry_id, settings),
        },
        watched=(store.path,),
    )


def _n_shown(store: Workbench, entry_id: str, settings: YearSettings) -> str:
    n = store.n_spells(settings.year).get(entry_id, 0)
    return "protected" if 0 < n < (settings.threshold or 0) else str(n)


def _notices(store: Workbench, settings: YearSettings) -> tuple[str, ...]:
    language = settings.language
    kind = "report.synthetic" if store.settings.is_synthetic else "report.real"
    if settings.threshold is None:
        return phrase(kind, language), phrase("report.internal", language)
    return phrase(kind, language), phrase("report.for_release", language)


def _footer(store: Workbench, language: str) -> str:
    settings = store.settings
    return phrase(
        "page.footer",
        language,
        version=settings.fmbstats_version,
        data_hash=settings.source_hash[:12],
        cutoff=words.date(settings.cutoff_date, language),
    )


def _write_summary(
    store: Workbench,
    selected: Sequence[str],
    folder: Path,
    settings: YearSettings,
    result: BatchResult,
) -> None:
    """Write adherence.csv and index.html when what they rest on has changed.

    They cover the entries selected now and those with a report from before: a run for one
    diagnosis does not take the others out of the index.
    """
    entries = store.entry_table
    has_page = entries["slug"].map(lambda slug: (folder / f"{slug}.html").is_file())
    entries = entries[has_page | entries["entry_id"].isin(selected)]
    keys = [store.entry_keys[entry_id] for entry_id in entries["entry_id"]]
    failures = [f"{f.title}: {f.message}" for f in result.failures]
    own = manifest.digest(
        manifest.package_digest(), repr(settings), repr(has_page.sum()), *keys, *failures
    )
    key_file = folder / SUMMARY_KEY
    pages = (folder / TABLE, folder / "index.html")
    if all(p.is_file() for p in pages) and key_file.is_file() and key_file.read_text() == own:
        return
    from fmbstats.overview import Overview
    from fmbstats.reports.html import index_page

    pages_there = set(entries.loc[has_page, "slug"])
    entries = entries.reset_index(drop=True)
    overview = Overview(store, settings.year, settings.month_days, entries, settings.release)
    write_text(folder / TABLE, measures_csv(overview))
    page = index_page(
        index_of(overview, store, settings),
        language=settings.language,
        pages=pages_there,
        failures=failures,
    )
    write_text(folder / "index.html", page)
    write_text(key_file, own)


def measures_csv(overview: Overview) -> str:
    """Return all result rows as CSV; an estimate that is none is empty, `flags` says why."""
    buffer = io.StringIO()
    overview.all_measures().to_csv(buffer, index=False, lineterminator="\n", float_format="%.10g")
    return buffer.getvalue()


def index_of(overview: Overview, store: Workbench, settings: YearSettings) -> Index:
    """Return the index page's content: one row per entry."""
    language = settings.language
    shown = overview.display(language)
    columns = [Column(name, name, k >= 4) for k, name in enumerate(shown.columns)]
    rows = [
        {"slug": slug} | {name: _text(value, language) for name, value in row.items()}
        for slug, row in zip(overview.entries["slug"], shown.to_dict("records"), strict=True)
    ]
    return Index(
        title=phrase("index.title", language, year=settings.year),
        columns=columns,
        rows=rows,
        caption=phrase("index.caption", language),
        lead=overview.text(language),
        footer=_footer(store, language),
        notices=_notices(store, settings),
    )


def _text(value: object, language: str) -> str:
    return value.text(language) if isinstance(value, words.Spoken) else words.visible(value)
