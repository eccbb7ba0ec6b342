"""Rows of a pandas frame, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    import pandas as pd


class Row(Protocol):
    """One row; its cells are attributes, each of its column's type."""

    def __getattr__(self, name: str) -> Any: ...


def rows_of(frame: pd.DataFrame) -> Iterator[Row]:
    """Return the rows as named tuples, index first.

    pandas' stubs say of a cell that it is one of twenty types, whatever its column holds; which it
    is, is known where the frame was made.
    """
    return cast("Iterator[Row]", frame.itertuples())
