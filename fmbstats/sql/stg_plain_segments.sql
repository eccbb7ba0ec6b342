-- One segment per spell: a plain table knows the first degree only.
-- Grain: spell_id. Source: raw_spells, meta_register.
select
    spell_id,
    1::integer as from_day,
    (coalesce(last_date, extraction_date) - start_date + 1)::integer as to_day,
    degree_pct,
    code
from raw_spells, meta_register
where degree_pct is not null
