-- Degree segments of a register that knows but one degree per spell.
-- Grain: spell_id. Source: stg_spells, stg_answers.
select
    spell_id,
    1::integer as from_day,
    cell_days(cell) as to_day,
    degree_pct,
    code
from stg_spells as spells
join stg_answers as answers on cell_answer(spells.cell) = answers.answer_no
where degree_pct is not null
