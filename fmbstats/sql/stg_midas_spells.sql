-- Spells of part rows; exact repetitions change nothing in any of these aggregates.
-- Grain: person_id, start_date. Source: incoming.
select
    person_id,
    start_date,
    (hash(person_id, start_date) >> 1)::bigint as spell_id,
    max(last_date) as last_date,
    min(part_start) as first_part_start,
    arg_min(code, part_order) filter (code is not null) as code,
    arg_max(code, part_order) filter (code is not null) as code_last,
    min(code) <> max(code) as has_several_codes,
    min(sex) as sex,
    min(birth_year) as birth_year,
    arg_min(county_code, part_order) as county_code,
    arg_min(insured_type, part_order) as insured_type,
    arg_min(degree_pct, part_order) filter (degree_pct > 0) as degree_pct,
    (
        min(sex) <> max(sex)
        or coalesce(min(birth_year) <> max(birth_year), false)
        or coalesce(min(last_date) <> max(last_date), false)
        or count(last_date) not in (0, count(*))
    ) as is_contradiction
from incoming
group by person_id, start_date
