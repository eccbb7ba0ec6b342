"""data_raw into one DuckDB file, published whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from pathlib import Path

import duckdb
import polars as pl
from filelock import FileLock, Timeout

import fmbstats
from fmbstats.errors import LockedError, StoreError
from fmbstats.recommendations import Recommendations
from fmbstats.sources.fmb_tables import Edition, read_editions
from fmbstats.sources.register import RegisterInfo
from fmbstats.store.paths import LAYOUT_VERSION, source_hash

# The last day of a validity period that has not ended; DuckDB joins on plain dates.
OPEN_END = pl.date(9999, 12, 31)
MEMORY_LIMIT = "3GB"
TABLES = (
    "stg_spells",
    "mart_spells",
    "mart_ledger",
    "mart_ledger_basis",
    "mart_degrees",
    "mart_entry_keys",
)


@dataclass(frozen=True)
class BuildResult:
    """What a build did.

    Attributes
    ----------
    path : Path
        The finished store.
    n_spells : int
        Spells of the incident cohorts.
    n_ledger_rows : int
        Rows of the ledger of counts.
    n_not_at_risk : int
        Spells that the cut-off ends before their entry day; never seen, not counted.
    register : RegisterInfo
        The register read, with its counts of rejected and duplicate rows.
    """

    path: Path
    n_spells: int
    n_ledger_rows: int
    n_not_at_risk: int
    register: RegisterInfo


def build_store(data_raw: Path, path: Path, register) -> BuildResult:
    """Build the store from `data_raw` and a register, and put it in place at `path`.

    Parameters
    ----------
    data_raw : Path
        Folder with the FMB editions (fmb/).
    path : Path
        The store; its folder is made private (mode 0700). An earlier store is replaced only
        when the new one is finished.
    register : tuple of (polars.DataFrame, polars.DataFrame, RegisterInfo)
        Canonical spells, degree segments, and what is known about the register.

    Raises
    ------
    LockedError
        Another process is building.
    ContradictionError
        Two recommendations of one edition contradict each other.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    try:
        with FileLock(path.with_suffix(".lock"), timeout=0):
            return _build_locked(data_raw, path, register)
    except Timeout:
        raise LockedError(
            f"{path} is being built by another process. Wait for it, or end it, and try again."
        ) from None


def _build_locked(data_raw: Path, path: Path, register) -> BuildResult:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix="building-", suffix=".duckdb")
    os.close(handle)
    os.unlink(temporary)  # DuckDB wants to make the file itself
    draft = Path(temporary)
    try:
        result = _fill(draft, data_raw, path, register)
        with draft.open("rb") as finished:
            os.fsync(finished.fileno())
        os.replace(draft, path)
        # A write-ahead log left by a killed build of the old file would break new readers.
        path.with_name(path.name + ".wal").unlink(missing_ok=True)
        return result
    finally:
        for leftover in path.parent.glob(draft.name + "*"):
            leftover.unlink(missing_ok=True)


def _fill(draft: Path, data_raw: Path, path: Path, register) -> BuildResult:
    spells, segments, info = register
    editions = read_editions(data_raw / "fmb")
    with duckdb.connect(str(draft)) as connection:
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        connection.execute("set preserve_insertion_order = false")
        connection.execute("set enable_progress_bar = false")
        _insert(connection, "raw_spells", spells)
        _insert(connection, "raw_segments", segments)
        codes = (
            pl.concat([spells[c].unique() for c in ("code", "code_last", "code_longest")])
            .unique()
            .drop_nulls()
            .sort()
        )
        for name, frame in recommendation_tables(editions, codes).items():
            _insert(connection, name, frame)
        _insert(connection, "meta_settings", settings_frame(info, data_raw))
        for table in TABLES:
            sql = resources.files("fmbstats.sql").joinpath(f"{table}.sql").read_text("utf-8")
            connection.execute(f"create table {table} as {sql}")
        _assert_keys(connection)
        counts = connection.execute(
            "select (select count(*) from mart_spells), (select count(*) from mart_ledger), "
            "(select count(*) from raw_spells)"
        ).fetchone()
        connection.execute("drop table stg_spells")
        connection.execute("drop table raw_spells")
        connection.execute("checkpoint")
    return BuildResult(path, counts[0], counts[1], counts[2] - counts[0], info)


