"""Faults planted in an export: in its workbook, document, figures, lists, and beside them."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import zipfile

import polars as pl
import pytest
from PIL import Image, PngImagePlugin
from pypdf import PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import (
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from fmbstats.export.document import document_pdf
from fmbstats.gate import run_gate
from fmbstats.gate.read_workbook import read_workbook
from fmbstats.store.build import build_store
from fmbstats.synth import draw_register

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clean(shared_folder, keep_secret, run_main, data_raw):
    def make(folder):
        # So many that a revision can be evaluated month by month.
        store = folder / "store.duckdb"
        keep_secret(store)
        build_store(data_raw, store, draw_register(150_000, data_raw=data_raw))
        asked = ("--store", store, "--data", data_raw)
        told = ("revision", "F32", "--date", "2017-01-30", "--despite-rivals")
        for of in (told, ("drift",)):
            assert run_main("evaluate", *of, *asked, "--folder", folder / of[0]) == 0
        evaluated = ("--evaluations", folder / "revision", "--evaluations", folder / "drift")
        asked = ("--only", "M54.5", *asked, "--pdf", *evaluated)
        assert run_main("export", *asked, "--to", folder / "export") == 0

    return shared_folder("gate-export", make) / "export"


@pytest.fixture
def folder(clean, tmp_path):
    return shutil.copytree(clean, tmp_path / "export")


def sealed(folder):
    """Bring the list of files up to date: the fault itself must be found, not its traces."""
    path = folder / "export.json"
    about = json.loads(path.read_text("utf-8"))
    for file in about["files"]:
        data = (folder / file["name"]).read_bytes()
        file |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    path.write_text(json.dumps(about), "utf-8")


def replaced(pattern, old, new):
    def plant(folder):
        path = next(p for p in sorted(folder.rglob(pattern)) if old in p.read_bytes())
        path.write_bytes(path.read_bytes().replace(old, new, 1))

    return plant


def in_part(name, old, new, *, extra=b"", comment=b""):
    """Change a part of the workbook."""

    def plant(folder):
        path = next(folder.glob("*.xlsx"))
        made = io.BytesIO()
        with zipfile.ZipFile(path) as before, zipfile.ZipFile(made, "w") as after:
            for part in before.infolist():
                data = before.read(part)
                if part.filename == name:
                    assert old in data
                    data = data.replace(old, new, 1)
                    part.extra, part.comment = extra, comment
                after.writestr(part, data)
        path.write_bytes(made.getvalue())

    return plant


def in_manifest(**changes):
    def plant(folder):
        path = folder / "export.json"
        about = json.loads(path.read_text("utf-8")) | changes
        path.write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", "utf-8")

    return plant


def in_settings(**changes):
    def plant(folder):
        about = json.loads((folder / "export.json").read_text("utf-8"))
        in_manifest(settings=about["settings"] | changes)(folder)

    return plant


def said(text):
    """Say a text in the workbook, in place of the first of its texts."""
    return in_part("xl/sharedStrings.xml", b"<si><t", f"<si><t>{text}</t></si><si><t".encode())


def in_sheet(number, pattern, new):
    """Change what a pattern finds in a sheet of the workbook."""

    def plant(folder):
        path, name = next(folder.glob("*.xlsx")), f"xl/worksheets/sheet{number}.xml"
        with zipfile.ZipFile(path) as archive:
            found = re.search(pattern, archive.read(name))
        assert found
        in_part(name, found[0], new(found[0]))(folder)

    return plant


def in_document(change):
    """Write the document anew, with what `change` puts into it."""

    def plant(folder):
        path = next(folder.glob("*.pdf"))
        writer = PdfWriter(clone_from=path)
        writer.metadata = {"/Title": writer.metadata["/Title"]}
        change(writer)
        writer.write(path)

    return plant


def in_texts(old, new):
    """Put a sentence before one of the document's, and set it anew."""

    def plant(folder):
        path = next(folder.glob("fmbstats-*.json"))
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        made = document_pdf(folder, json.loads(path.read_text("utf-8")))
        path.with_suffix(".pdf").write_bytes(made)

    return plant


def in_values(change):
    """Change what the document is set from, and set it anew."""

    def plant(folder):
        path = next(folder.glob("fmbstats-*.json"))
        values = json.loads(path.read_text("utf-8"))
        change(values)
        path.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", "utf-8")
        path.with_suffix(".pdf").write_bytes(document_pdf(folder, values))

    return plant


def a_block(values, kind):
    return next(b for c in values["chapters"] for b in c["blocks"] if b["type"] == kind)


def bare_texts(folder):
    """Take the document away, and write a name into its texts."""
    path = next(folder.glob("fmbstats-*.json"))
    path.write_text(path.read_text("utf-8").replace('"', '"Anna Andersson ', 1), "utf-8")
    path.with_suffix(".pdf").unlink()
    about = json.loads((folder / "export.json").read_text("utf-8"))
    left = [file for file in about["files"] if (folder / file["name"]).exists()]
    in_manifest(files=left)(folder)


