-- What a cell's answer number means: a code with the recommendation it is matched to, or none.
-- Grain: answer_no. Source: stg_code_periods.
select distinct answer_no, code_key, nullif(code_key, '') as code, match_id, entry_id
from stg_code_periods
order by answer_no
