"""A store's ledger as a file without persons, and the sum of several as a store.

For data holders who may not pool persons: each builds a store, exports its ledger, and one of
them merges the files. What is in a file is counts, small ones too: it is for colleagues bound by
the same secrecy, not for publication.

A file is a ZIP archive of CSV tables that can be read before it leaves the house: ``ledger``,
``basis`` (other readings of the diagnosis and the gap), ``degrees``, ``codes``, ``limits`` (the
recommendations that the counts were matched to) and ``settings.json``.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from fmbstats.atomic import replacing
from fmbstats.errors import ContradictionError, SourceError
from fmbstats.sources.registers.checking import REJECTS_SCHEMA
from fmbstats.sources.registers.register import RegisterInfo
from fmbstats.store import Store
from fmbstats.store.build import BuildResult, add_code_periods, finish, settings_frame
from fmbstats.store.derived import add_cells, add_months, add_strata, add_words
from fmbstats.store.publish import publishing
from fmbstats.store.published_tables import published_frames
from fmbstats.store.recommended import read_recommended
from fmbstats.store.staging import Staged
from fmbstats.store.tables import create, in_order, insert, open_draft

VERSION = 2
_STAMP = (2000, 1, 1, 0, 0, 0)  # equal stores give equal bytes
_CELL = (
    "code varchar, valid_from date, start_year smallint, entry_day smallint, duration_day integer, "
    "end_reason tinyint, n integer"
)
TABLES = {
    "ledger": f"{_CELL}, sex varchar, age_group varchar, county_code varchar",
    "basis": f"{_CELL}, basis varchar",
    "degrees": "code varchar, start_year smallint, degree_pct tinyint, day integer, "
    "n_change integer",
    "codes": "code varchar",
    "limits": "code varchar, valid_from date, valid_to date, matched_code varchar, "
    "match_level varchar, cases varchar",
}
# A code's stretches with one set of cases are one answer: the first one stands for all.
_FIRSTS = "(select code, match_id, min(valid_from) as valid_from from raw_matches group by all)"
_FIRST = f"{_FIRSTS} as firsts"
_LIMITS = (
    "(select raw_matches.*, cases from raw_matches left join (select match_id, string_agg(distinct "
    "case_id || ' ' || edition, ', ' order by case_id || ' ' || edition) as cases from "
    "raw_possible_cases group by match_id) as sets using (match_id)) as limits"
)
_SOURCE = {
    "ledger": f"mart_ledger left join {_FIRST} using (code, match_id)",
    "basis": f"mart_ledger_basis left join {_FIRST} using (code, match_id)",
    "degrees": "mart_degrees",
    "codes": "raw_code_entries",
    "limits": _LIMITS,
}
#: Settings that must be equal: else the sum would mean nothing.
_EQUAL = ("is_synthetic", "length_basis", "cutoff_date", "gap_days")
_SUMMED = (
    "n_rows_read", "n_duplicates", "n_rejected", "n_excluded", "n_withdrawn", "n_not_at_risk",
)  # fmt: skip


def export_ledger(store: Store, path: Path) -> int:
    """Write the ledger of a store to a file.

    Parameters
    ----------
    store : Store
    path : Path
        Replaced when the new file is whole.

    Returns
    -------
    int
        Rows of the ledger.
    """
    n_rows = 0
    with replacing(path) as draft, zipfile.ZipFile(draft, "w") as archive:
        _add(archive, "settings.json", _settings_text(store).encode("utf-8"))
        for name, columns in TABLES.items():
            frame = _exported(store, name, columns)
            n_rows = frame.height if name == "ledger" else n_rows
            _add(archive, f"{name}.csv", frame.write_csv().encode("utf-8"))
    return n_rows


def _exported(store: Store, name: str, columns: str) -> pl.DataFrame:
    # Both sides of the join have a code; the ledger's own may be missing.
    own = _SOURCE[name].split()[0]
    listed = [column.split()[0] for column in columns.split(", ")]
    picked = ", ".join(f"coalesce({own}.code, '') as code" if c == "code" else c for c in listed)
    return store.polars(f"select {picked} from {_SOURCE[name]} order by all")


def _settings_text(store: Store) -> str:
    said = vars(store.settings) | {"ledger_version": VERSION}
    kept = {n: v for n, v in said.items() if n not in ("data_folder", "source_hash")}
    return json.dumps(kept, ensure_ascii=False, indent=2, sort_keys=True, default=_plain) + "\n"


def _plain(value: object) -> object:
    if hasattr(value, "item"):
        return value.item()
    return value.isoformat()[:10] if hasattr(value, "isoformat") else str(value)


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _STAMP)
    entry.external_attr = 0o600 << 16
    archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 6)


def merge_ledgers(files: Sequence[Path], data_raw: Path, path: Path) -> BuildResult:
    """Add ledgers up and make a store of the sum; it holds no persons.

    Parameters
    ----------
    files : sequence of Path
        At least two, made by `export_ledger`, of registers without a person in common.
    data_raw : Path
        Folder with the same FMB editions that the ledgers were built with.
    path : Path
        The store; replaced only when the new one is finished.

    Returns
    -------
    BuildResult

    Raises
    ------
    SourceError
        A file is no ledger, or damaged; the same register occurs twice.
    ContradictionError
        The ledgers were made under other settings or recommendations.
    """
    settings = [_read_settings(Path(file)) for file in files]
    _refuse_twice([Path(file) for file in files], settings)
    _refuse_unequal([Path(file) for file in files], settings)
    staged = _merged(settings)
    with publishing(path) as draft, open_draft(draft) as connection:
        with tempfile.TemporaryDirectory(dir=draft.parent) as folder:
            for number, file in enumerate(files):
                _pour(connection, Path(file), Path(folder), is_first=number == 0)
        insert(connection, "meta_settings", _merged_settings(staged, settings, data_raw))
        connection.execute("create temp table stg_codes as select distinct code from in_codes")
        add_code_periods(connection, read_recommended(data_raw))
        _refuse_other_limits(connection)
        _sum_up(connection)
        with in_order(connection):
            add_cells(connection)
            create(connection, "mart_change_cells")
        add_months(connection)
        add_strata(connection)
        add_words(connection)
        insert(connection, "rejects", pl.DataFrame(schema=REJECTS_SCHEMA))
        return finish(connection, path, staged, published_frames(data_raw))


def _read_settings(path: Path) -> dict:
    try:
        with zipfile.ZipFile(path) as archive:
            settings = json.loads(archive.read("settings.json"))
            missing = {f"{name}.csv" for name in TABLES} - set(archive.namelist())
    except FileNotFoundError:
        raise SourceError(f"{path.name}: no such file in {path.parent}.") from None
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise SourceError(
            f"{path.name}: is no ledger, or damaged ({error}). Export it again with 'fmbstats "
            "ledger export'."
        ) from None
    if missing or not isinstance(settings, dict) or settings.get("ledger_version") != VERSION:
        raise SourceError(
            f"{path.name}: is no ledger of version {VERSION}. Export it again with this version "
            "of fmbstats."
        )
    return settings


def _refuse_twice(files: Sequence[Path], settings: Sequence[dict]) -> None:
    if len(files) < 2:
        raise SourceError(f"{len(files)} ledger came; merging needs at least two.")
    seen: dict[str, Path] = {}
    for path, said in zip(files, settings, strict=True):
        with path.open("rb") as handle:
            own = hashlib.file_digest(handle, "sha256").hexdigest()
        for content in (own, *json.loads(said["register_files"]).values()):
            if (first := seen.setdefault(content, path)) != path or files.count(path) > 1:
                raise SourceError(
                    f"{path.name} and {first.name} rest on the same register; its spells would "
                    "be counted twice. Leave one out."
                )


def _refuse_unequal(files: Sequence[Path], settings: Sequence[dict]) -> None:
    for key in _EQUAL:
        for path, said in zip(files, settings, strict=True):
            if said[key] != settings[0][key]:
                raise ContradictionError(
                    f"{key} is {said[key]} in {path.name} and {settings[0][key]} in "
                    f"{files[0].name}; ledgers can be added only when it is the same. Build one "
                    "of the stores again with the other's setting."
                )


def _merged(settings: Sequence[dict]) -> Staged:
    first = settings[0]
    files: dict[str, str] = {}
    for number, said in enumerate(settings, start=1):
        for name, content in json.loads(said["register_files"]).items():
            files[f"{number}: {name}"] = content
    names = dict.fromkeys(said["register_name"] for said in settings)
    info = RegisterInfo(
        name=" + ".join(names),
        is_synthetic=first["is_synthetic"],
        length_basis=first["length_basis"],
        extraction_date=min(date.fromisoformat(s["extraction_date"]) for s in settings),
        gap_days=first["gap_days"],
        lag_days=min(said["lag_days"] for said in settings),
        files=files,
        n_rows_read=sum(said["n_rows_read"] for said in settings),
        n_duplicates=sum(said["n_duplicates"] for said in settings),
        n_rejected=sum(said["n_rejected"] for said in settings),
    )
    n_excluded, n_withdrawn = (
        sum(said[key] for said in settings) for key in ("n_excluded", "n_withdrawn")
    )
    return Staged(info, pl.DataFrame(schema=REJECTS_SCHEMA), n_excluded, n_withdrawn)


def _merged_settings(staged: Staged, settings: Sequence[dict], data_raw: Path) -> pl.DataFrame:
    return settings_frame(
        staged,
        data_raw,
        max(said["max_reject_share"] for said in settings),
        is_merged=True,
        cutoff_date=date.fromisoformat(settings[0]["cutoff_date"]),
        n_not_at_risk=sum(said["n_not_at_risk"] for said in settings),
    )


def _pour(connection, path: Path, folder: Path, is_first: bool) -> None:
    for name, columns in TABLES.items():
        table = folder / f"{name}.csv"
        kinds = dict(column.split() for column in columns.split(", "))
        verb = f"create temp table in_{name} as" if is_first else f"insert into in_{name}"
        try:
            with zipfile.ZipFile(path) as archive:
                content = archive.read(f"{name}.csv")
            table.write_bytes(content)
            header = content.partition(b"\n")[0].decode("utf-8").split(",")
            if header != list(kinds):
                raise SourceError(
                    f"{path.name}, {name}.csv, line 1: columns are {', '.join(header)}; expected "
                    f"{', '.join(kinds)}. Export it again."
                )
            connection.execute(
                f"{verb} select * replace (coalesce(code, '') as code) from read_csv(?, "
                f"columns = {kinds!r}, header = true, auto_detect = false, delim = ',', "
                "quote = '\"', escape = '\"')",
                [str(table)],
            )
        except (zipfile.BadZipFile, UnicodeDecodeError, duckdb.InvalidInputException) as error:
            raise SourceError(
                f"{path.name}, {name}.csv: cannot be read ({str(error).splitlines()[0][:120]}). "
                "Export it again."
            ) from None
        except duckdb.ConversionException as error:
            raise SourceError(
                f"{path.name}, {name}.csv: {str(error).splitlines()[0][:120]}. Export it again."
            ) from None


def _refuse_other_limits(connection) -> None:
    """Counts matched to other recommendations cannot be added to ours."""
    columns = ", ".join(column.split()[0] for column in TABLES["limits"].split(", "))
    found = connection.execute(
        f"select code, valid_from from (select distinct {columns} from in_limits except "
        f"select {columns} from {_LIMITS}) order by all limit 1"
    ).fetchall()
    if found:
        raise ContradictionError(
            "A ledger was built with other recommendations than those in data_raw/fmb: "
            f"{found[0][0]} from {found[0][1]}. Build its store again with the same editions."
        )


def _sum_up(connection) -> None:
    matched = (
        "join (select code_key, answer_no, firsts.valid_from from stg_answers left join "
        + _FIRST
        + " on firsts.code = code_key and firsts.match_id = stg_answers.match_id) as answers on "
        "{0}.code = answers.code_key and {0}.valid_from is not distinct from answers.valid_from"
    )
    connection.execute(
        "create temp table stg_ledger as select pack_cell(answer_no, start_year, sex_number(sex), "
        "age_group_number(age_group), county_number(county_code), entry_day, duration_day, "
        f"end_reason) as cell, sum(n)::integer as n from in_ledger {matched.format('in_ledger')} "
        "group by cell order by cell"
    )
    # mart_ledger_basis adds the ledger itself to what differs; so it is taken off here.
    connection.execute(
        "create temp table stg_basis_changes as select basis_number(basis) as basis_no, "
        "pack_cell(answer_no, start_year, 0, 0, 127, entry_day, duration_day, end_reason) as "
        "cell, n from in_basis "
        f"{matched.format('in_basis')} union all select basis_no, cell_without_persons(cell), -n "
        "from stg_ledger, (select unnest([1, 2, 3])::tinyint as basis_no)"
    )
    connection.execute(
        "create table stg_spells (spell_id bigint, person_id bigint, start_date date, cell "
        "bigint, code_last varchar, code_longest varchar, degree_pct tinyint, gap_days integer)"
    )
    create(connection, "mart_spells", "view")
    create(connection, "raw_segments", "view", "raw_single_segments")
    create(connection, "mart_degree_cells", "table", "mart_merged_degree_cells")
