"""`fmbstats import fk | srs | inera | bands | literature`: published statistics into data_raw."""

from __future__ import annotations

import functools
from datetime import date
from pathlib import Path
from typing import Any

import click

from fmbstats.cli.common import FILE, Day, data_option, own_data
from fmbstats.errors import SourceError

COUNTED = click.Choice(["started", "ended", "ongoing", "certificates", "users"])
_FILES = click.argument("files", nargs=-1, required=True, type=FILE)
_OPTIONS = (
    data_option,
    click.option("--name", help="Folder of data_raw, and name of the source in tables."),
    click.option("--label", help="What reports call the source."),
    click.option("--title", help="What the file holds."),
    click.option("--publisher", help="Who published it."),
    click.option("--url", help="Where it was fetched."),
    click.option("--licence", help="On what terms the figures may be used."),
    click.option("--date", "fetched", type=Day(), help="The day it was fetched [default: today]."),
    click.option("--replace", is_flag=True, help="Replace what lies under that name."),
)


def about_options(command):
    """Add the options by which a user says what a source is; they arrive as one dict `said`.

    What goes wrong in the readers of the command's files is told as a fault of theirs.
    """

    @functools.wraps(command)
    def wrapped(**given: Any):
        from fmbstats.sources.outside import outside

        names = ("data", "name", "label", "title", "publisher", "url", "licence", "fetched")
        said = {name: given.pop(name) for name in (*names, "replace")}
        read = [p for p in given.values() if isinstance(p, Path)]
        with outside([*given.get("files", ()), *read], of_readers_alone=True):
            return command(said=said, **given)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


@click.command(name="fk")
@_FILES
@about_options
@click.option(
    "--suppressed-max",
    type=click.IntRange(0),
    default=4,
    show_default=True,
    help="The most that a suppressed cell can hold.",
)
def import_fk(files: tuple[Path, ...], said: dict, suppressed_max: int) -> None:
    """Import Försäkringskassan's FILES: workbook of length bands, or open statistics.

    The open statistics (JSON, XLSX or CSV) have no lengths: they are shown as figures.
    """
    from fmbstats.sources.published import fk
    from fmbstats.sources.published.published_write import band_facts, figure_facts

    bands, figures, counted = [], [], []
    for path in files:
        if path.suffix.lower() == ".json" or fk.is_open(path):
            rows = fk.read_open(path)
            figures += rows
            counted.append((path, len(rows)))
        else:
            found = fk.read_bands(path, suppressed_max=suppressed_max)
            bands += found.bands
            figures += found.persons
            counted.append((path, found.n_rows))
    name = "fk" if bands else "fk-open"
    tables = band_facts(bands, name) if bands else {}
    tables |= figure_facts(figures, name) if figures else {}
    title = "Started spells by code and length band" if bands else "Open statistics"
    _write(said, tables, counted, _defaults(name, "Försäkringskassan", title))


@click.command(name="inera")
@_FILES
@about_options
@click.option("--code", help="Diagnosis of every row [default: what row or title says].")
@click.option("--year", type=click.IntRange(1990, 2100), help="Year, where no row says it.")
@click.option(
    "--counts", type=COUNTED, default="ongoing", show_default=True, help="What is counted."
)
@click.option(
    "--units",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Over how many units, each with its own hidden cells, the counts were summed.",
)
def import_inera(
    files: tuple[Path, ...], said: dict, code: str | None, year: int | None, counts: str, units: int
) -> None:
    """Import Inera's exports of spells by length band (CSV or XLSX): FILES.

    Diagnosis and year are those of title and filters, where they are there. A count under five was
    set to 0 by Inera: a 0 becomes 0 to 4, never 0.
    """
    from fmbstats.sources.published import inera
    from fmbstats.sources.published.published_write import band_facts

    rows, counted, title = [], [], ""
    for path in files:
        export = inera.read_export(path, n_units=units)
        rows += inera.band_rows(export, path, code=code, year=year, counted=counts)
        counted.append((path, len(export.cells)))
        title = title or export.title
    tables = band_facts(rows, "inera")
    _write(said, tables, counted, _defaults("inera", "Inera", title or "Spells by length band"))


