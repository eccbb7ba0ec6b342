"""fmbstats report: the main job."""

from __future__ import annotations

from pathlib import Path

import click

from fmbstats.cli.browse import YEAR, language_option
from fmbstats.cli.common import (
    data_option,
    find_data,
    month_option,
    store_option,
)
from fmbstats.cli.ready import ready_store
from fmbstats.errors import UnknownNameError
from fmbstats.settings import SETTINGS
from fmbstats.store.paths import notebook_folder, project_root


@click.command()
@click.option("--year", type=int, help=f"Start year of the spells [default: {YEAR}].")
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
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the reports [default: reports of this project].",
)
@click.option(
    "--threshold",
    type=click.IntRange(2, 100),
    default=SETTINGS.threshold,
    show_default=True,
    help="Smallest count shown; smaller ones appear as 'fewer than'.",
)
@click.option(
    "--internal", is_flag=True, help="Exact numbers; the reports must not leave the house."
)
@click.option(
    "--timings",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a page of what each report took to this file.",
)
@language_option
@month_option
@data_option
@store_option
def report(
    year,
    round_name,
    only,
    jobs,
    force,
    dry_run,
    to,
    threshold,
    internal,
    timings,
    language,
    month_days,
    data,
    store_path,
) -> int:
    """Make one report per FMB entry, with overview, index, table of measures and manifest."""
    from fmbstats.batch.yearly import YearSettings, make_year
    from fmbstats.store import Store  # without what only an analyst needs

    # Names are checked before anything is built or written.
    asked = _asked(find_data(data), round_name, only, year, language)
    with ready_store(data, store_path, Store) as store:
        path = store.path
        _check_year(asked.year, store)
        result = make_year(
            store,
            asked.selected,
            notebook_folder(),
            to or project_root() / "reports",
            YearSettings(
                asked.year, language, month_days, None if internal else threshold, asked.round
            ),
            members=asked.members,
            with_overview=asked.with_overview,
            n_jobs=jobs,
            force=force,
            dry_run=dry_run,
        )
    if timings:
        _write_timings(timings, result.folder, path)
    click.echo(result.text())
    return result.exit_code


def _write_timings(target: Path, folder: Path, store: Path) -> None:
    from fmbstats.atomic import write_text
    from fmbstats.batch import manifest
    from fmbstats.batch.timings import timings_page

    write_text(target, timings_page(folder, manifest.journal_of(folder, store)))


def _asked(data: Path, round_name: str | None, only: str, year: int | None, language: str):
    """Turn the names given into entries, or say what is wrong with them."""
    from fmbstats.batch.asked import read_request

    return read_request(
        data, round_name=round_name, only=only, year=year, default_year=YEAR, language=language
    )


def _check_year(year: int, store) -> None:
    if year not in store.years:
        there = ", ".join(map(str, store.years))
        raise UnknownNameError(f"No spells started in {year}. The store holds {there}.")
