-- The spells of the incident cohorts, unpacked. A view.
-- Grain: spell_id. Source: stg_matched_spells, code_list.
select
    spell_id,
    person_id,
    traits_start(traits) as start_date,
    cell,
    last_codes.code as code_last,
    longest_codes.code as code_longest,
    traits_degree(traits) as degree_pct,
    gap_days,
    traits_is_whole(traits) as is_whole
from stg_matched_spells
left join code_list as last_codes on traits_code_last(traits) = last_codes.code_no
left join code_list as longest_codes on traits_code_longest(traits) = longest_codes.code_no
