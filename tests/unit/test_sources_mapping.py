"""One mapping engine: what it refuses, and that a register is the same however it is written."""

from __future__ import annotations

import bz2
import gzip
import lzma
from contextlib import suppress
from datetime import date

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fmbstats.errors import SourceError, UserError
from fmbstats.sources.check_files import find_contract
from fmbstats.sources.registers.blocks import read_blocks
from fmbstats.sources.registers.losses import ONGOING, Losses, malformed_refusal
from fmbstats.sources.registers.mapping import LATEST_EXTRACTION, FileMapping, read_mapping
from fmbstats.sources.registers.person_ids import normal_ids, warn_of_identity_numbers
from fmbstats.sources.registers.remarks import Remarks
from fmbstats.sources.registers.spell_contract import CONTRACT, dated_contract
from fmbstats.sources.registers.spellsource import RegisterSettings
from fmbstats.store.check_register import check_file
from fmbstats.store.own_register import RegisterRequest, open_register, register_format
from fmbstats.store.staging import stage_register
from tests.quick import part_of

# Of one process; what is staged is seen by its own cursor alone.
DATABASE = duckdb.connect()
EXTRACTION = date(2019, 6, 30)
HEADER = "person_id,start_date,last_date,code,sex,birth_year"
ROWS = [
    (str(n), f"2017-01-{n % 28 + 1:02}", f"2017-0{n % 6 + 3}-15" if n % 9 else "", "F32",
     ("women", "men")[n % 2], str(1950 + n % 40))
    for n in range(1, 101)
]  # fmt: skip


def text(rows=ROWS, header=HEADER, separator=",", end="\n"):
    lines = [header.replace(",", separator), *(separator.join(row) for row in rows)]
    return end.join([*lines, ""])


def opened(path, mapping=None, **more):
    return open_register(RegisterRequest((path,), mapping=mapping, **more))


def source(tmp_path, content, toml=""):
    """A register opened by a mapping."""
    path, mapping = tmp_path / "r.csv", tmp_path / "m.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    mapping.write_text(f"[register]\nextraction_date = 2019-06-30\n{toml}")
    return opened(path, mapping)


def read(found):
    """The rows of a register as its spells are made of them, without where they stand in a file."""
    blocks = list(found.read_blocks(True))
    assert not any(block.n_rejected for block in blocks)
    return pl.concat([block.rows for block in blocks]).drop("place")


def spells(tmp_path, content, toml="", max_share=0.0):
    """The spells of a register, and what was said of them."""
    with DATABASE.cursor() as connection:
        connection.execute("set enable_progress_bar = false")
        staged = stage_register(connection, source(tmp_path, content, toml), max_share)
        frame = connection.sql(
            "select person_id, start_date, last_date, code, sex, birth_year from raw_spells "
            "order by all"
        ).pl()
    return staged, frame


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    return read(source(tmp_path_factory.mktemp("right"), text()))


def other(dates, missing=""):
    """The rows with other days and another word for none."""
    return [(p, dates(a), dates(b) if b else missing, *rest) for p, a, b, *rest in ROWS]


def excel(day):
    return str((date.fromisoformat(day) - date(1899, 12, 30)).days)


