-- The ledger by start month, without persons or places. A view: who asks for one diagnosis reads
-- one run of mart_month_counties, and who builds need not sort and keep the counts a second time.
-- Grain: answer_no, month_no, course. Source: mart_month_counties.
select
    answer_no,
    month_no,
    course,
    sum(n)::integer as n
from mart_month_counties
group by answer_no, month_no, course
