-- What the ledger by month counts of every spell, as one number. From the top: 18 bits for the
-- answer, 10 for the start month (since January 1990), 7 county, 27 course, as in stg_cell_macros.
-- Grain: spell_id. Source: stg_matched_spells. A view; `part` lets it be read in pieces.
select
    spell_id as part,
    (cell_answer(cell)::bigint << 44)
    | (month_number(traits_start(traits))::bigint << 34)
    | (cell & 17179869183) as packed
from stg_matched_spells