VARIANTS = {
    "case": (text(header=HEADER.upper()), ""),
    "order": (
        text([row[::-1] for row in ROWS], ",".join(HEADER.split(",")[::-1])), ""
    ),
    "CRLF and BOM": (b"\xef\xbb\xbf" + text(end="\r\n").encode(), ""),
    "cp1252": (
        text(header=HEADER.replace("sex", "kön")).encode("cp1252"),
        '[file]\nencoding = "cp1252"\n[columns]\nsex = "kön"',
    ),
    "separator": (text(separator=";"), '[file]\nseparator = ";"'),
    "yyyymmdd": (
        text(other(lambda d: d.replace("-", ""))), '[file]\ndates = "YYYYMMDD"'
    ),
    "midnights": (
        text(other(lambda d: f"{d} 00:00:00")), '[file]\ndates = "YYYY-MM-DD hh:mm:ss"'
    ),
    "excel": (text(other(excel)), '[file]\ndates = "excel"'),
    "missing": (
        text(other(str, "NA")), '[file]\nmissing = ["NA", "."]'
    ),
    "title lines": ("Ett uttag\n2019-07-01\n" + text(), "[file]\nheader_line = 3"),
    "values": (
        text([(*row[:4], {"women": "2", "men": "1"}[row[4]], row[5]) for row in ROWS]),
        '[values.sex]\n1 = "men"\n2 = "women"',
    ),
    "names": (
        text(header="lopnr,from,tom,diagnos,kon,fodd"),
        '[columns]\nperson_id = "lopnr"\nstart_date = "from"\nlast_date = "TOM"\n'
        'code = "diagnos"\nsex = "kon"\nbirth_year = "fodd"',
    ),
    "gzip": (gzip.compress(text().encode()), ""),
    "ids": (text([(f"00{row[0]}.0", *row[1:]) for row in ROWS]), ""),
    "codes": (text([(*row[:3], "F32.- Depressiv episod", *row[4:]) for row in ROWS]), ""),
    "two forms of days": (
        text([(*r[:2], r[2].replace("-", ""), *r[3:]) for r in ROWS]),
        '[file]\ndates = { last_date = "YYYYMMDD" }',
    ),
    "SAS points in time": (
        text(other(lambda d: date.fromisoformat(d).strftime("%d%b%Y:00:00:00").upper())),
        '[file]\ndates = "DDMONYYYY"',
    ),
    "separator at the end": (text([(*row, "") for row in ROWS], f"{HEADER},"), ""),
    "numbers of rows": (text([("1", *row) for row in ROWS], f'"",{HEADER}'), ""),
    "end of a DOS file": (text() + "\x1a", ""),
    "decimal birth years": (text([(*row[:5], f"{row[5]}.0") for row in ROWS]), ""),
}  # fmt: skip


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_register_is_the_same_however_it_is_written(tmp_path, right, variant):
    content, toml = VARIANTS[variant]
    assert read(source(tmp_path, content, toml)).equals(right)


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_its_spells_are_the_same_too(tmp_path, tmp_path_factory, variant):
    content, toml = VARIANTS[variant]
    right = spells(tmp_path_factory.mktemp("right"), text())[1]
    assert spells(tmp_path, content, toml)[1].equals(right)


def test_parts_in_a_folder_are_one_register(tmp_path, right):
    folder = tmp_path / "r"
    folder.mkdir()
    for n, part in enumerate((ROWS[:30], ROWS[30:])):
        path = folder / f"part-{n:05}.csv"
        path.write_text(text(part))
    # Blank lines, however many, make no part an empty one.
    path.write_text(path.read_text().replace("\n", "\n" * 150, 1))
    (folder / "part-00002.csv").write_text(text([]))
    (folder / "part-00003.csv").write_text("")
    pl.read_csv(text().encode()).clear().write_parquet(folder / "part-00004.parquet")
    (folder / "_SUCCESS").write_text("")
    (folder / ".part-00000.csv.crc").write_text("crc")
    with DATABASE.cursor() as connection:
        stage_register(connection, opened(folder, extraction_date=EXTRACTION), 0.0)
        found = connection.sql("select * from raw_spells").pl()
    assert found.height == right.height


def test_a_county_whose_zero_a_spreadsheet_took_is_read(tmp_path):
    path = tmp_path / "r.csv"
    rows = [(*r, ("1", "5", "14")[n % 3]) for n, r in enumerate(ROWS)]
    path.write_text(text(rows, f"{HEADER},county_code"))
    with DATABASE.cursor() as connection:
        stage_register(connection, opened(path, extraction_date=EXTRACTION), 0.0)
        found = connection.sql("select distinct county_code from raw_spells order by 1").fetchall()
    assert found == [("01",), ("05",), ("14",)]


