-- One row per spell of an incident cohort, censored alike at the cut-off.
-- Grain: spell_id. Source: raw_spells, meta_settings.
-- Everybody is censored at cut-off = extraction - gap - lag: censoring only those who ended
-- recently would depend on the ending itself.
with settings as (
    select cutoff_date from meta_settings
),
observed as (
    select
        spells.*,
        coalesce(last_date > cutoff_date, true) as is_censored,
        (least(coalesce(last_date, cutoff_date), cutoff_date) - start_date + 1)::integer as duration_day
    from raw_spells as spells, settings
    where start_date <= cutoff_date
)
select
    spell_id,
    person_id,
    code,
    code_last,
    code_longest,
    start_date,
    year(start_date)::smallint as start_year,
    coalesce(sex, 'unknown') as sex,
    case
        when birth_year is null then 'unknown'
        when year(start_date) - birth_year < 30 then '16-29'
        when year(start_date) - birth_year < 40 then '30-39'
        when year(start_date) - birth_year < 50 then '40-49'
        when year(start_date) - birth_year < 60 then '50-59'
        else '60+'
    end as age_group,
    coalesce(county_code, 'unknown') as county_code,
    entry_day::smallint as entry_day,
    duration_day,
    (case when is_censored then 0 else end_reason end)::tinyint as end_reason
from observed
-- A spell cut off before its entry day was never at risk in this register.
where duration_day > entry_day
