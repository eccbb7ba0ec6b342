-- The codes that occur, under any reading of the diagnosis; '' stands for a missing one.
-- Grain: code. Source: raw_spells.
with first_codes as (
    select distinct coalesce(code, '') as code from raw_spells
),
other_codes as (
    select distinct unnest([coalesce(code_last, ''), coalesce(code_longest, '')]) as code
    from raw_spells
    where code_last is distinct from code or code_longest is distinct from code
)
select code from first_codes
union
select code from other_codes
