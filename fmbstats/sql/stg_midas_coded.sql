-- The spells of a MiDAS extract with numbers for texts; see stg_coded_spells.
-- Grain: spell_id. Source: stg_alone, stg_spells_of_parts, stg_longest.
select
    spell_id,
    person_id as person_key,
    start_date,
    last_date,
    code_no,
    own_cell,
    traits,
    pack_traits(start_date, degree_pct, is_whole, null, null) as spell_traits,
    0::bigint as other_codes,
    0::integer as gap_days
from stg_alone
where occupation_no > 0 and not is_too_short
union all
select
    spell_id,
    person_id as person_key,
    start_date,
    last_date,
    coalesce(code_no, 0) as code_no,
    pack_cell(
        0,
        year(start_date),
        sex_no,
        coalesce(greatest(1, least(5, (year(start_date) - birth_year) // 10 - 1)), 0),
        county_no,
        case when insured_type = 8 then 14 else 0 end,
        0,
        case when last_date is null then 0 else 1 end
    ) as own_cell,
    (coalesce(birth_year, 0) << 10) | (occupation_no << 7) | coalesce(degree_pct, 127) as traits,
    pack_traits(
        start_date, degree_pct, false, nullif(code_last_no, code_no), nullif(code_longest_no, code_no)
    ) as spell_traits,
    pack_other_codes(nullif(code_last_no, code_no), nullif(code_longest_no, code_no)) as other_codes,
    0::integer as gap_days
from stg_spells_of_parts
left join stg_longest using (spell_id)
where not is_contradiction and occupation_no > 0 and not is_too_short
