-- What comparing rows dropped.
-- Grain: one row. Source: stg_alone, stg_parts, stg_spells_of_parts, stg_rejects.
-- Rows of rejected spells count as rejected, not as repetitions.
with contents as (
    select
        count(*) as n_rows,
        count(distinct hash(
            parts.person_id, parts.start_date, parts.last_date, part_start, part_end, code_no,
            own_cell, traits
        )) as n_distinct
    from stg_parts as parts
    where not is_alone and spell_id not in (
        select spell_id from stg_spells_of_parts where is_contradiction or is_too_short
    )
)
select
    n_rows - n_distinct as n_duplicates,
    (select count(*) from stg_rejects) as n_rejected,
    (
        select count(*) from stg_spells_of_parts where not is_contradiction and occupation_no = 0
    ) + (select count(*) from stg_alone where occupation_no = 0) as n_excluded,
    0::bigint as n_withdrawn
from contents
