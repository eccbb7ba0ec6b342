"""Reads PDF files without help: text through each font's map, metadata, and what could act.

Only what our own writer (typst) makes is understood: objects, streams that are plain or packed
with Flate, object streams, fonts with a ToUnicode map. Everything else is a fault.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field

from fmbstats.gate.findings import Contents

_AGAIN = "Make it again with 'fmbstats export'."
_MOST_BYTES = 200_000_000
_OBJECT = re.compile(rb"(?:^|[\s>])(\d+)\s+(\d+)\s+obj\b")
_STREAM = re.compile(rb"stream\r?\n")
_LENGTH = re.compile(rb"/Length\s+(\d+)(?!\s+\d+\s+R)")
_FILTER = re.compile(rb"/Filter\s*(\[[^\]]*\]|/\w+)")
_NAME_ESCAPE = re.compile(rb"#([0-9a-fA-F]{2})")
# What makes a PDF do something, hold files, or hide its text.
_ACTIVE = (
    (b"/JavaScript", "a script."),
    (b"/JS", "a script."),
    (b"/OpenAction", "an action when it is opened."),
    (b"/AA", "an action on an event."),
    (b"/Launch", "an action that starts a program."),
    (b"/SubmitForm", "a form that is sent."),
    (b"/ImportData", "a form that loads data."),
    (b"/GoToR", "a link to another file."),
    (b"/GoToE", "a link to an embedded file."),
    (b"/EmbeddedFile", "an embedded file."),
    (b"/EmbeddedFiles", "an embedded file."),
    (b"/Filespec", "a file that it names."),
    (b"/RichMedia", "embedded media."),
    (b"/XFA", "a form."),
    (b"/AcroForm", "a form."),
    (b"/Encrypt", "encryption: its text cannot be checked."),
    (b"/Author", "the name of an author."),
)
_KNOWN_FILTERS = (b"", b"/FlateDecode", b"/Fl")
# Whatever is packed in a stream must have one of these tasks; the first ones hold text.
_SHOWN_TASK = re.compile(rb"/Contents\s+(\d+)\s+\d+\s+R")
_SHOWN_LIST = re.compile(rb"/Contents\s*\[([\d\sR]*)\]")
_SILENT_TASK = re.compile(
    rb"/(?:FontFile[23]?|CIDSet|ToUnicode|SMask|Mask|Function)\s+(\d+)\s+\d+\s+R"
    rb"|/ICCBased\s+(\d+)\s+\d+\s+R"
)
_SHOWN_KIND = re.compile(rb"/Subtype\s*/Form\b|/PatternType\b")
_SILENT_KIND = re.compile(
    rb"/Subtype\s*/Image\b|/Type\s*/(?:XRef|ObjStm|CMap)\b|/ShadingType|/FunctionType"
)
_CMAP_PAIR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_CMAP_RANGE = re.compile(
    rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>|\[([^\]]*)\])"
)
# Brackets in a string may stand bare when they are paired.
_PLAIN = rb"\\.|[^\\()]"
_LITERAL = rb"\(((?:%s|\((?:%s|\((?:%s)*\))*\))*)\)" % (_PLAIN, _PLAIN, _PLAIN)
_NUMBERS = rb"((?:[-+\d.]+\s+){6})"
_PROPERTIES = re.compile(rb"<<((?:<[0-9A-Fa-f\s]*>|[^<>])*)>>\s*BDC", re.DOTALL)
_SHOWING = re.compile(
    rb"/([^\s/\[\]()<>]+)\s+([-\d.]+)\s+Tf|<([0-9A-Fa-f\s]*)>|"
    + _LITERAL
    + rb"|"
    + _NUMBERS + rb"(cm|Tm)\b|\b(T[dD*])\b",
    re.DOTALL,
)  # fmt: skip
# A step to the side that is wider than any glyph parts two words.
_WIDEST_GLYPH = 1.1
_STRING = re.compile(_LITERAL + rb"|(?<!<)<([0-9A-Fa-f\s]{2,})>(?!>)", re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


@dataclass
class _Object:
    number: int
    head: bytes
    stream: bytes | None = None


@dataclass
class _Pdf:
    """The objects of a file, whatever stream they were in."""

    contents: Contents
    objects: dict[int, _Object] = field(default_factory=dict)


def read_pdf(data: bytes) -> Contents:
    """Read a PDF file: everything shown, every string of its structure, all metadata."""
    contents = Contents()
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-64:]:
        contents.fault("", "not a readable PDF file.", _AGAIN)
        return contents
    if data.count(b"%%EOF") > 1:
        contents.fault("", "changed after it was made: earlier text may lie under it.", _AGAIN)
    pdf = _Pdf(contents)
    _read_objects(data, pdf)
    for thing in list(pdf.objects.values()):
        if thing.stream is not None and b"/ObjStm" in thing.head:
            _read_object_stream(thing, pdf)
    if not any(b"/Page" in thing.head for thing in pdf.objects.values()):
        contents.fault("", "no pages that can be read.", _AGAIN)
    for thing in pdf.objects.values():
        _judge(thing.head, f"object {thing.number}", contents)
    _judge(b" ".join(re.findall(rb"trailer\b(.*?)startxref", data, re.DOTALL)), "trailer", contents)
    _read_shown(pdf)
    return contents


def _read_objects(data: bytes, pdf: _Pdf) -> None:
    place = 0
    while match := _OBJECT.search(data, place):
        number = int(match[1])
        end = data.find(b"endobj", match.end())
        start = _STREAM.search(data, match.end(), end if end > 0 else len(data))
        if end < 0:
            pdf.contents.fault(f"object {number}", "an object without an end.", _AGAIN)
            return
        thing = _Object(number, data[match.end() : start.start() if start else end])
        if start:
            end = _read_stream(data, start.end(), thing, pdf.contents)
        if number in pdf.objects:
            pdf.contents.fault(f"object {number}", "an object that is there twice.", _AGAIN)
        pdf.objects[number] = thing
        place = end


def _read_stream(data: bytes, start: int, thing: _Object, contents: Contents) -> int:
    """Unpack a stream; return where it ends."""
    where = f"object {thing.number}"
    length = _LENGTH.search(thing.head)
    end = start + int(length[1]) if length else data.find(b"endstream", start)
    if end < start or data[end : end + 12].strip()[:9] != b"endstream"[:9]:
        contents.fault(where, "a stream without an end.", _AGAIN)
        end = max(data.find(b"endstream", start), start)
    name = _FILTER.search(thing.head)
    kind = name[1].strip(b"[] ") if name else b""
    raw = data[start:end]
    if kind not in _KNOWN_FILTERS and b"/Image" not in thing.head:
        contents.fault(
            where, f"a stream packed in an unknown way ({kind.decode('latin-1')}).", _AGAIN
        )
    elif kind in _KNOWN_FILTERS[1:]:
        try:
            unpacker = zlib.decompressobj()
            thing.stream = unpacker.decompress(raw, _MOST_BYTES)
        except zlib.error:
            contents.fault(where, "a stream that cannot be unpacked.", _AGAIN)
    else:
        thing.stream = raw
    return end


def _read_object_stream(thing: _Object, pdf: _Pdf) -> None:
    first = re.search(rb"/First\s+(\d+)", thing.head)
    try:
        offset = int(first[1])
        numbers = list(map(int, thing.stream[:offset].split()))
    except (TypeError, ValueError):
        pdf.contents.fault(f"object {thing.number}", "packed objects not readable.", _AGAIN)
        return
    places = [*numbers[1::2], len(thing.stream) - offset]
    for number, start, end in zip(numbers[::2], places, places[1:], strict=False):
        pdf.objects[number] = _Object(number, thing.stream[offset + start : offset + end])


def _judge(head: bytes, where: str, contents: Contents) -> None:
    """Look for what acts in an object, and keep its strings."""
    plain = _STRING.sub(b"()", head)
    names = set(re.findall(rb"/[^\s/\[\]()<>]+", _NAME_ESCAPE.sub(_unescaped_name, plain)))
    for name, what in _ACTIVE:
        if name in names:
            contents.fault(where, what, _AGAIN)
    if b"/URI" in names:
        contents.fault(where, "a link to an address.", _AGAIN)
    for match in _STRING.finditer(head):
        contents.say(where, _decoded(_bytes_of(match[1], match[2])))


def _unescaped_name(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)])


def _bytes_of(literal: bytes | None, digits: bytes | None) -> bytes:
    if literal is not None:
        return _ESCAPE.sub(_unescaped, literal)
    packed = re.sub(rb"\s", b"", digits or b"")
    return bytes.fromhex((packed + b"0" * (len(packed) % 2)).decode("ascii"))


def _unescaped(match: re.Match[bytes]) -> bytes:
    sign = match[1]
    if sign[:1].isdigit():
        return bytes([int(sign, 8) % 256])
    return _ESCAPED.get(sign, b"" if sign in (b"\n", b"\r", b"\r\n") else sign)


def _decoded(raw: bytes) -> str:
    if raw.startswith(b"\xfe\xff"):
        return raw[2:].decode("utf-16-be", "replace")
    return raw.decode("utf-8" if raw.startswith(b"\xef\xbb\xbf") else "latin-1", "replace")


def _read_shown(pdf: _Pdf) -> None:
    """Read the text of pages and forms, and of metadata."""
    fonts = _fonts(pdf)
    shown, silent = _tasks(pdf)
    for thing in pdf.objects.values():
        if thing.stream is None:
            continue
        where = f"object {thing.number}"
        if re.search(rb"/Type\s*/Metadata", thing.head):
            _read_metadata(thing.stream, where, pdf.contents)
        elif thing.number in shown or _SHOWN_KIND.search(thing.head):
            for line in _shown(thing.stream, fonts):
                pdf.contents.say(where, line)
                if "\N{REPLACEMENT CHARACTER}" in line:
                    pdf.contents.fault(where, "text that cannot be read.", _AGAIN)
        elif thing.number not in silent and not _SILENT_KIND.search(thing.head):
            pdf.contents.fault(where, "data of no known use.", _AGAIN)


def _tasks(pdf: _Pdf) -> tuple[set[int], set[int]]:
    """Return the numbers of streams that show something, and of those that help to."""
    shown, silent = set(), set()
    for thing in pdf.objects.values():
        shown |= {int(number) for number in _SHOWN_TASK.findall(thing.head)}
        for listed in _SHOWN_LIST.findall(thing.head):
            shown |= {int(number) for number in re.findall(rb"(\d+)\s+\d+\s+R", listed)}
        for pair in _SILENT_TASK.findall(thing.head):
            silent |= {int(number) for number in pair if number}
    return shown, silent


def _read_metadata(stream: bytes, where: str, contents: Contents) -> None:
    contents.say(where, re.sub(r"<[^>]+>", " ", stream.decode("utf-8", "replace")))
    if b"<dc:creator>" in stream:
        contents.fault(where, "the name of an author.", _AGAIN)


def _fonts(pdf: _Pdf) -> dict[bytes, dict[int, str]]:
    """Name of a font on the pages -> its map from glyphs to text, two bytes a glyph."""
    fonts: dict[bytes, dict[int, str]] = {}
    for thing in pdf.objects.values():
        for group in re.findall(rb"/Font\s*<<(.*?)>>", thing.head, re.DOTALL):
            for name, number in re.findall(rb"/([^\s/]+)\s+(\d+)\s+\d+\s+R", group):
                found = _to_unicode(pdf, int(number))
                if not found:
                    pdf.contents.fault(f"object {number.decode()}", "text without a map.", _AGAIN)
                fonts.setdefault(name, {}).update(found)
    return fonts


def _to_unicode(pdf: _Pdf, number: int) -> dict[int, str]:
    font = pdf.objects.get(number)
    link = re.search(rb"/ToUnicode\s+(\d+)", font.head) if font else None
    stream = pdf.objects[int(link[1])].stream if link and int(link[1]) in pdf.objects else None
    found: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", stream or b"", re.DOTALL):
        for code, text in _CMAP_PAIR.findall(block):
            found[int(code, 16)] = _utf16(text)
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", stream or b"", re.DOTALL):
        for low, high, text, listed in _CMAP_RANGE.findall(block):
            codes = range(int(low, 16), int(high, 16) + 1)
            if listed:
                parts = re.findall(rb"<([0-9A-Fa-f]+)>", listed)
                found |= {c: _utf16(t) for c, t in zip(codes, parts, strict=False)}
            else:
                found |= {c: chr(int(text, 16) + c - codes[0]) for c in codes}
    return found


def _utf16(digits: bytes) -> str:
    return bytes.fromhex(digits.decode("ascii")).decode("utf-16-be", "replace")


@dataclass
class _Pen:
    """Where the next glyphs go, and what was written."""

    fonts: dict[bytes, dict[int, str]]
    font: dict[int, str] = field(default_factory=dict)
    size: float = 1.0
    scale: float = 1.0
    page: tuple[float, float] = (0.0, 0.0)
    text: tuple[float, float] = (0.0, 0.0)
    last: tuple[float, float] = (0.0, 0.0)
    lines: list[str] = field(default_factory=list)
    line: str = ""

    def move(self, kind: bytes, numbers: bytes) -> None:
        """Set the place on the page ("cm") or in the text ("Tm")."""
        a, _, _, _, x, y = map(float, numbers.split())
        if kind == b"cm":
            self.page, self.scale, self.text = (x, y), abs(a) or 1.0, (0.0, 0.0)
        else:
            self.text = (x, y)

    def write(self, raw: bytes) -> None:
        """Write glyphs; a step to another line ends the line, a wide one the word."""
        at = tuple(p + self.scale * t for p, t in zip(self.page, self.text, strict=True))
        step = at[0] - self.last[0]
        if abs(at[1] - self.last[1]) > 0.5:
            self.end_line()
        elif not 0 <= step <= _WIDEST_GLYPH * self.size * self.scale:
            self.line += " "
        self.last = at
        codes = (raw[k] << 8 | raw[k + 1] for k in range(0, len(raw) - 1, 2))
        self.line += "".join(self.font.get(c, "\N{REPLACEMENT CHARACTER}") for c in codes)

    def end_line(self) -> None:
        """Begin another line."""
        self.lines.append(self.line)
        self.line = ""


def _shown(stream: bytes, fonts: dict[bytes, dict[int, str]]) -> list[str]:
    """Return the lines of text that a stream shows."""
    pen = _Pen(fonts)
    # Texts in place of glyphs, for those who listen.
    for properties in _PROPERTIES.findall(stream):
        pen.lines += [_decoded(_bytes_of(*m.groups())) for m in _STRING.finditer(properties)]
    for match in _SHOWING.finditer(_PROPERTIES.sub(b" BDC", stream)):
        name, size, digits, literal, numbers, placing, stepping = match.groups()
        if name is not None:
            pen.font, pen.size = fonts.get(name, {}), float(size)
        elif placing is not None:
            pen.move(placing, numbers)
        elif stepping is not None:
            pen.end_line()
        else:
            pen.write(_bytes_of(literal, digits))
    pen.end_line()
    return pen.lines
