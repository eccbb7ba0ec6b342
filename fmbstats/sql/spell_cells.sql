-- One row per spell of an incident cohort, censored alike at the cut-off, with the recommendation
-- in force on its first day (by the period of its code) in its cell of the ledger. What else is
-- known of a spell is packed into one number (pack_traits).
-- Grain: spell_id. Source: coded_spells, code_list, stg_code_periods, meta_settings.
-- Everybody is censored at cut-off = extraction - gap - lag: censoring only those who ended
-- recently would depend on the ending itself. Days without leave inside a spell do not count.
with observed as (
    select
        spells.*,
        coalesce(last_date > cutoff_date, true) as is_censored,
        (
            least(coalesce(last_date, cutoff_date), cutoff_date) - start_date + 1 - spells.gap_days
        )::integer as duration_day
    from coded_spells as spells, meta_settings
    where start_date <= cutoff_date
),
periods as (
    select code_no, valid_from, valid_to, answer_no
    from stg_code_periods
    join code_list on code_key = code_list.code
)
select
    spell_id,
    (hash(person_key) >> 1)::bigint as person_id,
    observed_cell(own_cell, answer_no, duration_day, is_censored) as cell,
    spell_traits as traits,
    gap_days
from observed
join periods
    on observed.code_no = periods.code_no
    and observed.start_date >= periods.valid_from
    and observed.start_date < periods.valid_to
-- A spell cut off before its entry day was never at risk in this register.
where duration_day > cell_entry_day(own_cell)
