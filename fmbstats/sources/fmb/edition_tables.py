"""An FMB edition as six tables of facts and a sidecar: the checked form of every reader.

On disk an edition is a folder with ``entries.csv``, ``entry_codes.csv``, ``cases.csv``,
``case_codes.csv``, ``criteria.csv``, ``icf.csv`` (UTF-8, comma, codes without a dot) and
``source.json``. Folders are written beside the target and moved into place whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from fmbstats import codes
from fmbstats.errors import ContradictionError, SourceError
from fmbstats.sources.fmb.reading import KINDS
from fmbstats.sources.fmb.sidecars import bytes_of, edition_folders, read_sidecar
from fmbstats.sources.folders import replaced

_TYPES = {  # all others are texts
    **dict.fromkeys(("valid_from", "valid_to", "updated_date"), pl.Date),
    **dict.fromkeys(("number", "max_number", "min_number", "group_no"), pl.Int32),
    "is_doubtful": pl.Boolean,
}
_COLUMNS = {
    "entries": "entry_id name slug disease_group disease_group_name valid_from valid_to "
    "updated_date version content_hash",
    "entry_codes": "entry_id code code_name",
    "cases": "case_id valid_from valid_to updated_date version length_text number unit degree "
    "max_number max_unit min_number min_unit limit_kind limit_reason is_doubtful contradicts "
    "text_lengths sentence_lengths content_hash",
    "case_codes": "case_id code",
    "criteria": "case_id criterion group_no code code_system term status",
    "icf": "entry_id domain role code name",
}
#: Column → type of every table; dates are ISO, flags true/false, an empty cell is null.
SCHEMAS: dict[str, dict[str, Any]] = {
    table: {name: _TYPES.get(name, pl.String) for name in columns.split()}
    for table, columns in _COLUMNS.items()
}
KEYS = {
    "entries": ["entry_id"],
    "entry_codes": ["entry_id", "code"],
    "cases": ["case_id"],
    "case_codes": ["case_id", "code"],
}
ALLOWED = {
    **{("cases", name): ("d", "wk", "mo") for name in ("unit", "max_unit", "min_unit")},
    ("cases", "degree"): ("full", "part"),
    ("cases", "limit_kind"): KINDS,
    ("cases", "contradicts"): ("text", "sentence"),
    ("criteria", "criterion"): (
        "severity", "course", "workload", "complication", "procedure", "comorbidity", "age",
    ),
    ("icf", "domain"): ("activity", "impairment"),
    ("icf", "role"): ("central", "supplementary"),
}  # fmt: skip
EDITION_NAME = re.compile(r"[0-9]{4}-[0-9]{2}[0-9A-Za-z-]{0,20}")


@dataclass(frozen=True, eq=False)
class Edition:
    """One edition of FMB as checked tables."""

    #: `entries`, `entry_codes`, `cases`, `case_codes`, `criteria`, `icf`: columns and types as in
    #: `SCHEMAS`.
    entries: pl.DataFrame
    entry_codes: pl.DataFrame
    cases: pl.DataFrame
    case_codes: pl.DataFrame
    criteria: pl.DataFrame
    icf: pl.DataFrame
    #: The sidecar: edition, title, publisher, url, fetched_date (ISO), licence_note, quality
    #: ("production", "development" or "partial"), files.
    source: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The edition's name, year and month."""
        return str(self.source["edition"])

    @property
    def is_production(self) -> bool:
        """Whether the edition may end recommendations."""
        return self.source["quality"] == "production"

    def __repr__(self) -> str:
        return (
            f"<Edition {self.name} ({self.source['quality']}): {self.entries.height} entries, "
            f"{self.cases.height} cases, {self.entry_codes['code'].n_unique()} codes>"
        )


