"""Bad input by kind: for every reader of outside data, what people and programs do to its files.

A kind starts from a good input of its own, spoils it in the ways that any file of its form is
spoilt, and adds ways of its own. Each variant is laid into a folder and goes through the real
command line in a fork.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from apart import DATA_RAW, Ended, must_run, run_apart

FIXTURES = Path(__file__).parents[1] / "fixtures"
EXTRACTION = ("--extraction", "2019-06-30")
BUILD = ("build", "--data", "{data}", "--store", "{store}")
# Bounds of one run: what a bomb wants is far beyond them.
MOST_SECONDS, MOST_MIB = 60, 2_500
HUGE = "9" * 400
Text = str


@dataclass(frozen=True)
class Case:
    """One bad input: files to lay down, what to run on them.

    Attributes
    ----------
    what : str
    files : dict
        Path below the case's folder → content; a callable makes it itself (a pipe, a link).
        Paths that begin with data/ change a copy of data_raw.
    command : tuple of str
        With {data} and {store} for the copies that a refusal must leave as they are.
    named : str
        What a refusal must name; usually the file.
    is_good : bool
        The input itself is right: what must work stands beside what must not.
    environment : dict
    """

    what: str
    files: dict[str, bytes | Callable[[Path], None]]
    command: tuple[str, ...]
    named: str = ""
    is_good: bool = False
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Good:
    """Good inputs, as the program itself writes them."""

    folder: Path

    def __getitem__(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    @property
    def store(self) -> Path:
        """A store of the plain register."""
        return self.folder / "store" / "store.duckdb"


def make_good(folder: Path) -> Good:
    """Write a register in every form, a store, ledgers of both kinds and a sheet."""
    data = ["--data", DATA_RAW]
    layouts = {"spells": "csv", "midas": "tsv", "certificates": "csv", "spells-parquet": "parquet"}
    for layout, ending in layouts.items():
        to = folder / f"{layout}.{ending}"
        must_run(["synth", "--spells", "300", "--format", layout, "--to", to, *data])
    register = ["--register", folder / "spells.csv", *EXTRACTION, "--synthetic"]
    store = ["--store", folder / "store" / "store.duckdb"]
    must_run(["build", *register, *store, *data])
    must_run(["ledger", "export", folder / "exact.zip", "--exact", *store])
    must_run(["ledger", "export", folder / "margins.zip", *store])
    sheet = run_apart(["fmb", "sheet", "2020-04", *data], folder)
    (folder / "sheet.csv").write_text(sheet.said, "utf-8")
    return Good(folder)


# ------------------------------------------------------------------ how any file is spoilt


def any_bytes(good: bytes, draw: random.Random) -> Iterator[tuple[str, object]]:
    """Whatever the form: nothing, half, flipped, other things that bear the name."""
    yield "empty", b""
    yield "one byte", b"\x00"
    yield "zeros", bytes(5000)
    yield "half", good[: len(good) // 2]
    yield "noise", draw.randbytes(4000)
    flipped = bytearray(good)
    for _ in range(8):
        flipped[draw.randrange(len(flipped))] ^= 1 << draw.randrange(8)
    yield "eight bits flipped", bytes(flipped)
    yield "a hole of zeros", good[: len(good) // 3] + bytes(300) + good[len(good) // 3 + 300 :]
    yield "a folder", lambda path: path.mkdir()
    yield "a pipe", os.mkfifo
    yield "an endless device", lambda path: path.symlink_to("/dev/zero")
    yield "a link to nothing", lambda path: path.symlink_to("gone")
    yield "a link to itself", lambda path: path.symlink_to(path.name)


def any_table(good: bytes, draw: random.Random, separator: str) -> Iterator[tuple[str, object]]:
    """A text table: its head, its encoding, its quotes, its cells."""
    yield from any_bytes(good, draw)
    text = good.decode("utf-8", "surrogateescape")
    head, *rows = text.splitlines()
    names = head.split(separator)

    def table(*lines: str) -> bytes:
        return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")

    def with_cell(value: str, at: int | None = None) -> bytes:
        n = len(rows) // 2
        cells = rows[n].split(separator)
        cells[draw.randrange(len(cells)) if at is None else at] = value
        return table(head, *rows[:n], separator.join(cells), *rows[n + 1 :])

    yield "head alone", table(head)
    yield "no head", table(*rows)
    yield "a column missing", table(separator.join(names[1:]), *rows)
    yield "a column twice", table(separator.join([names[0], *names]), *rows)
    yield "a row too short", table(head, rows[0].split(separator)[0], *rows)
    yield "a row too long", table(head, rows[0] + separator * 70_000, *rows)
    yield "an open quote", table(head, '"' + rows[0], *rows)
    yield "UTF-16", text.encode("utf-16", "surrogatepass")
    yield "UTF-32", text.encode("utf-32", "surrogatepass")
    yield "two encodings", good + "å".encode("cp1252") + "å\n".encode()
    yield "NUL in a cell", with_cell("a\x00b")
    yield "a cell of 8 MB", with_cell("x" * 8_000_000)
    yield (
        "a number of 400 digits",
        table(head, *(separator.join(HUGE for _ in names) for _ in rows[:3])),
    )
    yield "escapes of a terminal", with_cell("\x1b]0;x\x07\x1b[2J\u202e")
    for value in ("NaN", "-1", "1e400", "=1+1", "9999-99-99"):
        yield f"{value} in every cell", table(head, separator.join(value for _ in names))
    yield "JSON", json.dumps([{"a": 1}]).encode()
    yield "a ZIP", zipped({"a.txt": b"x"})


def zipped(members: dict[str, bytes]) -> bytes:
    """Pack members into an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def changed(archive: bytes, **members: bytes) -> bytes:
    """Return an archive with other contents of some members; "__" stands for "/"."""
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        content = {name: old.read(name) for name in old.namelist()}
    return zipped(content | {k.replace("__", "/"): v for k, v in members.items()})


