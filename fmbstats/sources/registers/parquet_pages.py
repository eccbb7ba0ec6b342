"""Whether the pages of a Parquet file are whole: sizes, checksums, dictionaries, bounds.

Readers check none of this by themselves: a flipped bit in a page becomes another person or another
day without a word. Page checksums are verified where the writer left them (Spark does). Where it
did not, a dictionary that holds a value twice, or a value outside the bounds that the writer noted,
still gives the damage away.
"""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fmbstats.errors import SourceError

# Thrift's compact protocol: the kinds of field that page headers are made of.
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS = (4, 5, 6)
# Fields of a page header (parquet.thrift).
_TYPE, _UNCOMPRESSED, _COMPRESSED, _CRC, _DATA, _DICTIONARY, _DATA_V2 = 1, 2, 3, 4, 5, 7, 8
_IS_DICTIONARY = 2
_WIDTHS: dict[str, np.dtype] = {"INT32": np.dtype("<i4"), "INT64": np.dtype("<i8")}
_CODECS = {"SNAPPY": "snappy", "GZIP": "gzip", "ZSTD": "zstd", "BROTLI": "brotli"}


class Bounds(NamedTuple):
    """Least and largest value of a column, as the writer noted them."""

    least: object
    largest: object


class Pages(NamedTuple):
    """What is known of a file whose pages are whole."""

    n_rows: int
    bounds: dict[str, Bounds]  #: Of the columns for which every row group notes them.


class _Page(NamedTuple):
    header: dict
    body: bytes


class DamageError(Exception):
    """What is wrong with a page; nobody outside this module sees it."""


_UNREADABLE = (DamageError, LookupError, TypeError, AttributeError, OSError, ValueError)


def checked_pages(path: Path, names: Collection[str]) -> Pages:
    """Walk over all pages of some columns.

    Raises SourceError: the file contradicts its own description; a page is not as long as it says,
    fails its checksum, or holds a dictionary with a value twice; the column is named.
    """
    metadata = _metadata(path)
    with path.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for group, chunk in _chunks(metadata, names):
            try:
                _check_chunk(data, chunk)
            except _UNREADABLE as error:
                told = str(error) if isinstance(error, DamageError) else "a page cannot be read"
                raise damaged(path, f"column {chunk.path_in_schema!r}, row group {group + 1}: "
                              f"{told}") from None  # fmt: skip
    return Pages(metadata.num_rows, _noted_bounds(metadata, names))


def damaged(path: Path, what: str) -> SourceError:
    """Say that a file's bytes are not those that were written."""
    return SourceError(f"{path.name}: {what}; the file is damaged. Fetch or export it again.")


def _noted_bounds(metadata, names: Collection[str]) -> dict[str, Bounds]:
    found: dict[str, list] = {name: [] for name in names}
    for _, chunk in _chunks(metadata, names):
        found[chunk.path_in_schema].append(_statistics(chunk))
    return {
        name: Bounds(min(b.least for b in all_noted), max(b.largest for b in all_noted))
        for name, all_noted in found.items()
        if all_noted and None not in all_noted
    }


def _metadata(path: Path):
    """Return what the file says of itself, where it agrees with itself; raises SourceError."""
    from pyarrow import ArrowException, parquet  # registers of text are read without it

    try:
        metadata = parquet.read_metadata(path)
        groups = [metadata.row_group(n) for n in range(metadata.num_row_groups)]
        n_rows = sum(group.num_rows for group in groups)
    except (ArrowException, OSError, ValueError):
        raise damaged(path, "its description cannot be read") from None
    if n_rows != metadata.num_rows:
        raise damaged(path, f"says it has {metadata.num_rows} rows, and {n_rows} in its parts")
    return metadata


def _chunks(metadata, names: Collection[str]) -> Iterator[tuple[int, Any]]:
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for number in range(row_group.num_columns):
            chunk = row_group.column(number)
            if chunk.path_in_schema in names:
                yield group, chunk


def _statistics(chunk) -> Bounds | None:
    # Taken out at once: they do not outlive the row group they belong to.
    try:
        noted = chunk.statistics
        if noted is None or not noted.has_min_max:
            return None
        return Bounds(noted.min, noted.max)
    except (OverflowError, ValueError, NotImplementedError):  # dates that Python does not know
        return None


