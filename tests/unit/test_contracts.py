"""Contracts: every column has a unit, every broken file its whole message."""

from __future__ import annotations

import polars as pl
import pytest

from fmbstats.errors import SourceError
from fmbstats.sources.check_files import all_contracts
from fmbstats.sources.registers.checking import polars_schema, read_rows, split_rows
from fmbstats.sources.registers.contracts import (
    TYPES,
    UNITS,
    Column,
    Contract,
    RowRule,
)
from fmbstats.sources.textfiles import check_bytes, read_text

SPELLS = Contract(
    name="spells",
    title="invented spells",
    columns=(
        Column("id", "int", "id", min=1),
        Column("sex", "text", "none", ("women", "men")),
        Column("start", "date", "date", min="2010-01-01"),
        Column("end", "date", "date", nullable=True),
        Column("degree", "number", "share", (0.25, 0.5, 0.75, 1)),
        Column("county", "text", "code", pattern=r"\d\d"),
        Column("code", "code", "code", nullable=True, null_values=("-00",)),
        Column("is_last", "bool", "none"),
    ),
    key=("id",),
    rules=(
        RowRule("end", "the spell ends before it starts", lambda: pl.col("end") < pl.col("start")),
    ),
)
EXPECTED = "Expected invented spells: id, sex, start, end, degree, county, code, is_last."
HEADER = "id,sex,start,end,degree,county,code,is_last"
GOOD = "1,women,2015-01-01,2015-02-01,0.5,01,F32,true"
TABS = Contract(
    "t", "tabs", (Column("a", "int", "days"), Column("b", "int", "days")), separator="\t"
)
WINDOWS = Contract(
    "w", "places", (Column("a", "text", "none"), Column("b", "int", "days")), encoding="cp1252",
    separator=";",
)  # fmt: skip

