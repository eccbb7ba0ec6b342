-- Changes of the number of spells at a degree, added up over ledgers; see mart_degree_cells.
-- Grain: answer_no, start_year, degree_pct, day. Source: in_degrees, stg_answers.
with first_answers as (
    select code_key as code, min(answer_no) as answer_no from stg_answers group by code_key
)
select answer_no, start_year, degree_pct, day, sum(n_change)::integer as n_change
from in_degrees
join first_answers using (code)
group by all
having sum(n_change) <> 0
order by all
