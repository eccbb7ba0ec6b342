-- Days at one degree of spells that one segment covers: no join, and counted before anything else.
-- A step is the number of a spell's answer, year, degree and day (18, 6, 7 and 16 bits).
-- Grain: all columns but n. Source: spell_cells.
with counted as (
    select
        ((cell >> 39) << 32) | (((traits >> 16) & 127) << 25) | (cell_entry_day(cell)::bigint << 16)
        | cell_days(cell) as packed,
        count(*) as n
    from spell_cells
    where traits_is_whole(traits) and traits_degree(traits) is not null
    group by packed
)
select
    (packed >> 38)::integer as answer_no,
    (((packed >> 32) & 63) + 1990)::smallint as start_year,
    ((packed >> 25) & 127)::tinyint as degree_pct,
    (((packed >> 16) & 511) + 1)::integer as from_day,
    (packed & 65535)::integer as to_day,
    n
from counted
