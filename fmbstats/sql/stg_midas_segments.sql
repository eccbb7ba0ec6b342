-- Degree segments; parts with degree 0 have none. Part-time benefits side by side stay side by side.
-- Grain: spell_id, from_day, to_day, degree_pct, code. Source: stg_own_segments, coded_spells,
-- code_list.
select
    spell_id,
    segment_from(packed) as from_day,
    segment_to(packed) as to_day,
    segment_degree(packed) as degree_pct,
    nullif(code, '') as code
from stg_own_segments
join code_list on segment_code(packed) = code_no
union all
select
    spell_id,
    cell_entry_day(coded_cell) + 1::integer as from_day,
    cell_days(coded_cell) as to_day,
    traits_degree(spell_traits) as degree_pct,
    nullif(code, '') as code
from coded_spells
join code_list on coded_code(coded_cell) = code_no
where traits_is_whole(spell_traits) and traits_degree(spell_traits) is not null
