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
_INFO = frozenset(
    ["/Title", "/Creator", "/Producer", "/CreationDate", "/ModDate", "/Subject", "/Keywords"]
)
_END = re.compile(rb"%%EOF\s*\Z")
_INVISIBLE = re.compile(r"(?<![\d.])[37]\s+Tr\b")


def read_pdf(data: bytes) -> Contents:
    """Read a PDF; what cannot be read is a fault.

    Parameters
    ----------
    data : bytes
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    contents = Contents()
    if not _END.search(data) or data.count(b"%%EOF") != 1:
        contents.fault("", "text after its end, or several versions in one file.", _AGAIN)
    try:
        reader = PdfReader(io.BytesIO(data), strict=True)
        for number, page in enumerate(reader.pages, start=1):
            contents.say(f"page {number}", _whole_addresses(page.extract_text()))
            body = page.get_contents()
            if body is not None and _INVISIBLE.search(body.get_data().decode("latin-1")):
                contents.fault(f"page {number}", "text that is not shown.", _AGAIN)
        _read_metadata(reader, contents)
        for where, name in _active(reader):
            contents.fault(where, _ACTIVE[name], _AGAIN)
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


def _read_metadata(reader: Any, contents: Contents) -> None:
    for key, value in (reader.metadata or {}).items():
        contents.say(f"metadata {key}", str(value))
        if key not in _INFO:
            contents.fault(f"metadata {key[:30]}", "metadata of an unknown kind.", _AGAIN)
    packet = reader.trailer["/Root"].get("/Metadata")
    if packet is not None:
        contents.say("metadata", packet.get_object().get_data().decode("utf-8", "replace"))


def _active(reader: Any) -> Iterator[tuple[str, str]]:
    """Walk every object that the file holds, whether a page uses it or not."""
    if "/Encrypt" in reader.trailer:
        yield "", "/Encrypt"
    numbers = {n for known in reader.xref.values() for n in known} | set(reader.xref_objStm)
    for number in sorted(numbers - {0}):
        found = reader.get_object(number)
        yield from ((f"object {number}", name) for name in _names(found))


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in _ACTIVE:
                yield key
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)
    elif isinstance(value, str) and value in _ACTIVE:
        yield value