MIDAS_HEADER = [
    "lopnr", "OMFATTNING", "DEL_FROM_DATUM", "DEL_TOM_DATUM", "FALL_FROM_DATUM", "FALL_TOM_DATUM",
    "FORSAKRADTYP_KOD", "DIAGNOS_KOD", "KON_KOD", "fodelsear", "KOMMUN_KOD", "YRKE",
]  # fmt: skip
MIDAS = [
    (str(n // 2 + 1), ("1", "0.5")[n % 2], f"2017-0{n % 2 + 2}-0{n % 5 + 1}",
     f"2017-0{n % 2 + 3}-01", "2017-01-01", ("2017-04-01", "")[n // 2 % 7 == 0], "8", "F32", "2",
     "1970", "0180", "snickare")
    for n in range(80)
]  # fmt: skip
MIDAS_VARIANTS = {
    "case": lambda h, rows: ([n.lower() for n in h], rows, "utf-8", ""),
    "order": lambda h, rows: (h[::-1], [r[::-1] for r in rows], "utf-8", ""),
    "cp1252": lambda h, rows: (
        [n.replace("YRKE", "FÖRE YRKE") for n in h], rows, "cp1252", '[file]\nencoding = "cp1252"'
    ),
    "decimal comma": lambda h, rows: (
        h, [(r[0], r[1].replace(".", ","), *r[2:]) for r in rows], "utf-8", '[file]\ndecimal = ","'
    ),
    "yyyymmdd": lambda h, rows: (
        h, [(*r[:2], *(d.replace("-", "") for d in r[2:6]), *r[6:]) for r in rows], "utf-8",
        '[file]\ndates = "YYYYMMDD"',
    ),
}  # fmt: skip


def midas_file(path, header, rows, encoding="utf-8"):
    path.write_bytes("\n".join("\t".join(r) for r in (header, *rows)).encode(encoding) + b"\n")
    return path


def midas_source(tmp_path, files, toml=""):
    mapping = tmp_path / "m.toml"
    mapping.write_text(f"[register]\nextraction_date = 2019-06-30\n{toml}")
    return open_register(RegisterRequest(tuple(files), mapping=mapping))


def midas_spells(tmp_path, files, toml=""):
    with DATABASE.cursor() as connection:
        connection.execute("set enable_progress_bar = false")
        stage_register(connection, midas_source(tmp_path, files, toml), 0.0)
        return (
            connection.sql("select * exclude (spell_id) from raw_spells order by all").pl(),
            connection.sql("select * exclude (spell_id) from raw_segments order by all").pl(),
        )


@pytest.fixture(scope="module")
def right_midas(tmp_path_factory):
    folder = tmp_path_factory.mktemp("midas")
    return read(midas_source(folder, [midas_file(folder / "m.txt", MIDAS_HEADER, MIDAS)]))


@pytest.mark.parametrize("variant", MIDAS_VARIANTS)
def test_a_midas_extract_is_the_same_however_it_is_written(tmp_path, right_midas, variant):
    header, rows, encoding, toml = MIDAS_VARIANTS[variant](MIDAS_HEADER, MIDAS)
    path = midas_file(tmp_path / "v.txt", header, rows, encoding)
    found = read(midas_source(tmp_path, [path], toml))
    assert found.equals(right_midas)
    assert found.height == 80


@pytest.mark.slow
@pytest.mark.parametrize("variant", MIDAS_VARIANTS)
def test_the_spells_of_a_midas_extract_are_the_same_too(tmp_path, tmp_path_factory, variant):
    folder = tmp_path_factory.mktemp("midas")
    right = midas_spells(folder, [midas_file(folder / "m.txt", MIDAS_HEADER, MIDAS)])
    header, rows, encoding, toml = MIDAS_VARIANTS[variant](MIDAS_HEADER, MIDAS)
    found = midas_spells(tmp_path, [midas_file(tmp_path / "v.txt", header, rows, encoding)], toml)
    assert all(a.equals(b) for a, b in zip(found, right, strict=True))


def test_a_midas_extract_in_several_files_is_one(tmp_path):
    right = midas_spells(tmp_path, [midas_file(tmp_path / "m.txt", MIDAS_HEADER, MIDAS)])
    parts = [midas_file(tmp_path / f"m{n}.txt", MIDAS_HEADER, MIDAS[n::3]) for n in range(3)]
    found = midas_spells(tmp_path, parts)
    assert all(a.equals(b) for a, b in zip(found, right, strict=True))
    assert right[0].height == 40


MONTHS = (
    "jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"
)  # fmt: skip
LOOKS = {
    "yyyymmdd": (other(lambda d: d.replace("-", "")), 'dates = "YYYYMMDD"'),
    "midnights": (other(lambda d: f"{d}T00:00:00"), 'dates = "YYYY-MM-DD hh:mm:ss"'),
    "day first": (other(lambda d: ".".join(d.split("-")[::-1])), 'dates = "DD.MM.YYYY"'),
    "day or month first": (
        other(lambda d: "05/06/2014"),
        'may be written as "DD/MM/YYYY" or as "MM/DD/YYYY"',
    ),
    "no zeros": (other(lambda d: f"{int(d[8:])}.{int(d[5:7])}.{d[:4]}"), 'dates = "DD.MM.YYYY"'),
    "names of months": (
        other(lambda d: f"{d[8:]}-{MONTHS[int(d[5:7]) - 1]}-{d[:4]}"),
        'dates = "DD-MON-YYYY"',
    ),
    "instants": (other(lambda d: f"{d}T00:00:00+01:00"), 'time_zone = "Europe/Stockholm"'),
    "serial": (other(excel), "holds numbers, not dates. Say what they are with [file] dates ="),
    "NA": (other(str, "NA"), "11 of the rows looked at hold 'NA'"),
    "the first day of a program": (other(str, "1900-01-01"), '[file] missing = ["1900-01-01"]'),
    "a mark with a backslash": (other(str, "\\N"), "[file] missing = ['\\N']"),
    "sex": ([(*r[:4], r[4][:1], r[5]) for r in ROWS], "[values.sex]"),
    "sex as 0 and 1": ([(*r[:4], str(int(r[4] == "men")), r[5]) for r in ROWS], "[values.sex]"),
    "two forms of days": (
        [(*r[:2], r[2].replace("-", ""), *r[3:]) for r in ROWS],
        'dates = { last_date = "YYYYMMDD" }',
    ),
    "years of two digits": (other(lambda d: d[2:]), "That is a fault of the column"),
    "days of birth": ([(*r[:5], f"{r[5]}-04-01") for r in ROWS], "is not a whole number"),
    "exponents": ([("1.0e+18", *r[1:]) for r in ROWS], "holds numbers with an exponent"),
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_column_is_looked_at_whole_and_the_key_is_named(tmp_path, look):
    rows, told = LOOKS[look]
    with pytest.raises(SourceError) as error:
        read(source(tmp_path, text(rows)))
    assert told in str(error.value)
    assert str(error.value).startswith("r.csv, column '")
    assert len(str(error.value)) < 500


OTHER_KINDS = {
    "bzip2": (bz2.compress(text().encode()), "is packed by bzip2"),
    "xz": (lzma.compress(text().encode()), "is packed by xz"),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c" + bytes(90), "is packed by 7-Zip"),
    "SAS": (bytes(12) + b"\xc2\xea\x81\x60" + bytes(90), "is a SAS data set"),
    "SPSS": (b"$FL2@(#) SPSS DATA FILE" + bytes(90), "is an SPSS data set"),
    "Stata": (b"<stata_dta><header>" + bytes(90), "is a Stata data set"),
    "Arrow": (b"ARROW1\0\0" + bytes(90), "is an Arrow (Feather) file"),
    "a footer": (text() + "\n61 rows selected.\n", "ends as a line does. If it tells of the table"),
    "half a line": (text() + "1,2014", "the file is cut off. Fetch it again."),
    "two codes": (text([(*r[:3], '"F32, Z73"', *r[4:]) for r in ROWS]), "are no ICD-10-SE codes"),
    "two codes apart": (text([(*r[:3], "F32 Z73", *r[4:]) for r in ROWS]), "no ICD-10-SE codes"),
}


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_the_true_cause_is_named(tmp_path, kind):
    content, told = OTHER_KINDS[kind]
    path = tmp_path / "r.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert told in check_file(path, extraction_date=EXTRACTION).text(5)


def test_a_column_too_many_is_named_whatever_the_mapping_says(tmp_path):
    path, mapping = tmp_path / "r.csv", tmp_path / "m.toml"
    path.write_text(text([(*r, "x") for r in ROWS], HEADER + ",plats"), "utf-8")
    mapping.write_text('[file]\nencoding = "cp1252"\n')
    with pytest.raises(SourceError, match="column 'plats' is not expected"):
        register_format(RegisterRequest((path,), mapping=mapping))


@pytest.mark.parametrize("written", ["cp1252", "cp850", "mac-roman"])
@pytest.mark.parametrize("named", ["cp1252", "cp850", "mac-roman", "latin-1", "utf-8"])
def test_another_encoding_is_named_and_never_read_as_other_letters(tmp_path, written, named):
    content = text([(f"Östra å-ä-ö {r[0]}", *r[1:]) for r in ROWS]).encode(written)
    toml = f'[file]\nencoding = "{named}"'
    if named == written or {named, written} == {"latin-1", "cp1252"}:
        assert read(source(tmp_path, content, toml)).height == len(ROWS)
        return
    with pytest.raises(SourceError, match=f'et .file. encoding = "{written}"'):
        read(source(tmp_path, content, toml))


def test_names_of_columns_below_a_title_are_found(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("Uttag 2019\n\n" + text(ROWS), "utf-8")
    with pytest.raises(SourceError, match=r"stand on line 3\. Set \[file\] header_line = 3 in a"):
        find_contract(path)


FAULTY = {
    "section": "[colums]\na = 'b'",
    "key": "[file]\nseperator = ';'",
    "column": "[columns]\npersn_id = 'x'",
    "name that is no text": "[columns]\nperson_id = 5",
    "columns that are no section": "columns = 'person_id'",
    "value that is no text": "[values.sex]\nwomen = 1",
    "value nobody knows": "[values.sex]\n1 = 'mann'",
    "values that are no section": "[values]\nsex = 'x'",
    "gap": "[register]\ngap_days = 'five'",
    "lag": "[register]\nlag_days = 1000000000",
    "huge": f"[register]\ngap_days = {10**30}",
    "day as text": "[register]\nextraction_date = '2019-06-30'",
    "day to come": "[register]\nextraction_date = 9999-12-31",
    "name": "[register]\nname = 5",
    "no text encoding": "[file]\nencoding = 'base64'",
    "odd encoding": "[file]\nencoding = 'utf-7'",
    "two of one": "[columns]\nstart_date = 'x'\nlast_date = 'X'",
    "another's name": "[columns]\ncode = 'sex'",
    "depth": f"[columns]\nperson_id = {'[' * 3000}{']' * 3000}",
    "digits": f"[register]\ngap_days = {'9' * 5000}",
    "dates": "[file]\ndates = 'dd/mm'",
    "dates of no column": "[file]\ndates = {}",
    "dates of a column": "[file]\ndates = { last_date = 'dd/mm' }",
    "dates of another column": "[file]\ndates = { tom = 'YYYYMMDD' }",
    "zone": "[file]\ntime_zone = 'Sverige'",
    "missing": "[file]\nmissing = 'NA'",
    "line": "[file]\nheader_line = 0",
    "decimal": "[file]\ndecimal = ';'",
    "strata": "[strata]\na = 'a'\nb = 'b'\nc = 'c'\nd = 'd'",
    "a person as a stratum": "[strata]\n'Dr Ek 811218-9876' = 'a'",
    "no TOML": "[columns",
}


@pytest.mark.parametrize("fault", FAULTY)
def test_a_faulty_mapping_is_refused_by_name(tmp_path, fault):
    path = tmp_path / "m.toml"
    path.write_text(FAULTY[fault])

    def use():
        read_mapping(path, [CONTRACT]).applied(CONTRACT)

    with pytest.raises(UserError) as error:
        use()
    assert str(error.value).startswith("m.toml")
    assert len(str(error.value)) < 600
    assert "9876" not in str(error.value)


def test_texts_of_several_lines_are_read(tmp_path):
    reason = '"Väntar på operation.\nSedan ""vila"", och träning;\r\nkanske mer."'
    rows = [(*row, reason if n % 3 == 0 else "") for n, row in enumerate(ROWS)]
    staged, frame = spells(
        tmp_path, text(rows, f"{HEADER},note"), '[columns]\nperson_id = "person_id"'
    )
    assert (staged.info.n_rows_read, staged.info.n_rejected) == (100, 0)
    assert frame.height == 100


@pytest.mark.parametrize("n_open", [1, 2, 3])
def test_a_mark_that_nothing_closes_is_a_fault_of_its_line(tmp_path, n_open):
    rows = [list(row) for row in ROWS]
    for n in range(n_open):
        rows[10 + 15 * n][3] = '"F32'
    rows[60][3] = '"F\n32"'  # two lines, which are one row
    staged, _ = spells(tmp_path, text(rows), max_share=1.0)
    assert staged.rejects["line"].to_list() == [12 + 15 * n for n in range(n_open)]
    assert set(staged.rejects["reason"]) == {"a quotation mark is not closed"}
    assert staged.info.n_rows_read == 100


def test_line_ends_of_cr_only_are_said_at_once(tmp_path):
    with pytest.raises(SourceError, match=r"^r\.csv: line ends are CR only"):
        spells(tmp_path, text(end="\r") * 50)
    with pytest.raises(SourceError, match="its first line goes on for more than 1 MB"):
        spells(tmp_path, HEADER + ",x" * (1 << 20))


def test_who_is_younger_than_fifteen_is_rejected(tmp_path):
    rows = [(*row[:5], str(2001 + n)) for n, row in enumerate(ROWS[:4])]
    staged, frame = spells(tmp_path, text(rows), max_share=1.0)
    assert frame["birth_year"].to_list() == [2001, 2002]
    assert set(staged.rejects["reason"]) == {
        "nobody on sick leave is younger than 15 when the spell starts"
    }


@settings(max_examples=part_of(40))
@given(year=st.integers(1975, 2038), birth=st.integers(1960, 2030), month=st.integers(1, 12))
def test_fifteen_years_are_those_of_the_calendar(year, birth, month):
    rule = next(r for r in CONTRACT.rules if r.column == "birth_year")
    rows = pl.DataFrame({"birth_year": [birth], "start_date": [date(year, month, 1)]})
    assert rows.select(rule.is_bad()).item() == (year - birth < 15)


def test_one_person_is_one_however_written():
    remarks = Remarks()
    ids = pl.Series(["7", "007", "7.0", "+7", "0", "A07", "7.50", "1e5a"])
    found = normal_ids(ids, "r.csv", remarks).to_list()
    assert found == ["7", "7", "7", "7", "0", "A07", "7.50", "1e5a"]
    assert remarks.sentences()[0].startswith("4 person ids were written")


def test_personal_identity_numbers_are_warned_of():
    remarks = Remarks()
    warn_of_identity_numbers(pl.Series(["19811218-9876", "811218-9876", "198112189876"]), remarks)
    assert remarks.sentences()[0].startswith("WARNING: the ids look like Swedish personal")
    remarks.clear()
    warn_of_identity_numbers(pl.Series([str(10**9 + n) for n in range(500)]), remarks)
    assert remarks.sentences() == []


def lost(kept, lost_rows):
    losses = Losses("first", ("last",), EXTRACTION)
    schema = {"first": pl.Date, "last": pl.Date}
    losses.see(
        pl.DataFrame(kept, schema=schema, orient="row"),
        pl.DataFrame(lost_rows, schema=schema, orient="row"),
    )
    return losses.refusals(0.01)


def doubted(kept, extraction=EXTRACTION):
    losses = Losses("first", ("last",), extraction)
    losses.see(pl.DataFrame(kept, schema={"first": pl.Date, "last": pl.Date}, orient="row"), None)
    return losses.doubts()


SHORT = (date(2017, 1, 1), date(2017, 2, 1))
LONG = (date(2017, 1, 1), date(2018, 6, 1))
OPEN = (date(2017, 1, 1), None)


def test_a_register_that_cannot_be_the_whole_of_one_is_warned_of():
    lately = (date(2019, 3, 1), date(2019, 4, 1))
    assert doubted([SHORT] * 900 + [lately] * 99 + [OPEN]) == []
    (told,) = doubted([SHORT] * 900 + [lately] * 100)
    assert told.startswith("WARNING: no spell is ongoing on 2019-06-30.")
    (told,) = doubted([(lately[0], None)] * 200)
    assert told.startswith("WARNING: no spell has ended by 2019-06-30. Is 'last' the last day?")
    (told,) = doubted([SHORT] * 199 + [OPEN], date(2027, 1, 1))
    assert told.startswith("WARNING: the latest spell began on 2017-01-01, 3,652 days before")


def test_nothing_is_doubted_of_few_spells_or_of_a_register_without_a_date():
    assert doubted([OPEN] * 99) == []
    assert doubted([OPEN] * 200, LATEST_EXTRACTION) == []


def test_what_is_lost_like_the_rest_may_be_lost():
    assert lost([SHORT] * 1900 + [LONG] * 80 + [OPEN] * 20, [SHORT] * 17 + [LONG]) == []


@pytest.mark.parametrize(
    ("kind", "named"),
    [(LONG, "365 days or more"), (OPEN, ONGOING), ((date(2014, 1, 1), date(2014, 2, 1)), "2014")],
)
def test_what_is_lost_of_one_kind_is_refused(kind, named):
    found = lost([SHORT] * 1900 + [LONG] * 80 + [OPEN] * 20, [kind] * 12)
    assert any(named in sentence for sentence in found)


@pytest.mark.parametrize(
    ("codes", "named"),
    [
        ({"35489007": 60}, "SNOMED CT"),
        ({"okänd": 60}, "are no ICD-10-SE codes"),
        ({"P76": 60}, "ICPC-2"),
        ({"okänd": 40}, None),
        ({"": 900}, None),
    ],
)
def test_codes_of_another_system_are_named_from_a_share_on(codes, named):
    found = malformed_refusal({"F32": 500, "M54": 500} | codes, 0.05)
    assert found is None if named is None else named in found


CELL = st.sampled_from(
    ["", "7", "p1", "2017-01-01", "2017-03-01", "20170101", "F32", "M54.5", "x", "men", "1970",
     '"a\nb"', '"', "NA", "2019-12-01", "1,5", " "]
)  # fmt: skip


@settings(
    max_examples=part_of(20),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.lists(st.lists(CELL, min_size=5, max_size=7), min_size=1, max_size=12),
    file=st.fixed_dictionaries(
        {},
        optional={
            "separator": st.sampled_from([",", ";"]),
            "dates": st.sampled_from(["YYYY-MM-DD", "YYYYMMDD", "sas"]),
            "missing": st.just(["NA", "x"]),
            "decimal": st.sampled_from([".", ","]),
            "encoding": st.sampled_from(["utf-8", "cp1252"]),
        },
    ),
)
def test_what_is_read_repeated_and_rejected_are_the_lines(tmp_path, rows, file):
    separator = file.get("separator", ",")
    path = tmp_path / "r.csv"
    body = "\n".join(separator.join(row) for row in rows)
    path.write_text(f"{HEADER.replace(',', separator)}\n{body}\n")
    settings_ = RegisterSettings(EXTRACTION, mapping=FileMapping(file=file))
    blocks = []
    with suppress(SourceError):  # the file is refused whole; anything else is a bug
        blocks = list(read_blocks(path, dated_contract(settings_), block_bytes=60))
    n_read = sum(b.n_read for b in blocks)
    assert n_read == sum(b.rows.height + b.n_duplicates + b.n_rejected for b in blocks)
    assert n_read <= body.count("\n") + 1


def test_a_year_of_birth_beyond_all_years_is_a_rejected_value(tmp_path):
    years = ("-1083939297292", "9" * 18, "2147483648", "9" * 400)
    rows = [*ROWS[4:], *((*ROWS[n][:-1], year) for n, year in enumerate(years))]
    staged, _ = spells(tmp_path, text(rows), max_share=1.0)
    assert staged.rejects["line"].to_list() == [98, 99, 100, 101]
    assert set(staged.rejects["column"]) == {"birth_year"}
    with pytest.raises(UserError, match="birth_year"):
        spells(tmp_path, text(rows))
