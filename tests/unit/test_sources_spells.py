"""Plain spell tables: mapping, header, single rows, blocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from fmbstats.errors import SourceError, UnknownNameError
from fmbstats.sources.registers import spells
from fmbstats.sources.registers.blocks import read_blocks
from fmbstats.sources.registers.mapping import FileMapping, read_mapping
from fmbstats.sources.registers.spell_contract import CONTRACT, dated_contract
from fmbstats.sources.registers.spellsource import RegisterSettings
from fmbstats.store import staging
from fmbstats.store.own_register import RegisterRequest, open_register
from fmbstats.store.staging import stage_register

# Of one process; what is staged is seen by its own cursor alone.
DATABASE = duckdb.connect()
HEADER = "person_id,start_date,last_date,code,sex,occupation\n"
GOOD = "p{},2017-01-{:02},2017-03-01,F43.8A,women,unemployed\n"
SETTINGS = RegisterSettings(date(2019, 6, 30))


def staged(paths, mapping=SETTINGS):
    with DATABASE.cursor() as connection:
        connection.execute("set enable_progress_bar = false")
        result = stage_register(connection, spells.read(paths, mapping), 1.0)
        return result, connection.sql("select * from raw_spells order by person_id").pl()


def write(tmp_path, body, header=HEADER, name="spells.csv"):
    path = tmp_path / name
    path.write_bytes((header + body).encode() if isinstance(body, str) else body)
    return path


def plain(rows):
    """Rows with texts for categories, which differ from block to block."""
    categories = [n for n, kind in rows.schema.items() if isinstance(kind, pl.Categorical)]
    return rows.cast(dict.fromkeys(categories, pl.String))


def test_codes_are_normalised_and_gaps_filled(tmp_path):
    path = write(tmp_path, GOOD.format(1, 1) + "p2,2019-06-01,,M54,,\n")
    result, frame = staged(path)
    first, second = frame.iter_rows(named=True)
    assert first["code"] == first["code_last"] == first["code_longest"] == "F438A"
    assert (first["entry_day"], first["end_reason"], first["last_date"]) == (
        0,
        1,
        date(2017, 3, 1),
    )
    assert (second["entry_day"], second["end_reason"], second["last_date"]) == (14, 0, None)
    assert result.info.n_rejected == 0


def test_a_malformed_code_is_kept_as_it_is(tmp_path):
    _, frame = staged(write(tmp_path, "p1,2017-01-01,2017-03-01,okänd,men,student\n"))
    assert frame["code"].to_list() == ["okänd"]


BAD = [
    ("p,2017-02-30,2017-03-01,F32,men,student", "start_date", "'2017-02-30' is not a date"),
    ("p,2017-02-1,2017-03-01,F32,men,student", "start_date", "'2017-02-1' is not a date"),
    ("p,2017/02/01,2017-03-01,F32,men,student", "start_date", "'2017/02/01' is not a date"),
    ("p,01-02-2017,2017-03-01,F32,men,student", "start_date", "'01-02-2017' is not a date"),
    ("p,2017-03-02,2017-03-01,F32,men,student", "last_date", "ends before it starts"),
    ("p,2019-07-01,,F32,men,student", "start_date", "starts after the extraction date"),
    ("p,2017-01-01,2017-03-01,F32,X,student", "sex", "'X' is not one of 'women', 'men'"),
    ("p,2017-01-01,2017-03-01,,men,student", "code", "is missing"),
    (",2017-01-01,2017-03-01,F32,men,student", "person_id", "is missing"),
    ("p,2017-01-01,2017-03-01,F32,men", "", "5 fields, expected 6"),
    ("p,2017-01-01,2017-03-01,F32,men,student,1", "", "7 fields, expected 6"),
    ('p,2017-01-01,2017-03-01,"F32,men,student', "", "a quotation mark is not closed"),
    ("p,2017-01-01,2017-01-14,F32,men,employed", "last_date", "the spell ends on day 14, but"),
]


@pytest.fixture(scope="module")
def among_good(tmp_path_factory):
    """All bad rows in one file, each with three good ones behind it."""
    good = (GOOD.format(n, n % 28 + 1) for n in range(1, 3 * len(BAD) + 1))
    body = "".join(f"{row}\n{next(good)}{next(good)}{next(good)}" for row, *_ in BAD)
    return staged(write(tmp_path_factory.mktemp("bad"), body))


def test_good_rows_are_kept_beside_bad_ones(among_good):
    result, frame = among_good
    assert set(frame["person_id"]) == {f"p{n}" for n in range(1, 3 * len(BAD) + 1)}
    assert (result.info.n_rows_read, result.info.n_rejected) == (4 * len(BAD), len(BAD))


@pytest.mark.parametrize("number", range(len(BAD)), ids=[row for row, *_ in BAD])
def test_a_bad_row_is_rejected_with_line_and_reason(among_good, number):
    _, column, reason = BAD[number]
    rejects = among_good[0].rejects.filter(pl.col("line") == 4 * number + 2)
    assert rejects.select("file", "column").rows() == [("spells.csv", column)]
    assert reason in rejects["reason"][0]


def test_when_all_dates_are_written_day_first_the_key_to_set_is_named(tmp_path):
    body = "".join(f"p{n},{n:02}/01/2017,01/03/2017,F32,men,student\n" for n in range(1, 29))
    with pytest.raises(SourceError) as error:
        staged(write(tmp_path, body))
    assert str(error.value) == (
        "spells.csv, column 'start_date': holds days written as DD/MM/YYYY (2 January 2014 would "
        'be 02/01/2014). Set [file] dates = "DD/MM/YYYY" in a mapping (fmbstats build --mapping '
        "FILE.toml)."
    )


def test_quoted_fields_may_hold_the_separator(tmp_path):
    rows = '"p,1","2017-01-01","2017-03-01","F32","men","student"\n' + GOOD.format(2, 2)
    result, frame = staged(write(tmp_path, rows))
    assert frame["person_id"].to_list() == ["p,1", "p2"]
    assert result.info.n_rejected == 0


def test_one_key_with_two_contents_rejects_both_and_keeps_neither(tmp_path):
    body = (
        GOOD.format(1, 1)
        + "p1,2017-01-01,2017-04-01,F32,men,student\n"
        + GOOD.format(2, 2)
        + GOOD.format(2, 2)
    )
    result, frame = staged(write(tmp_path, body))
    assert frame["person_id"].to_list() == ["p2"]
    assert (result.info.n_rows_read, result.info.n_duplicates, result.info.n_rejected) == (4, 1, 2)
    assert result.rejects["line"].to_list() == [2, 3]
    assert set(result.rejects["reason"]) == {
        "the key (person_id, start_date) occurs again with other content"
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "spells.csv: the file is empty"),
        (HEADER.encode(), "spells.csv: a header but no rows"),
        (HEADER.replace(",", ";").encode() + b"x\n", "separated by ';'; expected ','"),
        (HEADER.replace("code", "kod").encode() + b"x\n", "column 'code' is missing"),
        (HEADER.encode() + b"p\0,2017-01-01,,F32,,\n", "line 2: a NUL byte"),
        (HEADER.encode() + b"p\xe5,2017-01-01,,F32,,\n", "line 2: byte 0xE5 is not utf-8"),
        (
            HEADER.encode() + GOOD.format(1, 1).encode() + b"p2,2017-01",
            "line 3: the last line has 2 of 6 fields",
        ),
    ],
)
def test_a_damaged_file_is_refused_whole(tmp_path, content, message):
    path = write(tmp_path, content)
    with pytest.raises(SourceError) as error:
        staged(path)
    assert message in str(error.value)


def test_small_blocks_give_the_same_rows_and_line_numbers(tmp_path):
    bad = "p,2017-02-30,2017-03-01,F32,men,student\n"
    lines = [GOOD.format(n, n % 28 + 1) if n % 9 else bad for n in range(1, 200)]
    path = write(tmp_path, "".join(lines))
    contract = dated_contract(SETTINGS)
    whole = list(read_blocks(path, contract))
    parts = list(read_blocks(path, contract, block_bytes=300))
    assert len(whole) == 1
    assert len(parts) > 20
    assert pl.concat([plain(b.rows) for b in parts]).equals(plain(whole[0].rows))
    assert pl.concat([b.rejects for b in parts]).equals(whole[0].rejects)
    assert whole[0].rejects["line"].to_list() == [n + 1 for n in range(1, 200) if n % 9 == 0]


def test_a_first_block_without_one_whole_line_is_rejected_and_the_rest_is_read(tmp_path):
    good = [GOOD.format(n, n) for n in range(1, 9)]
    path = write(tmp_path, "x\n" * 400 + "".join(good))
    blocks = list(read_blocks(path, dated_contract(SETTINGS), block_bytes=300))
    assert sum(block.n_rejected for block in blocks) == 400
    assert sum(len(block.rows) for block in blocks) == len(good)


@pytest.mark.parametrize("note", ["", ",x"])
def test_a_line_too_long_and_one_too_short_do_not_make_up_for_each_other(tmp_path, note):
    mapping = replace(SETTINGS, mapping=FileMapping(columns={"code": "code"}))
    header = HEADER.rstrip() + (",note" if note else "")
    good = GOOD.format(1, 1).rstrip() + note
    path = write(
        tmp_path,
        "\n".join([good, good + ",y", good, good[: good.rindex(",")], good, ""]),
        header + "\n",
    )
    blocks = list(read_blocks(path, dated_contract(mapping)))
    n = header.count(",") + 1
    assert pl.concat([b.rejects for b in blocks]).select("line", "reason").rows() == [
        (3, f"{n + 1} fields, expected {n}"),
        (5, f"{n - 1} fields, expected {n}"),
    ]


def test_parquet_rows_are_judged_like_text(tmp_path):
    frame = pl.DataFrame(
        {
            "person_id": ["a", "b", "c"],
            "start_date": [date(2017, 1, 1)] * 3,
            "last_date": [date(2017, 3, 1), date(2016, 1, 1), None],
            "code": ["F32"] * 3,
            "sex": ["men", "men", "X"],
        }
    )
    path = tmp_path / "spells.parquet"
    frame.write_parquet(path)
    result, back = staged(path)
    assert back["person_id"].to_list() == ["a"]
    assert result.rejects.select("line", "column").rows() == [(2, "last_date"), (3, "sex")]
    (tmp_path / "cut.parquet").write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceError, match=r"cut\.parquet: is not a whole Parquet file"):
        staged(tmp_path / "cut.parquet")


TOML = """
[register]
name = "Region Exempel"
extraction_date = 2019-06-30
[file]
separator = ";"
[columns]
person_id = "lopnr"
start_date = "from"
last_date = "tom"
code = "diagnos"
sex = "kon"
[values.sex]
1 = "men"
2 = "women"
"""


def test_a_mapping_reads_a_foreign_table(tmp_path):
    mapping = write(tmp_path, TOML.encode(), name="mapping.toml")
    body = "7;2017-01-01;2017-03-01;F32;2;x\n8;2017-01-01;2017-03-01;F32;3;x\n"
    path = write(tmp_path, body, "lopnr;from;tom;diagnos;kon;annat\n")
    request = RegisterRequest((path,), mapping=mapping)
    with DATABASE.cursor() as connection:
        result = stage_register(connection, open_register(request), 1.0)
        frame = connection.sql("select * from raw_spells").pl()
    assert frame.select("person_id", "sex", "code").rows() == [("7", "women", "F32")]
    assert result.info.name == "Region Exempel"
    assert result.rejects["reason"].to_list() == ["'3' is not one of '1', '2', 'women', 'men'"]


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        (
            "2019-06-30",
            '"i somras"',
            SourceError,
            "extraction_date: 'i somras' came; expected a date",
        ),
        ("[file]", "[fil]", UnknownNameError, "'fil' is unknown. Did you mean 'file'"),
        ("person_id =", "persn_id =", UnknownNameError, "Did you mean 'person_id'"),
        ("[columns]", "[columns", SourceError, "is not TOML"),
        ('";"', '"||"', SourceError, "separator: '||' came; expected one character"),
        ('";"', "59", SourceError, "separator: 59 came; expected one character"),
        (
            'separator = ";"',
            'encoding = "cp1"',
            SourceError,
            "encoding: 'cp1' came; expected one such as",
        ),
    ],
)
def test_a_faulty_mapping_is_refused(tmp_path, old, new, error, message):
    path = write(tmp_path, TOML.replace(old, new).encode(), name="mapping.toml")
    with pytest.raises(error) as raised:
        read_mapping(path, [CONTRACT])
    assert message in str(raised.value)
    with pytest.raises(SourceError, match="no such file"):
        read_mapping(Path(tmp_path / "none.toml"))


def test_a_column_that_is_no_diagnosis_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(staging, "MAX_CODES", 5)
    body = "".join(f"p{n},2017-01-01,2017-03-01,okänd {n},men,student\n" for n in range(3))
    assert staged(write(tmp_path, body))[1].height == 3
    with pytest.raises(SourceError) as caught:
        staged(write(tmp_path, body + "p9,2017-01-01,2017-03-01,F32,men,student\n"))
    assert str(caught.value) == (
        "The register has 5 different codes. That is no column of diagnoses; mend the file or its "
        "mapping."
    )
