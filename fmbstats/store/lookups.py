"""Questions that are asked of a store by name: entries, codes, cases in force, tables.

The only place beside the readers of the ledger where they are written in SQL.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import duckdb

from fmbstats.errors import UnknownNameError
from fmbstats.words.strata import STRATA

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import pandas as pd

    from fmbstats.frames import Columns, Row
    from fmbstats.store import Store


_KEPT: WeakKeyDictionary[Store, dict[tuple[str, ...], tuple[Row, ...]]] = WeakKeyDictionary()


def _kept(store: Store, query: str, *key: str) -> tuple[Row, ...]:
    """Ask a question, with `key` as its value of that name, once of a store."""
    answers = _KEPT.setdefault(store, {})
    if (query, *key) not in answers:
        answers[query, *key] = store.rows(query, {"key": key[0]} if key else None)
    return answers[query, *key]


def find_entry(store: Store, name: str) -> tuple[str, str] | None:
    """Return id and name of the entry with an id or slug; None when there is none."""
    found = store.rows(
        "select entry_id, name from mart_entries where entry_id = ? or slug = ?", [name, name]
    )
    return (found[0].entry_id, found[0].name) if found else None


def code_name(store: Store, code: str) -> str | None:
    """Return a code's name, "" where it has none; None where nothing lies at or under it.

    Spells or recommendations, or a recommendation above it.
    """
    # Most are asked of a recommendation; to look through the ledger as well takes thrice as long.
    if named := store.rows("select code_name from mart_entry_codes where code = ?", [code]):
        return named[0].code_name or ""
    found = store.rows(
        "select 1 from mart_entry_codes where starts_with(code, $1) or starts_with($1, code) "
        "union all select 1 from mart_ledger where starts_with(code, $1) limit 1",
        [code],
    )
    return "" if found else None


def known_names(store: Store) -> list[str]:
    """Slugs of the entries and codes of the recommendations."""
    found = store.rows(
        "select slug as name from mart_entries union select code from mart_entry_codes"
    )
    return [row.name for row in found]


def entry_codes(store: Store, entry_id: str) -> tuple[str, ...]:
    """Return the codes of an entry, without dots."""
    found = store.rows(
        "select code from mart_entry_codes where entry_id = ? order by code", [entry_id]
    )
    return tuple(row.code for row in found)


def entry_list(store: Store) -> pd.DataFrame:
    """Return the entries: entry_id, slug, name, disease_group_name, codes, n_spells (all years)."""
    return store.sql(
        "select entry_id, slug, name, disease_group_name, "
        "(select string_agg(code, ' ' order by code) from mart_entry_codes as c "
        " where c.entry_id = e.entry_id) as codes, "
        "(select coalesce(sum(n), 0)::bigint from mart_ledger as l "
        " where l.entry_id = e.entry_id and duration_day > ?) as n_spells "
        "from mart_entries as e order by name",
        [store.entry_day],
    )


def table_list(store: Store) -> pd.DataFrame:
    """Return the tables: name, columns (with their types)."""
    return store.sql(
        "select table_name as name, string_agg(column_name || ' ' || lower(data_type), ', ' "
        "order by ordinal_position) as columns from information_schema.columns "
        "group by table_name order by table_name"
    )


def count_spells(store: Store) -> int:
    """Return the number of spells in the register."""
    (found,) = store.rows("select sum(n)::bigint as n from mart_ledger")
    return found.n or 0


def owning_entries(store: Store, kind: str, key: str) -> tuple[Row, ...]:
    """Return the entries of a diagnosis: entry_id, name, slug, disease_group_name, codes (list)."""
    return _kept(
        store,
        "select entry_id, name, slug, disease_group_name, list(code order by code) as codes "
        "from mart_entries join mart_entry_codes using (entry_id) "
        f"where entry_id in (select entry_id from mart_entry_codes where {_is_of(kind)}) "
        "group by all order by entry_id",
        key,
    )


_ORDER = (
    "valid_from desc, limit_days nulls last, case_id, length_text, criteria, entry_id, valid_to, "
    "edition"
)


def _cases(month_days: int) -> str:
    """Write the columns of cases in force; `owned` and the period are still to be said."""
    return (
        f"limit_days_{int(month_days)} as limit_days, limit_days_30, limit_days_31, "
        f"min_days_{int(month_days)} as min_days, number, unit, max_number, max_unit, "
        "limit_kind, limit_reason, is_doubtful, contradicts, length_text, criteria, valid_from, "
        "valid_to, edition, list(code order by code) as codes"
    )


def _period(year: int | None) -> dict[str, date]:
    """Return first and last day of a year; by default of what is known last."""
    last = date(year, 12, 31) if year else date(9998, 1, 2)
    return {"first": last.replace(month=1, day=1), "last": last}


def cases_in_force(
    store: Store, kind: str, key: str, year: int | None, month_days: int
) -> tuple[Row, ...]:
    """Return the cases of a diagnosis in force in `year` (by default: what is known last)."""
    owned = (
        "code in (select code from mart_entry_codes where entry_id = $key)"
        if kind == "entry"
        else "starts_with(code, $key)"
    )
    # Of all years at once: what was published of another year is held against that year's.
    found = _kept(
        store,
        f"select entry_id, case_id, {_cases(month_days)} from mart_in_force "
        f"where case_id is not null and {owned} group by all order by {_ORDER}",
        key,
    )
    first, last = _period(year).values()
    return tuple(case for case in found if case.valid_from <= last and case.valid_to > first)


def of_every_entry(
    store: Store, year: int | None, month_days: int, wanted: Collection[str]
) -> Iterator[tuple[Row, list[Row]]]:
    """Yield each wanted entry as of `owning_entries`, and its `cases_in_force` after their owner.

    Two queries for all: one for each entry takes a second where there are a hundred.
    """
    entries = store.rows(
        "select entry_id, name, slug, disease_group_name, list(code order by code) as codes "
        "from mart_entries join mart_entry_codes using (entry_id) group by all order by entry_id"
    )
    cases = store.rows(
        "with owners as (select entry_id as owner, code from mart_entry_codes) "
        f"select owner, entry_id, case_id, {_cases(month_days)} from mart_in_force "
        "join owners using (code) where case_id is not null "
        "and valid_from <= $last and valid_to > $first "
        f"group by all order by owner, {_ORDER}",
        _period(year),
    )
    owned: dict[str, list[Row]] = {}
    for case in cases:
        owned.setdefault(case.owner, []).append(case)
    for entry in entries:
        if entry.entry_id in wanted:
            yield entry, owned.get(entry.entry_id, [])


def set_ends(store: Store) -> dict[int, date]:
    """Return each set of possible cases (match_id) -> the day after the first of them ended."""
    found = _kept(
        store,
        "select match_id, min(valid_to) as valid_to from (select match_id, case_id, "
        "max(valid_to) as valid_to from raw_possible_cases join mart_in_force using (case_id, "
        "edition) group by all) group by match_id",
    )
    return {row.match_id: row.valid_to for row in found}


def case_history(store: Store, codes: tuple[str, ...]) -> pd.DataFrame:
    """Return every case of some codes through time, one row per period."""
    return store.sql(
        "select length_text, coalesce(criteria, '') as criteria, valid_from, valid_to, edition, "
        "max(limit_days_30) as limit_days_30, max(limit_days_31) "
        "as limit_days_31 from mart_in_force where case_id is not null and code in "
        "(select unnest($codes)) group by length_text, criteria, valid_from, valid_to, edition "
        "order by valid_from, valid_to, length_text, criteria",
        {"codes": list(codes)},
    )


def icf_codes(store: Store, entry_ids: list[str]) -> pd.DataFrame:
    """Return the ICF codes of some entries: domain, role, code, name."""
    return store.sql(
        "select distinct domain, role, code, name from mart_icf where entry_id in "
        "(select unnest($ids)) order by domain desc, role, code",
        {"ids": entry_ids},
    )


_OF_SPELL = {
    "start_year": "cell_year(coded_cell)", "sex": "cell_sex(coded_cell)",
    "age_group": "cell_age_group(coded_cell)", "county_code": "cell_county(coded_cell)",
    "code": "nullif(split_part(code, '|', 1), '')",
}  # fmt: skip


def spells_with_persons(
    store: Store,
    kind: str,
    key: str,
    years: Sequence[int],
    entry_day: int,
    groups: Sequence[str] = (),
) -> Columns:
    """Return the spells of a diagnosis that outlast a day, one row each, with their persons.

    `groups` are columns of the ledger to return as well.
    """
    return store.columns(
        "select coalesce(match_id, -1) as match_id, cell_entry_day(coded_cell) as entry_day, "
        "cell_days(coded_cell) as duration_day, cell_end_reason(coded_cell) as end_reason, 1 as n, "
        f"{', '.join(['person_id', *(f'{_OF_SPELL[name]} as {name}' for name in groups)])} "
        "from spell_cells join (select code_no, code_list.code, match_id, "
        "valid_from - date '1980-01-01' as from_day, valid_to - date '1980-01-01' as to_day "
        f"from stg_code_periods join code_list on code_key = code where {_is_of(kind)}) as period "
        "on coded_code(coded_cell) = code_no and traits_first_day(traits) >= from_day "
        "and traits_first_day(traits) < to_day "
        # Looked for before the join, which takes longer.
        "where list_contains($years::smallint[], cell_year(coded_cell)) "
        "and cell_days(coded_cell) > $day",
        {"key": key, "years": list(years), "day": entry_day},
    )


def degree_steps(store: Store, kind: str, key: str, year: int | None) -> pd.DataFrame:
    """Return the change of the number on leave at a degree by day: degree_pct, day, n_change."""
    where = "entry_id = ?" if kind == "entry" else "starts_with(code, ?)"
    started = "" if year is None else f"and start_year = {int(year)}"
    return store.sql(
        "select degree_pct, day, sum(n_change)::bigint as n_change from mart_degrees "
        f"where {where} {started} group by all order by all",
        [key],
    )


def spells_one_by_one(store: Store, kind: str, key: str, year: int, after_day: int) -> pd.DataFrame:
    """Return the spells of a diagnosis started in a year that outlast a day, one per row."""
    return store.sql(
        f"select * from mart_spells where {_is_of(kind)} and start_year = $year "
        "and duration_day > $day order by spell_id",
        {"key": key, "year": year, "day": after_day},
    )


def degree_periods(store: Store, kind: str, key: str, year: int, after_day: int) -> pd.DataFrame:
    """Return the degree periods of `spells_one_by_one`: spell_id, from_day, to_day, degree_pct."""
    return store.sql(
        "select p.spell_id, p.from_day, p.to_day, p.degree_pct from raw_segments as p "
        f"join mart_spells as s using (spell_id) where s.{_is_of(kind)} "
        "and s.start_year = $year and s.duration_day > $day",
        {"key": key, "year": year, "day": after_day},
    )


def _is_of(kind: str) -> str:
    return "entry_id = $key" if kind == "entry" else "code ^@ $key"


def entry_names(store: Store) -> list[tuple[str, str, str]]:
    """Return (entry_id, slug, name) of every entry, in the order of the ids."""
    return [row[:3] for row in entry_groups(store)]


def newest_entries(store: Store) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
    """Return (entry_id, slug, name) of every entry and (entry_id, code), as their edition has."""
    rows = store.rows("select entry_id, slug, name from mart_entries order by rowid")
    owned = store.rows("select entry_id, code from mart_entry_codes order by rowid")
    return (
        [(row.entry_id, row.slug, row.name) for row in rows],
        [(row.entry_id, row.code) for row in owned],
    )


def entry_groups(store: Store) -> list[tuple[str, str, str, str]]:
    """Return (entry_id, slug, name, name of its group) of every entry, in the order of the ids."""
    found = store.rows(
        "select entry_id, slug, name, disease_group_name from mart_entries order by entry_id"
    )
    return [(row.entry_id, row.slug, row.name, row.disease_group_name) for row in found]


def warm_up() -> None:
    """Load what a first query loads."""
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute("select 1 as a, 'x' as b, date '2017-01-01' as c").df()


_REVISIONS = """
with cases as (
    select owned.entry_id, valid_from, first_edition
    from mart_in_force join mart_entry_codes as owned using (code)
    where case_id is not null
)
select distinct entry_id, valid_from as day, first_edition
from cases
join (select entry_id, min(valid_from) as began from cases group by entry_id) using (entry_id)
where valid_from > began + interval 7 day
"""


def revision_days(store: Store, entry_id: str) -> list[date]:
    """Return the days from which an entry has had other cases than before."""
    found = store.rows(
        f"select distinct day from ({_REVISIONS}) where entry_id = $entry order by day",
        {"entry": entry_id},
    )
    return [row.day for row in found]


def entries_with_revisions(store: Store) -> list[tuple[str, str, list[date]]]:
    """Return (entry, first code, days of its revisions) of every entry that has cases."""
    found = store.rows(
        "select entry_id, min(code) as code, list(distinct day) as days from mart_entry_codes "
        f"left join ({_REVISIONS}) using (entry_id) group by entry_id order by entry_id"
    )
    return [(row.entry_id, row.code, [day for day in row.days or () if day]) for row in found]


def revised_on(store: Store, edition: str) -> list[tuple[str, str, date]]:
    """Return (entry, name, day) of the revisions first told by an edition."""
    found = store.rows(
        f"select distinct entry_id, name, day from ({_REVISIONS}) join mart_entries using "
        "(entry_id) where first_edition = $edition order by day, name",
        {"edition": edition},
    )
    return [(row.entry_id, row.name, row.day) for row in found]


def asked_strata(store: Store, by: str) -> tuple[str, ...]:
    """Read names of strata by commas, each once.

    `by`: empty for none. Raises UnknownNameError: the register brought no such stratum.
    """
    names = dict.fromkeys(name.strip() for name in by.split(",") if name.strip())
    known = store.reader.own_strata if names else ()
    for name in names:
        if name in STRATA:
            raise UnknownNameError(
                f"--by {name}: every report tells it. Name strata that the register brought "
                f"([strata] of its mapping): {', '.join(known) or 'it brought none'}."
            )
        if name not in known:
            advice = f"The register brought: {', '.join(known) or 'none'}."
            raise UnknownNameError.among("Stratum", name, known, advice)
    return tuple(names)
