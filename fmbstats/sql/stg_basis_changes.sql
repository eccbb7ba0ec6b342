-- What other, equally reasonable readings of the register change in the ledger (sensitivity
-- analysis): by the spell's last diagnosis, by its longest, and with gaps of up to 14 days
-- bridged. Only spells that differ are touched: they leave one cell (-1) and enter another (+1).
-- Grain: basis, cell, n. Source: stg_spells, stg_code_periods.
with other_codes as (
    select 'last' as basis, cell, start_date, code_last as code
    from stg_spells
    where code_last is not null
    union all
    select 'longest' as basis, cell, start_date, code_longest as code
    from stg_spells
    where code_longest is not null
),
recoded as (
    select basis, cell, cell_with_answer(cell, answer_no) as new_cell
    from other_codes
    join stg_code_periods as periods
        on other_codes.code = periods.code_key
        and other_codes.start_date >= periods.valid_from
        and other_codes.start_date < periods.valid_to
),
-- Days of the gap are not counted; the first spell gives diagnosis and start, the last one the end.
timed as (
    select person_id, spell_id, start_date, cell, start_date + cell_days(cell) + gap_days as next_day
    from stg_spells
),
near as (
    select
        *,
        start_date - max(next_day) over (
            partition by person_id order by start_date, spell_id
            rows between unbounded preceding and 1 preceding
        ) as idle_days
    from timed
),
-- Numbering chains is left to the few persons that have any.
numbered as (
    select
        *,
        count(*) filter (idle_days is null or idle_days > 14) over (
            partition by person_id order by start_date, spell_id rows unbounded preceding
        ) as chain_no
    from near
    where person_id in (select person_id from near where idle_days <= 14)
),
chains as (
    select
        list(cell) as cells,
        arg_min(cell, (start_date, spell_id)) as first_cell,
        arg_max(cell_end_reason(cell), (start_date, spell_id)) as end_reason,
        sum(cell_days(cell))::integer as duration_day
    from numbered
    group by person_id, chain_no
    having count(*) > 1
)
select basis, cell_without_persons(cell) as cell, -1 as n from recoded
union all
select basis, cell_without_persons(new_cell) as cell, 1 as n from recoded
union all
select 'gap_14' as basis, cell_without_persons(unnest(cells)) as cell, -1 as n from chains
union all
select
    'gap_14' as basis,
    cell_without_persons(
        pack_cell(cell_answer(first_cell), cell_year(first_cell), 0, 0, 127, cell_entry_day(first_cell), duration_day, end_reason)
    ) as cell,
    1 as n
from chains
