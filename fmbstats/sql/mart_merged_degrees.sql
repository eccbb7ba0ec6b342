-- Changes of the number of spells at a degree, added up over ledgers; see mart_degrees.
-- Grain: entry_id, code, start_year, degree_pct, day. Source: in_degrees, raw_code_entries.
select
    entry_id,
    nullif(code, '') as code,
    start_year,
    degree_pct,
    day,
    sum(n_change)::integer as n_change
from in_degrees
join raw_code_entries using (code)
group by all
having sum(n_change) <> 0
order by all
