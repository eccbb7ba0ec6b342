-- What other, equally reasonable readings of the register change in the ledger (sensitivity
-- analysis): by the spell's last diagnosis, by its longest, and with gaps of up to 14 days
-- bridged. Only spells that differ are touched: they leave one cell (-1) and enter another (+1).
-- Grain: basis_no (see basis_number), cell, n. Source: spell_cells, code_list, stg_code_periods,
-- stg_near_persons (the 30 bits of persons of whom a spell follows another so closely; stg_spans).
with recoded_spells as (
    select
        cell,
        traits_start(traits) as start_date,
        traits_code_last(traits) as last_no,
        traits_code_longest(traits) as longest_no
    from spell_cells
    where traits >> 24 > 0
),
other_codes as (
    select basis_number('last') as basis_no, cell, start_date, last_no as code_no
    from recoded_spells
    where last_no is not null
    union all
    select basis_number('longest') as basis_no, cell, start_date, longest_no as code_no
    from recoded_spells
    where longest_no is not null
),
recoded as (
    select basis_no, cell, cell_with_answer(cell, answer_no) as new_cell
    from other_codes
    join code_list using (code_no)
    join stg_code_periods as periods
        on code_list.code = periods.code_key
        and other_codes.start_date >= periods.valid_from
        and other_codes.start_date < periods.valid_to
),
-- Days of the gap are not counted; the first spell gives diagnosis and start, the last one the end.
timed as (
    select
        person_id,
        spell_id,
        cell,
        (traits & 65535)::integer as first_no,
        (traits & 65535)::integer + cell_days(cell) + gap_days as next_no
    from spell_cells
),
marked as (
    select
        *,
        first_no - max(next_no) over (
            partition by person_id order by first_no, spell_id
            rows between unbounded preceding and 1 preceding
        ) as idle_days
    from timed
    where person_id & 1073741823 in (select person_part from stg_near_persons)
),
numbered as (
    select
        *,
        count(*) filter (idle_days is null or idle_days > 14) over (
            partition by person_id order by first_no, spell_id rows unbounded preceding
        ) as chain_no
    from marked
),
chains as (
    select
        list(cell) as cells,
        arg_min(cell, (first_no, spell_id)) as first_cell,
        arg_max(cell_end_reason(cell), (first_no, spell_id)) as end_reason,
        sum(cell_days(cell))::integer as duration_day
    from numbered
    group by person_id, chain_no
    having count(*) > 1
)
select basis_no, cell_without_persons(cell) as cell, -1 as n from recoded
union all
select basis_no, cell_without_persons(new_cell) as cell, 1 as n from recoded
union all
select basis_number('gap_14') as basis_no, cell_without_persons(unnest(cells)) as cell, -1 as n from chains
union all
select
    basis_number('gap_14') as basis_no,
    cell_without_persons(
        pack_cell(cell_answer(first_cell), cell_year(first_cell), 0, 0, 127, cell_entry_day(first_cell), duration_day, end_reason)
    ) as cell,
    1 as n
from chains
