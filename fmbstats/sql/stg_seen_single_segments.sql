-- Days at one degree of spells that one segment covers: no join, and counted before anything else.
-- Grain: all columns but n. Source: stg_counted_steps (packed as stg_single_steps says).
select
    (packed >> 38)::integer as code_no,
    (((packed >> 32) & 63) + 1990)::smallint as start_year,
    ((packed >> 25) & 127)::tinyint as degree_pct,
    (((packed >> 16) & 511) + 1)::integer as from_day,
    (packed & 65535)::integer as to_day,
    n
from stg_counted_steps
