"""Whether every line of a block has as many fields as the header, looked at as bytes."""

from __future__ import annotations

import numpy as np
import polars as pl

from fmbstats.sources.registers.contracts import Contract


def is_even(lines: bytes, n_lines: int, n_fields: int, separator: str) -> bool:
    """Whether every line has `n_fields` fields, quotation marks aside."""
    data = pl.Series(np.frombuffer(lines if lines.endswith(b"\n") else lines + b"\n", np.uint8))
    ends = data.filter((data == ord(separator)) | (data == ord("\n"))).to_numpy()
    return len(ends) == n_lines * n_fields and bool((ends[n_fields - 1 :: n_fields] == 10).all())


def odd_lines(
    lines: bytes, n_lines: int, header: list[str], contract: Contract
) -> np.ndarray | None:
    """Which lines have a wrong number of fields or open quotation marks; None when none has."""
    data = np.frombuffer(lines, np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    if len(ends) < n_lines:
        ends = np.append(ends, len(data))
    places = np.flatnonzero(data == ord(contract.separator))
    is_odd = np.diff(np.searchsorted(places, ends), prepend=0) != len(header) - 1
    if b'"' in lines:
        quotes = np.flatnonzero(data == ord('"'))
        is_odd |= np.diff(np.searchsorted(quotes, ends), prepend=0) % 2 == 1
        # A separator or a line end inside quotation marks: its line is cut up by itself.
        inside = places[np.searchsorted(quotes, places) % 2 == 1]
        is_odd[np.searchsorted(ends, inside)] = True
    return is_odd if is_odd.any() else None


def without(lines: bytes, is_odd: np.ndarray) -> bytes:
    """Return the lines that are not odd."""
    cut = lines.split(b"\n")
    return b"".join(cut[i] + b"\n" for i in np.flatnonzero(~is_odd))
