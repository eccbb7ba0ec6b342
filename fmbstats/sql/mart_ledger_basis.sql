-- The ledger by the last and by the longest diagnosis of a spell, for the sensitivity analysis.
-- Grain: basis and all other columns but n. Source: mart_spells, raw_matches, raw_code_entries.
with recoded as (
    select 'last' as basis, code_last as basis_code, * from stg_spells
    union all by name
    select 'longest' as basis, code_longest as basis_code, * from stg_spells
)
select
    recoded.basis,
    recoded.basis_code as code,
    entries.entry_id,
    matches.match_id,
    recoded.start_year,
    recoded.entry_day,
    recoded.duration_day,
    recoded.end_reason,
    count(*)::integer as n
from recoded
left join raw_matches as matches
    on recoded.basis_code = matches.code
    and recoded.start_date >= matches.valid_from
    and recoded.start_date < matches.valid_to
left join raw_code_entries as entries
    on recoded.basis_code = entries.code
group by all
order by all
