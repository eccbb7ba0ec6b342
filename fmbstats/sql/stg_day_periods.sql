-- stg_code_periods for matching coded cells: days counted since 1980, as in traits (whole numbers
-- are quicker to compare than dates), and how much larger the answer is than the code's number.
-- Grain: code_no, from_day. Source: stg_code_periods, code_list. A view.
select
    code_no,
    (answer_no - code_no)::bigint as to_answer,
    (valid_from - date '1980-01-01')::integer as from_day,
    (valid_to - date '1980-01-01')::integer as to_day
from stg_code_periods
join code_list on code_key = code_list.code
