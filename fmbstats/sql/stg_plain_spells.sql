-- The canonical spells of a plain spell table: what coded_spells says, in words.
-- Grain: spell_id. Source: coded_spells, code_list, person_texts.
select
    spell_id,
    coalesce(person_text, person_key::varchar) as person_id,
    start_date,
    last_date,
    nullif(first_codes.code, '') as code,
    nullif(coalesce(last_codes.code, first_codes.code), '') as code_last,
    nullif(coalesce(longest_codes.code, first_codes.code), '') as code_longest,
    nullif(cell_sex(own_cell), 'unknown') as sex,
    nullif((traits >> 10) & 4095, 0)::smallint as birth_year,
    nullif(cell_county(own_cell), 'unknown') as county_code,
    (['employed', 'unemployed', 'self_employed', 'student', 'parental_leave'])[(traits >> 7) & 7]
        as occupation,
    traits_degree(spell_traits) as degree_pct,
    cell_entry_day(own_cell) as entry_day,
    cell_end_reason(own_cell) as end_reason,
    gap_days
from coded_spells
left join person_texts using (person_key)
join code_list as first_codes using (code_no)
left join code_list as last_codes on traits_code_last(spell_traits) = last_codes.code_no
left join code_list as longest_codes on traits_code_longest(spell_traits) = longest_codes.code_no