def picture_of_a_document(folder):
    path = next(folder.glob("fmbstats-*.json"))
    content = next(folder.rglob("*.png")).read_bytes()
    added(path.with_suffix(".png").name, content)(folder)


def added(name, content):
    """Add a file, and name it in the list of files."""

    def plant(folder):
        (folder / name).write_bytes(content)
        about = json.loads((folder / "export.json").read_text("utf-8"))
        in_manifest(files=[*about["files"], {"name": name}])(folder)

    return plant


def note(writer):
    writer.add_annotation(0, FreeText(text="Gotland", rect=(50, 50, 200, 90)))


def unused(writer):
    stream = DecodedStreamObject()
    stream.set_data(b"BT (2 sjukfall) Tj ET")
    writer._add_object(stream)


def script(writer):
    action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("1")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)


def private_part(writer):
    writer.root_object[NameObject("/Anna")] = NumberObject(2)


def dotted(folder):
    """Put a dot into a picture that is made of a figure."""
    path = next(iter(sorted(folder.rglob("*.png"))))
    with Image.open(path) as image:
        about = PngImagePlugin.PngInfo()
        for key, text in image.text.items():
            about.add_itxt(key, text)
        image.putpixel((17, 3), (0, 0, 0, 255))
        image.save(path, dpi=image.info["dpi"], pnginfo=about)


def without_months(folder):
    """Take from the ledger what only evaluations need."""
    path = folder / "ledger.parquet"
    pl.read_parquet(path).filter(pl.col("margin") != "month").write_parquet(
        path, compression="zstd"
    )


NUMBER = rb'<c r="[A-Z]+[2-9]" s="\d+"><v>[\d.]+</v>'


