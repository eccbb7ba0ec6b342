-- The canonical spells of a plain spell table.
-- Grain: spell_id. Source: incoming, stg_repeats.
with dropped as (
    select row_no from stg_repeats where is_contradiction or place > 1
)
select
    coalesce(spell_id, incoming.rowid + 1) as spell_id,
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
    end_reason,
    0::integer as gap_days
from incoming
anti join dropped on incoming.rowid = dropped.row_no
