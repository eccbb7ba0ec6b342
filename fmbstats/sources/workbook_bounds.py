"""How large a workbook is once unpacked, found out before anything takes memory for it.

A reader of sheets lays every cell from the first to the last into memory: one cell in the last row
and column of a sheet, a few bytes in the file, would want a quarter of a terabyte. A file of
kilobytes can unpack to gigabytes. Both are seen by unpacking in small pieces and keeping none.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from functools import partial, reduce
from pathlib import Path
from xml.parsers import expat

from fmbstats.errors import SourceError

MAX_BYTES = 512 * 1024 * 1024
MAX_CELLS = 20_000_000
MAX_PARTS = 2_000
_PIECE = 1024 * 1024
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_PLACE = re.compile(r"([A-Za-z]{1,7})(\d{1,9})")
_ZIP = b"PK\x03\x04"


def check_bounds(path: Path) -> None:
    """Refuse a workbook that would take more memory than any table of statistics needs.

    `path`: an existing file; what is no ZIP archive (the older .xls) has bounds of its own format.
    Raises SourceError: too large unpacked, too many parts or cells, or a damaged archive.
    """
    with path.open("rb") as handle:
        if handle.read(4) != _ZIP:
            return
    damage = (
        zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error, expat.ExpatError, ValueError,
        OSError,  # a part that would lie before the file begins
    )  # fmt: skip
    try:
        with zipfile.ZipFile(path) as archive:
            _check_archive(path, archive)
    except damage as error:
        raise SourceError(
            f"{path.name}: cannot be read as an Excel workbook ({str(error)[:120]}); it is cut off "
            "or damaged. Fetch it again."
        ) from None
    except RuntimeError as error:  # an encrypted part
        raise SourceError(
            f"{path.name}: cannot be unpacked ({str(error)[:120]}). Save it without a password."
        ) from None


def _check_archive(path: Path, archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        raise SourceError(f"{path.name}: has {len(parts):,} parts; no workbook of tables has.")
    if sum(part.file_size for part in parts) > MAX_BYTES:  # by the archive's own word
        raise _too_large(path)
    n_bytes = 0
    for part in parts:
        extent = _Extent() if _SHEET.fullmatch(part.filename) else None
        with archive.open(part) as handle:
            for piece in iter(partial(handle.read, _PIECE), b""):
                n_bytes += len(piece)
                if n_bytes > MAX_BYTES:
                    raise _too_large(path)
                if extent is not None:
                    extent.parser.Parse(piece, False)
                    _refuse_far_cells(path, part.filename, extent)


def _too_large(path: Path) -> SourceError:
    return SourceError(
        f"{path.name}: is larger than {MAX_BYTES // 1024**2} MiB when unpacked. Save the table "
        "alone, as a workbook of its own."
    )


def _refuse_far_cells(path: Path, sheet: str, extent: _Extent) -> None:
    if extent.last_row * extent.last_column > MAX_CELLS:
        raise SourceError(
            f"{path.name}, {sheet}: its cells reach to row {extent.last_row:,}, column "
            f"{extent.last_column:,}; more than {MAX_CELLS:,} cells would have to be read. Delete "
            "what lies far beside the table, and save it again."
        )


class _Extent:
    """How far the cells of a sheet reach, as its parser has read."""

    def __init__(self) -> None:
        self.last_row = self.last_column = 0
        self._row = self._column = 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        # What has no place of its own stands behind the one before.
        tag, place = name.rpartition(":")[2], attributes.get("r", "")
        if tag == "row":
            self._row = int(place) if place.isdecimal() else self._row + 1
            self._column = 0
        elif tag == "c":
            found = _PLACE.fullmatch(place)
            letters = found[1].upper() if found else ""
            number = reduce(lambda n, letter: n * 26 + ord(letter) - ord("A") + 1, letters, 0)
            self._column = number or self._column + 1
            self._row = int(found[2]) if found else self._row
            self.last_column = max(self.last_column, self._column)
        self.last_row = max(self.last_row, self._row)
