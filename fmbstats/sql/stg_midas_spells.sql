-- Spells of several part rows; exact repetitions change nothing in any of these aggregates.
-- Grain: spell_id. Source: stg_parts.
with spells as (
    select
        spell_id,
        any_value(person_id) as person_id,
        any_value(start_date) as start_date,
        max(last_date) as last_date,
        min(part_start) as first_part_start,
        arg_min(code_no, part_order) filter (code_no > 0) as code_no,
        arg_max(code_no, part_order) filter (code_no > 0) as code_last_no,
        min(code_no) filter (code_no > 0) <> max(code_no) as has_several_codes,
        min((own_cell >> 37) & 3) as sex_no,
        min(nullif((traits >> 10) & 4095, 0)) as birth_year,
        coalesce(
            arg_min(nullif((own_cell >> 27) & 127, 127), part_order), 127
        ) as county_no,
        arg_min(traits, part_order) as first_traits,
        arg_min(degree_pct, part_order) filter (degree_pct is not null) as degree_pct,
        (
            min((own_cell >> 37) & 3) <> max((own_cell >> 37) & 3)
            or coalesce(min(nullif((traits >> 10) & 4095, 0)) <> max((traits >> 10) & 4095), false)
            or coalesce(min(last_date) <> max(last_date), false)
            or count(last_date) not in (0, count(*))
        ) as is_contradiction
    from stg_parts
    where not is_alone
    group by spell_id
)
select
    * exclude (first_traits),
    first_traits >> 24 as insured_type,
    (first_traits >> 7) & 7 as occupation_no,
    coalesce(first_traits >> 24 = 8 and last_date - start_date + 1 <= 14, false) as is_too_short
from spells
