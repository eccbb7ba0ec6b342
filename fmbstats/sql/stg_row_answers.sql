-- The answer to the rows of ledgers of counts, of whose spells only the stretches are known in which
-- they began: one where all days of these have the same answer. A row without a set of possible
-- cases (valid_from is null) was matched to no recommendation when it was counted, and still is.
-- Grain: file_no, code, valid_from, start_year, start_month; answer_no is null where it cannot be
-- told. Source: in_ledger, in_months, in_basis, in_periods, stg_code_periods.
with asked as (
    select file_no, code, valid_from, start_year, start_month from in_ledger
    union
    select file_no, code, valid_from, start_year, start_month from in_months
    union
    select file_no, code, valid_from, start_year, start_month from in_basis
),
dated as (
    select
        *,
        make_date(start_year, coalesce(start_month, 1), 1) as first_day,
        first_day
        + case when start_month is null then interval 1 year else interval 1 month end as next_day
    from asked
),
stretches as (
    select
        dated.file_no,
        dated.code,
        dated.valid_from,
        start_year,
        start_month,
        greatest(first_day, coalesce(periods.valid_from, first_day)) as from_day,
        least(next_day, coalesce(periods.valid_to, next_day)) as to_day
    from dated
    left join in_periods as periods
        on dated.file_no = periods.file_no
        and dated.code = periods.code
        and dated.valid_from = set_from
)
select
    file_no,
    stretches.code,
    stretches.valid_from,
    start_year,
    start_month,
    case
        when count(distinct answer_no) = 1 then any_value(answer_no)
        when stretches.valid_from is null and count(distinct answer_no) filter (match_id is null) = 1
            then any_value(answer_no) filter (match_id is null)
    end as answer_no
from stretches
left join stg_code_periods as ours
    on stretches.code = code_key
    and from_day < to_day
    and ours.valid_from < to_day
    and ours.valid_to > from_day
group by stretches.file_no, stretches.code, stretches.valid_from, start_year, start_month
