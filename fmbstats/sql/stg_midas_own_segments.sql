-- Degree segments of the spells that one segment does not cover.
-- Grain: spell_id, from_day, to_day, degree_pct, code. Source: stg_alone, stg_parts,
-- stg_spells_of_parts, code_list.
with several as (
    select distinct spell_id, parts.start_date, part_start, part_end, parts.degree_pct, parts.code_no
    from stg_parts as parts
    join stg_spells_of_parts as spells using (spell_id)
    where not is_alone and not is_contradiction and spells.occupation_no > 0 and not is_too_short
),
parts as (
    select spell_id, start_date, part_start, part_end, degree_pct, code_no
    from stg_alone
    where not is_whole and occupation_no > 0 and not is_too_short
    union all
    select * from several
)
select
    spell_id,
    (part_start - start_date + 1)::integer as from_day,
    (part_end - start_date + 1)::integer as to_day,
    degree_pct,
    nullif(code, '') as code
from parts
join code_list using (code_no)
where degree_pct is not null and part_end >= part_start
