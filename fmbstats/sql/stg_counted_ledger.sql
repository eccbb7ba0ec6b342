-- Cells of the ledger, added up over ledgers of counts.
-- Grain: cell. Source: in_ledger, stg_row_answers.
select
    pack_cell(
        answer_no,
        answers.start_year,
        sex_number(sex),
        age_group_number(age_group),
        county_number(county_code),
        entry_day,
        duration_day,
        end_reason
    ) as cell,
    sum(n)::integer as n
from in_ledger
join stg_row_answers as answers
    on in_ledger.file_no = answers.file_no
    and in_ledger.code = answers.code
    and in_ledger.valid_from is not distinct from answers.valid_from
    and in_ledger.start_year = answers.start_year
    and in_ledger.start_month is not distinct from answers.start_month
group by cell
order by cell
