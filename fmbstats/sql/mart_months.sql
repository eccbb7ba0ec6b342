-- The ledger by start month, without persons or places; see mart_month_counties.
-- Grain: answer_no, month_no, course. Source: stg_month_cells (packed without the county, n).
select
    (packed >> 37)::integer as answer_no,
    ((packed >> 27) & 1023)::smallint as month_no,
    (packed & 134217727)::integer as course,
    n::integer as n
from stg_month_cells
