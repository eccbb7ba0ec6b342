"""Ledgers of counts out of a store and into another, so that registers are pooled without persons.

For data holders who may not pool persons: each exports its ledger, or runs the GROUP BY where the
persons are (``ledger_query``), and one of them makes a store of the counts. Counts are exact, small
ones too, and close to person level: such a file is for colleagues bound by the same secrecy.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from fmbstats.errors import ContradictionError, SourceError
from fmbstats.sources.registers.checking import REJECTS_SCHEMA
from fmbstats.sources.registers.register import RegisterInfo
from fmbstats.sources.textfiles import read_bytes
from fmbstats.store import Store
from fmbstats.store.build import BuildResult, add_code_periods, finish, settings_frame
from fmbstats.store.derived import add_cells, add_strata, add_words
from fmbstats.store.ledger_file import LedgerFile, read_ledger, write_ledger
from fmbstats.store.ledger_tables import (
    COUNTS,
    TABLES,
    read_table,
    refuse_implausible,
    refuse_unknown_periods,
)
from fmbstats.store.publish import publishing
from fmbstats.store.published_tables import published_frames
from fmbstats.store.recommended import Recommended, read_recommended
from fmbstats.store.staging import Staged
from fmbstats.store.tables import create, in_order, insert, open_draft

# A code's stretches with one set of cases are one answer: the first one stands for all. What is
# known of spells beside their codes stays in the house: their cells are told as their codes' own.
_PLAIN = "split_part(code, '|', 1) as code"
_SETS = (
    f" left join (select {_PLAIN}, match_id, min(valid_from) as valid_from from raw_matches group "
    "by all) as sets using (code, match_id)"
)
_SOURCE = {
    "ledger": "mart_ledger" + _SETS,
    "months": "(select * exclude (start_month), year(start_month)::smallint as start_year, "
    "month(start_month)::tinyint as start_month from mart_month_ledger)" + _SETS,
    "strata": "mart_strata_ledger" + _SETS,
    "basis": "mart_ledger_basis" + _SETS,
    "degrees": "mart_degrees",
    "codes": "(from raw_code_entries where strpos(code, '|') = 0)",
    "periods": "(select *, min(valid_from) over (partition by code, match_id) as set_from from "
    "raw_matches where strpos(code, '|') = 0)",
}
#: Settings that must be equal: else the sum would mean nothing.
_EQUAL = ("is_synthetic", "length_basis", "cutoff_date", "gap_days")
_ADDED = (
    "n_rows_read", "n_duplicates", "n_rejected", "n_excluded", "n_withdrawn", "n_not_at_risk",
)  # fmt: skip


def export_ledger(store: Store, path: Path) -> int:
    """Write the ledger of a store to a file.

    `path`: replaced when the new file is whole. Returns the number of rows of the ledger.
    """
    tables = {name: _exported(store, name) for name in TABLES}
    if not tables["strata"].height:
        del tables["strata"]  # a file without strata is read by earlier versions, too
    ledger = tables["ledger"]
    counted = {
        "n_spells": int(ledger["n"].sum()),
        "counties": sorted(ledger["county_code"].unique()),
    }
    write_ledger(Path(path), told_settings(store) | counted, tables)
    return ledger.height


def told_settings(store: Store) -> dict[str, Any]:
    """Return what a ledger's file says of its store: all but where it lies."""
    return {
        name: _plain(value)
        for name, value in vars(store.settings).items()
        if name not in ("data_folder", "source_hash")
    }


def _exported(store: Store, name: str) -> pl.DataFrame:
    picked = ", ".join(
        "coalesce(code, '') as code" if field.name == "code" else field.name
        for field in TABLES[name]
    )
    return store.polars(f"select {picked} from {_SOURCE[name]} order by all")


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        return value.item()
    return value.isoformat()[:10] if hasattr(value, "isoformat") else value


def merge_ledgers(files: Sequence[Path], data_raw: Path, path: Path) -> BuildResult:
    """Add ledgers up and make a store of the sum; it holds no persons.

    `files`: at least two, made by `export_ledger`, of registers without a person in common.
    `data_raw`: folder with the FMB editions; periods of recommendations must be those of the
    ledgers. `path`: the store; replaced only when the new one is finished. Raises SourceError: a
    file is no ledger, damaged, or holds counts that cannot be; a register occurs twice;
    ContradictionError: the ledgers were made under other settings or recommendations.
    """
    ledgers = [read_ledger(Path(file)) for file in files]
    _refuse_twice(ledgers)
    refuse_unequal(ledgers, _EQUAL, "ledgers", "Build one of the stores")
    settings = [ledger.settings for ledger in ledgers]
    files_of = {
        f"{number}: {name}": content
        for number, said in enumerate(settings, start=1)
        for name, content in json.loads(said["register_files"]).items()
    }
    tables = {name: _stacked(ledgers, name) for name in TABLES}
    return _counted_store(summed(settings, files_of), tables, data_raw, path, settings)


