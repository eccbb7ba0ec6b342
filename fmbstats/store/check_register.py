"""Says of register files what a build would say of them; no store is made.

A register is poured through the same staging as a build, so that repetitions and rows that
contradict each other are found wherever they stand, within the same bounds of memory. Other
tables are held against their contracts by :mod:`fmbstats.sources.check_files`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import psutil

from fmbstats import codes as icd
from fmbstats.atomic import is_full
from fmbstats.errors import SourceError, SpaceError
from fmbstats.sources.check_files import (
    CheckResult,
    all_contracts,
    check_table,
    find_contract,
    is_sidecar,
    unused_remarks,
)
from fmbstats.sources.registers.blocks import column_names
from fmbstats.sources.registers.contracts import Contract, unused_names
from fmbstats.sources.registers.evidence import OWN_COLUMNS
from fmbstats.sources.registers.mapping import FORMATS, LATEST_EXTRACTION, read_mapping
from fmbstats.sources.registers.spellsource import SpellSource
from fmbstats.store.own_register import (
    SETTINGS_FILE,
    RegisterRequest,
    open_register,
    read_settings,
    register_format,
)
from fmbstats.store.staging import first_codes, refuse_malformed, stage_register
from fmbstats.store.tables import open_draft, sql_text

_PREFIX = "fmbstats-check-"


def check_file(
    path: str | Path,
    contract: Contract | None = None,
    *,
    mapping: Path | None = None,
    extraction_date: date | None = None,
) -> CheckResult:
    """Hold a file against its contract; a register also against itself, as a build does.

    `contract`: by default the one that fits best. `mapping`: TOML file with the column names of a
    plain spell table; `contract` is then made of it. `extraction_date`: see :func:`check_register`.
    Never raises for what is wrong with the file.
    """
    path = Path(path)
    if is_sidecar(path):
        return check_table(path)
    try:
        contract = contract or _said_contract(path, mapping) or find_contract(path)
    except SourceError as error:
        return CheckResult(path, None, str(error))
    if contract.name not in FORMATS:
        return check_table(path, contract)
    return check_register([path], contract, mapping=mapping, extraction_date=extraction_date)


def check_register(
    paths: Sequence[Path],
    contract: Contract,
    *,
    mapping: Path | None = None,
    extraction_date: date | None = None,
) -> CheckResult:
    """Judge the files of one register as a build judges them.

    `paths`: files of one format; repetitions are looked for across them. `contract`: its name is
    the register's format. `mapping`: TOML file with the column names of a plain spell table.
    `extraction_date`: by default what ``register.toml`` beside the files or the mapping says; where
    nobody says it, rows that lie after it cannot be seen. Counts and rejects are those of
    :func:`fmbstats.store.build.build_store`. Raises SpaceError: the disk is full.
    """
    shown = paths[0]
    if len(paths) > 1:
        shown = shown.parent / f"{{{','.join(path.name for path in paths)}}}"
    try:
        request, is_dated = _request(paths, contract.name, mapping, extraction_date)
        with _scratch() as draft, open_draft(draft) as connection:
            source = open_register(request)
            staged = stage_register(connection, source, max_share_rejected=1.0)
            counts = first_codes(connection, "coded_spells")
            malformed = refuse_malformed(connection, "coded_spells", request.malformed_share)
            joins = _joins(connection)
    except SourceError as error:
        return CheckResult(shown, contract, str(error))
    info = staged.info
    return CheckResult(
        shown,
        contract,
        None,
        info.n_rows_read,
        info.n_rejected,
        info.n_duplicates,
        sum(n for code, n in counts.items() if code and not icd.is_code(code)),
        rejects=staged.rejects,
        n_excluded=staged.n_excluded,
        n_withdrawn=staged.n_withdrawn,
        is_dated=is_dated,
        stops=(*staged.refusals(request.reject_share), *([malformed] if malformed else [])),
        remarks=(*staged.remarks, *joins, *_unused(source)),
    )


def _joins(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Say what a build makes of spells of a person that share days, or touch."""
    n_sharing, n_touching = connection.execute(sql_text("check_joins")).fetchall()[0]
    told = []
    if n_sharing:
        told.append(
            f"{n_sharing:,} spells begin during another spell of their person: a build joins them "
            "to it, from the first day to the last."
        )
    if n_touching:
        told.append(
            f"{n_touching:,} spells begin on the day after another of their person ends: they stay "
            "apart, and are one in the reading that bridges gaps of up to 14 days."
        )
    return told


def _unused(source: SpellSource) -> tuple[str, ...]:
    """Say which columns of the files nothing reads."""
    contract = source.contract
    if contract is None:
        return ()
    found = (column_names(path, contract) for path in source.files)
    # Where a case rule asks for them, a build reads these beside the spells.
    evidence = OWN_COLUMNS[contract.name].values if contract.name in OWN_COLUMNS else ()
    names = dict.fromkeys(
        n for every in found for n in unused_names(every, contract) if n not in evidence
    )
    return unused_remarks(list(names))


def _request(
    paths: Sequence[Path], layout: str, mapping: Path | None, extraction_date: date | None
) -> tuple[RegisterRequest, bool]:
    """Return what to read, and whether anybody said up to which day it is known."""
    asked = RegisterRequest(tuple(paths), layout, mapping, extraction_date=extraction_date)
    settings = paths[0].parent / SETTINGS_FILE
    if mapping is None and settings.is_file():
        asked = asked.over(read_settings(settings))
    said = read_mapping(asked.mapping).register if asked.mapping is not None else {}
    is_dated = asked.extraction_date is not None or "extraction_date" in said
    if not is_dated:
        asked = replace(asked, extraction_date=LATEST_EXTRACTION)
    return asked, is_dated


def register_contract(paths: Sequence[Path], mapping: Path | None, layout: str | None = None):
    """Return the contract of a register whose mapping is known; raises SourceError."""
    layout = register_format(RegisterRequest(tuple(paths), layout, mapping))
    return next(c for c in all_contracts() if c.name == layout)


def _said_contract(path: Path, mapping: Path | None) -> Contract | None:
    """Return the contract that a mapping or ``register.toml`` beside a file leads to."""
    settings = path.parent / SETTINGS_FILE
    said = RegisterRequest((path,), mapping=mapping)
    if mapping is None:
        if not settings.is_file():
            return None
        said = said.over(read_settings(settings))
    if said.mapping is None and said.format is None:
        return None
    return register_contract([path], said.mapping, said.format)


@contextmanager
def _scratch() -> Iterator[Path]:
    """Give the path of a draft in a private folder that goes away with it.

    What killed checks left behind is swept first: rows of a register must not stay about.
    """
    base = Path(tempfile.gettempdir())
    for leftover in base.glob(f"{_PREFIX}*"):
        pid = leftover.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=base, prefix=f"{_PREFIX}{os.getpid()}-"))
    try:
        yield folder / "draft.duckdb"
    except (duckdb.Error, OSError) as error:
        if not is_full(error):
            raise
        raise SpaceError(
            f"No space left in {base} to check the register. Make room there, or let TMPDIR name "
            "a folder with more room."
        ) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
