"""Broken registers of every format: each is told for what it is, and the store stays whole."""

from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.quick import quick

SPELLS = {"person_id": "1", "start_date": "2018-01-02", "last_date": "2018-03-01", "code": "F32"}
MIDAS = {
    "lopnr": "1", "OMFATTNING": "1", "DEL_FROM_DATUM": "2017-01-15", "DEL_TOM_DATUM": "2017-02-28",
    "FALL_FROM_DATUM": "2017-01-01", "FALL_TOM_DATUM": "2017-02-28", "FORSAKRADTYP_KOD": "8",
    "DIAGNOS_KOD": "F32", "KON_KOD": "2", "fodelsear": "1970", "KOMMUN_KOD": "0180",
}  # fmt: skip
CERTIFICATE = {
    "certificate_id": "C1", "person_id": "P1", "signed_date": "2017-01-01", "code": "F32",
    **{f"{name}_{n}": "" for n in (1, 2, 3, 4) for name in ("degree", "from", "to")},
    "degree_1": "HELT_NEDSATT", "from_1": "2017-01-01", "to_1": "2017-01-31",
    "occupation": "ARBETSSOKANDE", "is_withdrawn": "false", "sex": "women", "birth_year": "1970",
    "county_code": "01",
}  # fmt: skip
GOOD = {"spells": SPELLS, "midas": MIDAS, "certificates": CERTIFICATE}


def text(layout, *changes, separator=None):
    """Rows of a format that differ from a good one, under its heading."""
    good = GOOD[layout]
    separator = separator or ("\t" if layout == "midas" else ",")
    lines = [good, *({**good, **change} for change in changes)]
    names = list(dict.fromkeys(name for line in lines for name in line))
    rows = [separator.join(line.get(name, "") for name in names) for line in lines[1:]]
    return "\n".join([separator.join(names), *rows, ""]).encode()


def without(layout, column):
    """A good row that lacks a column."""
    kept = {name: value for name, value in GOOD[layout].items() if name != column}
    separator = "\t" if layout == "midas" else ","
    return "\n".join([separator.join(kept), separator.join(kept.values()), ""]).encode()


def parquet(**columns):
    """A good row as Parquet, with other columns; polars would start threads at collection."""
    file = BytesIO()
    row = {name: [value] for name, value in {**SPELLS, **columns}.items()}
    pq.write_table(pa.table(row), file, use_dictionary=False)
    return file.getvalue()


ROW, PART, SHEET = text("spells", {}), text("midas", {}), text("certificates", {})
HEAD = ROW.splitlines(keepends=True)[0]
LINE = ROW.splitlines(keepends=True)[1]

