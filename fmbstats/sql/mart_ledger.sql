-- The ledger: what every estimator is computed from; never a person in it.
-- Grain: all columns but n. Source: mart_spells.
select
    code,
    entry_id,
    match_id,
    start_year,
    sex,
    age_group,
    county_code,
    entry_day,
    duration_day,
    end_reason,
    count(*)::integer as n
from mart_spells
group by all
order by all