def _check_chunk(data: mmap.mmap, chunk) -> None:
    starts = (chunk.dictionary_page_offset, chunk.data_page_offset)
    at = min(start for start in starts if start)
    end, n_values = at + chunk.total_compressed_size, 0
    if end > len(data):
        raise DamageError("its pages go on after the end of the file")
    while at < end:
        page, at = _page(data, at)
        n_values += (page.header.get(_DATA) or page.header.get(_DATA_V2) or {}).get(1, 0)
        crc = page.header.get(_CRC)
        if crc is not None and zlib.crc32(page.body) != crc % 2**32:
            raise DamageError("a page fails its checksum")
        if page.header.get(_TYPE) == _IS_DICTIONARY:
            _check_dictionary(page, chunk)
    if at != end or n_values != chunk.num_values:
        raise DamageError("its pages do not hold what the file says they do")


def _page(data: mmap.mmap, at: int) -> tuple[_Page, int]:
    header, start = _struct(data, at)
    end = start + header.get(_COMPRESSED, -1)
    if end < start or end > len(data):
        raise DamageError("a page has an impossible length")
    return _Page(header, data[start:end]), end


def _check_dictionary(page: _Page, chunk) -> None:
    """Refuse a dictionary with a value twice: every writer notes each value once."""
    body = page.body
    if chunk.compression != "UNCOMPRESSED":
        if chunk.compression not in _CODECS:
            return
        from pyarrow import Codec

        codec = Codec(_CODECS[chunk.compression])
        body = codec.decompress(body, page.header[_UNCOMPRESSED], asbytes=True)
    n_values = page.header[_DICTIONARY][1]
    if chunk.physical_type in _WIDTHS:
        numbers = np.frombuffer(body, _WIDTHS[str(chunk.physical_type)], n_values)
        is_twice = _is_twice(numbers)
    elif chunk.physical_type == "BYTE_ARRAY":
        is_twice = len(set(_texts(body, n_values))) < n_values
    else:
        return
    if is_twice:
        raise DamageError("a dictionary holds a value twice")


def _is_twice(numbers: np.ndarray) -> bool:
    """Whether a number stands twice; sorting tells it at a fourth of what hashing takes."""
    if (numbers[1:] > numbers[:-1]).all():  # as ids mostly are
        return False
    in_order = np.sort(numbers)
    return bool((in_order[1:] == in_order[:-1]).any())


def _texts(body: bytes, n_values: int) -> Iterator[bytes]:
    at = 0
    for _ in range(n_values):
        start = at + 4
        at = start + int.from_bytes(body[at:start], "little")
        if at > len(body):
            raise DamageError("a dictionary goes on after its end")
        yield body[start:at]


def _struct(data: mmap.mmap, at: int) -> tuple[dict, int]:
    """Read a struct of Thrift's compact protocol: its fields by number, and where it ends."""
    fields, number = {}, 0
    while kind := data[at]:
        at += 1
        if kind >> 4:
            number += kind >> 4
        else:
            number, at = _signed(data, at)
        fields[number], at = _value(data, at, kind & 15)
    return fields, at + 1


def _value(data: mmap.mmap, at: int, kind: int) -> tuple[object, int]:
    if kind in (_TRUE, _FALSE):
        return kind == _TRUE, at
    if kind in _INTEGERS:
        return _signed(data, at)
    if kind in (_BYTE, _DOUBLE):
        return None, at + (1 if kind == _BYTE else 8)
    if kind == _BINARY:
        length, at = _unsigned(data, at)
        return None, at + length
    if kind in (_LIST, _SET):
        return _skip_list(data, at)
    if kind == _STRUCT:
        return _struct(data, at)
    raise DamageError("a page's header cannot be read")


def _skip_list(data: mmap.mmap, at: int) -> tuple[None, int]:
    length, kind = data[at] >> 4, data[at] & 15
    at += 1
    if length == 15:
        length, at = _unsigned(data, at)
    for _ in range(length):
        _, at = (None, at + 1) if kind in (_TRUE, _FALSE) else _value(data, at, kind)
    return None, at


def _unsigned(data: mmap.mmap, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
        if shift > 63:
            raise DamageError("a page's header cannot be read")


def _signed(data: mmap.mmap, at: int) -> tuple[int, int]:
    value, at = _unsigned(data, at)
    return (value >> 1) ^ -(value & 1), at
