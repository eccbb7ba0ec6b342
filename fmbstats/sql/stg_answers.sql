-- What a cell's answer number means: a code with the set of its possible cases, or none. The key is
-- the code with what is known of the spell beside it ("F32|sex:women").
-- Grain: answer_no. Source: stg_code_periods.
select
    answer_no,
    code_key,
    nullif(split_part(code_key, '|', 1), '') as code,
    match_id,
    min(match_level) as match_level,
    entry_id
from stg_code_periods
group by all
order by answer_no
