"""fmbstats build: data_raw and a register into the store."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fmbstats.atomic import place_of
from fmbstats.cli.common import (
    FOUND,
    Day,
    Share,
    data_option,
    find_data,
    find_guideline,
    find_store,
    log,
    store_option,
)
from fmbstats.errors import StoreError

if TYPE_CHECKING:
    import polars as pl

    from fmbstats.sources.registers.register import RegisterInfo
    from fmbstats.sources.registers.spellsource import SpellSource
    from fmbstats.store.build import BuildResult
    from fmbstats.store.opening import Origin
    from fmbstats.store.own_register import RegisterRequest

_N_SHOWN = 5


@click.command()
@data_option
@store_option
@click.option(
    "--register",
    "files",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="A register of your own, once per file or folder of part files [default: the files in "
    "data_raw/register, else a synthetic register].",
)
@click.option(
    "--format",
    type=click.Choice(["midas", "spells", "certificates"]),
    help="Format of the register [default: told from its columns].",
)
@click.option(
    "--mapping",
    type=FOUND,
    help="How the files are written: names, values, dates, encoding (TOML).",
)
@click.option("--name", help="What reports call the register.")
@click.option(
    "--extraction",
    "extraction_date",
    type=Day(),
    help="Day up to and including which the register is known.",
)
@click.option("--gap", type=click.IntRange(0, 3650), help="Days that join two spells [default: 5].")
@click.option(
    "--lag", type=click.IntRange(0, 3650), help="Days until an ending is reported [default: 0]."
)
@click.option(
    "--length-basis",
    type=click.Choice(["paid_days", "certificate_days", "episode_days"]),
    help="What a spell's days are [default: by the format].",
)
@click.option(
    "--max-reject-share",
    type=Share(0, 1),
    help="Fail when a larger share of the lines is bad [default: 0.01].",
)
@click.option(
    "--deaths",
    type=FOUND,
    help="Table of deaths (person, date): spells that end with them end by death.",
)
@click.option(
    "--evidence",
    type=FOUND,
    multiple=True,
    help="Table of what is known of persons (person, date, procedure or occupation or diagnosis): "
    "with case rules in data_raw/rules it tells which cases are possible.",
)
@click.option(
    "--max-malformed-share",
    type=Share(0, 1),
    help="Fail when a larger share of the diagnoses is no ICD-10-SE code [default: 0.05].",
)
@click.option(
    "--synthetic", "is_synthetic", is_flag=True, default=None, help="No real person is in it."
)
@click.option(
    "--replace",
    "is_replacing",
    is_flag=True,
    help="Give up the real register in the store for a synthetic one.",
)
@click.option(
    "--guideline", help="Hold the spells against this one, imported from a sheet, not FMB."
)
def build(
    data: Path | None,
    store_path: Path | None,
    is_replacing: bool,
    guideline: str | None = None,
    **options,
) -> None:
    """Build the store from data_raw (it is only a cache: delete it at will).

    Files in data_raw/register, or named by --register, replace the synthetic register; settings
    stand in data_raw/register/register.toml or are given here. data_raw/register/README.md says
    which formats can be read. Only a store is ever replaced; any other file is left as it is.
    """
    from fmbstats.store.own_register import REGISTER_FOLDER, RegisterRequest, find_register

    folder, path = find_data(data), find_store(store_path)
    asked = RegisterRequest(**options)
    found = find_register(folder / REGISTER_FOLDER)
    if asked.files:
        request = asked
    elif found is not None:
        request = asked.over(found)
    else:
        given = [n for n, v in options.items() if v not in (None, ())]
        if given:
            raise click.UsageError(
                f"{', '.join(sorted(given))}: given without a register. Name its files with "
                f"--register, or put them into {folder / REGISTER_FOLDER}."
            )
        request = None
    _build(folder, path, request, is_replacing, guideline)


def run_build(data: Path, path: Path) -> None:
    """Build anew what the last build was made from, else data_raw as it is."""
    from fmbstats.store.opening import read_origin
    from fmbstats.store.own_register import found_request

    _build(data, path, found_request(data, read_origin(path)))


def _build(
    data: Path,
    path: Path,
    request: RegisterRequest | None,
    is_replacing: bool = False,
    guideline: str | None = None,
) -> None:
    from fmbstats.sources.outside import guarded, outside
    from fmbstats.store.build import build_store
    from fmbstats.store.opening import read_origin
    from fmbstats.store.own_register import REGISTER_FOLDER, RegisterRequest, open_register

    started, recommended = time.perf_counter(), data
    if guideline is not None:
        recommended = find_guideline(data, guideline)
    origin = read_origin(place_of(path))
    shares = RegisterRequest(()) if request is None else request
    # What lies in data_raw/register is found there again; only other files must be remembered.
    remembered = None
    register: SpellSource | tuple[pl.DataFrame, pl.DataFrame, RegisterInfo]
    if request is None:
        check_replaced(path, origin, True, is_replacing)
        log.info("Drawing the synthetic register ...")
        from fmbstats.synth import draw_register

        register = draw_register(data_raw=data)
    else:
        log.info(f"Reading {', '.join(p.name for p in request.files)} ...")
        with outside(request.files):
            register = guarded(open_register(request))
        check_replaced(path, origin, register.info.is_synthetic, is_replacing)
        own = (data / REGISTER_FOLDER).resolve()
        if any(p.resolve().parent != own for p in request.files):
            remembered = request.to_json()
    log.info("Building the store ...")
    result = build_store(
        recommended, path, register, shares.reject_share, shares.malformed_share, request=remembered
    )
    for line in summary(result, time.perf_counter() - started):
        log.info(line)


def check_replaced(
    path: Path, origin: Origin | None, is_synthetic: bool, is_replacing: bool
) -> None:
    """Refuse to give up real data, which may be nowhere else, for synthetic ones unasked.

    Raises StoreError: the store in place holds a real register or a sum of ledgers, the new one
    would not.
    """
    if origin is None or is_replacing or origin.is_synthetic or not is_synthetic:
        return
    raise StoreError(
        f"{path} holds {origin.kind}, real data; a synthetic register would take its place. "
        "Name the register with --register, put it into data_raw/register, name another store "
        "with --store, or give up what is there with --replace."
    )


def summary(result: BuildResult, seconds: float) -> list[str]:
    """Say what came in, and what did not."""
    from fmbstats.sources.check_files import say_reject

    info = result.register
    kind = "SYNTHETIC" if info.is_synthetic else "real"
    lines = [
        f"{result.path.name}: {result.n_spells:,} spells ({kind}: {info.name}), "
        f"{result.n_ledger_rows:,} ledger rows, {result.n_not_at_risk:,} spells never at risk, "
        f"{info.n_rejected:,} rejected, {seconds:.1f} s"
    ]
    if info.n_rows_read:
        lines.append(
            f"Of {info.n_rows_read:,} lines read, {info.n_duplicates:,} were exact repetitions "
            f"(dropped), {info.n_rejected:,} rejected."
        )
    for n, what in (
        (result.n_excluded, "spells left out by the rules of the format"),
        (result.n_withdrawn, "certificates withdrawn"),
    ):
        if n:
            lines.append(f"{n:,} {what}.")
    lines += result.remarks
    if result.rejects.height:
        lines.append("The first rejected values (all: table 'rejects' of the store):")
        lines += [f"  {say_reject(row)}" for row in result.rejects.head(_N_SHOWN).to_dicts()]
    if result.unknown_codes.height:
        total = result.unknown_codes["n"].sum()
        lines.append(
            f"{total:,} spells with codes that match nothing, kept (all: table 'unknown_codes'):"
        )
        lines += [
            f"  {row['code'] or '(none)'}: {row['reason']}, {row['n']:,} spells"
            for row in result.unknown_codes.head(_N_SHOWN).to_dicts()
        ]
    return lines
