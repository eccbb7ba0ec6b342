-- What comparing rows dropped.
-- Grain: one row. Source: incoming, stg_spells_of_parts, stg_rejects.
-- Rows of rejected spells count as rejected, not as repetitions.
with contents as (
    select
        count(*) as n_rows,
        count(distinct hash(
            person_id, start_date, last_date, part_start, part_end, degree_pct, insured_type,
            code, sex, birth_year, county_code
        )) as n_distinct
    from incoming
    where not exists (
        select 1 from stg_rejects
        where stg_rejects.file_no = incoming.file_no and stg_rejects.line = incoming.line
    )
)
select
    n_rows - n_distinct as n_duplicates,
    (select count(*) from stg_rejects) as n_rejected,
    (
        select count(*) from stg_spells_of_parts
        where not is_contradiction and insured_type not in (2, 3, 4, 5, 6, 8)
    ) as n_excluded,
    0::bigint as n_withdrawn
from contents
