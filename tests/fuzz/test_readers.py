"""Whatever is in a file, a reader gives a result or tells the user: never another exception.

Each kind begins with a small file that is right; Hypothesis changes it as its form allows: values
of other types, nesting, numbers without end, keys twice or gone, marks, cuts, archives.
HYPOTHESIS_PROFILE=explore draws other changes than the same, FMBSTATS_TEST_EXAMPLES more of them.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from changes import applied, of_bytes, of_json, of_parquet, of_table, of_toml, of_xml, of_zip, some
from hypothesis import HealthCheck, given, settings
from reading import MIB, READERS, Reader

pytestmark = pytest.mark.slow
FIXTURES = Path(__file__).parents[1] / "fixtures"
N_EXAMPLES = int(os.environ.get("FMBSTATS_TEST_EXAMPLES", "60"))
BOUNDED = settings(
    max_examples=N_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


@pytest.fixture(scope="module")
def read():
    reader = Reader()
    yield reader
    reader.end()


def assert_told(read, kind: str, files: dict[str, bytes]) -> None:
    found = read(kind, files)
    assert not found.fault, found.fault
    assert found.mib < MIB, f"{found.mib} MiB"


# ------------------------------------------------------------------ what is right

SPELLS = "person_id,spell_id,start_date,last_date,code,sex,birth_year,county_code,degree_pct\n" + (
    "".join(
        f"{n % 17},{n},2017-0{n % 6 + 1}-0{n % 9 + 1},2017-0{n % 3 + 7}-11,F32,"
        f"{('women', 'men')[n % 2]},{1960 + n % 30},01,100\n"
        for n in range(40)
    )
)
MAPPING = """\
[register]
extraction_date = 2019-06-30
gap_days = 5
format = "spells"
is_synthetic = true
[file]
separator = ","
encoding = "utf-8"
decimal = "."
dates = "YYYY-MM-DD"
missing = ["NA"]
header_line = 1
time_zone = "Europe/Stockholm"
[columns]
person_id = "person_id"
code = "code"
[values.sex]
men = "men"
women = "women"
[strata]
unit = "county_code"
"""
REGISTER_TOML = """\
extraction_date = 2019-06-30
name = "Ett register"
gap = 5
lag = 0
length_basis = "paid_days"
format = "spells"
max_reject_share = 0.01
is_synthetic = true
deaths = "d.csv"
evidence = ["e.csv"]
"""
ROUND = """\
name = "prov"
title = { sv = "a", en = "b" }
year = 2017
edition = "2020-04"
entries = ["F32", "F30-F31"]
source = "en anteckning"
is_complete = true
"""
PUBLICATION = 'publisher = "R"\ncontact = "a@example.org"\npublished = 2026-01-02\n'
EVENTS = (
    "key,date,name_sv,name_en,concerns,is_rival,source\na,2017-03-01,x,y,all,yes,s\n"
    "b,2018-03-01,x,y,F32,no,s\n"
)
RULES = (
    "entry_id,case_id,evidence,value,effect,source,approved_by,approved_on\n"
    "E,C,sex,women,only,s,N,2020-01-02\nE,D,age,16-39,never,s,N,2020-01-02\n"
)
OPEN = [
    {
        "dimensions": {"ar": "2024", "manad": "04", "kon_kod": k, "lan_kod": "20",
                       "diagnoskapitel_kod": "F00-F99"},
        "observations": {"antal": {"value": 12, "rojd": False}},
    }
    for k in ("K", "M")
]  # fmt: skip
LITERATURE = (
    "source,page,definition,year,code,sex,kind,value,N\n"
    "A 2014,3,certificates from day 8,2009-2010,M54,all,share >= 90 days,27 %,1 121\n"
    "A 2014,3,certificates from day 8,2009-2010,M54,women,median,34.5,\n"
)


def book(sheets: dict[str, list[list]]) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, row)
    return buffer.getvalue()


FK_BOOK = book(
    {
        "a": [
            ["Antal startade sjukfall (>14 dagar) under 2017, per diagnos och längd"],
            [],
            ["", "Diagnos"],
            ["", "F32", "F43", "Totalsumma"],
            [">=365 dagar", 5, 6, 11],
            ["15-29 dagar", 1, "..", 3],
            ["30-364 dagar", 3, 4, 7],
            ["Totalsumma", 9, "..", 21],
        ]
    }
)


def parquet() -> bytes:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    text = pyarrow.csv.ConvertOptions(
        column_types={"person_id": pa.string(), "county_code": pa.string()}
    )
    table = pyarrow.csv.read_csv(io.BytesIO(SPELLS.encode()), convert_options=text)
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    return buffer.getvalue()


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


@pytest.fixture(scope="module")
def ledgers(made, tmp_path_factory) -> dict[str, bytes]:
    """A ledger of either kind, small."""
    from apart import must_run

    folder = tmp_path_factory.mktemp("ledgers")
    store = ["--store", made / "store" / "store.duckdb"]
    must_run(["ledger", "export", folder / "exact.zip", "--exact", *store])
    must_run(["ledger", "export", folder / "margins.zip", *store])
    return {name: (folder / f"{name}.zip").read_bytes() for name in ("exact", "margins")}


JSON_PAIR = {
    "a.json": fixture("fmb/json_2020_cases.json"), "b.json": fixture("fmb/json_2020_entries.json"),
}  # fmt: skip
XML_PAIR = {
    "a.xml": fixture("fmb/rivta_2016_cases.xml"), "b.xml": fixture("fmb/rivta_2016_entries.xml"),
}  # fmt: skip
TABLE, TABS, SEMICOLONS = of_table(","), of_table("\t"), of_table(";")
SHEET_XML = {"sheet1.xml": of_xml() | of_bytes(), "workbook.xml": of_xml() | of_bytes(),
             "strings.xml": of_xml() | of_bytes(), ".rels": of_xml()}  # fmt: skip
LEDGER_PARTS = {".csv": TABLE | of_bytes(), ".json": of_json() | of_json() | of_bytes()}
# Kind -> reader, the file that is changed, its changes, all files.
KINDS = {
    "register text": (
        "register",
        "r.csv",
        some(TABLE, TABLE, of_bytes()),
        {"r.csv": SPELLS.encode()},
    ),
    "register by a mapping": (
        "register",
        "m.toml",
        some(of_toml(), of_toml(), of_bytes()),
        {"m.toml": MAPPING.encode(), "r.csv": SPELLS.encode()},
    ),
    "register and mapping": (
        "register",
        "r.csv",
        some(TABLE, of_bytes()),
        {"m.toml": MAPPING.encode(), "r.csv": SPELLS.encode()},
    ),
    "register Parquet": (
        "register",
        "r.parquet",
        some(of_parquet(), of_parquet(), of_bytes(), most=2),
        {"r.parquet": parquet()},
    ),
    "deaths": (
        "register",
        "d.csv",
        some(TABLE, of_bytes()),
        {"d.csv": b"person,date\n1,2017-05-01\n2,2018-01-01\n", "r.csv": SPELLS.encode()},
    ),
    "evidence": (
        "register",
        "e.csv",
        some(TABLE, of_bytes()),
        {"e.csv": b"person,date,diagnosis\n1,2017-02-01,F10\n", "r.csv": SPELLS.encode()},
    ),
    "register.toml": (
        "settings",
        "register.toml",
        some(of_toml(), of_toml(), of_bytes()),
        {"register.toml": REGISTER_TOML.encode(), "r.csv": b"a\n", "d.csv": b"", "e.csv": b""},
    ),
    "round": (
        "settings",
        "rounds/prov.toml",
        some(of_toml(), of_toml(), of_bytes()),
        {"rounds/prov.toml": ROUND.encode()},
    ),
    "publication": (
        "settings",
        "publication.toml",
        some(of_toml(), of_bytes()),
        {"publication.toml": PUBLICATION.encode()},
    ),
    "events": (
        "small_tables",
        "events.csv",
        some(TABLE, of_bytes()),
        {"events.csv": EVENTS.encode()},
    ),
    "case rules": (
        "small_tables",
        "rules/a.csv",
        some(TABLE, of_bytes()),
        {"rules/a.csv": RULES.encode()},
    ),
    "occupations": (
        "small_tables",
        "rules/o.csv",
        some(TABLE, of_bytes()),
        {"rules/o.csv": b"ssyk,class\n51,heavy\n2,light\n"},
    ),
    "roll-out": (
        "small_tables",
        "t.csv",
        some(TABLE, of_bytes()),
        {"t.csv": b"county_code,first_date,kind\n01,2016-03-01,a\n03,2016-09-01,b\n"},
    ),
    "source.json": (
        "small_tables",
        "source.json",
        some(of_json(), of_bytes()),
        {
            "source.json": b'{"label": "a", "title": "b", "publisher": "c", "url": "d", '
            b'"fetched_date": "2020-01-02", "licence_note": "e", "files": {}}'
        },
    ),
    "bands": (
        "bands",
        "n.csv",
        some(TABLE, of_bytes()),
        {"n.csv": fixture("published/notes.csv"), "n.toml": fixture("published/notes.toml")},
    ),
    "bands' mapping": (
        "bands",
        "n.toml",
        some(of_toml(), of_toml(), of_bytes()),
        {"n.csv": fixture("published/notes.csv"), "n.toml": fixture("published/notes.toml")},
    ),
    "FMB JSON entries": (
        "edition",
        "b.json",
        some(of_json(), of_json(), of_bytes()),
        {
            "a.json": fixture("fmb/json_2020_cases.json"),
            "b.json": fixture("fmb/json_2020_entries.json"),
        },
    ),
    "FMB JSON cases": (
        "edition",
        "a.json",
        some(of_json(), of_json(), of_bytes()),
        {
            "a.json": fixture("fmb/json_2020_cases.json"),
            "b.json": fixture("fmb/json_2020_entries.json"),
        },
    ),
    "FMB XML entries": (
        "edition",
        "b.xml",
        some(of_xml(), of_xml(), of_bytes()),
        {
            "a.xml": fixture("fmb/rivta_2016_cases.xml"),
            "b.xml": fixture("fmb/rivta_2016_entries.xml"),
        },
    ),
    "FMB XML cases": (
        "edition",
        "a.xml",
        some(of_xml(), of_xml(), of_bytes()),
        {
            "a.xml": fixture("fmb/rivta_2016_cases.xml"),
            "b.xml": fixture("fmb/rivta_2016_entries.xml"),
        },
    ),
    "codes, FHIR system": (
        "codes",
        "c.json",
        some(of_json(), of_bytes()),
        {"c.json": fixture("fmb/codesystem.json")},
    ),
    "codes, FHIR set": (
        "codes",
        "c.json",
        some(of_json(), of_bytes()),
        {"c.json": fixture("fmb/valueset.json")},
    ),
    "codes, FHIR expansion": (
        "codes",
        "c.json",
        some(of_json(), of_bytes()),
        {"c.json": fixture("fmb/valueset_expanded.json")},
    ),
    "codes, text": ("codes", "c.txt", some(TABS, of_bytes()), {"c.txt": fixture("fmb/codes.txt")}),
    "codes, heading": (
        "codes",
        "c.tsv",
        some(TABS, of_bytes()),
        {"c.tsv": fixture("fmb/codes_heading.tsv")},
    ),
    "FK open": ("fk", "o.json", some(of_json(), of_bytes()), {"o.json": json.dumps(OPEN).encode()}),
    "FK workbook": (
        "fk",
        "f.xlsx",
        some(of_zip(SHEET_XML), of_bytes(), most=2),
        {"f.xlsx": FK_BOOK},
    ),
    "Inera": (
        "inera",
        "i.csv",
        some(SEMICOLONS, of_bytes()),
        {"i.csv": fixture("published/inera.csv")},
    ),
    "literature": ("literature", "l.csv", some(TABLE, of_bytes()), {"l.csv": LITERATURE.encode()}),
    "literature workbook": (
        "literature",
        "l.xlsx",
        some(of_zip(SHEET_XML), of_bytes(), most=2),
        {"l.xlsx": book({"a": [line.split(",") for line in LITERATURE.splitlines()]})},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_right_is_read(read, kind):
    reader, _, _, files = KINDS[kind]
    found = read(reader, files)
    assert not found.fault
    assert not found.said


@pytest.mark.parametrize("kind", KINDS)
def test_any_change_is_read_or_told(read, kind):
    reader, changed, changes, files = KINDS[kind]

    @BOUNDED
    @given(changes)
    def holds(drawn):
        assert_told(read, reader, files | {changed: applied(files[changed], drawn)})

    holds()


@pytest.mark.parametrize("kind", ["exact", "margins"])
def test_any_change_of_a_ledger_is_read_or_told(read, ledgers, kind):
    @BOUNDED
    @given(some(of_zip(LEDGER_PARTS, True), of_zip(LEDGER_PARTS, True), of_zip(LEDGER_PARTS),
                of_bytes(), most=2))  # fmt: skip
    def holds(drawn):
        assert_told(read, "ledger", {"l.zip": applied(ledgers[kind], drawn)})

    assert not read("ledger", {"l.zip": ledgers[kind]}).said
    holds()


def test_every_reader_is_tried():
    assert {reader for reader, *_ in KINDS.values()} | {"ledger"} == set(READERS)
