-- How many more (or fewer) spells are at a degree from a day on: their running sum over days is
-- the number on leave at that degree. Days after the cut-off, and before the register sees the
-- spell, are left out.
-- Grain: answer_no, start_year, degree_pct, day. Source: stg_seen_segments, stg_answers,
-- code_list.
-- One code has an answer per recommendation that was in force: the first stands for all. Packed
-- into one number (answer, year since 1990, degree, day), steps are summed and sorted at once.
with first_answers as (
    select code_no, min(answer_no) as first_no
    from stg_answers
    join code_list on code_key = code_list.code
    group by code_no
),
placed as (
    select
        (first_no::bigint << 31) | ((start_year - 1990)::bigint << 25) | (degree_pct::bigint << 17)
            as place,
        from_day,
        to_day,
        n
    from stg_seen_segments
    join first_answers using (code_no)
),
steps as (
    -- Days on which a degree begins are few: added up first, they are no work later.
    select place | from_day as packed, sum(n) as step from placed group by packed
    union all
    select place | (to_day + 1), -n from placed
),
summed as (
    select packed, sum(step)::integer as n_change
    from steps
    group by packed
    having sum(step) <> 0
    order by packed
)
select
    (packed >> 31)::integer as answer_no,
    (((packed >> 25) & 63) + 1990)::smallint as start_year,
    ((packed >> 17) & 127)::tinyint as degree_pct,
    (packed & 131071)::integer as day,
    n_change
from summed
