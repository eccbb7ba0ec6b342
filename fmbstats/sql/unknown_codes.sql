-- Codes that are no codes, or that the code list (when there is one) does not have; they are kept
-- in the ledger and match nothing. The missing code is listed as ''.
-- Grain: code. Source: mart_cells, stg_answers, stg_code_faults.
select faults.code, faults.reason, sum(n)::bigint as n
from mart_cells
join stg_answers as answers using (answer_no)
join stg_code_faults as faults on coalesce(answers.code, '') = faults.code
group by all
order by n desc, faults.code
