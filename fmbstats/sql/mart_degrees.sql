-- Changes of the number of spells at a degree, in words. A view: words are made for the rows asked
-- for only.
-- Grain: entry_id, code, start_year, degree_pct, day. Source: mart_degree_cells, stg_answers.
select entry_id, code, start_year, degree_pct, day, n_change
from mart_degree_cells
join stg_answers using (answer_no)
