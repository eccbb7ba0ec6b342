-- Degree segments in counted days: gaps take none.
-- Grain: spell_id, from_day. Source: stg_certificate_parts, raw_spells.
with counted as (
    select
        (hash(person_key, spell_no) >> 1)::bigint as spell_id,
        degree_pct,
        code,
        new_to - new_from + 1 as n_days,
        sum(new_to - new_from + 1) over (
            partition by person_key, spell_no order by part_order rows unbounded preceding
        ) as to_day
    from stg_certificate_parts
    where new_to >= new_from
)
select
    spell_id,
    (to_day - n_days + 1)::integer as from_day,
    to_day::integer as to_day,
    degree_pct,
    code
from counted
where spell_id in (select spell_id from raw_spells)
