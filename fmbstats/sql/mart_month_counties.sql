-- mart_month_counties
-- The ledger by start month and county: what designs over time and place are computed from.
-- month_no counts from January 1990; county_no as in cell_county; course as in mart_cells. A view:
-- few ask for months, and who builds need not sort and keep the counts a second time.
-- Grain: answer_no, month_no, county_no, course. Source: stg_matched_spells.
select
    cell_answer(cell) as answer_no,
    month_number(traits_start(traits)) as month_no,
    ((cell >> 27) & 127)::tinyint as county_no,
    (cell & 134217727)::integer as course,
    count(*)::integer as n
from stg_matched_spells
group by all
