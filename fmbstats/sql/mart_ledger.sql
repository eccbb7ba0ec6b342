-- The ledger in words: what every estimator is computed from; never a person in it. A view, so
-- that words are made for the rows that are asked for only.
-- Grain: all columns but n. Source: mart_cells, mart_groups, stg_answers.
select
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
from mart_cells
join mart_groups using (group_no)
join stg_answers using (answer_no)
