-- What other readings of the register change in the ledger, in the ledger's own columns.
-- Grain: basis and all other columns but n. Source: stg_basis_changes, stg_answers.
with summed as (
    select basis_no, cell, sum(n)::integer as n
    from stg_basis_changes
    group by all
    having sum(n) <> 0
    order by basis_no, cell
)
select
    basis_name(basis_no) as basis,
    code,
    entry_id,
    match_id,
    cell_year(cell) as start_year,
    cell_entry_day(cell) as entry_day,
    cell_days(cell) as duration_day,
    cell_end_reason(cell) as end_reason,
    n
from summed
join stg_answers as answers on cell_answer(summed.cell) = answers.answer_no
