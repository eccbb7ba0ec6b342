-- Spells of one person that share days, as the one spell that they are: nobody is on sick leave
-- twice on a day. The first gives diagnosis, group, entry day and degree, the one that ends last its
-- end and last diagnosis, the longest the longest one. Of two that end on a day the one that goes on
-- counts.
-- Grain: spell_id (the first one's); merged_ids are those of all. Source: stg_near_spells,
-- stg_overlapping_persons (30 bits of persons; some are named in vain; see stg_spans).
with near as (
    select
        *,
        traits_first_day(traits) as first_day,
        traits_first_day(traits) + cell_days(coded_cell) + gap_days as next_day,
        coalesce(traits_code_last(traits), coded_code(coded_cell)) as last_no,
        coalesce(traits_code_longest(traits), coded_code(coded_cell)) as longest_no
    from stg_near_spells
    where person_id & 1073741823 in (select person_part from stg_overlapping_persons)
),
marked as (
    select
        *,
        row_number() over by_day as place_no,
        coalesce(first_day >= max(next_day) over (
            by_day rows between unbounded preceding and 1 preceding
        ), true) as is_first
    from near
    window by_day as (partition by person_id order by first_day, next_day desc, spell_id)
),
numbered as (
    select
        *,
        count(*) filter (is_first) over (
            partition by person_id order by place_no rows unbounded preceding
        ) as chain_no,
        next_day * 8 + 7 - cell_end_reason(coded_cell) as end_order
    from marked
),
merged as (
    select
        person_id,
        list(spell_id) as merged_ids,
        arg_min(spell_id, place_no) as spell_id,
        arg_min(coded_cell, place_no) as first_cell,
        arg_min(traits, place_no) as first_traits,
        (max(next_day) - min(first_day))::integer as duration_day,
        arg_max(cell_end_reason(coded_cell), end_order) as end_reason,
        arg_max(last_no, end_order) as last_no,
        arg_max(longest_no, cell_days(coded_cell) * 1000 - place_no) as longest_no
    from numbered
    group by person_id, chain_no
    having count(*) > 1
)
select
    merged_ids,
    spell_id,
    person_id,
    cell_with_days(first_cell, duration_day, end_reason) as coded_cell,
    pack_traits(
        traits_start(first_traits),
        traits_degree(first_traits),
        traits_is_whole(first_traits),
        nullif(last_no, coded_code(first_cell)),
        nullif(longest_no, coded_code(first_cell))
    ) as traits,
    0::integer as gap_days
from merged