def any_json(good: bytes, draw: random.Random) -> Iterator[tuple[str, object]]:
    """A JSON document: other types everywhere, nesting, numbers without end."""
    yield from any_bytes(good, draw)
    for name, text in {
        "null": "null", "a number": "1", "a list": "[]", "an object": "{}", "text": '"x"',
        "lists in lists": "[" * 100_000, "objects in objects": '{"a":' * 50_000,
        "NaN": "[NaN]", "a number of 5000 digits": "[" + "9" * 5000 + "]",
        "a key twice": '{"a": 1, "a": 2}', "half a surrogate": '["\\ud800"]',
    }.items():  # fmt: skip
        yield name, text.encode()
    document = json.loads(good)
    places = list(_places(document))
    for value in (None, True, -1, 1e308, "x" * 100_000, [], {}, [[]], {"a": {}}, "\ud800\x1b[2J"):
        place = draw.choice(places)
        yield (
            f"{str(value)[:12]!r} at {place[-1]}",
            json.dumps(_put(document, place, value)).encode(),
        )
    for value in (None, 5, "x", [], {}):
        text = json.dumps(document)
        for name in {place[-1] for place in places if isinstance(place[-1], str)}:
            if draw.random() < 0.15:
                spoilt = re.sub(
                    rf'("{re.escape(name)}": )("[^"]*"|[0-9.]+|null|true|false)',
                    lambda found, value=value: found[1] + json.dumps(value),
                    text,
                )
                if spoilt != text:
                    yield f"{value!r} at every {name}", spoilt.encode()


def _places(document: object, place: tuple = ()) -> Iterator[tuple]:
    inner = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for key, value in inner:
        yield (*place, key)
        yield from _places(value, (*place, key))


def _put(document: object, place: tuple, value: object) -> object:
    copied = json.loads(json.dumps(document))
    inner = copied
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return copied


BAD_TOML: dict[str, Text] = {
    "no TOML": "a b c",
    "nested lists": "a = " + "[" * 5000,
    "a key of a thousand parts": ".".join("a" * 1000) + " = 1",
    "a table of a thousand parts": "[" + ".".join("a" * 1000) + "]",
    "nested tables inline": "a = " + "{b = " * 400 + "1" + "}" * 400,
    "a number of 5000 digits": "a = " + "9" * 5000,
    "larger than settings are": "# " + "x" * 400_000,
    "not UTF-8": "a = '\udce5'",
    "a key twice": "a = 1\na = 2",
    "a key of escapes": '"\\u001b[2J\\u202e" = 1',
}
# What may stand where another kind of value is expected.
BAD_VALUES = ("true", '"false"', "-5", "nan", "inf", "1" + "0" * 30, "1.5", "[]", "{}", '""',
              "2019-06-30T00:00:00Z", '"\\u001b[2J"', '["a", 1]', "9999-12-31",
              "'../../x'")  # fmt: skip


def any_toml(good: str, draw: random.Random) -> Iterator[tuple[str, object]]:
    """Settings: no TOML, too deep, other types at every key, keys that nobody knows."""
    yield from any_bytes(good.encode(), draw)
    for name, text in BAD_TOML.items():
        yield name, text.encode("utf-8", "surrogateescape")
    lines = good.splitlines()
    keyed = [n for n, line in enumerate(lines) if re.match(r'^["\w-]+ = ', line)]
    for value in BAD_VALUES:
        n = draw.choice(keyed)
        key = lines[n].split(" = ")[0]
        yield (
            f"{key} = {value[:24]}",
            "\n".join([*lines[:n], f"{key} = {value}", *lines[n + 1 :]]).encode(),
        )
    for n in draw.sample(keyed, min(4, len(keyed))):
        key = lines[n].split(" = ")[0].strip('"')
        line = lines[n].replace(key, key[:-1] + "x", 1)
        yield f"{key} misspelt", "\n".join([*lines[:n], line, *lines[n + 1 :]]).encode()
    yield "a section misspelt", re.sub(r"^\[(\w)", r"[x\1", good, count=1, flags=re.M).encode()


XML_HEAD = '<?xml version="1.0"?>'
BAD_XML: dict[str, Text] = {
    "an entity from outside": XML_HEAD
    + '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "a billion laughs": XML_HEAD
    + '<!DOCTYPE a [<!ENTITY b0 "ha">'
    + "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 12))
    + "]><a>&b11;</a>",
    "another document": XML_HEAD + "<html><body/></html>",
    "deep": XML_HEAD + "<a>" * 100_000,
    "a wrong encoding named": '<?xml version="1.0" encoding="utf-9"?><a/>',
}


def any_xml(good: bytes, draw: random.Random) -> Iterator[tuple[str, object]]:
    """XML: entities, nesting, texts of other kinds."""
    yield from any_bytes(good, draw)
    for name, text in BAD_XML.items():
        yield name, text.encode()
    text = good.decode("utf-8")
    for value in ("", "x", "-1", HUGE, "NaN"):
        yield (
            f"{value[:5]!r} in every text",
            re.sub(r">[^<>\s][^<>]*<", f">{value}<", text).encode(),
        )
    tags = sorted(set(re.findall(r"<([\w:]+)[ >]", text)))
    for tag in draw.sample(tags, min(6, len(tags))):
        spoilt = re.sub(rf"<{tag}\b[^>]*>.*?</{tag}>", "", text, flags=re.S)
        yield f"no {tag}", spoilt.encode()


def workbook(*rows: tuple, name: str = "Blad") -> bytes:
    """Write a sheet."""
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(name)
        for n, row in enumerate(rows):
            for k, cell in enumerate(row):
                if cell != "":
                    sheet.write(n, k, cell)
    return buffer.getvalue()


SHEET = "xl__worksheets__sheet1.xml"


