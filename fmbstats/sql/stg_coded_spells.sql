-- Spells with numbers for texts, made of canonical spells: what the ledger is computed from.
-- coded_cell is the spell's cell of the ledger (stg_cell_macros) as if never cut off, with the
-- number of its code (code_list) where the answer will stand, and all days from the first to the
-- last (0 = ongoing); spell_traits what pack_traits says of it.
-- Grain: spell_id. Source: raw_spells, code_list.
select
    spell_id,
    (hash(person_id::varchar) >> 1)::bigint as person_key,
    pack_cell(
        first_codes.code_no,
        year(start_date),
        sex_number(sex),
        case
            when birth_year is null then 0
            else greatest(1, least(5, (year(start_date) - birth_year) // 10 - 1))
        end,
        county_number(county_code),
        entry_day,
        coalesce(last_date - start_date + 1, 0),
        end_reason
    ) as coded_cell,
    pack_traits(
        start_date,
        degree_pct,
        false,
        nullif(last_codes.code_no, first_codes.code_no),
        nullif(longest_codes.code_no, first_codes.code_no)
    ) as spell_traits,
    gap_days
from raw_spells
join code_list as first_codes on coalesce(raw_spells.code, '') = first_codes.code
join code_list as last_codes on coalesce(raw_spells.code_last, '') = last_codes.code
join code_list as longest_codes on coalesce(raw_spells.code_longest, '') = longest_codes.code
