-- The codes that occur, under any reading of the diagnosis; '' stands for a missing one.
-- Grain: code. Source: coded_spells, code_list.
with first_codes as (
    select distinct code_no from coded_spells
),
other_codes as (
    select distinct unnest([code_last_no, code_longest_no]) as code_no
    from coded_spells
    where code_last_no is not null or code_longest_no is not null
)
select code
from code_list
where code_no in (select code_no from first_codes union select code_no from other_codes)
