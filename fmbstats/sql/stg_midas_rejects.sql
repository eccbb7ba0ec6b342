-- All rows of the spells whose rows contradict each other, or which no register holds.
-- Grain: file_no, line. Source: incoming, stg_spells_of_parts.
with bad as (
    select
        *,
        insured_type = 8 and coalesce(last_date - start_date + 1 <= 14, false) as is_too_short
    from stg_spells_of_parts
    where
        is_contradiction
        or (insured_type = 8 and coalesce(last_date - start_date + 1 <= 14, false))
)
select
    incoming.file_no,
    incoming.line,
    'FALL_TOM_DATUM' as "column",
    concat_ws(', ', incoming.person_id, incoming.start_date, incoming.last_date) as value,
    case
        when is_contradiction
            then 'the rows of this spell disagree on its last day, sex or birth year'
        else 'an employed person''s spell of at most 14 days; the register starts on day 15'
    end as reason
from incoming
join bad on incoming.person_id = bad.person_id and incoming.start_date = bad.start_date
