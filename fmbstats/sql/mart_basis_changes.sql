-- What other readings of the register change in the ledger, in the ledger's own columns. A view.
-- Grain: basis and all other columns but n. Source: mart_change_cells, stg_answers.
select
    basis_name(basis_no) as basis,
    code,
    entry_id,
    match_id,
    start_year,
    cell_entry_day(course) as entry_day,
    cell_days(course) as duration_day,
    cell_end_reason(course) as end_reason,
    n
from mart_change_cells
join stg_answers using (answer_no)
