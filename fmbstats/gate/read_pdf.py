"""Reads PDF files (pypdf): every page's text, all metadata, and whatever could act or hold more."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from fmbstats.gate.findings import Contents
from fmbstats.gate.patterns import KNOWN_HOSTS

_AGAIN = "Make it again with 'fmbstats export'."
# What makes a PDF do something, hold files, hide its text, or name somebody.
_ACTIVE = {
    "/JavaScript": "a script.",
    "/JS": "a script.",
    "/OpenAction": "an action when it is opened.",
    "/AA": "an action on an event.",
    "/Launch": "an action that starts a program.",
    "/SubmitForm": "a form that is sent.",
    "/ImportData": "a form that loads data.",
    "/GoToR": "a link to another file.",
    "/GoToE": "a link to an embedded file.",
    "/EmbeddedFile": "an embedded file.",
    "/EmbeddedFiles": "an embedded file.",
    "/Filespec": "a file that it names.",
    "/RichMedia": "embedded media.",
    "/XFA": "a form.",
    "/AcroForm": "a form.",
    "/Encrypt": "encryption: its text cannot be checked.",
    "/Author": "the name of an author.",
    "/PieceInfo": "private data of a program.",
    "/OCProperties": "layers that may be hidden.",
}
# Keys of the objects that our documents are made of; whatever else a file holds is not ours.
_KEYS = re.compile(
    r"/(?:"
    r"AntiAlias|Bounds|C0|C1|Coords|Domain|Encode|Extend|Function|FunctionType|Functions|G|"
    r"Shading|ShadingType|"
    r"A|Alt|Annots|Ascent|BBox|BackgroundColor|BaseFont|Border|BorderColor|BorderStyle|"
    r"BorderThickness|CA|CIDSet|CIDSystemInfo|CIDToGIDMap|CS|CapHeight|ColorSpace|Contents|"
    r"Count|CreationDate|Creator|DW|Datetime|DescendantFonts|Descent|Dest|Dests|Direction|"
    r"DisplayDocTitle|Em|Encoding|ExtGState|F|Filter|First|Flags|Font|FontBBox|"
    r"FontDescriptor|FontFile2|FontFile3|FontName|Group|Headers|I|ID|IDTree|Index|Info|"
    r"ItalicAngle|K|Keywords|Kids|Lang|Last|Length|ListNumbering|MarkInfo|Marked|Matrix|"
    r"MediaBox|Metadata|ModDate|N|Names|Next|Nums|O|Obj|Ordering|Outlines|P|PageLabels|"
    r"Pages|PaintType|Parent|ParentTree|ParentTreeNextKey|Pattern|PatternType|Pg|Placement|"
    r"Prev|ProcSet|Producer|Range|Rect|Registry|Resources|RoleMap|Root|S|SMask|Scope|Size|"
    r"St|StemV|Strong|StructParent|StructParents|StructTreeRoot|Subject|Subtype|Supplement|"
    r"Suspects|T|Tabs|Terms|TilingType|Title|ToUnicode|Type|URI|ViewerPreferences|W|WMode|"
    r"XObject|XStep|YStep|ca"
    r"|[a-z]{1,2}\d{1,4})"  # fonts, colours, pictures of a page
)
# Strings that name places and alphabets, each in its form; all others are read.
_PLACES = re.compile(r"U\d+x\d+y\d+|Adobe|Identity")
_INFO = frozenset(
    ["/Title", "/Creator", "/Producer", "/CreationDate", "/ModDate", "/Subject", "/Keywords"]
)
_END = re.compile(rb"%%EOF\s*\Z")
_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
# The first two lines are ours: the version, and four bytes that say it is no text. A per cent sign
# within a text in brackets begins no comment; such texts hold brackets of their own, by pairs.
_INNER = rb"\((?:\\.|[^\\()])*\)"
_NESTED = rb"\((?:\\.|[^\\()]|" + _INNER + rb")*\)"
_COMMENT = re.compile(
    rb"\((?:\\.|[^\\()]|" + _NESTED + rb")*\)"
    rb"|(?P<comment>(?<!\A)(?<!%)%(?!%EOF|PDF-|[\x80-\xff]{4}\s))",
    re.DOTALL,
)
_INVISIBLE = re.compile(r"(?<![\d.])[37]\s+Tr\b")


def read_pdf(data: bytes) -> Contents:
    """Read a PDF; what cannot be read is a fault."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    contents = Contents()
    if any(found["comment"] for found in _COMMENT.finditer(_STREAM.sub(b"", data))):
        contents.fault("", "a comment between its objects.", _AGAIN)
    if not _END.search(data) or data.count(b"%%EOF") != 1:
        contents.fault("", "text after its end, or several versions in one file.", _AGAIN)
    try:
        reader = PdfReader(io.BytesIO(data), strict=True)
        # Before any text is drawn out: that puts fonts into the places that lead to them.
        for where, value in _objects(reader, contents):
            _read_object(where, value, contents)
        for number, page in enumerate(reader.pages, start=1):
            contents.say(f"page {number}", _whole_addresses(page.extract_text()))
            body = page.get_contents()
            if body is not None and _INVISIBLE.search(body.get_data().decode("latin-1")):
                contents.fault(f"page {number}", "text that is not shown.", _AGAIN)
        _read_metadata(reader, contents)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        contents.fault("", f"not a readable PDF ({type(error).__name__}).", _AGAIN)
    return contents


