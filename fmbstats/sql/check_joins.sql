-- How many spells begin during another spell of their person, which a build joins
-- (stg_overlapping_spells), and how many on the day after another one's last.
-- Grain: one row. Source: coded_spells. An ongoing spell lasts to the end of days; what ends before
-- its entry day is never counted, so never joined.
with spells as (
    select
        person_key,
        spell_id,
        traits_first_day(spell_traits) as first_day,
        cell_days(coded_cell) as n_days
    from coded_spells
    where cell_days(coded_cell) = 0 or cell_days(coded_cell) - gap_days > cell_entry_day(coded_cell)
),
dated as (
    select
        *,
        case when n_days = 0 then 1000000 else first_day + n_days end as next_day
    from spells
),
marked as (
    select first_day - max(next_day) over (
        partition by person_key order by first_day, next_day desc, spell_id
        rows between unbounded preceding and 1 preceding
    ) as idle_days
    from dated
)
select
    count(*) filter (idle_days < 0) as n_sharing,
    count(*) filter (idle_days = 0) as n_touching
from marked
