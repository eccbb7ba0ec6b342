-- The diagnosis with most days, for the spells that have several; ties go to the earlier one.
-- Grain: person_id, spell_no. Source: stg_certificate_parts, stg_certificate_spells.
with days as (
    select
        person_id,
        spell_no,
        parts.code,
        sum(greatest(0, new_to - new_from + 1)) as n_days,
        min(part_order) as first_order
    from stg_certificate_parts as parts
    join stg_certificate_spells using (person_id, spell_no)
    where has_several_codes
    group by all
)
select
    person_id,
    spell_no,
    code as code_longest
from days
qualify row_number() over (
    partition by person_id, spell_no
    order by n_days desc, first_order
) = 1
