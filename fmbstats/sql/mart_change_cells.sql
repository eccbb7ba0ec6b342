-- What other readings of the register change in the ledger, as numbers (see mart_cells; basis_number
-- says which reading).
-- Grain: basis_no, answer_no, start_year, course. Source: stg_basis_changes.
with summed as (
    select basis_no, cell, sum(n)::integer as n
    from stg_basis_changes
    group by all
    having sum(n) <> 0
    order by basis_no, cell
)
select
    basis_no,
    cell_answer(cell) as answer_no,
    cell_year(cell) as start_year,
    (cell & 134217727)::integer as course,
    n
from summed
