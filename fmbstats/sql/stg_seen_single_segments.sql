-- Days at one degree of a register that knows but one degree per spell: no join, and counted
-- before anything else.
-- Grain: all columns but n. Source: stg_spells.
select
    cell_answer(cell) as answer_no,
    cell_year(cell) as start_year,
    degree_pct,
    cell_entry_day(cell) + 1 as from_day,
    cell_days(cell) as to_day,
    count(*) as n
from stg_spells
where degree_pct is not null
group by all
