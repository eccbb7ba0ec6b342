-- Every spell's cell of the ledger, in order.
-- Grain: spell_id. Source: stg_cells (the cells of stg_matched_spells).
-- Run by polars while all cells fit into memory: it sorts whole numbers at a fourth of what DuckDB
-- needs. DuckDB, which can spill, sorts more than that.
select cell from stg_cells order by cell
