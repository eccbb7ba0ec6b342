-- The free strata of every spell that has one: rows of mart_strata, null where a value is missing.
-- Grain: spell_id. Source: spell_cells, stg_keyed_strata (person_id, first_day, stratum_1 to
-- stratum_3), stg_named_strata (column_no, stratum), mart_strata.
with named as (
    select column_no, value, value_no
    from stg_named_strata
    join mart_strata using (stratum)
)
select
    spell_id,
    first_values.value_no as value_1,
    second_values.value_no as value_2,
    third_values.value_no as value_3
from spell_cells as spells
join stg_keyed_strata as told
    on spells.person_id = told.person_id
    and traits_first_day(spells.traits) = told.first_day
left join named as first_values
    on first_values.column_no = 1 and stratum_1 = first_values.value
left join named as second_values
    on second_values.column_no = 2 and stratum_2 = second_values.value
left join named as third_values
    on third_values.column_no = 3 and stratum_3 = third_values.value
