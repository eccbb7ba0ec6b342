-- The ledger under other, equally reasonable readings of the register, without strata of persons:
-- the ledger itself with the few cells that differ.
-- Grain: basis and all other columns but n. Source: stg_ledger, stg_basis_changes, stg_answers.
with plain as (
    select cell_without_persons(cell) as cell, sum(n)::integer as n
    from stg_ledger
    group by all
),
readings as (
    select basis, cell, n from plain, (values ('gap_14'), ('last'), ('longest')) as readings (basis)
    union all
    select basis, cell, n from stg_basis_changes
),
summed as (
    select basis, cell, sum(n)::integer as n
    from readings
    group by all
    having sum(n) <> 0
    order by basis, cell
)
select
    basis,
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
