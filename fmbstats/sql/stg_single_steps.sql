-- The degree of spells that one segment covers, packed: 18 bits for the code, 6 year, 7 degree,
-- 9 entry day and 16 last day. A view; counted by fmbstats/store/packed_sort.py.
-- Grain: spell_id. Source: spell_cells.
-- Whole spells with a known degree have 128 to 254 in the eight bits of both.
select
    coded_cell >> 39 as part,
    ((coded_cell >> 39) << 32) | (((traits >> 16) & 127) << 25) | (((coded_cell >> 18) & 511) << 16)
    | ((coded_cell >> 3) & 32767) as packed
from spell_cells
where (traits >> 16) & 255 between 128 and 254
