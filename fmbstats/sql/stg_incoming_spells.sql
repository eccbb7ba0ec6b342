-- Spells as they come in, from formats that know no gaps; see stg_coded_spells.
-- Grain: spell_id. Source: incoming.
select *, 0::integer as gap_days
from incoming
