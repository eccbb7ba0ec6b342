-- What was dropped by comparing rows.
-- Grain: one row. Source: stg_repeats.
select
    count(*) filter (not is_contradiction and place_no > 1) as n_duplicates,
    count(*) filter (is_contradiction) as n_rejected,
    0::bigint as n_excluded,
    0::bigint as n_withdrawn
from stg_repeats
