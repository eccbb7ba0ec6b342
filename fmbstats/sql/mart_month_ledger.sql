-- The ledger by start month and county in words. A view.
-- Grain: all columns but n. Source: mart_month_counties, stg_answers.
select
    code,
    entry_id,
    match_id,
    month_start(month_no) as start_month,
    county_name(county_no) as county_code,
    cell_entry_day(course) as entry_day,
    cell_days(course) as duration_day,
    cell_end_reason(course) as end_reason,
    n
from mart_month_counties
join stg_answers using (answer_no)
