-- Part rows with what is packed taken apart. A row is alone when no other has its spell: its
-- neighbours have not, and the file is sorted by spell.
-- Grain: place. Source: incoming, meta_register.
select
    (hash(person_id, start_date) >> 1)::bigint as spell_id,
    person_id,
    start_date,
    last_date,
    date '1970-01-01' + (part_order >> 32)::integer as part_start,
    part_end,
    part_order,
    code_no,
    own_cell,
    traits,
    (traits >> 7) & 7 as occupation_no,
    nullif(traits & 127, 127)::tinyint as degree_pct,
    place,
    is_alone and has_sorted_rows as is_alone
from incoming, meta_register
