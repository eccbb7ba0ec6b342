-- Cells of the ledger in their order: by entry, code and period first.
-- Grain: cell. Source: stg_sorted_cells.
-- Run by polars, which counts what is sorted in one passage and leaves it sorted.
select cell, count(*) as n from stg_sorted_cells group by cell
