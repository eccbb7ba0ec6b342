-- Degree segments; parts with degree 0 have none. Part-time benefits side by side stay side by side.
-- Grain: spell_id, from_day, to_day, degree_pct, code. Source: incoming, raw_spells.
select distinct
    spell_id,
    (part_start - incoming.start_date + 1)::integer as from_day,
    (part_end - incoming.start_date + 1)::integer as to_day,
    incoming.degree_pct,
    incoming.code
from incoming
join raw_spells using (person_id, start_date)
where incoming.degree_pct > 0 and part_end >= part_start
