-- The ledger under other, equally reasonable readings of the register, without groups of persons:
-- the ledger itself with the few cells that differ. A view: filters on code, entry and year reach
-- the tables, so one diagnosis costs little, and nothing is stored three times.
-- Grain: basis and all other columns but n. Source: mart_lengths, stg_answers, mart_basis_changes.
with readings as (
    select
        basis,
        code,
        entry_id,
        match_id,
        start_year,
        cell_entry_day(course) as entry_day,
        cell_days(course) as duration_day,
        cell_end_reason(course) as end_reason,
        n
    from mart_lengths
    join stg_answers using (answer_no),
    (values ('gap_0'), ('gap_14'), ('last'), ('longest')) as bases (basis)
    union all
    select
        basis,
        code,
        entry_id,
        match_id,
        start_year,
        entry_day,
        duration_day,
        end_reason,
        n
    from mart_basis_changes
)
select
    basis,
    code,
    entry_id,
    match_id,
    start_year,
    entry_day,
    duration_day,
    end_reason,
    sum(n)::integer as n
from readings
group by all
having sum(n) <> 0
