-- Rows of a plain spell table whose key occurs more than once: exact repetitions, of which one is
-- kept, and contradictions, of which none is.
-- Grain: row_no. Source: incoming, meta_register. Ids that grow from row to row cannot repeat.
with keyed as (
    select
        rowid as row_no,
        case when spell_id is null then hash(person_id, start_date) else hash(spell_id) end as row_key
    from incoming
    where not (select has_increasing_ids from meta_register)
),
repeated as (
    select row_key from keyed group by row_key having count(*) > 1
),
compared as (
    select
        keyed.row_no,
        incoming.file_no,
        incoming.line,
        incoming.spell_id,
        case when incoming.spell_id is null then incoming.person_id end as key_person,
        case when incoming.spell_id is null then incoming.start_date end as key_start,
        hash(
            person_id, start_date, last_date, code, code_last, code_longest, sex, birth_year,
            county_code, occupation, degree_pct, entry_day, end_reason
        ) as content
    from keyed
    join repeated using (row_key)
    join incoming on incoming.rowid = keyed.row_no
)
select
    row_no,
    file_no,
    line,
    key_person,
    key_start,
    spell_id,
    min(content) over key <> max(content) over key as is_contradiction,
    row_number() over (key order by file_no, line) as place
from compared
window key as (partition by spell_id, key_person, key_start)
qualify count(*) over key > 1
