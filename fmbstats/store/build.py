"""data_raw into one DuckDB file, published whole or not at all."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

import fmbstats
from fmbstats.errors import StoreError
from fmbstats.sources.outside import read_outside
from fmbstats.sources.registers.losses import DEFAULT_MAX_MALFORMED, DEFAULT_MAX_REJECTED
from fmbstats.sources.registers.register import RegisterInfo
from fmbstats.sources.textfiles import check_regular
from fmbstats.store.derived import add_spell_views, count_spells
from fmbstats.store.evidence import bring_evidence, evidence_of
from fmbstats.store.paths import LAYOUT_VERSION, source_hash
from fmbstats.store.publish import force_to_disk, publishing
from fmbstats.store.published_tables import add_published, published_frames
from fmbstats.store.recommended import Recommended, read_recommended
from fmbstats.store.spell_cells import keep_frames, keep_register
from fmbstats.store.staging import MAX_CODES, Staged, too_many_codes
from fmbstats.store.strata import bring_strata
from fmbstats.store.tables import create, insert, open_draft

# From this share of the lines on, spells that are joined to others are doubted.
_MANY_MERGED = 0.1


@dataclass(frozen=True, eq=False)
class BuildResult:
    """What a build did."""

    path: Path  #: The finished store.
    n_spells: int  #: Spells of the incident cohorts.
    n_ledger_rows: int  #: Rows of the ledger of counts.
    #: Spells that the cut-off ends before their entry day; never seen, not counted.
    n_not_at_risk: int
    #: `n_excluded`, `n_withdrawn`: spells that the format's rules leave out; certificates
    #: withdrawn.
    n_excluded: int
    n_withdrawn: int
    register: RegisterInfo  #: The register read, with its counts of rejected and duplicate rows.
    rejects: pl.DataFrame  #: file, line, column, value, reason; one row per fault.
    unknown_codes: pl.DataFrame  #: code, reason, n (spells), most spells first.
    remarks: tuple[str, ...] = ()  #: What is to be said of how the register was read.


def build_store(
    data_raw: Path,
    path: Path,
    register,
    max_reject_share: float = DEFAULT_MAX_REJECTED,
    max_malformed_share: float = DEFAULT_MAX_MALFORMED,
    request: str | None = None,
    evidence: pl.DataFrame | None = None,
) -> BuildResult:
    """Build the store from `data_raw` and a register, and put it in place at `path`.

    `data_raw`: folder with the FMB editions (fmb/). `path`: the store; its folder is made private
    (mode 0700). An earlier store is replaced only when the new one is finished. `register`: a
    reader's source, or canonical spells, degree segments, and what is known about them.
    `max_reject_share`: largest share of lines that may be bad, 0 to 1, of all and of those of one
    kind. `max_malformed_share`: largest share of first diagnoses that may be no ICD-10-SE codes, 0
    to 1. `request`: what was asked for, where it cannot be found again in data_raw (JSON); kept in
    the store, so that it can be built anew. `evidence`: what is known of the persons of a register
    drawn in memory: columns of `evidence.SCHEMA`. Raises StoreError: something that is no store
    lies at `path`; LockedError: another process is building; SourceError: a file of the register is
    refused whole; something in `data_raw` is no file; RejectedRowsError: too many bad lines;
    ContradictionError: two recommendations of one edition contradict each other; SpaceError: the
    disk is full.
    """
    check_regular(data_raw)
    with (
        publishing(path) as draft,
        open_draft(draft) as connection,
        ThreadPoolExecutor(2) as beside,
    ):
        recommended = beside.submit(read_outside, read_recommended, data_raw)
        published = beside.submit(read_outside, published_frames, data_raw)
        if isinstance(register, tuple):
            staged = keep_frames(connection, *register)
        else:
            staged = keep_register(connection, register, max_reject_share, max_malformed_share)
        # Most of the store, so that the end waits for little.
        forced = beside.submit(force_to_disk, draft)
        insert(connection, "meta_settings", settings_frame(staged, data_raw, max_reject_share))
        known = recommended.result()
        facts = evidence_of(register, known) if evidence is None else evidence
        has_keys = not isinstance(register, tuple) and register.codes is not None
        told = bring_evidence(connection, known, facts, has_keys=has_keys)
        staged = replace(staged, remarks=staged.remarks + told)
        bring_strata(connection, register)
        asked = [] if request is None else [request]
        insert(connection, "meta_request", pl.DataFrame({"request": asked}, {"request": pl.String}))

        def match() -> None:
            create(connection, "stg_codes", "temp table")
            add_code_periods(connection, known)
            add_spell_views(connection, staged.has_single_segments)

        n_merged = count_spells(
            connection, staged.has_single_segments, match, not isinstance(register, tuple)
        )
        forced.result()  # the system tells only once of what it could not write
        insert(connection, "rejects", staged.rejects)
        return finish(connection, path, _told_of(staged, n_merged), published.result())


def _told_of(staged: Staged, n_merged: int) -> Staged:
    """Say that spells of one person shared days."""
    if not n_merged:
        return staged
    told = (
        f"{n_merged:,} spells began during another spell of their person and were joined to it: "
        "nobody is on sick leave twice on one day."
    )
    if n_merged > _MANY_MERGED * staged.info.n_rows_read:
        told = f"WARNING: {told} Are the ids those of persons, and have spells their last days?"
    return replace(staged, remarks=(*staged.remarks, told))


def add_code_periods(connection, recommended: Recommended) -> None:
    """Add the recommendations for the codes in ``stg_codes``, and the periods of every code.

    Raises SourceError: so many different codes that the column cannot be a diagnosis.
    """
    codes = connection.sql("select code from stg_codes order by code").pl()["code"]
    for name, frame in (recommended.tables | recommended.code_tables(codes)).items():
        insert(connection, name, frame)
    insert(connection, "stg_code_faults", recommended.code_faults(codes), "temp table")
    create(connection, "stg_code_periods")
    create(connection, "stg_answers")
    n_answers, n_doubled = connection.execute(
        "select (select count(*) from stg_answers), count(*) - count(distinct (code_key, "
        "valid_from)) from stg_code_periods"
    ).fetchall()[0]
    if n_answers >= MAX_CODES:
        raise too_many_codes(len(codes))
    if n_doubled:  # an equi-join would double spells without a word
        raise StoreError("Two validity periods of one code overlap: a fault in data_raw/fmb.")


def finish(
    connection, path: Path, staged: Staged, published: dict[str, pl.DataFrame]
) -> BuildResult:
    """Add what is derived from the ledger and what was published elsewhere, and count."""
    create(connection, "unknown_codes")
    create(connection, "mart_entry_keys")
    add_published(connection, published)
    n_spells, n_rows, n_not_at_risk = connection.execute(
        "select (select coalesce(sum(n), 0)::bigint from mart_cells), "
        "(select count(*) from mart_cells), n_not_at_risk from meta_settings"
    ).fetchall()[0]
    return BuildResult(
        path=path,
        n_spells=n_spells,
        n_ledger_rows=n_rows,
        n_not_at_risk=n_not_at_risk,
        n_excluded=staged.n_excluded,
        n_withdrawn=staged.n_withdrawn,
        register=staged.info,
        rejects=staged.rejects,
        unknown_codes=connection.sql("select * from unknown_codes").pl(),
        remarks=staged.remarks,
    )


def settings_frame(
    staged: Staged, data_raw: Path, max_reject_share: float, **merged: object
) -> pl.DataFrame:
    """One row: everything a report must say about how its numbers came about."""
    info = staged.info
    row = {
        "layout_version": LAYOUT_VERSION,
        "fmbstats_version": fmbstats.__version__,
        "source_hash": source_hash(data_raw),
        "data_folder": str(data_raw.resolve()),
        "register_name": info.name,
        "is_synthetic": info.is_synthetic,
        "is_merged": False,
        "length_basis": info.length_basis,
        "extraction_date": info.extraction_date,
        "cutoff_date": info.cutoff_date,
        "gap_days": info.gap_days,
        "lag_days": info.lag_days,
        "n_rows_read": info.n_rows_read,
        "n_duplicates": info.n_duplicates,
        "n_rejected": info.n_rejected,
        "n_excluded": staged.n_excluded,
        "n_withdrawn": staged.n_withdrawn,
        "n_not_at_risk": staged.n_not_at_risk,
        "max_reject_share": float(max_reject_share),
        "register_files": json.dumps(info.files, ensure_ascii=False, default=str),
    } | merged
    return pl.DataFrame([row])