def import_counts(file: Path, info: RegisterInfo, data_raw: Path, path: Path) -> BuildResult:
    """Make a store of counts that a holder made where the persons are.

    `file`: CSV: what the query of `fmbstats ledger sql` gives, or the same made by other means.
    `info`: how it was counted; `n_rows_read` 0 when it is not known. `data_raw`, `path`: as in
    `merge_ledgers`. Raises SourceError: other columns, or counts that cannot be.
    """
    file = Path(file)
    counts = read_table(read_bytes(file), COUNTS, file.name)
    n_spells = int(counts["n"].sum())
    rows = max(info.n_rows_read, n_spells)
    info = RegisterInfo(**vars(info) | {"n_rows_read": rows})
    settings = {
        "cutoff_date": info.cutoff_date.isoformat(),
        "n_rows_read": rows,
        "n_duplicates": 0,
        "n_rejected": 0,
    }
    refuse_implausible({"ledger": counts}, settings, file.name)
    recommended = read_recommended(data_raw)
    periods = _day_periods(recommended)
    try:
        refuse_unknown_periods({"ledger": counts}, periods, file.name)
    except SourceError as error:
        raise ContradictionError(
            f"{error} Print the query again with this data_raw, and count anew."
        ) from None
    tables = {name: pl.DataFrame(schema=_schema(name)) for name in TABLES}
    tables |= {"ledger": counts, "months": counts, "codes": counts.select("code").unique()}
    codes = tables["codes"]
    tables["periods"] = codes.join(periods, how="cross")
    staged = Staged(info, pl.DataFrame(schema=REJECTS_SCHEMA), 0, 0)
    return _counted_store(staged, tables, data_raw, path, [])


def edges(data_raw: Path) -> list[date]:
    """Days on which some recommendation begins or ends; what `ledger_query` parts spells by."""
    return _day_periods(read_recommended(data_raw))["valid_from"].to_list()[1:]


def _day_periods(recommended: Recommended) -> pl.DataFrame:
    known = recommended.recommendations.known_codes()
    codes = sorted({*known, *(code[:n] for code in known for n in range(3, len(code)))})
    listed = recommended.code_tables(pl.Series(codes, dtype=pl.String))["raw_matches"]
    first, end = date(1, 1, 1), date(9999, 12, 31)
    days = {*listed["valid_from"].unique(), *listed["valid_to"].unique()}
    starts = [first, *sorted(days - {first, end})]
    return pl.DataFrame({"valid_from": starts, "valid_to": [*starts[1:], end], "set_from": starts})


def _schema(name: str) -> dict[str, Any]:
    return {
        field.name: pl.Date if field.is_day else pl.String if field.low is None else pl.Int64
        for field in TABLES[name]
    }


def _stacked(ledgers: Sequence[LedgerFile], name: str) -> pl.DataFrame:
    parts = [
        ledger.tables[name].with_columns(pl.lit(number).alias("file_no"))
        for number, ledger in enumerate(ledgers)
        if name in ledger.tables
    ]
    # Months that one holder does not know are known of nobody: a series would jump.
    if not parts or (name == "months" and len(parts) < len(ledgers)):
        return pl.DataFrame(schema=_schema(name))
    return pl.concat(parts)


def _refuse_twice(ledgers: Sequence[LedgerFile]) -> None:
    seen: dict[str, LedgerFile] = {}
    for ledger in ledgers:
        own = json.loads(ledger.settings["register_files"]).values()
        for content in (ledger.sha256, *own):
            if (first := seen.setdefault(content, ledger)) is not ledger:
                raise SourceError(
                    f"{ledger.path.name} and {first.path.name} rest on the same register; its "
                    "spells would be counted twice. Leave one out."
                )


def refuse_unequal(
    ledgers: Sequence[LedgerFile], keys: Sequence[str], what: str, advice: str
) -> None:
    """Refuse to add ledgers up that were made under other settings, or less than two.

    Raises SourceError, ContradictionError.
    """
    if len(ledgers) < 2:
        raise SourceError(f"{len(ledgers)} ledger came; merging needs at least two.")
    first = ledgers[0]
    for key in keys:
        for ledger in ledgers:
            if ledger.settings[key] != first.settings[key]:
                raise ContradictionError(
                    f"{key} is {ledger.settings[key]} in {ledger.path.name} and "
                    f"{first.settings[key]} in {first.path.name}; {what} can be added only when "
                    f"it is the same. {advice} again with the other's setting."
                )


