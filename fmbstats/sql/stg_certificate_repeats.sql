-- Certificates whose id occurs more than once: exact repetitions change nothing (their days are
-- already covered); contradictions are left out whole.
-- Grain: file_no, line. Source: incoming.
with repeated as (
    select hash(certificate_id) as id_hash
    from incoming
    where period = 1
    group by id_hash
    having count(*) > 1
)
select
    certificate_id,
    file_no,
    line,
    min(content) over id <> max(content) over id as is_contradiction,
    row_number() over (id order by file_no, line) as place
from incoming
where period = 1 and hash(certificate_id) in (select id_hash from repeated)
window id as (partition by certificate_id)
qualify count(*) over id > 1
