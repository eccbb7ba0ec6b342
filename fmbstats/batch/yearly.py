"""The main job: one report per FMB entry for a year or a round, with overview and index.

Finding that nothing is stale imports no estimator and no figure: a second run is quick.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fmbstats import words
from fmbstats.atomic import write_text
from fmbstats.batch import manifest
from fmbstats.batch import run as batch
from fmbstats.batch.job import BatchResult, ReportJob
from fmbstats.release import store_for
from fmbstats.settings import SETTINGS
from fmbstats.store import lookups
from fmbstats.store.paths import STORE_VARIABLE
from fmbstats.words import phrase

if TYPE_CHECKING:
    from fmbstats.overview import Overview
    from fmbstats.results import Release
    from fmbstats.rounds import Round
    from fmbstats.store import Store

NOTEBOOK = "diagnosis.ipynb"
OVERVIEW = "overview"
TABLE = SETTINGS.table
ALL = "all"


@dataclass(frozen=True)
class YearSettings:
    """What the reports of a year, or of a round, are made with.

    Attributes
    ----------
    year : int
        Start year of the spells.
    language : {"sv", "en"}
    month_days : {30, 31}
    threshold : int or None
        Smallest count shown; None for exact numbers that must not leave the house.
    round : Round or None
        The evaluation round; None for a year with all entries.
    """

    year: int
    language: str = words.DEFAULT_LANGUAGE
    month_days: int = SETTINGS.month_days
    threshold: int | None = SETTINGS.threshold
    round: Round | None = None

    @property
    def release(self) -> Release:
        """The rules for publication, or none."""
        from fmbstats.results import Release

        return Release(self.threshold)

    @property
    def folder_name(self) -> str:
        """Name of the folder of reports: the round's, or the year; exact ones lie apart."""
        name = self.round.name if self.round is not None else str(self.year)
        return f"{name}-internal" if self.threshold is None else name


def make_year(
    store: Store,
    selected: Sequence[tuple[str, str, str]],
    notebooks: Path,
    to: Path,
    settings: YearSettings,
    *,
    members: Sequence[str] | None = None,
    with_overview: bool = True,
    **options,
) -> BatchResult:
    """Make the reports of a year or round, their overview, `adherence.csv` and `index.html`.

    Parameters
    ----------
    store : Store
    selected : sequence of (entry_id, slug, name)
        The entries to report on.
    notebooks : Path
        Folder with the notebooks.
    to : Path
        The folder of reports; a folder named after the year or the round is made in it.
    settings : YearSettings
    members : sequence of str, optional
        Ids of the entries that the overview is about; None for all.
    with_overview : bool
        Whether the overview is made, too.
    **options
        Of `batch.run`: n_jobs, force, dry_run, progress.

    Returns
    -------
    BatchResult
    """
    folder = to / settings.folder_name
    store = store_for(store, settings.threshold)
    # Not as a parameter: a notebook that is released must not carry a path of this machine.
    os.environ[STORE_VARIABLE] = str(store.path.resolve())
    jobs = [_job(store, entry, notebooks / NOTEBOOK, settings) for entry in selected]
    if with_overview:
        jobs.append(_overview_job(store, notebooks, settings, members))
    own = options.pop("options", None) or batch.Options()
    # A damaged store is told before 116 reports find it one by one.
    options["options"] = replace(
        own, journal=manifest.journal_of(folder, store.path), before=store.check_whole
    )
    if options.get("dry_run"):
        return batch.run(jobs, folder, language=settings.language, **options)
    result = batch.run(jobs, folder, language=settings.language, **options)
    if not result.stopped_by:
        entries = _listed(store, folder, {entry[0] for entry in selected}, members)
        _write_summary(store, entries, folder, settings)
    return result


def _common(store: Store, settings: YearSettings) -> dict[str, object]:
    """Say what all notebooks are told."""
    return {
        "year": settings.year,
        "language": settings.language,
        "month_days": settings.month_days,
        "release": settings.threshold is not None,
        "threshold": settings.threshold or 0,
    }


