-- The canonical spells of a table of certificates.
-- Grain: spell_id. Source: stg_certificate_spells, stg_several, meta_register.
with complete as (
    select
        spells.*,
        case when latest_end <= extraction_date then latest_end end as last_date,
        coalesce(several.code_last, spells.code) as code_last,
        coalesce(several.code_longest, spells.code) as code_longest,
        (
            case
                when occupation is null or occupation = 'employed' then employee_entry_day else 0
            end
        )::smallint as entry_day
    from stg_certificate_spells as spells
    left join stg_several as several using (person_key, spell_no)
    cross join meta_register
)
select
    spell_id,
    person_id,
    start_date,
    last_date,
    code,
    code_last,
    code_longest,
    sex,
    birth_year,
    county_code,
    occupation,
    degree_pct,
    entry_day,
    (case when last_date is null then 0 else 1 end)::tinyint as end_reason,
    gap_days
from complete
where coalesce(last_date - start_date + 1 - gap_days > entry_day, true)
