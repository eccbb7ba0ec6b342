-- The canonical spells of a plain spell table: what coded_spells says, in words.
-- Grain: spell_id. Source: coded_spells, code_list, person_texts.
select
    spell_id,
    coalesce(person_text, person_key::varchar) as person_id,
    traits_start(spell_traits) as start_date,
    case
        when cell_days(coded_cell) > 0 then traits_start(spell_traits) + cell_days(coded_cell) - 1
    end as last_date,
    nullif(first_codes.code, '') as code,
    nullif(coalesce(last_codes.code, first_codes.code), '') as code_last,
    nullif(coalesce(longest_codes.code, first_codes.code), '') as code_longest,
    nullif(cell_sex(coded_cell), 'unknown') as sex,
    nullif((traits >> 10) & 4095, 0)::smallint as birth_year,
    nullif(cell_county(coded_cell), 'unknown') as county_code,
    (['employed', 'unemployed', 'self_employed', 'student', 'parental_leave'])[(traits >> 7) & 7]
        as occupation,
    traits_degree(spell_traits) as degree_pct,
    cell_entry_day(coded_cell) as entry_day,
    cell_end_reason(coded_cell) as end_reason,
    gap_days
from coded_spells
left join person_texts using (person_key)
join code_list as first_codes on coded_code(coded_cell) = first_codes.code_no
left join code_list as last_codes on traits_code_last(spell_traits) = last_codes.code_no
left join code_list as longest_codes on traits_code_longest(spell_traits) = longest_codes.code_no
