"""The main job: one report per FMB entry for a year or a round, with overview and index.

Finding that nothing is stale imports no estimator and no figure: a second run is quick.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from fmbstats import words
from fmbstats.atomic import write_bytes, write_text
from fmbstats.batch import manifest
from fmbstats.batch import run as batch
from fmbstats.batch.job import BatchResult, ReportJob
from fmbstats.release import store_for
from fmbstats.settings import SETTINGS
from fmbstats.store import kept_tests, lookups
from fmbstats.store.paths import DATA_VARIABLE, STORE_VARIABLE, in_environment
from fmbstats.words import phrase

if TYPE_CHECKING:
    from fmbstats.batch.asked import Request
    from fmbstats.batch.forks import WarmProcess
    from fmbstats.overview import Overview
    from fmbstats.pages.frame import Site
    from fmbstats.results.about import Release
    from fmbstats.rounds import Round
    from fmbstats.store import Store

NOTEBOOK = "diagnosis.ipynb"
OVERVIEW = "overview"
TABLE = SETTINGS.table
ALL = "all"


@dataclass(frozen=True)
class YearSettings:
    """What the reports of a year, or of a round, are made with."""

    year: int  #: Start year of the spells.
    language: str = words.DEFAULT_LANGUAGE  #: "sv" or "en".
    month_days: int = SETTINGS.month_days  #: 30 or 31.
    #: Smallest count shown; None for exact numbers that must not leave the house.
    threshold: int | None = SETTINGS.threshold
    round: Round | None = None  #: The evaluation round; None for a year with all entries.
    #: Its folder is called after the year or round alone; those of other languages, made beside it,
    #: say theirs, too.
    is_first_language: bool = True
    by: str = ""  #: Strata of the register's own that the reports tell of, by commas.

    @property
    def release(self) -> Release:
        """The rules for publication, or none."""
        from fmbstats.results.about import Release

        return Release(self.threshold)

    @property
    def folder_name(self) -> str:
        """Name of the folder of reports: the round's, or the year; exact ones lie apart."""
        parts = [self.round.name if self.round is not None else str(self.year)]
        parts += ["internal"] * (self.threshold is None)
        parts += [self.language] * (not self.is_first_language)
        return "-".join(parts)


def make_year(
    store: Store,
    selected: Sequence[tuple[str, str, str]],
    notebooks: Path,
    to: Path,
    settings: YearSettings,
    *,
    members: Sequence[str] | None = None,
    with_overview: bool = True,
    others: Sequence[YearSettings] = (),
    **options,
) -> BatchResult:
    """Make the reports of a year or round, their overview, their tables and `index.html`.

    `selected`: entry_id, slug and name of the entries to report on. `notebooks`: folder with the
    notebooks. `to`: the folder of reports; a folder named after the year or the round is made in
    it. `members`: ids of the entries that the overview is about; None for all. `with_overview`:
    whether the overview is made, too. `others`: the same reports in other languages, in folders
    beside this one: the pages link to them. `**options`: of `batch.run`: n_jobs, force, dry_run,
    progress, warm.
    """
    folder = to / settings.folder_name
    store = store_for(store, settings.threshold)
    site = _site(store, folder, settings, {entry[0] for entry in selected}, members, with_overview)
    site = replace(site, others={other.language: other.folder_name for other in others})
    tests = _county_tests(store, settings)
    jobs = [_job(store, entry, notebooks / NOTEBOOK, settings, site, tests) for entry in selected]
    if with_overview:
        jobs.append(_overview_job(store, notebooks, settings, members, site))
    own = options.pop("options", None) or batch.Options()
    spells = store.n_spells(settings.year)
    fullest = max(selected, key=lambda entry: spells.get(entry[0], 0), default=("",))
    # A damaged store is told before 116 reports find it one by one.
    options["options"] = replace(
        own,
        journal=manifest.journal_of(folder, store.path),
        rehearsed=_parameters(store, fullest[0], settings),
        before=store.check_whole,
    )
    # Not as parameters: a notebook that is released must not carry a path of this machine.
    told = {STORE_VARIABLE: store.path, DATA_VARIABLE: store.data_folder}
    with in_environment(**told):
        result = batch.run(jobs, folder, language=settings.language, **options)
    if not (options.get("dry_run") or result.stopped_by):
        entries = _listed(store, folder, {entry[0] for entry in selected}, members)
        _Summary(settings, site, folder.resolve(), entries, members).renew(
            store, options.get("warm")
        )
    return result


