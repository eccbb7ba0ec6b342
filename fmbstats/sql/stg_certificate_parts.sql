-- Periods in order of their first day, with the spell they belong to and the days they add to it.
-- Grain: person_id, place. Source: incoming, stg_certificate_repeats, meta_register.
-- The latest end so far, not the previous end, decides: a short certificate inside a long one
-- must not part a spell.
with known as (
    select
        incoming.*,
        max(part_end) over (
            partition by person_id order by part_order
            rows between unbounded preceding and 1 preceding
        ) as covered_to
    from incoming
    where
        not is_withdrawn
        and part_start <= (select extraction_date from meta_register)
        and certificate_id not in (
            select certificate_id from stg_certificate_repeats where is_contradiction
        )
)
select
    known.* exclude (certificate_id, period, is_withdrawn, content, file_no, line, covered_to),
    coalesce(part_start > covered_to + settings.gap_days::integer + 1, true) as is_first,
    -- Days up to the extraction that no earlier period covers.
    greatest(part_start, coalesce(covered_to + 1, part_start)) as new_from,
    least(part_end, settings.extraction_date) as new_to,
    covered_to,
    count(*) filter (coalesce(part_start > covered_to + settings.gap_days::integer + 1, true)) over (
        partition by person_id order by part_order rows unbounded preceding
    ) as spell_no
from known, meta_register as settings
