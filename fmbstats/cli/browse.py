"""fmbstats list and show: the entries, and one diagnosis, on the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fmbstats.cli.answers import answer
from fmbstats.cli.common import YEARS, data_option, month_option, store_option
from fmbstats.words import DEFAULT_LANGUAGE, LANGUAGES

if TYPE_CHECKING:
    from fmbstats.diagnosis import Workbench

YEAR = 2017
year_option = click.option(
    "--year", type=YEARS, default=YEAR, show_default=True, help="Start year of the spells."
)
language_option = click.option(
    "--language", type=click.Choice(LANGUAGES), default=DEFAULT_LANGUAGE, show_default=True
)


@click.command("list")
@year_option
@language_option
@month_option
@data_option
@store_option
def list_entries(year, language, month_days, data: Path | None, store_path: Path | None) -> None:
    """List all entries: codes, limits, spells, what is estimable and why not."""

    def say(store: Workbench) -> str:
        from fmbstats.overview import Overview
        from fmbstats.terminal import plain_table

        overview = Overview.of(store, year=year, month_days=month_days)
        return f"{plain_table(overview.display(language), language)}\n{overview.text(language)}"

    click.echo(answer(("list", year, language, month_days), data, store_path, say))


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

    def say(store: Workbench) -> str:
        from fmbstats.terminal import diagnosis_text

        diagnosis = store.diagnosis(name, year=year, month_days=month_days)
        return diagnosis_text(diagnosis, by, language)

    click.echo(answer(("show", name, by, year, language, month_days), data, store_path, say))
