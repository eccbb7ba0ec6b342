"""Whatever data are called, no medium shows a sign that acts: terminal, page, notebook, CSV, PDF.

Escape codes, marks that turn text round, signs nobody sees and formulas come from a register's
name, its file's name, its mapping, its codes and FMB's names. Each medium neutralises its text and
is read here as its reader would; letting the text through as it came shows that each reader would
find what is not neutralised.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile
from html import unescape

import lxml.html
import polars as pl
import pypdf
import pytest

from fmbstats import words
from fmbstats.store import exact

pytestmark = pytest.mark.slow
ESCAPE, TURNED, UNSEEN = "\x1b[2J", "\u202edcba\u2066", "\u200b\ufeff"
HOSTILE = f"=1+1 Xan{ESCAPE}{TURNED}{UNSEEN}tippa"
ACTS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
FORMULA = re.compile(r"\s*[=+@]|\s*-(?!\d|$)")
SLUG = "depressiv-episod"


def acting(text):
    """Return what acts, with the text around it."""
    return [text[max(0, m.start() - 40) : m.end() + 20] for m in ACTS.finditer(text)]


def of_terminal(printed):
    return {"terminal": acting(printed)}


def of_folder(folder):
    """Return what acts in each medium that the folder holds, read as its reader would."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        read = READERS.get(path.suffix)
        if read is not None:
            medium, faults = read(path)
            found.setdefault(medium, []).extend(faults)
    return found


def page(path):
    return "page", acting(said_in(path.read_text("utf-8")))


def said_in(html):
    tree = lxml.html.document_fromstring(html)
    return " ".join([*tree.itertext(), *(str(value) for value in tree.xpath("//@*"))])


def notebook(path):
    outputs = [
        o for c in json.loads(path.read_text("utf-8"))["cells"] for o in c.get("outputs", ())
    ]
    return "notebook", acting(json.dumps([o["data"] for o in outputs], ensure_ascii=False))


def table(path):
    cells = [
        c for row in csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")) for c in row
    ]
    return "csv", [c for c in cells if ACTS.search(c) or FORMULA.match(c)]


def workbook(path):
    with zipfile.ZipFile(path) as archive:
        parts = [archive.read(name).decode("utf-8") for name in archive.namelist()]
    escaped = re.findall(r"_x00[01][0-9A-F]_", " ".join(parts))
    return "workbook", [
        *escaped,
        *acting(unescape(" ".join(parts))),
        *re.findall("<f>", parts[3]),
    ]


def document(path):
    reader = pypdf.PdfReader(path)
    texts = [*(p.extract_text() for p in reader.pages), *map(str, (reader.metadata or {}).values())]
    return "document", acting(" ".join(texts))


def text(path):
    return "text", acting(path.read_text("utf-8"))


def picture(path):
    return "picture", acting(unescape(path.read_text("utf-8")))


READERS = {".html": page, ".ipynb": notebook, ".csv": table, ".xlsx": workbook}
READERS |= {".pdf": document, ".txt": text, ".svg": picture}
MEDIA = {"page", "notebook", "csv", "workbook", "document", "text", "picture"}


@pytest.fixture(scope="module")
def hostile(data_raw, run_main, tmp_path_factory):
    """Return the arguments of a build whose register, file, mapping and names are hostile."""
    folder = tmp_path_factory.mktemp("media")
    data = shutil.copytree(data_raw, folder / "data_raw")
    for edition in sorted((data / "fmb").glob("20*-*")):
        for name, column in (("entries", "name"), ("criteria", "term"), ("icf", "name")):
            path = edition / f"{name}.csv"
            pl.read_csv(path, infer_schema=False).with_columns(
                pl.lit(HOSTILE).alias(column)
            ).write_csv(path)
    plain, register = folder / "spells.csv", folder / f"={TURNED}{UNSEEN}{ESCAPE}.csv"
    assert run_main("synth", "--spells", 3_000, "--to", plain) == 0
    hostile_code = pl.when(pl.int_range(pl.len()) < 9).then(pl.lit(HOSTILE)).otherwise("code")
    frame = pl.read_csv(plain, infer_schema=False).with_columns(hostile_code.alias("code"))
    frame.rename({"code": f"kod{TURNED}"}).write_csv(plain)
    plain.rename(register)
    mapping = folder / "mapping.toml"
    mapping.write_text(
        f"[register]\nname = {json.dumps(HOSTILE)}\nis_synthetic = true\n"
        f"[columns]\ncode = {json.dumps('kod' + TURNED)}\n", "utf-8",
    )  # fmt: skip
    return folder, data, register, mapping


@pytest.fixture(scope="module")
def built(hostile, run_main):
    folder, data, register, mapping = hostile
    given = ("--register", register, "--mapping", mapping, "--extraction", "2019-06-30")
    store = folder / "store.duckdb"
    assert run_main("build", "--store", store, "--data", data, *given) == 0
    return "--store", store, "--data", data


def made(run_main, built, to):
    """Make reports and an export."""
    assert run_main("report", "--only", SLUG, "--jobs", "1", *built, "--to", to) == 0
    assert run_main("export", "--only", SLUG, "--pdf", *built, "--to", to / "export") == 0
    return to


def test_no_medium_shows_what_acts(run_main, built, tmp_path):
    folder = made(run_main, built, tmp_path)
    found = of_folder(folder)
    assert set(found) == MEDIA
    assert {medium: faults for medium, faults in found.items() if faults} == {}
    # The names have come that far, each sign written out; of a register's name a release keeps no
    # digits but years and dates.
    texts = (folder / "export").glob("*.txt")
    for path in (folder / "2017" / f"{SLUG}.html", *texts):
        assert re.search(r"\[U\+(202E|·+E)\]dcba", path.read_text("utf-8")), path.name


def test_the_terminal_shows_nothing_that_acts(hostile, run_main, built, capsys):
    _, _, register, mapping = hostile
    capsys.readouterr()
    for command in (("show", SLUG), ("list",), ("fmb", "show", SLUG)):
        run_main(*command, *built)
    run_main("check", register, "--mapping", mapping)
    printed = capsys.readouterr()
    assert "[U+202E]dcba" in printed.out
    assert of_terminal(printed.out + printed.err) == {"terminal": []}


def test_each_way_of_reading_finds_what_is_let_through(run_main, built, tmp_path, monkeypatch):
    # No picture and no document can be made with escape codes at all.
    raw = lambda value, max_length=500: str(value).replace("\x1b", "")  # noqa: E731
    for module in (words, words.plain, exact):
        monkeypatch.setattr(module, "visible", raw)
    found = of_folder(made(run_main, built, tmp_path))
    # Notebooks are run by a process of their own.
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": [{"outputs": [{"data": {"text/html": HOSTILE}}]}]}))
    assert notebook(path)[1]
    assert {medium for medium, faults in found.items() if faults} >= MEDIA - {"notebook"}
    assert of_terminal(HOSTILE)["terminal"]
