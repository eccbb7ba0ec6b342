"""fmbstats build: data_raw into the store."""

from __future__ import annotations

import time
from pathlib import Path

import click

from fmbstats.cli.common import data_option, find_data, find_store, store_option


@click.command()
@data_option
@store_option
def build(data: Path | None, store_path: Path | None) -> None:
    """Build the store from data_raw (it is only a cache: delete it at will)."""
    run_build(find_data(data), find_store(store_path))


def run_build(data: Path, path: Path) -> None:
    """Read the register, build the store, say what came in."""
    from fmbstats.store.build import build_store
    from fmbstats.synth import draw_register

    started = time.perf_counter()
    click.echo("Drawing the synthetic register ...", err=True)
    register = draw_register(data_raw=data)
    click.echo("Building the store ...", err=True)
    result = build_store(data, path, register)
    info = result.register
    kind = "SYNTHETIC" if info.is_synthetic else "real"
    click.echo(
        f"{path.name}: {result.n_spells:,} spells ({kind}: {info.name}), "
        f"{result.n_ledger_rows:,} ledger rows, {result.n_not_at_risk:,} spells never at risk, "
        f"{info.n_rejected:,} rejected, {time.perf_counter() - started:.1f} s",
        err=True,
    )
