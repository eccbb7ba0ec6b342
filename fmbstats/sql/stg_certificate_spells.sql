-- Spells of certificates.
-- Grain: person_id, spell_no. Source: stg_certificate_parts, meta_register.
select
    person_id,
    spell_no,
    (hash(person_id, spell_no) >> 1)::bigint as spell_id,
    min(part_start) as start_date,
    max(part_end) as latest_end,
    -- Days without leave inside the spell, as far as the cut-off.
    coalesce(
        sum(greatest(0, least(part_start - 1, cutoff_date) - covered_to)) filter (not is_first), 0
    )::integer as gap_days,
    max(code) filter (is_first) as code,
    arg_max(code, part_order) as code_last,
    min(code) <> max(code) as has_several_codes,
    max(sex) filter (is_first) as sex,
    max(birth_year) filter (is_first) as birth_year,
    max(county_code) filter (is_first) as county_code,
    max(occupation) filter (is_first) as occupation,
    max(degree_pct) filter (is_first) as degree_pct
from stg_certificate_parts, meta_register
group by person_id, spell_no
