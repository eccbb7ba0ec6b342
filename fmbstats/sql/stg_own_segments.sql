-- Degree segments as they are kept: in two numbers, which are quick to write and to read.
-- Grain: spell_id, packed. Source: raw_segments, code_list.
select spell_id, pack_segment(from_day, to_day, degree_pct, code_no) as packed
from raw_segments
join code_list on coalesce(raw_segments.code, '') = code_list.code