#: name, bytes of the file, contract, whole message
REFUSED = {
    "empty": (b"", SPELLS, "x.csv: the file is empty. Fetch or export it again."),
    "blank": (
        b"\xef\xbb\xbf \r\n\n",
        SPELLS,
        "x.csv: the file is empty. Fetch or export it again.",
    ),
    "no rows": (
        HEADER.encode() + b"\n",
        SPELLS,
        "x.csv: a header but no rows. Fetch or export the file again.",
    ),
    "NUL byte": (
        f"{HEADER}\n{GOOD}\n2,wo".encode() + b"\0men\n",
        SPELLS,
        "x.csv, line 3: a NUL byte; expected text in utf-8. The file is damaged or not plain "
        "text: fetch it again.",
    ),
    "UTF-16": (
        f"{HEADER}\n{GOOD}\n".encode("utf-16"),
        SPELLS,
        "x.csv: is written in UTF-16; expected utf-8. Save it again in utf-8.",
    ),
    "UTF-32": (
        f"{HEADER}\n{GOOD}\n".encode("utf-32"),
        SPELLS,
        "x.csv: is written in UTF-32; expected utf-8. Save it again in utf-8.",
    ),
    "Windows for UTF-8": (
        f"{HEADER}\n{GOOD}\n2,män,2015-01-01,,1,01,F32,true\n".encode("cp1252"),
        SPELLS,
        "x.csv, line 3: byte 0xE4 is not utf-8. It looks like cp1252 (Windows). Save the file "
        "again in utf-8.",
    ),
    "UTF-8 for Windows": (
        "a;b\nGävleborg;3\n".encode(),
        WINDOWS,
        "x.csv: is written in UTF-8; expected cp1252 (Windows). Save it again in cp1252.",
    ),
    "no Windows character": (
        b"a;b\nG\x81vleborg;3\n",
        WINDOWS,
        "x.csv, line 2: byte 0x81 is not cp1252. Save the file again in cp1252.",
    ),
    "cut in a character": (
        f"{HEADER}\n{GOOD}\n2,mä".encode()[:-1],
        SPELLS,
        "x.csv: ends in the middle of a utf-8 character; the file is cut off. Fetch it again.",
    ),
    "cut in a line": (
        f"{HEADER}\n{GOOD}\n2,women,2015-0".encode(),
        SPELLS,
        "x.csv, line 3: the last line has 3 of 8 fields; the file is cut off. Fetch it again.",
    ),
    "cut in a quoted line": (
        f'{HEADER}\n1,"women",2015-01-01,,1,01,F32,true\n2,women\n'.encode(),
        SPELLS,
        "x.csv, line 3: the last line has 2 of 8 fields; the file is cut off. Fetch it again.",
    ),
    "open quotation mark": (
        f'{HEADER}\n{GOOD}\n2,"women,2015-01-01,,1,01,F32,true\n'.encode(),
        SPELLS,
        "x.csv, line 3: a quotation mark is not closed; the file is cut off or damaged. "
        "Fetch it again.",
    ),
    "workbook for text": (
        b"PK\x03\x04" + b"\x14" * 40,
        SPELLS,
        "x.csv: is an Excel workbook or another archive; expected text in utf-8. Save the sheet "
        "as a text file.",
    ),
    "missing column": (
        b"id,sex,start,end,county,code,is_last\n1,2,3,4,5,6,7\n",
        SPELLS,
        f"x.csv, line 1: column 'degree' is missing. {EXPECTED}",
    ),
    "two missing, one extra": (
        b"id,sex,begin,end,county,code,is_last\n1,2,3,4,5,6,7\n",
        SPELLS,
        "x.csv, line 1: columns 'start', 'degree' are missing; column 'begin' is not expected. "
        + EXPECTED,
    ),
    "extra column": (
        f"{HEADER},note\n{GOOD},x\n".encode(),
        SPELLS,
        f"x.csv, line 1: column 'note' is not expected. {EXPECTED}",
    ),
    "column twice": (
        b"id,sex,start,end,degree,county,code,sex\n" + GOOD.encode(),
        SPELLS,
        f"x.csv, line 1: column 'sex' is there more than once. {EXPECTED}",
    ),
    "swapped columns": (
        b"id,sex,end,start,degree,county,code,is_last\n" + GOOD.encode(),
        SPELLS,
        f"x.csv, line 1: columns 'end', 'start' are not in the expected order. {EXPECTED}",
    ),
    "semicolons for commas": (
        f"{HEADER}\n{GOOD}\n".replace(",", ";").encode(),
        SPELLS,
        "x.csv, line 1: the fields are separated by ';'; expected ','. Export it again with that "
        "separator.",
    ),
    "commas for tabs": (
        b"a,b\n1,2\n",
        TABS,
        "x.csv, line 1: the fields are separated by ','; expected tab. Export it again with that "
        "separator.",
    ),
    "no header": (
        b"1,women,2015-01-01,2015-02-01,0.5,01,F32,true\n",
        SPELLS,
        "x.csv, line 1: columns 'id', 'sex', 'start', 'end', 'degree', 'county', 'code', "
        "'is_last' are missing; columns '1', 'women', '2015-01-01', '2015-02-01', '0.5', '01', "
        f"'F32', 'true' are not expected. {EXPECTED}",
    ),
}

#: line as it stands, column and reason of each fault
BAD_ROWS = {
    "2,X,2015-01-01,,1,01,F32,true": [("sex", "'X' is not one of 'women', 'men'")],
    "x,men,2015-01-01,,1,01,F32,true": [("id", "'x' is not a whole number")],
    "2.5,men,2015-01-01,,1,01,F32,true": [("id", "'2.5' is not a whole number")],
    "0,men,2015-01-01,,1,01,F32,true": [("id", "'0' is below 1")],
    ",men,2015-01-01,,1,01,F32,true": [("id", "is missing")],
    "2,men,2015-01-1,,1,01,F32,true": [("start", "'2015-01-1' is not a date (YYYY-MM-DD)")],
    "2,men,2015-02-30,,1,01,F32,true": [("start", "'2015-02-30' is not a date (YYYY-MM-DD)")],
    "2,men,1915-01-01,,1,01,F32,true": [("start", "'1915-01-01' is below 2010-01-01")],
    "2,men,2015-01-02,2015-01-01,1,01,F32,true": [("end", "the spell ends before it starts")],
    "2,men,2015-01-01,,0.3,01,F32,true": [("degree", "'0.3' is not one of 0.25, 0.5, 0.75, 1")],
    "2,men,2015-01-01,,inf,01,F32,true": [("degree", "'inf' is not a number")],
    "2,men,2015-01-01,,1,1,F32,true": [("county", r"'1' does not have the form \d\d")],
    "2,men,2015-01-01,,1,01,F32,yes": [("is_last", "'yes' is not true or false")],
    "2,X,2015-01-01,,9,01,F32,": [
        ("sex", "'X' is not one of 'women', 'men'"),
        ("degree", "'9' is not one of 0.25, 0.5, 0.75, 1"),
        ("is_last", "is missing"),
    ],
    "2,men,2015-01-01": [("", "3 fields, expected 8")],
    "2,men,2015-01-01,,1,01,F32,true,more": [("", "9 fields, expected 8")],
}