def make_years(
    store: Store,
    requests: Sequence[Request],
    notebooks: Path,
    to: Path,
    languages: Sequence[str],
    *,
    month_days: int,
    threshold: int | None,
    by: str = "",
    **options,
) -> Iterator[BatchResult]:
    """Make the reports of several years in several languages, year by year, from one store.

    `requests`: one for each year; all are about the same entries. `languages`: the first one's
    folders are called after the year alone. `month_days`, `threshold`, `by`: as of `YearSettings`.
    All else as of `make_year`. Yields one result for each folder; none follows one that a signal
    has stopped.
    """
    from fmbstats.batch.forks import WarmProcess

    store = store_for(store, threshold)
    # A stratum of which no group may be told is none of a release.
    by = ",".join(name for name in by.split(",") if name in store.reader.own_strata)
    with WarmProcess() as warm:
        for asked in requests:
            sides = [
                YearSettings(asked.year, language, month_days, threshold, asked.round, k == 0, by)
                for k, language in enumerate(languages)
            ]
            for settings in sides:
                others = [side for side in sides if side is not settings]
                result = make_year(
                    store, asked.selected, notebooks, to, settings, members=asked.members,
                    with_overview=asked.with_overview, others=others, warm=warm, **options,
                )  # fmt: skip
                yield result
                if result.stopped_by:
                    return


def _site(
    store: Store,
    folder: Path,
    settings: YearSettings,
    selected: set[str],
    members: Sequence[str] | None,
    with_overview: bool,
) -> Site:
    """Return what the folder's pages link to: those that are made now, and those from before."""
    from fmbstats.pages.frame import MAIN_PAGES, Place, Site
    from fmbstats.sources.fmb.sidecars import before_and_now, read_sidecars

    listed = {entry.entry_id for entry in _listed(store, folder, selected, members)}
    rows = lookups.entry_groups(store)
    places = sorted(
        (
            Place(slug, name, words.visible(group))
            for entry_id, slug, name, group in rows
            if entry_id in listed
        ),
        key=lambda place: (place.group, place.name),  # as in the index
    )
    there = ["index.html", "method.html"]
    edition = settings.round.edition if settings.round is not None else None
    # Of the first edition there is nothing to tell.
    if before_and_now(read_sidecars(store.data_folder / "fmb"), edition) is not None:
        there.append(MAIN_PAGES["changes"])
    if with_overview or (folder / f"{OVERVIEW}.html").is_file():
        there.append(f"{OVERVIEW}.html")
    if (folder / "evaluations.html").is_file():
        there.append("evaluations.html")
    return Site(
        settings.language,
        tuple(places),
        tuple(there),
        _edition(store, settings.language),
        is_internal=settings.threshold is None,
    )


def _edition(store: Store, language: str) -> str:
    """Say of what edition the pages are: the publisher's date, or until when spells are known."""
    from fmbstats.pages.publication import Publication

    published = Publication.of(store.data_folder).date("published", language)
    cutoff = words.date(store.settings.cutoff_date, language)
    date = published or phrase("site.known_until", language, date=cutoff)
    return phrase("site.edition", language, date=date) if published else date


def _common(store: Store, settings: YearSettings) -> dict[str, object]:
    """Say what all notebooks are told."""
    return {
        "year": settings.year,
        "language": settings.language,
        "month_days": settings.month_days,
        "release": settings.threshold is not None,
        "threshold": settings.threshold or 0,
    }


def _parameters(store: Store, entry_id: str, settings: YearSettings) -> dict[str, object]:
    """Say what the notebook of an entry is told."""
    return {"entry": entry_id, "by": settings.by} | _common(store, settings)


def _county_tests(store: Store, settings: YearSettings) -> str:
    """Return the tests of all entries' counties, kept or made: every page's q-values rest on them.

    Raises StoreError: the store is damaged.
    """
    kept = kept_tests.read_tests(store, settings.year, settings.month_days)
    if kept is not None:
        return kept
    from fmbstats.diagnosis.comparing import kept_county_tests

    store.check_whole()
    return kept_county_tests(store, settings.year, settings.month_days)


