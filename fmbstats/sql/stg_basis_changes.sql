-- What other, equally reasonable readings of the register change in the ledger (sensitivity
-- analysis): by the spell's last diagnosis, by its longest, with no gap bridged, and with gaps of up
-- to 14 days bridged. Only spells that differ are touched: they leave one cell (-1) and enter another (+1).
-- Grain: basis_no (see basis_number), cell, n. Source: spell_cells, own_gap_parts, stg_day_periods,
-- stg_near_spells.
with recoded_spells as (
    select
        coded_cell,
        traits_first_day(traits) as first_day,
        traits_code_last(traits) as last_no,
        traits_code_longest(traits) as longest_no
    from spell_cells
    where traits >> 24 > 0
),
recoded as (
    select
        basis_number('last') as basis_no,
        coded_cell,
        first_day,
        last_no as code_no
    from recoded_spells
    where last_no is not null
    union all
    select
        basis_number('longest') as basis_no,
        coded_cell,
        first_day,
        longest_no as code_no
    from recoded_spells
    where longest_no is not null
),
timed as (
    select
        person_id,
        spell_id,
        coded_cell,
        traits_first_day(traits) as first_day,
        traits_first_day(traits) + cell_days(coded_cell) + gap_days as next_day
    from stg_near_spells
),
marked as (
    select
        *,
        row_number() over (partition by person_id order by first_day, spell_id) as place_no,
        first_day - max(next_day) over (
            partition by person_id order by first_day, spell_id
            rows between unbounded preceding and 1 preceding
        ) as idle_days
    from timed
),
numbered as (
    select
        *,
        count(*) filter (idle_days is null or idle_days > 14) over (
            partition by person_id order by place_no rows unbounded preceding
        ) as chain_no
    from marked
),
-- Days of the gap are not counted; the first spell gives diagnosis and start, the last one the end.
chains as (
    select
        list({'coded_cell': coded_cell, 'first_day': first_day}) as spells,
        arg_min(coded_cell, place_no) as coded_cell,
        min(first_day) as first_day,
        arg_max(cell_end_reason(coded_cell), place_no) as end_reason,
        sum(cell_days(coded_cell))::integer as duration_day
    from numbered
    group by person_id, chain_no
    having count(*) > 1
),
-- Each part of a spell with gaps is a spell, seen as long as the whole one is.
gapped as (
    select
        *,
        traits_first_day(traits) as first_day,
        traits_first_day(traits) + cell_days(coded_cell) + gap_days as next_day
    from spell_cells
    where gap_days > 0
),
pieces as (
    select
        coded_cell,
        cell_in_year(
            cell_with_days(
                coded_cell,
                least(parts.next_day, gapped.next_day) - parts.first_day,
                case when parts.next_day < gapped.next_day then 1 else coded_cell & 7 end
            ),
            year(date '1980-01-01' + parts.first_day)
        ) as piece_cell,
        coalesce(parts.code_no, coded_code(coded_cell)) as code_no,
        parts.first_day
    from gapped
    join own_gap_parts as parts using (spell_id)
    where
        least(parts.next_day, gapped.next_day) - parts.first_day > cell_entry_day(coded_cell)
),
changes as (
    select basis_no, coded_cell, first_day, -1 as n from recoded
    union all
    select basis_no, cell_moved(coded_cell, code_no - coded_code(coded_cell)), first_day, 1
    from recoded
    union all
    select basis_number('gap_0'), coded_cell, first_day, -1 from gapped
    union all
    select
        basis_number('gap_0'), cell_moved(piece_cell, code_no - coded_code(coded_cell)), first_day, 1
    from pieces
    union all
    select basis_number('gap_14'), unnest(spells, recursive := true), -1 from chains
    union all
    select basis_number('gap_14'), cell_with_days(coded_cell, duration_day, end_reason), first_day, 1
    from chains
)
select basis_no, cell_without_persons(cell_moved(coded_cell, to_answer)) as cell, n
from changes
join stg_day_periods
    on coded_code(coded_cell) = stg_day_periods.code_no
    and first_day >= from_day
    and first_day < to_day
