-- The diagnosis with most days, for the spells that have several. The days before the first part
-- (the employer's sick-pay period) belong to the first diagnosis; ties go to the earlier one.
-- Grain: person_id, start_date. Source: incoming, stg_spells_of_parts.
with parts as (
    select distinct
        incoming.person_id,
        incoming.start_date,
        incoming.code,
        incoming.degree_pct,
        part_start,
        part_end,
        part_order,
        first_part_start
    from incoming
    join stg_spells_of_parts as spells using (person_id, start_date)
    where has_several_codes and incoming.code is not null
),
days as (
    select
        person_id,
        start_date,
        code,
        sum(
            part_end - part_start + 1
            + case when part_start = first_part_start then part_start - start_date else 0 end
        ) as n_days,
        min(part_order) as first_order
    from parts
    group by all
)
select
    person_id,
    start_date,
    code as code_longest
from days
qualify row_number() over (
    partition by person_id, start_date
    order by n_days desc, first_order
) = 1
