-- One row per spell with the recommendation in force on its first day; persons by a pseudonym of
-- the store. A view: the ledger needs none of it.
-- Grain: spell_id. Source: stg_spells, stg_answers.
select
    spell_id,
    person_id,
    code,
    nullif(coalesce(code_last, code), '') as code_last,
    nullif(coalesce(code_longest, code), '') as code_longest,
    start_date,
    cell_year(cell) as start_year,
    cell_sex(cell) as sex,
    cell_age_group(cell) as age_group,
    cell_county(cell) as county_code,
    cell_entry_day(cell) as entry_day,
    cell_days(cell) as duration_day,
    cell_end_reason(cell) as end_reason,
    degree_pct,
    match_id,
    entry_id
from stg_spells as spells
join stg_answers as answers on cell_answer(spells.cell) = answers.answer_no
