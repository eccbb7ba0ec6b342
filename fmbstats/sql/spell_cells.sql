-- One row per spell of an incident cohort, censored alike at the cut-off; see coded_spells for
-- coded_cell, pack_traits for all else that is known of a spell.
-- Grain: spell_id. Source: coded_spells, the variable cutoff_day (days since 1980, as in traits).
-- Everybody is censored at cut-off = extraction - gap - lag: censoring only those who ended
-- recently would depend on the ending itself. Days without leave inside a spell do not count.
-- Whole numbers of one size need no casts, row by row.
with timed as (
    select
        *,
        getvariable('cutoff_day') - (spell_traits & 65535) + 1 as days_to_cutoff,
        (coded_cell >> 3) & 32767 as n_days
    from coded_spells
),
observed as (
    select *, n_days between 1 and days_to_cutoff as is_ended
    from timed
),
counted as (
    select *, case when is_ended then n_days else days_to_cutoff end - gap_days as duration_day
    from observed
)
select
    spell_id,
    (hash(person_key) >> 1)::bigint as person_id,
    -- Most cells stay as they are.
    case
        when is_ended and gap_days = 0 then coded_cell
        else observed_cell(coded_cell, duration_day, is_ended)
    end as coded_cell,
    spell_traits as traits,
    gap_days
from counted
-- A spell cut off before its entry day (or begun after the cut-off: no days are left) was never at
-- risk in this register.
where duration_day > ((coded_cell >> 18) & 511)
