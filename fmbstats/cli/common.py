"""What several commands share: options, and where data and store lie."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path

import click

from fmbstats.errors import StoreError, UnknownNameError, UserError
from fmbstats.settings import SETTINGS
from fmbstats.sources.published.published_tables import GUIDELINES
from fmbstats.store.paths import STORE_FILE, copy_shipped, data_folder, project_root

log = logging.getLogger("fmbstats")

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


def require_extra(extra: str, *modules: str) -> None:
    """Say how to install what a command needs beyond the rest, where it is missing.

    Raises
    ------
    UserError
        One of `modules` is not installed.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise UserError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed. "
            f"Install 'fmbstats[{extra}]', or run with 'uv run --extra {extra} fmbstats …'."
        )


def find_data(data: Path | None) -> Path:
    """Return the data_raw folder, or say where it was looked for."""
    folder = data or data_folder()
    if not (folder / "fmb").is_dir():
        raise StoreError(
            f"{folder} holds no folder 'fmb'. Run 'fmbstats init' to copy the recommendations and "
            "published statistics there, or name the folder with --data."
        )
    return folder


def find_guideline(data: Path, name: str) -> Path:
    """Return the data folder of a guideline that was imported beside FMB.

    Raises
    ------
    UnknownNameError
        There is none of that name.
    """
    folder = data / GUIDELINES
    known = sorted(p.name for p in folder.glob("*") if (p / "fmb").is_dir())
    if name not in known:
        advice = (
            f"Known: {', '.join(known)}."
            if known
            else f"Import it from a sheet: 'fmbstats import fmb SHEET --guideline {name}'."
        )
        raise UnknownNameError.among("guideline", name, known, advice)
    return folder / name


def own_data() -> Path:
    """Return the project's data_raw to write into; what fmbstats brings along is copied first."""
    root = project_root()
    if not (root / "data_raw").is_dir():
        copy_shipped(root, ["data_raw"])
    return root / "data_raw"


def find_store(store_path: Path | None) -> Path:
    """Return where the store is or shall be."""
    return store_path or project_root() / STORE_FILE
