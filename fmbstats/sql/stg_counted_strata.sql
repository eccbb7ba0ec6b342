-- The ledger by free strata, added up over ledgers of counts.
-- Grain: value_no, answer_no, group_no, course. Source: in_strata, mart_strata, stg_row_answers.
select
    value_no,
    cell_answer(cell) as answer_no,
    ((cell >> 27) & 262143)::integer as group_no,
    (cell & 134217727)::integer as course,
    sum(n)::integer as n
from (
    select
        value_no,
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
        n
    from in_strata
    join mart_strata using (stratum, value)
    join stg_row_answers as answers
        on in_strata.file_no = answers.file_no
        and in_strata.code = answers.code
        and in_strata.valid_from is not distinct from answers.valid_from
        and in_strata.start_year = answers.start_year
        and answers.start_month is null
)
group by all
order by value_no, answer_no, group_no, course
