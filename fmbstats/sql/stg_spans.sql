-- A spell's person and days in one number: 30 bits of the person, 16 its first day since 1980, 17
-- the day after its last. A view; sorted and searched by fmbstats/store/packed_sort.py.
-- Grain: spell_id. Source: spell_cells.
select
    person_id as part,
    ((person_id & 1073741823) << 33) | ((traits & 65535) << 17)
    | ((traits & 65535) + cell_days(coded_cell) + gap_days) as packed
from spell_cells
