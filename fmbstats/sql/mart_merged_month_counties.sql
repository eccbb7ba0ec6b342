-- mart_merged_month_counties
-- mart_month_counties of ledgers that were added up; empty where they were exported before months
-- were kept.
-- Grain: answer_no, month_no, county_no, course. Source: in_months, stg_row_answers.
select
    answer_no,
    month_number(make_date(answers.start_year, answers.start_month, 1)) as month_no,
    county_number(county_code)::tinyint as county_no,
    (pack_cell(0, 1990, 0, 0, 0, entry_day, duration_day, end_reason) & 134217727)::integer
        as course,
    sum(n)::integer as n
from in_months
join stg_row_answers as answers
    on in_months.file_no = answers.file_no
    and in_months.code = answers.code
    and in_months.valid_from is not distinct from answers.valid_from
    and in_months.start_year = answers.start_year
    and in_months.start_month is not distinct from answers.start_month
group by all
order by all
