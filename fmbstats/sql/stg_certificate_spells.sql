-- Spells of certificates.
-- Grain: person_key, spell_no. Source: stg_certificate_parts, incoming, meta_register.
-- Only a few narrow columns go through the windows; the rest is fetched for the first and the
-- last period of each spell.
with spells as (
    select
        person_key,
        spell_no,
        min(part_order) as first_order,
        max(part_order) as last_order,
        max(part_end) as latest_end,
        -- Days without leave inside the spell, as far as the cut-off.
        coalesce(
            sum(greatest(0, least(part_start - 1, cutoff_date) - covered_to))
                filter (not is_first),
            0
        )::integer as gap_days,
        min(code_key) <> max(code_key) as has_several_codes
    from (
        select
            person_key, spell_no, part_order, part_start, part_end, covered_to, is_first, code_key
        from stg_certificate_parts
    ), meta_register
    group by person_key, spell_no
)
select
    spells.*,
    (hash(person_key, spell_no) >> 1)::bigint as spell_id,
    person_id,
    part_start as start_date,
    code,
    sex,
    birth_year,
    county_code,
    occupation,
    degree_pct
from spells
join incoming
    on hash(incoming.person_id) = spells.person_key
    and incoming.part_order = spells.first_order
where not is_withdrawn
    and not exists (
        select 1
        from stg_certificate_repeats as repeats
        where (is_contradiction or place > 1)
            and repeats.file_no = incoming.file_no
            and repeats.line = incoming.line
    )
