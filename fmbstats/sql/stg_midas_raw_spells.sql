-- The canonical spells of a MiDAS extract.
-- Grain: spell_id. Source: stg_spells_of_parts, stg_longest, meta_register.
select
    spell_id,
    spells.person_id,
    spells.start_date,
    last_date,
    code,
    code_last,
    coalesce(code_longest, code) as code_longest,
    sex,
    birth_year,
    county_code,
    case insured_type
        when 8 then 'employed'
        when 2 then 'unemployed'
        when 4 then 'parental_leave'
        when 6 then 'student'
        else 'self_employed'
    end as occupation,
    degree_pct,
    (case when insured_type = 8 then 14 else 0 end)::smallint as entry_day,
    (case when last_date is null then 0 else 1 end)::tinyint as end_reason,
    0::integer as gap_days
from stg_spells_of_parts as spells
left join stg_longest using (person_id, start_date)
where
    not is_contradiction
    and insured_type in (2, 3, 4, 5, 6, 8)
    and not (insured_type = 8 and coalesce(last_date - spells.start_date + 1 <= 14, false))