def _job(
    store: Store, entry, notebook: Path, settings: YearSettings, site: Site, tests: str
) -> ReportJob:
    entry_id, slug, name = entry
    return ReportJob(
        slug=slug,
        title=words.visible(name),
        notebook=notebook,
        parameters=_parameters(store, entry_id, settings),
        content_key=manifest.digest(store.entry_keys[entry_id], _counts_read(store), tests),
        frame=site.diagnosis(slug),
        expected={
            "entry": entry_id,
            "year": str(settings.year),
            "spells": _n_shown(store, entry_id, settings),
        },
        watched=(store.path,),
    )


def _overview_job(
    store: Store,
    notebooks: Path,
    settings: YearSettings,
    members: Sequence[str] | None,
    site: Site,
) -> ReportJob:
    keys = [key for i, key in store.entry_keys.items() if members is None or i in members]
    title = phrase("overview.title", settings.language, year=settings.year)
    return ReportJob(
        slug=OVERVIEW,
        title=title,
        notebook=notebooks / f"{OVERVIEW}.ipynb",
        parameters=_common(store, settings)
        | {"round_name": settings.round.name if settings.round else ""},
        # The recommendations' own changes stand in the overview: any new source makes it stale.
        content_key=manifest.digest(
            store.data_hash(), repr(settings.round), _counts_read(store), *keys
        ),
        frame=site.frame(title, f"{OVERVIEW}.html"),
        expected={
            OVERVIEW: settings.round.name if settings.round else ALL,
            "year": str(settings.year),
        },
        watched=(store.path,),
    )


def _counts_read(store: Store) -> str:
    """Return what every page tells and no entry's key holds: rows read, who publishes."""
    from fmbstats.pages.publication import Publication

    made = store.settings
    read = (made.n_rows_read, made.n_duplicates, made.n_rejected, made.n_excluded)
    return repr((read, Publication.of(store.data_folder)))


def _n_shown(store: Store, entry_id: str, settings: YearSettings) -> str:
    return str(store.n_spells(settings.year).get(entry_id, "protected" if store.is_release else 0))


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


