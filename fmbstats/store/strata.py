"""Free strata brought to the spells of a store, by person and first day."""

from __future__ import annotations

import duckdb
import polars as pl

from fmbstats.sources.registers.encoding import person_keys
from fmbstats.sources.registers.evidence import own_strata
from fmbstats.sources.registers.spellsource import SpellSource
from fmbstats.store.tables import create, insert, person_key


def bring_strata(connection: duckdb.DuckDBPyConnection, register: SpellSource | tuple) -> None:
    """Make ``spell_strata`` and ``mart_strata``; nothing where a register names no strata.

    Values are numbered in the order of their names, so that two builds number them alike.

    `connection`: with ``spell_cells``.
    """
    if isinstance(register, tuple) or not register.strata:
        return
    contract = register.known_columns or register.contract
    if contract is None:
        raise ValueError("a register that names strata says which columns its files have")
    rows = own_strata(register.files, contract)
    names = {f"stratum_{n}": name for n, name in enumerate(register.strata, start=1)}
    values = pl.concat(
        rows.select(pl.lit(name).alias("stratum"), pl.col(column).alias("value"))
        for column, name in names.items()
    )
    values = values.drop_nulls().unique().sort("stratum", "value")
    values = values.select(pl.int_range(pl.len(), dtype=pl.Int16).alias("value_no"), pl.all())
    insert(connection, "mart_strata", values)
    keyed = rows.with_columns(person_keys(rows["person_id"]))
    keyed = keyed.with_columns(
        (pl.col(c) if c in names else pl.lit(None, pl.String)).alias(c)
        for c in (f"stratum_{n}" for n in (1, 2, 3))
    )
    insert(connection, "stg_told_strata", keyed, "temp table")
    named = pl.DataFrame(
        {"column_no": [1, 2, 3], "stratum": [names.get(f"stratum_{n}") for n in (1, 2, 3)]},
        {"column_no": pl.Int32, "stratum": pl.String},
    )
    insert(connection, "stg_named_strata", named, "temp table")
    key = person_key(register.codes is not None)
    connection.execute(
        f"create temp view stg_keyed_strata as select (hash({key}) >> 1)::bigint as person_id, "
        "(day - date '1980-01-01')::integer as first_day, stratum_1, stratum_2, stratum_3 "
        "from stg_told_strata"
    )
    create(connection, "spell_strata")
    connection.execute("drop view stg_keyed_strata; drop table stg_told_strata")
    connection.execute("drop table stg_named_strata")
