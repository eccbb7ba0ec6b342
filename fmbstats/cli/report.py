"""fmbstats report: the main job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fmbstats.cli.common import (
    YEAR,
    NewFile,
    NewFolder,
    by_option,
    data_option,
    light,
    month_option,
    protected,
    read_years,
    store_option,
)
from fmbstats.cli.ready import current, ready
from fmbstats.store.paths import notebook_folder, project_root
from fmbstats.words import DEFAULT_LANGUAGE, LANGUAGES, checked_language
from fmbstats.words.refused import RefusedName

if TYPE_CHECKING:
    from fmbstats.batch.asked import Request
    from fmbstats.batch.job import BatchResult
    from fmbstats.store import Store


@click.command()
@click.option("--year", "years", help=f"Start years: 2017; 2015,2017; 2014-2018 [default: {YEAR}].")
@click.option(
    "--round", "round_name", help="An evaluation round of data_raw/rounds; it has its own year."
)
@click.option(
    "--only",
    default="",
    help="Codes, entry ids or slugs, separated by commas; 'overview' for the overview alone.",
)
@click.option("--jobs", type=click.IntRange(1, 64), help="Reports made at once [default: cores].")
@click.option("--force", is_flag=True, help="Make all reports anew, stale or not.")
@click.option("--dry-run", is_flag=True, help="Only say what would be made, and why.")
@click.option(
    "--to",
    type=NewFolder(),
    help="Folder for the reports [default: reports of this project].",
)
@protected("the reports")
@click.option(
    "--timings",
    type=NewFile(),
    help="Write a page of what each report took to this file.",
)
@click.option(
    "--language",
    "languages",
    default=DEFAULT_LANGUAGE,
    show_default=True,
    help=f"Of the pages: {', '.join(LANGUAGES)}; several by commas, in folders side by side.",
)
@by_option
@month_option
@data_option
@store_option
def report(
    years,
    round_name,
    only,
    jobs,
    force,
    dry_run,
    to,
    threshold,
    timings,
    languages,
    by,
    month_days,
    data,
    store_path,
) -> int:
    """Make one report per FMB entry, with overview, index, table of measures and manifest."""
    light()
    from fmbstats.batch.yearly import make_years
    from fmbstats.store import Store, lookups  # without what only an analyst needs

    # Names are checked before anything is built or written.
    wanted = list(dict.fromkeys(checked_language(name.strip()) for name in languages.split(",")))
    folder, found = current(data, store_path, Store)
    requests = _asked(folder, found, round_name, only, read_years(years), wanted)
    results = []
    with found or ready(data, store_path, Store) as store:
        path = store.path
        for asked in requests:
            _check_year(asked.year, store)
        made = make_years(
            store,
            requests,
            notebook_folder(),
            to or project_root() / "reports",
            wanted,
            month_days=month_days,
            threshold=threshold,
            by=",".join(lookups.asked_strata(store, by)),
            n_jobs=jobs,
            force=force,
            dry_run=dry_run,
        )
        for result in made:
            click.echo(result.text())
            results.append(result)
    if timings:
        _write_timings(timings, [result.folder for result in results], path)
    if len(results) > 1:
        click.echo(_whole(results))
    return max(result.exit_code for result in results)


def _whole(results: Sequence[BatchResult]) -> str:
    """Say what all folders took together: seconds, and megabytes on the disk."""
    from fmbstats.batch.job import reports_text

    seconds = sum(result.seconds for result in results)
    files = (p for result in results for p in result.folder.rglob("*") if p.is_file())
    size = sum(path.stat().st_size for path in files) / 1e6
    n = sum(len(result.made) for result in results)
    made = f"{len(results)} folders: {reports_text(n)} made"
    return f"{made}, {seconds:.1f} s, {size:.0f} MB on the disk"


def _write_timings(target: Path, folders: Sequence[Path], store: Path) -> None:
    from fmbstats.atomic import write_text
    from fmbstats.batch import manifest
    from fmbstats.batch.timings import timings_page

    journals = {folder: manifest.journal_of(folder, store) for folder in folders}
    write_text(target, timings_page(journals))


def _asked(
    data: Path,
    store: Store | None,
    round_name: str | None,
    only: str,
    years: Sequence[int],
    languages: Sequence[str],
) -> list[Request]:
    """Turn the names given into entries, year by year, or say what is wrong with them."""
    from fmbstats.batch.asked import read_request

    # A round must have its texts in each of the languages; it brings its own year.
    first, *_ = (
        read_request(
            data,
            round_name=round_name,
            only=only,
            year=years[0] if years else None,
            default_year=YEAR,
            language=language,
            store=store,
        )
        for language in languages
    )
    return [first, *(replace(first, year=year) for year in years[1:])]


def _check_year(year: int, store) -> None:
    if year not in store.years:
        raise RefusedName("no_year", year=year, years=", ".join(map(str, store.years)))
