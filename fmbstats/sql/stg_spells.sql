-- One row per spell of an incident cohort, censored alike at the cut-off, with the recommendation
-- in force on its first day (by the period of its code) and its cell of the ledger.
-- Grain: spell_id. Source: raw_spells, stg_code_periods, meta_settings.
-- Everybody is censored at cut-off = extraction - gap - lag: censoring only those who ended
-- recently would depend on the ending itself. Days without leave inside a spell do not count.
with observed as (
    select
        spells.*,
        coalesce(last_date > cutoff_date, true) as is_censored,
        (
            least(coalesce(last_date, cutoff_date), cutoff_date) - start_date + 1 - spells.gap_days
        )::integer as duration_day
    from raw_spells as spells, meta_settings
    where start_date <= cutoff_date
)
select
    spell_id,
    (hash(person_id::varchar) >> 1)::bigint as person_id,
    start_date,
    pack_cell(
        answer_no,
        year(start_date),
        sex_number(sex),
        case
            when birth_year is null then 0
            else greatest(1, least(5, (year(start_date) - birth_year) // 10 - 1))
        end,
        county_number(county_code),
        entry_day,
        duration_day,
        case when is_censored then 0 else end_reason end
    ) as cell,
    -- Most spells keep one diagnosis: a column of nulls costs nothing.
    case when code_last is distinct from observed.code then coalesce(code_last, '') end as code_last,
    case when code_longest is distinct from observed.code then coalesce(code_longest, '') end as code_longest,
    degree_pct,
    observed.gap_days
from observed
join stg_code_periods as periods
    on coalesce(observed.code, '') = periods.code_key
    and observed.start_date >= periods.valid_from
    and observed.start_date < periods.valid_to
-- A spell cut off before its entry day was never at risk in this register.
where duration_day > entry_day
