-- The codes that occur, under any reading of the diagnosis; '' stands for a missing one.
-- Grain: code. Source: coded_spells, code_list.
select code
from code_list
where code_no in (
    select distinct code_no from coded_spells
    union all
    select distinct traits_code_last(spell_traits) from coded_spells where spell_traits >> 24 > 0
    union all
    select distinct traits_code_longest(spell_traits) from coded_spells where spell_traits >> 24 > 0
)
