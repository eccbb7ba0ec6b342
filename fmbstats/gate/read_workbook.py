"""Reads Excel workbooks part by part: cells, formulas, links, hidden sheets, metadata."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from html import unescape
from typing import Any

from lxml import etree

from fmbstats.gate.findings import Contents

_AGAIN = "Make the workbook again with 'fmbstats export'."
_MOST_BYTES = 1_000_000_000
_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:core|app)\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/(?:workbook|styles|sharedStrings)\.xml|xl/theme/theme\d+\.xml"
    r"|xl/worksheets/sheet\d+\.xml|xl/worksheets/_rels/sheet\d+\.xml\.rels|xl/tables/table\d+\.xml"
)
# What a sheet of ours is made of, and what its cells may be: text of the shared ones, or a number.
_SHEET = frozenset(
    ["worksheet", "sheetPr", "tabColor", "pageSetUpPr", "dimension", "sheetViews", "sheetView"]
) | {"pane", "selection", "sheetFormatPr", "cols", "col", "sheetData", "row", "c", "v"}
_SHEET |= {"printOptions", "pageMargins", "pageSetup", "headerFooter", "oddHeader", "oddFooter"}
_SHEET |= {"ignoredErrors", "ignoredError", "tableParts", "tablePart"}
_CELL = re.compile(r"([A-Z]{1,3})\d{1,7}")
Cell = str | float | None
Cells = list[list[Cell]]
_TEXT = re.compile(rb"<t(?:\s[^>]*)?>([^<]*)</t>")
_LONG_NUMBER = re.compile(rb'r="([A-Z]+\d+)"[^>]*><v>(\d{10,12})</v>')
_COLUMN = re.compile(rb'<(?:tableColumn|table)\s[^>]*?\bname="([^"]*)"')
_HEADER = re.compile(rb"<(?:odd|even|first)(?:Header|Footer)>([^<]*)<")
_HIDDEN = re.compile(
    rb'<sheet\s[^>]*state="(?:hidden|veryHidden)"|<(?:row|col)\s[^>]*hidden="(?:1|true)"'
)
_PERSON = re.compile(rb"<(?:dc:creator|cp:lastModifiedBy|Manager|Company)>([^<]+)<")
_PROPERTY = re.compile(rb"<[\w:]+(?:\s[^>]*)?>([^<]+)</")
# Parts of XML that make a sheet do something, each with what it is.
_ACTIVE = (
    (re.compile(rb"<f[\s>/]"), "a formula."),
    (re.compile(rb"<hyperlinks?[\s>]"), "a link."),
    (re.compile(rb'<definedName(?![^>]*\sname="_xlnm\.)[\s>]'), "a name that ours do not give."),
    (re.compile(rb"<!--|<\?(?!xml\s)"), "a comment or an instruction."),
    (re.compile(rb"<(?:comments?|extLst|customSheetViews?|phoneticPr)[\s>]"), "more than cells."),
    (re.compile(rb'TargetMode="External"'), "a link to another file or address."),
    (
        re.compile(rb"<(?:oleObjects?|controls?|legacyDrawing|drawing|dataValidations)[\s>]"),
        "an object.",
    ),
    (re.compile(rb"<!(?:DOCTYPE|ENTITY)"), "a declaration that loads something."),
)


def read_workbook(data: bytes) -> Contents:
    """Read a workbook; parts, formulas and links that ours never have are faults."""
    contents = Contents()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            n_bytes = sum(part.file_size for part in archive.infolist())
            if archive.testzip() is not None or n_bytes > _MOST_BYTES:
                raise zipfile.BadZipFile("damaged, or larger than any workbook of ours")
            names = archive.namelist()
            if len(set(names)) < len(names):
                contents.fault("", "a part that is there twice.", _AGAIN)
            for name in names:
                _read_part(name, archive, contents)
            has_more = archive.comment or any(x.extra or x.comment for x in archive.infolist())
            if has_more or not _is_whole(archive, data):
                contents.fault("", "a comment, or data beside a part of the archive.", _AGAIN)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError) as error:
        contents.fault("", f"not a readable workbook ({error}).", _AGAIN)
    return contents


def _is_whole(archive: zipfile.ZipFile, data: bytes) -> bool:
    """Whether parts, list of parts and end record follow one another from first byte to last."""
    at = 0
    for part in sorted(archive.infolist(), key=lambda part: part.header_offset):
        if part.header_offset != at or data[at : at + 4] != b"PK\3\4":
            return False
        n_name, n_extra = struct.unpack("<HH", data[at + 26 : at + 30])
        at += 30 + n_name + n_extra + part.compress_size
    size, start = struct.unpack("<II", data[-10:-2])
    return (
        data[-22:-18] == b"PK\5\6"
        and start == at == archive.start_dir
        and (at + size + 22 == len(data))
    )


def read_sheets(data: bytes) -> list[Cells]:
    """Return the cells of every sheet, row by row.

    Raises ValueError: it is no workbook, or has cells of another kind than ours.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
            texts = _shared(archive)
            return [_cells(_tree(archive.read(name)), texts) for name in names]
    except (zipfile.BadZipFile, zlib.error, KeyError, IndexError, etree.XMLSyntaxError) as error:
        raise ValueError(f"not a readable workbook ({type(error).__name__})") from None


