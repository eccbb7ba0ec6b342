"""Reads pictures: the text and metadata in SVG and PNG files, and what could run or call out."""

from __future__ import annotations

import struct
import zlib
from xml.etree.ElementTree import Element, ParseError

from fmbstats.gate.findings import Contents
from fmbstats.pages.grammar import has_outer_style_address, is_inner_address

_AGAIN = "Make the figure again with fmbstats."
# What the figures are drawn with; nothing in this list runs, animates or embeds.
_SVG_ELEMENTS = (
    frozenset(
        ["svg", "g", "path", "text", "tspan", "use", "defs", "title", "desc", "style", "clipPath"]
    )
    | frozenset(["rect", "line", "polyline", "polygon", "circle", "ellipse", "linearGradient"])
    | frozenset(
        ["radialGradient", "stop", "marker", "pattern", "mask", "symbol", "metadata", "image"]
    )
)
# Attributes that hold geometry only: long, and without words.
_GEOMETRY = frozenset(["d", "points", "transform", "viewBox", "x", "y", "width", "height"])
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_PLAIN = frozenset(
    [b"IHDR", b"PLTE", b"IDAT", b"IEND", b"pHYs", b"tRNS", b"sRGB", b"gAMA", b"cHRM", b"sBIT"]
) | frozenset([b"bKGD"])
_PNG_TEXT = (b"tEXt", b"zTXt", b"iTXt")
_MOST_TEXT = 1_000_000


def read_svg(data: bytes) -> Contents:
    """Read an SVG picture; anything but shapes and text in it is a fault."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    contents = Contents()
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        contents.fault("", f"not a readable SVG picture ({type(error).__name__}).", _AGAIN)
        return contents
    # The parser leaves comments out; they are text like any other.
    for number, part in enumerate(data.split(b"<!--")[1:], start=1):
        contents.say(f"comment {number}", part.split(b"-->")[0].decode("utf-8", "replace"))
    for element in root.iter():
        _read_element(element, contents)
    return contents


def _read_element(element: Element, contents: Contents) -> None:
    name = _local(element.tag)
    if name not in _SVG_ELEMENTS:
        contents.fault(f"<{name}>", "an element that no figure needs.", _AGAIN)
    for key, value in element.attrib.items():
        _read_attribute(name, _local(key), value, contents)
    text = element.text or ""
    if name == "style" and has_outer_style_address(text):
        contents.fault("<style>", "a style that asks for something outside.", _AGAIN)
    contents.say(f"<{name}>", text)
    contents.say(f"after <{name}>", element.tail or "")


def _read_attribute(element: str, name: str, value: str, contents: Contents) -> None:
    where = f"<{element} {name}>"
    if name.lower().startswith("on"):
        contents.fault(where, "code that runs on an event.", _AGAIN)
    elif name in ("href", "src") and not is_inner_address(element, "xlink:href", value.strip()):
        contents.fault(where, "an address outside the picture.", _AGAIN)
    elif "url(" in value and has_outer_style_address(value):
        contents.fault(where, "a style that asks for something outside.", _AGAIN)
    if name not in _GEOMETRY:
        contents.say(where, value)


def _local(name: str) -> str:
    """Return a name without its vocabulary."""
    return str(name).rpartition("}")[2]


def read_png(data: bytes) -> Contents:
    """Read a PNG picture's chunks: known ones only, text ones searched, nothing after the end."""
    contents = Contents()
    if not data.startswith(_PNG_SIGNATURE):
        contents.fault("", "not a readable PNG picture.", _AGAIN)
        return contents
    place = len(_PNG_SIGNATURE)
    kind = b""
    while kind != b"IEND" and place + 12 <= len(data):
        size, kind = struct.unpack(">I4s", data[place : place + 8])
        body, check = data[place + 8 : place + 8 + size], data[place + 8 + size : place + 12 + size]
        if check != struct.pack(">I", zlib.crc32(kind + body)):
            break
        place += 12 + size
        _read_chunk(kind, body, contents)
    if kind != b"IEND" or place != len(data):
        contents.fault("", "the picture is cut off, damaged, or followed by other data.", _AGAIN)
    return contents


def _read_chunk(kind: bytes, body: bytes, contents: Contents) -> None:
    name = kind.decode("latin-1")
    if kind in _PNG_TEXT:
        try:
            contents.say(f"metadata {name}", _chunk_text(kind, body))
        except (zlib.error, ValueError, IndexError):
            contents.fault(f"metadata {name}", "metadata that cannot be read.", _AGAIN)
    elif kind not in _PNG_PLAIN:
        contents.fault(f"metadata {name!r}", "metadata of an unknown kind.", _AGAIN)


def _chunk_text(kind: bytes, body: bytes) -> str:
    key, _, rest = body.partition(b"\0")
    name = key.decode("latin-1")
    if kind == b"tEXt":
        return f"{name}: {rest.decode('latin-1')}"
    if kind == b"zTXt":
        return f"{name}: {_inflated(rest[1:]).decode('latin-1')}"
    is_packed = rest[0] == 1
    language, translated, text = rest[2:].split(b"\0", 2)
    plain = (_inflated(text) if is_packed else text).decode("utf-8")
    return f"{name}: {language.decode('latin-1')} {translated.decode('utf-8')} {plain}"


def _inflated(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(data, _MOST_TEXT)
    if unpacker.unconsumed_tail:
        raise ValueError("metadata larger than a megabyte")
    return text
