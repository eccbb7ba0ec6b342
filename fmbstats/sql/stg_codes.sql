-- The codes that occur, under any reading of the diagnosis; '' stands for a missing one.
-- Grain: code. Source: coded_spells, code_list.
select code
from code_list
where code_no in (
    select distinct code_no from coded_spells
    union all
    select distinct code_last_no from coded_spells where code_last_no is not null
    union all
    select distinct code_longest_no from coded_spells where code_longest_no is not null
)
