-- Periods with the latest end before them, per person in order of the first day.
-- Grain: person_key, part_order. Source: incoming, stg_certificate_repeats, meta_register.
-- The latest end so far, not the previous end, decides: a short certificate inside a long one
-- must not part a spell. The person's key is a hash of 64 bits: among ten million persons two
-- meet with a chance of some three in a million.
with used as (
    select
        hash(person_id) as person_key,
        incoming.*
    from incoming
    anti join (select file_no, line from stg_certificate_repeats where is_contradiction or place > 1)
        using (file_no, line)
    where
        not is_withdrawn
        and part_start <= (select extraction_date from meta_register)
        -- All persons, or a part of them, as who asks has set.
        and hash(person_id) % coalesce(getvariable('n_parts'), 1)::ubigint
            = coalesce(getvariable('part'), 0)::ubigint
),
known as (
    select
        *,
        max(part_end) over (
            partition by person_key order by part_order
            rows between unbounded preceding and 1 preceding
        ) as covered_to
    from used
)
select
    known.*,
    coalesce(part_start > covered_to + gap_days::integer + 1, true) as is_first,
    count(*) filter (coalesce(part_start > covered_to + gap_days::integer + 1, true)) over (
        partition by person_key order by part_order rows unbounded preceding
    ) as spell_no,
    -- Days up to the extraction that no earlier period covers.
    greatest(part_start, coalesce(covered_to + 1, part_start)) as new_from,
    least(part_end, extraction_date) as new_to
from known, meta_register
