"""What is known of spells beside their codes: brought to them before they are matched.

Spells of which something is known that a case rule asks for get the number of their code *with*
what is known, "F32|comorbidity:F10" in the list of codes. So the sets of possible cases, the ledger
and every other reading follow as for any code, and no ledger holds the evidence of a person. A
register without such rules is not touched.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import polars as pl

from fmbstats.recommendations.case_rules import CODE
from fmbstats.settings import SETTINGS
from fmbstats.sources.registers.encoding import person_keys
from fmbstats.sources.registers.evidence import (
    COMORBIDITY,
    OCCUPATION,
    PROCEDURE,
    SCHEMA,
    own_evidence,
)
from fmbstats.sources.registers.spellsource import SpellSource
from fmbstats.store.recommended import Recommended
from fmbstats.store.tables import create, insert, person_key

#: Days before a spell's first day from which a fact still is one about the spell.
DAYS_BEFORE = {COMORBIDITY: 365, PROCEDURE: 30, OCCUPATION: 730}
#: Ages of the ledger's groups.
AGE_GROUPS = {
    "16-29": (0, 29), "30-39": (30, 39), "40-49": (40, 49), "50-59": (50, 59), "60+": (60, 200),
}  # fmt: skip
_SCHEMAS = {
    "stg_asked": {"code_no": pl.Int32, "evidence": pl.String, "value": pl.String},
    "stg_windows": {"evidence": pl.String, "days_before": pl.Int32, "last_day": pl.Int32},
    "stg_age_groups": {"age_group": pl.String, "first_age": pl.Int32, "last_age": pl.Int32},
}


def evidence_of(register: SpellSource | tuple, recommended: Recommended) -> pl.DataFrame:
    """Return what the tables of evidence and the register's own files tell, as far as asked for.

    Returns a frame with the columns of `evidence.SCHEMA`; none for a register drawn in memory.
    """
    nothing = pl.DataFrame(schema=SCHEMA)
    kinds = {rule.evidence for rule in recommended.rules} & {COMORBIDITY, OCCUPATION, PROCEDURE}
    if isinstance(register, tuple) or not kinds:
        return nothing
    found = [e.rows.filter(pl.col("evidence").is_in(list(kinds))) for e in register.evidence]
    contract = register.known_columns or register.contract
    if contract is not None:
        found.append(own_evidence(register.files, contract, kinds))
    return with_classes(pl.concat([nothing, *found]).unique(), recommended.occupations)


def with_classes(rows: pl.DataFrame, occupations: Mapping[str, str]) -> pl.DataFrame:
    """Add the class of every occupation, by the longest beginning of its code that has one."""
    own = rows.filter(pl.col("evidence") == OCCUPATION)
    if not occupations or own.is_empty():
        return rows
    classes = {
        code: next((occupations[code[:n]] for n in (4, 3, 2, 1) if code[:n] in occupations), None)
        for code in own["value"].unique()
    }
    classed = own.with_columns(pl.col("value").replace_strict(classes, return_dtype=pl.String))
    return pl.concat([rows, classed.drop_nulls("value")])


def bring_evidence(
    connection: duckdb.DuckDBPyConnection,
    recommended: Recommended,
    evidence: pl.DataFrame,
    *,
    has_keys: bool,
) -> tuple[str, ...]:
    """Give the spells of ``spell_cells`` of which something is known codes of their own.

    `connection`: with ``spell_cells`` and ``code_list``. `evidence`: as of `evidence_of`.
    `has_keys`: whether the register's persons were numbered while it was read. Returns what is to
    be said of it; empty where no rule asks for anything beside the code.
    """
    listed = dict(connection.execute("select code, code_no from code_list").fetchall())
    asked = list(recommended.recommendations.asked(listed, recommended.rules))
    if not asked:
        return ()
    rows: dict[str, list[tuple]] = {
        "stg_asked": [(listed[code], kind, value) for code, kind, value in asked],
        "stg_windows": [(kind, days, SETTINGS.entry_day) for kind, days in DAYS_BEFORE.items()],
        "stg_age_groups": [(name, *ages) for name, ages in AGE_GROUPS.items()],
    }
    for table, schema in _SCHEMAS.items():
        insert(connection, table, pl.DataFrame(rows[table], schema, orient="row"), "temp table")
    _add_evidence(connection, evidence, has_keys)
    create(connection, "stg_known_spells", "temp table")
    _number(connection)
    n_known = connection.execute("select count(*) from stg_known_spells").fetchall()[0][0]
    for name in ("asked", "windows", "age_groups", "evidence", "known_spells", "known_codes"):
        connection.execute(f"drop table stg_{name}")
    kinds = ", ".join(sorted({kind for _, kind, _ in asked} - {CODE}))
    return (f"{n_known:,} spells have evidence that case rules ask for ({kinds}).",)


def _add_evidence(
    connection: duckdb.DuckDBPyConnection, evidence: pl.DataFrame, has_keys: bool
) -> None:
    """Make ``stg_evidence``: persons under the keys that their spells have."""
    keyed = evidence.with_columns(person_keys(evidence["person_id"]))
    insert(connection, "stg_facts", keyed, "temp table")
    key = person_key(has_keys)
    connection.execute(
        f"create temp table stg_evidence as select (hash({key}) >> 1)::bigint as person_id, "
        "(day - date '1980-01-01')::integer as day, evidence, value from stg_facts"
    )
    connection.execute("drop table stg_facts")


def _number(connection: duckdb.DuckDBPyConnection) -> None:
    """Number the codes with what is known, and move the spells' cells to them."""
    connection.execute(
        "create temp table stg_known_codes as select code_no, known, (select max(code_no) from "
        "code_list) + row_number() over (order by code_no, known) as known_no from "
        "(select distinct code_no, known from stg_known_spells)"
    )
    connection.execute(
        "insert into code_list select known_no::integer, code || '|' || known from stg_known_codes "
        "join code_list using (code_no) order by known_no"
    )
    connection.execute(
        "update spell_cells set coded_cell = cell_moved(coded_cell, known_no - code_no) from "
        "(select spell_id, code_no, known_no from stg_known_spells join stg_known_codes using "
        "(code_no, known)) as known where spell_cells.spell_id = known.spell_id"
    )
