"""What a store holds, as one number per table: equal stores have equal hashes, however made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

Rows = Callable[[str], Iterable[Any]]
# Where a store lies and what it was asked from is no part of what it holds.
# Numbers of codes are given as threads meet them: only what they stand for is held.
_LEFT_OUT = {"meta_settings": ("data_folder",), "code_list": ("code_no",)}
_BY_MEANING = {"spell_cells": "stg_spells", "own_segments": "raw_segments"}
_NOT_HELD = ("meta_request",)


def table_hashes(rows: Rows) -> dict[str, str]:
    """Hash every table of a store, whatever the order of its rows.

    All of every column is read: a block that is damaged raises. Equal only for stores of the same
    version of fmbstats and DuckDB.

    `rows`: gives the rows of a query on the store: `Store.rows`. Returns, by table, 32
    hexadecimal digits, of the number of rows and the sum of their hashes. Raises StoreError: the
    store is damaged.
    """
    found = rows(
        "select table_name, list(column_name order by column_index) as columns "
        "from duckdb_columns() where not internal group by all order by 1"
    )
    columns = dict(found)
    tables = rows("select table_name from duckdb_tables() order by 1")
    read = {name: _BY_MEANING.get(name, name) for (name,) in tables if name not in _NOT_HELD}
    return {
        name: _hash(rows, place, [c for c in columns[place] if c not in _LEFT_OUT.get(name, ())])
        for name, place in read.items()
    }


def store_hash(rows: Rows) -> str:
    """Hash a whole store; see `table_hashes`."""
    said = "".join(f"{name} {value}\n" for name, value in table_hashes(rows).items())
    return hashlib.sha256(said.encode()).hexdigest()


def _hash(rows: Rows, table: str, columns: list[str]) -> str:
    listed = ", ".join(f'"{column}"' for column in columns)
    ((n_rows, total),) = rows(
        f'select count(*), coalesce(sum(hash({listed})::hugeint), 0)::varchar from "{table}"'
    )
    return hashlib.sha256(f"{n_rows} {total} {listed}".encode()).hexdigest()[:32]
