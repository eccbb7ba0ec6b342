-- The diagnosis with most days, for the spells that have several. The days before the first part
-- (the employer's sick-pay period) belong to the first diagnosis; ties go to the earlier one.
-- Grain: spell_id. Source: stg_parts, stg_spells_of_parts.
with parts as (
    select distinct
        spell_id,
        parts.start_date,
        parts.code_no,
        parts.degree_pct,
        part_start,
        part_end,
        part_order,
        first_part_start
    from stg_parts as parts
    join stg_spells_of_parts as spells using (spell_id)
    where not is_alone and has_several_codes and parts.code_no > 0
),
days as (
    select
        spell_id,
        code_no,
        sum(
            part_end - part_start + 1
            + case when part_start = first_part_start then part_start - start_date else 0 end
        ) as n_days,
        min(part_order) as first_order
    from parts
    group by all
)
select
    spell_id,
    code_no as code_longest_no
from days
qualify row_number() over (partition by spell_id order by n_days desc, first_order) = 1
