-- Cells of the ledger in their order: by entry, code and period first.
-- Grain: cell. Source: stg_spells.
select cell, count(*)::integer as n
from stg_spells
group by cell
order by cell
