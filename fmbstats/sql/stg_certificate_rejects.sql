-- Certificates with one id and different contents: nothing says which is right.
-- Grain: file_no, line. Source: stg_certificate_repeats.
select
    file_no,
    line,
    'certificate_id' as "column",
    certificate_id as value,
    'the key (certificate_id) occurs again with other content' as reason
from stg_certificate_repeats
where is_contradiction
