-- stg_near_spells
-- Spells of persons of whom one follows another closely: only they are compared with each other.
-- Grain: spell_id. Source: spell_cells, stg_near_persons (30 bits of persons; some are named in
-- vain; see stg_spans).
select *
from spell_cells
where person_id & 1073741823 in (select person_part from stg_near_persons)
