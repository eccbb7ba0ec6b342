-- The spells of a MiDAS extract with numbers for texts; see stg_coded_spells.
-- Grain: spell_id. Source: incoming (made by fmbstats/sources/midas_spells.py).
select *, spell_traits >> 24 as other_codes, 0::integer as gap_days
from incoming
