-- Days at one degree, as the register sees them: after the entry day, up to the cut-off.
-- Grain: one or several per spell. Source: own_segments, spell_cells, stg_seen_single_segments.
select
    coded_code(coded_cell) as code_no,
    cell_year(coded_cell) as start_year,
    segment_degree(packed) as degree_pct,
    greatest(segment_from(packed), cell_entry_day(coded_cell) + 1) as from_day,
    least(segment_to(packed), cell_days(coded_cell)) as to_day,
    1 as n
from own_segments
join spell_cells as spells using (spell_id)
where
    not traits_is_whole(traits)
    and segment_from(packed) <= cell_days(coded_cell)
    and segment_to(packed) > cell_entry_day(coded_cell)
union all
select * from stg_seen_single_segments
