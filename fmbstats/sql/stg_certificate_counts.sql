-- What was left out, and why.
-- Grain: one row. Source: incoming, stg_certificate_repeats, stg_certificate_spells, raw_spells.
select
    (select count(*) from stg_certificate_repeats where not is_contradiction and place > 1)
        as n_duplicates,
    (select count(*) from stg_certificate_repeats where is_contradiction) as n_rejected,
    (select count(*) from stg_certificate_spells) - (select count(*) from raw_spells) as n_excluded,
    (
        select count(distinct certificate_id) from incoming where is_withdrawn and period = 1
    ) as n_withdrawn
