"""Questions that are asked of a store by name: entries, codes, cases in force, tables.

The only place beside the readers of the ledger where they are written in SQL.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import duckdb

from fmbstats.errors import UnknownNameError
from fmbstats.frames import np
from fmbstats.words.strata import STRATA

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    import pandas as pd

    from fmbstats.frames import Columns, Row
    from fmbstats.store import Store


_KEPT: WeakKeyDictionary[Store, dict[tuple[str, ...], Any]] = WeakKeyDictionary()


def _kept(store: Store, query: str, *key: str) -> tuple[Row, ...]:
    """Ask a question, with `key` as its value of that name, once of a store."""
    answers = _KEPT.setdefault(store, {})
    if (query, *key) not in answers:
        answers[query, *key] = store.rows(query, {"key": key[0]} if key else None)
    return answers[query, *key]


def _of_entry(store: Store, query: str, entry_id: str) -> Sequence[Row]:
    """Ask of the entry that is the answer's `owner`, or give the answer that is held."""
    if store.is_holding or ("each", query) in _KEPT.get(store, ()):
        return _of_each(store, query).get(entry_id, ())
    return _kept(store, f"from ({query}) where owner = $key", entry_id)


def _of_each(store: Store, query: str) -> dict[str, list[Row]]:
    """Return the rows of each owner."""
    answers = _KEPT.setdefault(store, {})
    if ("each", query) not in answers:
        found: dict[str, list[Row]] = {}
        for row in store.rows(query):
            found.setdefault(row.owner, []).append(row)
        answers["each", query] = found
    return answers["each", query]


def entries(store: Store) -> tuple[Row, ...]:
    """Return every entry: entry_id, slug, name, disease_group_name, codes (list), by its id."""
    return _kept(
        store,
        "select entry_id, name, slug, disease_group_name, "
        "coalesce(list(code order by code) filter (code is not null), []) as codes "
        "from mart_entries left join mart_entry_codes using (entry_id) group by all "
        "order by entry_id",
    )


def find_entry(store: Store, name: str) -> tuple[str, str] | None:
    """Return id and name of the entry with an id or slug; None when there is none."""
    found = (e for e in entries(store) if name in (e.entry_id, e.slug))
    return next(((e.entry_id, e.name) for e in found), None)


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
    return next((tuple(e.codes) for e in entries(store) if e.entry_id == entry_id), ())


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
    """Return the entries of a diagnosis, as of `entries`; those that have codes."""
    if kind == "entry":
        return tuple(e for e in entries(store) if e.entry_id == key and e.codes)
    return tuple(e for e in entries(store) if any(code.startswith(key) for code in e.codes))


_ORDER = (
    "valid_from desc, limit_days nulls last, case_id, length_text, criteria, entry_id, valid_to, "
    "edition"
)


def _cases(month_days: int) -> str:
    """Write the question which cases were ever in force; what owns the codes is still to be said.

    Of all years at once: what was published of another year is held against that year's.
    """
    return (
        f"select entry_id, case_id, limit_days_{int(month_days)} as limit_days, limit_days_30, "
        f"limit_days_31, min_days_{int(month_days)} as min_days, number, unit, max_number, "
        "max_unit, limit_kind, limit_reason, is_doubtful, contradicts, length_text, criteria, "
        "valid_from, valid_to, edition, list(code order by code) as codes{owner} "
        f"from mart_in_force {{of}} and case_id is not null group by all order by {_ORDER}"
    )


def _cases_of_entries(month_days: int) -> str:
    owners = "join (select entry_id as owner, code from mart_entry_codes) using (code) where true"
    return _cases(month_days).format(owner=", owner", of=owners)


def _cases_ever(store: Store, kind: str, key: str, month_days: int) -> Sequence[Row]:
    if kind == "entry":
        return _of_entry(store, _cases_of_entries(month_days), key)
    of_code = _cases(month_days).format(owner="", of="where starts_with(code, $key)")
    return _kept(store, of_code, key)


