-- Spells with days without leave inside, parted at each: what they are when no gap is bridged.
-- Grain: spell_id, first_day. Source: stg_certificate_parts, stg_certificate_spells.
-- Days are counted since 1980, as in pack_traits; next_day is the day after the last.
with marked as (
    select
        *,
        count(*) filter (is_first or part_start > covered_to + 1) over (
            partition by person_key, spell_no order by part_order rows unbounded preceding
        ) as piece_no
    from stg_certificate_parts
    where (person_key, spell_no) in (
        select (person_key, spell_no) from stg_certificate_spells where gap_days > 0
    )
)
select
    (hash(person_key, spell_no) >> 1)::bigint as spell_id,
    (min(part_start) - date '1980-01-01')::integer as first_day,
    (max(part_end) - date '1980-01-01' + 1)::integer as next_day,
    arg_min(code, part_order) as code
from marked
group by person_key, spell_no, piece_no
