"""fmbstats gate: check a finished folder before it leaves the house."""

from __future__ import annotations

from pathlib import Path

import click

from fmbstats.cli.common import data_option, require_extra
from fmbstats.store.paths import DATA_VARIABLE, in_environment


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--previous",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of an earlier release to compare with.",
)
@click.option("--sign", metavar="NAME", help="Sign in this name, when nothing is found.")
@click.option(
    "--most", type=click.IntRange(1), default=50, show_default=True, help="Findings listed."
)
@data_option
def gate(folder, previous, sign, most, data) -> int:
    """Check a finished folder of reports, or an export, before it leaves the house.

    Everything that is found is listed; nothing is changed. With --sign and without findings a
    record with the hashes of all files is written to release.json; a later run says whether
    anything has changed since.
    """
    from fmbstats.export.folder import MANIFEST
    from fmbstats.gate import run_gate

    if (folder / MANIFEST).is_file():  # its figures are drawn again, its workbook's form is made
        require_extra("export", "typst", "xlsxwriter")
    with in_environment(**({} if data is None else {DATA_VARIABLE: data})):
        result = run_gate(folder, previous=previous, sign=sign)
    click.echo(result.text(most))
    return result.exit_code