def _in_force(cases: Iterable[Row], year: int | None) -> Iterator[Row]:
    """Yield those in force in a year; by default of what is known last."""
    last = date(year, 12, 31) if year else date(9998, 1, 2)
    first = last.replace(month=1, day=1)
    return (case for case in cases if case.valid_from <= last and case.valid_to > first)


def cases_in_force(
    store: Store, kind: str, key: str, year: int | None, month_days: int
) -> tuple[Row, ...]:
    """Return the cases of a diagnosis in force in `year` (by default: what is known last)."""
    return tuple(_in_force(_cases_ever(store, kind, key, month_days), year))


def of_every_entry(
    store: Store, year: int | None, month_days: int, wanted: Collection[str]
) -> Iterator[tuple[Row, list[Row]]]:
    """Yield each wanted entry as of `owning_entries`, and its `cases_in_force` after their owner.

    Two queries for all: one for each entry takes a second where there are a hundred.
    """
    owned = _of_each(store, _cases_of_entries(month_days))
    for entry in entries(store):
        if entry.entry_id in wanted and entry.codes:
            yield entry, list(_in_force(owned.get(entry.entry_id, ()), year))


def set_ends(store: Store) -> dict[int, date]:
    """Return each set of possible cases (match_id) -> the day after the first of them ended."""
    found = _kept(
        store,
        "select match_id, min(valid_to) as valid_to from (select match_id, case_id, "
        "max(valid_to) as valid_to from raw_possible_cases join mart_in_force using (case_id, "
        "edition) group by all) group by match_id",
    )
    return {row.match_id: row.valid_to for row in found}


def case_history(
    store: Store, kind: str, key: str, codes: Collection[str], month_days: int
) -> list[dict[str, Any]]:
    """Return every case of some codes of a diagnosis through time, a row per period."""
    found: dict[tuple, dict[str, Any]] = {}
    for case in _cases_ever(store, kind, key, month_days):
        if set(codes).isdisjoint(case.codes):
            continue
        period = case.valid_from, case.valid_to, case.length_text or "", case.criteria or ""
        row = found.setdefault((*period, case.edition), {})
        for name in ("limit_days_30", "limit_days_31"):
            known = [day for day in (row.get(name), getattr(case, name)) if day is not None]
            row[name] = max(known, default=None)
    names = "valid_from", "valid_to", "length_text", "criteria", "edition"
    return [dict(zip(names, own, strict=True)) | days for own, days in sorted(found.items())]


def icf_codes(store: Store, entry_ids: Collection[str]) -> list[Row]:
    """Return the ICF codes of some entries: domain, role, code, name; each once."""
    every = _kept(
        store,
        "select entry_id, domain, role, code, name from mart_icf "
        "order by domain desc, role, code, name",
    )
    own = [row for row in every if row.entry_id in entry_ids]
    return list({(row.domain, row.role, row.code, row.name): row for row in own}.values())


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


def degree_steps(store: Store, kind: str, key: str, year: int | None) -> np.ndarray:
    """Return the change of the number on leave at a degree by day, shape (n_rows, 3).

    Columns: degree in percent, day, change; int.
    """
    started = "true" if year is None else f"start_year = {int(year)}"
    query = (
        "select degree_pct, day, sum(n_change)::bigint as n_change{} from mart_degrees "
        f"where {started} and {{}} group by all order by all"
    )
    rows = (
        _of_entry(store, query.format(", entry_id as owner", "true"), key)
        if kind == "entry"
        else _kept(store, query.format("", "starts_with(code, $key)"), key)
    )
    changes = [(row.degree_pct, row.day, row.n_change) for row in rows]
    return np.array(changes, np.int64).reshape(-1, 3)


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
    return [(e.entry_id, e.slug, e.name, e.disease_group_name) for e in entries(store)]


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
