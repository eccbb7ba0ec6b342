"""`fmbstats import …`: take files into data_raw: FMB editions, code lists, statistics."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import click

from fmbstats.cli.common import Day, NewFile, NewFolder, own_data
from fmbstats.cli.fmb import CODES_FILE
from fmbstats.cli.import_published import PUBLISHED_COMMANDS
from fmbstats.errors import SourceError
from fmbstats.sources.fmb.fetch import BASE_URL

file_argument = click.argument("files", nargs=-1, type=click.Path(path_type=Path))


@click.group(name="import")
def import_group() -> None:
    """Take files into data_raw as checked facts."""


@import_group.command(name="fmb")
@file_argument
@click.option(
    "--to",
    "folder",
    type=NewFolder(),
    help="Where the editions are [default: data_raw/fmb of this project]; with --guideline the "
    "data_raw in which it gets its folder.",
)
@click.option("--fetch", is_flag=True, help="Ask the open API instead of reading files.")
@click.option("--url", default=BASE_URL, show_default=True, help="Address of the open API.")
@click.option("--edition", help="Name, YYYY-MM [default: the month of --date].")
@click.option(
    "--date", "fetched", type=Day(), help="The day the service answered [default: today]."
)
@click.option(
    "--quality",
    type=click.Choice(["production", "development", "partial"]),
    help="[default: by what the files say] Only production editions end recommendations.",
)
@click.option("--replace", is_flag=True, help="Replace an edition of the same name.")
@click.option("--guideline", help="The sheet is of another guideline than FMB; its short name.")
def import_fmb(
    files: tuple[Path, ...],
    folder: Path | None,
    fetch: bool,
    url: str,
    edition: str | None,
    fetched,
    quality: str | None,
    replace: bool,
    guideline: str | None,
) -> None:
    """Import an edition: FMB's two FILES (JSON of the open API, or RIV-TA XML), or one sheet.

    A sheet (CSV, XLSX) has a line per case; data_raw/fmb/README.md has its columns, 'fmbstats fmb
    sheet' writes an edition as one. With --guideline it is of another guideline, which 'fmbstats
    build --guideline' holds the spells against.
    """
    if bool(files) == fetch:
        raise click.UsageError("Give the edition's two files, a sheet, or --fetch.")
    day = fetched or date.today()
    if guideline is not None:
        from fmbstats.sources.published import GUIDELINES
        from fmbstats.sources.published.published_write import check_name

        folder = (folder or own_data()) / GUIDELINES / check_name(guideline) / "fmb"
        quality = quality or "production"
    folder = folder or own_data() / "fmb"
    if not fetch:
        take_fmb(files, folder, day, edition, quality, "", replace)
        return
    from fmbstats.sources.fmb.fetch import fetch_documents

    with tempfile.TemporaryDirectory() as scratch:  # the texts are not kept
        paths = fetch_documents(Path(scratch), base_url=url)
        # what the service says of its own host decides nothing when it was asked by name
        take_fmb(paths, folder, day, edition, quality or "production", url, replace)


def take_fmb(
    files: tuple[Path, ...] | list[Path],
    folder: Path,
    day: date,
    edition: str | None,
    quality: str | None,
    url: str,
    replace: bool,
) -> None:
    """Read, check and write an edition, then the history that follows from all of them."""
    from fmbstats.recommendations.diff import compare_editions
    from fmbstats.recommendations.join_tables import Recommendations
    from fmbstats.sources.fmb.answers import read_fmb, write_history
    from fmbstats.sources.fmb.edition_tables import read_editions, write_edition
    from fmbstats.sources.outside import outside

    with outside(files):
        found = read_fmb(files, fetched=day, edition=edition, quality=quality, url=url)
    if (folder / found.name).exists() and not replace:
        raise SourceError(
            f"{folder / found.name} is there already. Give another --edition, or --replace."
        )
    before = [e for e in _known(folder) if e.name != found.name]
    joined = Recommendations([*before, found])
    history, changes = joined.history, joined.changes  # all is known to fit before any is written
    target = write_edition(found, folder)
    write_history(folder, history, changes)
    click.echo(f"{found!r}\nwritten: {target}")
    production = [e for e in read_editions(folder) if e.is_production]
    position = next((n for n, e in enumerate(production) if e.name == found.name), 0)
    if position:
        said = compare_editions(production[position - 1], production[position]).text()
        click.echo(said.splitlines()[0])


def _known(folder: Path):
    from fmbstats.sources.fmb.edition_tables import read_editions

    has_any = folder.is_dir() and any(folder.glob("*/source.json"))
    return read_editions(folder) if has_any else ()


@import_group.command(name="codes")
@file_argument
@click.option(
    "--to",
    "target",
    type=NewFile(),
    help="[default: data_raw/codes/icd10se.csv of this project]",
)
def import_codes(files: tuple[Path, ...], target: Path | None) -> None:
    """Import code lists: ICD-10-SE or KSH97-P text FILES, or FHIR R4 CodeSystem or ValueSet.

    A list that says of itself that it is not whole gives names, but is never the ground for "not
    in ICD-10-SE".
    """
    from fmbstats.sources.codes.code_list import INCOMPLETE, merge, write_code_list
    from fmbstats.sources.codes.fhir import is_fhir, read_fhir
    from fmbstats.sources.codes.icd10se import read_icd10se
    from fmbstats.sources.outside import outside

    if not files:
        raise click.UsageError("Give at least one file.")
    with outside(files):
        found = merge([read_fhir(p) if is_fhir(p) else read_icd10se(p) for p in files])
    target = write_code_list(found, target or own_data() / CODES_FILE)
    levels = found.frame["level"].value_counts(sort=True).iter_rows()
    click.echo(f"{', '.join(f'{n} {level}s' for level, n in levels)}\nwritten: {target}")
    if not found.is_complete:
        click.echo(
            f"incomplete ({found.source[INCOMPLETE]}): of no code will be said that it is not in "
            "ICD-10-SE."
        )


for command in PUBLISHED_COMMANDS:
    import_group.add_command(command)
