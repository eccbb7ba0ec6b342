-- The codes that occur, under any reading of the diagnosis; '' stands for a missing one.
-- Grain: code. Source: spell_cells, code_list.
with others as (
    select distinct traits >> 24 as other_codes from spell_cells where traits >> 24 > 0
)
select code
from code_list
where code_no in (
    select distinct coded_code(coded_cell) from spell_cells
    union all
    select traits_code_last(other_codes << 24) from others
    union all
    select traits_code_longest(other_codes << 24) from others
)
