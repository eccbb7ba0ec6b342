"""What a store holds, as one number per table: equal stores have equal hashes, however made."""

from __future__ import annotations

import hashlib

from fmbstats.store import Store

# Where a store lies and what it was asked from is no part of what it holds.
_ELSEWHERE = {"meta_settings": ("data_folder",)}
_NOT_HELD = ("meta_request",)


def table_hashes(store: Store) -> dict[str, str]:
    """Hash every table of a store, whatever the order of its rows.

    All of every column is read: a block that is damaged raises. Equal only for stores of the same
    version of fmbstats and DuckDB.

    Returns
    -------
    dict
        Table → 32 hexadecimal digits, of the number of rows and the sum of their hashes.

    Raises
    ------
    StoreError
        The store is damaged.
    """
    tables = store.polars(
        "select table_name, list(column_name order by column_index) as columns "
        "from duckdb_columns() join duckdb_tables() using (table_oid, table_name) "
        "group by all order by 1"
    )
    return {
        name: _hash(store, name, [c for c in columns if c not in _ELSEWHERE.get(name, ())])
        for name, columns in tables.iter_rows()
        if name not in _NOT_HELD
    }


def store_hash(store: Store) -> str:
    """Hash a whole store; see `table_hashes`."""
    said = "".join(f"{name} {value}\n" for name, value in table_hashes(store).items())
    return hashlib.sha256(said.encode()).hexdigest()


def _hash(store: Store, table: str, columns: list[str]) -> str:
    listed = ", ".join(f'"{column}"' for column in columns)
    n_rows, total = store.polars(
        f'select count(*), coalesce(sum(hash({listed})::hugeint), 0)::varchar from "{table}"'
    ).row(0)
    return hashlib.sha256(f"{n_rows} {total} {listed}".encode()).hexdigest()[:32]
