-- How many more (or fewer) spells are at a degree from a day on: their running sum over days is
-- the number on leave at that degree. Days after the cut-off, and before the register sees the
-- spell, are left out.
-- Grain: entry_id, code, start_year, degree_pct, day. Source: raw_segments, mart_spells.
with seen as (
    select
        spells.entry_id,
        spells.code,
        spells.start_year,
        segments.degree_pct,
        greatest(segments.from_day, spells.entry_day + 1) as from_day,
        least(segments.to_day, spells.duration_day) as to_day
    from raw_segments as segments
    join mart_spells as spells using (spell_id)
),
steps as (
    select entry_id, code, start_year, degree_pct, from_day as day, 1 as step from seen where from_day <= to_day
    union all
    select entry_id, code, start_year, degree_pct, to_day + 1 as day, -1 as step from seen where from_day <= to_day
)
select entry_id, code, start_year, degree_pct, day::integer as day, sum(step)::integer as n_change
from steps
group by all
having sum(step) <> 0
order by all
