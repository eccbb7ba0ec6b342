"""fmbstats ledger: counts without persons, out of one store and into another."""

from __future__ import annotations

from pathlib import Path

import click

from fmbstats.cli.common import data_option, find_data, find_store, store_option
from fmbstats.errors import StoreError


@click.group()
def ledger() -> None:
    """Add up registers whose holders may not pool persons: export each ledger, merge the files."""


@ledger.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@store_option
def export_command(file: Path, store_path: Path | None) -> None:
    """Write the store's ledger of counts to FILE (a ZIP archive of CSV tables).

    No person is in it, but small counts are: it is not for publication.
    """
    from fmbstats.store import Store
    from fmbstats.store.ledger import export_ledger

    with Store(find_store(store_path)) as store:
        n_rows = export_ledger(store, file)
        name = store.settings.register_name
    click.echo(
        f"{file}: {n_rows:,} ledger rows of {name}. Exact counts, small ones too: not for "
        "publication.",
        err=True,
    )


@ledger.command("merge")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--to",
    "store_path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The store to make of the sum.",
)
@data_option
def merge_command(files: tuple[Path, ...], store_path: Path, data: Path | None) -> None:
    """Make a store of the sum of ledgers; no person may be in two of them."""
    from fmbstats.store.ledger import merge_ledgers
    from fmbstats.store.opening import read_origin

    origin = read_origin(store_path)
    if origin is not None and not (origin.is_merged or origin.is_synthetic):
        raise StoreError(
            f"{store_path} holds {origin.kind}, real data; the sum would take its place. Name "
            "another store with --to."
        )
    result = merge_ledgers(files, find_data(data), store_path)
    click.echo(
        f"{store_path}: {result.n_spells:,} spells of {len(files)} ledgers "
        f"({result.register.name}), {result.n_ledger_rows:,} ledger rows, no persons.",
        err=True,
    )
