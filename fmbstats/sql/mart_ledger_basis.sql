-- The ledger under other, equally reasonable readings of the register (sensitivity analysis):
-- by the spell's last diagnosis, by its longest, and with gaps of up to 14 days bridged.
-- Grain: basis and all other columns but n. Source: stg_spells, raw_matches, raw_code_entries.
with last_diagnosis as (
    select 'last' as basis, code_last as code, start_date, start_year, entry_day, duration_day, end_reason
    from stg_spells
),
longest_diagnosis as (
    select 'longest' as basis, code_longest as code, start_date, start_year, entry_day, duration_day, end_reason
    from stg_spells
),
-- Days of the gap are not counted; the first spell gives diagnosis and start, the last one the end.
near as (
    select
        *,
        start_date - max(start_date + duration_day) over (
            partition by person_id order by start_date
            rows between unbounded preceding and 1 preceding
        ) as gap_days
    from stg_spells
),
numbered as (
    select
        *,
        sum(case when gap_days <= 14 then 0 else 1 end) over (
            partition by person_id order by start_date
        ) as joined_no
    from near
),
bridged as (
    select
        'gap_14' as basis,
        arg_min(code, start_date) as code,
        min(start_date) as start_date,
        year(min(start_date))::smallint as start_year,
        arg_min(entry_day, start_date) as entry_day,
        sum(duration_day)::integer as duration_day,
        arg_max(end_reason, start_date) as end_reason
    from numbered
    group by person_id, joined_no
),
readings as (
    select * from last_diagnosis
    union all
    select * from longest_diagnosis
    union all
    select * from bridged
)
select
    readings.basis,
    readings.code,
    entries.entry_id,
    matches.match_id,
    readings.start_year,
    readings.entry_day,
    readings.duration_day,
    readings.end_reason,
    count(*)::integer as n
from readings
left join raw_matches as matches
    on readings.code = matches.code
    and readings.start_date >= matches.valid_from
    and readings.start_date < matches.valid_to
left join raw_code_entries as entries
    on readings.code = entries.code
group by all
order by all
