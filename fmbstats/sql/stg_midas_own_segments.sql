-- Degree segments of the spells that one segment does not cover.
-- Grain: spell_id, packed. Source: incoming_segments.
select spell_id, packed
from incoming_segments
