-- Last and longest diagnosis of the spells that have several; ties go to the earlier one.
-- Grain: person_key, spell_no. Source: incoming, stg_certificate_spells, stg_certificate_repeats,
-- meta_register.
-- Only the persons concerned go through the windows of stg_certificate_parts once more.
with used as (
    select
        hash(person_id) as person_key,
        part_order,
        part_start,
        part_end,
        code
    from incoming
    anti join (select file_no, line from stg_certificate_repeats where is_contradiction or place > 1)
        using (file_no, line)
    where
        not is_withdrawn
        and part_start <= (select extraction_date from meta_register)
        and hash(person_id) in (
            select person_key from stg_certificate_spells where has_several_codes
        )
),
known as (
    select
        *,
        max(part_end) over (
            partition by person_key order by part_order
            rows between unbounded preceding and 1 preceding
        ) as covered_to
    from used
),
numbered as (
    select
        known.*,
        extraction_date,
        count(*) filter (coalesce(part_start > covered_to + gap_days::integer + 1, true)) over (
            partition by person_key order by part_order rows unbounded preceding
        ) as spell_no
    from known, meta_register
),
days as (
    select
        person_key,
        spell_no,
        code,
        sum(greatest(
            0,
            least(part_end, extraction_date)
            - greatest(part_start, coalesce(covered_to + 1, part_start)) + 1
        )) as n_days,
        min(part_order) as first_order,
        max(part_order) as last_order
    from numbered
    group by all
)
select
    person_key,
    spell_no,
    first(code order by n_days desc, first_order) as code_longest,
    arg_max(code, last_order) as code_last
from days
group by person_key, spell_no
having count(*) > 1
