-- A hash per entry of everything its report rests on: a report is stale when it changes.
-- Order-free (xor of row hashes; rows are distinct), so that it does not depend on threads.
-- Grain: entry_id. Source: mart_entries, mart_ledger, mart_in_force, mart_degrees, meta_settings.
with ledger as (
    select entry_id, bit_xor(hash(mart_ledger)) as part from mart_ledger group by entry_id
),
degrees as (
    select entry_id, bit_xor(hash(mart_degrees)) as part from mart_degrees group by entry_id
),
ambiguous as (
    select bit_xor(hash(mart_ledger)) as part from mart_ledger where entry_id is null
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
    md5(concat_ws('|', hash(entries), ledger.part, degrees.part, rules.part, ambiguous.part, settings.part)) as key
from mart_entries as entries
left join ledger on entries.entry_id = ledger.entry_id
left join degrees on entries.entry_id = degrees.entry_id
left join rules on entries.entry_id = rules.entry_id
cross join ambiguous
cross join settings
