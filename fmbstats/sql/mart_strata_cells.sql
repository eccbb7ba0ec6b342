-- The ledger by one free stratum of the register at a time (unit, profession, municipality …), as
-- far as the register names any. value_no is a row of mart_strata; group_no and course as in
-- mart_cells.
-- Grain: value_no, answer_no, group_no, course. Source: spell_strata, stg_matched_spells.
with valued as (
    unpivot (select spell_id, value_1, value_2, value_3 from spell_strata)
    on value_1, value_2, value_3
    into name place value value_no
)
select
    value_no,
    cell_answer(cell) as answer_no,
    ((cell >> 27) & 262143)::integer as group_no,
    (cell & 134217727)::integer as course,
    count(*)::integer as n
from valued
join stg_matched_spells using (spell_id)
group by all
order by value_no, answer_no, group_no, course
