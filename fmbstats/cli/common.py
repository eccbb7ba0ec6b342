"""What several commands share: options, and where data and store lie."""

from __future__ import annotations

from pathlib import Path

import click

from fmbstats.errors import StoreError
from fmbstats.settings import SETTINGS
from fmbstats.store.paths import STORE_FILE, project_root

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
    type=click.Choice([str(days) for days in SETTINGS.month_conventions]),
    default=str(SETTINGS.month_days),
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
