"""`fmbstats check PATH…`: a file against its contract, before anything is built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fmbstats.atomic import write_text
from fmbstats.cli.common import FILE, Day, NewFile
from fmbstats.errors import SourceError, UnknownNameError

if TYPE_CHECKING:
    from fmbstats.sources.check_files import CheckResult
    from fmbstats.sources.registers.contracts import Contract


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--contract", "name", help="Hold the files against this contract, not the nearest.")
@click.option(
    "--rejects",
    "rejects_path",
    type=NewFile(),
    help="Write every rejected value to this CSV file.",
)
@click.option(
    "--mapping",
    type=FILE,
    help="The mapping (TOML) of a band table or of a register.",
)
@click.option(
    "--extraction",
    "extraction_date",
    type=Day(),
    help="Day up to which a register is known; later rows are rejected [default: what "
    "register.toml beside the file says, else none].",
)
@click.option(
    "--together",
    is_flag=True,
    help="The files are one register: look for repetitions across them too.",
)
@click.option("--shown", default=5, show_default=True, help="Rejected values shown per file.")
def check(
    paths: tuple[Path, ...],
    name: str | None,
    rejects_path: Path | None,
    mapping: Path | None,
    extraction_date: date | None,
    together: bool,
    shown: int,
) -> int:
    """Say what is wrong with files, where, and what to do.

    PATHS are files or folders. Which table a file holds is told from its columns. A register's
    rows are judged as 'fmbstats build' judges them, repetitions and contradictions among them.
    Exit code 0 when every row of every file can be used, 11 otherwise.
    """
    from fmbstats.sources.check_files import all_contracts, files_under

    known = {c.name: c for c in all_contracts()}
    if name is not None and name not in known:
        raise UnknownNameError.among("Contract", name, known)
    bands = None if mapping is None else _bands(mapping)
    contract = bands or (known[name] if name else None)
    said = {
        "mapping": None if bands else mapping,
        "extraction_date": extraction_date,
    }
    results = []
    for result in _checked(list(files_under(list(paths))), contract, together, said):
        results.append(result)
        click.echo(result.text(shown))
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


def _held_against_editions(result: CheckResult) -> CheckResult:
    """Look whether the cases and values of case rules are there; other files come back as they are.

    The editions are those of the data folder that the file lies in, else the project's.
    """
    from fmbstats.cli.common import find_data
    from fmbstats.recommendations.case_rules import read_rule_file
    from fmbstats.sources.fmb.edition_tables import read_editions
    from fmbstats.sources.fmb.rule_files import CASE_RULES

    if result.contract != CASE_RULES or not result.is_ok:
        return result
    own = result.path.resolve().parents[1] / "fmb"
    try:
        read_rule_file(result.path, read_editions(own if own.is_dir() else find_data(None) / "fmb"))
    except SourceError as error:
        return replace(result, error=str(error))
    return result


def _checked(
    files: list[Path], contract: Contract | None, is_together: bool, said: dict
) -> Iterator[CheckResult]:
    """Check file by file, or all at once as one register."""
    from fmbstats.sources.check_files import find_contract
    from fmbstats.sources.outside import outside
    from fmbstats.sources.registers.mapping import FORMATS
    from fmbstats.store.check_register import check_file, check_register, register_contract

    if not is_together or len(files) < 2:
        for path in files:
            with outside([path]):
                result = _held_against_editions(check_file(path, contract, **said))
            yield result
        return
    with outside(files):
        if said["mapping"] is not None and contract is None:
            contract = register_contract(files, said["mapping"])
        contracts = {path.name: contract or find_contract(path) for path in files}
    for name, found in contracts.items():
        if found.name not in FORMATS or found.name != contracts[files[0].name].name:
            raise SourceError(
                f"{name}: is {found.title}; --together takes files of one register, all in one "
                "format. Name them alone."
            )
    with outside(files):
        result = check_register(files, contracts[files[0].name], **said)
    yield result


def _bands(path: Path):
    """Return the contract of a band table's mapping; None for a register's, without [bands]."""
    from fmbstats.sources.outside import outside
    from fmbstats.sources.published import mapped
    from fmbstats.sources.settings_files import read_toml

    with outside([path]):
        if "bands" in read_toml(path):
            return mapped.mapped_contract(mapped.read_mapping(path))
    return None


def _write_rejects(results: list, path: Path) -> None:
    import polars as pl

    from fmbstats.media import in_cell

    rejects = pl.concat([r.rejects for r in results])
    text = rejects.with_columns(
        pl.col("file", "column", "value", "reason").map_elements(in_cell, return_dtype=pl.String)
    )
    write_text(path, text.write_csv())
    click.echo(f"{rejects.height} rejected values written to {path}.")
