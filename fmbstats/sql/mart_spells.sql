-- One row per spell with the recommendation in force on its first day.
-- Grain: spell_id. Source: stg_spells, raw_matches (code x validity, never overlapping), raw_code_entries.
select
    spells.*,
    matches.match_id,
    entries.entry_id
from stg_spells as spells
left join raw_matches as matches
    on spells.code = matches.code
    and spells.start_date >= matches.valid_from
    and spells.start_date < matches.valid_to
left join raw_code_entries as entries
    on spells.code = entries.code
order by entries.entry_id, spells.code, spells.start_year, spells.spell_id
