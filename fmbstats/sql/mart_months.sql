-- The ledger by start month, without persons or places; see mart_month_counties.
-- Grain: answer_no, month_no, course. Source: mart_month_counties.
select answer_no, month_no, course, sum(n)::integer as n
from mart_month_counties
group by all
order by all