def _whole_addresses(text: str) -> str:
    """Join addresses of known hosts that a line's end breaks."""
    broken = (_broken(host) for host in KNOWN_HOSTS)
    return re.sub("|".join(broken), lambda match: re.sub(r"\s*\n\s*", "", match[0]), text)


def _broken(host: str) -> str:
    """Match a host with a line's end somewhere in it."""
    ends = (rf"{re.escape(host[:k])}\s*\n\s*{re.escape(host[k:])}" for k in range(1, len(host)))
    return rf"(?<=://)(?:{'|'.join(ends)})"


# A hash of the document's content in base64, which may begin as a path does.
_IDENTITY = re.compile(r"<xmpMM:(?:Instance|Document)ID>[A-Za-z0-9+/]{22}==</")


def _read_metadata(reader: Any, contents: Contents) -> None:
    for key, value in (reader.metadata or {}).items():
        contents.say(f"metadata {key}", str(value))
        if key not in _INFO:
            contents.fault(f"metadata {key[:30]}", "metadata of an unknown kind.", _AGAIN)
    packet = reader.trailer["/Root"].get("/Metadata")
    if packet is not None:
        said = packet.get_object().get_data().decode("utf-8", "replace")
        contents.say("metadata", _IDENTITY.sub("", said))


def _objects(reader: Any, contents: Contents) -> Iterator[tuple[str, Any]]:
    """Yield every object that the file holds; one that nothing leads to is a fault."""
    if "/Encrypt" in reader.trailer:
        contents.fault("", _ACTIVE["/Encrypt"], _AGAIN)
    numbers = {n for known in reader.xref.values() for n in known} | set(reader.xref_objStm)
    reached = _reached(reader)
    information = getattr(reader.trailer.raw_get("/Info"), "idnum", 0) if reader.metadata else 0
    for number in sorted(numbers - {0}):
        found = reader.get_object(number)
        is_table = isinstance(found, dict) and found.get("/Type") in ("/ObjStm", "/XRef")
        if number not in reached and not is_table:
            contents.fault(f"object {number}", "an object that no page uses.", _AGAIN)
        # What the document says of itself is read as its metadata.
        if number != information:
            yield f"object {number}", found


def _reached(reader: Any) -> set[int]:
    """Return the numbers of all objects that the document leads to."""
    from pypdf.generic import DictionaryObject, IndirectObject

    found: set[int] = set()
    pending: list[Any] = [reader.trailer]
    while pending:
        value = pending.pop()
        if isinstance(value, IndirectObject):
            if value.idnum in found:
                continue
            found.add(value.idnum)
            value = value.get_object()
        if isinstance(value, DictionaryObject):
            pending.extend(value.raw_get(key) for key in value)
        elif isinstance(value, list):
            pending.extend(value)
    return found


def _read_object(where: str, value: Any, contents: Contents) -> None:
    """Read an object's keys and texts, and those of what it holds itself."""
    from pypdf.generic import ByteStringObject, DictionaryObject, NameObject, TextStringObject

    if isinstance(value, DictionaryObject):
        for key in value:
            _read_key(where, key, contents)
            _read_object(where, value.raw_get(key), contents)
        if "/Rect" in value and value.get("/Subtype", "/Link") != "/Link":
            contents.fault(where, "a note on a page.", _AGAIN)
    elif isinstance(value, list):
        for inner in value:
            _read_object(where, inner, contents)
    elif isinstance(value, NameObject) and value in _ACTIVE:
        contents.fault(where, _ACTIVE[value], _AGAIN)
    elif isinstance(value, TextStringObject | ByteStringObject):
        text = value if isinstance(value, str) else bytes(value).decode("latin-1")
        if not _PLACES.fullmatch(text):
            contents.say(where, text)


def _read_key(where: str, key: str, contents: Contents) -> None:
    if key in _ACTIVE:
        contents.fault(where, _ACTIVE[key], _AGAIN)
    elif not _KEYS.fullmatch(key):
        contents.fault(where, f"a part that no document of ours has ({key[:20]}).", _AGAIN)
