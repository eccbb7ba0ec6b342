-- A cell of the ledger as one whole number, so that millions of spells are grouped and sorted by
-- one column. From the top: 18 bits for the answer to its code and first day (stg_answers), 6 start
-- year since 1990, 2 sex, 3 age group, 7 county, 9 entry day, 15 days, 3 end reason.
-- 127 is the unknown county; 0 the unknown sex and age group.
create or replace macro pack_cell(answer_no, start_year, sex_no, age_no, county_no, entry_day, duration_day, end_reason) as
    ((((((answer_no::bigint * 64 + start_year - 1990) * 4 + sex_no) * 8 + age_no) * 128 + county_no)
    * 512 + entry_day) * 32768 + duration_day) * 8 + end_reason;
create or replace macro cell_answer(cell) as (cell >> 45)::integer;
create or replace macro cell_year(cell) as (((cell >> 39) & 63) + 1990)::smallint;
create or replace macro cell_sex(cell) as (['unknown', 'women', 'men'])[((cell >> 37) & 3) + 1];
create or replace macro cell_age_group(cell) as
    (['unknown', '16-29', '30-39', '40-49', '50-59', '60+'])[((cell >> 34) & 7) + 1];
create or replace macro cell_county(cell) as
    case
        when ((cell >> 27) & 127) = 127 then 'unknown'
        else substr(
            '0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849'
            || '5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899',
            2 * ((cell >> 27) & 127)::integer + 1,
            2
        )
    end;
create or replace macro cell_entry_day(cell) as ((cell >> 18) & 511)::smallint;
create or replace macro cell_days(cell) as ((cell >> 3) & 32767)::integer;
create or replace macro cell_end_reason(cell) as (cell & 7)::tinyint;
create or replace macro sex_number(sex) as case sex when 'women' then 1 when 'men' then 2 else 0 end;
create or replace macro age_group_number(age_group) as
    coalesce(list_position(['16-29', '30-39', '40-49', '50-59', '60+'], age_group), 0);
-- Other readings of the register (stg_basis_changes), in the order of their names.
create or replace macro basis_number(basis) as list_position(['gap_0', 'gap_14', 'last', 'longest'], basis)::tinyint;
create or replace macro basis_name(basis_no) as (['gap_0', 'gap_14', 'last', 'longest'])[basis_no];
create or replace macro county_number(county_code) as coalesce(try_cast(county_code as integer), 127);
-- The same cell with sex, age group and county unknown.
create or replace macro cell_without_persons(cell) as
    (cell & ~((1::bigint << 39) - (1::bigint << 27))) | (127::bigint << 27);
-- The same cell with other days and end reason.
create or replace macro cell_with_days(cell, duration_day, end_reason) as
    (cell & ~((1::bigint << 18) - 1)) | (duration_day::bigint << 3) | end_reason;
-- The same cell with another start year.
create or replace macro cell_in_year(cell, start_year) as
    (cell & ~(63::bigint << 39)) | ((start_year - 1990)::bigint << 39);
-- The code (a number of code_list) of a cell that does not have its answer yet; see coded_spells.
create or replace macro coded_code(coded_cell) as (coded_cell >> 45)::integer;
-- Such a cell with the days that are seen; at the cut-off nobody has an end reason.
create or replace macro observed_cell(coded_cell, duration_day, is_ended) as
    cell_with_days(coded_cell, duration_day, case when is_ended then coded_cell & 7 else 0 end);
-- A cell with another number on top, so much larger (or smaller): an answer in place of the code.
create or replace macro cell_moved(cell, difference) as cell + difference * (1::bigint << 45);
-- What is known of a spell beside its cell, in one number, which costs a third of writing five
-- columns. From below: 16 bits the first day since 1980, 7 degree (127 = unknown), 1 whole (one
-- segment with that degree covers all days that count), 18 last and 18 longest code where they are
-- not the first (a number of code_list + 1; 0 = the first). fmbstats/sources/registers/encoding.py packs
-- plain spell tables alike.
create or replace macro pack_traits(start_date, degree_pct, is_whole, code_last_no, code_longest_no) as
    (start_date - date '1980-01-01')::bigint
    | (coalesce(degree_pct, 127)::bigint << 16)
    | (is_whole::bigint << 23)
    | (coalesce(code_last_no + 1, 0)::bigint << 24)
    | (coalesce(code_longest_no + 1, 0)::bigint << 42);
create or replace macro traits_first_day(traits) as (traits & 65535)::integer;
create or replace macro traits_start(traits) as date '1980-01-01' + traits_first_day(traits);
create or replace macro traits_degree(traits) as nullif((traits >> 16) & 127, 127)::tinyint;
create or replace macro traits_is_whole(traits) as ((traits >> 23) & 1) = 1;
create or replace macro traits_code_last(traits) as
    nullif((traits >> 24) & 262143, 0)::integer - 1;
create or replace macro traits_code_longest(traits) as
    nullif((traits >> 42) & 262143, 0)::integer - 1;
-- A degree segment in one number. From the top: 17 bits the first day, counted from the spell's, 17
-- the last, 7 degree, 20 code (a number of code_list).
create or replace macro pack_segment(from_day, to_day, degree_pct, code_no) as
    (from_day::bigint << 44) | (to_day::bigint << 27) | (degree_pct::bigint << 20) | code_no;
create or replace macro segment_from(segment) as (segment >> 44)::integer;
create or replace macro segment_to(segment) as ((segment >> 27) & 131071)::integer;
create or replace macro segment_degree(segment) as ((segment >> 20) & 127)::tinyint;
create or replace macro segment_code(segment) as (segment & 1048575)::integer;
-- A month as a whole number, counted from January 1990; 10 bits.
create or replace macro month_number(day) as ((year(day) - 1990) * 12 + month(day) - 1)::smallint;
create or replace macro month_start(month_no) as
    make_date(1990 + month_no // 12, month_no % 12 + 1, 1);
create or replace macro county_name(county_no) as cell_county(county_no::bigint << 27);
