-- Degree segments: those of spells that one does not cover, and the one that covers all days of a
-- spell up to the cut-off.
-- Grain: spell_id, from_day, to_day, degree_pct, code. Source: own_segments, code_list, stg_spells,
-- stg_answers.
select
    spell_id,
    segment_from(packed) as from_day,
    segment_to(packed) as to_day,
    segment_degree(packed) as degree_pct,
    nullif(code, '') as code
from own_segments
join code_list on segment_code(packed) = code_no
union all
select
    spell_id,
    cell_entry_day(cell) + 1::integer as from_day,
    cell_days(cell) as to_day,
    degree_pct,
    code
from stg_spells as spells
join stg_answers as answers on cell_answer(spells.cell) = answers.answer_no
where is_whole and degree_pct is not null
