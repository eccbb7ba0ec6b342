"""The files of a register: plain or packed, single or the parts that Spark writes into a folder."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fmbstats.errors import SourceError
from fmbstats.sources.textfiles import N_TELLING, refuse_packed

#: No line with column names is longer.
MOST_HEADER_BYTES = 1 << 20
_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
# So many lines of a part may be blank before it is taken for empty.
_N_LOOKED_AT = 100
_NO_PARTS = (".crc", ".md", ".toml", ".json", ".txt~")


def part_files(folder: Path) -> tuple[Path, ...]:
    """Return the data files in a folder of parts; markers and checksums are none.

    Raises SourceError: it holds no file, or folders of its own (a partitioned table, whose columns
    stand in the folders' names).
    """
    found = sorted(p for p in folder.iterdir() if not p.name.startswith((".", "_")))
    if any(p.is_dir() for p in found):
        raise SourceError(
            f"{folder.name}: holds folders. Name a folder with the part files themselves; of a "
            "partitioned table the columns in the folders' names would be lost."
        )
    files = tuple(p for p in found if p.suffix.lower() not in _NO_PARTS)
    if not files:
        raise SourceError(f"{folder.name}: is a folder without data files.")
    # Who writes a part each on many machines has nothing to write on some.
    return tuple(p for p in files if _has_rows(p)) or files


def _has_rows(path: Path) -> bool:
    """Whether a part file has a row; true of one that is damaged, of which its reader tells."""
    if not path.is_file():
        return True
    if is_parquet(path):
        from pyarrow import ArrowException, parquet

        try:
            return parquet.read_metadata(path).num_rows > 0
        except (ArrowException, OSError):
            return True
    try:
        lines = header_lines(path, _N_LOOKED_AT)[1:]
        # A file that ends gives empty lines without an end of their own.
        return any(line.strip() for line in lines) or bool(lines[-1])
    except SourceError:
        return True


def all_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Put the part files of folders in place of them."""
    return tuple(p for path in paths for p in (part_files(path) if path.is_dir() else (path,)))


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet, by its suffix or its first bytes."""
    return path.suffix.lower() in (".parquet", ".pq") or _begins(path, _PARQUET)


def is_packed(path: Path) -> bool:
    """Whether a file is packed by gzip, by its first bytes."""
    return _begins(path, _GZIP)


def _begins(path: Path, mark: bytes) -> bool:
    try:
        with path.open("rb") as handle:
            return handle.read(len(mark)) == mark
    except OSError:
        return False


class Hashed(io.RawIOBase):
    """A file that is hashed while it is read from its start to its end.

    `update`: takes the bytes read.
    """

    def __init__(self, handle: io.BufferedReader, update) -> None:
        self._handle = handle
        self._update = update

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def readinto(self, buffer) -> int:
        """Read the next bytes."""
        n = self._handle.readinto(buffer)
        self._update(memoryview(buffer)[:n])
        return n


@contextmanager
def unpacking(path: Path) -> Iterator[None]:
    """Tell what goes wrong while a packed file is read as a fault of its own."""
    try:
        yield
    except (OSError, EOFError, zlib.error):
        raise SourceError(
            f"{path.name}: is cut off or damaged; it cannot be unpacked. Fetch it again."
        ) from None


def header_lines(path: Path, n_lines: int) -> list[bytes]:
    """Return the first lines of a text, plain or packed, without a byte order mark.

    Raises SourceError: a line goes on without end: line ends are CR only, or it is no table at all.
    """
    with path.open("rb") as raw:
        refuse_packed(raw.read(N_TELLING), path)
        raw.seek(0)
        handle = gzip.GzipFile(fileobj=raw) if is_packed(path) else raw
        with unpacking(path):
            lines = [_header_line(handle, path) for _ in range(n_lines)]
    return [lines[0].removeprefix(_BOM), *lines[1:]]


def _header_line(handle: io.BufferedReader | gzip.GzipFile, path: Path) -> bytes:
    line = handle.readline(MOST_HEADER_BYTES)
    if b"\r" in line.rstrip(b"\r\n"):
        raise SourceError(
            f"{path.name}: line ends are CR only, as old Macintosh programs write them. Save it "
            "with LF or CRLF line ends."
        )
    if len(line) == MOST_HEADER_BYTES and not line.endswith(b"\n"):
        raise SourceError(
            f"{path.name}: its first line goes on for more than 1 MB; that is no table of lines. "
            "Export the file again."
        )
    return line
