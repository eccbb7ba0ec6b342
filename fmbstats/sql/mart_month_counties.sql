-- The ledger by start month and county: what designs over time and place are computed from.
-- month_no counts from January 1990; county_no as in cell_county; course as in mart_cells.
-- Grain: answer_no, month_no, county_no, course. Source: stg_month_cells (packed, n).
select
    (packed >> 44)::integer as answer_no,
    ((packed >> 34) & 1023)::smallint as month_no,
    ((packed >> 27) & 127)::tinyint as county_no,
    (packed & 134217727)::integer as course,
    n::integer as n
from stg_month_cells