@click.command(name="bands")
@_FILES
@click.option(
    "--mapping",
    required=True,
    type=FILE,
    help="TOML file that says which columns hold what, and what the bands are.",
)
@about_options
@click.option("--counts", type=COUNTED, help="What is counted [default: what the mapping says].")
def import_bands(files: tuple[Path, ...], mapping: Path, said: dict, counts: str | None) -> None:
    """Import other publishers' tables per code and length band, by a mapping: FILES.

    Counts, or (with values = "percent" in the mapping) shares, medians and means.
    """
    from fmbstats.sources.published import mapped
    from fmbstats.sources.published.literature import literature_facts
    from fmbstats.sources.published.published_write import band_facts

    found = mapped.read_mapping(mapping)
    if counts is None and found.counted is None:
        raise SourceError(
            f'{mapping.name}: what is counted is not said; add counts = "started" (or ended, '
            "ongoing, certificates, users) under [table], or give --counts."
        )
    parts = [mapped.read_mapped(path, found, counted=counts) for path in files]
    if said["name"] is None:
        raise click.UsageError("Give the source a --name, such as nhs-2019.")
    bands = [row for part in parts for row in part.bands]
    facts = [fact for part in parts for fact in part.facts]
    tables = band_facts(bands, said["name"]) if bands else {}
    tables |= literature_facts(facts, said["name"]) if facts else {}
    counted = [
        (path, len(part.bands) + len(part.facts)) for path, part in zip(files, parts, strict=True)
    ]
    default = _defaults(said["name"], found.about.get("publisher", "not stated"), found.title)
    default |= {"licence" if k == "licence_note" else k: v for k, v in found.about.items()}
    _write(said, tables, counted, {"label": found.title} | default)


@click.command(name="literature")
@_FILES
@about_options
def import_literature(files: tuple[Path, ...], said: dict) -> None:
    """Import literature sheets: shares, medians, quartiles and means as they are printed: FILES.

    One line per fact, with the columns source, page, definition, year, code, sex, kind, value, N;
    data_raw/README.md describes them.
    """
    from fmbstats.sources.published.literature import literature_facts, read_sheet

    facts, counted = [], []
    for path in files:
        part = read_sheet(path)
        facts += part
        counted.append((path, len(part)))
    tables = literature_facts(facts, "literature")
    title = "Published lengths of sick leave, from articles and reports"
    default = _defaults("literature", "several, see each line", title)
    _write(said, tables, counted, default | {"url": "see each line"})


@click.command(name="srs")
@click.argument("breaks", type=FILE)
@click.argument("percentiles", type=FILE)
@click.argument("coefficients", type=FILE)
@about_options
def import_srs(breaks: Path, percentiles: Path, coefficients: Path, said: dict) -> None:
    """Import figures of the SRS models: BREAKS, PERCENTILES (wide) and COEFFICIENTS as CSV."""
    from fmbstats.sources.published.srs import import_figures

    if said["name"] not in (None, "srs"):
        raise click.UsageError("The SRS figures have one place: data_raw/srs; leave --name out.")
    publisher = "Karolinska Institutet (models) for Inera's SRS service"
    title = "Quantiles of ended spells in the SRS models, version 3.0"
    default = _defaults("srs", publisher, title)
    folder = _folder(said, "srs")
    about = _about(said, default, [], length_basis="paid_days")
    files = breaks, percentiles, coefficients
    is_new = import_figures(*files, folder, about, is_replacing=said["replace"])
    click.echo(f"{'written' if is_new else 'unchanged'}: {folder}")


def _defaults(name: str, publisher: str, title: str) -> dict[str, str]:
    label = publisher if name in ("fk", "fk-open", "inera") else title
    return {"name": name, "label": label, "title": title, "publisher": publisher}


def _about(said: dict[str, Any], default: dict[str, str], files: list, **more: str) -> dict:
    from fmbstats.sources.published.published_write import sidecar_of

    chosen = default | {k: v for k, v in said.items() if isinstance(v, str)}
    if "licence" in chosen:
        chosen["licence_note"] = chosen["licence"]
    return sidecar_of(chosen, said["fetched"] or date.today(), files, **more)


def _folder(said: dict[str, Any], name: str) -> Path:
    return (said["data"] or own_data()) / name


def _write(said: dict[str, Any], tables: dict, counted: list, default: dict[str, str]) -> None:
    """Write a source and say what it holds."""
    from fmbstats.sources.published.published_write import check_name, write_source

    name = check_name(said["name"] or default["name"])
    if name == "srs":
        raise SourceError("data_raw/srs holds the SRS models. Give another --name.")
    folder = _folder(said, name)
    about = _about(said, default, counted)
    is_new = write_source(folder, tables, about, is_replacing=said["replace"])
    for file, (_, rows) in tables.items():
        codes = sorted({row.code if hasattr(row, "code") else row[0] for row in rows})
        shown = ", ".join(codes[:8]) + (" …" if len(codes) > 8 else "")
        click.echo(f"{file}: {len(rows)} rows, {len(codes)} codes ({shown})")
    click.echo(f"{'written' if is_new else 'unchanged'}: {folder}")


PUBLISHED_COMMANDS = (import_fk, import_srs, import_inera, import_bands, import_literature)
