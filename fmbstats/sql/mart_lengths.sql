-- The ledger without persons: sex, age group and county added up. What needs no group of persons is
-- read from here, at a sixth of the rows. course as in mart_cells.
-- Grain: answer_no, start_year, course. Source: stg_ledger.
with summed as (
    select cell_without_persons(cell) as cell, sum(n)::integer as n
    from stg_ledger
    group by all
)
select
    cell_answer(cell) as answer_no,
    cell_year(cell) as start_year,
    (cell & 134217727)::integer as course,
    n
from summed
order by cell
