-- The ledger in parts that follow each other: the answers from first_no to last_no, as many as have
-- about max_numbers spells together. An answer is never cut in two.
-- Grain: part. Source: stg_matched_spells, the variable max_numbers.
with answers as (
    select cell_answer(cell) as answer_no, count(*) as n
    from stg_matched_spells
    group by all
),
parts as (
    select
        answer_no,
        (sum(n) over (order by answer_no) - n) // getvariable('max_numbers') as part_no
    from answers
)
select min(answer_no) as first_no, max(answer_no) as last_no
from parts
group by part_no
order by part_no
