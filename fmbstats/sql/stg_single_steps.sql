-- The degree of spells that one segment covers, packed: 18 bits for the answer, 6 year, 7 degree,
-- 9 entry day and 16 last day. A view; counted by fmbstats/store/packed_sort.py.
-- Grain: spell_id. Source: spell_cells.
select
    cell >> 39 as part,
    ((cell >> 39) << 32) | (((traits >> 16) & 127) << 25) | (cell_entry_day(cell)::bigint << 16)
    | cell_days(cell) as packed
from spell_cells
where traits_is_whole(traits) and traits_degree(traits) is not null