# Of a whole file: format -> what is wrong -> content, what is said.
REFUSED = {
    "spells": {
        "empty": (b"", "broken.csv: the file is empty"),
        "header only": (HEAD, "broken.csv: a header but no rows"),
        "missing column": (without("spells", "last_date"), "column 'last_date' is missing"),
        "double column": (
            HEAD.strip() + b",code\n" + LINE.strip() + b",F32\n", "there more than once"
        ),
        "unknown column": (
            text("spells", {"kommentar": "x"}), "column 'kommentar' is not expected"
        ),
        "wrong separator": (ROW.replace(b",", b";"), "the fields are separated by ';'"),
        "cp1252": (ROW + "2,2018-01-02,2018-03-01,ÅF3\n".encode("cp1252"), "broken.csv, line 3"),
        "utf-16": (ROW.decode().encode("utf-16"), "UTF-16"),
        "NUL byte": (ROW + b"2,2018-01-02,\x00,F32\n", "NUL byte"),
        "cut off": (ROW + LINE * 2 + b"2,2018-01", "the file is cut off"),
        "workbook": (b"PK\x03\x04" + b"x" * 200, "broken.csv"),
        "no header": (LINE, "broken.csv"),
    },
    "midas": {
        "empty": (b"", "broken.tsv: the file is empty"),
        "header only": (PART.splitlines(keepends=True)[0], "broken.tsv: a header but no rows"),
        "missing column": (without("midas", "KOMMUN_KOD"), "column 'KOMMUN_KOD' is missing"),
        "wrong separator": (PART.replace(b"\t", b";"), "the fields are separated by ';'"),
        "NUL byte": (PART.replace(b"F32", b"F\x002"), "NUL byte"),
        "cut off": (PART + b"2\t1\t2017", "the file is cut off"),
        "utf-16": (PART.decode().encode("utf-16"), "UTF-16"),
    },
    "certificates": {
        "missing columns": (
            b"certificate_id,person_id\nC1,P1\n", "columns 'signed_date', 'code'"
        ),
        "wrong separator": (SHEET.replace(b",", b";"), "the fields are separated by ';'"),
        "cut off": (SHEET + b"C2,P2", "the file is cut off"),
        "cp1252": (SHEET.replace(b"F32", b"\xc5F3"), "broken.csv, line 2"),
    },
    "parquet": {
        "cut off": (parquet()[:-20], "is not a whole Parquet file"),
        "no Parquet": (ROW, "is not a whole Parquet file"),
        "unknown column": (parquet(kommentar="x"), "column 'kommentar' is not expected"),
    },
}  # fmt: skip
# Of a row, which is all there is: format -> what is wrong -> content, what is said.
REJECTED = {
    "spells": {
        "open quotation mark": (ROW + LINE * 2 + b'"2,2018-01-02,2018-03-01,F32\n' + LINE,
                                "a quotation mark is not closed"),
        "ends before it starts": (
            text("spells", {"last_date": "2018-01-01"}), "the spell ends before it starts"
        ),
        "starts later": (
            text("spells", {"start_date": "2020-01-02", "last_date": ""}),
            "starts after the extraction date 2019-06-30",
        ),
        "no such day": (text("spells", {"start_date": "2018-02-30"}), "'2018-02-30' is not a date"),
        "day first": (text("spells", {"start_date": "02-01-2018"}), "'02-01-2018' is not a date"),
        "no code": (text("spells", {"code": ""}), "is missing"),
        "no person": (text("spells", {"person_id": ""}), "is missing"),
        "a field too many": (ROW + LINE.strip() + b",x\n", "5 fields, expected 4"),
        "unknown sex": (text("spells", {"sex": "M"}), "'M' is not one of 'women', 'men'"),
        "impossible degree": (text("spells", {"degree_pct": "60"}), "'60' is not one of"),
        "over before it is seen": (
            text("spells", {"last_date": "2018-01-10", "entry_day": "14"}),
            "the spell ends on day 9, but",
        ),
        "one id, two contents": (
            text("spells", {"spell_id": "1"}, {"spell_id": "1", "code": "M54"}), "spell_id"
        ),
    },
    "midas": {
        "impossible degree": (text("midas", {"OMFATTNING": "0.33"}), "OMFATTNING"),
        "part ends before it starts": (
            text("midas", {"DEL_FROM_DATUM": "2017-03-01"}), "the part ends before it starts"
        ),
        "part before its spell": (
            text("midas", {"DEL_FROM_DATUM": "2016-12-30"}), "the part starts before its spell"
        ),
        "part after its spell": (
            text("midas", {"DEL_TOM_DATUM": "2017-03-05"}), "the part ends after its spell"
        ),
        "unknown kind of insured": (text("midas", {"FORSAKRADTYP_KOD": "7"}), "FORSAKRADTYP_KOD"),
        "parts that disagree": (
            text("midas", {}, {"FALL_TOM_DATUM": "2017-03-01"}), "disagree on its last day"
        ),
    },
    "certificates": {
        "period ends before it starts": (
            text("certificates", {"to_1": "2016-12-31"}), "period 1 ends before it starts"
        ),
        "half a period": (
            text("certificates", {"degree_2": "HALFTEN"}), "period 2 lacks its degree"
        ),
        "signed later": (
            text("certificates", {"signed_date": "2020-01-01"}),
            "is signed after the extraction date",
        ),
        "neither true nor false": (
            text("certificates", {"is_withdrawn": "kanske"}), "'kanske' is not true or false"
        ),
        "one id, two contents": (
            text("certificates", {}, {"code": "M54"}), "certificate_id"
        ),
    },
    "parquet": {
        "ends before it starts": (
            parquet(last_date="2018-01-01"), "the spell ends before it starts"
        ),
    },
}  # fmt: skip
# One fault of each kind and format now, all others with the slow tests.
CORPUS = [
    pytest.param(
        layout, content, code, said,
        id=f"{layout}-{fault}", marks=pytest.mark.slow if number else (),
    )
    for code, by_layout in ((11, REFUSED), (12, REJECTED))
    for layout, faults in by_layout.items()
    for number, (fault, (content, said)) in enumerate(faults.items())
]  # fmt: skip
SUFFIX = {"midas": "tsv", "parquet": "parquet"}


@pytest.mark.parametrize(("layout", "broken", "code", "said"), CORPUS)
def test_a_broken_file_is_told_and_leaves_the_earlier_store_whole(
    tmp_path, build, store, content, layout, broken, code, said
):
    before = content(store)
    path = tmp_path / f"broken.{SUFFIX.get(layout, 'csv')}"
    path.write_bytes(broken)
    layout = "spells" if layout == "parquet" else layout
    outcome = build(path, options=("--extraction", "2019-06-30", "--format", layout))
    assert outcome.code == code, outcome.output
    assert said in outcome.output
    assert path.name in outcome.output
    assert "Traceback" not in outcome.output
    assert content(store) == before
    left = {file.name for file in store.parent.iterdir()}
    assert left == {"store.duckdb", ".store.duckdb.lock"}


def test_the_corpus_is_large():
    assert len(CORPUS) >= 40
    assert len({param.values[:2] for param in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("layout", quick(*GOOD))
def test_what_is_broken_here_was_good(tmp_path, build, layout):
    path = tmp_path / f"good.{SUFFIX.get(layout, 'csv')}"
    path.write_bytes(text(layout, {}))
    outcome = build(path, options=("--extraction", "2019-06-30", "--format", layout))
    assert outcome.code == 0, outcome.output
    assert "1 spells" in outcome.output
