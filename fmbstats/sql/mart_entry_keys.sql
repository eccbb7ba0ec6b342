-- A hash per entry of everything its report rests on: a report is stale when it changes.
-- Order-free (xor of row hashes; rows are distinct), so that it does not depend on threads; and
-- free of the numbers that codes and matches happen to have in this store.
-- Grain: entry_id. Source: mart_entries, stg_ledger, stg_answers, raw_matches, mart_in_force,
-- mart_basis_changes, mart_degrees, meta_settings.
with cells as (
    select cell_answer(cell) as answer_no, bit_xor(hash(cell & ((1::bigint << 45) - 1), n)) as part
    from stg_ledger
    group by all
),
matches as (
    select
        match_id,
        hash(
            valid_from, valid_to, matched_code, match_level, min_limit_days_30, max_limit_days_30,
            min_limit_days_31, max_limit_days_31
        ) as part
    from raw_matches
),
ledger as (
    select entry_id, bit_xor(hash(answers.code_key, matches.part, cells.part)) as part
    from cells
    join stg_answers as answers using (answer_no)
    left join matches using (match_id)
    group by entry_id
),
readings as (
    select
        entry_id,
        bit_xor(
            hash(basis, code, start_year, entry_day, duration_day, end_reason, n)
        ) as part
    from mart_basis_changes
    group by entry_id
),
degrees as (
    select entry_id, bit_xor(hash(mart_degrees)) as part from mart_degrees group by entry_id
),
rules as (
    select owned.entry_id, bit_xor(hash(in_force)) as part
    from mart_in_force as in_force
    join mart_entry_codes as owned using (code)
    group by owned.entry_id
),
settings as (
    select hash(cutoff_date, gap_days, lag_days, register_name, is_synthetic, length_basis) as part
    from meta_settings
)
select
    entries.entry_id,
    md5(concat_ws('|', hash(entries), ledger.part, readings.part, degrees.part, rules.part, ambiguous.part, settings.part)) as key
from mart_entries as entries
left join ledger on entries.entry_id = ledger.entry_id
left join readings on entries.entry_id = readings.entry_id
left join degrees on entries.entry_id = degrees.entry_id
left join rules on entries.entry_id = rules.entry_id
left join ledger as ambiguous on ambiguous.entry_id is null
cross join settings
