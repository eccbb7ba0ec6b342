-- The groups of persons by start year that the ledger has, in words.
-- Grain: group_no. Source: mart_cells.
select
    group_no,
    cell_year(cell) as start_year,
    cell_sex(cell) as sex,
    cell_age_group(cell) as age_group,
    cell_county(cell) as county_code
from (select distinct group_no, group_no::bigint << 27 as cell from mart_cells)
order by group_no