@pytest.fixture
def write(tmp_path):
    def write_file(data, name="x.csv"):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return write_file


@pytest.mark.parametrize("case", REFUSED)
def test_a_broken_file_is_refused_with_its_message(write, case):
    data, contract, message = REFUSED[case]
    with pytest.raises(SourceError) as error:
        read_rows(write(data), contract)
    assert str(error.value) == message
    assert error.value.exit_code == 11


@pytest.mark.parametrize(
    "case",
    [
        "empty", "NUL byte", "UTF-16", "UTF-32", "Windows for UTF-8",
        "no Windows character", "cut in a character", "workbook for text",
    ],
)  # fmt: skip
def test_one_pass_over_a_large_file_says_the_same(write, case):
    data, contract, message = REFUSED[case]
    with pytest.raises(SourceError) as error:
        check_bytes(write(data), contract.encoding)
    assert str(error.value) == message


def test_a_fault_behind_the_first_chunk_has_its_line(write):
    lines = (GOOD + "\n").encode() * 120_000
    path = write(lines + b"2,m\xe4n\n" + lines)
    for read in (check_bytes, read_text):
        with pytest.raises(SourceError, match=r"^x\.csv, line 120001: byte 0xE4 is not utf-8\."):
            read(path)


def test_missing_and_unreadable_paths(tmp_path):
    for read in (check_bytes, read_text):
        with pytest.raises(SourceError) as error:
            read(tmp_path / "none.csv")
        assert str(error.value) == f"none.csv: no such file in {tmp_path}."
        with pytest.raises(SourceError) as error:
            read(tmp_path)
        assert str(error.value) == f"{tmp_path.name}: is a folder; expected a file."


@pytest.mark.parametrize("line", BAD_ROWS)
def test_a_bad_row_is_rejected_with_line_column_and_reason(write, line):
    rows = read_rows(write(f"{HEADER}\n{GOOD}\n{line}\n3{GOOD[1:]}\n"), SPELLS)
    found = [(r["file"], r["line"], r["column"], r["reason"]) for r in rows.rejects.to_dicts()]
    assert found == [("x.csv", 3, column, reason) for column, reason in BAD_ROWS[line]]
    assert (rows.n_read, rows.n_rejected, rows.n_rows) == (3, 1, 2)
    assert rows.good["line"].to_list() == [2, 4]


def test_quoted_fields_are_judged_alike_and_keep_their_lines(write):
    quoted = '2,"X","2015-01-01",,1,01,"F32",true'
    rows = read_rows(write(f'{HEADER}\n1,"women",2015-01-01,,1,01,"F\n3",true\n{quoted}\n'), SPELLS)
    assert rows.rejects.row(0) == ("x.csv", 4, "sex", "X", "'X' is not one of 'women', 'men'")
    assert rows.n_read == 2


def test_typed_values_and_missing_ones(write):
    rows = read_rows(write(f"\ufeff{HEADER}\r\n1, women ,2015-01-01,,.5,01,-00,True\r\n"), SPELLS)
    assert rows.good.drop("line").row(0) == (
        1, "women", pl.Series(["2015-01-01"]).str.to_date()[0], None, 0.5, "01", None, True,
    )  # fmt: skip
    schema = {**polars_schema(SPELLS), "line": pl.Int64()}
    assert dict(rows.good.schema) == schema


def test_repeated_rows_are_dropped_and_contradictory_ones_rejected(write):
    other = GOOD.replace("women", "men")
    rows = read_rows(write(f"{HEADER}\n{GOOD}\n{GOOD}\n2{GOOD[1:]}\n2{other[1:]}\n"), SPELLS)
    assert (rows.n_duplicates, rows.n_rejected, rows.n_rows) == (1, 2, 1)
    assert rows.rejects["reason"].unique().to_list() == [
        "the key (id) occurs again with other content"
    ]
    assert rows.rejects["line"].to_list() == [4, 5]


