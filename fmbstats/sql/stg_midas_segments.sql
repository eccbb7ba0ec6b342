-- Degree segments; parts with degree 0 have none. Part-time benefits side by side stay side by side.
-- Grain: spell_id, from_day, to_day, degree_pct, code. Source: stg_own_segments, stg_alone,
-- code_list.
select * from stg_own_segments
union all
select
    spell_id,
    (part_start - start_date + 1)::integer as from_day,
    (part_end - start_date + 1)::integer as to_day,
    degree_pct,
    nullif(code, '') as code
from stg_alone
join code_list using (code_no)
where is_whole and degree_pct is not null and part_end >= part_start
    and occupation_no > 0 and not is_too_short
