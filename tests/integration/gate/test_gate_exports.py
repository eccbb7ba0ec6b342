"""Faults planted in an export: in its workbook, document, figures, lists, and beside them."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile

import pytest

from fmbstats.gate import run_gate
from fmbstats.gate.read_workbook import read_workbook

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clean(shared_folder, small_store, run_main, data_raw):
    def make(folder):
        asked = ("--only", "M54.5", "--store", small_store, "--data", data_raw)
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


def said(text):
    """Say a text in the workbook, in place of the first of its texts."""
    return in_part("xl/sharedStrings.xml", b"<si><t", f"<si><t>{text}</t></si><si><t".encode())


STRINGS, BOOK = "xl/sharedStrings.xml", "xl/workbook.xml"
DATA = b"\xfe\xca\x04\x00Anna"
PLANTS = {
    "count in a caption": (replaced("*.txt", b"[sv] ", b"[sv] 2 sjukfall. "), "stands in no row"),
    "count in words": (replaced("*.txt", b"[sv] ", b"[sv] Tre kvinnor. "), "stands in no row"),
    "name in a caption": (replaced("*.txt", b"[sv] ", b"[sv] Xantippa. "), "words that no phrase"),
    "name in a figure": (replaced("*.svg", b"</svg>", b"<text>Xantippa</text></svg>"), "words"),
    "count in a figure": (
        replaced("*.svg", b"</svg>", b"<text>3 personer</text></svg>"),
        "stands in no row",
    ),
    "line of a figure's data": (
        replaced("*_curve.csv", b",share_on_leave,0.", b",share_on_leave,0.9"),
        "lines of data",
    ),
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
