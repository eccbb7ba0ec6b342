"""fmbstats list and show: the entries, and one diagnosis, on the terminal."""

from __future__ import annotations

from pathlib import Path

import click

from fmbstats.cli.common import (
    data_option,
    language_option,
    light,
    month_option,
    store_option,
    year_option,
)
from fmbstats.cli.ready import ready


@click.command("list")
@year_option
@language_option
@month_option
@data_option
@store_option
def list_entries(year, language, month_days, data: Path | None, store_path: Path | None) -> None:
    """List all entries: codes, limits, spells, what is estimable and why not."""
    light()
    from fmbstats.frames import unframed
    from fmbstats.overview.measured import MeasuredEntries
    from fmbstats.store import Store
    from fmbstats.terminal import plain_table

    with ready(data, store_path, Store) as store:
        overview = MeasuredEntries.of(store, year=year, month_days=month_days)
        click.echo(plain_table(unframed(overview.display, language), language))
        click.echo(overview.text(language))


@click.command()
@click.argument("name")
@click.option("--by", help="sex, age, county, year, code, or a stratum of the register's own.")
@year_option
@language_option
@month_option
@data_option
@store_option
def show(name, by, year, language, month_days, data: Path | None, store_path: Path | None) -> None:
    """Show one diagnosis: NAME is an ICD-10-SE code, an FMB entry's id or its slug."""
    light()
    from fmbstats.diagnosis.spells import DiagnosisSpells
    from fmbstats.store import Store
    from fmbstats.terminal import diagnosis_text

    with ready(data, store_path, Store) as store:
        diagnosis = DiagnosisSpells.find(store, name, year=year, month_days=month_days)
        click.echo(diagnosis_text(diagnosis, by, language))
