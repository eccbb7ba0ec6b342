"""What several commands share: paths, the store made when needed, names turned into entries."""

from __future__ import annotations

from pathlib import Path

import click

from fmbstats.errors import StoreError
from fmbstats.store.paths import STORE_FILE, project_root, source_hash

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with the source data [default: data_raw of this project].",
)
store_option = click.option(
    "--store",
    "store_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The DuckDB file [default: .fmbstats/store.duckdb of this project].",
)
month_option = click.option(
    "--month-days",
    type=click.Choice(["30", "31"]),
    default="30",
    show_default=True,
    callback=lambda context, parameter, value: int(value),
    help="Days of a recommended month (30: 12 months are 365; 31: Webcert's rule).",
)


def find_data(data: Path | None) -> Path:
    """Return the data_raw folder, or say where it was looked for."""
    folder = data or project_root() / "data_raw"
    if not (folder / "fmb").is_dir():
        raise StoreError(
            f"{folder} holds no folder 'fmb'. Run the command inside the project, "
            "or name the folder with --data."
        )
    return folder


def find_store(store_path: Path | None) -> Path:
    """Return where the store is or shall be."""
    return store_path or project_root() / STORE_FILE


def ready_store(data: Path | None, store_path: Path | None):
    """Open the store; build it first when it is missing or older than data_raw."""
    from fmbstats.diagnosis import open_store

    path, folder = find_store(store_path), find_data(data)
    if path.is_file():
        try:
            store = open_store(path)
        except StoreError as problem:
            click.echo(f"{problem} Building it anew.", err=True)
        else:
            if store.settings.source_hash == source_hash(folder):
                return store
            store.close()
            click.echo("The store is older than its sources. Building it anew.", err=True)
    from fmbstats.cli.build import run_build

    run_build(folder, path)
    return open_store(path)
