"""fmbstats ledger: counts without persons, out of one register or store and into another."""

from __future__ import annotations

from pathlib import Path

import click

from fmbstats.cli.common import (
    FILE,
    FOUND,
    Day,
    NewFile,
    data_option,
    find_data,
    find_store,
    language_as,
    store_option,
)
from fmbstats.errors import StoreError
from fmbstats.settings import SETTINGS

to_option = click.option(
    "--to", "store_path", required=True, type=NewFile(), help="The store to make of the counts."
)


extraction_option = click.option(
    "--extraction",
    required=True,
    type=Day(),
    help="Day up to which the register is known.",
)
gap_option = click.option(
    "--gap", default=5, show_default=True, type=click.IntRange(0, 3650), help="Days, as in build."
)
lag_option = click.option(
    "--lag", default=0, show_default=True, type=click.IntRange(0, 3650), help="Days, as in build."
)
signers_option = click.option(
    "--signers",
    type=FOUND,
    help="OpenSSH's file of allowed signers; with --signer, a file must be signed by them.",
)
signer_option = click.option("--signer", default="", help="Identity of the signer in --signers.")


@click.group()
def ledger() -> None:
    """Pool registers whose holders may not pool persons: count at each, add the counts up."""


@ledger.command("export")
@click.argument("file", type=NewFile())
@store_option
@click.option(
    "--minimum",
    default=SETTINGS.threshold,
    show_default=True,
    type=click.IntRange(2),
    help="No count is decided by fewer spells.",
)
@click.option(
    "--exact",
    is_flag=True,
    help="Exact counts by all strata at once: PERSON-LEVEL DATA.",
)
@click.option("--sign", "key", type=FILE, help="Sign with this OpenSSH key (NAME.sig beside it).")
def export_command(
    file: Path, store_path: Path | None, minimum: int, exact: bool, key: Path | None
) -> None:
    """Write the store's ledger of counts to FILE (a ZIP archive of CSV tables).

    By default its margins (all spells, and by sex, age, county and so on one at a time), protected
    by the rule for what may leave the house. 'fmbstats ledger check FILE' says what is in it.
    """
    from fmbstats.release.exchange import export_margins
    from fmbstats.store import Store
    from fmbstats.store.ledger import export_ledger
    from fmbstats.store.signatures import sign

    with Store(find_store(store_path)) as store:
        name = store.settings.register_name
        if exact:
            said = (
                f"{export_ledger(store, file):,} ledger rows of {name}. Exact counts, most of one "
                "spell: person-level data, not for publication."
            )
        else:
            done = export_margins(store, file, minimum)
            said = (
                f"{done.n_rows:,} rows of margins of {name}. Protected: groups under {minimum} "
                f"spells are absent, and no count is further than {done.most_off} spells from the "
                "exact one."
            )
    signed = f" Signed: {sign(file, key).name}." if key else ""
    click.echo(f"{file}: {said}{signed}", err=True)


@ledger.command("check")
@click.argument("file", type=FILE)
@language_as(help="Of it.")
@signers_option
@signer_option
def check_command(file: Path, language: str, signers: Path | None, signer: str) -> None:
    """Judge a ledger FILE and print a page on what it holds and gives away."""
    from fmbstats.pages.ledger_page import ledger_page
    from fmbstats.release.exchange import KIND, read_margins
    from fmbstats.store.ledger_file import kind_of, read_ledger

    _verify(file, signers, signer)
    ledger = read_margins(file) if kind_of(file) == KIND else read_ledger(file)
    click.echo(ledger_page(ledger, language, signer if signers else ""), nl=False)


@ledger.command("merge")
@click.argument("files", nargs=-1, required=True, type=FILE)
@to_option
@data_option
@signers_option
@click.option(
    "--signer", "named", multiple=True, help="Identity of each file's signer, in their order."
)
def merge_command(
    files: tuple[Path, ...],
    store_path: Path,
    data: Path | None,
    signers: Path | None,
    named: tuple[str, ...],
) -> None:
    """Make a store of the sum of ledgers; no person may be in two of them."""
    from fmbstats.release.exchange import KIND, merge_margins
    from fmbstats.store.ledger import merge_ledgers
    from fmbstats.store.ledger_file import kind_of

    _refuse_real(store_path)
    if signers and len(named) != len(files):
        raise click.UsageError("--signers needs one --signer for each file.")
    for file, signer in zip(files, named or [""] * len(files), strict=False):
        _verify(file, signers, signer)
    if files and kind_of(files[0]) == KIND:
        n_spells = merge_margins(files, find_data(data), store_path)
        click.echo(
            f"{store_path}: a release store of about {n_spells:,} spells of {len(files)} ledgers; "
            "'fmbstats report --store' makes reports of it.",
            err=True,
        )
        return
    result = merge_ledgers(files, find_data(data), store_path)
    click.echo(
        f"{store_path}: {result.n_spells:,} spells of {len(files)} ledgers "
        f"({result.register.name}), {result.n_ledger_rows:,} ledger rows, no persons.",
        err=True,
    )


