"""Which margins of the ledger are released, and how they are counted in SQL.

A margin parts the spells of an entry (or of a code without one) and a start year by one thing.
The two-way ones are those that a named method needs: counties by age and sex (METHODS M14, M15),
entry days (M5). Strata that a register brought of its own (unit, profession …) are one margin more,
`OWN`, whose groups are called ``stratum: value``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from fmbstats import settings
from fmbstats.release.rule import NOT_TOLD, WAYS
from fmbstats.words.strata import OF_OWN, OWN

if TYPE_CHECKING:
    import polars as pl

SEXES, AGES = ("unknown", *settings.SEXES), ("unknown", *settings.AGE_GROUPS)
# End reason of what is not told, beside 0 (ongoing) and the reasons from 1.
UNTOLD_END = -1
MONTH = "month"
# Counties by quarter of the first day: what designs over time and place are computed from. Of the
# shipped register (600 000 spells, five years) five diagnoses have six counties or more, up to 18,
# whose curve is told in every quarter (`rule.MIN_PATH`); in every month three counties at most.
COUNTY_QUARTER = "county_quarter"
# Margins that only evaluations need: they are in the ledgers of no others.
OF_EVALUATIONS = (MONTH, COUNTY_QUARTER)


class Behind(NamedTuple):
    """What the numbers of an evaluation follow from."""

    margins: tuple[str, ...]  #: Of the release ledger.
    entries: frozenset[str]  #: In these margins.
    certificates: frozenset[str]  #: Entries whose certificates are told; "" for all together.

    @property
    def pairs(self) -> set[tuple[str, str]]:
        """Margins, each with each entry."""
        return set(product(self.margins, self.entries))


# A spell's own key, from everything that the ledger knows of it. Whoever adds up the keys of the
# same spells gets the same number, by whatever margin they are found; modulo 2^64, as the sum of
# record keys in the cell-key method.
KEYED_CELLS = f"""
create temp table keyed_cells as
select
    coalesce(entry_id, 'code:' || coalesce(code, '')) as subject,
    entry_id,
    coalesce(code, '') as code,
    coalesce(match_id, -1) as set_id,
    coalesce(match_level, 'none') as match_level,
    start_year,
    sex,
    age_group,
    county_code,
    exact.cell_entry_day(course)::integer as entry_day,
    exact.cell_days(course) as day,
    exact.cell_end_reason(course)::integer as reason,
    n,
    md5_number_lower(concat_ws('|', $secret, code_key, group_no, course))::hugeint as key
from exact.mart_cells
join exact.mart_groups using (group_no)
join exact.stg_answers using (answer_no);
create temp table keyed_strata as
select
    coalesce(entry_id, 'code:' || coalesce(code, '')) as subject,
    coalesce(match_id, -1) as set_id,
    start_year,
    told.stratum || '{OF_OWN}' || told.value as own_group,
    exact.cell_days(course) as day,
    exact.cell_end_reason(course)::integer as reason,
    n,
    md5_number_lower(concat_ws('|', $secret, code_key, group_no, course))::hugeint as key
from exact.mart_strata_cells
join exact.mart_strata as told using (value_no)
join exact.mart_groups using (group_no)
join exact.stg_answers using (answer_no);
create temp table year_keys as
select start_year, sum(n * key) % 18446744073709551616 as year_key
from keyed_cells
group by start_year
"""

# Months of a store that knows single spells, with the groups that a spell's key is made of; of one
# made from ledgers, whose months are told by county alone.
MONTH_CELLS = """
select
    exact.cell_answer(cell) as answer_no,
    exact.month_number(date '1980-01-01' + exact.traits_first_day(traits)) as month_no,
    exact.cell_county(cell) as county_code,
    ((cell >> 27) & 262143)::integer as group_no,
    (cell & 134217727)::integer as course,
    count(*)::integer as n
from exact.stg_matched_spells
group by all
"""
LEDGER_MONTH_CELLS = """
select
    answer_no,
    month_no,
    exact.cell_county(county_no::bigint << 27) as county_code,
    month_no || ' ' || county_no as group_no,
    course,
    n
from exact.mart_month_counties
"""


def keyed_months(cells: str) -> str:
    """SQL: the spells by start month, each with the key that it has in `KEYED_CELLS`."""
    return f"""
