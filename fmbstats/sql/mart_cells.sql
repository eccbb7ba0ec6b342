-- The ledger as it is kept: whole numbers in the order of stg_ledger, so that one diagnosis lies in
-- one place and is read in milliseconds. group_no: start year, sex, age group, county (mart_groups);
-- course: entry day, days and end reason, read by cell_entry_day, cell_days and cell_end_reason.
-- Grain: answer_no, group_no, course. Source: stg_ledger.
select
    cell_answer(cell) as answer_no,
    ((cell >> 27) & 262143)::integer as group_no,
    (cell & 134217727)::integer as course,
    n
from stg_ledger
