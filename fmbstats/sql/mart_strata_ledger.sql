-- The ledger by one free stratum at a time, in words. A view.
-- Grain: all columns but n. Source: mart_strata_cells, mart_strata, mart_groups, stg_answers.
select
    stratum,
    value,
    code,
    entry_id,
    match_id,
    start_year,
    sex,
    age_group,
    county_code,
    cell_entry_day(course) as entry_day,
    cell_days(course) as duration_day,
    cell_end_reason(course) as end_reason,
    n
from mart_strata_cells
join mart_strata using (value_no)
join mart_groups using (group_no)
join stg_answers using (answer_no)
