-- A hash per entry of everything its report rests on: a report is stale when it changes.
-- Order-free (xor of row hashes; rows are distinct), so that it does not depend on threads; and
-- free of the numbers that codes and matches happen to have in this store.
-- Grain: entry_id. Source: mart_entries, mart_cells, stg_answers, raw_matches, raw_possible_sets, mart_in_force,
-- mart_change_cells, mart_degree_cells, meta_settings.
with cells as (
    select answer_no, bit_xor(hash(group_no, course, n)) as part
    from mart_cells
    group by answer_no
),
sets as (
    select
        match_id,
        hash(
            evidence, is_judged, n_without_limit, longest_days_30, shortest_days_30, stated_days_30,
            least_min_days_30, most_min_days_30, longest_days_31, shortest_days_31,
            newest_longest_days_30, newest_shortest_days_30, webcert_days
        ) as part
    from raw_possible_sets
),
matches as (
    select
        code as code_key,
        match_id,
        bit_xor(hash(valid_from, valid_to, matched_code, match_level, sets.part)) as part
    from raw_matches
    join sets using (match_id)
    group by all
),
readings as (
    select answer_no, bit_xor(hash(basis_no, start_year, course, n)) as part
    from mart_change_cells
    group by answer_no
),
degrees as (
    select answer_no, bit_xor(hash(start_year, degree_pct, day, n_change)) as part
    from mart_degree_cells
    group by answer_no
),
parts as (
    select
        entry_id,
        bit_xor(hash(code_key, matches.part, cells.part)) filter (cells.part is not null)
            as cells_part,
        bit_xor(hash(code_key, matches.part, readings.part)) filter (readings.part is not null)
            as readings_part,
        bit_xor(hash(code_key, degrees.part)) filter (degrees.part is not null) as degrees_part
    from stg_answers as answers
    left join cells using (answer_no)
    left join readings using (answer_no)
    left join degrees using (answer_no)
    left join matches using (code_key, match_id)
    group by entry_id
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
    md5(concat_ws(
        '|', hash(entries), parts.cells_part, parts.readings_part, parts.degrees_part, rules.part,
        ambiguous.cells_part, settings.part
    )) as key
from mart_entries as entries
left join parts on entries.entry_id = parts.entry_id
left join rules on entries.entry_id = rules.entry_id
left join parts as ambiguous on ambiguous.entry_id is null
cross join settings
