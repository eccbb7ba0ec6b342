"""Folders of evaluations that may leave: pages, notebooks, their numbers, and the ledger behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fmbstats import words
from fmbstats.atomic import write_bytes, write_text
from fmbstats.batch import manifest
from fmbstats.batch import run as batch
from fmbstats.batch.job import BatchResult, ReportJob
from fmbstats.pages.frame import Frame, Link
from fmbstats.release import store_for
from fmbstats.release.certificates import CERTIFICATES, kept_folder, release_certificates
from fmbstats.settings import SETTINGS
from fmbstats.store.paths import (
    DATA_VARIABLE,
    STORE_VARIABLE,
    in_environment,
    notebook_folder,
)
from fmbstats.words import phrase

if TYPE_CHECKING:
    from fmbstats.pages.evaluation import EvaluationPage
    from fmbstats.store import Store


def make_evaluations(
    store: Store,
    asked: Sequence[EvaluationPage],
    folder: Path,
    language: str,
    threshold: int | None,
) -> BatchResult:
    """Make a page and a notebook of each evaluation, the index, the table, and the ledger.

    `language`: "sv" or "en". `threshold`: smallest number of spells that decides what is told; None
    for exact numbers that must not leave the house.
    """
    store = store_for(store, threshold)
    common = {
        "language": language, "release": threshold is not None, "threshold": threshold or 0
    }  # fmt: skip
    home = Link("index.html", phrase("site.evaluations", language))
    watched = (kept_folder(store.path) / CERTIFICATES,)
    jobs = [
        ReportJob(
            slug=one.slug,
            title=words.visible(one.title),
            notebook=notebook_folder() / f"{one.notebook}.ipynb",
            parameters=one.asked | common,
            content_key=manifest.digest(store.data_hash(), repr(sorted(store.entry_keys.items()))),
            frame=Frame(
                title=words.visible(one.title), links=(home,), has_search=False,
                is_internal=threshold is None,
            ),
            watched=(store.path, *watched[: bool(one.certificates)]),
        )
        for one in asked
    ]  # fmt: skip
    own = batch.Options(journal=manifest.journal_of(folder, store.path), before=store.check_whole)
    # Not as parameters: a notebook that is released must not carry a path of this machine.
    with in_environment(**{STORE_VARIABLE: store.path, DATA_VARIABLE: store.data_folder}):
        result = batch.run(jobs, folder, language=language, options=replace(own, n_jobs=1))
    if not result.stopped_by:
        _write_summary(store, asked, folder, language, is_internal=threshold is None)
    return result


def _write_summary(
    store: Store,
    asked: Sequence[EvaluationPage],
    folder: Path,
    language: str,
    *,
    is_internal: bool,
) -> None:
    """Write index, table and ledger of what the notebooks have told."""
    from fmbstats.pages.site.index import evaluations_page
    from fmbstats.pages.table import gathered, nothing_measured, told_csv
    from fmbstats.release.open_data import write_open_data

    made = [one for one in asked if (folder / f"{one.slug}.html").is_file()]
    told = gathered(folder, [one.slug for one in made])
    rows = [row for own in told.values() for row in own]
    write_text(folder / SETTINGS.table, told_csv(rows))
    write_bytes(folder / SETTINGS.measured, nothing_measured())
    pages = {one.slug: words.visible(one.title) for one in made}
    page = evaluations_page(
        pages, language, is_synthetic=bool(store.settings.is_synthetic), is_internal=is_internal
    )
    write_text(folder / "index.html", page)
    if not is_internal:
        behind = [one.behind(told[one.slug]) for one in made]
        pairs = set[tuple[str, str]]().union(*(one.pairs for one in behind))
        write_open_data(store, folder, (), {}, SETTINGS.month_days, language, evaluated=pairs)
        release_certificates(
            store.path, {entry for one in behind for entry in one.certificates}, folder
        )
