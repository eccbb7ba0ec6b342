"""`fmbstats check PATH…`: a file against its contract, before anything is built."""

from __future__ import annotations

from pathlib import Path

import click

from fmbstats.errors import SourceError, UnknownNameError


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--contract", "name", help="Hold the files against this contract, not the nearest.")
@click.option(
    "--rejects",
    "rejects_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every rejected value to this CSV file.",
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The mapping (TOML) of a band table or of a plain spell table.",
)
@click.option("--shown", default=5, show_default=True, help="Rejected values shown per file.")
def check(
    paths: tuple[Path, ...],
    name: str | None,
    rejects_path: Path | None,
    mapping: Path | None,
    shown: int,
) -> int:
    """Say what is wrong with files, where, and what to do.

    PATHS are files or folders. Which table a file holds is told from its columns. Exit code 0
    when every row of every file can be used, 11 otherwise.
    """
    from fmbstats.sources.check_files import all_contracts, check_file, files_under

    known = {c.name: c for c in all_contracts()}
    if name is not None and name not in known:
        raise UnknownNameError.among("Contract", name, known)
    contract = known.get(name) if mapping is None else _mapped(mapping)
    results = []
    for path in files_under(list(paths)):
        results.append(check_file(path, contract))
        click.echo(results[-1].text(shown))
    if not results:
        raise SourceError(f"{', '.join(str(p) for p in paths)}: no file to check.")
    n_bad = sum(not r.is_ok for r in results)
    click.echo(
        f"{len(results)} files checked, {n_bad} with faults."
        if n_bad
        else f"{len(results)} files checked, all in order."
    )
    if rejects_path is not None:
        _write_rejects(results, rejects_path)
    return SourceError.exit_code if n_bad else 0


def _mapped(path: Path):
    """Return the contract a mapping describes: of bands when it has [bands], else of spells."""
    import tomllib

    from fmbstats.sources import bands, spells
    from fmbstats.sources.textfiles import read_text

    try:
        is_bands = "bands" in tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"{path.name}: is not TOML ({error}).") from None
    if is_bands:
        return bands.mapped_contract(bands.read_mapping(path))
    return spells.mapped_contract(spells.read_mapping(path))


def _write_rejects(results: list, path: Path) -> None:
    import polars as pl

    rejects = pl.concat([r.rejects for r in results])
    # a value that a spreadsheet would run as a formula stays text
    text = rejects.with_columns(
        pl.when(pl.col(c).str.contains(r"^[=+\-@\t\r]"))
        .then(pl.lit("'") + pl.col(c))
        .otherwise(pl.col(c))
        .alias(c)
        for c in ("file", "column", "value", "reason")
    )
    text.write_csv(path)
    click.echo(f"{rejects.height} rejected values written to {path}.")
