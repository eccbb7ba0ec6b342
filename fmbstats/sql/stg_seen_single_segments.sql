-- Days at one degree of a register that knows but one degree per spell: no join, and counted
-- before anything else, with the degree (in quarters) in the place of the county.
-- Grain: all columns but n. Source: stg_spells.
with counted as (
    select
        (cell_without_persons(cell) & ~(127::bigint << 27)) | ((degree_pct // 25)::bigint << 27) as cell,
        count(*) as n
    from stg_spells
    where is_whole and degree_pct is not null
    group by 1
)
select
    cell_answer(cell) as answer_no,
    cell_year(cell) as start_year,
    (((cell >> 27) & 127) * 25)::tinyint as degree_pct,
    cell_entry_day(cell) + 1 as from_day,
    cell_days(cell) as to_day,
    n
from counted