def _job(store: Store, entry, notebook: Path, settings: YearSettings) -> ReportJob:
    entry_id, slug, name = entry
    return ReportJob(
        slug=slug,
        title=words.visible(name),
        notebook=notebook,
        parameters={"entry": entry_id} | _common(store, settings),
        content_key=manifest.digest(store.entry_keys[entry_id], _counts_read(store)),
        notices=_notices(store, settings),
        footer=_footer(store, settings.language, entry_id),
        expected={
            "entry": entry_id,
            "year": str(settings.year),
            "spells": _n_shown(store, entry_id, settings),
        },
        watched=(store.path,),
    )


def _overview_job(
    store: Store, notebooks: Path, settings: YearSettings, members: Sequence[str] | None
) -> ReportJob:
    keys = [key for i, key in store.entry_keys.items() if members is None or i in members]
    return ReportJob(
        slug=OVERVIEW,
        title=phrase("overview.title", settings.language, year=settings.year),
        notebook=notebooks / f"{OVERVIEW}.ipynb",
        parameters=_common(store, settings)
        | {"round_name": settings.round.name if settings.round else ""},
        # The recommendations' own changes stand in the overview: any new source makes it stale.
        content_key=manifest.digest(
            store.data_hash(), repr(settings.round), _counts_read(store), *keys
        ),
        notices=_notices(store, settings),
        footer=_footer(store, settings.language),
        expected={
            OVERVIEW: settings.round.name if settings.round else ALL,
            "year": str(settings.year),
        },
        watched=(store.path,),
    )


def _counts_read(store: Store) -> str:
    """Return what was read of the register: every page tells it, and no entry's key holds it."""
    made = store.settings
    return repr((made.n_rows_read, made.n_duplicates, made.n_rejected, made.n_excluded))


def _n_shown(store: Store, entry_id: str, settings: YearSettings) -> str:
    return str(store.n_spells(settings.year).get(entry_id, 0))


def _notices(store: Store, settings: YearSettings) -> tuple[str, ...]:
    language = settings.language
    kind = "report.synthetic" if store.settings.is_synthetic else "report.real"
    if settings.threshold is None:
        return phrase(kind, language), phrase("report.internal", language)
    return phrase(kind, language), phrase("report.for_release", language)


def _footer(store: Store, language: str, entry_id: str = "") -> str:
    settings = store.settings
    return phrase(
        "page.footer",
        language,
        version=settings.fmbstats_version,
        data_hash=store.data_hash(entry_id)[:12],
        cutoff=words.date(settings.cutoff_date, language),
    )


@dataclass(frozen=True)
class _Listed:
    """An entry of the index, and whether its page is there."""

    entry_id: str
    slug: str
    name: str
    has_page: bool


def _listed(
    store: Store, folder: Path, selected: set[str], members: Sequence[str] | None
) -> list[_Listed]:
    """Return the entries selected now and those with a report from before.

    A run for one diagnosis does not take the others out of the index; a round holds its own.
    """
    entries = [
        _Listed(entry_id, slug, name, (folder / f"{slug}.html").is_file())
        for entry_id, slug, name in lookups.entry_names(store)
        if members is None or entry_id in members
    ]
    return [entry for entry in entries if entry.has_page or entry.entry_id in selected]


def _failures(store: Store, folder: Path, entries: Sequence[_Listed]) -> list[str]:
    """Say which of the listed reports, or the overview, could not be made when last tried."""
    known = manifest.load(folder, manifest.journal_of(folder, store.path))
    names = {entry.slug: entry.name for entry in entries} | {OVERVIEW: OVERVIEW}
    return [
        f"{words.visible(name)}: {known[slug].message}"
        for slug, name in names.items()
        if slug in known and known[slug].status == "failed"
    ]


