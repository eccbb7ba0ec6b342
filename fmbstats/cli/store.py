"""fmbstats store: what a store holds, without a report."""

from __future__ import annotations

from pathlib import Path

import click

from fmbstats.cli.common import find_store, store_option


@click.group()
def store() -> None:
    """Look at a store as a file: whether it is whole, whether two hold the same."""


@store.command("hash")
@click.option("--tables", is_flag=True, help="Also the hash of every table.")
@store_option
def hash_command(tables: bool, store_path: Path | None) -> None:
    """Print a hash of all that the store holds; reads every block, so that damage is found.

    Two builds of one input by one version give the same, whatever the order of rows, the number
    of threads or the place.
    """
    from fmbstats.store import Store
    from fmbstats.store.hashing import store_hash, table_hashes

    with Store(find_store(store_path)) as opened:
        click.echo(store_hash(opened.rows))
        if tables:
            for name, value in table_hashes(opened.rows).items():
                click.echo(f"{value}  {name}")
