"""Reads Excel workbooks part by part: cells, formulas, links, hidden sheets, metadata."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from html import unescape

from fmbstats.gate.findings import Contents

_AGAIN = "Make the workbook again with 'fmbstats export'."
_MOST_BYTES = 1_000_000_000
_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:core|app)\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/(?:workbook|styles|sharedStrings)\.xml|xl/theme/theme\d+\.xml"
    r"|xl/worksheets/sheet\d+\.xml|xl/worksheets/_rels/sheet\d+\.xml\.rels|xl/tables/table\d+\.xml"
)
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
            if archive.testzip() is not None or _is_too_large(archive):
                raise zipfile.BadZipFile("damaged, or larger than any workbook of ours")
            names = archive.namelist()
            if len(set(names)) < len(names):
                contents.fault("", "a part that is there twice.", _AGAIN)
            for name in names:
                _read_part(name, archive, contents)
            if archive.comment or any(x.extra or x.comment for x in archive.infolist()):
                contents.fault("", "a comment, or data beside a part of the archive.", _AGAIN)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError) as error:
        contents.fault("", f"not a readable workbook ({error}).", _AGAIN)
    return contents


def _is_too_large(archive: zipfile.ZipFile) -> bool:
    return sum(part.file_size for part in archive.infolist()) > _MOST_BYTES


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
