-- The codes that occur, under any reading of the diagnosis; '' stands for a missing one.
-- Grain: code. Source: coded_spells, code_list.
with others as (
    select distinct other_codes from coded_spells where other_codes > 0
)
select code
from code_list
where code_no in (
    select distinct coded_code(coded_cell) from coded_spells
    union all
    select traits_code_last(other_codes << 24) from others
    union all
    select traits_code_longest(other_codes << 24) from others
)
