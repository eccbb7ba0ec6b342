-- All rows of the spells whose rows contradict each other, or which no register holds.
-- Grain: file_no, line. Source: stg_alone, stg_parts, stg_spells_of_parts.
with bad as (
    select parts.place, parts.person_id, parts.start_date, parts.last_date, is_contradiction
    from stg_parts as parts
    join stg_spells_of_parts as spells using (spell_id)
    where not is_alone and (is_contradiction or is_too_short)
    union all
    select place, person_id, start_date, last_date, false as is_contradiction
    from stg_alone
    where is_too_short
)
select
    place >> 32 as file_no,
    place & 4294967295 as line,
    'FALL_TOM_DATUM' as "column",
    concat_ws(', ', person_id, start_date, last_date) as value,
    case
        when is_contradiction
            then 'the rows of this spell disagree on its last day, sex or birth year'
        else 'an employed person''s spell of at most 14 days; the register starts on day 15'
    end as reason
from bad
