"""Contracts of the FMB tables and code lists, derived from what their readers keep."""

from __future__ import annotations

from typing import Any

import polars as pl

from fmbstats.sources.codes.code_list import LEVELS
from fmbstats.sources.fmb.edition_tables import ALLOWED, KEYS, SCHEMAS
from fmbstats.sources.registers.contracts import Column, Contract

_TYPES = {pl.String: "text", pl.Date: "date", pl.Boolean: "bool", pl.Int32: "int"}
_TITLES = {
    "entries": "FMB entries",
    "entry_codes": "codes of the FMB entries",
    "cases": "cases with a recommended length",
    "case_codes": "codes of the cases",
    "criteria": "criteria of the cases",
    "icf": "activity limitations and impairments of the entries",
}
#: ICD-10-SE codes; criteria also hold codes of other systems.
_ICD_COLUMNS = {("entry_codes", "code"), ("case_codes", "code")}


def _unit(name: str, kind: str) -> str:
    if kind == "date":
        return "date"
    if name.endswith("_id"):
        return "id"
    return "code" if name in ("code", "disease_group", "code_system") else "none"


def _column(table: str, name: str, dtype: Any) -> Column:
    kind = "code" if (table, name) in _ICD_COLUMNS else _TYPES[dtype]
    allowed, nullable = ALLOWED.get((table, name)), name not in KEYS.get(table, ())
    about = "in the unit of the column 'unit'" if name == "number" else ""
    return Column(name, kind, _unit(name, kind), allowed, nullable, description=about)


def _contract(table: str) -> Contract:
    columns = tuple(_column(table, name, dtype) for name, dtype in SCHEMAS[table].items())
    key = tuple(KEYS.get(table, ()))
    # older editions lack some tables altogether
    return Contract(f"fmb_{table}", _TITLES[table], columns, key, is_empty_allowed=True)


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(n, "text", _unit(n, "text"), nullable=True) for n in names)


HISTORY = Contract(
    name="fmb_history",
    title="validity periods of the recommendations over all editions",
    columns=(
        Column("code", "code", "code"),
        Column("case_id", "text", "id", nullable=True, description="empty: the entry has no case"),
        Column("entry_id", "text", "id"),
        Column("valid_from", "date", "date"),
        Column("valid_to", "date", "date", nullable=True, description="exclusive; empty: in force"),
        *_text("ended_by"),
        Column("published_from", "date", "date", nullable=True, description="first seen in public"),
        *_text("edition", "first_edition", "last_edition", "codes_from", "length_text"),
        Column("number", "int", "none", nullable=True, min=0, description="in `unit`"),
        Column("unit", "text", "none", ("d", "wk", "mo"), nullable=True),
        Column("degree", "text", "none", ("full", "part"), nullable=True),
        Column("max_number", "int", "none", nullable=True, min=0, description="in `max_unit`"),
        Column("max_unit", "text", "none", ("d", "wk", "mo"), nullable=True),
        Column("min_number", "int", "none", nullable=True, min=0, description="in `min_unit`"),
        Column("min_unit", "text", "none", ("d", "wk", "mo"), nullable=True),
        *_text("limit_kind", "limit_reason"),
        Column("is_doubtful", "bool", "none"),
        *_text("contradicts", "content_hash", "changes"),
    ),
    key=("code", "case_id", "valid_from"),
)
CHANGES = Contract(
    name="fmb_changes",
    title="what changed between consecutive editions",
    columns=(
        *_text("from_edition", "to_edition", "kind", "item_id", "item"),
        Column("case", "text", "none", nullable=True, is_required=False),
        *_text("codes", "change", "old", "new"),
        Column("is_silent", "bool", "none", description="without a new version or date"),
    ),
)
CODE_LIST = Contract(
    name="code_list",
    title="codes with names",
    columns=(
        Column("code", "text", "code", description="ICD codes normalised, ranges as A00-A09"),
        Column("name", "text", "none"),
        Column("level", "text", "none", LEVELS),
        Column("system", "text", "code", nullable=True, description="OID or address"),
        Column("valid_from", "date", "date", nullable=True, is_required=False),
    ),
)
CONTRACTS = (*(_contract(table) for table in SCHEMAS), HISTORY, CHANGES, CODE_LIST)
