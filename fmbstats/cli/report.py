"""fmbstats report: the main job."""

from __future__ import annotations

from pathlib import Path

import click

from fmbstats.cli.browse import YEAR, language_option
from fmbstats.cli.common import data_option, find_data, month_option, ready_store, store_option
from fmbstats.store.paths import project_root


@click.command()
@click.option("--year", type=int, default=YEAR, show_default=True, help="Start year of the spells.")
@click.option("--only", default="", help="Codes, entry ids or slugs, separated by commas.")
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
    default=5,
    show_default=True,
    help="Smallest count shown; smaller ones appear as 'fewer than'.",
)
@click.option(
    "--internal", is_flag=True, help="Exact numbers; the reports must not leave the house."
)
@language_option
@month_option
@data_option
@store_option
def report(
    year,
    only,
    jobs,
    force,
    dry_run,
    to,
    threshold,
    internal,
    language,
    month_days,
    data,
    store_path,
) -> int:
    """Make one report per FMB entry, with index, table of measures and manifest."""
    from fmbstats.reports.selection import select_entries
    from fmbstats.reports.yearly import YearSettings, make_year
    from fmbstats.sources.fmb_tables import read_editions

    # Names are checked before anything is built or written.
    names = only.split(",") if only else []
    entries = select_entries(read_editions(find_data(data) / "fmb")[-1], names)
    root = project_root()
    with ready_store(data, store_path) as store:
        result = make_year(
            store,
            list(entries.iter_rows()),
            root / "notebooks",
            to or root / "reports",
            YearSettings(year, language, month_days, None if internal else threshold),
            n_jobs=jobs,
            force=force,
            dry_run=dry_run,
        )
    click.echo(result.text())
    return result.exit_code