def _tree(data: bytes) -> Any:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))


def _shared(archive: zipfile.ZipFile) -> list[str]:
    tree = _tree(archive.read("xl/sharedStrings.xml"))
    return ["".join(item.itertext()) for item in tree.iterchildren("{*}si")]


def _cells(sheet: Any, texts: list[str]) -> Cells:
    if unknown := {etree.QName(e).localname for e in sheet.iter("*")} - _SHEET:
        raise ValueError(f"{len(unknown)} elements of a sheet that ours do not have")
    found: Cells = []
    for row in sheet.iter("{*}row"):
        if set(row.attrib) - {"r", "spans"}:
            raise ValueError("a row with more than its place")
        cells: list[Cell] = []
        for cell in row.iterchildren():
            place = _CELL.fullmatch(cell.get("r", ""))
            if place is None or set(cell.attrib) - {"r", "s", "t"}:
                raise ValueError("a cell without its place, or with more than its place")
            cells += [None] * (_column(place[1]) - len(cells))
            cells.append(_value(cell, texts))
        found.append(cells)
    return found


def _column(letters: str) -> int:
    """Number of a column, from 0."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number - 1


def _value(cell: Any, texts: list[str]) -> Cell:
    kind, value = cell.get("t", "n"), cell.findtext("{*}v")
    if kind not in ("n", "s") or (value is None and len(cell)):
        raise ValueError("a cell of another kind than ours")
    if value is None:
        return None
    return texts[int(value)] if kind == "s" else float(value)


def _read_part(name: str, archive: zipfile.ZipFile, contents: Contents) -> None:
    if not _PARTS.fullmatch(name):
        contents.fault(name, "a part that no workbook of ours has.", _AGAIN)
        return
    data = archive.read(name)
    for pattern, what in _ACTIVE:
        if pattern.search(data):
            contents.fault(name, what, _AGAIN)
    if _HIDDEN.search(data):
        contents.fault(name, "a hidden sheet, row or column.", _AGAIN)
    if name.startswith("docProps/"):
        _read_properties(name, data, contents)
    for pattern in (_TEXT, _HEADER, _COLUMN):
        for match in pattern.finditer(data):
            contents.say(name, unescape(match[1].decode("utf-8", "replace")))
    for match in _LONG_NUMBER.finditer(data):
        contents.say(f"{name} {match[1].decode()}", match[2].decode())


def _read_properties(name: str, data: bytes, contents: Contents) -> None:
    if _PERSON.search(data):
        contents.fault(name, "the name of a person or a company.", _AGAIN)
    for match in _PROPERTY.finditer(data):
        contents.say(name, unescape(match[1].decode("utf-8", "replace")))
