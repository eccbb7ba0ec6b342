"""Cuts a text file into blocks of whole lines, and hashes and counts them on the way.

Every byte of a register of gigabytes is fetched from memory once: a piece is hashed and its line
ends are counted while the processor still has it at hand.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import numpy as np

from fmbstats.errors import SourceError

_PIECE_BYTES = 1 << 18
_LINE_END = ord("\n")


class Digest(Protocol):
    """A hash of :mod:`hashlib` that is being worked out."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take more bytes."""


class LineBlock(NamedTuple):
    """Whole lines of a file; its last line need not have an end."""

    lines: bytes
    n_lines: int
    is_last: bool


def line_blocks(path: Path, block_bytes: int, digest: Digest, n_kept: int) -> Iterator[LineBlock]:
    """Give all lines but the first, some tens of megabytes at once.

    Parameters
    ----------
    path : Path
    block_bytes : int
        About so much at once.
    digest : Digest
        Takes the whole file, block by block.
    n_kept : int
        So many blocks are mostly in use at once. The memory of earlier ones is used again (new
        memory costs as much as reading into it); one that is still in use stays as it is.

    Raises
    ------
    SourceError
        The file gets shorter while it is read.
    """
    size = path.stat().st_size
    buffers = cycle([io.BytesIO() for _ in range(n_kept + 1)])
    with path.open("rb") as ends, path.open("rb", buffering=0) as handle:
        first_line = ends.readline()
        digest.update(first_line)
        start = handle.seek(len(first_line))
        while start < size:
            ends.seek(start + block_bytes)
            ends.readline()
            end = min(ends.tell(), size)
            lines, n_lines = _read(handle, end - start, next(buffers), digest, path)
            yield LineBlock(lines, n_lines + (not lines.endswith(b"\n")), end >= size)
            start = end


def _read(
    handle: BinaryIO, n_bytes: int, buffer: io.BytesIO, digest: Digest, path: Path
) -> tuple[bytes, int]:
    """Read into a buffer; return its bytes, which are not copied, and how many lines end there."""
    buffer.seek(n_bytes - 1)
    buffer.write(b"\0")
    buffer.truncate(n_bytes)
    n_lines = n_read = 0
    with buffer.getbuffer() as room:
        while n_read < n_bytes:
            with room[n_read : n_read + _PIECE_BYTES] as piece:
                n_more = handle.readinto(piece)
                if not n_more:
                    raise SourceError(f"{path.name}: got shorter while it was read. Try again.")
                n_lines += _take(piece[:n_more], digest)
            n_read += n_more
    return buffer.getvalue(), n_lines


def _take(piece: memoryview, digest: Digest) -> int:
    """Hash a piece; return how many lines end in it."""
    with piece:
        digest.update(piece)
        # Twice as fast as counting in bytes.
        return int(np.count_nonzero(np.equal(np.frombuffer(piece, np.uint8), _LINE_END)))


def hash_on(handle: BinaryIO, n_bytes: int, digest: Digest) -> None:
    """Hash the next bytes of a file, or what is left of it."""
    while n_bytes > 0 and (piece := handle.read(min(n_bytes, _PIECE_BYTES))):
        digest.update(piece)
        n_bytes -= len(piece)
