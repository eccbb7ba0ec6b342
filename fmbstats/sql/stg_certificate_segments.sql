-- Degree segments in counted days: gaps take none.
-- Grain: spell_id, from_day. Source: stg_certificate_parts, stg_certificate_spells, raw_spells.
with counted as (
    select
        person_id,
        spell_no,
        degree_pct,
        code,
        new_to - new_from + 1 as n_days,
        sum(new_to - new_from + 1) over (
            partition by person_id, spell_no order by part_order rows unbounded preceding
        ) as to_day
    from stg_certificate_parts
    where new_to >= new_from
)
select
    spell_id,
    (to_day - n_days + 1)::integer as from_day,
    to_day::integer as to_day,
    counted.degree_pct,
    counted.code
from counted
join stg_certificate_spells as spells using (person_id, spell_no)
where spell_id in (select spell_id from raw_spells)
