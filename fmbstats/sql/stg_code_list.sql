-- Numbers for the codes of a register, for the formats that do not number them while reading.
-- Grain: code_no; 0 is the missing code, ''. Source: raw_spells.
with other_codes as (
    select distinct unnest([coalesce(code_last, ''), coalesce(code_longest, '')]) as code
    from raw_spells
    where code_last is distinct from code or code_longest is distinct from code
),
codes as (
    select distinct coalesce(code, '') as code from raw_spells
    union
    select code from other_codes
    union
    select ''
)
select (row_number() over (order by code) - 1)::integer as code_no, code
from codes
