-- What a cell's answer number means: a code with the set of its possible cases, or none.
-- Grain: answer_no. Source: stg_code_periods.
select
    answer_no,
    code_key,
    nullif(code_key, '') as code,
    match_id,
    min(match_level) as match_level,
    entry_id
from stg_code_periods
group by all
order by answer_no