def _insert(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    connection.register("incoming", frame.to_arrow())
    connection.execute(f"create table {name} as select * from incoming")
    connection.unregister("incoming")


def _assert_keys(connection: duckdb.DuckDBPyConnection) -> None:
    """An equi-join on overlapping validity would duplicate spells without a word."""
    overlap = connection.execute(
        "select code from mart_spells group by code, spell_id having count(*) > 1 limit 1"
    ).fetchone()
    if overlap:
        raise StoreError(
            f"Spells of {overlap[0]} match two recommendation periods at once; "
            "this is a fault in the validity periods of data_raw/fmb."
        )


def settings_frame(info: RegisterInfo, data_raw: Path) -> pl.DataFrame:
    """One row: everything a report must say about how its numbers came about."""
    cutoff = info.extraction_date - timedelta(days=info.gap_days + info.lag_days)
    return pl.DataFrame(
        {
            "layout_version": [LAYOUT_VERSION],
            "fmbstats_version": [fmbstats.__version__],
            "source_hash": [source_hash(data_raw)],
            "data_folder": [str(data_raw.resolve())],
            "register_name": [info.name],
            "is_synthetic": [info.is_synthetic],
            "length_basis": [info.length_basis],
            "extraction_date": [info.extraction_date],
            "cutoff_date": [cutoff],
            "gap_days": [info.gap_days],
            "lag_days": [info.lag_days],
            "n_rows_read": [info.n_rows_read],
            "n_duplicates": [info.n_duplicates],
            "n_rejected": [info.n_rejected],
            "register_files": [json.dumps(info.files, ensure_ascii=False, default=str)],
        }
    )


def recommendation_tables(
    editions: tuple[Edition, ...], codes: pl.Series
) -> dict[str, pl.DataFrame]:
    """The recommendation side of the store, for the spell codes at hand."""
    recommendations = Recommendations(editions)
    newest = editions[-1]
    return {
        "mart_entries": newest.entries,
        "mart_entry_codes": newest.entry_codes,
        "mart_icf": newest.icf,
        "mart_in_force": _in_force(recommendations, editions),
        "raw_matches": _matches(recommendations, codes),
        "raw_code_entries": _code_entries(newest, codes),
    }


def _matches(recommendations: Recommendations, codes: pl.Series) -> pl.DataFrame:
    """Code x period -> limits under both month conventions; periods of a code never overlap."""
    limits = recommendations.limits_table(30).rename(
        {"min_limit_days": "min_limit_days_30", "max_limit_days": "max_limit_days_30"}
    )
    other = recommendations.limits_table(31).select(
        "matched_code",
        "valid_from",
        pl.col("min_limit_days").alias("min_limit_days_31"),
        pl.col("max_limit_days").alias("max_limit_days_31"),
    )
    return (
        recommendations.match_table(codes)
        .with_columns(pl.col("valid_to").fill_null(OPEN_END))
        .join(
            limits.join(other, on=["matched_code", "valid_from"]).with_columns(
                pl.col("valid_to").fill_null(OPEN_END)
            ),
            on="matched_code",
            suffix="_limit",
        )
        .with_columns(
            pl.max_horizontal("valid_from", "valid_from_limit").alias("valid_from"),
            pl.min_horizontal("valid_to", "valid_to_limit").alias("valid_to"),
        )
        .filter(pl.col("valid_from") < pl.col("valid_to"))
        .drop("valid_from_limit", "valid_to_limit")
        .sort("code", "valid_from")
        .with_row_index("match_id")
        .with_columns(pl.col("match_id").cast(pl.Int32))
    )


def _in_force(recommendations: Recommendations, editions: tuple[Edition, ...]) -> pl.DataFrame:
    """The validity table with each case's criteria in words beside its numbers."""
    criteria = pl.concat(
        [
            _criteria_text(edition.criteria).with_columns(pl.lit(edition.name).alias("edition"))
            for edition in editions
        ]
    )
    return (
        recommendations.in_force_table()
        .with_columns(pl.col("valid_to").fill_null(OPEN_END))
        .join(criteria, on=["edition", "case_id"], how="left")
    )


def _criteria_text(criteria: pl.DataFrame) -> pl.DataFrame:
    """Terms of one kind are alternatives (or), the kinds must all hold (and)."""
    return (
        criteria.group_by("case_id", "criterion", maintain_order=True)
        .agg(pl.col("term").unique(maintain_order=True).str.join(" / "))
        .group_by("case_id", maintain_order=True)
        .agg(pl.col("term").str.join("; ").alias("criteria"))
    )


def _code_entries(newest: Edition, codes: pl.Series) -> pl.DataFrame:
    """Spell code -> the newest edition's entry: by the code itself, else ever shorter codes.

    A code that only has sub-codes in FMB, of several entries, belongs to none of them.
    """
    of_code = dict(newest.entry_codes.select("code", "entry_id").iter_rows())
    found = []
    for code in codes:
        hit = next((of_code[c] for c in _lookup_order(code) if c in of_code), None)
        if hit is None:
            below = {e for c, e in of_code.items() if len(code) >= 3 and c.startswith(code)}
            hit = below.pop() if len(below) == 1 else None
        found.append(hit)
    return pl.DataFrame(
        {"code": codes, "entry_id": found}, schema_overrides={"entry_id": pl.String}
    )


def _lookup_order(code: str) -> tuple[str, ...]:
    return (code, *(code[:width] for width in range(len(code) - 1, 2, -1)))
