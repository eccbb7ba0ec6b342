-- How many more (or fewer) spells are at a degree from a day on: their running sum over days is
-- the number on leave at that degree. Days after the cut-off, and before the register sees the
-- spell, are left out.
-- Grain: entry_id, code, start_year, degree_pct, day. Source: stg_seen_segments, stg_answers.
with steps as (
    select answer_no, start_year, degree_pct, from_day as day, sum(n) as step
    from stg_seen_segments
    group by all
    union all
    select answer_no, start_year, degree_pct, to_day + 1 as day, -sum(n) as step
    from stg_seen_segments
    group by all
)
select
    entry_id,
    code,
    start_year,
    degree_pct,
    day::integer as day,
    sum(step)::integer as n_change
from steps
join stg_answers as answers using (answer_no)
group by all
having sum(step) <> 0
order by all