def summed(settings: Sequence[dict], files: dict[str, str]) -> Staged:
    """Return what is said of several registers together, of equal settings."""
    first = settings[0]
    n = {key: sum(said[key] for said in settings) for key in _ADDED}
    info = RegisterInfo(
        name=" + ".join(dict.fromkeys(said["register_name"] for said in settings)),
        is_synthetic=first["is_synthetic"],
        length_basis=first["length_basis"],
        extraction_date=min(date.fromisoformat(s["extraction_date"]) for s in settings),
        gap_days=first["gap_days"],
        lag_days=min(said["lag_days"] for said in settings),
        files=files,
        n_rows_read=n["n_rows_read"],
        n_duplicates=n["n_duplicates"],
        n_rejected=n["n_rejected"],
    )
    left_out = (n["n_excluded"], n["n_withdrawn"], n["n_not_at_risk"])
    return Staged(info, pl.DataFrame(schema=REJECTS_SCHEMA), *left_out)


def _counted_store(
    staged: Staged,
    tables: dict[str, pl.DataFrame],
    data_raw: Path,
    path: Path,
    settings: Sequence[dict],
) -> BuildResult:
    """Make a store of counts; settings of what was merged, none for counts of one holder."""
    said: dict[str, Any] = {"is_merged": True}
    if settings:
        said["cutoff_date"] = date.fromisoformat(settings[0]["cutoff_date"])
    share = max((one.get("max_reject_share", 0.0) for one in settings), default=0.0)
    with publishing(path) as draft, open_draft(draft) as connection:
        insert(connection, "meta_settings", settings_frame(staged, data_raw, share, **said))
        _pour(connection, tables)
        add_code_periods(connection, read_recommended(data_raw))
        _place_rows(connection)
        _sum_up(connection, tables["strata"])
        add_words(connection)
        insert(connection, "rejects", staged.rejects)
        return finish(connection, path, staged, published_frames(data_raw))


def _pour(connection, tables: dict[str, pl.DataFrame]) -> None:
    for name, frame in tables.items():
        if "file_no" not in frame.columns:
            frame = frame.with_columns(pl.lit(0).alias("file_no"))
        if name in ("ledger", "basis", "strata") and "start_month" not in frame.columns:
            frame = frame.with_columns(pl.lit(None, pl.Int64).alias("start_month"))
        insert(connection, f"in_{name}", frame, "temp table")
    connection.execute("create temp table stg_codes as select distinct code from in_codes")


def _place_rows(connection) -> None:
    """Find the recommendation of every row; counts matched to others cannot be added to ours."""
    create(connection, "stg_row_answers", "temp table")
    for code, year in connection.execute(
        "select code, start_year from stg_row_answers where answer_no is null order by all limit 1"
    ).fetchall():
        raise ContradictionError(
            f"data_raw/fmb recommends more than one thing for {code or 'the missing code'} within "
            f"what the ledger counts together in {year}: it was counted with other "
            "recommendations. Build its store again with the same editions, and export it."
        )


def _sum_up(connection, strata: pl.DataFrame) -> None:
    create(connection, "stg_ledger", "temp table", "stg_counted_ledger")
    create(connection, "stg_basis_changes", "temp view", "stg_counted_changes")
    with in_order(connection):
        add_cells(connection)
        create(connection, "mart_change_cells")
        create(connection, "mart_month_counties", "table", "mart_merged_month_counties")
        create(connection, "mart_months", "view")
    _count_strata(connection, strata)
    connection.execute(
        "create table stg_spells (spell_id bigint, person_id bigint, start_date date, cell "
        "bigint, code_last varchar, code_longest varchar, degree_pct tinyint, gap_days integer)"
    )
    create(connection, "mart_spells", "view")
    create(connection, "raw_segments", "view", "raw_single_segments")
    create(connection, "mart_degree_cells", "table", "mart_merged_degree_cells")


def _count_strata(connection, told: pl.DataFrame) -> None:
    """Add the ledgers' free strata up; what holders call alike is taken for the same."""
    if told.height:
        values = told.select("stratum", "value").unique().sort("stratum", "value")
        values = values.select(pl.int_range(pl.len(), dtype=pl.Int16).alias("value_no"), pl.all())
        insert(connection, "mart_strata", values)
        connection.execute(
            "create table spell_strata (spell_id bigint, value_1 smallint, value_2 smallint, "
            "value_3 smallint)"
        )
    add_strata(connection, "stg_counted_strata")
