-- Every code of the register x every stretch of days with one answer: the recommendation that
-- matches it, or none. The stretches of a code cover all days and never overlap, so an equi-join
-- on the code and a comparison of days finds exactly one. The missing code is ''.
-- Grain: code_key, valid_from; stretches without a match share their code's answer_no.
-- Source: stg_codes, raw_matches, raw_code_entries.
with edges as (
    select code, date '0001-01-01' as valid_from from stg_codes
    union
    select code, valid_from from raw_matches
    union
    select code, valid_to as valid_from from raw_matches where valid_to < date '9999-12-31'
),
stretches as (
    select
        code,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by code order by valid_from), date '9999-12-31'
        ) as valid_to
    from edges
)
select
    (dense_rank() over (order by entry_id, stretches.code, match_id) - 1)::integer as answer_no,
    stretches.code as code_key,
    stretches.valid_from,
    stretches.valid_to,
    match_id,
    match_level,
    entry_id
from stretches
left join raw_matches as matches
    on stretches.code = matches.code
    and stretches.valid_from >= matches.valid_from
    and stretches.valid_from < matches.valid_to
left join raw_code_entries as entries
    on stretches.code = entries.code
order by answer_no, stretches.valid_from
