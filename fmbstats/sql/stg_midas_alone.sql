-- Spells of one part row. Whole: that part covers all days that count, none of them after the
-- cut-off; or there is no degree.
-- Grain: spell_id. Source: stg_parts, meta_register.
select
    parts.*,
    coalesce(
        degree_pct is null
        or (
            part_start = start_date + cell_entry_day(own_cell)
            and part_end = last_date
            and last_date <= cutoff_date
        ),
        false
    ) as is_whole,
    -- An employed person's spell of at most 14 days cannot be in the register.
    coalesce(last_date - start_date + 1 <= cell_entry_day(own_cell), false) as is_too_short
from stg_parts as parts, meta_register
where is_alone
