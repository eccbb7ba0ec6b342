-- The ledger: what every estimator is computed from; never a person in it. Rows come in the
-- order of stg_ledger, so that one diagnosis lies in one place.
-- Grain: all columns but n. Source: stg_ledger, stg_answers.
select
    code,
    entry_id,
    match_id,
    cell_year(cell) as start_year,
    cell_sex(cell) as sex,
    cell_age_group(cell) as age_group,
    cell_county(cell) as county_code,
    cell_entry_day(cell) as entry_day,
    cell_days(cell) as duration_day,
    cell_end_reason(cell) as end_reason,
    n
from stg_ledger as ledger
join stg_answers as answers on cell_answer(ledger.cell) = answers.answer_no
