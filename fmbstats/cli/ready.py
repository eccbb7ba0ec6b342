"""The store, made when it is missing or older than its sources."""

from __future__ import annotations

from pathlib import Path

import click

from fmbstats.cli.build import run_build
from fmbstats.cli.common import find_data, find_store
from fmbstats.errors import StoreError
from fmbstats.store.paths import source_hash


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
    run_build(folder, path)
    return open_store(path)