STRINGS, BOOK = "xl/sharedStrings.xml", "xl/workbook.xml"
SHORT = '"short": "'
DATA = b"\xfe\xca\x04\x00Anna"
PLANTS = {
    "count in a caption": (replaced("*.txt", b"[sv] ", b"[sv] 2 sjukfall. "), "stands in no row"),
    "sentence of known words": (
        replaced("*.txt", b"[sv] ", "[sv] Kvinnor i Gotland är längre än rekommenderat. ".encode()),
        "no phrase of ours",
    ),
    "nobody in a county": (
        replaced("*.txt", b"[sv] ", b"[sv] Ingen i Gotland. "),
        "no phrase of ours",
    ),
    "sentence in the workbook": (said("Inga i Gotland"), "no phrase of ours"),
    "blanks in a caption": (replaced("*.txt", b"[sv] ", b"[sv]    "), "blanks in a row"),
    "count in words": (replaced("*.txt", b"[sv] ", b"[sv] Tre kvinnor. "), "no phrase of ours"),
    "point more in a figure": (replaced("*.svg", b' d="M', b' d="M17 3L'), "not drawn as its"),
    "figure without a recipe": (replaced("*.svg", b"data-drawn", b"data-row"), "without what it"),
    "dot in a picture of a figure": (dotted, "not drawn as its"),
    "name in a caption": (replaced("*.txt", b"[sv] ", b"[sv] Xantippa. "), "words that no phrase"),
    "name in a figure": (
        replaced("*.svg", b"</svg>", b"<text>Xantippa</text></svg>"),
        "not drawn as its",
    ),
    "name of a figure": (replaced("*.svg", b"<desc", b"<title>Xantippa</title><desc"), "words"),
    "copy of nothing": (added("figures/figure.pdf", b"%PDF-1.7"), "without what it is made from"),
    "sentence of known words in the document": (
        in_texts(SHORT, f"{SHORT}Kvinnor i Gotland är längre än rekommenderat. "),
        "no phrase of ours",
    ),
    "turned sentence in the document": (in_texts("längre än", "kortare än"), "no phrase"),
    "count in the document": (in_texts(SHORT, f"{SHORT}Tre kvinnor. "), "no phrase of ours"),
    "number in the document's texts": (
        in_values(lambda v: a_block(v, "text").update(width=811218)),
        "a value that is no text",
    ),
    "size of a document's figure": (
        in_values(lambda v: a_block(v, "figure").update(width=8.11218)),
        "a value that is no text",
    ),
    "flags of a document": (
        in_values(lambda v: v.update(rows=[True, False])),
        "a value that is no text",
    ),
    "flags of columns": (
        in_values(lambda v: a_block(v, "table")["numeric"].append(True)),
        "a value that is no text",
    ),
    "texts without a document": (bare_texts, "not set as its texts say"),
    "texts of nobody": (added("notes.json", b'{"a": "Anna"}\n'), "not set as its texts say"),
    "picture of a document": (picture_of_a_document, "without what it is made from"),
    "group before a caption": (
        replaced("*.txt", b"[sv] Tabell 1. ", b"[sv] Tabell 1. Kvinnor: "),
        "no phrase of ours",
    ),
    "turned caption": (
        replaced("*_*.txt", "längre än".encode(), "kortare än".encode()),
        "no phrase of ours",
    ),
    "count in a figure": (
        replaced("*.svg", b"</svg>", b"<text>3 personer</text></svg>"),
        "not drawn as its",
    ),
    "line of a figure's data": (
        replaced("*_curve.csv", b",share_on_leave,0.", b",share_on_leave,0.9"),
        "lines of data",
    ),
    "point more in an evaluation": (
        replaced("*_drift_*.svg", b' d="M', b' d="M17 3L'),
        "not drawn as its",
    ),
    "line of an evaluation's data": (
        replaced("*_series.csv", b",share_over_fixed_limit,0.", b",share_over_fixed_limit,0.9"),
        "lines of data",
    ),
    "number of an evaluation in the workbook": (
        in_sheet(8, rb"<v>0\.\d{6,}</v>", lambda _: b"<v>0.3</v>"),
        "a row that the table",
    ),
    "number of an evaluation in the table": (
        replaced("adherence.csv", b",share_over_fixed_limit,0.", b",share_over_fixed_limit,0.9"),
        "does not follow from the ledger",
    ),
    "ledger without what an evaluation follows from": (without_months, "does not follow"),
    "name in the workbook": (said("Xantippa"), "words that no phrase"),
    "count in the workbook": (said("1 person"), "stands in no row"),
    "data beside a part": (in_part(STRINGS, b"<si>", b"<si>", extra=DATA), "beside a part"),
    "comment of a part": (in_part(STRINGS, b"<si>", b"<si>", comment=b"Anna"), "beside a part"),
    "comment in a part": (in_part(STRINGS, b"<si>", b"<!-- Anna --><si>"), "a comment"),
    "name of cells": (
        in_part(
            BOOK,
            b"</sheets>",
            b'</sheets><definedNames><definedName name="Anna">3</definedName></definedNames>',
        ),
        "a name that ours",
    ),
    "number in the table": (
        in_sheet(2, rb"<v>\d+\.\d{6,}</v>", lambda _: b"<v>0.3</v>"),
        "a row that the table",
    ),
    "number of an entry": (
        in_sheet(6, NUMBER, lambda c: re.sub(rb"<v>.*", b"<v>3</v>", c)),
        "n_started: a number",
    ),
    "day in a date": (
        in_sheet(4, rb"<v>42\d{3}</v>", lambda _: b"<v>42003</v>"),
        "valid_from: a number",
    ),
    "number under no head": (
        in_sheet(8, rb"</c></row>", lambda _: b'</c><c r="Z2" s="1"><v>3</v></c></row>'),
        "under no head",
    ),
    "text in a cell": (
        in_sheet(8, rb"</c></row>", lambda _: b'</c><c r="C2" t="inlineStr"><is/></c></row>'),
        "elements of a sheet",
    ),
    "file in a document": (
        in_document(lambda w: w.add_attachment("a.csv", b"2")),
        "not set as its texts say",
    ),
    "script in a document": (in_document(script), "not set as its texts say"),
    "note on a page": (in_document(note), "not set as its texts say"),
    "object of nobody": (in_document(unused), "not set as its texts say"),
    "part of a document": (in_document(private_part), "not set as its texts say"),
    "comment in a document": (
        replaced("*.pdf", b"startxref", b"% 2 sjukfall\nstartxref"),
        "not drawn as its",
    ),
    "tab in a caption": (replaced("*.txt", b"[sv] ", b"[sv]\t"), "nobody sees"),
    "page in an export": (added("a.html", b"<p>Anna</p>"), "not in the list"),
    "notebook in an export": (added("a.ipynb", b"{}"), "not in the list"),
    "table of nobody's": (added("a.parquet", b"PAR1 Anna"), "not in the list"),
    "key of the manifest": (in_manifest(person=1), "other keys"),
    "name of a language": (in_settings(language="Anna"), "a setting of another form"),
    "key of a setting": (in_settings(person="Anna"), "other keys"),
    "group of a setting": (in_settings(by="anna"), "by other groups"),
    "words of the manifest": (in_manifest(statement="2 sjukfall"), "another thing of itself"),
    "version of the manifest": (in_manifest(fmbstats_version="Anna"), "other versions"),
    "hash of the manifest": (in_manifest(source_hash="Anna"), "another thing of its data"),
    "hidden sheet": (in_part(BOOK, b"<sheet ", b'<sheet state="hidden" '), "a hidden sheet"),
}


def test_a_clean_export_passes(clean):
    assert [f.text() for f in run_gate(clean).findings] == []


@pytest.mark.parametrize("name", PLANTS)
def test_every_fault_planted_in_an_export_is_found(folder, name):
    plant, what = PLANTS[name]
    plant(folder)
    sealed(folder)
    found = [f.text() for f in run_gate(folder).findings]
    assert any(what in text for text in found), found[:5]


def test_a_workbook_of_ours_holds_nothing_beside_its_parts(clean):
    assert not read_workbook(next(clean.glob("*.xlsx")).read_bytes()).faults
