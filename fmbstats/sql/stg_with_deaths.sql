-- Spells that end on the day their person died, by a table of deaths; all others as they are. A
-- spell that began later is no spell of that person and is left out.
-- Grain: spell_id. Source: coded_spells, stg_deaths (person_key, death_day since 1980).
select
    spells.* replace (
        case
            when
                death_day is not null
                and (
                    cell_days(coded_cell) = 0
                    or death_day <= traits_first_day(spell_traits) + cell_days(coded_cell) - 1
                )
                then cell_with_days(
                    coded_cell, death_day - traits_first_day(spell_traits) + 1, {death}
                )
            else coded_cell
        end as coded_cell
    )
from coded_spells as spells
left join stg_deaths using (person_key)
where coalesce(death_day >= traits_first_day(spell_traits), true)