def any_workbook(good: bytes, draw: random.Random) -> Iterator[tuple[str, object]]:
    """A workbook: what any file suffers, and what an archive of XML does."""
    yield from any_bytes(good, draw)
    yield "a text named workbook", b"a,b\n1,2\n"
    yield "an OLE head", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    yield "an empty archive", zipped({})
    yield "an archive of others", zipped({"a.txt": b"x"})
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    start = sheet.index("<sheetData>") + len("<sheetData>")
    for name, inner in {
        "one cell far away": '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        "a cell beyond the last": '<row r="99999999"><c r="ZZZZ99999999"><v>1</v></c></row>',
        "a shared text that is not there": '<row r="1"><c r="A1" t="s"><v>999999</v></c></row>',
        "a huge cell": f'<row r="1"><c r="A1" t="str"><v>{"x" * 40_000_000}</v></c></row>',
        "a number without end": f'<row r="1"><c r="A1"><v>{HUGE}</v></c></row>',
        "a cell of no type": '<row r="1"><c r="A1" t="zz"><v>1</v></c></row>',
        "an error cell": '<row r="1"><c r="A1" t="e"><v>#REF!</v></c></row>',
        "a cell without place": '<row r="x"><c r="-1"><v>1</v></c></row>',
        "bad XML": "<row><c></row>",
    }.items():
        spoilt = sheet[:start] + inner + sheet[start:]
        yield name, changed(good, **{SHEET: spoilt.encode()})
    yield "laughs in a sheet", changed(good, **{SHEET: BAD_XML["a billion laughs"].encode()})
    yield "a bomb", changed(good, **{SHEET: sheet[:start].encode() + b" " * (600 << 20)})
    yield "no list of sheets", changed(good, xl__workbook__xml=b"", **{"xl__workbook.xml": b""})
    flipped = bytearray(good)
    for n in range(0, len(flipped), max(len(flipped) // 40, 1)):
        flipped[n] ^= 0x10
    yield "forty bits flipped", bytes(flipped)


# ------------------------------------------------------------------ the kinds

Kind = Callable[[Good, random.Random], Iterator[Case]]
KINDS: dict[str, Kind] = {}


def kind(function: Kind) -> Kind:
    """Take a kind into the table, by its function's name."""
    KINDS[function.__name__.replace("_", " ")] = function
    return function


def _each(spoilt, file: str, command: tuple[str, ...], **others: bytes) -> Iterator[Case]:
    """Lay each spoilt content down as `file`, beside the files that are right."""
    beside = {name.replace("__", "."): content for name, content in others.items()}
    for what, content in spoilt:
        yield Case(what, {file: content, **beside}, command, named=Path(file).name)


def _register(name: str, separator: str, file: str, *options: str) -> Kind:
    def made(good: Good, draw: random.Random) -> Iterator[Case]:
        command = (*BUILD, "--register", file, *EXTRACTION, *options)
        for n, case in enumerate(_each(any_table(good[name], draw, separator), file, command)):
            # What is built and what is only looked at goes through the same readers.
            checked = Case(case.what, case.files, ("check", file, *EXTRACTION), case.named)
            yield checked if n % 3 == 2 else case

    return made


KINDS["register, plain"] = _register("spells.csv", ",", "r.csv")
KINDS["register, MiDAS"] = _register("midas.tsv", "\t", "r.tsv")
KINDS["register, certificates"] = _register("certificates.csv", ",", "r.csv")


@kind
def register_packed(good: Good, draw: random.Random) -> Iterator[Case]:
    whole = gzip.compress(good["spells.csv"], mtime=0)
    command = (*BUILD, "--register", "r.csv.gz", *EXTRACTION)
    yield Case("right", {"r.csv.gz": whole}, command, is_good=True)
    spoilt = dict(any_bytes(whole, draw))
    spoilt["a bomb"] = gzip.compress(good["spells.csv"] + bytes(400 << 20), 9)
    spoilt["a bomb in a line"] = gzip.compress(good["spells.csv"] + b"x" * (400 << 20), 9)
    spoilt["packed twice"] = gzip.compress(whole)
    spoilt["rubbish behind"] = whole + b"rubbish" * 100
    spoilt["a wrong checksum"] = whole[:-8] + bytes(8)
    yield from _each(spoilt.items(), "r.csv.gz", command)


def _parquet(frame) -> bytes:
    import pyarrow
    import pyarrow.parquet

    buffer = io.BytesIO()
    pyarrow.parquet.write_table(frame, buffer)
    return buffer.getvalue()


@kind
def register_parquet(good: Good, draw: random.Random) -> Iterator[Case]:
    whole = good["spells-parquet.parquet"]
    command = (*BUILD, "--register", "r.parquet", *EXTRACTION)
    yield Case("right", {"r.parquet": whole}, command, is_good=True)
    length = int.from_bytes(whole[-8:-4], "little")
    spoilt = dict(any_bytes(whole, draw))
    spoilt["no end"] = whole[:-4]
    spoilt["a wrong length of metadata"] = whole[:-8] + b"\xff\xff\xff\x7f" + whole[-4:]
    spoilt["a negative length of metadata"] = whole[:-8] + b"\xff\xff\xff\xff" + whole[-4:]
    spoilt["encrypted, by its word"] = b"PARE" + whole[4:-4] + b"PARE"
    for n in range(24):
        found = bytearray(whole)
        for _ in range(1 + n % 4):
            found[len(whole) - 8 - draw.randrange(length)] ^= 1 << draw.randrange(8)
        spoilt[f"metadata flipped {n}"] = bytes(found)
    for n in range(8):
        found = bytearray(whole)
        found[4 + draw.randrange(len(whole) - length - 20)] ^= 1 << draw.randrange(8)
        spoilt[f"a page flipped {n}"] = bytes(found)
    yield from _each(spoilt.items(), "r.parquet", command)
    yield from _each(_other_columns(whole), "r.parquet", command)


def _other_columns(whole: bytes) -> Iterator[tuple[str, bytes]]:
    """Parquet files whose columns are of other types than text, days and numbers."""
    import pyarrow as pa
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(io.BytesIO(whole))
    n = table.num_rows
    for name, values in {
        "a struct": pa.array([{"a": 1}] * n),
        "a list": pa.array([[1, 2]] * n),
        "bytes": pa.array([b"\xff\x00"] * n),
        "nothing but null": pa.nulls(n),
        "a map": pa.array([[("a", 1)]] * n, pa.map_(pa.string(), pa.int64())),
        "a time of day": pa.array([1] * n, pa.time32("s")),
        "a duration": pa.array([1] * n, pa.duration("s")),
        "a decimal of 76 digits": pa.array([None] * n, pa.decimal256(76, 0)),
        "not a number": pa.array([float("nan")] * n),
        "true": pa.array([True] * n),
        "nanoseconds": pa.array([2**62] * n, pa.timestamp("ns")),
        "large text": pa.array(["x" * 10_000] * n, pa.large_string()),
    }.items():
        for column in ("code", "start_date"):
            at = table.schema.get_field_index(column)
            yield f"{name} as {column}", _parquet(table.set_column(at, column, values))
    yield "no rows", _parquet(table.slice(0, 0))
    yield "no columns", _parquet(table.select([]))


MAPPING = """\
[register]
extraction_date = 2019-06-30
name = "Ett register"
gap_days = 5
lag_days = 0
format = "spells"
is_synthetic = true
max_reject_share = 0.01
[file]
separator = ","
encoding = "utf-8"
decimal = "."
dates = "YYYY-MM-DD"
missing = ["NA"]
header_line = 1
[columns]
person_id = "person_id"
code = "code"
[values.sex]
men = "men"
women = "women"
"""


@kind
def mapping_of_a_register(good: Good, draw: random.Random) -> Iterator[Case]:
    command = (*BUILD, "--register", "r.csv", "--mapping", "m.toml")
    files = {"r.csv": good["spells.csv"]}
    yield Case("right", {"m.toml": MAPPING.encode(), **files}, command, is_good=True)
    yield from _each(any_toml(MAPPING, draw), "m.toml", command, r__csv=good["spells.csv"])
    for line in ('encoding = "base64"', 'encoding = "rot13"', 'separator = "ab"', "header_line = 0",
                 'decimal = "x"', 'dates = "YYYY"', 'separator = "\\n"', 'time_zone = "Mars/Base"',
                 'missing = ["a", 1]', "header_line = 100000"):  # fmt: skip
        key = line.split(" = ")[0]
        text = re.sub(rf"^{key} = .*\n", "", MAPPING, flags=re.M)
        text = text.replace("[file]\n", f"[file]\n{line}\n")
        yield Case(line, {"m.toml": text.encode(), **files}, command, "m.toml")


REGISTER_TOML = """\
extraction_date = 2019-06-30
name = "Ett register"
gap = 5
lag = 0
length_basis = "paid_days"
format = "spells"
max_reject_share = 0.01
max_malformed_share = 0.05
is_synthetic = true
employee_entry_day = 14
"""


@kind
def settings_beside_a_register(good: Good, draw: random.Random) -> Iterator[Case]:
    place = "data/register/register.toml"
    beside = {"data/register/r.csv": good["spells.csv"]}
    yield Case("right", {place: REGISTER_TOML.encode(), **beside}, BUILD, is_good=True)
    # A folder of that name is a folder, no settings.
    for what, content in any_toml(REGISTER_TOML, draw):
        if what not in ("a link to nothing", "a link to itself", "a folder"):
            yield Case(what, {place: content, **beside}, BUILD, "")
    for line in ('mapping = "../../../../etc/passwd"', 'deaths = "gone.csv"', 'mapping = "."'):
        yield Case(line, {place: (REGISTER_TOML + line).encode(), **beside}, BUILD)


ROUND = """\
name = "prov"
title = "Prov"
year = 2017
edition = "2020-04"
entries = ["F32", "M54"]
source = "en anteckning"
is_complete = true
previous = "ki-2016"
"""


@kind
def rounds(good: Good, draw: random.Random) -> Iterator[Case]:
    command = ("report", "--round", "prov", "--dry-run", "--data", "{data}", "--store", "{store}",
               "--to", "to")  # fmt: skip
    for what, content in any_toml(ROUND, draw):
        if what not in ("a link to nothing",):
            yield Case(what, {"data/rounds/prov.toml": content}, command, "prov")
    for line in ('entries = ["Z99-A00"]', 'entries = ["ALL", "F32"]', "entries = [[]]",
                 'name = "2017"', 'name = "../x"', 'previous = "prov"', 'edition = "1999-01"',
                 'entries = ["' + "F" * 90_000 + '"]',
                 'title = { sv = "a", fi = "b" }'):  # fmt: skip
        key = line.split(" = ")[0]
        text = re.sub(rf"^{key} = .*$", lambda _, line=line: line, ROUND, flags=re.M)
        yield Case(line[:40], {"data/rounds/prov.toml": text.encode()}, command, "prov")


PUBLICATION = """\
publisher = "Region Exempel"
contact = "statistik@example.org"
licence = "CC BY 4.0"
published = "2026-01-02"
next_edition = "2027-01-02"
"""


@kind
def publication(good: Good, draw: random.Random) -> Iterator[Case]:
    # A store knows the folder that it was built from: the case's own is built from its data.
    command = ("report", "--only", "F32", "--dry-run", "--data", "{data}", "--to", "to")
    for what, content in any_toml(PUBLICATION, draw):
        yield Case(what, {"data/publication.toml": content}, command)


def _in_data(name: str) -> Kind:
    """A table that lies in data_raw, spoilt where it lies; read when a store is built."""

    def made(good: Good, draw: random.Random) -> Iterator[Case]:
        whole = (DATA_RAW / name).read_bytes()
        command = (*BUILD, "--register", "r.csv", *EXTRACTION)
        for what, content in any_table(whole, draw, ","):
            files = {f"data/{name}": content, "r.csv": good["spells.csv"]}
            yield Case(what, files, command)

    return made


KINDS["edition: cases"] = _in_data("fmb/2020-04/cases.csv")
KINDS["edition: entries"] = _in_data("fmb/2021-05/entries.csv")
KINDS["case rules"] = _in_data("fmb/case_rules.csv")
KINDS["literature in place"] = _in_data("literature/literature.csv")
KINDS["bands in place"] = _in_data("fk/bands.csv")


@kind
def events(good: Good, draw: random.Random) -> Iterator[Case]:
    # A store knows the folder that it was built from; only `check` reads another one's events.
    whole = (DATA_RAW / "events.csv").read_bytes()
    yield Case("right", {"events.csv": whole}, ("check", "events.csv"), is_good=True)
    yield from _each(any_table(whole, draw, ","), "events.csv", ("check", "events.csv"))


@kind
def sidecars(good: Good, draw: random.Random) -> Iterator[Case]:
    command = (*BUILD, "--register", "r.csv", *EXTRACTION)
    for name in ("fk/source.json", "fmb/2020-04/source.json"):
        for what, content in any_json((DATA_RAW / name).read_bytes(), draw):
            yield Case(what, {f"data/{name}": content, "r.csv": good["spells.csv"]}, command)


IMPORT = ("--data", "{data}")


@kind
def editions_as_JSON(good: Good, draw: random.Random) -> Iterator[Case]:
    pairs = FIXTURES / "fmb"
    command = ("import", "fmb", "a.json", "b.json", "--to", "{data}/fmb", "--edition", "2022-01")
    for spoilt, other in (("entries", "cases"), ("cases", "entries")):
        beside = (pairs / f"json_2020_{other}.json").read_bytes()
        for what, content in any_json((pairs / f"json_2020_{spoilt}.json").read_bytes(), draw):
            yield Case(what, {"a.json": content, "b.json": beside}, command, "a.json")


@kind
def editions_as_XML(good: Good, draw: random.Random) -> Iterator[Case]:
    pairs = FIXTURES / "fmb"
    command = ("import", "fmb", "a.xml", "b.xml", "--to", "{data}/fmb", "--edition", "2022-01")
    for spoilt, other in (("entries", "cases"), ("cases", "entries")):
        beside = (pairs / f"rivta_2016_{other}.xml").read_bytes()
        for what, content in any_xml((pairs / f"rivta_2016_{spoilt}.xml").read_bytes(), draw):
            yield Case(what, {"a.xml": content, "b.xml": beside}, command, "a.xml")


@kind
def sheets_of_an_edition(good: Good, draw: random.Random) -> Iterator[Case]:
    whole = b"".join(good["sheet.csv"].splitlines(keepends=True)[:40])
    edition = ("import", "fmb", "s.csv", "--to", "{data}/fmb", "--edition", "2022-01")
    guideline = ("import", "fmb", "s.csv", "--to", "{data}", "--guideline", "prov")
    for n, (what, content) in enumerate(any_table(whole, draw, ",")):
        command = guideline if n % 2 else edition
        yield Case(what, {"s.csv": content}, (*command, "--date", "2022-01-02"), "s.csv")


@kind
def code_lists(good: Good, draw: random.Random) -> Iterator[Case]:
    folder, command = FIXTURES / "fmb", ("import", "codes", "c.txt", "--to", "{data}/codes.csv")
    yield from _each(any_table((folder / "codes.txt").read_bytes(), draw, "\t"), "c.txt", command)


@kind
def code_lists_in_FHIR(good: Good, draw: random.Random) -> Iterator[Case]:
    command = ("import", "codes", "c.json", "--to", "{data}/codes.csv")
    for name in ("codesystem.json", "valueset_expanded.json"):
        yield from _each(any_json((FIXTURES / "fmb" / name).read_bytes(), draw), "c.json", command)


TITLE = "Antal startade sjukfall (>14 dagar) under 2017 per diagnos och sjukfallslängd"
FK_BANDS = (
    (TITLE,), (), ("", "Diagnos"), ("", "F32", "F43", "Totalsumma"),
    (">=365 dagar", 5, 6, 11), ("15-29 dagar", 1, 2, 3), ("30-364 dagar", 3, 4, 7),
    ("Totalsumma", 9, 12, 21),
)  # fmt: skip


@kind
def workbooks_of_bands(good: Good, draw: random.Random) -> Iterator[Case]:
    command = ("import", "fk", "f.xlsx", *IMPORT, "--replace")
    yield from _each(any_workbook(workbook(*FK_BANDS), draw), "f.xlsx", command)
    for value in (-1, 1e300, "x", "=1+1", "1e999", HUGE, "\x1b[2J", "<3", 0.5):
        rows = [list(row) for row in FK_BANDS]
        rows[5][1] = value
        files = {"f.xlsx": workbook(*map(tuple, rows))}
        yield Case(f"{str(value)[:9]} spells", files, command, "f.xlsx")


@kind
def workbooks_of_old(good: Good, draw: random.Random) -> Iterator[Case]:
    command = ("import", "fk", "f.xls", *IMPORT, "--replace")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    spoilt = dict(any_bytes(head + draw.randbytes(5000), draw))
    for n in range(6):
        spoilt[f"an OLE file of noise {n}"] = head + bytes(16) + draw.randbytes(512 * (n + 1))
    sector = head + bytes(16) + b"\x3e\x00\x03\x00\xfe\xff\x09\x00\x06\x00" + bytes(10)
    spoilt["a cycle of sectors"] = sector + b"\x01\x00\x00\x00" * 116 + b"\x00\x00\x00\x00" * 128
    yield from _each(spoilt.items(), "f.xls", command)


OPEN = [
    {
        "dimensions": {"ar": "2024", "manad": m, "kon_kod": "K", "lan_kod": "20",
                       "diagnoskapitel_kod": "F43"},
        "observations": {"antal": {"value": 5, "rojd": False}},
    }
    for m in ("03", "04")
]  # fmt: skip


@kind
def open_statistics(good: Good, draw: random.Random) -> Iterator[Case]:
    command = ("import", "fk", "o.json", *IMPORT)
    yield from _each(any_json(json.dumps(OPEN).encode(), draw), "o.json", command)
    for value in (-1, 1e300, "x", None, True, 10**30, [1], {"a": 1}):
        rows = json.loads(json.dumps(OPEN))
        rows[0]["observations"]["antal"]["value"] = value
        yield Case(
            f"value {value!r}"[:20], {"o.json": json.dumps(rows).encode()}, command, "o.json"
        )


@kind
def exports_of_Inera(good: Good, draw: random.Random) -> Iterator[Case]:
    whole = (FIXTURES / "published" / "inera.csv").read_bytes()
    command = ("import", "inera", "i.csv", *IMPORT)
    yield from _each(any_table(whole, draw, ";"), "i.csv", command)


@kind
def tables_by_a_mapping(good: Good, draw: random.Random) -> Iterator[Case]:
    folder = FIXTURES / "published"
    mapping, table = (folder / "notes.toml").read_text("utf-8"), (folder / "notes.csv").read_bytes()
    command = ("import", "bands", "n.csv", "--mapping", "m.toml", "--name", "prov", *IMPORT)
    yield from _each(any_table(table, draw, ","), "n.csv", command, m__toml=mapping.encode())
    yield from _each(any_toml(mapping, draw), "m.toml", command, n__csv=table)
    for line in ('"short" = [28, 1]', '"short" = [0, 0]', '"short" = [1, 2, 3]', '"short" = [1.5]',
                 '"short" = [true, 5]', f'"short" = [1, {HUGE}]', '"short" = ["1"]'):  # fmt: skip
        text = re.sub(r'^"short" = .*$', lambda _, line=line: line, mapping, flags=re.M)
        yield Case(line[:30], {"m.toml": text.encode(), "n.csv": table}, command, "m.toml")


@kind
def literature_sheets(good: Good, draw: random.Random) -> Iterator[Case]:
    whole = (DATA_RAW / "literature" / "literature.csv").read_bytes()
    short = b"".join(whole.splitlines(keepends=True)[:12])
    command = ("import", "literature", "l.csv", "--name", "prov", *IMPORT)
    yield from _each(any_table(short, draw, ","), "l.csv", command)


@kind
def figures_of_SRS(good: Good, draw: random.Random) -> Iterator[Case]:
    files = {
        "b.csv": b"model_set,icd10,n_spells,n_events,n_censored,k,break_index,quantile,days\n"
        + "".join(f"m_3_0,F32,9,8,1,20,{k},{k / 20},{15 + 3 * k}\n" for k in range(21)).encode(),
        "p.csv": b"model_set,icd10,event_p50,adj_p10,adj_p25,adj_p50,adj_p75,adj_p90\n"
        b"m_3_0,F32,45,16,20,40,70,\n",
        "c.csv": b"icd10,interval,day_from,day_to,term,log_hazard\nF32,1,15,18,SexMale,-0.1\n",
    }  # fmt: skip
    command = ("import", "srs", "b.csv", "p.csv", "c.csv", *IMPORT, "--replace")
    for name, whole in files.items():
        for n, (what, content) in enumerate(any_table(whole, draw, ",")):
            if n % 3 == 0 or name == "b.csv":
                yield Case(what, {**files, name: content}, command, name)


@kind
def deaths(good: Good, draw: random.Random) -> Iterator[Case]:
    people = [row.split(",")[1] for row in good["spells.csv"].decode().splitlines()[1:40]]
    whole = ("person,date\n" + "".join(f"{p},2018-01-{5 + n % 20:02}\n" for n, p in
             enumerate(dict.fromkeys(people)))).encode()  # fmt: skip
    command = (*BUILD, "--register", "r.csv", *EXTRACTION, "--deaths", "d.csv")
    yield Case("right", {"d.csv": whole, "r.csv": good["spells.csv"]}, command, is_good=True)
    yield from _each(any_table(whole, draw, ","), "d.csv", command, r__csv=good["spells.csv"])


@kind
def ledgers(good: Good, draw: random.Random) -> Iterator[Case]:
    for name in ("exact", "margins"):
        whole = good[f"{name}.zip"]
        both = (f"{name}.zip", "right.zip")
        merge = ("ledger", "merge", *both, "--to", "{store}", "--data", "{data}")
        check = ("ledger", "check", f"{name}.zip")
        for n, (what, content) in enumerate(_spoilt_ledgers(whole, draw)):
            files = {f"{name}.zip": content, "right.zip": whole}
            yield Case(what, files, check if n % 2 else merge, f"{name}.zip")


def _spoilt_ledgers(whole: bytes, draw: random.Random) -> Iterator[tuple[str, object]]:
    """Archives, and members whose hashes are right again: what they say must be judged too."""
    yield from any_bytes(whole, draw)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    yield "a member outside", zipped(members | {"../x.csv": b"x"})
    yield "a bomb", zipped(members | {"x.csv": b"0" * (500 << 20)})
    tables = [name for name in members if members[name].count(b"\n") > 1 and name.endswith("csv")]
    for _ in range(10 if tables else 0):  # so few spells may leave no margin
        name = draw.choice(tables)
        what, content = draw.choice(list(any_table(members[name], draw, ",")))
        if isinstance(content, bytes):
            yield f"{name}: {what}", zipped(_hashed(members | {name: content}))
    settings = json.loads(members["settings.json"])
    for key in settings:
        value = draw.choice((None, -5, "x", [], {}, True, 1e308, 10**30))
        changed = json.dumps(settings | {key: value}).encode()
        yield f"{key}: {value!r}"[:40], zipped(members | {"settings.json": changed})
    for what, content in any_json(members["settings.json"], draw):
        if isinstance(content, bytes) and draw.random() < 0.3:
            yield f"settings: {what}", zipped(members | {"settings.json": content})


def _hashed(members: dict[str, bytes]) -> dict[str, bytes]:
    settings = json.loads(members["settings.json"])
    settings["sha256"] = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in members.items()
        if name != "settings.json"
    }
    return members | {"settings.json": json.dumps(settings).encode()}


@kind
def counts_from_elsewhere(good: Good, draw: random.Random) -> Iterator[Case]:
    whole = (
        b"code,valid_from,start_year,start_month,sex,age_group,county_code,entry_day,duration_day,"
        b"end_reason,n\nF32,2016-01-01,2017,3,women,30-39,01,14,40,1,12\n"
    )
    command = ("ledger", "import", "k.csv", "--to", "{store}", "--name", "prov", *EXTRACTION,
               "--data", "{data}", "--synthetic")  # fmt: skip
    yield from _each(any_table(whole, draw, ","), "k.csv", command)


@kind
def dates_of_a_rollout(good: Good, draw: random.Random) -> Iterator[Case]:
    whole = b"county_code,first_date\n01,2016-03-01\n03,2016-09-01\n04,2017-03-01\n"
    command = ("evaluate", "rollout", "--dates", "t.csv", "--draws", "99", "--store", "{store}",
               "--data", "{data}")  # fmt: skip
    yield from _each(any_table(whole, draw, ","), "t.csv", command)


@kind
def controls_of_a_revision(good: Good, draw: random.Random) -> Iterator[Case]:
    command = ("evaluate", "revision", "F32", "--date", "2017-01-01", "--controls", "e.txt",
               "--store", "{store}", "--data", "{data}")  # fmt: skip
    for what, content in any_bytes(b"M54\nF43\n", draw):
        yield Case(what, {"e.txt": content}, command)
    for text in ("nobody\n", "F32\nF32\n", "\x1b[2J\n", "F" * 1_000_000, "\u202eM54\n"):
        yield Case(f"{text[:9]!r}", {"e.txt": text.encode()}, command)


@kind
def environment(good: Good, draw: random.Random) -> Iterator[Case]:
    for name, value in (
        ("FMBSTATS_STORE", ""), ("FMBSTATS_STORE", "   "), ("FMBSTATS_STOR", "x"),
        ("FMBSTATS_STORE", "a" * 5000), ("FMBSTATS_STORE", "/dev/null"), ("FMBSTATS_STORE", "/"),
        ("FMBSTATS_STORE", "/dev/zero"), ("FMBSTATS_STORE", "gone/gone.duckdb"),
        ("FMBSTATS_NO_FORK", "yes"), ("FMBSTATS_NO_FORK", "true"), ("FMBSTATS_NOFORK", "1"),
        ("FMBSTATS_STORE", "\x1b[2J"), ("TMPDIR", "/dev/null"), ("TZ", "Nowhere/At_All"),
        ("LC_ALL", "xx_XX.nothing"), ("HOME", "/dev/null"), ("COLUMNS", "-1"), ("LINES", "x"),
    ):  # fmt: skip
        command = ("show", "F32", "--store", "{store}", "--data", "{data}")
        yield Case(f"{name}={value[:12]!r}", {}, command, environment={name: value})


@kind
def paths(good: Good, draw: random.Random) -> Iterator[Case]:
    show = ("show", "F32", "--store")
    register = ("--register", "r.csv", *EXTRACTION)
    r = {"r.csv": good["spells.csv"]}
    for store in ("/dev/null", "/dev/zero", "/dev/full", "/", ".", "", "a" * 300, "gone/s.duckdb",
                  "r.csv/s.duckdb", "/proc/self/mem", "/dev/stdin", "\x1b[2J",
                  "/proc/version"):  # fmt: skip
        yield Case(f"show --store {store[:20]!r}", r, (*show, store))
        yield Case(
            f"build --store {store[:20]!r}",
            r,
            ("build", "--data", "{data}", "--store", store, *register),
        )
    for data in ("/dev/null", "gone", "r.csv", ".", "/", ""):
        yield Case(f"--data {data!r}", r, ("list", "--data", data, "--store", "{store}"))
    for to in (
        "/dev/full",
        "/dev/null",
        "/",
        ".",
        "r.csv/x.csv",
        "a" * 300 + ".csv",
        "/proc/x.csv",
    ):
        yield Case(f"synth --to {to[:20]!r}", r, ("synth", "--spells", "100", "--to", to))
        yield Case(f"ledger --to {to[:20]!r}", r, ("ledger", "export", to, "--store", "{store}"))
        yield Case(
            f"evaluate --to {to[:20]!r}", r,
            ("evaluate", "revisions", "--edition", "2017-10", "--to", to, "--store", "{store}"),
        )  # fmt: skip
        yield Case(f"check --rejects {to[:20]!r}", r, ("check", "r.csv", "--rejects", to))


HERE = ("--store", "{store}", "--data", "{data}")
SYNTH = ("synth", "--spells", "100", "--to", "o.csv", "--data", "{data}")
# What nobody should say on a command line; a right file lies there.
SAID: tuple[tuple[str, ...], ...] = (
    ("list", "--year", "99999999999999999999", *HERE), ("list", "--year", "-1", *HERE),
    ("show", "", *HERE), ("show", "F" * 100_000, *HERE), ("show", "\udcff\udcfe", *HERE),
    ("show", "F32", "--by", "", *HERE), ("show", "F32", "--by", "sex,age,county,year,code", *HERE),
    ("show", "F32\n\x1b[2J", *HERE), ("show", "../../etc/passwd", *HERE),
    ("show", "%s $HOME `x`", *HERE), ("show", "F32' or 1=1 --", *HERE),
    ("report", "--dry-run", "--to", "o", "--only", ",,,", *HERE),
    ("report", "--dry-run", "--to", "o", "--only", "F32," * 5_000, *HERE),
    ("report", "--dry-run", "--to", "o", "--year", "2018-2014", *HERE),
    ("report", "--dry-run", "--to", "o", "--year", "1900-2099", *HERE),
    ("report", "--dry-run", "--to", "o", "--language", "sv,,xx", *HERE),
    ("report", "--dry-run", "--to", "o", "--round", "../rounds/all", *HERE),
    ("report", "--dry-run", "--to", "o", "--round", "\x00", *HERE),
    ("report", "--dry-run", "--to", "o\udcff", "--only", "F32", *HERE),
    ("report", "--dry-run", "--to", "o", "--threshold", "1e9", *HERE),
    ("export", "--to", "o", "--only", "F32", "--width-cm", "nan", *HERE),
    ("export", "--to", "o", "--only", "F32", "--width-cm", "-inf", *HERE),
    (*SYNTH, "--effect", "nan"), (*SYNTH, "--faults", "nan"), (*SYNTH, "--motivated", "nan"),
    (*SYNTH, "--icf-recall", "inf"), (*SYNTH, "--seed", str(2**70)), (*SYNTH, "--effect", "-0.0"),
    ("build", "--register", "r.csv", "--extraction", "0001-01-01", *HERE),
    ("build", "--register", "r.csv", "--extraction", "9999-12-31", *HERE),
    ("build", "--register", "r.csv", *EXTRACTION, "--lag", "3650", *HERE),
    ("build", "--register", "r.csv", *EXTRACTION, "--max-reject-share", "nan", *HERE),
    ("build", "--register", "r.csv", "--register", "r.csv", *EXTRACTION, *HERE),
    ("build", "--register", "r.csv", *EXTRACTION, "--deaths", "r.csv", *HERE),
    ("build", "--register", "r.csv", *EXTRACTION, "--evidence", "r.csv", *HERE),
    ("build", "--register", "r.csv", *EXTRACTION, "--mapping", "r.csv", *HERE),
    ("build", "--guideline", "../fmb", *HERE), ("build", "--guideline", "", *HERE),
    ("import", "literature", "r.csv", "--name", "../../x", "--data", "{data}"),
    ("import", "literature", "r.csv", "--name", "\x1b[2J", "--data", "{data}"),
    ("import", "fmb", "r.csv", "--to", "{data}/fmb", "--edition", "../2022-01"),
    ("import", "fmb", "r.csv", "--to", "{data}/fmb", "--date", "9999-12-31"),
    ("import", "fmb", "r.csv", "r.csv", "r.csv", "--to", "{data}/fmb"),
    ("import", "inera", "r.csv", "--code", "ÅÄÖ", "--data", "{data}"),
    ("import", "fk", "r.csv", "--title", "\x1b[2J", "--data", "{data}"),
    ("fmb", "diff", "2020-04", "2020-04", "--data", "{data}"),
    ("fmb", "diff", "../x", "", "--data", "{data}"), ("fmb", "show", "\udc80", "--data", "{data}"),
    ("evaluate", "revision", "F32", "--date", "0001-01-01", *HERE),
    ("evaluate", "revision", "F32", "--date", "9999-12-31", *HERE),
    ("evaluate", "revision", "F32", "--date", "2017-01-30", "--limit", "1", *HERE),
    ("evaluate", "revisions", "--edition", "", *HERE),
    ("evaluate", "certificates", "--register", "r.csv", *HERE),
    ("evaluate", "certificates", "--register", ".", "--by", "unit", *HERE),
    ("ledger", "sql", "--dialect", "duckdb", "--table", "a; drop table b", *EXTRACTION),
    ("ledger", "sql", "--dialect", "tsql", "--table", "\x00", *EXTRACTION),
    ("ledger", "merge", "r.csv", "r.csv", "--to", "o.duckdb", "--data", "{data}"),
    ("ledger", "check", "r.csv", "--signers", "r.csv", "--signer", "-oProxyCommand=x"),
    ("store", "hash", "--store", "r.csv"), ("gate", "."), ("gate", "..", "--previous", "."),
    ("completion", ""), ("check", "r.csv", "--contract", "\x1b[2J"), ("check", *("r.csv",) * 40),
    ("--version", "--help"), ("nothing",), ("",), ("-" * 1000,),
)  # fmt: skip


@kind
def arguments(good: Good, draw: random.Random) -> Iterator[Case]:
    files = {"r.csv": b"".join(good["spells.csv"].splitlines(keepends=True)[:40])}
    for said in SAID:
        yield Case(f"{' '.join(said)[:50]!r}", files, said)


@kind
def folders_of_part_files(good: Good, draw: random.Random) -> Iterator[Case]:
    command = (*BUILD, "--register", "r", *EXTRACTION)
    head, *rows = good["spells.csv"].splitlines(keepends=True)
    first, second = head + b"".join(rows[:150]), head + b"".join(rows[150:])
    yield Case("right", {"r/a.csv": first, "r/b.csv": second}, command, is_good=True)
    for what, files in {
        "nothing in it": {"r/.hidden": b"x"},
        "parts of two formats": {"r/a.csv": first, "r/b.tsv": good["midas.tsv"]},
        "a part in Parquet": {"r/a.csv": first, "r/b.parquet": good["spells-parquet.parquet"]},
        "a part twice": {"r/a.csv": first, "r/b.csv": first},
        "other columns": {"r/a.csv": first, "r/b.csv": head.replace(b"sex", b"kon") + rows[0]},
        "a part that is empty": {"r/a.csv": first, "r/b.csv": b""},
        "a part of its head": {"r/a.csv": first, "r/b.csv": head},
        "a folder in it": {"r/a.csv": first, "r/b/c.csv": second},
        "a pipe in it": {"r/a.csv": first, "r/b.csv": os.mkfifo},
        "a link to itself": {"r/a.csv": first, "r/b.csv": lambda p: p.symlink_to(p.name)},
        "a link to the folder": {"r/a.csv": first, "r/b": lambda p: p.symlink_to(".")},
        "a hundred parts": {f"r/{n}.csv": head + rows[n] for n in range(100)},
        "names of signs": {"r/\x1b[2J.csv": first, "r/a\nb.csv": b"\x00"},
    }.items():
        yield Case(what, files, command)


@kind
def evidence_of_persons(good: Good, draw: random.Random) -> Iterator[Case]:
    people = [row.split(",")[1] for row in good["spells.csv"].decode().splitlines()[1:40]]
    rows = "".join(f"{p},2017-01-05,F10\n" for p in dict.fromkeys(people))
    whole = f"person,date,diagnosis\n{rows}".encode()
    command = (*BUILD, "--register", "r.csv", *EXTRACTION, "--evidence", "e.csv")
    yield from _each(any_table(whole, draw, ","), "e.csv", command, r__csv=good["spells.csv"])


@kind
def rules_of_ones_own(good: Good, draw: random.Random) -> Iterator[Case]:
    command = (*BUILD, "--register", "r.csv", *EXTRACTION)
    tables = {
        "rules": b"".join((DATA_RAW / "fmb" / "case_rules.csv").read_bytes().splitlines(True)[:4]),
        "classes": b"ssyk,class\n51,heavy\n2,light\n",
    }
    for name, whole in tables.items():
        for n, (what, content) in enumerate(any_table(whole, draw, ",")):
            if n % 2 == 0:
                files = {f"data/rules/{name}.csv": content, "r.csv": good["spells.csv"]}
                yield Case(f"{name}: {what}", files, command)


@kind
def code_list_in_place(good: Good, draw: random.Random) -> Iterator[Case]:
    whole = (
        b"code,name,level,system,valid_from\nF32,Depressiv episod,code,ICD-10-SE,\n"
        b"F30-F39,F,block,ICD-10-SE,\n"
    )
    command = (*BUILD, "--register", "r.csv", *EXTRACTION)
    for what, content in any_table(whole, draw, ","):
        files = {"data/codes/icd10se.csv": content, "r.csv": good["spells.csv"]}
        yield Case(what, files, command)


@kind
def what_lies_beside_a_store(good: Good, draw: random.Random) -> Iterator[Case]:
    """The secret, the release store, locks: each of them anything."""
    report = ("report", "--only", "F32", "--dry-run", "--to", "o", *HERE)
    ledger = ("ledger", "export", "o.zip", "--store", "{store}")
    for name in ("store.secret", "store.release-5.duckdb", ".store.release-5.duckdb.making.lock"):
        for what, content in any_bytes(b"5e" * 32 + b"\n", draw):
            if what in ("empty", "zeros", "noise", "a folder", "a pipe", "a link to itself"):
                for command in (report, ledger):
                    files = {f"store/.fmbstats/{name}": content}
                    yield Case(f"{name}: {what}, {command[0]}", files, command)


@kind
def folders_for_the_gate(good: Good, draw: random.Random) -> Iterator[Case]:
    for name in ("index.html", "adherence.csv", "ledger.parquet", "release.json", "x.ipynb",
                 "x.pdf", "x.xlsx", "x.png", "x.svg", "manifest.json"):  # fmt: skip
        for what, content in any_bytes(b"<html></html>", draw):
            if draw.random() < 0.4:
                yield Case(f"{name}: {what}", {f"o/{name}": content}, ("gate", "o"))
    bomb = {"o/x.xlsx": zipped({"xl/worksheets/sheet1.xml": bytes(400 << 20)})}
    yield Case("a bomb", bomb, ("gate", "o"))


# ------------------------------------------------------------------ running them


@dataclass(frozen=True)
class Outcome:
    """What became of a case.

    Attributes
    ----------
    case : Case
    ended : Ended
    fault : str
        Empty where it was survived: read, or refused as it must be.
    """

    case: Case
    ended: Ended
    fault: str


def run_case(case: Case, good: Good, folder: Path) -> Outcome:
    """Lay a case down in an empty folder, run it, and say what is wrong with how it ended."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    data, store = folder / "data", folder / "store" / "store.duckdb"
    shutil.copytree(DATA_RAW, data)
    store.parent.mkdir()
    shutil.copy(good.store, store)
    for name, content in case.files.items():
        _lay(folder / name, content)
    before = {part: _state(folder / part) for part in ("data", "store")}
    command = [a.format(data=data, store=store) if "{" in a else a for a in case.command]
    kept = {name: os.environ.get(name) for name in case.environment}
    os.environ.update(case.environment)
    try:
        ended = run_apart(command, folder, seconds=MOST_SECONDS)
    finally:
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
    is_left = all(_state(folder / part) == was for part, was in before.items())
    return Outcome(case, ended, _fault(case, ended, is_left))


def _fault(case: Case, ended: Ended, is_left: bool) -> str:
    if not ended.is_told:
        return f"ended with {ended.code}, not told"
    if ended.peak_mib > MOST_MIB:
        return f"took {ended.peak_mib} MiB"
    if ended.code and not is_left:
        return "refused, but store or data_raw are not what they were"
    if ended.code and case.is_good:
        return "refused, although it is right"
    names = {Path(name).name for name in case.files}
    if ended.code and case.named and not any(name in ended.said for name in names):
        return f"refused without naming {' or '.join(names)}"
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", ended.said.replace("\r", "")):
        return "a control character reached the terminal"
    return ""


def _lay(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.unlink()
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)


def _state(folder: Path) -> dict[str, str]:
    # Locks and folders of ours are hidden.
    return {
        str(place): hashlib.sha256((folder / place).read_bytes()).hexdigest()
        for place in sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
        if not any(part.startswith(".") for part in place.parts)
    }


def cases_of(name: str, good: Good) -> list[Case]:
    """Return a kind's cases, the same at every call."""
    draw = random.Random(f"fmbstats {name}")
    return list(KINDS[name](good, draw))
