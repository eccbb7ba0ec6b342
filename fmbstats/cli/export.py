"""fmbstats export: figures, tables, workbook and PDF for a final report."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import click

from fmbstats.cli.common import (
    YEAR,
    YEARS,
    NewFolder,
    by_option,
    data_option,
    language_option,
    log,
    month_option,
    protected,
    require_extra,
    store_option,
)
from fmbstats.cli.ready import current, ready_store


@click.command()
@click.option("--year", type=YEARS, help=f"Start year of the spells [default: {YEAR}].")
@click.option(
    "--round",
    "round_name",
    help="An evaluation round of data_raw/rounds: its entries alone; it has its own year.",
)
@click.option(
    "--only",
    default="",
    help="Diagnoses that are wanted, and nothing else: codes, entry ids or slugs, separated by "
    "commas; 'overview' for the overview [default: all].",
)
@click.option(
    "--to",
    type=NewFolder(),
    required=True,
    help="Folder to make. An earlier export there is replaced; anything else is refused.",
)
@click.option(
    "--width-cm",
    type=float,
    default=16.0,
    show_default=True,
    help="Width of the figures, 6-40 cm.",
)
@click.option(
    "--evaluations",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    multiple=True,
    help="Also the evaluations of this folder, which 'fmbstats evaluate ... --folder' made; once "
    "per folder.",
)
@click.option("--pdf", is_flag=True, help="Also one tagged PDF with overview and diagnoses.")
@protected("the export")
@language_option
@by_option
@month_option
@data_option
@store_option
def export(
    year,
    round_name,
    only,
    to,
    width_cm,
    evaluations,
    pdf,
    threshold,
    language,
    by,
    month_days,
    data,
    store_path,
) -> None:
    """Export figures (SVG, PDF, PNG), tables and a workbook for a final report."""
    from tqdm import tqdm

    from fmbstats.batch.asked import read_request
    from fmbstats.diagnosis.objects import open_store
    from fmbstats.export.evaluations import find_evaluations
    from fmbstats.export.folder import check_target
    from fmbstats.export.job import export_year
    from fmbstats.export.settings import ExportSettings
    from fmbstats.store import lookups

    # Names, settings and the folder are checked before anything is built or written.
    folder, opened = current(data, store_path, open_store)
    asked = read_request(
        folder,
        round_name=round_name,
        only=only,
        year=year,
        default_year=YEAR,
        store=opened,
    )
    chosen = [entry_id for entry_id, _, _ in asked.selected]
    settings = ExportSettings(
        asked.year, language, month_days, width_cm, pdf, threshold, round=asked.round
    )
    require_extra("export", "typst", "xlsxwriter")
    found = [one for folder in evaluations for one in find_evaluations(folder)]
    check_target(to)
    # None leaves it to whether somebody looks on.
    is_quiet = None if log.isEnabledFor(logging.INFO) else True
    with opened or ready_store(data, store_path) as store:
        store.check_whole()
        settings = replace(settings, by=",".join(lookups.asked_strata(store, by)))
        result = export_year(
            store,
            to,
            settings,
            chapters=chosen,
            entries=asked.members if asked.with_overview else chosen,
            with_overview=asked.with_overview,
            evaluations=found,
            progress=lambda rows: tqdm(rows, unit="chapter", delay=2, disable=is_quiet),
        )
    click.echo(result.text())
