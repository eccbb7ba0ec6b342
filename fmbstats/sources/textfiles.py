"""Reading text files: refuses what is empty, damaged, cut off or in another encoding."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Iterable, Iterator
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Any

from fmbstats.errors import SourceError

_CHUNK_BYTES = 1 << 22
# Of a file that is read whole. Registers, read in blocks, may be of any size.
MAX_BYTES = 512 * 1024 * 1024
# Byte order marks of other encodings; that of UTF-32 begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


# Programs that pack files, by the first bytes of what they make; gzip's is unpacked.
_PACKERS = (
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"\x04\x22\x4d\x18", "lz4"),
)
# What programs save in their own form, by the first bytes.
_PROGRAMS = (
    (b"\0" * 12 + b"\xc2\xea\x81\x60", "a SAS data set"),
    (b"<stata_dta>", "a Stata data set"),
    (b"$FL2", "an SPSS data set"),
    (b"$FL3", "an SPSS data set"),
    (b"RDX", "an R workspace"),
    (b"ARROW1", "an Arrow (Feather) file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\0\1\0\0Standard", "an Access database"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel 97 workbook"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
)
N_TELLING = 16
# One byte per character, and the systems that write so: told apart by where Swedish letters lie.
_SYSTEMS = {"cp1252": "Windows", "cp850": "DOS", "mac-roman": "old Macintosh"}
_LETTERS = "åäöÅÄÖéÉüÜ"
# Of fewer letters nothing is told; nearly all are Swedish ones where the encoding is right.
_LEAST_LETTERS, _NEARLY_ALL, _FEW = 10, 0.9, 0.75
_LOOKED_AT = 1 << 20


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """Read a whole text file, refusing one that is empty, damaged or in another encoding.

    `encoding`: what the contract declares. A UTF-8 byte order mark is dropped. Every line end
    becomes a single line feed. Raises SourceError: missing file, folder, empty file, Excel or other
    archive, UTF-16, NUL byte, wrong encoding.
    """
    data = read_bytes(path)
    text = "".join(_decoded([data], path, encoding))
    # cp1252 decodes almost anything, so UTF-8 would pass and turn "Gävleborg" into "GÃ¤vleborg"
    if encoding.lower() == "cp1252" and not data.isascii() and is_utf8(data):
        raise SourceError(
            f"{path.name}: is written in UTF-8; expected cp1252 (Windows). Save it again in cp1252."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def check_bytes(path: Path, encoding: str = "utf-8") -> None:
    """Do the checks of :func:`read_text` in one pass, without keeping the text.

    For files of gigabytes; about as fast as the disk. Raises SourceError like `read_text`.
    """
    is_empty = True
    with open_file(path) as handle:
        for _ in _decoded(iter(partial(handle.read, _CHUNK_BYTES), b""), path, encoding):
            is_empty = False
    if is_empty:
        raise SourceError(_empty(path))


def _decoded(chunks: Iterable[bytes], path: Path, encoding: str) -> Iterator[str]:
    """Decode a file piece by piece; SourceError for what is no text in the encoding."""
    name = "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding
    decoder = codecs.getincrementaldecoder(name)()
    n_lines_before, is_first = 0, True
    for chunk in chunks:
        if is_first:
            _refuse_other_kind(chunk[:N_TELLING], path, encoding)
        _refuse_nul(chunk, path, encoding, n_lines_before)
        try:
            yield decoder.decode(chunk)
        except UnicodeDecodeError as error:
            raise _wrong_encoding(path, encoding, error, n_lines_before) from None
        n_lines_before += chunk.count(b"\n")
        is_first = False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise SourceError(_cut_character(path, encoding)) from None


def read_start(path: Path, n_bytes: int = 8192) -> bytes:
    """Return the first bytes of a file, to tell what kind it is without reading it all."""
    with open_file(path) as handle:
        return handle.read(n_bytes)


def read_bytes(path: Path, most: int = MAX_BYTES) -> bytes:
    """Return what a file holds; never waits, never takes more than `most` bytes.

    Raises SourceError: missing file, folder, pipe, device, larger than `most`, empty.
    """
    with open_file(path) as handle:
        data = handle.read(most + 1)
    if len(data) > most:
        raise SourceError(
            f"{path.name}: is larger than {most // 1024**2} MiB; no table of this kind is. "
            "Name the file that was meant."
        )
    if not data.strip(b" \r\n\t\xef\xbb\xbf"):
        raise SourceError(_empty(path))
    return data


def parse_json(text: str, where: object, what: str) -> Any:
    """Return what JSON says.

    `where`: names the file in messages. `what`: what it should be. Raises SourceError: cut off,
    damaged, or nested without end.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError(
            f"{where}, line {error.lineno}, column {error.colno}: not whole JSON ({error.msg}); "
            "the file is cut off or damaged. Fetch it again."
        ) from None
    except (ValueError, RecursionError) as error:  # thousands of digits, or of brackets
        raise SourceError(f"{where}: is no {what} ({str(error)[:80]}).") from None


