-- The ledger by start month, without persons or places. A view.
-- Grain: answer_no, month_no, course. Source: mart_month_counties.
select
    answer_no,
    month_no,
    course,
    sum(n)::integer as n
from mart_month_counties
group by answer_no, month_no, course
