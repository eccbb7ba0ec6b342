-- The spells with the recommendation in force on their first day: in their cells of the ledger, the
-- answer (stg_answers) stands where the code stood. A view.
-- Grain: spell_id. Source: spell_cells, stg_day_periods.
select
    spell_id,
    person_id,
    cell_moved(coded_cell, to_answer) as cell,
    traits,
    gap_days
from spell_cells
join stg_day_periods
    on coded_code(coded_cell) = code_no
    and traits_first_day(traits) >= from_day
    and traits_first_day(traits) < to_day
