-- Cells of the ledger by month, as stg_month_numbers packs them, from ledgers of counts.
-- Grain: packed. Source: in_months, stg_row_answers.
select
    (answer_no::bigint << 44)
    | (month_number(make_date(answers.start_year, answers.start_month, 1))::bigint << 34)
    | (pack_cell(0, 1990, 0, 0, county_number(county_code), entry_day, duration_day, end_reason)
        & 17179869183) as packed,
    sum(n)::bigint as n
from in_months
join stg_row_answers as answers
    on in_months.file_no = answers.file_no
    and in_months.code = answers.code
    and in_months.valid_from is not distinct from answers.valid_from
    and in_months.start_year = answers.start_year
    and in_months.start_month is not distinct from answers.start_month
group by packed
order by packed