def test_order_changes_nothing(write):
    lines = [GOOD, GOOD, f"2{GOOD[1:]}", f"2{GOOD[1:]}".replace("women", "men"), "3,X,,,,,,"]
    forward = read_rows(write("\n".join([HEADER, *lines])), SPELLS)
    backward = read_rows(write("\n".join([HEADER, *reversed(lines)])), SPELLS)
    for field in ("n_read", "n_rejected", "n_duplicates", "n_rows"):
        assert getattr(forward, field) == getattr(backward, field)
    assert forward.good.drop("line").rows() == backward.good.drop("line").rows()


def test_unknown_codes_are_kept_and_counted(write):
    rows = read_rows(
        write(
            f"{HEADER}\n{GOOD}\n2,men,2015-01-01,,1,01,zz,true\n3,men,2015-01-01,,1,01,F43.8A,true\n"
        ),
        SPELLS,
    )
    assert (rows.n_rows, rows.n_malformed_codes) == (3, 1)
    assert rows.good["code"].to_list() == ["F32", "zz", "F43.8A"]


def test_hostile_values_are_shown_as_text_and_cut(write):
    rows = read_rows(write(f"{HEADER}\n1,{'<script>' * 50},2015-01-01,,1,01,F32,true\n"), SPELLS)
    reason = rows.rejects["reason"][0]
    assert reason.endswith("<scr' is not one of 'women', 'men'")
    assert len(reason) < 120


def test_decimal_commas(write):
    contract = Contract(
        "d", "degrees", (Column("a", "int", "id"), Column("b", "number", "share")), separator=";",
        decimal=",",
    )  # fmt: skip
    rows = read_rows(write("a;b\n1;0,25\n2;1 000\n"), contract)
    assert rows.good["b"].to_list() == [0.25]
    assert rows.rejects["reason"].to_list() == ["'1 000' is not a number"]


def test_optional_and_additional_columns(write):
    contract = Contract(
        "o",
        "open table",
        (Column("a", "int", "id"), Column("b", "int", "days", is_required=False)),
        is_ordered=False,
        is_extra_allowed=True,
    )
    assert read_rows(write("z,a\n9,1\n"), contract).good.columns == ["a", "line"]
    assert read_rows(write("b,z,a\n9,8,1\n"), contract).good.columns == ["a", "b", "line"]


def test_split_rows_takes_a_frame_of_text():
    frame = pl.DataFrame({"a": ["1", "x"], "b": ["2", "3"], "line": [1, 2]})
    rows = split_rows(frame, TABS, "f")
    assert rows.good.rows() == [(1, 2, 1)]


@pytest.mark.parametrize("contract", all_contracts(), ids=lambda c: c.name)
def test_every_column_of_every_table_has_type_and_unit(contract):
    assert contract.title
    assert contract.columns
    assert contract.encoding in ("utf-8", "cp1252")
    for column in contract.columns:
        assert column.type in TYPES
        assert column.unit in UNITS
        assert (column.unit == "date") == (column.type == "date")
        if column.name.endswith("_days") or column.name.endswith("_day"):
            assert column.unit == "days", column.name
        if column.name.startswith("n_"):
            assert column.unit in ("spells", "persons", "certificates", "rows"), column.name
        if column.allowed is not None:
            assert len(set(column.allowed)) == len(column.allowed)


def test_every_source_has_a_contract():
    names = {c.name for c in all_contracts()}
    assert {
        "midas", "spells", "certificates", "fk_workbook", "published_bands", "fk_open",
        "literature", "inera_export", "srs_quantiles", "fmb_cases",
    } <= names  # fmt: skip


def test_a_contract_that_contradicts_itself_is_our_own_mistake():
    with pytest.raises(AssertionError, match="unit"):
        Column("a", "int", "furlongs")
    with pytest.raises(AssertionError, match="key"):
        Contract("c", "t", (Column("a", "int", "id"),), key=("b",))
    with pytest.raises(AssertionError, match="declared twice"):
        Contract("c", "t", (Column("a", "int", "id"), Column("a", "int", "id")))
