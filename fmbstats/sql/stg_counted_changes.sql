-- What other readings change, added up over ledgers of counts: what was counted is the whole
-- reading, so the ledger itself is taken off. A ledger without a reading changes nothing of it.
-- Grain: row. Source: in_basis, stg_row_answers, in_ledger.
with readings as (
    select distinct file_no, basis_number(basis) as basis_no from in_basis
)
select
    basis_number(basis) as basis_no,
    pack_cell(answer_no, answers.start_year, 0, 0, 127, entry_day, duration_day, end_reason) as cell,
    n::integer as n
from in_basis
join stg_row_answers as answers
    on in_basis.file_no = answers.file_no
    and in_basis.code = answers.code
    and in_basis.valid_from is not distinct from answers.valid_from
    and in_basis.start_year = answers.start_year
    and in_basis.start_month is not distinct from answers.start_month
union all
select
    basis_no,
    pack_cell(answer_no, answers.start_year, 0, 0, 127, entry_day, duration_day, end_reason),
    -n::integer
from in_ledger
join stg_row_answers as answers
    on in_ledger.file_no = answers.file_no
    and in_ledger.code = answers.code
    and in_ledger.valid_from is not distinct from answers.valid_from
    and in_ledger.start_year = answers.start_year
    and in_ledger.start_month is not distinct from answers.start_month
join readings on in_ledger.file_no = readings.file_no