@dataclass(frozen=True, eq=False)
class _Summary:
    """Index, method, changes, table and ledger of a folder, beside its reports."""

    settings: YearSettings
    site: Site
    folder: Path
    entries: Sequence[_Listed]
    members: Sequence[str] | None  #: Ids of the entries that an overview is about; None for all.

    def renew(self, store: Store, warm: WarmProcess | None) -> None:
        """Write them when what they rest on has changed.

        In a fork of the warmed process where one runs: all that they need is loaded there.
        """
        journal = manifest.journal_of(self.folder, store.path)
        own = self._key(store)
        files = (self.folder / name for name in (TABLE, SETTINGS.measured, "index.html"))
        if all(p.is_file() for p in files) and manifest.summary_key(journal) == own:
            return
        if warm is None or warm.pid is None:
            self.write(store)
        else:
            _in_fork(warm, (store.path.resolve(), store.data_folder.resolve(), self))
        manifest.keep_summary_key(journal, own)

    def _key(self, store: Store) -> str:
        return manifest.digest(
            manifest.package_digest(),
            repr(self.settings),
            repr(self.site),
            store.data_hash(),
            _counts_read(store),
            *(store.entry_keys[entry.entry_id] for entry in self.entries),
            repr(self.entries),
            str(self._has_overview()),
            *self._made().values(),
            *self._failures(store),
        )

    def _has_overview(self) -> bool:
        return (self.folder / f"{OVERVIEW}.html").is_file()

    def _failures(self, store: Store) -> list[str]:
        """Say which of the listed reports, or the overview, could not be made when last tried."""
        known = manifest.load(self.folder, manifest.journal_of(self.folder, store.path))
        names = {entry.slug: entry.name for entry in self.entries} | {OVERVIEW: OVERVIEW}
        return [
            f"{words.visible(name)}: {known[slug].message}"
            for slug, name in names.items()
            if slug in known and known[slug].status == "failed"
        ]

    def _made(self) -> dict[str, str]:
        """Return the reports whose pages stand in the folder, with their notebooks' digests."""
        known = manifest.load(self.folder)
        made = {}
        for slug in (*(entry.slug for entry in self.entries), OVERVIEW):
            name = f"notebooks/{slug}.ipynb"
            if slug in known and (self.folder / name).is_file():
                # A report that failed when last tried keeps its earlier notebook beside its page.
                found = known[slug].files.get(name)
                made[slug] = found or manifest.file_digest(self.folder / name)
        return made

    def write(self, store: Store) -> None:
        """Write them, whatever they rest on."""
        from fmbstats.overview import Overview
        from fmbstats.pages.table import gathered, measured_parquet, table_csv, told_frame

        folder, settings = self.folder, self.settings
        ids = [entry.entry_id for entry in self.entries]
        listed = tuple(entry for entry in store.entry_rows if entry.entry_id in ids)
        overview = Overview(store, settings.year, settings.month_days, listed, settings.release)
        told = gathered(folder, self._made()) | self._write_pages(overview)
        write_text(folder / TABLE, table_csv(told_frame(overview, told)))
        write_bytes(folder / SETTINGS.measured, measured_parquet(overview))
        if store.is_release:
            from fmbstats.diagnosis.comparing import county_limits
            from fmbstats.release.open_data import write_open_data

            ids = [entry.entry_id for entry in listed]
            if self._has_overview():  # it tells of entries whose own page is not there, too
                known, asked = [entry.entry_id for entry in store.entry_rows], self.members
                ids = known if asked is None else [i for i in known if i in set(asked)]
            tested = county_limits(store, settings.year, settings.month_days)
            strata = lookups.asked_strata(store, settings.by)
            month_days, language = settings.month_days, settings.language
            write_open_data(
                store, folder, ids, tested, month_days, language, strata, year=settings.year
            )

    def _write_pages(self, overview: Overview) -> dict[str, list[dict[str, str]]]:
        """Write index, method, and the changes of the recommendations; return what they tell."""
        from fmbstats.pages.frame import MAIN_PAGES
        from fmbstats.pages.site import changes, index
        from fmbstats.pages.site.entries import entries_of
        from fmbstats.sources.fmb.edition_tables import read_editions

        folder, settings, site, store = self.folder, self.settings, self.site, overview.store
        language, about = settings.language, settings.round
        told: dict[str, list[dict[str, str]]] = {}
        edition = about.edition if about is not None else None
        found = changes.compared(read_editions(store.data_folder / "fmb"), edition)
        if found is not None:
            frame = site.frame(phrase("site.changes", language), changes.PAGE)
            page, told["fmb-changes"] = changes.changes_page(found, frame, language=language)
            write_text(folder / changes.PAGE, page)
        frame = site.frame(phrase("site.method", language), MAIN_PAGES["method"])
        threshold = settings.threshold
        page, told["method"] = index.method_page(frame, language=language, threshold=threshold)
        write_text(folder / MAIN_PAGES["method"], page)
        page, told["index"] = index.index_page(
            entries_of(overview),
            site.frame(phrase("site.index", language), "index.html"),
            language=language,
            year=settings.year,
            pages={entry.slug for entry in self.entries if entry.has_page},
            title="" if about is None else words.visible(about.title_in(language)),
            failures=self._failures(store),
            is_synthetic=bool(store.settings.is_synthetic),
        )
        write_text(folder / "index.html", page)
        return told


def _in_fork(warm: WarmProcess, given: tuple) -> None:
    from fmbstats.batch.calls import ask, run_code

    with TemporaryDirectory(prefix="fmbstats-") as place:
        fork = warm.fork(cwd=place)
        try:
            run_code(fork, f"from {__name__} import summary_in_fork")
            ask(fork, Path(place), "summary_in_fork", given)
        finally:
            fork.close()


def summary_in_fork(path: str) -> None:
    """Write the summary in the file at `path`, from the store that is named beside it."""
    from fmbstats.batch.calls import answer
    from fmbstats.store import Store

    def write(given: tuple[Path, Path, _Summary]) -> None:
        own, data, summary = given
        with Store(own) as store:
            store.data_folder = data
            summary.write(store)

    answer(path, write)
