-- The ledger of a register by the engine in which its holder keeps it: spells in, counts out.
-- Grain: all columns but n. Source: register (one row per spell, columns and values named as in the
-- plain spell table; made of the holder's own table), periods (days on which some recommendation
-- begins or ends: spells of two periods are never counted together).
-- Written for DuckDB with nothing that Spark, PostgreSQL or Transact-SQL lacks, and translated.
-- As in spell_cells: everybody is censored at the cut-off, who ended before it and who did not; a
-- spell that the cut-off ends before its entry day was never at risk. As in stg_overlapping_spells:
-- spells of one person that share days are one; chain_order holds its last day and, of the spells
-- that end on it, the smallest end reason (0 goes on). Where no person is known, ledger_query leaves
-- out what stands between observed and joined.
with spells as (
    select
        person_id,
        spell_id,
        code,
        start_date,
        cast(year(start_date) as int) as start_year,
        cast(month(start_date) as int) as start_month,
        coalesce(sex, 'unknown') as sex,
        cast(year(start_date) as int) - birth_year as age,
        coalesce(county_code, 'unknown') as county_code,
        coalesce(entry_day, case when coalesce(occupation, 'employed') = 'employed' then 14 else 0 end)
            as entry_day,
        case when coalesce(end_reason, 1) < 1 then 1 else coalesce(end_reason, 1) end as end_reason,
        case
            when last_date <= extraction_day then date_diff('day', start_date, last_date) + 1
            else 0
        end as n_days,
        date_diff('day', start_date, cutoff_day) + 1 as days_to_cutoff
    from register
    where start_date between first_day and extraction_day and coalesce(last_date, start_date) >= start_date
),
timed as (
    select
        person_id,
        spell_id,
        code,
        start_date,
        start_year,
        start_month,
        sex,
        case
            when age is null then 'unknown'
            when age < 30 then '16-29'
            when age < 40 then '30-39'
            when age < 50 then '40-49'
            when age < 60 then '50-59'
            else '60+'
        end as age_group,
        county_code,
        entry_day,
        case when n_days between 1 and days_to_cutoff then n_days else days_to_cutoff end as duration_day,
        case when n_days between 1 and days_to_cutoff then end_reason else 0 end as end_reason,
        date_diff('day', first_day, start_date) as day_no
    from spells
),
observed as (
    select *, day_no + duration_day as next_day
    from timed
    where duration_day > entry_day
),
marked as (
    select
        *,
        case when day_no < max(next_day) over (
            partition by person_id order by day_no, next_day desc, spell_id, code
            rows between unbounded preceding and 1 preceding
        ) then 0 else 1 end as is_first
    from observed
    where person_id is not null
),
numbered as (
    select
        *,
        sum(is_first) over (
            partition by person_id order by day_no, next_day desc, spell_id, code
            rows between unbounded preceding and current row
        ) as chain_no
    from marked
),
chained as (
    select
        *,
        max(next_day) over (partition by person_id, chain_no) as chain_end,
        max(8 * next_day + 7 - end_reason) over (partition by person_id, chain_no) as chain_order
    from numbered
),
joined as (
    select
        code,
        start_date,
        start_year,
        start_month,
        sex,
        age_group,
        county_code,
        entry_day,
        chain_end - day_no as duration_day,
        8 * chain_end + 7 - chain_order as end_reason
    from chained
    where is_first = 1
)
select
    code,
    valid_from,
    start_year,
    start_month,
    sex,
    age_group,
    county_code,
    entry_day,
    duration_day,
    end_reason,
    count(*) as n
from joined
join periods on start_date >= valid_from and start_date < valid_to
group by
    code,
    valid_from,
    start_year,
    start_month,
    sex,
    age_group,
    county_code,
    entry_day,
    duration_day,
    end_reason
