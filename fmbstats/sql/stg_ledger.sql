-- Cells of the ledger in their order: by entry, code and period first.
-- Grain: cell. Source: stg_sorted_cells, read in its order.
-- Counted where a cell ends: half the work of grouping, as most cells hold one spell.
with numbered as (
    select cell, row_number() over () as n_so_far, lead(cell) over () as next_cell
    from stg_sorted_cells
),
ends as (
    select cell, n_so_far from numbered where next_cell is distinct from cell
)
select cell, (n_so_far - coalesce(lag(n_so_far) over (), 0))::integer as n
from ends
