"""The ledger's GROUP BY as SQL for the engines in which holders keep their registers.

A holder whose persons must not be moved, or are more than one machine holds, runs the query where
they are; what comes out are counts, read by `fmbstats ledger import`. The query is one file
(``ledger_query.sql``), translated by sqlglot; the holder's own names and values are put in here.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from fmbstats.sources.registers.spell_contract import CONTRACT, EARLIEST_START
from fmbstats.store.tables import sql_text

if TYPE_CHECKING:
    from sqlglot import exp

#: What `fmbstats ledger sql` can be asked for -> sqlglot's name of it.
DIALECTS = {"duckdb": "duckdb", "spark": "spark", "postgres": "postgres", "tsql": "tsql"}
_FIRST, _END = date(1, 1, 1), date(9999, 12, 31)
_JOINING = ("marked", "numbered", "chained", "joined")
_READ = (
    "person_id", "spell_id", "start_date", "last_date", "code", "sex", "birth_year",
    "county_code", "occupation", "entry_day", "end_reason",
)  # fmt: skip
_TYPES = {"date": "date", "int": "int", "text": "text", "code": "text"}
_KIND = {column.name: _TYPES[column.type] for column in CONTRACT.columns}


def ledger_query(
    dialect: str,
    edges: Sequence[date],
    *,
    table: str,
    extraction: date,
    cutoff: date,
    columns: Mapping[str, str | None] | None = None,
    values: Mapping[str, Mapping[str, str]] | None = None,
) -> str:
    """Write the query that counts a register where it lies.

    `dialect`: "duckdb", "spark", "postgres" or "tsql". `edges`: days on which some recommendation
    begins or ends. `table`: the holder's table, one row per spell; "schema.table" is taken apart.
    `extraction`, `cutoff`: the register is known to and including `extraction`; everybody is
    censored at `cutoff`. `columns`: our column -> theirs; None where they have none. By default
    they are called alike. `values`: per column: their value -> ours; what is not named becomes
    unknown. Returns what is expected of the table, as comments, and one statement with a semicolon
    at its end.
    """
    import sqlglot
    from sqlglot import exp

    query = sqlglot.parse_one(sql_text("ledger_query"), read="duckdb", into=exp.Select)
    days = {"extraction_day": extraction, "cutoff_day": cutoff}
    days["first_day"] = date.fromisoformat(EARLIEST_START)

    def filled(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.name in days:
            return _day(days[node.name])
        return node

    query = query.transform(filled).assert_is(exp.Select)
    columns = columns or {}
    has_persons = columns.get("person_id", "person_id") is not None
    if not has_persons:
        query = _without_joins(query)
    own = _register(table, columns, values or {})
    for alias, part in (("periods", _periods(edges)), ("register", own)):
        query = query.with_(alias, as_=part, append=True)
        ctes = query.args.get("with_") or query.args["with"]
        ctes.set("expressions", [ctes.expressions[-1], *ctes.expressions[:-1]])
    if dialect == "tsql":
        _fit_for_tsql(query)
    text = query.sql(dialect=DIALECTS[dialect], pretty=True, comments=False)
    return f"{_expected(table, columns, has_persons)}{text};\n"


def _fit_for_tsql(query: exp.Select) -> None:
    """Say nothing that SQL Server cannot do, or does slowly."""
    from sqlglot import exp

    for key in query.find_all(exp.Ordered):  # it cannot say where nulls go; here are none
        key.set("nulls_first", not key.args.get("desc"))
    for cast in query.find_all(exp.Cast):
        if cast.to.is_type("text"):  # without a bound a large object, which is grouped on disk
            cast.set("to", exp.DataType.build("nvarchar(100)", dialect="tsql"))


def _expected(table: str, columns: Mapping[str, str | None], has_persons: bool) -> str:
    """Say in comments what a row of the table is, and what becomes of spells that share days."""
    name = " ".join(table.split())
    if not has_persons:
        return (
            f"-- {name}: one row per spell, without repetitions. No person is known: spells of a\n"
            "-- person that share days must be one row already, as a build makes them, from the\n"
            "-- first day to the last, with the diagnosis of the one that begins first.\n"
        )
    least = "code" if columns.get("spell_id", "spell_id") is None else "spell_id"
    return (
        f"-- {name}: one row per spell. Spells of a person that share days are made one, as a\n"
        "-- build does: from the first day to the last, with the diagnosis of the one that begins\n"
        f"-- first (of these the longest, then the least {least}); those that touch stay two.\n"
    )


def _without_joins(query: exp.Select) -> exp.Select:
    """Leave out the common tables that join spells of a person."""
    ctes = query.args.get("with_") or query.args["with"]
    ctes.set("expressions", [cte for cte in ctes.expressions if cte.alias not in _JOINING])
    for source in query.find_all(type(query.args.get("from_") or query.args["from"])):
        if source.this.name == "joined":
            source.this.this.set("this", "observed")
    return query


def _register(
    table: str, columns: Mapping[str, str | None], values: Mapping[str, Mapping[str, str]]
) -> exp.Select:
    """The holder's table under our names, with our values."""
    from sqlglot import exp

    picked = [
        _own(name, columns.get(name, name), values.get(name)).as_(name, quoted=False)
        for name in _READ
    ]
    parts = [_named(part) for part in table.split(".")]
    source = exp.Table(**dict(zip(("this", "db", "catalog"), reversed(parts), strict=False)))
    return exp.select(*picked).from_(source)


def _named(name: str) -> exp.Identifier:
    """A holder's name; anything but small letters, digits and underscores is put into quotes."""
    from sqlglot import exp

    return exp.to_identifier(name, quoted=re.fullmatch(r"[a-z_][a-z0-9_]*", name) is None)


def _own(name: str, theirs: str | None, values: Mapping[str, str] | None) -> exp.Expr:
    from sqlglot import exp

    kind = _KIND[name]
    if theirs is None:
        return exp.cast(exp.null(), kind)
    column = exp.column(_named(theirs))
    if name in ("person_id", "spell_id"):  # only compared with their like
        return column
    if values:
        text = exp.Trim(this=exp.cast(column, "text"))
        cases = exp.Case()
        for their, our in values.items():
            cases = cases.when(text.eq(exp.Literal.string(their)), exp.Literal.string(our))
        return exp.cast(cases, kind)
    if name == "code":
        return _bare_code(column)
    if kind != "text":
        return exp.cast(column, kind)
    text = exp.Trim(this=exp.cast(column, "text"))
    return exp.func("nullif", text, exp.Literal.string(""))


def _bare_code(column: exp.Expr) -> exp.Expr:
    """Codes without dots and dashes, in capitals; a missing one is empty."""
    from sqlglot import exp

    bare: exp.Expr = exp.Upper(this=exp.Trim(this=exp.cast(column, "text")))
    for found in (".", "-P", "-"):
        bare = exp.func("replace", bare, exp.Literal.string(found), exp.Literal.string(""))
    return exp.func("coalesce", bare, exp.Literal.string(""))


def _periods(edges: Sequence[date]) -> exp.Select:
    from sqlglot import exp

    days = [_FIRST, *sorted({day for day in edges if _FIRST < day < _END}), _END]
    rows = [exp.Tuple(expressions=[_day(a), _day(b)]) for a, b in itertools.pairwise(days)]
    named = exp.values([], alias="p", columns=["valid_from", "valid_to"])
    named.set("expressions", rows)
    return exp.select("valid_from", "valid_to").from_(named)


def _day(day: date) -> exp.Expr:
    from sqlglot import exp

    return exp.cast(exp.Literal.string(f"{day:%Y-%m-%d}".zfill(10)), "date")