create temp table keyed_months as
select
    coalesce(entry_id, 'code:' || coalesce(code, '')) as subject,
    coalesce(match_id, -1) as set_id,
    (1990 + month_no // 12)::smallint as start_year,
    strftime(exact.month_start(month_no), '%Y-%m') as month,
    county_code || ' ' || (1990 + month_no // 12) || '-' || (1 + month_no % 12 // 3) as
        county_quarter,
    exact.cell_days(course) as day,
    exact.cell_end_reason(course)::integer as reason,
    n,
    md5_number_lower(concat_ws('|', $secret, code_key, group_no, course))::hugeint as key
from ({cells})
join exact.stg_answers using (answer_no)
"""


SUBJECT_LIMITS = """
with answered as (
    -- Some codes are no spell's first, but the last or longest of one.
    select distinct coalesce(entry_id, 'code:' || coalesce(code, '')) as subject, entry_id, code
    from exact.stg_answers
),
limits as (
    select entry_id as subject, limit_days_30 as day from mart_in_force
    union
    select owned.entry_id, limit_days_30
    from mart_in_force
    join mart_entry_codes as owned using (code)
    union
    -- A code above several entries may have the limits of all of them.
    select subject, limit_days_30
    from answered as wide
    join mart_in_force on starts_with(mart_in_force.code, wide.code)
    where wide.entry_id is null and wide.code <> ''
),
subjects as (
    select subject from answered
    union
    select entry_id from mart_entries
)
select subject, list(distinct day::integer) filter (day between 1 and 30000)
from subjects
left join limits using (subject)
group by subject
order by subject
"""

_KEY = """md5_number_lower(
    concat_ws('|', $secret, year_key, sum(n * key) % 18446744073709551616)
)"""


@dataclass(frozen=True)
class Margin:
    """One way to part the spells of a diagnosis and year."""

    stratum: str  #: SQL: what a spell's group is called.
    part: str = "(reason > 0)::integer"  #: SQL: ``WAYS * cell + way of leaving``; see `rule.Paths`.
    is_conditional: bool = True  #: Only spells that outlast the register's entry day.
    #: Table of keyed cells: a spell has the same key in all (but by month where only ledgers are
    #: known, which tell months without sex and age).
    cells: str = "keyed_cells"
    #: SQL: number of the set of possible cases; -1 where the margin's method takes one limit for
    #: all, so that few spells of a set need not lend their age and sex to others.
    kind: str = "set_id"

    @property
    def rows(self) -> str:
        """SQL: subject, start_year, stratum, set_id, day, part, n."""
        return (
            f"select subject, start_year, {self.stratum} as stratum, {self.kind} as set_id, day, "
            f"{self.part} as part, sum(n)::bigint as n from {self.cells} where day > $entry_day "
            "group by all"
        )

    @property
    def groups(self) -> str:
        """SQL: subject, start_year, stratum, and the secret number of that group."""
        return (
            f"select subject, start_year, {self.stratum} as stratum, {_KEY} as key "
            f"from {self.cells} join year_keys using (start_year) where day > $entry_day "
            "group by subject, start_year, stratum, year_key"
        )

    def entry_day(self, of_register: int) -> int:
        """Day that spells have to outlast."""
        return of_register if self.is_conditional else 0


_SEX_NO = "list_position(['women', 'men'], sex)"
_AGE_NO = "list_position(['16-29', '30-39', '40-49', '50-59', '60+'], age_group)"
_PERSONS = f"coalesce({_SEX_NO}, 0) * 6 + coalesce({_AGE_NO}, 0)"

ALL: Mapping[str, Margin] = MappingProxyType(
    {
        "all": Margin("'all'", "reason"),
        "sex": Margin("sex"),
        "age": Margin("age_group"),
        "county": Margin("county_code"),
        "code": Margin("code"),
        OWN: Margin("own_group", cells="keyed_strata"),
        MONTH: Margin("month", cells="keyed_months"),
        COUNTY_QUARTER: Margin("county_quarter", cells="keyed_months", kind="-1"),
        "county_persons": Margin(
            "county_code", f"{WAYS} * ({_PERSONS}) + (reason > 0)::integer", kind="-1"
        ),
        "entry_day": Margin(
            "'all'", f"{WAYS} * least(entry_day, 30) + (reason > 0)::integer", is_conditional=False
        ),
    }
)

_COUNTY = "|".join((*settings.COUNTIES, "unknown"))
#: What the groups of a margin are called, whole; those of the others are "all".
FORMS: Mapping[str, str] = MappingProxyType(
    {
        "sex": "|".join(SEXES),
        "age": "|".join(map(re.escape, AGES)),
        "county": _COUNTY,
        "county_persons": _COUNTY,
        "code": r"[A-Z]\d\d[A-Z0-9]{0,4}",
        OWN: rf"[^\W\d_][\w -]{{2,39}}{OF_OWN}[^\r\n\t]{{1,200}}",
        MONTH: r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])",
        COUNTY_QUARTER: rf"(?:{_COUNTY}) (?:19|20)\d\d-[1-4]",
    }
)

READING_ROWS = """
with cells as (
    select subject, start_year, set_id, day, reason as part, n
    from keyed_cells
    where day > $entry_day
    union all
    select
        coalesce(entry_id, 'code:' || coalesce(code, '')),
        start_year,
        coalesce(match_id, -1),
        exact.cell_days(course),
        exact.cell_end_reason(course)::integer,
        n
    from exact.mart_change_cells
    join exact.stg_answers using (answer_no)
    where exact.basis_name(basis_no) = $basis and exact.cell_days(course) > $entry_day
)
select subject, start_year, 'all' as stratum, set_id, day, part, sum(n)::bigint as n
from cells
group by all
having sum(n) > 0
"""

READING_GROUPS = f"""
with cells as (
    select subject, start_year, n, key from keyed_cells where day > $entry_day
    union all
    select
        coalesce(entry_id, 'code:' || coalesce(code, '')),
        start_year,
        n,
        md5_number_lower(concat_ws('|', $secret, code_key, course))::hugeint
    from exact.mart_change_cells
    join exact.stg_answers using (answer_no)
    where exact.basis_name(basis_no) = $basis and exact.cell_days(course) > $entry_day
)
select subject, start_year, 'all' as stratum, {_KEY} as key
from cells
join year_keys using (start_year)
group by subject, start_year, year_key
"""

LEDGER = """
create table release_ledger as
select
    margin,
    case when not starts_with(subject, 'code:') then subject end as entry_id,
    case when starts_with(subject, 'code:') then substr(subject, 6)
        when margin = 'code' then stratum end as code,
    stratum,
    sex,
    age_group,
    start_year::smallint as start_year,
    set_id::integer as match_id,
    entry_day::smallint as entry_day,
    duration_day::integer as duration_day,
    end_reason::tinyint as end_reason,
    n::integer as n
from told
order by all
"""

DEGREES = """
select
    coalesce(entry_id, 'code:' || coalesce(code, '')) as subject,
    start_year,
    degree_pct,
    day,
    sum(n_change)::bigint as n_change
from exact.mart_degree_cells
join exact.stg_answers using (answer_no)
group by all
order by all
"""

# How many started, also those that were over before the register sees all.
STARTED = f"""
select subject, start_year, any_value(entry_id) as entry_id, any_value(code) as code,
    sum(n)::bigint as n, {_KEY} as key
from keyed_cells
join year_keys using (start_year)
group by subject, start_year, year_key
order by subject, start_year
"""

LEVELS = f"""
select subject, start_year, match_level, any_value(entry_id) as entry_id, any_value(code) as code,
    sum(n)::bigint as n, {_KEY} as key
from keyed_cells
join year_keys using (start_year)
where day > $entry_day
group by subject, start_year, match_level, year_key
order by subject, start_year, match_level
"""

# Entries of first and last diagnosis, in all years; of stores that know single spells. A number of
# all years is drawn anew with each of them, as the counts of rows are: of no year is it told.
CHANGES = """
with spells as (
    select
        spells.entry_id as first,
        ends.entry_id as last,
        md5_number_lower(
            concat_ws('|', $secret, spells.code, code_last, spells.start_year, sex, age_group,
                county_code, spells.entry_day, duration_day, end_reason)
        )::hugeint as key
    from exact.mart_spells as spells
    join exact.raw_code_entries as ends on code_last = ends.code
    where spells.entry_id is not null and ends.entry_id is not null
        and duration_day > spells.entry_day
)
select first, last, count(*)::bigint as n, md5_number_lower(
    concat_ws('|', $secret, (select string_agg(year_key, '|' order by start_year) from year_keys),
        sum(key) % 18446744073709551616)
) as key
from spells
group by first, last
order by first, last
"""

# The store numbers sets as they come up with codes and days of a register: here they have an order
# by what they are, which stays the same whatever others there are.
SET_ORDER = """
create temp table set_order as
with members as (
    select match_id, string_agg(case_id, '|' order by case_id) as cases,
        string_agg(edition, '|' order by case_id) as editions
    from raw_possible_cases
    group by match_id
)
select
    sets.match_id as set_id,
    row_number() over (
        order by own.cases, longest_days_30, shortest_days_30, least_min_days_30, most_min_days_30,
            evidence, every_one.cases, own.editions, every_one.editions
    ) as place
from raw_possible_sets as sets
left join members as own using (match_id)
left join members as every_one on base_id = every_one.match_id
"""

# A register holds rare codes too: only the sets that are told stand in a release.
SETS = """
create temp table told_sets as
select distinct match_id from release_ledger where match_id >= 0
union
select base_id from raw_possible_sets
where match_id in (select match_id from release_ledger) and base_id >= 0;
create temp table set_numbers as
select set_id as old_id, (row_number() over (order by place) - 1)::integer as new_id
from set_order
where set_id in (from told_sets);
delete from raw_possible_sets where match_id not in (from told_sets);
delete from raw_possible_cases where match_id not in (from told_sets);
update raw_possible_sets set match_id = new_id from set_numbers where match_id = old_id;
update raw_possible_sets set base_id = new_id from set_numbers where base_id = old_id;
update raw_possible_cases set match_id = new_id from set_numbers where match_id = old_id;
update release_ledger set match_id = new_id from set_numbers where match_id = old_id
"""

# A year is told by itself, though all its groups may be too small to be: its pages say so.
YEARS = f"""
select start_year::smallint as start_year, sum(n)::bigint as n, {_KEY} as key
from keyed_cells
join year_keys using (start_year)
group by start_year, year_key
order by start_year
"""

# So are counties and start months, each by what is told of it in a year: what cannot be evaluated
# says why, where too little is told of each diagnosis.
PLACES = f"""
with cells as (
    select 'county' as kind, county_code as name, start_year, n, key from keyed_cells
    union all
    select 'month', month, start_year, n, key from keyed_months
)
select kind, name, start_year, sum(n)::bigint as n, {_KEY} as key
from cells
join year_keys using (start_year)
group by kind, name, start_year, year_key
order by kind, name, start_year
"""

# Of margins added up: no file tells a year, county or month of which it tells no group.
SUMMED_YEARS = """
create table release_years as
select start_year from release_ledger union select start_year from release_counts;
create table release_places as
select distinct margin as kind, stratum as name
from release_ledger
where margin in ('county', 'month')
"""

REGISTER_KEY = """
select md5_number_lower(concat_ws('|', $secret, string_agg(year_key, '|' order by start_year)))
from year_keys
"""

# What is asked of an exact store in words; here from protected counts.
VIEWS = """
create view mart_ledger as
select
    code, entry_id, match_id, start_year, entry_day, duration_day, end_reason, n
from release_ledger
where margin = 'all';
create view mart_degrees as
select
    case when not starts_with(subject, 'code:') then subject end as entry_id,
    case when starts_with(subject, 'code:') then substr(subject, 6) end as code,
    start_year, degree_pct, day, n_change
from mart_degree_steps
"""


def decoded(told: pl.DataFrame, margin: str, entry_day: int) -> pl.DataFrame:
    """Turn what the rule gave back into rows of the release ledger.

    `told`: subject, start_year, stratum, set_id, day, part, n. `margin`: a name of `ALL`, or of a
    reading. `entry_day`: of the register.
    """
    import polars as pl

    way, cell = pl.col("part") % WAYS, pl.col("part") // WAYS
    is_persons, has_days = margin == "county_persons", margin == "entry_day"
    entry = cell if has_days else pl.lit(entry_day)
    # Of a group whose number alone is told: longer than the first day that is seen.
    day = pl.when(pl.col("day") == 0).then(entry + 1).otherwise(pl.col("day"))
    nothing = pl.lit(None, pl.String)
    return told.select(
        margin=pl.lit(margin),
        subject="subject",
        stratum="stratum",
        sex=_word(cell // 6, SEXES) if is_persons else nothing,
        age_group=_word(cell % 6, AGES) if is_persons else nothing,
        start_year="start_year",
        set_id="set_id",
        entry_day=entry.cast(pl.Int64),
        duration_day=day.cast(pl.Int64),
        end_reason=pl.when(way == NOT_TOLD).then(UNTOLD_END).otherwise(way).cast(pl.Int64),
        n="n",
    )


def _word(number: pl.Expr, words: tuple[str, ...]) -> pl.Expr:
    import polars as pl

    return number.cast(pl.Int64).replace_strict(dict(enumerate(words)), return_dtype=pl.String)