def _write_summary(
    store: Store, entries: Sequence[_Listed], folder: Path, settings: YearSettings
) -> None:
    """Write table, changes and index when what they rest on has changed."""
    failures = _failures(store, folder, entries)
    made = _made_notebooks(folder, entries)
    own = manifest.digest(
        manifest.package_digest(),
        repr(settings),
        store.data_hash(),
        _counts_read(store),
        *(store.entry_keys[entry.entry_id] for entry in entries),
        repr(entries),
        str((folder / f"{OVERVIEW}.html").is_file()),
        *made.values(),
        *failures,
    )
    journal = manifest.journal_of(folder, store.path)
    pages = (folder / TABLE, folder / "index.html")
    if all(p.is_file() for p in pages) and manifest.summary_key(journal) == own:
        return
    from fmbstats.overview import Overview
    from fmbstats.pages.table import gathered

    has_page = {entry.entry_id: entry.has_page for entry in entries}
    listed = store.entry_table[store.entry_table["entry_id"].isin(has_page)].reset_index(drop=True)
    overview = Overview(store, settings.year, settings.month_days, listed, settings.release)
    write_text(folder / TABLE, measures_csv(overview, gathered(folder, made)))
    if store.is_release:
        from fmbstats.release.open_data import write_open_data

        ids = list(overview.entries["entry_id"])
        write_open_data(store, folder, ids, settings.month_days, settings.language)
    links = _write_changes(store, folder, settings)
    pages_there = {entry.slug for entry in entries if entry.has_page}
    _write_index(overview, folder, settings, failures, links, pages_there)
    manifest.keep_summary_key(journal, own)


def _made_notebooks(folder: Path, entries: Sequence[_Listed]) -> dict[str, str]:
    """Return the reports whose pages stand in the folder, with their notebooks' digests."""
    known = manifest.load(folder)
    made = {}
    for slug in (*(entry.slug for entry in entries), OVERVIEW):
        name = f"notebooks/{slug}.ipynb"
        if slug in known and (folder / name).is_file():
            # A report that failed when last tried keeps its earlier notebook beside its page.
            made[slug] = known[slug].files.get(name) or manifest.file_digest(folder / name)
    return made


def _write_changes(store: Store, folder: Path, settings: YearSettings) -> dict[str, str]:
    """Write the page on the changed recommendations; say what pages the index links to."""
    from fmbstats.pages import edition_changes
    from fmbstats.pages.overview_parts.sources_read import read_line
    from fmbstats.sources.fmb.edition_tables import read_editions

    language = settings.language
    is_set = settings.round is not None and not settings.round.is_all
    name = phrase("index.overview.round" if is_set else "index.overview", language)
    links = {f"{OVERVIEW}.html": name}
    if line := read_line(store, settings.threshold, language):
        links[f"{OVERVIEW}.html#provenance"] = line
    edition = settings.round.edition if settings.round is not None else None
    found = edition_changes.compared_editions(read_editions(store.data_folder / "fmb"), edition)
    if found is not None:
        page = edition_changes.changes_page(found, language, footer=_footer(store, language))
        write_text(folder / edition_changes.PAGE, page)
        links[edition_changes.PAGE] = phrase(
            "overview.editions.page", language, old=found.old, new=found.new
        )
    return links | {TABLE: phrase("index.table_file", language)}


def _write_index(
    overview: Overview,
    folder: Path,
    settings: YearSettings,
    failures: list[str],
    links: dict[str, str],
    pages: set[str],
) -> None:
    from fmbstats.pages.html import index_page
    from fmbstats.pages.yearly_index import index_of, page_links

    language = settings.language
    title = phrase("index.title", language, year=settings.year)
    if settings.round is not None:
        title = words.visible(settings.round.title_in(language))
    content = index_of(
        overview,
        language,
        title=title,
        footer=_footer(overview.store, language),
        notices=_notices(overview.store, settings),
        links=page_links(folder, links),
    )
    page = index_page(content, language=language, pages=pages, failures=failures)
    write_text(folder / "index.html", page)


def measures_csv(
    overview: Overview, shown: Mapping[str, list[dict[str, str]]] | None = None
) -> str:
    """Return `adherence.csv`; see `fmbstats.pages.table`.

    Parameters
    ----------
    overview : Overview
    shown : mapping of str to rows, optional
        Slug of a report -> what it shows besides the measures.
    """
    from fmbstats.pages.table import table_csv

    return table_csv(overview, shown or {})
