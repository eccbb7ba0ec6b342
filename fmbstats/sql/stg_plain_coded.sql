-- The spells of a plain spell table with numbers for texts; see stg_coded_spells.
-- Grain: spell_id. Source: incoming, stg_repeats.
with dropped as (
    select row_no from stg_repeats where is_contradiction or place_no > 1
)
select
    coalesce(spell_id, incoming.rowid + 1) as spell_id,
    person_key,
    coded_cell,
    traits,
    spell_traits,
    0::integer as gap_days
from incoming
anti join dropped on incoming.rowid = dropped.row_no
