"""Cuts a text file into blocks of whole rows, and hashes and counts on the way.

Both are done piece by piece, while the processor has a piece at hand; a register of gigabytes is
not read a second time for its hash. A row may go on over several lines inside quotation marks: a
block then ends where they are closed.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import numpy as np

from fmbstats.errors import SourceError
from fmbstats.sources.registers.files import Hashed, is_packed

_PIECE_BYTES = 1 << 18
_LINE_END = ord("\n")
# No line of a register is a hundredth as long.
_MOST_LINE_MB = 16
_MOST_LINE_BYTES = _MOST_LINE_MB * 1_000_000
# So much more is read to find where quotation marks are closed.
_MOST_OPEN_BYTES = 1 << 20


class Digest(Protocol):
    """A hash of :mod:`hashlib` that is being worked out."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take more bytes."""


class LineBlock(NamedTuple):
    """Whole lines of a file; its last line need not have an end."""

    lines: bytes
    n_lines: int
    is_last: bool


def line_blocks(
    path: Path, block_bytes: int, digest: Digest, header_line: int = 1
) -> Iterator[LineBlock]:
    """Give all lines after the header, some tens of megabytes at once.

    `path`: text, or text packed by gzip. `block_bytes`: about so much at once. `digest`: takes the
    whole file as it lies on the disk, block by block. `header_line`: lines up to and including this
    one are left out. Raises SourceError: the file gets shorter while it is read, or cannot be
    unpacked.
    """
    if is_packed(path):
        yield from _packed_blocks(path, block_bytes, digest, header_line)
        return
    size = path.stat().st_size
    with path.open("rb") as handle:
        for _ in range(header_line):
            digest.update(handle.readline())
        while (start := handle.tell()) < size:
            # First where the block's last line ends, then all of it at once: no copy.
            handle.seek(start + block_bytes)
            _line(handle, path)
            end = min(handle.tell(), size)
            handle.seek(start)
            lines = handle.read(end - start)
            if len(lines) < end - start:
                raise SourceError(f"{path.name}: got shorter while it was read. Try again.")
            lines += _rest_of_row(lines, handle, path)
            n_lines = _hash_and_count(lines, digest) + (not lines.endswith(b"\n"))
            yield LineBlock(lines, n_lines, handle.tell() >= size)


def _packed_blocks(
    path: Path, block_bytes: int, digest: Digest, header_line: int
) -> Iterator[LineBlock]:
    with path.open("rb") as raw:
        handle = gzip.GzipFile(fileobj=Hashed(raw, digest.update))
        try:
            for _ in range(header_line):
                handle.readline()
            coming = _packed_block(handle, block_bytes, path)
            while coming:
                lines, coming = coming, _packed_block(handle, block_bytes, path)
                n_lines = lines.count(b"\n") + (not lines.endswith(b"\n"))
                yield LineBlock(lines, n_lines, not coming)
        except (OSError, EOFError, zlib.error):
            raise SourceError(
                f"{path.name}: is cut off or damaged; it cannot be unpacked. Fetch it again."
            ) from None


def _packed_block(handle: gzip.GzipFile, block_bytes: int, path: Path) -> bytes:
    lines = handle.read(max(block_bytes, 1))
    if lines and not lines.endswith(b"\n"):
        lines += _line(handle, path)
    return lines + _rest_of_row(lines, handle, path)


def _line(handle: BinaryIO | gzip.GzipFile, path: Path) -> bytes:
    """Read on to the end of a line, which is not far: a bomb unpacks to one without end."""
    line = handle.readline(_MOST_LINE_BYTES)
    if len(line) == _MOST_LINE_BYTES and not line.endswith(b"\n"):
        raise SourceError(
            f"{path.name}: the line at byte {handle.tell() - len(line):,} goes on for more than "
            f"{_MOST_LINE_MB} MB; that is no table of lines. Export the file again."
        )
    return line


def _rest_of_row(lines: bytes, handle: BinaryIO | gzip.GzipFile, path: Path) -> bytes:
    """Read on, in whole lines, where a block ends inside quotation marks."""
    more: list[bytes] = []
    if b'"' in lines and lines.count(b'"') % 2:
        n_more = 0
        while n_more < _MOST_OPEN_BYTES and (line := _line(handle, path)):
            more.append(line)
            n_more += len(line)
            if line.count(b'"') % 2:
                break
    return b"".join(more)


def _hash_and_count(lines: bytes, digest: Digest) -> int:
    """Hash a block; return how many lines end in it."""
    n_lines = 0
    for start in range(0, len(lines), _PIECE_BYTES):
        piece = memoryview(lines)[start : start + _PIECE_BYTES]
        digest.update(piece)
        # Five times as fast as bytes.count.
        n_lines += int(np.count_nonzero(np.frombuffer(piece, np.uint8) == _LINE_END))
    return n_lines


def hash_on(handle: BinaryIO, n_bytes: int, digest: Digest) -> None:
    """Hash the next bytes of a file, or what is left of it."""
    while n_bytes > 0 and (piece := handle.read(min(n_bytes, _PIECE_BYTES))):
        digest.update(piece)
        n_bytes -= len(piece)
