-- Rows of a plain spell table whose key occurs more than once: exact repetitions, of which one is
-- kept, and contradictions, of which none is.
-- Grain: row_no. Source: incoming, person_texts, meta_register. Ids that grow from row to row
-- cannot repeat.
with keyed as (
    select
        rowid as row_no,
        case when spell_id is null then hash(person_key, spell_traits & 65535) else hash(spell_id) end as row_key
    from incoming
    where not (select has_increasing_ids from meta_register)
),
repeated as (
    select row_key from keyed group by row_key having count(*) > 1
),
compared as (
    select
        keyed.row_no,
        incoming.place,
        incoming.spell_id,
        case when incoming.spell_id is null then incoming.person_key end as key_person,
        case when incoming.spell_id is null then traits_start(spell_traits) end as key_start,
        incoming.person_key,
        hash(person_key, coded_cell, traits, spell_traits) as content
    from keyed
    join repeated using (row_key)
    join incoming on incoming.rowid = keyed.row_no
)
select
    row_no,
    place,
    coalesce(person_text, person_key::varchar) as person_id,
    key_start,
    spell_id,
    min(content) over key <> max(content) over key as is_contradiction,
    row_number() over (key order by place) as place_no
from compared
left join person_texts using (person_key)
window key as (partition by spell_id, key_person, key_start)
qualify count(*) over key > 1