def tables_of(**rows: Iterable[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    """Make tables of row dicts, in the column order of `SCHEMAS`."""
    return {
        table: pl.DataFrame(list(found), schema=SCHEMAS[table], orient="row")
        for table, found in rows.items()
    }


def write_edition(edition: Edition, folder: Path) -> Path:
    """Write an edition as CSV facts and sidecar; the folder appears whole or not at all.

    `folder`: ``data_raw/fmb``; the edition becomes a folder of its name in it.
    """
    check_edition(edition)
    if not EDITION_NAME.fullmatch(edition.name):
        raise SourceError(
            f"{edition.name[:40]!r} is no name of an edition; expected year and month, as 2020-04."
        )
    target = folder / edition.name
    with replaced(target) as scratch:
        for table in SCHEMAS:
            getattr(edition, table).write_csv(scratch / f"{table}.csv")
        sidecar = json.dumps(edition.source, ensure_ascii=False, indent=2)
        (scratch / "source.json").write_text(sidecar + "\n", encoding="utf-8")
    return target


def read_editions(folder: Path) -> tuple[Edition, ...]:
    """Read every edition folder under `folder`, oldest first."""
    found = edition_folders(folder)
    files = (file for p in found for file in sorted(p.iterdir()))
    state = tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files)
    return _read_editions(found, state)


@lru_cache(maxsize=4)
def _read_editions(folders: tuple[Path, ...], state: tuple) -> tuple[Edition, ...]:
    """Read edition folders; once in a process as long as their files are as they were."""
    return tuple(sorted((read_edition(p) for p in folders), key=lambda e: e.source["fetched_date"]))


def newest_edition(editions: Sequence[Edition]) -> Edition:
    """Return the newest production edition: reports are made for its entries.

    Raises SourceError: there is none.
    """
    found = next((e for e in reversed(editions) if e.is_production), None)
    if found is None:
        raise SourceError(
            "data_raw/fmb holds no production edition of FMB. Import one with "
            "'fmbstats import fmb FILE…'."
        )
    return found


def read_edition(folder: Path) -> Edition:
    """Read one edition folder and check it against its contract.

    Raises SourceError: a table is missing, unreadable or has other columns or values than
    `SCHEMAS`; ContradictionError: one case stands twice with different limits.
    """
    source = read_sidecar(folder / "source.json")
    tables = {name: _read_table(folder / f"{name}.csv", SCHEMAS[name]) for name in SCHEMAS}
    edition = Edition(**tables, source=source)
    check_edition(edition, folder)
    return edition


def _read_table(path: Path, schema: dict[str, Any]) -> pl.DataFrame:
    try:
        raw = pl.read_csv(bytes_of(path), infer_schema=False, encoding="utf8")
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise SourceError(f"{path}: not a readable CSV file ({reason}).") from None
    if raw.columns != list(schema):
        raise SourceError(
            f"{path}: columns are {', '.join(raw.columns)}; expected {', '.join(schema)}."
        )
    return pl.DataFrame([_cast(raw[name], kind, path) for name, kind in schema.items()])


def _cast(column: pl.Series, kind: Any, path: Path) -> pl.Series:
    if kind == column.dtype:  # text, as most of them are
        return column
    if kind == pl.Boolean:
        flags = {"true": True, "false": False}
        typed = column.replace_strict(flags, default=None, return_dtype=pl.Boolean)
    elif kind == pl.Date:
        typed = column.str.to_date("%Y-%m-%d", strict=False)
    else:
        typed = column.cast(kind, strict=False)
    bad = (typed.is_null() & column.is_not_null()).arg_true()
    if len(bad):
        expected = {pl.Boolean: "true or false", pl.Date: "a date"}.get(kind, kind)
        raise SourceError(
            f"{path}, row {bad[0] + 2}, column {column.name!r}: {column[bad[0]]!r} is not "
            f"{expected}."
        )
    return typed


def check_edition(edition: Edition, place: Path | str | None = None) -> None:
    """Check keys, allowed values and codes of an edition; raise on the first fault."""
    where = str(place or f"edition {edition.source.get('edition', '?')}")
    for table in SCHEMAS:
        have = getattr(edition, table)
        if dict(have.schema) != SCHEMAS[table]:
            raise SourceError(f"{where}, {table}: columns or types differ from the contract.")
    for table in ("entries", "cases"):
        if getattr(edition, table)["valid_from"].has_nulls():
            raise SourceError(f"{where}, {table}: an item without start of validity.")
    _check_contradictions(edition.cases, where)
    for table, key in KEYS.items():
        _check_key(getattr(edition, table), key, f"{where}, {table}")
    for (table, column), allowed in ALLOWED.items():
        have = getattr(edition, table)[column].drop_nulls()
        bad = have.filter(~have.is_in(list(allowed)))
        if len(bad):
            raise SourceError(
                f"{where}, {table}, column {column!r}: {bad[0]!r} is not one of "
                f"{', '.join(allowed)}."
            )
    for table in ("entry_codes", "case_codes"):
        bad = [c for c in getattr(edition, table)["code"] if c is None or not _is_normal(c)]
        if bad:
            raise SourceError(f"{where}, {table}: {bad[0]!r} is not a normalised ICD-10-SE code.")


@cache  # editions repeat each other's codes
def _is_normal(code: str) -> bool:
    return codes.is_code(code) and codes.normalise(code) == code


def _check_key(have: pl.DataFrame, key: list[str], where: str) -> None:
    if have.select(pl.any_horizontal(pl.col(key).is_null()).any()).item():
        raise SourceError(f"{where}: an empty {' or '.join(key)}.")
    twice = have.filter(have.select(key).is_duplicated())
    if twice.height:
        value = ", ".join(str(v) for v in twice.select(key).row(0))
        raise SourceError(f"{where}: {'/'.join(key)} {value} stands more than once.")


def _check_contradictions(cases: pl.DataFrame, where: str) -> None:
    limits = cases.select("case_id", "number", "unit").unique()
    twice = limits.filter(pl.col("case_id").is_duplicated()).sort("case_id", "number", "unit")
    if twice.height:
        case = twice["case_id"][0]
        said = [
            f"{n if n is not None else 'no number'} {u or ''}".strip()
            for n, u in twice.filter(pl.col("case_id") == case).select("number", "unit").iter_rows()
        ]
        raise ContradictionError(
            f"{where}: case {case} has contradictory limits: {' and '.join(said)}. "
            "Ask the publisher which one holds; nothing was loaded."
        )