@ledger.command("sql")
@click.option(
    "--dialect",
    required=True,
    type=click.Choice(["duckdb", "spark", "postgres", "tsql"]),
    help="The engine in which the register lies.",
)
@click.option("--table", default="spells", show_default=True, help="Its table: a row per spell.")
@click.option("--mapping", type=FILE, help="Column names and values (TOML), as for 'build'.")
@click.option(
    "--without",
    multiple=True,
    type=click.Choice(
        [
            "person_id",
            "spell_id",
            "sex",
            "birth_year",
            "county_code",
            "occupation",
            "entry_day",
            "end_reason",
        ]
    ),
    help="What the table does not have.",
)
@extraction_option
@gap_option
@lag_option
@data_option
def sql_command(dialect, table, mapping, without, extraction, gap, lag, data) -> None:
    """Print the query that counts a register where it lies; 'ledger import' takes its result.

    The table has a row per spell: person_id, spell_id, start_date, last_date (empty = ongoing),
    code, and if known sex, birth_year, county_code, occupation, entry_day, end_reason. A mapping
    says what these are called there, --without what is not there. Spells of a person that share
    days are made one, as 'build' does; --without person_id they must be one already.
    """
    from fmbstats.sources.registers.mapping import read_mapping
    from fmbstats.sources.registers.spell_contract import CONTRACT
    from fmbstats.store.ledger import edges
    from fmbstats.store.ledger_query import ledger_query

    read = read_mapping(mapping, [CONTRACT]) if mapping else None
    info = _info(extraction, gap, lag)
    query = ledger_query(
        dialect,
        edges(find_data(data)),
        table=table,
        extraction=extraction,
        cutoff=info.cutoff_date,
        columns={**(read.columns if read else {}), **dict.fromkeys(without)},
        values=read.values if read else None,
    )
    click.echo(query, nl=False)


@ledger.command("import")
@click.argument("file", type=FILE)
@to_option
@click.option("--name", required=True, help="What reports call the register.")
@extraction_option
@gap_option
@lag_option
@click.option(
    "--length-basis",
    type=click.Choice(["paid_days", "certificate_days", "episode_days"]),
    default="paid_days",
    show_default=True,
    help="What a day of leave is.",
)
@click.option("--rows", "n_rows", default=0, type=click.IntRange(0), help="Spells in the table.")
@click.option("--synthetic", is_flag=True, help="No real person is in it.")
@data_option
def import_command(
    file, store_path, name, extraction, gap, lag, length_basis, n_rows, synthetic, data
) -> None:
    """Make a store of the counts in FILE: a CSV with the columns of 'ledger sql'.

    Counts made by other means (SAS, Stata, R) do as well: code, valid_from (the last day up to the
    spell's first on which a recommendation began or ended, as 'ledger sql' lists them), start_year,
    start_month, sex, age_group, county_code, entry_day, duration_day, end_reason, n.
    """
    from fmbstats.store.ledger import import_counts

    _refuse_real(store_path)
    info = _info(extraction, gap, lag, name, length_basis, n_rows, synthetic)
    result = import_counts(file, info, find_data(data), store_path)
    click.echo(
        f"{store_path}: {result.n_spells:,} spells ({name}), {result.n_ledger_rows:,} ledger rows, "
        "no persons.",
        err=True,
    )


def _info(extraction, gap, lag, name="", basis="paid_days", n_rows=0, synthetic=False):
    from fmbstats.sources.registers.register import RegisterInfo

    return RegisterInfo(
        name, synthetic, basis, extraction, gap_days=gap, lag_days=lag, n_rows_read=n_rows
    )


def _refuse_real(store_path: Path) -> None:
    """Counts never take the place of a store made from persons' register."""
    from fmbstats.store.opening import read_origin

    origin = read_origin(store_path)
    if origin is not None and not (origin.is_merged or origin.is_synthetic):
        raise StoreError(
            f"{store_path} holds {origin.kind}, real data; the counts would take its place. Name "
            "another store with --to."
        )


def _verify(file: Path, signers: Path | None, signer: str) -> None:
    from fmbstats.store.signatures import verify

    if signers is None and not signer:
        return
    if signers is None or not signer:
        raise click.UsageError("--signers and --signer belong together.")
    verify(file, signers, signer)
