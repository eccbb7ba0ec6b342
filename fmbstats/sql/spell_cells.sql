-- One row per spell of an incident cohort, censored alike at the cut-off, with the recommendation
-- in force on its first day (by the period of its code) in its cell of the ledger. What else is
-- known of a spell is packed into one number (pack_traits).
-- Grain: spell_id. Source: coded_spells, code_list, stg_code_periods, meta_settings.
-- Everybody is censored at cut-off = extraction - gap - lag: censoring only those who ended
-- recently would depend on the ending itself. Days without leave inside a spell do not count.
-- Days are counted since 1980, as in traits: whole numbers are quicker to compare than dates.
with settings as (
    select (cutoff_date - date '1980-01-01')::integer as cutoff_day from meta_settings
),
numbered as (
    select
        *,
        (spell_traits & 65535)::integer as first_day,
        cell_days(coded_cell) as n_days
    from coded_spells
),
observed as (
    select
        numbered.*,
        n_days = 0 or first_day + n_days - 1 > cutoff_day as is_censored,
        case
            when n_days = 0 or first_day + n_days - 1 > cutoff_day then cutoff_day - first_day + 1
            else n_days
        end - gap_days as duration_day
    from numbered, settings
    where first_day <= cutoff_day
),
periods as (
    select
        code_no,
        answer_no,
        (valid_from - date '1980-01-01')::integer as from_day,
        (valid_to - date '1980-01-01')::integer as to_day
    from stg_code_periods
    join code_list on code_key = code_list.code
)
select
    spell_id,
    (hash(person_key) >> 1)::bigint as person_id,
    observed_cell(coded_cell, answer_no, duration_day, is_censored) as cell,
    spell_traits as traits,
    gap_days
from observed
join periods
    on coded_code(coded_cell) = code_no
    and first_day >= from_day
    and first_day < to_day
-- A spell cut off before its entry day was never at risk in this register.
where duration_day > cell_entry_day(coded_cell)
