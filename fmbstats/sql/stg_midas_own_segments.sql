-- Degree segments of the spells that one segment does not cover.
-- Grain: spell_id, from_day, to_day, degree_pct, code. Source: stg_alone, stg_parts,
-- stg_spells_of_parts, code_list.
-- A segment is one number (17 bits first and 17 last day, 7 degree, 20 code): quick to compare.
with parts as (
    select spell_id, start_date, part_start, part_end, degree_pct, code_no
    from stg_parts
    where
        not is_alone
        and spell_id not in (
            select spell_id
            from stg_spells_of_parts
            where is_contradiction or is_too_short or occupation_no = 0
        )
    union all
    select spell_id, start_date, part_start, part_end, degree_pct, code_no
    from stg_alone
    where not is_whole and occupation_no > 0 and not is_too_short
),
segments as (
    select distinct
        spell_id,
        ((part_start - start_date + 1)::bigint << 44) | ((part_end - start_date + 1)::bigint << 27)
        | (degree_pct::bigint << 20) | code_no as packed
    from parts
    where degree_pct is not null and part_end >= part_start
)
select
    spell_id,
    (packed >> 44)::integer as from_day,
    ((packed >> 27) & 131071)::integer as to_day,
    ((packed >> 20) & 127)::tinyint as degree_pct,
    nullif(code, '') as code
from segments
join code_list on (packed & 1048575)::integer = code_no
