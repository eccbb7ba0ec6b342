-- The ledger without persons: sex, age group and county added up. What needs no group of persons is
-- read from here, at a sixth of the rows. course as in mart_cells.
-- Grain: answer_no, start_year, course. Source: mart_cells.
-- One number for all three (answer, 6 bits year since 1990, 27 course) is the quickest to group by.
with packed as (
    select
        (answer_no::bigint << 33) | ((group_no >> 12)::bigint << 27) | course as packed,
        n
    from mart_cells
),
summed as (
    select packed, sum(n)::integer as n
    from packed
    group by packed
)
select
    (packed >> 33)::integer as answer_no,
    (((packed >> 27) & 63) + 1990)::smallint as start_year,
    (packed & 134217727)::integer as course,
    n
from summed
order by packed
