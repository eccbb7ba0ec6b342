"""``fmbstats init``: a folder to work in."""

from __future__ import annotations

from pathlib import Path

import click

from fmbstats.cli.common import NewFolder
from fmbstats.store.paths import copy_shipped


@click.command()
@click.argument("folder", type=NewFolder(), default=".")
def init(folder: Path) -> None:
    """Copy recommendations, published statistics and notebooks into FOLDER, to add your own.

    Files that are there stay as they are. Without it the commands read what fmbstats brings along.
    """
    written = copy_shipped(folder)
    click.echo(f"{len(written)} files written to {folder.resolve()}")
