-- Spells of which something is known beside their code that a case rule asks for; only those.
-- Grain: spell_id. Source: spell_cells, stg_evidence (person_id, day, evidence, value; days since
-- 1980), stg_asked (code_no, evidence, value: what the rules of a code's entries ask),
-- stg_windows (evidence, days_before, last_day).
-- A fact counts when it is known by day `last_day` of the spell: later ones would be known of long
-- spells only. Of occupations the latest counts. Ages are groups: a rule holds for all of a group.
with concerned as (
    select
        spell_id,
        person_id,
        coded_code(coded_cell) as code_no,
        traits_first_day(traits) as first_day,
        cell_sex(coded_cell) as sex,
        cell_age_group(coded_cell) as age_group
    from spell_cells
    where coded_code(coded_cell) in (select code_no from stg_asked)
),
told as (
    select spell_id, code_no, facts.evidence, facts.value, facts.day
    from concerned
    join stg_evidence as facts using (person_id)
    join stg_windows as windows using (evidence)
    where facts.day between first_day - days_before and first_day + last_day - 1
),
counted as (
    select *
    from told
    qualify evidence <> 'occupation' or day = max(day) over (partition by spell_id, evidence)
),
held as (
    select spell_id, code_no, asked.evidence, asked.value
    from counted
    join stg_asked as asked using (code_no, evidence)
    where starts_with(counted.value, asked.value)
    union
    select spell_id, code_no, asked.evidence, asked.value
    from concerned
    join stg_asked as asked using (code_no)
    where asked.evidence = 'sex' and asked.value = sex
    union
    select spell_id, code_no, asked.evidence, asked.value
    from concerned
    join stg_asked as asked using (code_no)
    join stg_age_groups as ages using (age_group)
    where
        asked.evidence = 'age'
        and split_part(asked.value, '-', 1)::integer <= first_age
        and coalesce(try_cast(split_part(asked.value, '-', 2) as integer), 200) >= last_age
)
select
    spell_id,
    code_no,
    string_agg(evidence || ':' || value, ';' order by evidence, value) as known
from held
group by spell_id, code_no