def open_file(path: Path) -> BufferedReader:
    """Open a regular file; SourceError for what is missing or would be waited for."""
    if path.is_dir():
        raise SourceError(f"{path.name}: is a folder; expected a file.")
    if path.exists() and not path.is_file():  # a pipe would be waited for, a device never ends
        raise SourceError(f"{path.name}: is no regular file; expected a file.")
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise SourceError(f"{path.name}: no such file in {path.parent}.") from None
    except PermissionError:
        raise SourceError(f"{path.name}: you may not read this file.") from None


def check_regular(folder: Path) -> None:
    """Refuse a folder of data in which something is neither a file nor a folder.

    Many files of it may be missing: what stands in the place of one would pass for that.

    Raises SourceError: a pipe, a device, a socket, or a link that leads nowhere, below `folder`;
    not the hidden ones, which editors leave.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_file() or path.is_dir() or path.name.startswith("."):
            continue
        kind = "is no regular file" if path.exists() else "is a link that leads nowhere"
        raise SourceError(f"{path.relative_to(folder)}: {kind}; expected a file (in {folder}).")


def _refuse_other_kind(start: bytes, path: Path, encoding: str) -> None:
    if start.startswith(b"PK\x03\x04"):
        raise SourceError(
            f"{path.name}: is an Excel workbook or another archive; expected text in {encoding}. "
            "Save the sheet as a text file."
        )
    refuse_packed(start, path)
    other = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    if other is not None:
        raise SourceError(
            f"{path.name}: is written in {other}; expected {encoding}. Save it again in {encoding}."
        )


def refuse_packed(start: bytes, path: Path) -> None:
    """Refuse what is packed by another program than gzip or in its own form, by its first bytes.

    Raises SourceError.
    """
    program = next((name for mark, name in _PROGRAMS if start.startswith(mark)), None)
    if program is not None:
        raise SourceError(
            f"{path.name}: is {program}; expected text or Parquet. Export its table as CSV or "
            "Parquet."
        )
    packer = next((name for mark, name in _PACKERS if start.startswith(mark)), None)
    if packer is not None:
        raise SourceError(
            f"{path.name}: is packed by {packer}; expected text, plain or packed by gzip. Unpack "
            "it first."
        )


def _refuse_nul(data: bytes, path: Path, encoding: str, n_lines_before: int) -> None:
    at = data.find(b"\0")
    if n_lines_before == 0 and data[:64].count(b"\0") > 16:  # every other byte of plain letters
        raise SourceError(
            f"{path.name}: looks like UTF-16 or UTF-32 without its mark; expected {encoding}. Save "
            f"it again in {encoding}."
        )
    if at >= 0:
        line = n_lines_before + data.count(b"\n", 0, at) + 1
        raise SourceError(
            f"{path.name}, line {line}: a NUL byte; expected text in {encoding}. "
            "The file is damaged or not plain text: fetch it again."
        )


def _wrong_encoding(
    path: Path, encoding: str, error: UnicodeDecodeError, n_lines_before: int
) -> SourceError:
    data, start = error.object, error.start
    line = n_lines_before + data.count(b"\n", 0, start) + 1
    if encoding.startswith("utf") and len(data) - start < 4 and data[start] >= 0xC2:
        return SourceError(_cut_character(path, encoding))
    other = ""
    if encoding.lower().startswith("utf"):
        likely = likely_encoding(data) or "cp1252"
        other = f" It looks like {likely} ({_SYSTEMS[likely]})."
    return SourceError(
        f"{path.name}, line {line}: byte 0x{data[start]:02X} is not {encoding}.{other} "
        f"Save the file again in {encoding}."
    )


def likely_encoding(data: bytes) -> str | None:
    """Return the encoding in which nearly all letters beyond ASCII are Swedish; None if none is.

    >>> likely_encoding(("Östra vården, Ängelholm " * 5).encode("mac-roman"))
    'mac-roman'
    """
    beyond = _beyond_ascii(data)
    if len(beyond) < _LEAST_LETTERS:
        return None
    shares = {name: _share_swedish(beyond, name) for name in _SYSTEMS}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= _NEARLY_ALL else None


def is_likely(data: bytes, encoding: str) -> bool:
    """Whether Swedish letters are not few among those beyond ASCII, read in an encoding."""
    beyond = _beyond_ascii(data)
    return len(beyond) < _LEAST_LETTERS or _share_swedish(beyond, encoding) >= _FEW


def _beyond_ascii(data: bytes) -> bytes:
    return data[:_LOOKED_AT].translate(None, bytes(range(128)))


def _share_swedish(beyond: bytes, encoding: str) -> float:
    n_other = len(beyond.translate(None, _LETTERS.encode(encoding)))
    return 1 - n_other / len(beyond)


def is_utf8(data: bytes) -> bool:
    """Whether bytes are text in UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _cut_character(path: Path, encoding: str) -> str:
    return (
        f"{path.name}: ends in the middle of a {encoding} character; the file is cut off. "
        "Fetch it again."
    )


def _empty(path: Path) -> str:
    return f"{path.name}: the file is empty. Fetch or export it again."


def ends_whole(path: Path) -> bool:
    """Whether a file that is not packed ends with an end of line, as whole ones do."""
    with path.open("rb") as handle:
        if handle.seek(0, os.SEEK_END) == 0:
            return False
        handle.seek(-1, os.SEEK_END)
        return handle.read(1) in (b"\n", b"\r")
