-- Rows that share a key but differ: nothing says which is right.
-- Grain: file_no, line. Source: stg_repeats.
select
    place >> 32 as file_no,
    place & 4294967295 as line,
    case when spell_id is null then 'person_id' else 'spell_id' end as "column",
    coalesce(spell_id::varchar, concat_ws(', ', person_id, key_start)) as value,
    case
        when spell_id is null then 'the key (person_id, start_date) occurs again with other content'
        else 'the key (spell_id) occurs again with other content'
    end as reason
from stg_repeats
where is_contradiction
